from __future__ import annotations

import ntpath
import sys
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bundler.errors import IntegrityError
from bundler.formats.archives.guard import Guard, Limits, name_fault


@pytest.mark.parametrize(
    "name",
    [
        "python.exe",
        "Lib/site-packages/a.py",
        "com10.txt",
        "console/nul_.txt",
        "a..b",
        "..a",
        ".pth",
        "name with spaces/x y.txt",
        "ünï.txt",
        "COM",
        "lib/aux_/x",
    ],
)
def test_names_that_are_taken(name: str) -> None:
    assert name_fault(name) is None


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../x", "leaves its folder"),
        ("a/../../x", "leaves its folder"),
        ("a/..", "leaves its folder"),
        ("/etc/passwd", "absolute"),
        ("C:/Windows/x", "drive or a stream"),
        ("C:x", "drive or a stream"),
        ("x.txt:stream", "drive or a stream"),
        ("a//b", "empty part"),
        ("", "empty part"),
        ("a/", "empty part"),
        (".", "dot or a space"),
        ("a/./b", "dot or a space"),
        ("a./b", "dot or a space"),
        ("a /b", "dot or a space"),
        ("x...", "dot or a space"),
        ("NUL", "device"),
        ("nul.txt", "device"),
        ("Nul .txt", "device"),
        ("a/CON/b", "device"),
        ("com1.tar.gz", "device"),
        ("LPT9", "device"),
        ("COM\xb9", "device"),
        ("CONIN$", "device"),
        ("a\0b", "doesn't allow"),
        ("a\nb", "doesn't allow"),
        ("a?", "doesn't allow"),
        ("a|b", "doesn't allow"),
        ('a"b', "doesn't allow"),
        ("\udc80", "not text"),
        ("x" * 256, "too long"),
        ("\u00e9" * 128, "too long"),
        ("\U0001f600" * 64, "too long"),
        ("x/" * 1024 + "y", "too long"),
        ("x/" * 100 + "y", "too deep"),
    ],
)
def test_names_that_are_refused(name: str, reason: str) -> None:
    found = name_fault(name)
    assert found is not None
    assert reason in found


def reserved(path: PureWindowsPath) -> bool:
    """Whether Windows keeps the name for itself; asked in the words of this Python."""
    if sys.version_info >= (3, 13):
        return ntpath.isreserved(path)
    return path.is_reserved()


@given(
    st.lists(st.sampled_from(["..", ".", "", "a", "b.txt", "C:", "NUL", "x.", "é", "\\", "~"])).map("/".join)
    | st.text()
)
def test_what_is_taken_lies_inside_on_both_systems(name: str) -> None:
    if name_fault(name) is None and "\\" not in name:
        windows = PureWindowsPath("C:/folder", name)
        assert windows.is_relative_to("C:/folder")
        assert ".." not in windows.parts
        assert not reserved(windows) or windows.drive
        posix = PurePosixPath("/folder", name)
        assert posix.as_posix() == f"/folder/{name}"
        assert ".." not in posix.parts


@pytest.fixture
def guard(tmp_path: Path) -> Guard:
    file = tmp_path / "some.zip"
    file.write_bytes(b"x" * 1000)
    return Guard(file, Limits(entries=10, size=5000, ratio=3, small=100))


def test_paths_are_made_plain(guard: Guard) -> None:
    assert guard.enter("./a/b.txt", folder=False) == "a/b.txt"
    assert guard.enter("c\\d.txt", folder=False) == "c/d.txt"
    assert guard.enter("./", folder=True) == ""
    assert guard.enter("a/", folder=True) == "a"
    assert guard.enter("a", folder=True) == "a"


@pytest.mark.parametrize(
    "names",
    [
        ("a.txt", "a.txt"),
        ("a.txt", "A.TXT"),
        ("Lib/a", "lib/b"),
        ("a", "a/b"),
        ("a/b", "a"),
        ("a/b", "./a/b"),
        ("a\\b", "a/b"),
    ],
)
def test_two_entries_for_one_name_on_windows(names: tuple[str, str], guard: Guard) -> None:
    guard.enter(names[0], folder=False)
    with pytest.raises(IntegrityError, match=r"some\.zip holds") as caught:
        guard.enter(names[1], folder=False)
    assert caught.value.reference == "archive-duplicate"


@pytest.mark.parametrize("raw", ["..\\x", "\\\\server\\share\\x", "\\x", "C:\\x", "./../x", ".\\..\\x"])
def test_backslashes_part_too(raw: str, guard: Guard) -> None:
    with pytest.raises(IntegrityError) as caught:
        guard.enter(raw, folder=False)
    assert caught.value.reference == "archive-unsafe"
    assert raw.encode("unicode_escape").decode() in caught.value.message


def test_a_path_of_nothing_but_dots_ends(guard: Guard) -> None:
    """Half a kilobyte of a packed tar: taken off one by one, each of two million would move all that are left, for hours."""
    assert guard.enter("./" * 2_000_000 + "a", folder=False) == "a"


def test_a_folder_that_is_a_root_is_refused(guard: Guard) -> None:
    for raw in ("/", "\\", "//", "../"):
        with pytest.raises(IntegrityError):
            guard.enter(raw, folder=True)


def test_too_many_entries(guard: Guard) -> None:
    for i in range(10):
        guard.enter(f"{i}", folder=False)
    with pytest.raises(IntegrityError, match="more than 10 entries"):
        guard.enter("one more", folder=False)


def test_too_large(guard: Guard) -> None:
    guard.grow(3000)
    with pytest.raises(IntegrityError) as caught:
        guard.grow(1)
    assert caught.value.reference == "archive-bomb"
    guard.expect(3000)
    with pytest.raises(IntegrityError):
        guard.expect(3001)


def test_the_ratio_counts_from_some_size_on_and_the_size_in_any_case(tmp_path: Path) -> None:
    file = tmp_path / "small.zip"
    file.write_bytes(b"x")
    Guard(file, Limits(ratio=3, small=100)).grow(100)
    with pytest.raises(IntegrityError):
        Guard(file, Limits(ratio=3, small=100)).grow(101)
    with pytest.raises(IntegrityError):
        Guard(file, Limits(size=50, small=100)).grow(51)
