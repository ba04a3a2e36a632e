"""Windows itself: what is removed while somebody puts a junction in the place of a folder, by the target's own port."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from bundler.target.machine.links import ways
from tests.target.own_host import own_host

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.windows
LONE = pytest.param("\ud800", marks=pytest.mark.real_windows("its files have names of whole characters only"))


def junction(place: Path, leads_to: Path) -> bool:
    """Whether it could be made; whoever has the rights needs no others for one."""
    done = subprocess.run(
        ["cmd", "/d", "/c", "mklink", "/j", str(place), str(leads_to)], check=False, capture_output=True
    )
    return done.returncode == 0


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    made = tmp_path / "victim"
    made.mkdir()
    (made / "keep").touch()
    return made


@pytest.mark.real_windows("it makes no junctions")
@pytest.mark.parametrize("way", ["remove_tree", "discard"])
def test_a_junction_goes_and_not_what_it_leads_to(tmp_path: Path, victim: Path, way: str) -> None:
    folder = tmp_path / "folder"
    (folder / "deep").mkdir(parents=True)
    assert junction(folder / "deep" / "there", victim)
    assert not getattr(own_host().files, way)(str(folder))
    assert not folder.exists()
    assert (victim / "keep").exists()


@pytest.mark.real_windows("it makes no junctions")
def test_a_junction_says_where_it_leads(tmp_path: Path, victim: Path) -> None:
    files, first, second = own_host().files, tmp_path / "first", tmp_path / "second"
    assert junction(second, victim)
    assert junction(first, second)
    assert files.leads_to(str(first)) == str(second)
    assert [each.path for each in ways(files, str(first / "keep"))] == [
        str(each / "keep") for each in (first, second, victim)
    ]
    assert files.leads_to(str(victim)) is None
    assert files.leads_to(str(tmp_path / "absent")) is None


@pytest.mark.parametrize("name", ["a", "with a blank", "\u00fcml\u00e4ut", LONE])
def test_names_of_all_kinds_go(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "folder"
    (folder / name / name).mkdir(parents=True)
    for number in range(400):  # more than fit in one answer
        (folder / name / f"{number:0120}").touch()
    assert own_host().files.discard(str(folder)) == []
    assert not folder.exists()


@pytest.mark.parametrize("which", ["folder", pytest.param("above", marks=pytest.mark.real_windows("it moves that"))])
def test_a_folder_that_is_about_to_go_stays_where_it_is(tmp_path: Path, which: str) -> None:
    folder = tmp_path / "above" / "folder"
    folder.mkdir(parents=True)
    held = own_host().files.hold_to_remove(str(folder))
    try:
        with pytest.raises(OSError, match="folder"):
            folder.rmdir()
        with pytest.raises(OSError, match=which):
            {"folder": folder, "above": folder.parent}[which].rename(tmp_path / "aside")
        assert held.names() == []
        held.must_be_same()
        held.remove()
    finally:
        held.close()
    assert not folder.exists()
    assert folder.parent.is_dir()
