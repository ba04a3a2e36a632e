"""What of a package's project wasn't taken, and why, as a lock keeps it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bundler.model.lock import Rejection
from bundler.resolve.not_taken import OTHER_TAGS
from tests.support.packages import make_sdist, make_wheel
from tests.support.shelf import Shelf, answer

if TYPE_CHECKING:
    from pathlib import Path


def rejected(shelf: Shelf, *wanted: str, folder: Path, name: str = "demo", **changes: Any) -> list[Rejection]:
    found = answer(shelf, *wanted, folder=folder, records=True, **changes)
    return [one for each in found.packages if each.name == name for one in each.rejected or ()]


def newer(found: list[Rejection]) -> dict[str, str]:
    """Of versions: which, and why."""
    return {f"{each.oldest}-{each.newest}x{each.versions}": each.reason for each in found if not each.files}


def test_nothing_is_said_where_nobody_asks(tmp_path: Path) -> None:
    shelf = Shelf(make_wheel(tmp_path, version="1.0"), make_wheel(tmp_path, version="2.0"))
    assert answer(shelf, "demo<2", folder=tmp_path).packages[0].rejected is None


def test_versions_that_somebody_does_not_want(tmp_path: Path) -> None:
    shelf = Shelf(
        *(make_wheel(tmp_path, version=each) for each in ("1.0", "2.0", "2.1", "3.0")),
        make_wheel(tmp_path, "app", requires=["demo<2.1"]),
    )
    found = newer(rejected(shelf, "demo<3,>=0", "app", folder=tmp_path, constraints=("demo!=2.0",)))
    assert found == {
        "3.0-3.0x1": "recipe wants demo<3,>=0",
        "2.1-2.1x1": "app 1.0 wants demo<2.1",
        "2.0-2.0x1": "the constraint demo!=2.0 (constraints) holds",
    }


def test_versions_without_a_file_for_the_target(tmp_path: Path) -> None:
    shelf = Shelf(make_wheel(tmp_path, version="1.0"))
    for version in ("3.0", "3.1"):
        shelf.add(make_wheel(tmp_path, version=version), requires_python=">=3.13")
    shelf.add(make_wheel(tmp_path, version="2.0", tag="cp312-cp312-win_amd64"))
    shelf.add(make_wheel(tmp_path, version="1.5"), yanked="broken")
    shelf.add(make_sdist(tmp_path, version="1.2"))
    shelf.add(make_wheel(tmp_path, version="4.0rc1"))
    found = newer(rejected(shelf, "demo", folder=tmp_path))
    assert found == {
        "4.0rc1-4.0rc1x1": "prereleases weren't asked for",
        "3.0-3.1x2": "it needs Python >=3.13",
        "2.0-2.0x1": "wheels for its platform are for cp312",
        "1.5-1.5x1": "it was yanked: broken",
        "1.2-1.2x1": "it has no wheel for the target, and older versions have",
    }


def test_versions_that_lack_something_or_do_not_go_with_the_rest(tmp_path: Path) -> None:
    shelf = Shelf(
        make_wheel(tmp_path, version="1.0"),
        make_wheel(tmp_path, version="2.0", requires=["lib>=2"]),
        make_wheel(tmp_path, version="3.0", requires=["nowhere"]),
        make_wheel(tmp_path, "lib", "1.0"),
        make_wheel(tmp_path, "lib", "2.0"),
        make_wheel(tmp_path, "app", requires=["lib<2"]),
    )
    found = newer(rejected(shelf, "demo", "app", folder=tmp_path))
    assert found["3.0-3.0x1"] == "it needs nowhere, which nothing gives"
    assert "lib>=2" in found["2.0-2.0x1"]


def test_the_version_of_the_lock_before(tmp_path: Path) -> None:
    shelf = Shelf(make_wheel(tmp_path, version="1.0"), make_wheel(tmp_path, version="2.0"))
    found = newer(rejected(shelf, "demo", folder=tmp_path, preferences={"demo": "1.0"}))
    assert found == {"2.0-2.0x1": "the lock had another version, which still fits"}


def test_other_files_of_the_version(tmp_path: Path) -> None:
    shelf = Shelf(
        make_wheel(tmp_path, tag="cp311-cp311-win_amd64"),
        make_wheel(tmp_path, tag="cp310-cp310-win_amd64"),
        make_wheel(tmp_path, tag="cp311-cp311-macosx_11_0_arm64"),
        make_wheel(tmp_path),
        make_sdist(tmp_path),
    )
    found = rejected(shelf, "demo", folder=tmp_path)
    assert [(each.reason, each.files) for each in found] == [
        ("the file that was taken suits better", ("demo-1.0-py3-none-any.whl",)),
        ("there is a wheel that suits", ("demo-1.0.tar.gz",)),
        (OTHER_TAGS, ("demo-1.0-cp310-cp310-win_amd64.whl", "demo-1.0-cp311-cp311-macosx_11_0_arm64.whl")),
    ]


def test_a_file_that_is_built_from_source(tmp_path: Path) -> None:
    shelf = Shelf(make_wheel(tmp_path), make_sdist(tmp_path))
    (found,) = rejected(shelf, "demo", folder=tmp_path, build=frozenset({"demo"}))
    assert (found.files, found.reason) == (("demo-1.0-py3-none-any.whl",), "packages.build wants it from source")


def test_what_is_said_is_bounded(tmp_path: Path) -> None:
    shelf = Shelf(make_wheel(tmp_path, version="1.0", tag="cp311-cp311-win_amd64"))
    for number in range(30):
        shelf.add(make_wheel(tmp_path, version="1.0", tag=f"cp3{number + 12}-cp3{number + 12}-win_amd64"))
    for number in range(60):
        shelf.add(make_wheel(tmp_path, version=f"2.{number}"), requires_python=f">=3.{number + 12}")
    found = rejected(shelf, "demo", folder=tmp_path)
    *said, rest, files = found
    assert len(said) == 6
    assert said[0] == Rejection(reason="it needs Python >=3.71", newest="2.59", oldest="2.59")
    assert rest == Rejection(reason="for other reasons", newest="2.53", oldest="2.0", versions=54)
    assert (len(files.files), files.more) == (12, 18)


def test_a_strangers_specifiers_are_not_followed_without_an_end(tmp_path: Path) -> None:
    long = ",".join(f"!=9.{number}" for number in range(500))
    shelf = Shelf(*(make_wheel(tmp_path, version=f"1.{number}") for number in range(301)))
    found = newer(rejected(shelf, f"demo<1.1,{long}", folder=tmp_path))
    assert found.pop("1.1-1.101x101") == "for other reasons"
    assert list(found) == ["1.102-1.300x199"]


@pytest.mark.parametrize("bad", [{"requires-python": 3}, {"url": "ftp://elsewhere/x.whl"}, {"hashes": {"sha256": "x"}}])
def test_files_that_nobody_took_may_say_anything(tmp_path: Path, bad: dict[str, Any]) -> None:
    """A page that is wrong about a file beside the chosen one stops nothing."""
    shelf = Shelf(make_wheel(tmp_path), make_sdist(tmp_path), make_wheel(tmp_path, version="2.0"))
    shelf.spoil("demo-1.0.tar.gz", bad)
    found = rejected(shelf, "demo<2", folder=tmp_path)
    assert any("can't be read" in each.reason for each in found if each.files)
