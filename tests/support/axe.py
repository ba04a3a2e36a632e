"""axe-core, which finds what people with other senses or without a mouse can't use: taken from npm once, at one version, by its hash."""

from __future__ import annotations

import base64
import hashlib
import subprocess
import tarfile
from typing import TYPE_CHECKING

from bundler.atomic import scratch_folder, write_whole
from tests.support.bed import host
from tests.support.bed.cache import default_cache

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.chromium import Chromium

VERSION = "4.14.1"
_SHA512 = "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ=="
_RUN = """axe.run(document, {preload: false}).then(found => found.violations.map(
    each => each.id + ': ' + each.nodes.slice(0, 3).map(one => one.html).join(' | ')))"""


def violations(browser: Chromium) -> list[str]:
    """What it finds in the page that is shown, by any of its rules."""
    found: list[str] = browser.value(f"{_source()};\n{_RUN}")
    return found


def _source() -> str:
    kept = default_cache() / f"axe-core-{VERSION}.tgz"
    if not kept.is_file() or not _is_it(kept):
        host.require("npm")
        kept.parent.mkdir(parents=True, exist_ok=True)
        with scratch_folder("axe-") as folder:
            command = [
                "npm",
                "pack",
                f"axe-core@{VERSION}",
                "--silent",
                "--ignore-scripts",
                "--pack-destination",
                str(folder),
            ]
            subprocess.run(command, cwd=folder, check=True, capture_output=True)
            (fetched,) = folder.glob("*.tgz")
            assert _is_it(fetched), "npm gave another axe-core than the one that these tests know"
            write_whole(kept, fetched.read_bytes())
    with tarfile.open(kept) as archive:
        member = archive.extractfile("package/axe.min.js")
        assert member is not None
        return member.read().decode()


def _is_it(path: Path) -> bool:
    return base64.b64encode(hashlib.sha512(path.read_bytes()).digest()).decode() == _SHA512
