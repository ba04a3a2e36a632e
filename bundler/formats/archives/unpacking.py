"""Unpacking archives from outside: zip, tar (plain, gz, bz2, xz, zst) and 7z, known by their first bytes.

Nothing is written outside the folder, nothing is left half done, and an archive that isn't plain files and folders with
names that Windows takes is refused as a whole: IntegrityError ``archive-unsafe`` (path, link, device),
``archive-duplicate``, ``archive-encrypted``, ``archive-bomb``, ``archive-unreadable`` (cut, damaged or of another kind).
"""

from __future__ import annotations

import contextlib
import errno
import importlib
import shutil
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING

from bundler.atomic import move
from bundler.errors import BundleError, HostError, IntegrityError
from bundler.formats.archives.guard import Guard, Limits
from bundler.formats.archives.links import copies
from bundler.formats.archives.streams import Link, Sink, Visit, bzipped, gzipped, walk_tar, walk_zip, xzipped

if TYPE_CHECKING:
    from collections.abc import Iterator

Reader = Callable[[Path, Guard, Visit], None]
"""Walks over one archive; what it can't read may raise anything."""

_TAR_MAGIC_AT = 257
_DEFAULT = Limits()


def unpack(
    archive: Path,
    folder: Path,
    *,
    limits: Limits = _DEFAULT,
    reader: Reader | None = None,
    copy_links: bool = False,
) -> tuple[str, ...]:
    """Unpack ``archive`` to ``folder``, which isn't there yet, and tell the files: relative, with ``/``, sorted.

    ``reader`` reads what isn't known by its first bytes. ``copy_links``: a link in a tar that leads to something inside becomes a
    copy of it (PEP 721 allows them in sdists), one that leads to nothing is left out. Raises IntegrityError (see the
    module), HostError (``disk-full``, ``folder-exists``).
    """
    if folder.exists():
        raise HostError("folder-exists", f"{folder} is there already", hint="remove it, or name another one")
    folder.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=".unpack-", dir=folder.parent))
    guard = Guard(archive, limits)
    files: list[str] = []
    links: dict[str, str] = {}

    def place(path: str) -> Path:
        target = staging / path
        target.parent.mkdir(parents=True, exist_ok=True)
        files.append(path)
        return target

    try:
        with _faults_told(guard):
            link = links.__setitem__ if copy_links else None
            (reader or _reader(archive, guard, link))(archive, guard, lambda path: place(path).open("xb"))
            for path, source in copies(links, tuple(files)):
                guard.count()
                guard.grow((staging / source).stat().st_size)
                shutil.copyfile(staging / source, place(path))
        staging.chmod(0o755)
        move(staging, folder)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise
    return tuple(sorted(files))


def list_files(archive: Path, *, limits: Limits = _DEFAULT) -> tuple[str, ...]:
    """The paths of all files inside, sorted; raises IntegrityError as ``unpack`` does."""
    files: list[str] = []

    def visit(path: str) -> None:
        files.append(path)

    walk(archive, visit, limits=limits)
    return tuple(sorted(files))


def walk(archive: Path, visit: Visit, *, limits: Limits = _DEFAULT, reader: Reader | None = None) -> None:
    """Name each file to ``visit``, in the archive's order, and give its bytes to the sink that it answers with.

    ``reader`` reads what isn't known by its first bytes. Raises as ``unpack`` does.
    """
    guard = Guard(archive, limits)
    with _faults_told(guard):
        (reader or _reader(archive, guard))(archive, guard, visit)


@contextlib.contextmanager
def _faults_told(guard: Guard) -> Iterator[None]:
    """Whatever reading the archive raises, as an error of ours; what the disk does but for being full as it is."""
    try:
        yield
    except BundleError:
        raise
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise HostError(
                "disk-full",
                f"no space is left to unpack {guard.archive.name}",
                context=(str(error.filename or guard.archive),),
            ) from error
        if error.errno is not None:
            raise
        raise _unreadable(guard, error) from error  # what gzip and bz2 say of damaged data
    except Exception as error:  # hostile bytes make decoders fail in every way there is
        raise _unreadable(guard, error) from error


@contextlib.contextmanager
def extracted(archive: Path, wanted: Callable[[str], bool], *, limits: Limits = _DEFAULT) -> Iterator[dict[str, Path]]:
    """The files of ``archive`` whose paths are ``wanted``, as temporary files; raises IntegrityError as ``unpack`` does."""
    with tempfile.TemporaryDirectory(prefix="bundle-member-") as folder:
        found: dict[str, Path] = {}

        def visit(path: str) -> Sink | None:
            if not wanted(path):
                return None
            found[path] = Path(folder, f"{len(found)}-{path.rpartition('/')[2]}")
            return found[path].open("xb")

        walk(archive, visit, limits=limits)
        yield found


def is_archive(path: str) -> bool:
    """Whether a name says that it is an archive which ``unpack`` may read."""
    return path.lower().endswith(
        (".zip", ".nupkg", ".7z", ".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz", ".tar.zst")
    )


def _unreadable(guard: Guard, error: Exception) -> IntegrityError:
    return guard.fault(
        "archive-unreadable",
        f"can't be read: {error or type(error).__name__}",
        "it was cut or damaged on its way, or is no archive of this kind: fetch it again",
    )


def _reader(archive: Path, guard: Guard, link: Link | None = None) -> Reader:
    with archive.open("rb") as stream:
        head = stream.read(_TAR_MAGIC_AT + 5)
    tar_of: dict[bytes, Callable[[IO[bytes]], IO[bytes]]] = {
        b"\x1f\x8b": gzipped,
        b"BZh": bzipped,
        b"\xfd7zXZ\x00": xzipped,
        b"\x28\xb5\x2f\xfd": partial(_zst, guard),
    }
    if head.startswith((b"PK\3\4", b"PK\5\6")):
        return walk_zip
    if head.startswith(b"7z\xbc\xaf\x27\x1c"):
        from bundler.formats.archives.seven_zip import walk_7z

        return walk_7z
    if head[_TAR_MAGIC_AT:] == b"ustar":
        return partial(walk_tar, unpack=None, link=link)
    for magic, unpack_stream in tar_of.items():
        if head.startswith(magic):
            return partial(walk_tar, unpack=unpack_stream, link=link)
    raise guard.fault(
        "archive-unreadable", "is no zip, tar or 7z", "name another kind in [target.runtime] if it is an installer"
    )


def _zst(guard: Guard, stream: IO[bytes]) -> IO[bytes]:
    """Zstandard came into the standard library with 3.14; older build hosts have the back-port that py7zr brings along."""
    for name in ("compression.zstd", "backports.zstd"):
        with contextlib.suppress(ImportError):
            opened: IO[bytes] = importlib.import_module(name).open(stream, "rb")
            return opened
    raise guard.fault(
        "archive-unreadable", "is packed with zstd", "install backports.zstd on this host, or take a .tar.gz"
    )
