"""What ``bundle build`` wrote, for people."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from bundler.pack.machine_changes import signed_words
from bundler.present.bundle_words import PRESENT_PYTHON, signers_text
from bundler.present.console import show
from bundler.report import count_text, size_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bundler.pipeline.locked_bundle import Built


def bundles(built: Sequence[Built], signatures: Sequence[Path] = ()) -> None:
    """What ``bundle build`` wrote: path, size, sha256."""
    for each, signature in itertools.zip_longest(built, signatures):
        manifest = each.layout.manifest
        show(f"{each.written.path}")
        show(f"  {size_text(each.written.size)}, sha256 {each.written.sha256}")
        if signature is not None:
            show(f"  signed: {signature}")
        if each.written.statement is not None:
            show(f"  how it was built: {each.written.statement}")
        if each.signed:
            show(
                f"  {count_text(len(each.signed), 'file')} in it signed by {signers_text(each.signed)} (Authenticode): nobody without the key can build these bytes again"
            )
        show(
            f"  {manifest.bundle.name} {manifest.bundle.version} for {each.target}: {count_text(len(manifest.packages), 'package')}"
            f", runtime {manifest.runtime.kind}, {signed_words(manifest.runtime.signer) if manifest.runtime.sha256 else PRESENT_PYTHON}"
        )
        show(f"  on the target: unpack it all, run bootstrap.bat; it installs to {manifest.environment.path}")
