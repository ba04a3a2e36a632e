"""A Visual C++ redistributable that is older than what the bundle's programs were made with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.programs import make_program

if TYPE_CHECKING:
    from tests.support.commandline import Bench

RECIPE = """
[[prerequisite]]
name = "Visual C++ runtime"
source = "vc_redist.x64.exe"
kind = "exe"
unsigned = true
arguments = ["/quiet"]
provides = ["msvcp140*.dll"]
detect = {{ file = '%SystemRoot%\\System32\\msvcp140.dll'{least} }}
"""


def built(bench: Bench, *, least: str, brings: tuple[int, int, int, int], linker: tuple[int, int] = (14, 44)) -> str:
    program = make_program(dll=True, version=None, imports=("python311.dll", "MSVCP140.dll"), linker=linker)
    bench.publish("wide", tag="cp311-cp311-win_amd64", files={"wide/_wide.cp311-win_amd64.pyd": program})
    (bench.folder / "vc_redist.x64.exe").write_bytes(make_program(version=brings, product="Visual C++"))
    bench.write(requirements=["wide"], more=RECIPE.format(least=f', at-least = "{least}"' if least else ""))
    done = bench.build()
    assert done.code == 0, done.err
    return " ".join(done.err.split())


@pytest.mark.parametrize(
    ("least", "brings", "words"),
    [
        ("14.38", (14, 44, 35211, 0), 'is content with 14.38: write at-least = "14.44"'),
        ("", (14, 50, 1, 0), 'is content with any version that is there: write at-least = "14.44"'),
        ("14.44", (14, 38, 33135, 0), "brings 14.38: take a newer installer of it"),
    ],
)
def test_it_is_reported(bench: Bench, least: str, brings: tuple[int, int, int, int], words: str) -> None:
    said = built(bench, least=least, brings=brings)
    assert "wide: wide/_wide.cp311-win_amd64.pyd was made by toolset 14.44" in said
    assert f"the prerequisite Visual C++ runtime {words}" in said
    assert said.count("redistributable-too-old") == 1


@pytest.mark.parametrize(("least", "linker"), [("14.44", (14, 44)), ("14.38", (14, 29)), ("14.38", (2, 42))])
def test_one_that_is_new_enough(bench: Bench, least: str, linker: tuple[int, int]) -> None:
    assert "redistributable-too-old" not in built(bench, least=least, brings=(14, 44, 35211, 0), linker=linker)


def test_an_older_copy_that_another_wheel_carries(bench: Bench) -> None:
    newer = make_program(dll=True, version=None, imports=("python311.dll", "MSVCP140.dll"), linker=(14, 44))
    bench.publish("tree", tag="cp311-cp311-win_amd64", files={"tree/a.cp311-win_amd64.pyd": newer})
    carried = make_program(dll=True, version=(14, 29, 30139, 0), imports=("KERNEL32.dll",))
    older = make_program(dll=True, version=None, imports=("python311.dll", "MSVCP140.dll"), linker=(14, 29))
    files = {"arrow/msvcp140.dll": carried, "arrow/a.cp311-win_amd64.pyd": older}
    bench.publish("arrow", tag="cp311-cp311-win_amd64", files=files)
    bench.write(requirements=["tree", "arrow"])
    words = "arrow: arrow/msvcp140.dll is version 14.29, and tree: tree/a.cp311-win_amd64.pyd was made by toolset 14.44"
    for _ in range(2):
        done = bench.build()
        assert done.code == 0, done.err
        assert words in " ".join(done.err.split())
