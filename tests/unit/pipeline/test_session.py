"""What a command works in, and what of it a user sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bundler.errors import BuildError
from bundler.pipeline import Options, Workshop, workshop
from bundler.report import Reporter

if TYPE_CHECKING:
    from pathlib import Path


def fail(shop: Workshop, beside: Path) -> None:
    place = shop.work / "build"
    raise BuildError(
        "build-failed", f"{place}/setup.py can't be read", context=(f'File "{place}/setup.py", line 1', str(beside))
    )


def test_an_error_names_no_place_that_is_gone(tmp_path: Path) -> None:
    with workshop(Options(store=tmp_path / "store"), Reporter()) as shop:
        pass
    assert not shop.work.exists()
    with pytest.raises(BuildError) as caught, workshop(Options(store=tmp_path / "store"), Reporter()) as shop:
        fail(shop, tmp_path)
    assert "setup.py can't be read" in caught.value.message
    assert str(shop.work) not in caught.value.message
    told, beside = caught.value.context
    assert str(shop.work) not in told
    assert told.endswith('setup.py", line 1')
    assert beside == str(tmp_path), "what stays is told as it is"
