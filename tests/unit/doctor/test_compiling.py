from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bundler.doctor.compilers import compiling, host_compilers
from bundler.model.recipe_file import load_recipe
from tests.support.machines import TableMachine
from tests.unit.build.compilers.test_compilers import FOR_PYTHON, SXS
from tests.unit.build.compilers.test_pythons import CORE, add, banner

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.doctor import Finding

RECIPE = """
[bundle]
name = "example"
version = "1.0"
[[target]]
python = "{python}"
platform = "win_amd64"
[target.runtime]
kind = "{kind}"
{runtime}
[packages]
requirements = ["demo"]
{packages}
[environment]
path = 'C:\\Envs\\Example'
"""
VC14 = r"C:\VC14\vcvarsall.bat"


def examined(
    folder: Path,
    machine: TableMachine | None,
    packages: str = "",
    python: str = "3.11.9",
    *,
    kind: str = "embed",
    sources: tuple[str, ...] | None = ("demo",),
) -> tuple[Finding, ...]:
    path = folder / "example.toml"
    runtime = 'directory = "C:\\\\Python27"' if kind == "msi" else 'source = "p.zip"\nunsigned = true'
    path.write_text(RECIPE.format(packages=packages, python=python, kind=kind, runtime=runtime), encoding="utf-8")
    recipe = load_recipe(path)
    return tuple(compiling(recipe, recipe.target[0], machine, sources))


def equipped() -> TableMachine:
    machine = TableMachine()
    machine.add(SXS, "14.0", r"C:\VC14", hive="HKLM", view=32)
    machine.have(VC14, r"C:\VC14\bin\cl.exe", r"C:\SDK\windows.h")
    machine.scripts[VC14] = {"amd64": {"PATH": r"C:\VC14\bin", "INCLUDE": r"C:\SDK"}}
    add(machine, r"C:\Python311", banner("3.11.4"))
    return machine


@pytest.mark.parametrize(
    ("packages", "verdict", "fix"),
    [
        ("", "note", ""),
        ('build = ["Demo"]', "bad", "packages.build names Demo: build on Windows"),
        ('sdists = "prefer"', "bad", 'packages.sdists is "prefer": build on Windows'),
    ],
)
def test_elsewhere_than_on_windows_nothing_is_compiled(tmp_path: Path, packages: str, verdict: str, fix: str) -> None:
    (finding,) = examined(tmp_path, None, packages)
    assert (finding.what, finding.verdict) == ("compiler for CPython 3.11.9 on win_amd64", verdict)
    assert "on a Windows build host only" in finding.detail
    assert finding.fix.startswith(fix)
    assert bool(finding.fix) == bool(fix)


def test_what_is_not_locked_yet_is_not_bad(tmp_path: Path) -> None:
    (finding,) = examined(tmp_path, None, 'sdists = "prefer"', sources=None)
    assert finding.verdict == "note"
    assert finding.fix.startswith('packages.sdists is "prefer": build on Windows, unless')


def test_a_recipe_that_takes_wheels_only_needs_none(tmp_path: Path) -> None:
    assert examined(tmp_path, None, 'sdists = "never"') == examined(tmp_path, TableMachine(), 'sdists = "never"') == ()


def test_a_host_that_has_it_all(tmp_path: Path) -> None:
    compiler, python = examined(tmp_path, equipped(), 'sdists = "prefer"')
    assert (compiler.verdict, compiler.detail) == ("good", rf"Visual C++ 2015, {VC14} amd64")
    assert (python.verdict, python.detail) == ("good", r"3.11.4 in C:\Python311, as good for building as 3.11.9")


@pytest.mark.parametrize(("packages", "verdict"), [("", "note"), ('build = ["demo"]', "bad")])
def test_a_host_that_has_nothing(tmp_path: Path, packages: str, verdict: str) -> None:
    compiler, python = examined(tmp_path, TableMachine(), packages)
    assert (compiler.verdict, python.verdict) == (verdict, verdict)
    assert compiler.detail.startswith("none: 3.11 needs Visual C++ 2015 or later")
    assert "build/windows_host.py" in compiler.fix
    assert python.detail == "no 3.11 for win_amd64 with its headers is installed"
    assert "--python 3.11.9 --platform win_amd64" in python.fix


def test_the_compiler_of_27_is_told_to_be_withdrawn(tmp_path: Path) -> None:
    machine = TableMachine()
    machine.add(FOR_PYTHON, "installdir", r"C:\gone", hive="HKLM", view=32)
    machine.add(rf"{CORE}\2.7\InstallPath", "", r"C:\Python27", hive="HKLM", view=32)
    gone, compiler, passed, python = examined(tmp_path, machine, 'build = ["demo"]', "2.7.18", kind="msi")
    assert gone.verdict == passed.verdict == "note"
    assert r"there is no C:\gone\vcvarsall.bat" in gone.detail
    assert r"there is no C:\Python27\python.exe" in passed.detail
    assert (compiler.verdict, python.verdict) == ("bad", "bad")
    assert "withdrew VCForPython27.msi in 2021" in compiler.fix


def test_a_runtime_of_files_can_build(tmp_path: Path) -> None:
    *_, python = examined(tmp_path, TableMachine(), 'build = ["demo"]', kind="archive")
    assert (python.verdict, python.fix) == ("note", "")
    assert "the recipe's runtime builds" in python.detail


def test_a_broken_compiler_is_told_and_the_next_one_taken(tmp_path: Path) -> None:
    machine = equipped()
    machine.add(r"Software\Microsoft\VisualStudio\14.0\Setup\VC", "ProductDir", r"C:\Other", hive="HKLM")
    machine.have(r"C:\Other\vcvarsall.bat")
    machine.scripts[r"C:\Other\vcvarsall.bat"] = machine.scripts.pop(VC14)
    machine.scripts[VC14] = {"none": {}}
    broken, compiler, _ = examined(tmp_path, machine)
    assert (broken.verdict, compiler.verdict) == ("note", "good")
    assert "gives no working environment" in broken.detail
    assert "\n" not in broken.detail
    assert r"C:\Other\vcvarsall.bat amd64" in compiler.detail


def test_without_a_recipe_every_generation_is_told() -> None:
    (finding,) = host_compilers(None)
    assert (finding.what, finding.verdict) == ("compilers", "note")
    machine = equipped()
    machine.add(FOR_PYTHON, "installdir", r"C:\gone", hive="HKLM", view=32)
    found = list(host_compilers(machine))
    assert [(each.what, each.verdict, each.detail) for each in found if not each.detail.startswith("passed")] == [
        ("compiler for 2.7 and 3.0 to 3.2", "note", "none"),
        ("compiler for 3.3 and 3.4", "note", "none"),
        ("compiler for 3.5 and later", "good", "Visual C++ 2015"),
    ]
    assert len(found) == 4


@pytest.mark.parametrize("machine", [None, TableMachine()])
def test_a_lock_knows_what_comes_from_source(tmp_path: Path, machine: TableMachine | None) -> None:
    finding, *_ = examined(tmp_path, machine, 'sdists = "prefer"', sources=("demo", "other"))
    assert finding.verdict == "bad"
    assert finding.detail.endswith("; from source come demo, other")
    finding, *_ = examined(tmp_path, machine, 'sdists = "prefer"', sources=())
    assert (finding.verdict, "from source come" in finding.detail) == ("note", False)
    finding, *_ = examined(tmp_path, machine, sources=("demo",))
    assert (finding.verdict, "from source come demo" in finding.detail) == ("note", True)
