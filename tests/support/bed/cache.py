"""Things that are made once and kept outside the checkout: chroot, Windows Pythons, installers, certificates."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs
from filelock import FileLock

from tests.support.bed import host

if TYPE_CHECKING:
    from collections.abc import Callable

_HERE = Path(__file__).parent


def default_cache() -> Path:
    """`BUNDLE_TESTBED`, else a directory of this project among the user's caches."""
    told = os.environ.get("BUNDLE_TESTBED")
    return Path(told) if told else Path(platformdirs.user_cache_dir("offline-bundler-testbed"))


def recipe_of(*parts: str) -> str:
    """A stamp for a thing made from PARTS: names of this package's source files, or plain words."""
    digest = hashlib.sha256()
    for part in parts:
        source = _HERE / part
        content = source.read_bytes() if source.is_file() else part.encode()
        digest.update(hashlib.sha256(content).digest())
    return digest.hexdigest()[:12]


class Cache:
    """A directory of things that are whole when they have their name, whoever else is making them at the same time."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.root.mkdir(parents=True, exist_ok=True)

    def made(self, name: str, recipe: str, make: Callable[[Path], None]) -> Path:
        """The file or directory NAME as RECIPE says: made by MAKE under another name, and renamed when it is whole.

        The stamp of the recipe is a folder in its path: a changed recipe makes it anew, and what an older checkout
        is still using stays.
        """
        path = self.root / recipe / name
        if path.exists():
            return path
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(self.root / recipe / f"{path.name}.lock"):
            if path.exists():
                return path
            unfinished = path.parent / f"unfinished-{path.name}"
            remove(unfinished)
            try:
                make(unfinished)
                unfinished.rename(path)
            finally:
                remove(unfinished)
        return path


def remove(path: Path) -> None:
    """Remove a file or tree, or nothing; also what belongs to other users of this one's user namespace."""
    if not path.is_dir():
        path.unlink(missing_ok=True)
    elif host.is_root():
        shutil.rmtree(path)
    else:
        host.run(*host.unsharing("mount"), "rm", "-rf", path)
