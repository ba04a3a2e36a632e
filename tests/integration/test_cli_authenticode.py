"""Programs that are signed as a user signs them: what the bundle says, what lies on the target, what another party can make again, what a policy needs."""

from __future__ import annotations

import dataclasses
import datetime
import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bundler.formats.authenticode import read_signature
from bundler.formats.dsse import read_envelope
from bundler.pipeline.signatures_apart import signer_of
from bundler.plain_file import hash_of
from tests.support import only_linux
from tests.support.installed_trees import Asked, Place, install
from tests.support.programs import make_program
from tests.support.signing import CA, make_ca, make_certificate, make_pfx, sign, verify

if TYPE_CHECKING:
    from tests.support.commandline import Bench, Done

pytestmark = only_linux.SIGNING

PASSPHRASE = "ein gehéimnis"
PIP = "wheels/pip-24.0-py3-none-any.whl"
GAMMA = "wheels/gamma-1.0-cp311-cp311-win_amd64.whl"
LAUNCHERS = ("target/shim.exe", "target/shimw.exe")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Keys:
    ca: CA
    pfx: Path
    passphrase: Path


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    only_linux.require(only_linux.SIGNING)
    folder = tmp_path_factory.mktemp("signing")
    ca = make_ca(folder / "ca", signer="Example GmbH")
    passphrase = folder / "passphrase"
    passphrase.write_text(f"{PASSPHRASE}\n", encoding="utf-8")
    pfx = make_pfx(ca.signer, folder / "release.pfx", passphrase=PASSPHRASE, authority=ca.root)
    return Keys(ca=ca, pfx=pfx, passphrase=passphrase)


@pytest.fixture
def gamma(bench: Bench) -> Bench:
    bench.publish(
        "gamma",
        tag="cp311-cp311-win_amd64",
        files={"gamma/gamma.pyd": make_program(dll=True), "gamma/__init__.py": "def main():\n    print('ran')\n"},
        entry_points={"console_scripts": {"gamma": "gamma:main"}, "gui_scripts": {"gammaw": "gamma:main"}},
    )
    for name, version in (("pip", "24.0"), ("virtualenv", "20.26.0")):  # pip's own copies of launchers are unsigned
        bench.publish(name, version=version, files={f"{name}/_vendor/t64.exe": make_program()})
    bench.write(requirements=("alpha", "gamma"))
    return bench


def signed(bench: Bench, keys: Keys, *more: str) -> Done:
    done = bench.build("--authenticode", keys.pfx, "--authenticode-passphrase", keys.passphrase, *more)
    assert done.code == 0, done.err
    assert PASSPHRASE not in done.out + done.err
    return done


def unpacked(bench: Bench, folder: Path) -> Path:
    with zipfile.ZipFile(bench.bundle) as archive:
        archive.extractall(folder)
    return folder


def told(folder: Path, name: str) -> Any:
    return json.loads((folder / name).read_text(encoding="utf-8"))


def note(bill: Any, member: str) -> dict[str, str]:
    """What the bill of materials says of one member of the bundle."""
    for each in bill["components"]:
        said = {one["name"].rpartition(":")[2]: one["value"] for one in each.get("properties", ())}
        if said.get("in-bundle") == member:
            return said
    raise AssertionError(f"the bill has no {member}")


def test_what_a_machine_starts_is_signed(gamma: Bench, keys: Keys, tmp_path: Path) -> None:
    done = signed(gamma, keys, "--authenticode-wheels")
    assert "4 files in it signed by Example GmbH (Authenticode): nobody without the key" in done.out
    folder, root = unpacked(gamma, tmp_path / "bundle"), keys.ca.root.pem
    manifest, bill = told(folder, "manifest.json"), told(folder, "sbom.cdx.json")
    assert manifest["environment"]["launchers"] == "separate"
    made = {each["name"]: each["made_from"] for each in manifest["packages"]}
    assert made == {"alpha": None, "beta": None, "gamma": "wheel"}
    assert [(each["name"], each["made_from"]) for each in manifest["seeds"]] == [("pip", "wheel")]
    for each in (*LAUNCHERS, GAMMA, PIP):
        assert note(bill, each)["programs-signed-by"] == "Example GmbH"
    assert "programs-signed-by" not in note(bill, "wheels/alpha-1.0-py3-none-any.whl")
    (component,) = (each for each in bill["components"] if each["name"] == "gamma")
    (origin,) = (each for each in component["externalReferences"] if each["type"] == "distribution")
    assert origin["hashes"][0]["content"] == hash_of(gamma.published / GAMMA.rpartition("/")[2]), (
        "of what the index has"
    )
    assert component["hashes"][0]["content"] == hash_of(folder / GAMMA)
    assert 'launchers = "separate"' in (folder / "recipe.toml").read_text(encoding="utf-8")
    _statement_tells(gamma)

    # as the target's half installs it
    place = Place(
        root=tmp_path / "release",
        library=tmp_path / "release" / "Lib" / "site-packages",
        scripts=tmp_path / "release" / "Scripts",
        executable="C:\\Envs\\Example\\releases\\one\\Scripts\\python.exe",
        python="3.11.9",
        stub="64",
        own=tuple((folder / each).read_bytes() for each in LAUNCHERS),  # type: ignore[arg-type]
    )
    place.library.mkdir(parents=True)
    place.scripts.mkdir()
    wheels = [Asked(name=each["name"], path=folder / each["file"], requested=False) for each in manifest["packages"]]
    install(place, wheels, pip=folder / "wheels" / "pip-24.0-py3-none-any.whl", compiled=False)
    programs = [each for each in place.root.rglob("*") if each.suffix in (".exe", ".pyd", ".dll")]
    assert sorted(each.name for each in programs) == ["gamma.exe", "gamma.pyd", "gammaw.exe"]
    for program in programs:
        assert "Signature verification: ok" in verify(program, root)
        found = read_signature(program, extra_roots=(root,))
        assert found is not None
        assert (found.subject_common_name, found.distrust) == ("Example GmbH", "")


def _statement_tells(bench: Bench) -> None:
    text = bench.bundle.with_name(f"{bench.bundle.name}.intoto.jsonl").read_bytes()
    predicate = json.loads(read_envelope(text).payload)["predicate"]
    signing = predicate["buildDefinition"]["externalParameters"]["authenticode"]
    assert signing["tool"].startswith("osslsigncode ")
    made = {each["name"]: each["annotations"] for each in predicate["runDetails"]["byproducts"]}
    assert made[GAMMA.rpartition("/")[2]] == {"made-from": "wheel", "programs-signed-by": "Example GmbH"}
    assert made[PIP.rpartition("/")[2]] == made[GAMMA.rpartition("/")[2]]
    assert made["target/shim.exe"] == {"programs-signed-by": "Example GmbH"}
    assert PASSPHRASE.encode() not in text
    assert b"release.pfx" not in text


def test_another_party_makes_all_but_the_signatures(gamma: Bench, keys: Keys, tmp_path: Path) -> None:
    signed(gamma, keys, "--authenticode-wheels")
    done = gamma.run("reproduce", gamma.bundle, "--index", gamma.index.url, "--json")
    assert done.code == 6, done.out + done.err
    found = done.json
    assert found["verdict"] == "incomplete"
    assert found["sha256"] == found["made"]
    assert {each["path"] for each in found["members"]} == {*LAUNCHERS, GAMMA, PIP}
    assert all("Example GmbH signed it" in each["reason"] for each in found["members"])
    details = {each["path"]: each["details"] for each in found["members"]}
    assert details[GAMMA] == ["gamma/gamma.pyd"]
    assert details[PIP] == ["pip/_vendor/t64.exe"]
    _another_beneath(gamma, keys, tmp_path)


def _another_beneath(bench: Bench, keys: Keys, tmp_path: Path) -> None:
    """Validly signed, and not our launcher: nobody takes that for the signature's doing."""
    other = tmp_path / "shim.exe"
    other.write_bytes(make_program())
    sign(other, keys.ca)
    assert signer_of(unpacked(bench, tmp_path / "other") / "target" / "shim.exe", other) is None


def test_policies_know_the_publisher(gamma: Bench, keys: Keys) -> None:
    made = signed(gamma, keys, "--json")
    assert made.json["bundles"][0]["authenticode"] == "Example GmbH"
    with zipfile.ZipFile(gamma.bundle) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    assert {each["made_from"] for each in (*manifest["packages"], *manifest["seeds"])} == {None}, (
        "programs in wheels weren't asked for"
    )
    done = gamma.run("app-control", gamma.bundle, "-o", "policies", "--signer-ca", keys.ca.root.pem, "--json")
    assert done.code == 0, done.err
    publishers = {each["member"]: each["publisher"] for each in done.json["files"]}
    for each in LAUNCHERS:
        assert publishers[each] == "O=EXAMPLE GMBH"
    assert not any("launchers" in each["what"] for each in done.json["uncovered"])
    applocker = (gamma.folder / done.json["applocker"]).read_text(encoding="utf-8")
    assert "O=EXAMPLE GMBH" in applocker


def test_a_key_that_wont_do_is_one_error_and_nothing_is_there(gamma: Bench, keys: Keys, tmp_path: Path) -> None:
    over = make_certificate(
        keys.ca, "over", common_name="Example GmbH", ends=datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    )
    for code, reference, arguments in (
        (10, "authenticode-key-missing", ["--authenticode", "nowhere.pfx"]),
        (10, "authenticode-certificate-expired", ["--authenticode", make_pfx(over, tmp_path / "over.pfx")]),
    ):
        done = gamma.build(*arguments)
        assert (done.code, done.reference) == (code, reference), done.err
        assert not gamma.output.exists()
        assert not gamma.lock.exists(), "nothing was even locked"
    wrong = gamma.build("--authenticode", keys.pfx, env={"BUNDLE_AUTHENTICODE_PASSPHRASE": "falsch"})
    assert wrong.reference == "authenticode-passphrase-wrong"
    assert "falsch" not in wrong.err
