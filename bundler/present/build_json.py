"""What ``bundle build --json`` prints: its shapes, and what fills them."""

from __future__ import annotations

import dataclasses
import itertools
from typing import TYPE_CHECKING

from bundler.model.fields import described
from bundler.present.bundle_words import signers_text
from bundler.present.target_json import TargetShape, target_shape

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bundler.pipeline.locked_bundle import Built


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class BuiltBundleShape:
    """A bundle that was written."""

    path: str = described("the archive, or the folder")
    size: int = described("in bytes")
    sha256: str = described("of the archive; of a folder that of its SHA256SUMS")
    release: str = described("names the release on the target: the version and a digest of the content")
    target: TargetShape = described("the machine that it is for")
    lock: str = described("the lock that it was built from")
    signature: str | None = described("the signature that was made; null without --sign-with")
    provenance: str | None = described("the statement of how it was built; signed with --sign-with")
    authenticode: str | None = described("who signed its programs; null without --authenticode")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class BuildOutput:
    """`bundle build RECIPE --json`"""

    bundles: tuple[BuiltBundleShape, ...] = described("one for each target")


def build_output(built: Sequence[Built], signatures: Sequence[Path] = ()) -> BuildOutput:
    return BuildOutput(
        bundles=tuple(
            BuiltBundleShape(
                path=str(each.written.path),
                size=each.written.size,
                sha256=each.written.sha256,
                release=each.layout.manifest.bundle.release,
                target=target_shape(each.target),
                lock=str(each.locked.path),
                signature=str(signature) if signature else None,
                provenance=str(each.written.statement) if each.written.statement is not None else None,
                authenticode=signers_text(each.signed),
            )
            for each, signature in itertools.zip_longest(built, signatures)
        )
    )
