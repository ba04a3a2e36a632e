"""A folder of wheels that somebody else had a hand in, for /add: nothing of it is installed that others may change, and nothing but packages."""

from __future__ import annotations

import os
import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.attack.test_folders_of_others import ADMIN, ADMINISTRATORS, EVERY_ACCOUNT, MODIFY, OTHER
from tests.support import only_linux
from tests.target.test_adding import add, extra, installed
from tests.target.test_modes import did, refused, state

if TYPE_CHECKING:
    from pathlib import Path

    from tests.target.bundles import Laid

pytestmark = only_linux.SIMULATED


@pytest.fixture
def one(tmp_path: Path) -> Laid:
    return installed(tmp_path)


@pytest.mark.parametrize("access", [[OTHER, []], [ADMINISTRATORS, [[EVERY_ACCOUNT, MODIFY, False]]]])
def test_a_wheel_that_others_may_change(one: Laid, access: list[object]) -> None:
    """Moved into a closed folder it keeps the owner and the rights that it had elsewhere."""
    wheel = extra(one)
    before = state(one)
    said = refused(one, add(one), code=1625, **ADMIN, access={str(wheel): access})
    assert str(wheel) in said
    assert state(one) == before
    did(one, add(one), **ADMIN, access={})


@pytest.mark.parametrize("kind", ["pipe", "link", "folder", "lock"])
def test_what_is_no_wheel(one: Laid, kind: str) -> None:
    wheel = extra(one)
    place = wheel.with_name("other-1.0-py3-none-any.whl")
    if kind == "pipe":
        os.mkfifo(place)
    elif kind == "link":
        place.symlink_to(wheel)
    elif kind == "folder":
        place.mkdir()
    else:
        wheel.with_name(".lock").write_text("")
    before = state(one)
    said = refused(one, add(one), code=1603)
    assert "is not a " in said
    assert state(one) == before


@pytest.mark.parametrize(
    "name",
    [
        "extra-1.0.data/data/services/web.conf",
        "extra-1.0.data/data/services/services.json",
        "extra-1.0.data/data/site.json",
        "extra-1.0.data/data/release.json.new",
        "extra-1.0.data/data/added/other-1.0-py3-none-any.whl",
        "extra-1.0.data/data/runtime/python.exe",
        "extra-1.0.data/data/etc/settings.ini",
        "extra-1.0.data/data/.incomplete",
        "extra-1.0.data/data/pyvenv.cfg",
        "extra-1.0.data/data/bin/demo",
        "extra-1.0.data/scripts/python3",
        "extra-1.0.data/scripts/demo",
        "demo.py",
        "demo-1.0.dist-info/METADATA",
        "../../../../current",
    ],
)
def test_what_is_others_in_the_release(one: Laid, name: str) -> None:
    """Its settings, what the bundle filled in, programs and modules that are there."""
    extra(one, files={name: "evil"})
    before = state(one)
    refused(one, add(one), code=1603)
    assert state(one) == before


def test_one_that_is_small_and_unpacks_to_very_much(one: Laid) -> None:
    wheel = extra(one)
    with zipfile.ZipFile(wheel, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("extra_data.bin", "w") as stream:
        for _ in range(400):
            stream.write(bytes(1_000_000))
    before = state(one)
    refused(one, add(one), code=1603)
    assert state(one) == before
