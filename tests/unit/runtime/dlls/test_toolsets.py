"""Which version of the C++ runtime a bundle's programs want."""

from __future__ import annotations

import dataclasses

import pytest

from bundler.formats.pe.programs import Program
from bundler.model.target import Target
from bundler.runtime.dlls import Holder
from bundler.runtime.dlls.toolsets import is_runtime, needed_toolset, older_copies

TARGET = Target.of("3.11.9", "win_amd64")


def program(path: str, *imports: str, linker: tuple[int, int] = (14, 44), platform: str = "win_amd64") -> Program:
    return Program(path=path, platform=platform, imports=imports, linker=linker)


def test_the_newest_counts() -> None:
    holders = [
        Holder(name="old", programs=(program("old/a.pyd", "msvcp140.dll", linker=(14, 29)),)),
        Holder(name="new", programs=(program("new/a.pyd", "msvcp140_atomic_wait.dll"),)),
        Holder(name="plain", programs=(program("plain/a.pyd", "vcruntime140.dll", linker=(14, 50)),)),
    ]
    found = needed_toolset(holders, TARGET)
    assert found is not None
    assert (found.text, found.user, found.dll) == ("14.44", "new: new/a.pyd", "msvcp140_atomic_wait.dll")


@pytest.mark.parametrize(
    "programs",
    [
        (program("x/a.pyd", "vcruntime140.dll", "python311.dll"),),
        (program("x/a.pyd", "msvcp140.dll", linker=(2, 42)),),
        (program("x/a.pyd", "msvcp140.dll", platform="win32"),),
        (program("x/a.pyd", "msvcp140.dll"), program("x/MSVCP140.dll")),
        (program("x/a.pyd", "msvcp140-0f2ea95580b32bcfc81c235d5751ce78.dll"),),
    ],
    ids=["none of it", "another linker", "another machine", "beside it", "its own"],
)
def test_who_wants_none(programs: tuple[Program, ...]) -> None:
    assert needed_toolset([Holder(name="x", programs=programs)], TARGET) is None


def test_names_of_the_runtime() -> None:
    assert is_runtime(r"%SystemRoot%\System32\MSVCP140.dll")
    assert is_runtime("vcruntime140*.dll")
    assert not is_runtime("odbc32.dll")
    assert not is_runtime("")


def test_an_older_copy_in_another_wheel() -> None:
    carried = Program(path="arrow/msvcp140.dll", platform="win_amd64", imports=(), version=(14, 29))
    arrow = Holder(name="arrow", programs=(carried, program("arrow/a.pyd", "msvcp140.dll", linker=(14, 29))))
    tree = Holder(name="tree", programs=(program("tree/a.pyd", "msvcp140.dll"),))
    (found,) = older_copies([arrow, tree], TARGET)
    assert (found.carrier, found.version, found.needed.user) == (
        "arrow: arrow/msvcp140.dll",
        (14, 29),
        "tree: tree/a.pyd",
    )
    newer = dataclasses.replace(carried, version=(14, 44))
    assert list(older_copies([dataclasses.replace(arrow, programs=(newer,)), tree], TARGET)) == []
    assert list(older_copies([arrow], TARGET)) == [], "its own knows what it brings"
