"""Unpacking archives from outside: zip, tar (plain, gz, bz2, xz, zst) and 7z, known by their first bytes.

Nothing is written outside the folder, nothing is left half done, and an archive that isn't plain files and folders with
names that Windows takes is refused as a whole: IntegrityError ``archive-unsafe`` (path, link, device),
``archive-duplicate``, ``archive-encrypted``, ``archive-bomb``, ``archive-unreadable`` (cut, damaged or of another kind).
"""

from __future__ import annotations

import contextlib
import errno
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bundler.atomic import move, remove_tree, scratch_folder
from bundler.errors import BundleError, HostError, IntegrityError
from bundler.formats.archives.archive_formats import FORMATS, OF_SDISTS, Reader, reader_of
from bundler.formats.archives.guard import Guard, Limits
from bundler.formats.archives.links import copies

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from bundler.formats.archives.streams import Sink, Visit

_DEFAULT = Limits()


def unpack(
    archive: Path,
    folder: Path,
    *,
    limits: Limits = _DEFAULT,
    reader: Reader | None = None,
    sdist: bool = False,
) -> tuple[str, ...]:
    """Unpack ``archive`` to ``folder``, which isn't there yet, and tell the files: relative, with ``/``, sorted.

    ``reader`` reads what isn't known by its first bytes. ``sdist``: it is a zip or tar, and a link in a tar that leads to something
    inside becomes a copy of it (PEP 721 allows them), one that leads to nothing is left out. Raises IntegrityError (see the
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
            link, formats = (links.__setitem__, OF_SDISTS) if sdist else (None, FORMATS)
            (reader or reader_of(archive, guard, link, formats))(archive, guard, lambda path: place(path).open("xb"))
            for path, source in _counted(copies(links, tuple(files)), staging, guard):
                shutil.copyfile(staging / source, place(path))
        staging.chmod(0o755)
        move(staging, folder)
    except BaseException:
        remove_tree(staging)
        raise
    return tuple(sorted(files))


def _counted(copied: Iterable[tuple[str, str]], staging: Path, guard: Guard) -> list[tuple[str, str]]:
    """All of them, once none is too much: a few links stand for so many files that copying them up to the bound takes minutes."""
    sizes: dict[str, int] = {}
    found = []
    for path, source in copied:
        guard.count()
        guard.check(path)
        if source not in sizes:
            sizes[source] = (staging / source).stat().st_size
        guard.grow(sizes[source])
        found.append((path, source))
    return found


def list_files(archive: Path, *, limits: Limits = _DEFAULT) -> tuple[str, ...]:
    """The paths of all files inside, sorted; raises IntegrityError as ``unpack`` does."""
    files: list[str] = []

    def visit(path: str) -> None:
        files.append(path)

    walk(archive, visit, limits=limits)
    return tuple(sorted(files))


def list_all(archives: Iterable[Path], *, limits: Limits = _DEFAULT) -> Iterator[tuple[str, ...] | None]:
    """As ``list_files``, of archives that together have no more than one may; None: one that can't be read.

    Raises IntegrityError (``archive-bomb``): in an archive may be any number of small ones, each of which grows as far as it may.
    """
    for each in archives:
        guard, files = Guard(each, limits), list[str]()
        found: tuple[str, ...] | None = None
        with contextlib.suppress(IntegrityError), _faults_told(guard):
            reader_of(each, guard)(each, guard, files.append)
            found = tuple(sorted(files))
        limits = guard.left_of(limits)
        yield found


def newest_entry(archive: Path, *, limits: Limits = _DEFAULT) -> int:
    """When the newest entry of an sdist was changed, in seconds since 1970; 0 where it doesn't say. Raises IntegrityError as ``unpack`` does."""
    guard = Guard(archive, limits)
    links: dict[str, str] = {}
    with _faults_told(guard):
        reader_of(archive, guard, links.__setitem__, OF_SDISTS)(archive, guard, lambda _: None)
    return guard.newest


def walk(archive: Path, visit: Visit, *, limits: Limits = _DEFAULT, reader: Reader | None = None) -> None:
    """Name each file to ``visit``, in the archive's order, and give its bytes to the sink that it answers with.

    ``reader`` reads what isn't known by its first bytes. Raises as ``unpack`` does.
    """
    guard = Guard(archive, limits)
    with _faults_told(guard):
        (reader or reader_of(archive, guard))(archive, guard, visit)


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
    with scratch_folder("bundle-member-") as folder:
        found: dict[str, Path] = {}

        def visit(path: str) -> Sink | None:
            if not wanted(path):
                return None
            place = folder / str(len(found))  # a folder for each: a name may be as long as any
            place.mkdir()
            found[path] = place / path.rpartition("/")[2]
            return found[path].open("xb")

        walk(archive, visit, limits=limits)
        yield found


def _unreadable(guard: Guard, error: Exception) -> IntegrityError:
    return guard.fault(
        "archive-unreadable",
        f"can't be read: {error or type(error).__name__}",
        "it was cut or damaged on its way, or is not an archive of this kind: fetch it again",
    )
