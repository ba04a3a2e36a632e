"""What a release keeps of its files, for /repair and for /set without the bundle: damaged, it is seen and made anew."""

from __future__ import annotations

import dataclasses
import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.support import only_linux
from tests.target.interpreters import running
from tests.target.test_modes import ONE, PASSWORD, did, lay, refused

if TYPE_CHECKING:
    from pathlib import Path

    from tests.target.bundles import Laid

pytestmark = only_linux.SIMULATED


@pytest.fixture
def one(tmp_path: Path) -> Laid:
    laid = lay(tmp_path, 1, running())
    did(laid, PASSWORD)
    return laid


def contents(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def spoil(path: Path, how: str) -> None:
    held = contents(path)
    if how == "gone":
        path.unlink()
    elif how in ("", "\0"):
        path.write_bytes(how.encode() * path.stat().st_size)
    else:
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in held.items():
                archive.writestr(name, content + b" " if name == "manifest.json" or how == "all" else content)


@pytest.mark.parametrize("how", ["gone", "", "\0", "manifest", "all"])
@pytest.mark.parametrize("other", [False, True])
def test_it_is_seen_and_made_anew(one: Laid, how: str, other: bool) -> None:
    """``other``: settings are in use that changed a file of the release."""
    path, kept = one.release / "spares.zip", dataclasses.replace(one, folder=one.environment / "uninstall" / ONE)
    before = contents(path)
    if other:
        did(one, "/set:port=99")
    spoil(path, how)
    for laid in (one, kept):
        assert f"{path} " in refused(laid, "/verify")
    if how == "gone":
        assert f"{path} is missing. The bootstrap.bat of the release's bundle puts it right" in refused(
            kept, "/set:port=77"
        )
    assert f"  - repaired what is kept of the release's files: {path} " in did(one, "/repair").out
    after = contents(path)
    assert {name: after.get(name) for name in before} == before
    assert path.stat().st_mode & 0o777 == 0o600
    did(one, "/verify")
    did(kept, "/set:port=77")
    assert "Nothing had to be repaired." in did(one, "/repair").out


def test_nothing_is_kept_that_is_not_as_it_was(one: Laid) -> None:
    """A file that neither bundle nor spares has any more."""
    config = one.release / "pyvenv.cfg"
    config.write_text(config.read_text() + "x = y\n")
    (one.release / "spares.zip").unlink()
    assert "Neither the bundle nor this machine has these files:\n- pyvenv.cfg was changed\n" in refused(one, "/repair")
