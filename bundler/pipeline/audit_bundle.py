"""A bundle against snapshots of advisories, with what its bill of materials says is inside its parts, and what statements say of them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from bundler.model.bundle_files import BILL
from bundler.trust.audit import audit
from bundler.trust.bundle_parts import LARGEST_BILL, Parts, parts_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bundler.pack.reading import Bundle
    from bundler.trust.findings import Audit
    from bundler.trust.vex_file import VexFile


def audit_bundle(bundle: Bundle, snapshots: Sequence[Path], statements: Sequence[VexFile]) -> Audit:
    """``snapshots``: folders and zips of records in OSV's format. Raises as ``audit`` does."""
    said = [each for file in statements for each in file.statements]
    return audit(bundle.manifest, snapshots, inside=_parts(bundle), statements=said)


def _parts(bundle: Bundle) -> Parts:
    """By the bill of materials; what was built before there were any has none. One that the manifest doesn't list is another bundle's."""
    listed = next((each for each in bundle.manifest.members if each.path == BILL), None)
    if listed is None:
        return Parts(fault="the bundle has none", is_missing=True)
    content = bundle.read(BILL, LARGEST_BILL)
    if hashlib.sha256(content).hexdigest() != listed.sha256:
        return Parts(fault="it isn't the one that the manifest lists")
    return parts_of(content)
