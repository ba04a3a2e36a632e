"""Sequence numbers in Wine: what is noted lies below Windows' own folder, and outlives a purge."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.e2e.test_lifecycle import recipe
from tests.support.rehearse import bootstrap, unpack

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.bed import Session

pytestmark = [pytest.mark.e2e, pytest.mark.network]

PYTHONS = ("python-3.11.7-embed-amd64.zip",)
NEWER = r"C:\From another disk"
NOTED = r"C:\ProgramData\bundle\seen-small.json"


@pytest.fixture(scope="module")
def bundles(build: Callable[[Path], Path], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("recipes")
    made = []
    for number in (1, 2):
        path = recipe(folder / str(number), f"{number}.0")
        path.write_text(path.read_text("utf-8").replace("[bundle]\n", f"[bundle]\nsequence = {number}\n", 1), "utf-8")
        made.append(build(path))
    return made[0], made[1]


def test_an_older_bundle_is_refused_after_a_purge_too(windows: Session, bundles: tuple[Path, Path]) -> None:
    unpack(windows, bundles[0])
    unpack(windows, bundles[1], NEWER)
    assert bootstrap(windows).returncode == 0
    second = bootstrap(windows, folder=NEWER)
    assert second.returncode == 0, second.output
    noted = windows.host_path(NOTED)
    assert json.loads(noted.read_bytes())["sequence"] == 2
    gone = bootstrap(windows, "/uninstall", "/purge", folder=NEWER)
    assert gone.returncode == 0, gone.output
    assert f"{NOTED} is kept" in gone.output
    refused = bootstrap(windows)
    assert refused.returncode == 1638, refused.output
    assert "has the sequence number 1, and 2 was in use on this machine" in refused.output
    taken = bootstrap(windows, "/allow-older")
    assert taken.returncode == 0, taken.output
    assert json.loads(noted.read_bytes())["sequence"] == 2
