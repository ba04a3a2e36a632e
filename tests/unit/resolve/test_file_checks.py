"""Every file has a verdict, and a named one can be found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bundler.errors import InputError, ResolutionError
from bundler.model.target import Target
from bundler.resolve import Accepted, FileJudge, IndexRoute, Rejected, explain_files, find_file
from tests.support.packages import make_sdist, make_wheel
from tests.support.shelf import ROOT, Shelf, answer, pins

if TYPE_CHECKING:
    from pathlib import Path

WINDOWS = Target.of("3.11.9", "win_amd64")
INDEXES = (IndexRoute(ROOT),)


def empty(folder: Path, name: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(b"")
    return path


def test_every_file_has_its_reason(tmp_path: Path) -> None:
    shelf = Shelf(make_wheel(tmp_path), make_wheel(tmp_path, tag="cp312-cp312-win_amd64"))
    shelf.add(make_wheel(tmp_path, version="2.0"), yanked="bad")
    shelf.add(make_wheel(tmp_path, version="3.0"), yanked=True)
    shelf.add(make_wheel(tmp_path, version="4.0"), requires_python="<3")
    shelf.add(make_sdist(tmp_path))
    for name in (
        "demo-1.0.win32-py2.7.exe",
        "demo-1.0-py2.7.egg",
        "demo-1.0.tar.bz2",
        "demo.txt",
        "demo-1.0-py3-none.whl",
        "demo-1.0-x-py3-none-any.whl",
        "demo-one.tar.gz",
        "other-1.0.tar.gz",
        "demo-what-py3-none-any.whl",
    ):
        shelf.add(empty(tmp_path, name), project="demo")
    verdicts = explain_files("Demo", FileJudge(WINDOWS, sdists="never"), INDEXES, shelf)
    reasons = {each.filename: each.reason for each in verdicts if isinstance(each, Rejected)}
    accepted = [each for each in verdicts if isinstance(each, Accepted)]
    assert [(each.filename, each.version) for each in accepted] == [("demo-1.0-py3-none-any.whl", "1.0")]
    assert accepted[0].file is not None
    assert accepted[0].file.url == shelf.file_url("demo-1.0-py3-none-any.whl")
    assert reasons["demo-1.0-cp312-cp312-win_amd64.whl"] == "it is for cp312-cp312-win_amd64"
    assert reasons["demo-2.0-py3-none-any.whl"] == "it was yanked: bad"
    assert reasons["demo-3.0-py3-none-any.whl"] == "it was yanked"
    assert reasons["demo-4.0-py3-none-any.whl"] == "it needs Python <3"
    assert reasons["demo-1.0.tar.gz"] == "sdists aren't taken"
    assert reasons["demo-1.0.win32-py2.7.exe"] == "it is a legacy installer"
    assert reasons["demo-1.0-py2.7.egg"] == "it is an egg"
    assert "PEP 527" in reasons["demo-1.0.tar.bz2"]
    assert reasons["demo.txt"] == "it is neither a wheel nor an sdist"
    assert reasons["other-1.0.tar.gz"] == "its name says that it is other"
    assert all(
        "its name is not a valid" in reasons[each]
        for each in reasons
        if each.startswith(("demo-one", "demo-what", "demo-1.0-x"))
    )
    assert len(verdicts) == 15


def test_sdists_are_accepted_where_they_are_taken(tmp_path: Path) -> None:
    (verdict,) = explain_files("demo", FileJudge(WINDOWS), INDEXES, Shelf(make_sdist(tmp_path)))
    assert isinstance(verdict, Accepted)
    assert verdict.rank is None


def test_names_that_cannot_be_read_disturb_nobody(tmp_path: Path) -> None:
    shelf = Shelf(make_wheel(tmp_path))
    for name in (
        "demo-what-py3-none-any.whl",
        "demo-9-x-py3-none-any.whl",
        "demo-nine.tar.gz",
        "demo-1.0.win32-py2.7.exe",
        "a-b-c-d-e-f-g-py3-none-any.whl",
        "x.whl",
    ):
        shelf.add(empty(tmp_path, name), project="demo")
    assert pins(answer(shelf, "demo", folder=tmp_path)) == {"demo": "1.0"}


def test_two_spellings_of_one_version_are_one(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, version="1.0.0", tag="cp311-cp311-win_amd64")
    shelf = Shelf(make_wheel(tmp_path, version="1.0"), wheel)
    (package,) = answer(shelf, "demo", folder=tmp_path).packages
    assert package.file is not None
    assert package.file.filename == wheel.name


def test_an_unknown_project() -> None:
    with pytest.raises(ResolutionError, match="the index has no project named demo"):
        explain_files("demo", FileJudge(WINDOWS), INDEXES, Shelf())
    with pytest.raises(ResolutionError, match="no index has"):
        explain_files("demo", FileJudge(WINDOWS), (*INDEXES, IndexRoute("https://other.test/simple/")), Shelf())


def test_an_index_whose_address_cannot_be_taken_apart() -> None:
    with pytest.raises(InputError, match="not a valid index address"):
        explain_files("demo", FileJudge(WINDOWS), (IndexRoute("https://[x.test/simple"),), Shelf())


def test_find_a_named_file_or_the_sdist(tmp_path: Path) -> None:
    exe = empty(tmp_path, "Demo-1.0.win32-py2.7.exe")
    shelf = Shelf(make_wheel(tmp_path), make_sdist(tmp_path, archive="zip"), make_sdist(tmp_path))
    shelf.add(empty(tmp_path, "demo-x.tar.gz"), project="demo")
    shelf.add(exe, project="demo", yanked=True)
    assert find_file("Demo", "1.0", exe.name, INDEXES, shelf).url == shelf.file_url(exe.name)
    assert find_file("demo", "1", None, INDEXES, shelf).filename == "demo-1.0.tar.gz"


@pytest.mark.parametrize(
    ("name", "version", "filename", "reference"),
    [
        ("none", "1.0", None, "package-unknown"),
        ("demo", "2.0", None, "file-unknown"),
        ("demo", "1.0", "demo.exe", "file-unknown"),
        ("held", "1.0", None, "project-quarantined"),
    ],
)
def test_what_is_not_found(tmp_path: Path, name: str, version: str, filename: str | None, reference: str) -> None:
    shelf = Shelf(make_wheel(tmp_path), make_sdist(tmp_path))
    shelf.say("held", "quarantined")
    with pytest.raises(ResolutionError) as caught:
        find_file(name, version, filename, INDEXES, shelf)
    assert caught.value.reference == reference
    assert ("demo-1.0.tar.gz" in caught.value.context) == (filename is not None)


def test_a_version_that_is_none() -> None:
    with pytest.raises(InputError):
        find_file("demo", "one", None, INDEXES, Shelf())


@pytest.mark.parametrize(
    ("tags", "last"),
    [
        (["cp311-cp311-macosx_11_0_arm64"], True),
        (["cp311-cp311-macosx_11_0_arm64", "cp311-cp311-win_amd64"], False),
        (["cp311-cp311-macosx_11_0_arm64", "py3-none-any"], False),
        (["py2-none-any"], False),
        ([], False),
    ],
    ids=str,
)
def test_an_sdist_that_must_be_compiled_is_the_last_resort(tmp_path: Path, tags: list[str], last: bool) -> None:
    shelf = Shelf(make_sdist(tmp_path), *(make_wheel(tmp_path, tag=tag) for tag in tags))
    shelf.add(make_wheel(tmp_path, version="0.9"))
    verdicts = explain_files("demo", FileJudge(WINDOWS), INDEXES, shelf)
    assert [each.last_resort for each in verdicts if isinstance(each, Accepted) and each.rank is None] == [last]


@pytest.mark.parametrize(
    ("tag", "free", "usual"),
    [
        ("cp313-none-win_amd64", False, True),
        ("cp313-cp313t-win_amd64", True, False),
        ("cp313-none-any", True, True),
        ("py3-none-win_amd64", True, True),
        ("py3-none-any", True, True),
    ],
)
def test_a_free_threaded_python_takes_no_extensions_that_name_no_abi(tag: str, free: bool, usual: bool) -> None:
    """Wheels from before there was such a Python (maturin's): its tags allow them, and their modules are named for the other build."""
    for abi, taken in (("cp313t", free), (None, usual)):
        assert (FileJudge(Target.of("3.13.2", "win_amd64", abi=abi)).rank(tag) is not None) is taken
