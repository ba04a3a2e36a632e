"""Files by their content: ``sha256/ab/<hex>`` under one root, hashed when they come in and whenever they are handed out."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

from bundler.atomic import move
from bundler.errors import IntegrityError, NetworkError, reason_of
from bundler.fetch.disk_errors import disk_error
from bundler.model.artifact import Checksum, Seal, StoredFile
from bundler.owners import OpenPlace, open_inside, open_to_others
from bundler.plain_file import open_plain
from bundler.report import Reporter, size_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

BLOCK = 1024 * 1024
STALE_SECONDS = 3 * 24 * 3600
"""A temporary file of that age belongs to no running build."""


class Opener(Protocol):
    """Opens a file for writing, as ``open(path, mode)`` does; a port, so that a full disk can be tried."""

    def __call__(self, path: Path, mode: str) -> BinaryIO: ...


def _open(path: Path, mode: str) -> BinaryIO:
    return open(path, mode)  # type: ignore[return-value]  # noqa: PTH123 - the caller closes it


def default_store_root(environ: Mapping[str, str]) -> Path:
    """``BUNDLE_STORE``, else the platform's cache folder."""
    if chosen := environ.get("BUNDLE_STORE"):
        return Path(os.path.expanduser(chosen))  # noqa: PTH111 - no shell did it, and a stranger's is no error
    import platformdirs

    return Path(platformdirs.user_cache_dir("bundle", appauthor=False))


def place_open_to_others(root: Path, depth: int = 2) -> OpenPlace | None:
    """The store's folder, or one on the way to it or so deep in it, that others may change, so that nothing in it may be believed or run; None: they can't.

    It is made, closed to others, if it isn't there: else somebody could between the question and the first use.
    """
    with contextlib.suppress(OSError):  # it is said where something is to be written
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        if (found := open_to_others(root)) is not None:
            return found
        return open_inside(root, depth)
    return None


class Store:
    """Any number of threads and processes may use one ``root`` at once. Corrupt files are reported to ``reporter``."""

    def __init__(self, root: Path, *, reporter: Reporter | None = None, opener: Opener = _open) -> None:
        # absolute: what is handed out stays right wherever the process goes
        self.root = root.absolute()
        self.partial = self.root / "partial"
        self._temporary = self.root / "temp"
        self._reporter = reporter or Reporter()
        self._opener = opener

    def path_of(self, sha256: str) -> Path:
        """Where the file of this hash lies if it is here."""
        return self.root / "sha256" / sha256[:2] / sha256

    def get(self, sha256: str, size: int | None = None) -> StoredFile | None:
        """The file, hashed just now; None if it isn't here. One with other bytes is removed, reported, and isn't here."""
        path = self.path_of(sha256)
        try:
            with open_plain(path) as file:
                seal = Seal.of(os.fstat(file.fileno()))
                found = Checksum.of(file)
        except FileNotFoundError:
            return None
        except OSError as error:
            if path.is_dir():
                self._set_aside(path)
                return None
            self._reporter.warn("store-corrupt", f"{path} can't be read ({reason_of(error)}); it is fetched again")
            return None
        if found.sha256 == sha256:
            if size in (None, found.size):
                return StoredFile(path=path, sha256=sha256, size=found.size, seal=seal, crc32=found.crc32)
            raise IntegrityError(
                "size-mismatch",
                f"the file with sha256 {sha256} has {found.size} bytes, and {size} were expected",
                context=(str(path),),
                hint="the size in the lock or on the index's page is wrong",
            )
        self._reporter.warn("store-corrupt", f"{path} had changed on the disk; it is removed and fetched again")
        with contextlib.suppress(OSError):
            if Seal.of(path.stat()) == seal:  # not what another run has put there meanwhile, which uses it
                path.unlink()
        return None

    def _set_aside(self, path: Path) -> None:
        """A folder lies where a file belongs; whose it is isn't known, so it is kept."""
        with self.disk(path):
            self._temporary.mkdir(parents=True, exist_ok=True)
            there = Path(tempfile.mkdtemp("", "folder-", self._temporary)) / path.name
            path.rename(there)
        self._reporter.warn(
            "store-corrupt", f"{path} is a folder; it is moved to {there}, and the file is fetched again"
        )

    def add(
        self,
        source: BinaryIO | Path,
        *,
        sha256: str | None = None,
        size: int | None = None,
        origin: str = "",
        most: int | None = None,
    ) -> StoredFile:
        """Copy a file or stream in; raises IntegrityError (``hash-mismatch``, ``size-mismatch``) if its bytes aren't the
        expected ones. ``origin`` says in messages where it comes from; ``most``: bytes that it may have where no ``size`` is given.
        """
        if isinstance(source, Path):
            with open_plain(source) as stream:
                return self.add(stream, sha256=sha256, size=size, origin=origin or str(source), most=most)
        found, name = Checksum(), origin.replace("\\", "/").rpartition("/")[2] or "the file"
        with self.temporary() as path, self.writing(path, "wb", needed=size) as file:
            while block := source.read(BLOCK):
                found.update(block)
                # what a system makes up while it is read has no end
                if size is not None and found.size > size:
                    raise size_mismatch(found.size, size, filename=name, origin=origin)
                if size is None and most is not None and found.size > most:
                    raise too_large(name, most, origin=origin)
                with self.disk(path, needed=size):
                    file.write(block)
            with self.disk(path, needed=size):
                file.close()
            check(found, sha256=sha256, size=size, filename=name, origin=origin)
            return self.adopt(path, found)

    def adopt(self, path: Path, found: Checksum) -> StoredFile:
        """Move ``path``, which lies under ``root``, is closed, and whose bytes gave ``found`` as they were written, to its place."""
        final = self.path_of(found.sha256)
        with self.disk(final):
            final.parent.mkdir(parents=True, exist_ok=True)
            try:
                if final.is_dir():
                    self._set_aside(final)
                path.replace(final)
            except PermissionError:
                # Windows: another process has the same file open; if that one is sound, it is as good
                there = self.get(found.sha256, found.size)
                if there is not None:
                    path.unlink(missing_ok=True)
                    return there
                move(path, final)
            seal = Seal.of(final.stat())  # only now: moving a file changes what the file system says of it
        return StoredFile(path=final, sha256=found.sha256, size=found.size, seal=seal, crc32=found.crc32)

    @contextlib.contextmanager
    def temporary(self) -> Iterator[Path]:
        """A fresh name on the store's disk; whatever is there at the end is removed."""
        with self.disk(self._temporary):
            self._temporary.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(".tmp", "", self._temporary)
            os.close(handle)
        path = Path(name)
        try:
            yield path
        finally:
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)

    @contextlib.contextmanager
    def writing(self, path: Path, mode: str, *, needed: int | None = None) -> Iterator[BinaryIO]:
        """``path`` opened by the store's opener, closed at the end whatever happens."""
        with self.disk(path, needed=needed):
            file = self._opener(path, mode)
        try:
            yield file
        except BaseException:
            with contextlib.suppress(OSError):  # a full disk says so again for what is still buffered
                file.close()
            raise
        with self.disk(path, needed=needed):
            file.close()

    @contextlib.contextmanager
    def disk(self, path: Path, *, needed: int | None = None) -> Iterator[None]:
        """Turn an OSError into a HostError that names ``path``."""
        try:
            yield
        except OSError as error:
            raise disk_error(error, path, needed=needed) from None

    def sweep(self, now: Callable[[], float] = time.time) -> None:
        """Remove what killed runs left behind, once it is old."""
        for folder in (self._temporary, self.partial):
            with contextlib.suppress(OSError), os.scandir(folder) as entries:
                for each in entries:
                    with contextlib.suppress(OSError):
                        if each.stat().st_mtime < now() - STALE_SECONDS:
                            Path(each.path).unlink()


def check(found: Checksum, *, sha256: str | None, size: int | None, filename: str, origin: str) -> None:
    """Compare what came with what was expected; raises IntegrityError."""
    if sha256 is not None and found.sha256 != sha256:
        raise IntegrityError(
            "hash-mismatch",
            f"{filename} is not the file that was expected: its sha256 is another one",
            context=(f"from: {origin}", f"expected: {sha256}", f"got: {found.sha256} ({found.size} bytes)"),
            hint="the file was replaced, damaged or tampered with since its hash was written down; find out which before you "
            "trust it. If it was replaced rightly, run `bundle lock RECIPE --upgrade`, or correct the sha256 in the recipe",
        )
    if size is not None and found.size != size:
        raise size_mismatch(found.size, size, filename=filename, origin=origin)


def size_mismatch(got: int, expected: int, *, filename: str, origin: str) -> IntegrityError:
    """The error of a file with another number of bytes than its lock or page says."""
    return IntegrityError(
        "size-mismatch",
        f"{filename} has {got} bytes, and {expected} were expected",
        context=(f"from: {origin}",),
        hint="the file was replaced or cut short; if it was replaced rightly, run `bundle lock RECIPE --upgrade`",
    )


def too_large(filename: str, most: int, *, origin: str) -> NetworkError:
    """The error of a file that nobody said the size of, and that doesn't end."""
    return NetworkError(
        "network-too-large",
        f"{filename} has more than {size_text(most)}, and nobody said that it is so large",
        context=(origin,),
        hint="check the address; if it is right, fetch the file by yourself and name its path",
    )
