"""A bundle is built again of what lies in it, and compared byte for byte; what can't be made again is named with its reason."""

from __future__ import annotations

import json
import shutil
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from bundler.plain_file import hash_of
from tests.integration.test_cli_provenance import with_sources
from tests.integration.test_legacy_recipe import gamma
from tests.support import only_linux
from tests.support.commandline import STEM
from tests.support.icons import make_icon

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.support.commandline import Bench, Done

MINE = "wheels/mine-1.0-py3-none-any.whl"


def reproduce(bench: Bench, *arguments: str | Path, env: Mapping[str, str] | None = None) -> Done:
    return bench.run("reproduce", bench.bundle, "--index", bench.index.url, *arguments, env=env)


def told(done: Done, code: int, verdict: str) -> Any:
    assert done.code == code, done.out + done.err
    assert done.json["verdict"] == verdict
    return done.json


@pytest.fixture
def built(bench: Bench) -> Bench:
    with_sources(bench)
    done = bench.build("--sequence", "7", "--not-after", "2099-01-01")
    assert done.code == 0, done.err
    return bench


def test_another_party_gets_the_same_bytes(built: Bench, tmp_path: Path) -> None:
    """With a store of their own, and the recipe's folder as it was committed."""
    theirs = tmp_path / "checkout"
    shutil.copytree(built.folder, theirs, ignore=shutil.ignore_patterns("out"))
    done = reproduce(built, "--source", theirs, env={"BUNDLE_STORE": str(built.root / "theirs")})
    assert done.code == 0, done.out + done.err
    assert f"sha256 {hash_of(built.bundle)}" in done.out
    assert f"sign it: bundle sign {built.bundle} --key KEY" in done.out
    found = told(reproduce(built, "--source", theirs, "--json"), 0, "same")
    assert (found["members"], found["taken"], found["tools"]) == ([], [], [])
    assert found["sha256"] == found["made"] == hash_of(built.bundle)


def test_what_was_built_before_is_built_again(built: Bench) -> None:
    done = reproduce(built, "--source", built.folder)
    assert done.code == 0, done.err
    assert "Building mine 1.0" in done.err
    assert "was built before" not in done.err


def test_without_the_projects_the_rest_is_compared(built: Bench) -> None:
    found = told(reproduce(built, "--json"), 6, "incomplete")
    (member,) = found["members"]
    assert (member["path"], member["change"]) == (MINE, "not-made")
    assert "--source" in " ".join(member["details"])
    assert [each["file"] for each in found["taken"]] == ["here.ini"]
    shown = reproduce(built)
    assert f"{MINE}: not made here" in shown.out
    assert "sign it" not in shown.out


def test_a_stranger_gives_builds_no_network(built: Bench) -> None:
    """Whoever wrote the bundle wrote its recipe; the user's word lets code of theirs reach what this host reaches."""
    text = built.recipe.read_text(encoding="utf-8")
    built.recipe.write_text(f"{text}\n[packages.source.mine]\nnetwork = true\n", encoding="utf-8")
    assert built.build("--sequence", "7", "--not-after", "2099-01-01").code == 0
    done = reproduce(built, "--source", built.folder, "--json")
    (member,) = told(done, 6, "incomplete")["members"]
    assert (member["path"], member["change"]) == (MINE, "not-made")
    assert "--network" in " ".join(member["details"])
    told(reproduce(built, "--source", built.folder, "--network", "--json"), 0, "same")


def test_a_project_that_isnt_what_it_was_is_found(built: Bench, tmp_path: Path) -> None:
    module = built.folder / "mine" / "mine.py"
    module.write_text(f"{module.read_text(encoding='utf-8')}# more\n", encoding="utf-8")
    kept = tmp_path / "kept"
    found = told(reproduce(built, "--source", built.folder, "--output", kept, "--json"), 5, "different")
    (member,) = found["members"]
    assert (member["path"], member["change"]) == (MINE, "differs")
    assert "mine.py differs" in member["details"]
    assert found["output"] == str(kept / built.bundle.name)
    assert [each.name for each in kept.iterdir() if each.suffix == ".jsonl"] == [], "nobody says how it was built"


def test_a_file_that_isnt_what_it_was_is_said(built: Bench) -> None:
    (built.folder / "here.ini").write_text("other", encoding="utf-8")
    found = told(reproduce(built, "--source", built.folder, "--json"), 0, "same")
    assert [each["file"] for each in found["taken"]] == ["here.ini"]
    assert "has other bytes" in found["taken"][0]["reason"]


def test_what_its_address_has_no_more_comes_out_of_the_bundle(built: Bench) -> None:
    built.index.remove("alpha-1.0-py3-none-any.whl")
    env = {"BUNDLE_STORE": str(built.root / "theirs")}
    found = told(reproduce(built, "--source", built.folder, "--json", env=env), 0, "same")
    assert [each["file"] for each in found["taken"]] == ["alpha-1.0-py3-none-any.whl"]
    built.index.remove("pure-1.0.tar.gz")
    env = {"BUNDLE_STORE": str(built.root / "third")}
    found = told(reproduce(built, "--source", built.folder, "--json", env=env), 6, "incomplete")
    (member,) = found["members"]
    assert member["path"] == "wheels/pure-1.0-py3-none-any.whl"
    assert "404" in member["reason"]
    # the user has it
    shutil.copy(built.published / "pure-1.0.tar.gz", built.folder)
    told(reproduce(built, "--source", built.folder, "--json", env=env), 0, "same")


def test_where_the_python_is_nowhere_the_rest_is_compared(built: Bench) -> None:
    """Its archive is in no bundle: what was in it is, and what the bill says of it."""
    built.index.serve("/python.zip", b"another")
    env = {"BUNDLE_STORE": str(built.root / "theirs")}
    found = told(reproduce(built, "--source", built.folder, "--json", env=env), 6, "incomplete")
    (member,) = found["members"]
    assert (member["path"], member["change"]) == ("boot/", "not-made")
    assert "python.zip is nowhere" in member["reason"]
    assert "--source" in " ".join(member["details"])
    assert found["sha256"] == found["made"]
    assert not (built.root / "theirs" / "cache" / "bill").exists(), "of its sha512 there is only the bundle's word"
    # and what else can't be made, or isn't the same, is told beside it
    module = built.folder / "mine" / "mine.py"
    module.write_text(f"{module.read_text(encoding='utf-8')}# more\n", encoding="utf-8")
    other = told(reproduce(built, "--source", built.folder, "--json", env=env), 5, "different")
    assert [each["path"] for each in other["members"]] == ["boot/", MINE]


def test_empty_files_of_a_python_that_is_nowhere_stay_empty(bench: Bench) -> None:
    """A bundle holds no empty file, and of a Python from 3.11 on one more than its archive had."""
    with zipfile.ZipFile(bench.root / "python.zip", "a") as archive:
        archive.writestr("Lib/empty/__init__.py", b"")
    bench.index.serve("/python.zip", (bench.root / "python.zip").read_bytes())
    assert bench.build().code == 0
    with zipfile.ZipFile(bench.bundle) as archive:
        assert "boot/python._pth" in archive.namelist()
    bench.index.serve("/python.zip", b"another")
    done = reproduce(bench, "--json", env={"BUNDLE_STORE": str(bench.root / "theirs")})
    assert [each["path"] for each in told(done, 6, "incomplete")["members"]] == ["boot/"]


def test_against_another_bundle(built: Bench) -> None:
    other = built.root / "other" / built.bundle.name
    other.parent.mkdir()
    shutil.move(built.bundle, other)
    assert built.build("--sequence", "8", "--not-after", "2099-01-01").code == 0
    found = told(reproduce(built, "--source", built.folder, "--against", other, "--json"), 5, "different")
    paths = [each["path"] for each in found["members"]]
    assert paths[-2:] == ["SHA256SUMS", "manifest.json"]
    assert "recipe.toml" in paths
    assert found["sha256"] == hash_of(other)
    told(reproduce(built, "--source", built.folder, "--against", built.bundle, "--json"), 0, "same")


@pytest.mark.parametrize("form", ["7z", "dir"])
def test_other_forms(bench: Bench, form: str) -> None:
    assert bench.build("--format", form).code == 0
    path = bench.output / (STEM if form == "dir" else f"{STEM}.{form}")
    done = bench.run("reproduce", path, "--index", bench.index.url, "--json")
    told(done, 0, "same")


def test_the_time_that_was_given_is_taken_from_the_bundle(built: Bench) -> None:
    epoch = {"SOURCE_DATE_EPOCH": "1700000000"}
    built.lock.unlink()
    assert built.build(env=epoch).code == 0, "the lock's own time is the same"
    told(reproduce(built, "--source", built.folder, "--json"), 0, "same")
    told(reproduce(built, "--source", built.folder, "--json", env={"SOURCE_DATE_EPOCH": "1"}), 0, "same")


def test_installers_icons_and_files_of_one_name(bench: Bench) -> None:
    gamma(bench)
    (bench.folder / "x.ico").write_bytes(make_icon())
    for name in ("a", "b"):
        (bench.folder / name).mkdir()
        (bench.folder / name / "x.ini").write_text(name, encoding="utf-8")
    bench.write(
        packages='legacy = [{ source = "gamma-1.0.win-amd64-py3.11.exe" }]',
        more="".join(
            f"[[file]]\nsource = '{name}/x.ini'\ndestination = '{{release}}\\{name}.ini'\n" for name in ("a", "b")
        ),
    )
    text = bench.recipe.read_text(encoding="utf-8")
    bench.recipe.write_text(text.replace("[bundle]\n", "[bundle]\nicon = 'x.ico'\n", 1), encoding="utf-8")
    done = bench.build()
    assert done.code == 0, done.err
    told(reproduce(bench, "--source", bench.folder, "--json"), 0, "same")
    found = told(reproduce(bench, "--json"), 6, "incomplete")
    (member,) = found["members"]
    assert member["path"] == "wheels/gamma-1.0-cp311-none-any.whl"
    assert sorted(each["file"] for each in found["taken"]) == ["x.ico", "x.ini"]


def test_other_tools_than_the_statement_has_are_named(built: Bench) -> None:
    import base64

    statement = built.bundle.with_name(f"{built.bundle.name}.intoto.jsonl")
    envelope = json.loads(statement.read_bytes())
    said = json.loads(base64.b64decode(envelope["payload"]))
    said["predicate"]["runDetails"]["builder"]["version"] |= {"pip": "1.0", "gone": "2.0"}
    envelope["payload"] = base64.b64encode(json.dumps(said).encode()).decode()
    statement.write_text(json.dumps(envelope, separators=(",", ":")) + "\n", encoding="ascii")
    found = told(reproduce(built, "--json"), 6, "incomplete")
    assert {each["name"]: (each["then"], each["now"]) for each in found["tools"]}["gone"] == ("2.0", None)
    assert "pip: 1.0 built the bundle, here it is" in reproduce(built).out
    statement.write_bytes(b"nonsense")
    assert "[statement-malformed]" in reproduce(built).err


def test_what_is_refused(built: Bench, tmp_path: Path) -> None:
    assert reproduce(built, "--output", built.output).reference == "output-occupied"
    assert reproduce(built, "--source", tmp_path / "none").reference == "arguments-wrong"
    assert built.run("reproduce", tmp_path / "none.zip").reference == "bundle-unreadable"
    content = built.bundle.read_bytes()
    built.bundle.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert reproduce(built).reference == "bundle-damaged"


@only_linux.MODES
def test_nothing_of_this_host_is_read_for_a_stranger(built: Bench) -> None:
    """The recipe in a bundle names a file of this host by its path: the bundle's own is taken, whatever lies there."""
    secret = built.root / "secret.ini"
    secret.write_text("here", encoding="utf-8")
    text = built.recipe.read_text(encoding="utf-8")
    built.recipe.write_text(text.replace("'here.ini'", f"'{secret}'"), encoding="utf-8")
    assert built.build().code == 0
    with zipfile.ZipFile(built.bundle) as archive:
        assert str(secret) in archive.read("recipe.toml").decode()
    secret.chmod(0)
    found = told(reproduce(built, "--source", built.folder, "--json"), 0, "same")
    assert [each["file"] for each in found["taken"]] == ["secret.ini"]
