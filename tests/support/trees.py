"""Trees of a Python, as ``bundler.runtime`` reads them out of archives."""

from __future__ import annotations

import dataclasses
import hashlib
import zlib
from typing import TYPE_CHECKING

from bundler.model.artifact import Seal, StoredFile, Tree, TreeFile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_BLOCK = 1024 * 1024


def make_tree(content: Path, files: Mapping[str, bytes]) -> Tree:
    """One of these files, in ``content``."""
    listed, at = [], 0
    for path, data in sorted(files.items()):
        sha256 = hashlib.sha256(data).hexdigest()
        listed.append(TreeFile(path=path, start=at, size=len(data), sha256=sha256, crc32=zlib.crc32(data)))
        at += len(data)
    content.parent.mkdir(parents=True, exist_ok=True)
    content.write_bytes(b"".join(data for _, data in sorted(files.items())))
    return Tree(content=StoredFile.of(content), python="python.exe", files=tuple(listed))


def with_zeros(tree: Tree, paths: Sequence[str], size: int) -> Tree:
    """The same with further files of ``size`` zeros each, which take no room on the disk."""
    digest, crc, left = hashlib.sha256(), 0, size
    while left:
        block = bytes(min(left, _BLOCK))
        digest.update(block)
        crc = zlib.crc32(block, crc)
        left -= len(block)
    path, end = tree.content.path, tree.content.size
    more = [
        TreeFile(path=each, start=end + i * size, size=size, sha256=digest.hexdigest(), crc32=crc)
        for i, each in enumerate(paths)
    ]
    with path.open("r+b") as stream:
        stream.truncate(end + len(paths) * size)
    content = dataclasses.replace(tree.content, size=path.stat().st_size, seal=Seal.of(path.stat()))
    return dataclasses.replace(tree, content=content, files=(*tree.files, *more))


def content_of(tree: Tree) -> dict[str, bytes]:
    """Its files by their paths."""
    whole = tree.content.path.read_bytes()
    return {each.path: whole[each.start : each.start + each.size] for each in tree.files}
