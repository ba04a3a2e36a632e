"""What depends on the system that a bundle is installed on."""

from __future__ import annotations

import dataclasses
import ntpath
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bundler.errors import InputError
from bundler.foreign import is_device
from bundler.model.platforms import ONLY_THESE, PLATFORMS, demand_platform, platform_of
from bundler.model.platforms.target_platform import Platform
from bundler.model.platforms.windows_platform import WINDOWS
from bundler.model.target import Target

PATHS = WINDOWS.paths


@pytest.mark.parametrize("tag", ["win32", "win_amd64", "win_arm64"])
def test_a_tag_of_windows_is_windows(tag: str) -> None:
    assert platform_of(tag) is demand_platform(tag) is WINDOWS
    assert Target.of("3.11.9", tag).windows


def test_nothing_is_installed_on_other_systems() -> None:
    assert platform_of("manylinux_2_28_x86_64") is None
    with pytest.raises(InputError, match="only Windows can be a target in this version") as caught:
        demand_platform("manylinux_2_28_x86_64")
    assert caught.value.reference == "target-unknown"
    assert ONLY_THESE.startswith("only Windows")


def test_every_system_says_everything() -> None:
    for each in PLATFORMS:
        assert isinstance(each, Platform)
        assert all(getattr(each, field.name) not in (None, "") for field in dataclasses.fields(Platform))
        assert each.markers.keys() == {"os_name", "platform_system", "sys_platform"}


@pytest.mark.parametrize(
    ("part", "device"),
    [("con", True), ("NUL.txt", True), ("com0", True), ("Lpt9 .x", True), ("com10", False), ("icon", False)],
)
def test_a_device_is_one_with_every_extension(part: str, device: bool) -> None:
    assert is_device(part) is device


@pytest.mark.parametrize(
    ("text", "absolute"), [("C:\\Envs", True), ("C:\\Envs\\", True), ("C:", False), ("/opt", False), ("C:\\a?b", False)]
)
def test_an_absolute_path_has_a_drive(text: str, absolute: bool) -> None:
    assert (PATHS.absolute_fault(text) is None) is absolute


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("C:\\\\PythonEnvs\\\\X", "doubled separators"),
        ("C:\\Envs\\X\\\\", "doubled separators"),
        ("C:/Envs/X", "a slash"),
        ("C:\\Envs/X", "a slash"),
        ("%ProgramFiles%\\X", "%ProgramFiles%: environment variables"),
        ("C:\\%NAME%\\X", "%NAME%: environment variables"),
        ("C:", "a whole drive"),
        ("C:\\", "a whole drive"),
        ("D:/", "a whole drive"),
        ("\\\\server\\share\\X", "another machine"),
        ("//server/share", "another machine"),
        ("\\X", "not an absolute"),
        ("C:X", "not an absolute"),
        ("C:\temp", "control character"),
        ("C:\\x\nets", "control character"),
        ("C:\\ Envs", "begins with a blank"),
        ("C:\\Envs\\{data}", "{data}: nothing is filled in"),
        ("{environment}\\X", "{environment}: nothing is filled in"),
        ("C:\\Envs\\{site.port}\\X", "{site.port}: nothing is filled in"),
        ("X\\Y", "'X\\Y' is not"),
        ("C:\\\\X", "'C:\\\\X' has doubled"),
        ("C:\temp", "'C:\\temp' has a control"),
    ],
)
def test_a_path_that_nobody_means(text: str, words: str) -> None:
    fault = PATHS.absolute_fault(text)
    assert fault is not None
    assert words in fault


@pytest.mark.parametrize(
    "text", ["C:\\Envs", "C:\\Envs\\", "C:\\{1F-2}\\X", "C:\\100% ours\\X", "d:\\Program Files (x86)\\a%b"]
)
def test_a_path_that_may_be_meant(text: str) -> None:
    assert PATHS.absolute_fault(text) is None


@pytest.mark.parametrize(
    ("place", "inside", "faults"),
    [
        ("{release}\\Scripts\\run.bat", True, 0),
        ("{release}\\..\\x", False, 0),
        ("{environment}\\x", False, 0),
        ("{data}\\nul.txt", True, 1),
        ("{data}\\dot.", True, 1),
        ("{data}\\a|b", True, 1),
        ("{data}\\folder\\", True, 1),
    ],
)
def test_the_place_of_a_file(place: str, inside: bool, faults: int) -> None:
    assert PATHS.is_inside(place) is inside
    assert not inside or len(tuple(PATHS.file_faults(place))) == faults


def test_paths_are_compared_as_windows_does() -> None:
    inner, outer = PATHS.folded("C:/Envs\\.\\App\\"), PATHS.folded("c:\\ENVS")
    assert (inner, outer) == ("c:\\envs\\app", "c:\\envs")
    assert PATHS.is_below(inner, outer)
    assert not PATHS.is_below(outer, inner)
    assert not PATHS.is_below("c:\\envs2", outer)


def test_both_small_sigmas_have_one_capital() -> None:
    """And Windows compares capitals: two packages would bring one file."""
    spelled = ("ΛΟΓΟΣ/x.py", "λογος/x.py", "λογοσ/x.py", "Λογος\\X.py")
    assert len({PATHS.folded(each) for each in spelled}) == 1


def test_places_of_services_and_rights() -> None:
    assert PATHS.is_place("{environment}")
    assert PATHS.is_place("D:\\logs")
    assert not PATHS.is_place("{data}\\..\\x")
    assert not PATHS.is_place("relative")


odd_paths = st.text("ab.\\/ :cConuL$1~", max_size=12)


@given(odd_paths)
def test_paths_that_need_no_rewriting_are_known_at_once(path: str) -> None:
    assert WINDOWS.paths.folded(path) == ntpath.normcase(ntpath.normpath(path)).rstrip("\\")
    parts = re.split(r"[\\/]", path)[1:]
    wrong = [each for each in parts if each.endswith((".", " ")) or is_device(each)]
    assert [repr(each) in fault for each, fault in zip(wrong, WINDOWS.paths.part_faults(path), strict=True)] == [
        True for _ in wrong
    ]


@pytest.mark.parametrize("part", ["con", "Prn.x", "AUX ", "nul.tar.gz", "clock$", "conin$", "CONOUT$", "com1", "lpt\xb2.x", "a.", "a ", ".", ".."])  # fmt: skip
@pytest.mark.parametrize("path", ["x/{}", "x\\{}\\y", "x/y z/{}/.a"])
def test_no_part_that_windows_reads_otherwise_is_overlooked(path: str, part: str) -> None:
    assert len(list(WINDOWS.paths.part_faults(path.format(part)))) == 1
