from __future__ import annotations

import pytest

from tests.support.bed import Bed, Mirror


@pytest.fixture(scope="session")
def bed() -> Bed:
    """Wine in its chroot, made first if there is none. Without root or user namespaces: an error that says what to do."""
    return Bed.open()


@pytest.fixture(scope="session")
def mirror(bed: Bed, tmp_path_factory: pytest.TempPathFactory) -> Mirror:
    """Stand-ins of python.org's files; below `mirror.root` the paths are those of python.org's tree."""
    return Mirror(bed, tmp_path_factory.mktemp("mirror"))
