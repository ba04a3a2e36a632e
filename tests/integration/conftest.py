"""What several tests of the command line begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.commandline import Bench, make_bench
from tests.support.index import LocalIndex

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A user's folder with a small recipe, and an index with all that it needs."""
    with LocalIndex() as index:
        yield make_bench(tmp_path / "bench", index)
