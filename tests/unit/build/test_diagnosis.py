"""What a failed build means for people."""

from __future__ import annotations

from pathlib import Path, PureWindowsPath

import pytest

from bundler.build.compilers import Compiler, Toolchain
from bundler.build.diagnosis import FailedBuild, build_failed
from bundler.build.isolated import Native
from bundler.model.target import Target

TARGET = Target.of("3.11.9", "win_amd64")
TREE = Path("C:\\Users\\somebody\\AppData\\Local\\Temp\\b-abcdefgh\\b\\0\\h\\s\\zope.interface-5.5.2")
DEEP = (
    "build\\temp.win-amd64-cpython-311\\Release\\" + "src\\zope\\interface\\" * 8 + "_zope_interface_coptimizations.obj"
)


def hint(log: str, *, native: bool = True) -> str:
    compiler = Compiler(name="Visual C++ 2022", version=(14, 3), script=PureWindowsPath("v.bat"), origin="a test")
    toolchain = Toolchain(compiler=compiler, architecture="amd64", argument="amd64", environment={})
    made = Native(python=Path("python.exe"), version="3.11.9", toolchain=toolchain) if native else None
    return build_failed(FailedBuild(what="x 1.0", name="x", log=log, native=made, tree=TREE), TARGET).hint


@pytest.mark.parametrize(
    "words",
    [
        f"fatal error C1083: Cannot open compiler generated file: '{DEEP}': No such file or directory",
        f"LINK : fatal error LNK1104: cannot open file '{DEEP}'",
        f"LINK : fatal error LNK1181: cannot open input file '{DEEP}'",
        f"fatal error RC1110 : could not open '{DEEP}'",
        f'mt : general error c101008d: Failed to write the updated manifest to the resource of file "{DEEP}".',
        f"LINK : fatal error LNK1104: cannot open file '{TREE}\\{DEEP}'",
    ],
)
def test_a_path_that_is_too_long_for_a_compiler(words: str) -> None:
    said = hint(f"cl.exe /c ...\n{words}\nerror: command failed\n")
    assert f"a path of {len(str(TREE)) + 1 + len(DEEP)} characters" in said
    assert "let TEMP and TMP name a short folder" in said


@pytest.mark.parametrize(
    "words",
    [
        "fatal error C1083: Cannot open include file: 'mysql.h': No such file or directory",
        "LINK : fatal error LNK1181: cannot open input file 'mariadbclient.lib'",
        f"error C2065: '{DEEP}': undeclared identifier",
    ],
)
def test_what_is_simply_missing(words: str) -> None:
    assert "short folder" not in hint(words)


@pytest.mark.parametrize(
    ("log", "advice"),
    [
        ("ModuleNotFoundError: No module named 'pkg_resources'", 'build-constraints = ["setuptools<82"]'),
        ("ModuleNotFoundError: No module named 'pkg_resources.extern'", "setuptools<82"),
        ("ModuleNotFoundError: No module named 'distutils.core'", 'build-requires = ["setuptools"]'),
        ("ModuleNotFoundError: No module named 'wheel'", 'build-requires = ["wheel"]'),
        ("ImportError: No module named wheel.bdist_wheel", 'build-requires = ["wheel"]'),
        ("ModuleNotFoundError: No module named 'wheelhouse'", "imports wheelhouse and doesn't ask for it"),
        ("ImportError: No module named numpy.distutils", "imports numpy and doesn't ask for it"),
        ("error in x setup command: use_2to3 is invalid.", "setuptools<58"),
        ("ModuleNotFoundError: No module named 'numpy.distutils'", 'build-constraints = ["numpy<…"]'),
        ("LookupError: setuptools-scm was unable to detect version for /x.", "{ SETUPTOOLS_SCM_PRETEND_VERSION = "),
        ("Exception: Versioning for this project requires either an sdist tarball, or", "PBR_VERSION"),
        ("urllib.error.URLError: <urlopen error [Errno -3] Temporary failure in name resolution>", "network = true"),
    ],
)
def test_what_a_build_lacks(log: str, advice: str) -> None:
    said = hint(log)
    assert advice in said
    assert "[packages.source.x]" in said
    assert "[packages.source.x]" not in hint("ZeroDivisionError")


@pytest.mark.parametrize(
    ("log", "advice"),
    [
        ("SyntaxError: Missing parentheses in call to 'print'. Did you mean print(...)?", "written for Python 2"),
        ("ModuleNotFoundError: No module named 'ConfigParser'", "written for Python 2"),
        ("ModuleNotFoundError: No module named 'winreg'", "build it on a Windows host"),
    ],
)
def test_what_no_table_of_the_recipe_helps(log: str, advice: str) -> None:
    assert advice in hint(log)
    assert "[packages.source.x]" not in hint(log)
