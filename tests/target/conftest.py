from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.target.bundles import Laid, lay_bundle
from tests.target.interpreters import Interpreter, interpreters, running

if TYPE_CHECKING:
    from collections.abc import Iterator

_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of this test's own is made in it


@pytest.fixture(params=interpreters(), ids=str)
def interpreter(request: pytest.FixtureRequest) -> Interpreter:
    """Every Python of this machine, 2.7 first."""
    found = request.param
    assert isinstance(found, Interpreter)
    return found


@pytest.fixture(params=dict.fromkeys([interpreters()[0], running()]), ids=str)
def few(request: pytest.FixtureRequest) -> Interpreter:
    """The oldest and the one that runs the tests, for what needn't be tried with each."""
    found = request.param
    assert isinstance(found, Interpreter)
    return found


@pytest.fixture
def laid(tmp_path: Path, few: Interpreter) -> Laid:
    """A whole bundle for a simulated machine."""
    return lay_bundle(tmp_path, boot=few)


@pytest.fixture
def tmp_path(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where that can be had: an installation waits for the disk all the time."""
    room = os.statvfs(_MEMORY) if _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) else None
    if room is None or room.f_flag & os.ST_NOEXEC or room.f_bavail * room.f_frsize < 500_000_000:
        yield tmp_path
        return
    folder = Path(tempfile.mkdtemp(prefix="bundle-test-", dir=_MEMORY))
    yield folder
    shutil.rmtree(folder)
