"""Writing a bundle: under a temporary name, checked, then under its own; nothing half-done stays."""

from __future__ import annotations

import dataclasses
import datetime
import errno
import hashlib
import json
import os
import platform
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import bundler
from bundler.atomic import BESIDE, demand_plain, move, replace_folder, scratch_folder, write_whole
from bundler.errors import HostError, InputError, reason_of
from bundler.model.bundle_files import MANIFEST, STATEMENT_ENDING, SUMS
from bundler.pack.forms import Format

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bundler.pack.layout import Layout
    from bundler.report import Reporter

FULL = {errno.ENOSPC: "the disk is full", errno.EDQUOT: "the quota is used up"}
_TURNS = (0.1,) * 300
"""Seconds between one look and the next whether it is this build's turn: giving names takes a moment."""
_SPARE = 1024 * 1024  # headers, the directory, the note beside the archive


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """What was written: ``size`` in bytes; ``sha256`` of the archive, for a folder that of its SHA256SUMS; ``statement`` beside it says how it was built,
    and ``statement_sha256`` is that of its file before anybody signed it.
    """

    path: Path
    sha256: str
    size: int
    statement: Path | None = None
    statement_sha256: str = ""


def free_space(folder: Path) -> int:
    """Bytes that may still be written there."""
    return shutil.disk_usage(folder).free


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Destination:
    """Where a bundle goes: into ``folder``, which is made if need be; ``free`` tells how many bytes may still be written there.

    ``demand`` gets the finished bundle and what it will be, its name and its hash, and raises if it isn't to get it: nothing of it stays then.
    ``whole`` gets an archive, and its sha256, as soon as all of it is written: nobody else can reach it yet.
    """

    folder: Path
    format: Format
    free: Callable[[Path], int] = free_space
    demand: Callable[[Path, Written], None] | None = None
    whole: Callable[[Path, str], None] | None = None


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class BuildNote:
    """What the bundle itself must not say: when it was built, and of each wheel (by its file name) that was built with it: with which
    compiler if it was compiled, and in which sandbox. ``statement`` writes how it was built, for the name and hash of what was written.
    """

    built_at: datetime.datetime
    compiled_with: Mapping[str, str] = dataclasses.field(default_factory=dict)
    built_in: Mapping[str, str] = dataclasses.field(default_factory=dict)
    statement: Callable[[str, str], bytes] | None = None


def write_bundle(
    layout: Layout, destination: Destination, *, mtime: datetime.datetime, note: BuildNote, reporter: Reporter
) -> Written:
    """Write the bundle, replacing one of the same name; ``mtime``: the time that its files get.

    Beside it ``NAME.build.json`` says who built it and what the note says, and ``NAME.intoto.jsonl`` how it was built. Raises HostError (``disk-full``, ``output-unwritable``),
    InputError (``output-occupied``), IntegrityError (``source-changed``).
    """
    folder, kind = destination.folder, destination.format
    name = layout.manifest.stem + kind.suffix
    final = folder / name
    with _host_faults(folder):
        folder.mkdir(parents=True, exist_ok=True)
        if kind.is_folder:
            _refuse_foreign(final)
        elif final.is_dir():
            raise InputError("output-occupied", f"{final} is a folder", hint="move it away")
        available = destination.free(folder)
        if available < layout.size + _SPARE:
            raise HostError(
                "disk-full",
                f"{folder} has room for {available:,} bytes, and the bundle takes {layout.size:,}",
                hint="make room, or write elsewhere with --output",
            )
        with scratch_folder(BESIDE, folder) as scratch:
            work = scratch / name
            with reporter.track(f"Writing {name}", layout.size) as track:
                sha256 = kind.load().write(layout.entries, work, mtime, track)
            if sha256 is None:
                written = Written(path=final, sha256=layout.entries[1].sha256, size=layout.size)
            else:
                written = Written(path=final, sha256=sha256, size=work.stat().st_size)
                if destination.whole is not None:
                    destination.whole(work, sha256)
            beside = [scratch / f"{name}.build.json"]
            beside[0].write_text(_note_text(layout, written, note), encoding="utf-8", newline="\n")
            if note.statement is not None:
                signed = f"{name}.{SUMS}" if kind.is_folder else name  # what signatures are made over
                beside.append(scratch / f"{signed}{STATEMENT_ENDING}")
                said = note.statement(signed, written.sha256)
                beside[1].write_bytes(said)
                known = hashlib.sha256(said).hexdigest()
                written = dataclasses.replace(written, statement=folder / beside[1].name, statement_sha256=known)
            if destination.demand is not None:
                destination.demand(work, written)
            with _in_turn(folder):
                if work.is_dir():
                    replace_folder(work, final, scratch)
                else:
                    move(work, final)
                for each in beside:
                    move(each, folder / each.name)
    return written


@contextmanager
def _in_turn(folder: Path, sleep: Callable[[float], None] = time.sleep) -> Iterator[None]:
    """A bundle and what lies beside it get their names together: of two builds at once, one's statement would be about the other's bundle.

    A folder can be locked where there is ``flock``, and leaves nothing behind; elsewhere, where a file system knows none, and in a folder whose names
    this account may not read, that moment stays. So it does where the lock isn't let go: whoever may read the folder can hold it for ever.
    """
    if sys.platform == "win32":
        yield
        return
    try:
        handle = os.open(folder, os.O_RDONLY)
    except PermissionError:
        yield
        return
    try:
        for pause in (*_TURNS, None):
            if lock_folder(handle) or pause is None:
                break
            sleep(pause)
        yield
    finally:
        os.close(handle)


def lock_folder(handle: int) -> bool:
    """Whether nobody else has locked a folder that is open; then nobody does until it is closed, where its file system knows locks, which Windows doesn't for folders."""
    if sys.platform == "win32":
        return True
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        pass
    return True


def _refuse_foreign(final: Path) -> None:
    """A folder is replaced only if it is a bundle, or empty: it may be somebody's work."""
    if not _may_be_replaced(final) and not _may_be_replaced(final):  # another build may have moved it away just then
        raise InputError(
            "output-occupied", f"{final} exists and is not a bundle", hint="move it away, or write elsewhere"
        )


def _may_be_replaced(final: Path) -> bool:
    if final.is_symlink():
        return False
    try:
        names = {each.name for each in final.iterdir()}
    except FileNotFoundError:
        return True
    except NotADirectoryError:
        return False
    return not names or all((final / each).is_file() for each in (MANIFEST, SUMS))


@contextmanager
def _host_faults(destination: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise host_error(error, destination) from error


def host_error(error: OSError, destination: Path, what: str = "the bundle") -> HostError:
    """What an OSError while writing ``what`` into ``destination`` means. Only for a bundle there is ``--output``."""
    named = " with --output" if what == "the bundle" else ""
    if error.errno in FULL:
        return HostError(
            "disk-full",
            f"{FULL[error.errno]}: {destination}",
            hint=f"make room, or write elsewhere{named}; nothing half-done was left",
        )
    if error.errno == errno.EFBIG:
        return HostError(
            "output-unwritable",
            f"a file may not grow that large in {destination}",
            hint="use another file system (FAT32 ends at 4 GB) or --format dir",
        )
    hint = f"name a folder that is there or can be made, and that you may write to{',' * bool(named)}{named}"
    if isinstance(error, PermissionError):
        hint = f"it is open in another program, or read-only, or yours to read only: close that one, or write elsewhere{named}"
    return HostError(
        "output-unwritable",
        f"{what} can't be written into {destination}: {error.strerror or error}",
        context=tuple(str(each) for each in (error.filename2 or error.filename,) if each),
        hint=hint,
    )


def write_report(path: Path, content: str | bytes) -> None:
    """Write a file whose place an option of its own says. Raises HostError (``output-unwritable``, ``disk-full``)."""
    try:
        write_whole(path, content)
    except OSError as error:
        raise report_error(error, path) from None


def demand_report(path: Path, *, is_folder: bool = False) -> None:
    """See that a report, or what goes into a folder, can be written there, as far as that is known before. Raises as ``write_report`` does."""
    try:
        if is_folder:
            path.mkdir(parents=True, exist_ok=True)
        elif path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        else:
            demand_plain(path)
        with scratch_folder(BESIDE, path if is_folder else path.parent):
            pass
    except OSError as error:
        raise report_error(error, path) from None


def report_error(error: OSError, path: Path) -> HostError:
    """What an OSError while writing a report means: it lies where its own option says."""
    if error.errno in FULL:
        return host_error(error, path)
    return HostError(
        "output-unwritable",
        f"{path} can't be written: {reason_of(error)}",
        hint="name a place in a folder that is there, and that you may write to",
    )


def _note_text(layout: Layout, written: Written, note: BuildNote) -> str:
    content = {
        "archive": written.path.name,
        "sha256": written.sha256,
        "size": written.size,
        "release": layout.manifest.bundle.release,
        "created": layout.manifest.created,
        "built-at": note.built_at.astimezone(datetime.UTC).isoformat(timespec="seconds"),
        "built-by": f"offline-bundler {bundler.__version__}",
        "host": platform.platform(),
        "python": platform.python_version(),
        **({"compiled-with": dict(sorted(note.compiled_with.items()))} if note.compiled_with else {}),
        **({"built-in": dict(sorted(note.built_in.items()))} if note.built_in else {}),
    }
    return json.dumps(content, indent=1) + "\n"
