"""The whole set of papers of a bundle as a folder: for whoever has to keep on file why it was let in."""

from __future__ import annotations

import dataclasses
import io
import os
from collections.abc import Collection, Mapping
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from bundler.atomic import move, scratch_folder, write_whole
from bundler.errors import InputError, reason_of
from bundler.model.bundle_files import ATTESTATIONS, BILL, MANIFEST, STATEMENT_ENDING, SUMS
from bundler.model.manifest import Member
from bundler.pack.names import LICENCES, safe_name, unique
from bundler.pack.reading import open_bundle
from bundler.pack.unpacked_bundle import unpack_members
from bundler.pack.writing import report_error
from bundler.pipeline.rehearse_bundle import OWN_LOGS
from bundler.plain_file import open_plain
from bundler.trust.signed_content import signed_content

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from bundler.pipeline.review import Review

_INSIDE = (LICENCES, ATTESTATIONS)
_STATEMENTS, _VEX, _REHEARSAL = "statements", "vex", "rehearsal"
_OTHERS = (".htm", ".html", ".mht", ".mhtml", ".new", ".svg", ".xht", ".xhtml")
"""Endings of what lies beside a bundle and states nothing: pages, and what is being written."""
_MOST, _LARGEST, _LARGEST_TOGETHER = 1000, 64 << 20, 1 << 30
"""Files that are copied, and bytes of one, and of all."""
_BLOCK = 1 << 20


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Papers:
    """``texts``: by path in the folder, what was made for it; ``vex``: files of others, of which the review's are taken as it read them."""

    texts: Mapping[str, str]
    vex: Collection[Path] = ()


def demand_room(folder: Path) -> None:
    """Raises InputError (``evidence-occupied``): what is there already would be taken for a part of it."""
    if folder.is_symlink() or (folder.exists() and (not folder.is_dir() or any(folder.iterdir()))):
        raise InputError(
            "evidence-occupied",
            f"there is something in {folder} already",
            hint="name a folder that isn't there yet, or remove what is in it: old papers would be taken for this bundle's",
        )


def listed_members(review: Review) -> tuple[Member, ...]:
    """Every file of a bundle with its hash, the manifest and the sums too. Raises IntegrityError (``bundle-damaged``) where it isn't what was reviewed."""
    bundle, sums = open_bundle(review.path, review.sums), review.sums
    contract = [Member(path=each, size=len(bundle.read(each)), sha256=sums[each]) for each in (MANIFEST, SUMS)]
    return tuple(sorted((*contract, *review.members), key=lambda each: each.path))


def write_evidence(folder: Path, review: Review, papers: Papers) -> int:
    """Write the folder, which appears when all is in it; answers how many files it has.

    Raises InputError (``evidence-occupied``, ``evidence-unreadable``), HostError (``output-unwritable``, ``disk-full``), IntegrityError
    (``bundle-damaged``).
    """
    demand_room(folder)
    copied = dict(_copied(review, papers))
    if len(copied) > _MOST:
        raise _unreadable(review.path.parent, f"more than {_MOST} files lie beside the bundle, or are named")
    bundle = open_bundle(review.path)
    inside = {each.path: each.sha256 for each in review.members if each.path == BILL or each.path.startswith(_INSIDE)}
    texts: dict[str, str | bytes] = {**papers.texts}
    if review.sha256:
        texts[f"{review.path.name}.sha256"] = os.fsencode(f"{review.sha256}  {review.path.name}\n")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with scratch_folder(".evidence-", folder.parent) as scratch:
            work = scratch / "evidence"
            work.mkdir()
            unpack_members(bundle, inside, work)
            for name, content in texts.items():
                (work / name).parent.mkdir(parents=True, exist_ok=True)
                write_whole(work / name, content)
            left = _LARGEST_TOGETHER
            for name, source in copied.items():
                (work / name).parent.mkdir(parents=True, exist_ok=True)
                left -= _copy(source, work / name, left)
            if folder.exists():
                folder.rmdir()
            move(work, folder)
    except OSError as error:
        raise report_error(error, folder) from None
    return len(inside) + len(texts) + len(copied)


def _copied(review: Review, papers: Papers) -> Iterator[tuple[str, _Source]]:
    """By their names in the folder."""
    yield from _beside(review)
    taken: dict[str, int] = {}
    read = {each.path: each.content for each in review.vex}
    for path in papers.vex:
        yield (
            unique(f"{_VEX}/{safe_name(path.name)}", taken),
            _Source(path, follow_links=True, content=read.get(path)),
        )
    if review.rehearsal is not None and review.logs is not None:
        for path in _files_of(review.logs):
            if OWN_LOGS.fullmatch(path.name):
                yield f"{_REHEARSAL}/{path.name}", _Source(path)


def _beside(review: Review) -> Iterator[tuple[str, _Source]]:
    """Signatures and statement as they were judged, and none that the page doesn't know: who may write there can exchange them meanwhile."""
    signed, provenance = signed_content(review.path), review.provenance
    judged = {each.file.name: each.content for each in review.signatures.verdicts}
    stated = f"{signed.name}{STATEMENT_ENDING}"
    if provenance.statement is not None:
        judged[stated] = provenance.statement.content
    read = {name: content for name, content in judged.items() if content is not None}
    unknown = {each.name for each in signed.signatures()} - judged.keys()
    if provenance.statement is None and not provenance.fault:
        unknown.add(stated)
    beside = f"{signed.name}."
    files = {
        each.name
        for each in _files_of(signed.folder)
        if each.name.startswith(beside) and not each.name.lower().endswith(_OTHERS)
    }
    for name in sorted((files - unknown) | read.keys()):
        yield f"{_STATEMENTS}/{name}", _Source(signed.folder / name, content=read.get(name))


def _files_of(folder: Path) -> list[Path]:
    """Regular files in a folder, sorted: no links, which others may have put there."""
    try:
        with os.scandir(folder) as entries:
            found = sorted(each.name for each in entries if each.is_file(follow_symlinks=False))
    except OSError as error:
        raise _unreadable(folder, reason_of(error)) from None
    return [folder / name for name in found if PurePath(name).name == name]


@dataclasses.dataclass(frozen=True, slots=True)
class _Source:
    """A file that is copied: by its link too, if the user named it. ``content``: as it was read before, None: it wasn't."""

    path: Path
    follow_links: bool = False
    content: bytes | None = None


def _copy(source: _Source, place: Path, left: int) -> int:
    """Answers how many bytes it has; ``left``: as many as there may be. What lies beside a bundle is anybody's, and would fill the memory."""
    stream: BinaryIO
    try:
        if source.content is not None:
            stream = io.BytesIO(source.content)
        else:
            stream = open_plain(source.path, follow_links=source.follow_links)
    except OSError as error:
        raise _unreadable(source.path, reason_of(error)) from None
    size = 0
    with stream, place.open("xb") as sink:
        while content := _block(stream, source.path):
            size += len(content)
            if size > _LARGEST:
                raise _unreadable(source.path, f"it has more than {_LARGEST:,} bytes")
            if size > left:
                raise _unreadable(
                    source.path, f"with the files before it there are more than {_LARGEST_TOGETHER:,} bytes"
                )
            sink.write(content)
    return size


def _block(stream: BinaryIO, path: Path) -> bytes:
    try:
        return stream.read(_BLOCK)
    except OSError as error:
        raise _unreadable(path, reason_of(error)) from None


def _unreadable(path: Path, why: str) -> InputError:
    return InputError(
        "evidence-unreadable",
        f"{path} can't be taken into the evidence: {why}",
        hint="correct or move what lies there, or leave the option out that names it",
    )
