"""The Pythons of a bundle that is built again: where the archive of one is nowhere any more, the bundle's own files take its place, and that is said."""

from __future__ import annotations

import dataclasses
import hashlib
import zlib
from typing import TYPE_CHECKING

from bundler.model.artifact import StoredFile, Tree, TreeFile
from bundler.pipeline.checked_runtimes import Runtimes
from bundler.plain_file import open_plain

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.errors import BundleError
    from bundler.model.artifact import Artifact
    from bundler.model.lock import LockedRuntime
    from bundler.model.manifest import Manifest
    from bundler.model.recipe import TargetTable
    from bundler.model.target import Target
    from bundler.pipeline.session import Session

_BOOT = "boot/"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class MissingPython:
    """``files``: how many of the bundle's own were taken in its place."""

    archive: str
    why: str
    files: int


class ReproducedRuntimes(Runtimes):
    """Those of ``manifest``, whose bundle is unpacked in ``folder``. ``missing`` is known once everything was fetched."""

    def __init__(
        self, session: Session, table: TargetTable, *, folder: Path, unpacked: Path, manifest: Manifest
    ) -> None:
        super().__init__(session, table, folder=folder)
        self._work, self._unpacked, self._manifest = session, unpacked, manifest
        self._nowhere: dict[str, MissingPython] = {}

    @property
    def missing(self) -> tuple[MissingPython, ...]:
        return tuple(self._nowhere.values())

    def stand_in(self, archive: Artifact, error: BundleError) -> StoredFile:
        """What stands for an archive that is nowhere: nobody opens it."""
        sha256 = archive.sha256 or ""
        paths = [each.path for each in self._manifest.members if each.path.startswith(_BOOT)]
        self._nowhere[sha256] = MissingPython(archive=archive.filename, why=error.message, files=len(paths))
        return StoredFile(path=self._unpacked / _BOOT, sha256=sha256, size=archive.size or 0)

    def check(self, locked: LockedRuntime, stored: StoredFile, target: Target) -> str | None:
        return locked.signer if stored.sha256 in self._nowhere else super().check(locked, stored, target)

    def tree(self, locked: LockedRuntime, stored: StoredFile, target: Target) -> Tree:
        return self._own_tree() if stored.sha256 in self._nowhere else super().tree(locked, stored, target)

    def build_folder(self, locked: LockedRuntime) -> Path | None:
        nowhere = locked.file is not None and locked.file.sha256 in self._nowhere
        return None if nowhere else super().build_folder(locked)

    def _own_tree(self) -> Tree:
        """As the archive had it: without what the layout adds, and what is empty in truth is empty."""
        boot = self._manifest.boot
        python = boot.python.removeprefix(_BOOT)
        ours = f"{_BOOT}{python.rpartition('.')[0]}._pth"
        paths = sorted(each.path for each in self._manifest.members if each.path.startswith(_BOOT))
        content, files, start = self._work.folder("own-python") / "content", [], 0
        with content.open("wb") as sink:
            for path in paths:
                if path == ours:
                    continue
                data = b""
                if path not in boot.placeholders:
                    with open_plain(self._unpacked / path) as stream:
                        data = stream.read()
                sink.write(data)
                files.append(
                    TreeFile(
                        path=path.removeprefix(_BOOT),
                        start=start,
                        size=len(data),
                        sha256=hashlib.sha256(data).hexdigest(),
                        crc32=zlib.crc32(data),
                    )
                )
                start += len(data)
        return Tree(content=StoredFile.of(content), python=python, files=tuple(files))
