from __future__ import annotations

import importlib.resources
import re
import tomllib

import pytest

from bundler.runtime.dlls.known import Pattern, optional_part, redistributable_of, windows_condition


@pytest.mark.parametrize(
    "dll",
    [
        "kernel32.dll",
        "odbc32.dll",
        "winspool.drv",
        "msvcrt.dll",
        "bcryptprimitives.dll",
        "api-ms-win-core-path-l1-1-0.dll",
        "api-ms-win-core-synch-l1-2-0.dll",
        "api-ms-win-core-memory-l1-1-2",
        "api-ms-win-shcore-scaling-l1-1-1.dll",
        "api-ms-win-core-winrt-l1-1-0.dll",
        "api-ms-win-newer-than-the-table-l1-1-0.dll",
        "ext-ms-win-ntuser-window-l1-1-0.dll",
        "kernel32",
    ],
)
def test_what_every_server_has(dll: str) -> None:
    assert windows_condition(dll) == ""


@pytest.mark.parametrize(
    ("dll", "words"),
    [
        ("opengl32.dll", "with the Desktop Experience only"),
        ("mfplat.dll", "Server-Media-Foundation"),
        ("wlanapi.dll", "Wireless-Networking"),
        ("d3d12.dll", "since 2016"),
        ("icuuc.dll", "since 2019"),
        ("api-ms-win-core-memory-l1-1-3.dll", "since 2016 or 2019"),
        ("api-ms-win-core-memory-l1-1-6.dll", "since 2016 or 2019"),
        ("api-ms-win-core-featurestaging-l1-1-0", "since 2016 or 2019"),
        ("api-ms-win-core-memory-l1-1-8.dll", "since 2025"),
        ("cldapi.dll", "since 2019"),
        ("xaudio2_9.dll", "since 2016, with the Desktop Experience only"),
        ("xaudio2_8.dll", "with the Desktop Experience only"),
        ("bthprops.cpl", "with the Desktop Experience only"),
        ("ninput.dll", "with the Desktop Experience only"),
    ],
)
def test_what_some_servers_have(dll: str, words: str) -> None:
    assert words in (windows_condition(dll) or "")


@pytest.mark.parametrize(
    "dll", ["msvcp140.dll", "msvcr90.dll", "python311.dll", "api-ms-win-crt-heap-l1-1-0.dll", "ucrtbase.dll", "oci.dll"]
)
def test_what_no_server_has_by_itself(dll: str) -> None:
    assert windows_condition(dll) is None


@pytest.mark.parametrize(
    ("dll", "words"),
    [
        ("msvcp140.dll", "v14"),
        ("msvcp140_1.dll", "v14"),
        ("msvcp140-0f2ea95580b32bcfc81c235d5751ce78.dll", "v14"),
        ("vcruntime140_1.dll", "v14"),
        ("vcomp140.dll", "v14"),
        ("mfc140u.dll", "v14"),
        ("msvcr120.dll", "2013"),
        ("msvcr100.dll", "2010"),
        ("mfc100u.dll", "2010"),
        ("msvcp90.dll", "2008"),
        ("msvcr80.dll", "2005"),
        ("msvcr71.dll", ".NET 2003"),
        ("xaudio2_7.dll", "DirectX End-User Runtimes"),
        ("msvcp140d.dll", "debugging"),
        ("vcruntime140d.dll", "debugging"),
        ("ucrtbased.dll", "debugging"),
        ("mfc140ud.dll", "debugging"),
        ("ucrtbase.dll", "KB2999226"),
        ("oci.dll", "Oracle Instant Client"),
        ("libmysql.dll", "MySQL"),
        ("libpq.dll", "PostgreSQL"),
        ("python39.dll", "another Python"),
        ("tcl86t.dll", "Tcl/Tk"),
    ],
)
def test_what_brings_it(dll: str, words: str) -> None:
    found = redistributable_of(dll)
    assert found is not None
    assert words in found.name
    assert found.page.startswith("https://")


@pytest.mark.parametrize("dll", ["kernel32.dll", "qt6core.dll", "msvcrt.dll", "mfcx.dll", "libssl-3.dll"])
def test_what_nobody_knows(dll: str) -> None:
    assert redistributable_of(dll) is None


def test_compilers_runtimes_have_an_installer_for_each_platform() -> None:
    for dll in ("msvcp140.dll", "msvcr120.dll", "msvcr110.dll", "msvcr100.dll", "msvcr90.dll"):
        found = redistributable_of(dll)
        assert found is not None
        assert found.silent
        assert {"win32", "win_amd64"} <= found.url.keys()


@pytest.mark.parametrize(
    ("pattern", "dll", "fits"),
    [
        ("oci.dll", "oci.dll", True),
        ("oci.dll", "oci.dl", False),
        ("msvcp140*.dll", "msvcp140.dll", True),
        ("msvcp140*.dll", "msvcp140_1.dll", True),
        ("msvcp140*.dll", "msvcp14.dll", False),
        ("aa*aa", "aaa", False),
    ],
)
def test_patterns(pattern: str, dll: str, fits: bool) -> None:
    assert Pattern(pattern).fits(dll) is fits


def test_the_tables_are_well_formed() -> None:
    """They are read without a check when they are used."""
    folder = importlib.resources.files("bundler.runtime.dlls")
    windows = tomllib.loads(folder.joinpath("windows.toml").read_text(encoding="utf-8"))
    assert windows.keys() == {"core", "desktop", "feature", "since"}
    assert all(each.keys() == {"name", "dlls"} for each in windows["feature"])
    assert all(each.keys() == {"server", "dlls"} for each in windows["since"])
    names = [
        name
        for text in (
            windows["core"],
            windows["desktop"],
            *(each["dlls"] for each in (*windows["feature"], *windows["since"])),
        )
        for name in text.split()
    ]
    assert len(names) == len(set(names)), "no name is in two places"
    assert all(re.fullmatch(r"[a-z0-9_.]+\.(dll|drv|ocx|cpl)|windows\.storage\.dll", name) for name in names)
    known = tomllib.loads(folder.joinpath("redistributables.toml").read_text(encoding="utf-8"))
    for each in known["redistributable"]:
        assert {"name", "dlls", "page"} <= each.keys() <= {"name", "dlls", "page", "silent", "url"}
        for pattern in each["dlls"]:
            assert pattern == pattern.lower()
            assert pattern.count("*") <= 1
            assert "*" not in pattern[:2]
            assert pattern not in names
    for each in tomllib.loads(folder.joinpath("optional.toml").read_text(encoding="utf-8"))["part"]:
        assert each.keys() == {"package", "path", "what"}
        assert each["path"] == each["path"].lower()
        assert each["path"].count("*") <= 1


def test_parts_that_applications_do_without() -> None:
    assert optional_part("pywin32", "pythonwin/Pythonwin.exe") == "the editor Pythonwin"
    assert optional_part("setuptools", "setuptools/cli-64.exe") == "the launchers that setup.py develop copies"
    assert optional_part("pywin32", "win32/win32api.pyd") == ""
    assert optional_part("other", "pythonwin/Pythonwin.exe") == ""


def test_sets_of_functions_stand_once_and_are_none_of_the_c_runtime() -> None:
    text = importlib.resources.files("bundler.runtime.dlls").joinpath("api_sets.toml").read_text(encoding="utf-8")
    names = [name for each in tomllib.loads(text)["since"] for name in each["sets"].split()]
    assert len(names) == len(set(names)) > 100
    assert all(re.fullmatch(r"[a-z0-9-]+-l[0-9]+-[0-9]+-[0-9]+", each) for each in names)
    assert not [each for each in names if each.startswith("crt-")]
