"""How a bundle was built, at the command line: what stands inside it, in the statement beside it, and who vouches for that."""

from __future__ import annotations

import base64
import hashlib
import json
import zipfile
from typing import TYPE_CHECKING, Any

from bundler.build.source_tree import project_digest
from bundler.model.recipe_file import load_recipe
from bundler.plain_file import hash_of
from tests.support.packages import make_project, make_sdist
from tests.support.ssh_keys import allow, make_key, needs_ssh_keygen, public

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.commandline import Bench

BUILDER = "https://ci.example.com/builders/1"


def statement_of(bundle: Path) -> Any:
    envelope = json.loads(bundle.with_name(f"{bundle.name}.intoto.jsonl").read_text(encoding="ascii"))
    return json.loads(base64.b64decode(envelope["payload"]))


def with_sources(bench: Bench) -> None:
    """A project, an sdist, two files: one beside the recipe, one at an address."""
    make_project(bench.folder / "mine", "mine", requires=["beta"])
    bench.index.add(make_sdist(bench.published, "pure", "1.0", requires=["alpha"]))
    (bench.folder / "here.ini").write_text("here", encoding="utf-8")
    sha256 = hashlib.sha256(b"there").hexdigest()
    address = bench.index.serve("/there.ini", b"there")
    bench.write(requirements=["pure"], packages='projects = ["mine"]')
    text = bench.recipe.read_text(encoding="utf-8")
    bench.recipe.write_text(
        f"{text}\n# a comment that isn't for everybody\n"
        f"[[file]]\nsource = 'here.ini'\ndestination = '{{release}}\\here.ini'\n"
        f"[[file]]\nsource = '{address}'\nsha256 = '{sha256}'\ndestination = '{{release}}\\there.ini'\n",
        encoding="utf-8",
    )


def test_what_a_build_took_and_made_stands_in_the_statement(bench: Bench) -> None:
    with_sources(bench)
    done = bench.build("--builder", BUILDER, "--sequence", "7", "--json")
    assert done.code == 0, done.err
    assert done.json["bundles"][0]["provenance"] == str(bench.bundle.with_name(f"{bench.bundle.name}.intoto.jsonl"))
    said = statement_of(bench.bundle)
    assert said["subject"] == [{"name": bench.bundle.name, "digest": {"sha256": hash_of(bench.bundle)}}]
    definition, run = (said["predicate"][key] for key in ("buildDefinition", "runDetails"))
    assert run["builder"]["id"] == BUILDER
    assert run["builder"]["version"]["offline-bundler"]
    taken = {each["name"]: each for each in definition["resolvedDependencies"]}
    alpha = taken["alpha==1.0"]
    assert alpha["uri"].startswith(bench.index.url.rpartition("/simple")[0])
    assert alpha["digest"]["sha256"] == hash_of(bench.published / "alpha-1.0-py3-none-any.whl")
    assert taken["pure==1.0"]["annotations"]["kind"] == "sdist"
    mine = taken["mine==1.0"]
    assert mine["digest"] == {"bundle-project-files": project_digest(bench.folder / "mine")}
    assert mine["annotations"]["path"] == "mine"
    assert taken["here.ini"]["digest"]["sha256"] == hash_of(bench.folder / "here.ini")
    assert taken["there.ini"]["uri"].endswith("/there.ini")
    assert {each["annotations"]["role"] for each in taken.values()} >= {
        "package",
        "seed",
        "runtime",
    }
    made = {each["name"]: each for each in run["byproducts"]}
    with zipfile.ZipFile(bench.bundle) as archive:
        members = {each["path"]: each["sha256"] for each in json.loads(archive.read("manifest.json"))["members"]}
    assert {name: each["annotations"]["made-from"] for name, each in made.items()} == {
        "mine-1.0-py3-none-any.whl": "project",
        "pure-1.0-py3-none-any.whl": "sdist",
    }
    assert all(members[f"wheels/{name}"] == each["digest"]["sha256"] for name, each in made.items())
    for each in ("recipe", "lock"):
        parameter = definition["externalParameters"][each]
        assert members[parameter["name"]] == parameter["digest"]["sha256"]


def test_inside_stands_what_is_so_on_every_host(bench: Bench) -> None:
    with_sources(bench)
    assert bench.build("--sequence", "7").code == 0
    with zipfile.ZipFile(bench.bundle) as archive:
        recipe = archive.read("recipe.toml")
        bill = json.loads(archive.read("sbom.cdx.json"))
    place = bench.folder / "again.toml"
    place.write_bytes(recipe)
    assert load_recipe(place).bundle.sequence == 7, "what was said at the command line is in it"
    for private in (b"a comment", str(bench.root).encode()):
        assert private not in recipe
    components = {each["name"]: each for each in bill["components"]}
    (origin,) = (each["url"] for each in components["there.ini"]["externalReferences"])
    assert origin.endswith("/there.ini")
    assert "externalReferences" not in components["here.ini"]


def test_a_recipe_that_says_the_same_is_the_same_release(bench: Bench) -> None:
    def release() -> str:
        done = bench.build("--json")
        assert done.code == 0, done.err
        return str(done.json["bundles"][0]["release"])

    first = release()
    text = bench.recipe.read_text(encoding="utf-8")
    bench.recipe.write_text(text.replace("[packages]\n", "[packages]\nincomplete = ['alpha']\n"), encoding="utf-8")
    assert release() == first
    with zipfile.ZipFile(bench.bundle) as archive:
        assert b"incomplete" in archive.read("recipe.toml")


@needs_ssh_keygen
def test_who_vouches_for_it(bench: Bench, tmp_path: Path) -> None:
    key = make_key(tmp_path / "key")
    signers = allow(tmp_path / "signers", f"me@x {public(key)}")
    check = ("verify", bench.bundle, "--allowed-signers", signers)
    assert bench.build("--sign-with", key, "--builder", BUILDER).code == 0
    seen = bench.run(*check, "--provenance")
    assert seen.code == 0, seen.err
    assert f"signed by me@x: built by {BUILDER} with offline-bundler " in seen.out
    told = bench.run(*check, "--json").json["provenance"]
    assert (told["signers"], told["signatures"], told["builder"]) == (["me@x"], 1, BUILDER)

    # the same bytes keep the archive's signature; the statement is of this run
    assert bench.build().code == 0
    seen = bench.run(*check)
    assert seen.code == 0
    assert "[statement-unsigned]" in seen.err
    refused = bench.run(*check, "--provenance")
    assert (refused.code, refused.reference) == (10, "statement-refused")
    signed = bench.run("sign", bench.bundle, "--key", key, "--provenance", "--json")
    assert signed.json["provenance"].endswith(".intoto.jsonl")
    assert bench.run(*check, "--provenance").code == 0

    statement = bench.bundle.with_name(f"{bench.bundle.name}.intoto.jsonl")
    whole = statement.read_bytes()
    for place in range(0, len(whole), len(whole) // 9):
        statement.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert bench.run(*check).code == 10, place
    statement.unlink()
    assert bench.run(*check, "--json").json["provenance"] is None
    assert bench.run(*check, "--provenance").reference == "statement-missing"


def test_a_damaged_archive_is_said_before_its_statement(bench: Bench) -> None:
    assert bench.build().code == 0
    content = bench.bundle.read_bytes()
    bench.bundle.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert bench.run("verify", bench.bundle).reference == "bundle-damaged"
    bench.bundle.write_bytes(content)
    other = bench.bundle.with_name("other.zip")
    bench.bundle.rename(other)
    bench.bundle.with_name(f"{bench.bundle.name}.intoto.jsonl").rename(f"{other}.intoto.jsonl")
    assert bench.run("verify", other).reference == "statement-of-another"


def test_wrong_options_are_refused(bench: Bench) -> None:
    for wrong in ("nowhere", "https://me:secret@ci.example.com/", "x:a b"):
        assert bench.build("--builder", wrong).reference == "arguments-wrong"
    assert bench.run("verify", "x.zip", "--provenance").reference == "arguments-wrong"
