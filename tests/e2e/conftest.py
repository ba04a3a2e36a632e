from __future__ import annotations

import pytest

from tests.support.bed import Bed


@pytest.fixture(scope="session")
def bed() -> Bed:
    """Wine in its chroot, made first if there is none. Without root or user namespaces: an error that says what to do."""
    return Bed.open()
