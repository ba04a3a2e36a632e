from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from bundler.errors import BundleError, InputError
from bundler.legacy import Kind, identify
from tests.support import only_linux
from tests.support.legacy import extension, make_egg
from tests.unit.legacy.looking import converted, refused

if TYPE_CHECKING:
    from pathlib import Path

NAME = "Foo.Bar-1.0-py2.7-win32.egg"
STUB = b"def __bootstrap__():\n   import sys, pkg_resources, imp\n   imp.load_dynamic(__name__,__file__)\n__bootstrap__()\n"


def test_an_egg_with_an_extension(tmp_path: Path) -> None:
    files = {
        "EGG-INFO/native_libs.txt": b"foo/_c.pyd\n",
        "EGG-INFO/not-zip-safe": b"\n",
        "EGG-INFO/requires.txt": b"setuptools\n",
        "EGG-INFO/scripts/run": b"#!/usr/bin/python\nprint 1\n",
        "EGG-INFO/namespace_packages.txt": b"foo\n",
        "foo/__init__.py": b"__import__('pkg_resources').declare_namespace(__name__)\n",
        "foo/__init__.pyc": b"\x03\xf3\r\n",
        "foo/_c.py": STUB,
        "foo/_c.pyc": b"\x03\xf3\r\n",
        "foo/_c.pyd": extension(),
        "foo/data.txt": b"data",
    }
    seen = converted(make_egg(tmp_path / NAME, files))
    assert seen.converted.wheel.name == "Foo.Bar-1.0-cp27-cp27m-win32.whl"
    scripts = "Foo.Bar-1.0.data/scripts"
    assert seen.installed.keys() == {"foo/__init__.py", "foo/_c.pyd", "foo/data.txt", f"{scripts}/run"}
    assert seen.installed[f"{scripts}/run"] == b"#!python\nprint 1\n"
    assert f"{seen.info}/namespace_packages.txt" in seen.files
    assert f"{seen.info}/native_libs.txt" not in seen.files


def test_metadata_that_a_package_carries_along_is_not_the_eggs_own(tmp_path: Path) -> None:
    other = b"Metadata-Version: 1.0\nName: other\nVersion: 3.0\n"
    vendored = {
        "foo/EGG-INFO/PKG-INFO": other,
        "foo/_vendor/other-3.0.egg-info/PKG-INFO": other,
        "foo/_vendor/other-3.0.dist-info/METADATA": other,
        "foo/_vendor/other-3.0.dist-info/WHEEL": b"Wheel-Version: 1.0\n",
    }
    file = make_egg(tmp_path / NAME, {"foo/__init__.py": b"", **vendored})
    assert identify(file) is Kind.EGG
    seen = converted(file)
    assert seen.converted.name == "Foo.Bar"
    assert {name: seen.installed[name] for name in vendored} == vendored


def test_a_module_beside_an_extension_that_is_no_loader_stays(tmp_path: Path) -> None:
    files = {"foo.py": b"from _foo import *\n", "foo.dll": extension(None)}
    assert "foo.py" in converted(make_egg(tmp_path / NAME, files)).installed


def test_an_egg_behind_a_shell_script(tmp_path: Path) -> None:
    file = make_egg(tmp_path / "foo-1.0-py2.7.egg", {"foo.py": b""}, script=b"#!/bin/sh\nexec python\n")
    assert identify(file) is Kind.EGG
    assert converted(file).converted.tag == "cp27-none-any"


@pytest.mark.parametrize(
    "name", ["../evil.py", "a/../../evil.py", "C:/evil.py", "/evil.py", "nul.py", "a//b.py", "EGG-INFO"]
)
def test_names_that_lead_out(tmp_path: Path, name: str) -> None:
    file = make_egg(tmp_path / NAME, {"foo.py": b"", name: b"x"})
    assert refused(file).reference in ("archive-unsafe", "archive-duplicate", "installer-malformed")


def test_a_link(tmp_path: Path) -> None:
    file = make_egg(tmp_path / NAME, {"foo.py": b"target"})
    data = bytearray(file.read_bytes())
    at = data.rfind(b"PK\1\2")
    data[at + 5] = 3  # made on Unix
    data[at + 38 : at + 42] = (0o120777 << 16).to_bytes(4, "little")
    file.write_bytes(data)
    assert refused(file).reference == "archive-unsafe"


def test_a_bomb(tmp_path: Path) -> None:
    file = make_egg(tmp_path / NAME, {"foo.py": bytes(80 << 20)})
    assert file.stat().st_size < 1 << 20
    assert refused(file).reference == "archive-bomb"


def test_metadata_that_is_too_large(tmp_path: Path) -> None:
    file = make_egg(tmp_path / NAME, {"EGG-INFO/requires.txt": b"a\n" * (9 << 20)})
    assert refused(file).reference == "installer-malformed"


def test_an_egg_that_was_cut(tmp_path: Path) -> None:
    file = make_egg(tmp_path / NAME, {"foo.py": b"x" * 100})
    file.write_bytes(file.read_bytes()[:-40])
    assert identify(file) is Kind.DAMAGED
    assert refused(file).reference == "installer-malformed"


def test_metadata_without_a_name(tmp_path: Path) -> None:
    file = make_egg(tmp_path / "x.egg", {"EGG-INFO/PKG-INFO": b"Metadata-Version: 1.0\n", "a.pyc": b"\x03\xf3\r\n"})
    assert refused(file).reference == "installer-malformed"


@pytest.mark.parametrize(("name", "version"), [("a" * 200, "1.0"), ("a", "1." * 200 + "0")])
def test_a_name_or_a_version_that_no_file_can_have(tmp_path: Path, name: str, version: str) -> None:
    error = refused(make_egg(tmp_path / "a-1-py2.7.egg", {"a.py": b""}, name=name, version=version))
    assert error.reference == "installer-malformed"
    assert len(error.message) < 200


def test_what_an_installation_left_in_its_metadata(tmp_path: Path) -> None:
    files = {"EGG-INFO/INSTALLER": b"pip", "EGG-INFO/direct_url.json": b"{}", "EGG-INFO/REQUESTED": b"", "a.py": b""}
    seen = converted(make_egg(tmp_path / "a-1-py2.7.egg", files))
    inside = {each.rpartition("/")[2] for each in seen.files if each.startswith(seen.info)}
    assert inside == {"METADATA", "WHEEL", "RECORD", "legacy.json"}


def unpacked(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in {"EGG-INFO/PKG-INFO": b"Name: Foo.Bar\nVersion: 1.0\n", **files}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def test_an_unpacked_egg(tmp_path: Path) -> None:
    """As ``easy_install`` leaves it in site-packages where it isn't zip-safe."""
    files = {"foo/__init__.py": b"x = 1\n", "foo/_c.pyd": extension(), "EGG-INFO/scripts/run": b"#!/usr/bin/python\n"}
    folder = unpacked(tmp_path / NAME, {**files, "foo/__init__.pyc": b"\x03\xf3\r\n"})
    assert identify(folder) is Kind.EGG
    (tmp_path / "packed").mkdir()
    one, other = converted(folder), converted(make_egg(tmp_path / "packed" / NAME, files))
    assert one.converted.wheel.name == other.converted.wheel.name == "Foo.Bar-1.0-cp27-cp27m-win32.whl"
    assert one.installed == other.installed


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "EGG-INFO").mkdir()
    with pytest.raises(InputError, match="is a folder, and no unpacked egg"):
        identify(tmp_path)


@only_linux.LINKS
@pytest.mark.parametrize("target", ["/etc/passwd", "foo.py", "."])
def test_a_link_in_an_unpacked_egg_is_refused(tmp_path: Path, target: str) -> None:
    folder = unpacked(tmp_path / NAME, {"foo.py": b""})
    (folder / "bar.py").symlink_to(target)
    assert refused(folder).reference == "archive-unsafe"


def test_a_folder_of_an_unpacked_egg_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its files were missing from the wheel."""
    folder, real = unpacked(tmp_path / NAME, {"foo/__init__.py": b""}), os.scandir

    def scandir(path: str) -> object:
        if str(path).endswith("foo"):
            raise PermissionError(13, "Permission denied", path)
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    with pytest.raises((BundleError, PermissionError), match="Permission denied"):
        converted(folder)


def test_a_large_unpacked_egg_is_no_bomb(tmp_path: Path) -> None:
    folder = unpacked(tmp_path / NAME, {"foo.py": b""})
    with (folder / "large.bin").open("wb") as stream:
        stream.truncate(70 << 20)
    assert converted(folder).converted.name == "Foo.Bar"
