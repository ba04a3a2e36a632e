"""Things that tests make once and keep outside the checkout: Windows Pythons, installers, certificates, and the engine's own."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from bundler.rehearse.wine.bed_cache import Cache, copy_tree, remove, stamp_of

__all__ = ["Cache", "copy_tree", "default_cache", "recipe_of", "remove"]

_HERE = Path(__file__).parent


def default_cache() -> Path:
    """`BUNDLE_TESTBED`, else a directory of this project among the user's caches."""
    told = os.environ.get("BUNDLE_TESTBED")
    return Path(told) if told else Path(platformdirs.user_cache_dir("offline-bundler-testbed"))


def recipe_of(*parts: str) -> str:
    """A stamp for a thing made from PARTS: names of this package's source files, or plain words."""
    sources = [(part, _HERE / part) for part in parts]
    return stamp_of(*(source.read_bytes() if source.is_file() else part.encode() for part, source in sources))
