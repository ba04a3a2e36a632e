"""What git says of a commit's tree, and its files as a tar: sorted, with no time, with two modes only, so that it is the same everywhere."""

from __future__ import annotations

import dataclasses
import io
import re
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

from bundler.errors import BuildError

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator, Mapping

_ENTRY = re.compile(rb"(100644|100755|100664|120000|160000) (?:blob|commit) ([0-9a-f]{40}|[0-9a-f]{64})")
_PROGRAM, _LINK, _MODULE = "100755", "120000", "160000"


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


def pack(
    process: subprocess.Popen[bytes], archive: tarfile.TarFile, root: str, files: Mapping[str, Blob]
) -> Iterator[tuple[str, bytes]]:
    """Write files into the archive, below the folder ``root``; ``process`` is ``git cat-file --batch``. Each file with its beginning."""
    assert process.stdin is not None  # noqa: S101 - both are pipes
    assert process.stdout is not None  # noqa: S101
    for path, each in sorted(files.items()):
        process.stdin.write(each.name.encode("ascii") + b"\n")
        process.stdin.flush()
        size = int(process.stdout.readline().split()[2])
        content = process.stdout.read(size)
        process.stdout.read(1)
        entry = tarfile.TarInfo(f"{root}/{path}")
        entry.mode = 0o755 if each.mode == _PROGRAM else 0o644
        if each.mode == _LINK:
            entry.type, entry.linkname = tarfile.SYMTYPE, content.decode("utf-8", "surrogateescape")
            archive.addfile(entry)
        else:
            entry.size = size
            archive.addfile(entry, io.BytesIO(content))
        yield path, content[:100]
    process.stdin.close()
