"""What git says of a commit's tree, and its files as a tar: sorted, with no time, with two modes only, so that it is the same everywhere."""

from __future__ import annotations

import dataclasses
import io
import re
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

from bundler.errors import BuildError, reason_of
from bundler.report import size_text

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator, Mapping

_ENTRY = re.compile(rb"(100644|100755|100664|120000|160000) (?:blob|commit) ([0-9a-f]{40}|[0-9a-f]{64})")
_PROGRAM, _LINK, _MODULE = "100755", "120000", "160000"
_SAID = re.compile(rb"[0-9a-f]+ blob ([0-9]{1,18})\n")
_LONGEST_LINE = 200
_SHORT = 4096
"""Bytes: a link has fewer on every system, and so has what stands for a file in git LFS."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Blob:
    """A file of a tree: its object in the repository at that folder."""

    repository: Path
    name: str
    mode: str


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Module:
    """A submodule as ``.gitmodules`` has it."""

    path: str
    url: str


def listed(listing: bytes, repository: Path) -> tuple[dict[str, Blob], dict[str, str]]:
    """Files of ``git ls-tree -r -z``, and submodules with their commits, by path."""
    files, modules = {}, {}
    for line in listing.split(b"\0"):
        if not line:
            continue
        head, _, path = line.partition(b"\t")
        found = _ENTRY.fullmatch(head)
        if found is None or not path:
            raise BuildError(
                "git-unfit", "what git says of a tree can't be read", context=(line[:200].decode(errors="replace"),)
            )
        mode, name = found[1].decode("ascii"), found[2].decode("ascii")
        text = path.decode("utf-8", "surrogateescape")
        if mode == _MODULE:
            modules[text] = name
        else:
            files[text] = Blob(repository=repository, name=name, mode=mode)
    return files, modules


def modules_of(settings: bytes) -> dict[str, Module]:
    """``.gitmodules`` as ``git config -z --get-regexp`` prints it, by the submodule's path."""
    said: dict[str, dict[str, str]] = {}
    for line in settings.decode("utf-8", "replace").split("\0"):
        key, _, value = line.partition("\n")
        name, _, what = key.rpartition(".")
        if name:
            said.setdefault(name, {})[what] = value
    return {
        each["path"]: Module(path=each["path"], url=each["url"])
        for each in said.values()
        if {"path", "url"} <= each.keys()
    }


class UnfitFileError(ValueError):
    """A file of the tree can't be taken; the words say which, and why."""


def pack(
    process: subprocess.Popen[bytes], archive: tarfile.TarFile, root: str, files: Mapping[str, Blob], most: int
) -> Iterator[tuple[str, bytes]]:
    """Write files into the archive, below the folder ``root``; ``process`` is ``git cat-file --batch``. Each file with its content, if it is short.

    ``most``: bytes that the archive may have. Raises UnfitFileError.
    """
    assert process.stdin is not None  # noqa: S101 - both are pipes
    assert process.stdout is not None  # noqa: S101
    for path, each in sorted(files.items()):
        try:
            process.stdin.write(each.name.encode("ascii") + b"\n")
            process.stdin.flush()
        except OSError:
            raise UnfitFileError(f"git ended before it gave {path}") from None
        said = _SAID.fullmatch(process.stdout.readline(_LONGEST_LINE))
        if said is None:
            raise UnfitFileError(f"git doesn't give {path}")
        size = int(said[1])
        if archive.offset + size > most:
            raise UnfitFileError(f"its files have more than {size_text(most)}")
        entry = tarfile.TarInfo(f"{root}/{path}")
        entry.mode = 0o755 if each.mode == _PROGRAM else 0o644
        content = process.stdout.read(size) if size < _SHORT else b""
        if each.mode == _LINK:
            if size >= _SHORT:
                raise UnfitFileError(f"{path} is a link with {size:,} bytes")
            entry.type, entry.linkname = tarfile.SYMTYPE, content.decode("utf-8", "surrogateescape")
            archive.addfile(entry)
        else:
            entry.size = size
            try:
                archive.addfile(entry, io.BytesIO(content) if size < _SHORT else process.stdout)
            except OSError as error:
                raise UnfitFileError(f"{path} can't be read: {reason_of(error)}") from None
        process.stdout.read(1)
        yield path, content
    process.stdin.close()
