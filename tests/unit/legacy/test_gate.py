"""What is converted passes the same gate as what is built here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bundler.errors import BuildError
from bundler.legacy import convert_installer
from tests.support.legacy import extension, make_egg, make_wininst
from tests.support.programs import make_program
from tests.unit.legacy.looking import converted

if TYPE_CHECKING:
    from pathlib import Path

ELF = b"\x7fELF" + bytes(60)


def linked(*imports: str) -> bytes:
    return make_program(platform="win32", dll=True, version=None, imports=("python27.dll", *imports))


def test_the_runtime_of_pythons_own_compiler_is_right(tmp_path: Path) -> None:
    seen = converted(make_wininst(tmp_path / "a.exe", {"PLATLIB/foo.pyd": linked("MSVCR90.dll", "KERNEL32.dll")}))
    assert seen.warnings == ()


@pytest.mark.parametrize("runtime", ["msvcr71.dll", "MSVCR100.dll", "msvcrt.dll", "VCRUNTIME140.dll"])
def test_another_runtime_is_told(tmp_path: Path, runtime: str) -> None:
    seen = converted(make_wininst(tmp_path / "a.exe", {"PLATLIB/foo.pyd": linked(runtime)}))
    (told,) = seen.warnings
    assert "foo.pyd uses " in str(told)
    assert "and its Python msvcr90.dll" in str(told)


@pytest.mark.parametrize("kind", ["wininst", "egg"])
def test_programs_of_linux_are_refused_and_leave_nothing(tmp_path: Path, kind: str) -> None:
    files = {"foo/_c.pyd": extension(), "foo/_d.so": ELF, "foo/tool": ELF}
    if kind == "wininst":
        installer = make_wininst(tmp_path / "a.exe", {f"PLATLIB/{name}": content for name, content in files.items()})
    else:
        installer = make_egg(tmp_path / "Foo.Bar-1.0-py2.7-win32.egg", files)
    with pytest.raises(BuildError) as caught:
        convert_installer(installer, folder=tmp_path / "out", epoch=0)
    assert caught.value.reference == "wheel-broken"
    assert caught.value.context == (
        "foo/_d.so is a program of Linux (ELF)",
        "foo/tool is a program of Linux (ELF)",
    )
    assert list((tmp_path / "out").iterdir()) == []


def test_an_earlier_wheel_stays_where_a_later_one_is_refused(tmp_path: Path) -> None:
    installer = make_wininst(tmp_path / "a.exe", {"PLATLIB/foo.pyd": linked("MSVCR90.dll")})
    wheel = convert_installer(installer, folder=tmp_path / "out", epoch=0).wheel
    before = wheel.read_bytes()
    make_wininst(tmp_path / "a.exe", {"PLATLIB/foo.pyd": linked("MSVCR90D.dll")})
    with pytest.raises(BuildError):
        convert_installer(installer, folder=tmp_path / "out", epoch=0)
    assert [*(tmp_path / "out").iterdir()] == [wheel]
    assert wheel.read_bytes() == before


def test_a_debug_build_is_refused(tmp_path: Path) -> None:
    installer = make_wininst(tmp_path / "a.exe", {"PLATLIB/foo.pyd": linked("MSVCR90D.dll")})
    with pytest.raises(BuildError) as caught:
        convert_installer(installer, folder=tmp_path / "out", epoch=0)
    assert "a debug runtime" in caught.value.context[0]
