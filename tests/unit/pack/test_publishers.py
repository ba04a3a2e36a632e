"""Who published what, by a lock; what bundles hold of it is in ``tests/unit/pipeline/test_verified_publishers.py``."""

from __future__ import annotations

from bundler.pack.publishers import published_by
from tests.support.attestations import WORDS
from tests.unit.model.test_lock import wheel
from tests.unit.model.test_lock_attestations import ATTESTED


def test_by_whom() -> None:
    assert published_by(wheel("attrs", attested=ATTESTED)) == WORDS
    assert published_by(wheel("attrs")) == ""
