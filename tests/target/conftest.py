from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.target.bundles import Laid, lay_bundle
from tests.target.interpreters import Interpreter, interpreters, running

if TYPE_CHECKING:
    from pathlib import Path


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
