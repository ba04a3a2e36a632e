from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.ssh_keys import allow, make_key, public

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("keys")
    return {name: make_key(folder / name) for name in ("alice", "bob", "eve")}


@pytest.fixture
def signers(tmp_path: Path, keys: dict[str, Path]) -> Path:
    return allow(tmp_path / "signers", *(f"{name}@example.com {public(keys[name])}" for name in ("alice", "bob")))
