"""Short-lived files of an administrator's run: installers are started from there, so nobody else may move what lies there."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING, Any

import pytest

from bundler.target.console import Log
from tests.attack.test_folders_of_others import (
    ADMIN,
    ADMINISTRATORS,
    DELETE_CHILD,
    EVERY_ACCOUNT,
    MODIFY,
    OTHER,
    SERVICE,
)
from tests.support import only_linux
from tests.target.interpreters import running
from tests.target.test_modes import PASSWORD, did, lay, refused

if TYPE_CHECKING:
    from pathlib import Path

    from tests.target.bundles import Laid

OPEN: dict[str, Any] = {
    "anybody's": [OTHER, []],
    "open to all": [ADMINISTRATORS, [[EVERY_ACCOUNT, MODIFY, False]]],
    "whose content others may remove": [ADMINISTRATORS, [[SERVICE, DELETE_CHILD, False]]],
}


@pytest.fixture
def one(tmp_path: Path) -> Laid:
    return lay(tmp_path, 1, running())


def at(laid: Laid, kind: str, other: str | None = None) -> dict[str, Any]:
    """The account's folder is open; so is Windows' own, if ``other`` says how."""
    place = laid.root / "of the machine"
    place.mkdir(exist_ok=True)
    access = {str(laid.temporary): OPEN[kind], **({str(place): OPEN[other]} if other is not None else {})}
    return {**ADMIN, "temporary_of_machine": str(place), "access": access}


@only_linux.SIMULATED
@pytest.mark.parametrize("kind", list(OPEN))
def test_one_that_others_may_move_things_in_is_left_for_that_of_windows(one: Laid, kind: str) -> None:
    ran = did(one, PASSWORD, **at(one, kind))
    assert ran.err == ""
    assert not list(one.temporary.glob("*.log"))
    assert [each.name for each in (one.root / "of the machine").iterdir() if not each.name.endswith(".log")] == []
    assert str(one.root / "of the machine" / "bundle-") in one.log()
    assert str(one.temporary / "bundle-") not in one.log()


@only_linux.SIMULATED
@pytest.mark.parametrize("mode", ["", "/repair", "/uninstall"])
def test_where_that_is_open_too_nothing_is_begun(one: Laid, mode: str) -> None:
    if mode:
        did(one, PASSWORD, **ADMIN)
    said = refused(one, mode or PASSWORD, code=1625, **at(one, "open to all", "anybody's"))
    assert f"- {one.temporary} can be moved or removed by every account" in said
    assert f"- {one.root / 'of the machine'} belongs to {OTHER}" in said
    assert "Set TEMP and TMP to a folder that only administrators may change" in said


@only_linux.SIMULATED
def test_without_an_administrators_rights_it_is_the_accounts_own(one: Laid) -> None:
    did(one, PASSWORD, **{**at(one, "anybody's", "anybody's"), "admin": False})
    assert list((one.root / "of the machine").iterdir()) == []


@only_linux.LINKS
def test_a_log_is_written_to_the_very_file_that_was_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever owns the folder has put another one in its place by then."""
    victim, path = tmp_path / "victim", tmp_path / "x.log"
    victim.write_text("theirs")
    opened = io.open

    def swapped(place: Any, *arguments: Any, **named: Any) -> Any:
        path.unlink()
        os.link(victim, path)
        return opened(place, *arguments, **named)

    monkeypatch.setattr("bundler.target.console.io.open", swapped)
    log = Log(str(path), new=True)
    monkeypatch.undo()
    log.write("words")
    log.close()
    assert victim.read_text() == "theirs"
