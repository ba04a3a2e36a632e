"""A bundle of which all files are known but those that tell of the others: what papers are made from."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping

from bundler.formats.core_metadata import CoreMetadata
from bundler.model.manifest import Manifest


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """``manifest`` without the release's name and the time, with all members so far; ``metadata`` of the packages and of what makes the
    environment, by normalized name; ``contents``: of files that aren't files of this host, by their sha256.
    """

    manifest: Manifest
    metadata: Mapping[str, CoreMetadata]
    contents: Mapping[str, bytes]


BillMaker = Callable[[Draft], bytes]
"""Makes the bill of materials."""
