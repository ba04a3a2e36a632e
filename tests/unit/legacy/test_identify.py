from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from bundler.errors import BuildError, InputError, IntegrityError
from bundler.legacy import Kind, identify
from bundler.legacy.kinds import not_convertible
from tests.support.legacy import make_egg, make_wininst, zipped
from tests.support.legacy_msi import make_bdist_msi
from tests.support.programs import make_program
from tests.unit.legacy.looking import refused

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = make_program(platform="win32")
BURN = PROGRAM.replace(b".rdata\0\0", b".wixburn")

FOREIGN = [
    (Kind.NSIS, PROGRAM + b"\0\0\0\0\xef\xbe\xad\xdeNullsoftInst" + bytes(100)),
    (Kind.INNO, PROGRAM + b"Inno Setup Setup Data (5.5.7)" + bytes(100)),
    (Kind.INNO, PROGRAM + "This installation was built with Inno Setup.".encode("utf-16-le")),
    (Kind.WISE, PROGRAM + b"Initializing Wise Installation Wizard..."),
    (Kind.INSTALLSHIELD, PROGRAM + b"ISSetupStream" + bytes(100)),
    (Kind.BURN, BURN),
    (Kind.SEVEN_ZIP_SFX, PROGRAM + b";!@Install@!UTF-8!\n7z\xbc\xaf\x27\x1c" + bytes(100)),
    (Kind.RAR_SFX, PROGRAM + b"Rar!\x1a\x07\0" + bytes(100)),
    (Kind.ZIP_SFX, PROGRAM + zipped({"setup.exe": b"MZ"})),
    (Kind.FROZEN, PROGRAM + "PYTHONSCRIPT".encode("utf-16-le") + zipped({"library.pyc": b"x"})),
    (Kind.FROZEN, PROGRAM + bytes(100) + b"MEI\x0c\x0b\x0a\x0b\x0e" + bytes(80)),
    (Kind.FROZEN, PROGRAM + b"cx_Freeze Python error in main script\0"),
    (Kind.PROGRAM, PROGRAM),
    (Kind.WHEEL, zipped({"foo.py": b"", "foo-1.0.dist-info/WHEEL": b""})),
    (Kind.SDIST, zipped({"foo-1.0/setup.py": b""})),
    (Kind.ZIP, zipped({"a.txt": b""})),
    (Kind.ARCHIVE, gzip.compress(b"x")),
    (Kind.PAGE, b"\n<!DOCTYPE html><title>404</title>"),
    (Kind.EMPTY, b""),
    (Kind.DAMAGED, bytes(1000)),
    (Kind.DAMAGED, b"MZ" + bytes(10)),
    (Kind.DAMAGED, PROGRAM[:700]),
    (Kind.DAMAGED, PROGRAM + zipped({"foo.py": b"x" * 100})[:60]),
    (Kind.DAMAGED, zipped({"foo.py": b""})[:20]),
    (Kind.DAMAGED, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100)),
    (Kind.UNKNOWN, b"hello"),
    (Kind.UNKNOWN, b"#!/bin/sh\n"),
]


@pytest.mark.parametrize(("kind", "content"), FOREIGN, ids=[f"{kind.name}-{i}" for i, (kind, _) in enumerate(FOREIGN)])
def test_what_cannot_be_converted_is_named(tmp_path: Path, kind: Kind, content: bytes) -> None:
    file = tmp_path / "setup-1.0.win32-py2.7.exe"  # its name says nothing
    file.write_bytes(content)
    assert identify(file) is kind
    error = refused(file)
    assert isinstance(error, BuildError | InputError | IntegrityError)
    assert kind.value in error.message
    assert error.context == (str(file),)  # the message has its name alone
    assert error.hint


def test_what_can_be_converted_is_known_by_its_content(tmp_path: Path) -> None:
    files = {"PURELIB/foo.py": b""}
    assert identify(make_wininst(tmp_path / "a.dat", files)) is Kind.WININST
    assert identify(make_egg(tmp_path / "b.dat", files)) is Kind.EGG
    assert identify(make_bdist_msi(tmp_path / "c.dat", {"Lib/site-packages/foo.py": b""})) is Kind.BDIST_MSI
    assert [each.name for each in Kind if each.convertible] == ["WININST", "BDIST_MSI", "EGG"]


def test_no_file(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "gone.exe"):
        with pytest.raises(InputError) as caught:
            identify(path)
        assert caught.value.reference == "installer-missing"


@pytest.mark.parametrize(
    "kind", [Kind.NSIS, Kind.INNO, Kind.WISE, Kind.INSTALLSHIELD, Kind.BURN, Kind.PROGRAM, Kind.MSI]
)
def test_what_the_target_can_run_is_advised_as_a_prerequisite(tmp_path: Path, kind: Kind) -> None:
    hint = not_convertible(tmp_path / "a.exe", kind).hint
    assert f'[[prerequisite]] with kind = "{"msi" if kind is Kind.MSI else "exe"}"' in hint
