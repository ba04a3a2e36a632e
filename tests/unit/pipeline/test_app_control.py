"""Policies for whole bundles: all that is governed gets a rule or is named; the same rules for the same content, in whatever form."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import zipfile
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

from bundler.errors import HostError, IntegrityError
from bundler.model.artifact import StoredFile
from bundler.pack.shipped import target_folder
from bundler.pack.sums import encode_sums
from bundler.pipeline.app_control import ControlRules, ControlWishes, write_app_control
from bundler.present.app_control_text import rule_lines
from bundler.report import Reporter
from tests.support import only_linux
from tests.support.bundles import Inputs, make_boot, make_inputs, write_made
from tests.support.packages import make_wheel
from tests.support.programs import make_program

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.pack.writing import Written

BAT = b"@echo off\r\n"


def inputs(folder: Path, kind: str = "embed") -> Inputs:
    files = {"alpha/_a.pyd": make_program(dll=True, filler=b"a"), "alpha/run.cmd": BAT}
    wheels = [
        make_wheel(folder / "wheels", "alpha", "1.0", tag="cp311-cp311-win_amd64", files=files),
        make_wheel(folder / "wheels", "zeta", "2.0"),
    ]
    made = make_inputs(folder, kind=kind, wheels=wheels)
    made.boot = make_boot(folder / "real", {"python.exe": make_program(), "python311._pth": b"python311.zip\n"})
    extra = folder / "start.bat"
    extra.write_bytes(BAT + b"rem {site.port}\r\n")
    table = dataclasses.replace(made.recipe.file[0], source="start.bat", destination="{release}\\start.bat")
    made.files = [*made.files, (table, StoredFile.of(extra))]
    made.recipe = dataclasses.replace(made.recipe, file=(*made.recipe.file, table))
    made.ours = target_folder()
    return made


def write(folder: Path, form: str = "zip", kind: str = "embed") -> Written:
    return write_made(inputs(folder, kind).lay_out(), folder / f"made-{form}", form)


def ruled(bundle: Path, output: Path, **wishes: object) -> ControlRules:
    return write_app_control(bundle, ControlWishes(output=output, **wishes), Reporter())  # type: ignore[arg-type]


def test_every_form_of_a_bundle_gives_the_same_policies(tmp_path: Path) -> None:
    made = inputs(tmp_path).lay_out()
    texts = set()
    for form in ("zip", "dir", "7z"):
        found = ruled(write_made(made, tmp_path / form, form).path, tmp_path / f"policies-{form}")
        texts.add((found.applocker.read_bytes(), found.code_integrity.read_bytes()))
        assert [each.name for each in sorted((tmp_path / f"policies-{form}").iterdir())] == [
            "example-4.14.2-3.11.9-win_amd64.appcontrol.xml",
            "example-4.14.2-3.11.9-win_amd64.applocker.xml",
        ]
    assert len(texts) == 1


def test_all_that_the_target_gets_has_a_rule_or_is_named(tmp_path: Path) -> None:
    found = ruled(write(tmp_path).path, tmp_path / "policies")
    assert {(each.owner, each.path) for each in found.files} == {
        ("boot/python.exe", ""),
        ("bootstrap.bat", ""),
        ("target/kept.bat", ""),
        ("target/shim.exe", ""),
        ("target/shimw.exe", ""),
        ("wheels/alpha-1.0-cp311-cp311-win_amd64.whl", "alpha/_a.pyd"),
        ("wheels/alpha-1.0-cp311-cp311-win_amd64.whl", "alpha/run.cmd"),
    }
    hashes = {each.get("Data") for each in ElementTree.parse(found.applocker).iter("FileHash")}  # noqa: S314 - our own
    assert hashes == {f"0x{each.sha256.upper()}" for each in found.files}
    named = [each.what for each in found.uncovered]
    assert named == [
        "launchers of entry points in C:\\PythonEnvs\\Example\\releases\\*\\Scripts",
        "{release}\\start.bat",
    ]
    text = "\n".join(rule_lines(found))
    assert "They let 7 files run (3 Exe, 1 Dll, 3 Script), 0 of them by their publisher." in text
    assert all(each.what in text for each in found.uncovered)
    whole = dataclasses.replace(found, uncovered=())
    assert "No rule" not in "\n".join(rule_lines(whole))


def test_what_lies_in_installers_is_named(tmp_path: Path) -> None:
    found = ruled(write(tmp_path, kind="exe").path, tmp_path / "policies")
    assert "what runtime/python-3.11.9-amd64.exe installs" in [each.what for each in found.uncovered]


def test_a_base_policy_is_supplemented(tmp_path: Path) -> None:
    base = "a244370e-44c9-4c06-b551-f6016e563076"
    found = ruled(write(tmp_path).path, tmp_path / "policies", base=base, only_hashes=True)
    assert f"<BasePolicyID>{{{base.upper()}}}</BasePolicyID>" in found.code_integrity.read_text("utf-8")
    assert f"supplements {{{base.upper()}}}" in "\n".join(rule_lines(found))


def test_a_damaged_bundle_gets_no_policy(tmp_path: Path) -> None:
    path = write(tmp_path).path
    with zipfile.ZipFile(path) as archive:
        at = archive.getinfo("target/shim.exe").header_offset
    content = bytearray(path.read_bytes())
    content[at + 1000] ^= 1
    path.write_bytes(content)
    with pytest.raises(IntegrityError) as caught:
        ruled(path, tmp_path / "policies")
    assert caught.value.reference == "bundle-damaged"
    assert not (tmp_path / "policies").exists()


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    only_linux.require(only_linux.LINKS)
    path = write(tmp_path).path
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(HostError) as caught:
        ruled(path, tmp_path / "file" / "policies")
    assert caught.value.reference == "output-unwritable"
    assert str(tmp_path / "file") in caught.value.message


@pytest.mark.parametrize(
    ("key", "value"),
    [("name", "../../victim/x"), ("name", "C:x"), ("version", "x/y"), ("release", ""), ("version", "a\nb")],
)
def test_names_that_lead_elsewhere(tmp_path: Path, key: str, value: str) -> None:
    """A bundle's name was written before the names of both policies as it is."""
    (tmp_path / "victim").mkdir()
    folder = write_made(make_inputs(tmp_path).lay_out(), tmp_path / "made", "dir").path
    data = json.loads((folder / "manifest.json").read_bytes())
    data["bundle"][key] = value
    content = f"{json.dumps(data, indent=1, sort_keys=True)}\n".encode()
    (folder / "manifest.json").write_bytes(content)
    sums = {each["path"]: each["sha256"] for each in data["members"]} | {
        "manifest.json": hashlib.sha256(content).hexdigest()
    }
    (folder / "SHA256SUMS").write_bytes(encode_sums(sums))
    with pytest.raises(IntegrityError, match="damaged") as caught:
        ruled(folder, tmp_path / "policies" / "here")
    assert [each.startswith(f"manifest.json: bundle.{key} ") for each in caught.value.context] == [True]
    assert not list((tmp_path / "victim").iterdir())
    assert not (tmp_path / "policies").exists()
