"""Folders as /proc has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def make_process(
    proc: Path,
    number: int,
    *,
    line: bytes = b"",
    inode: int | None = None,
    pages: tuple[int, int] = (0, 0),
    threads: int = 1,
) -> None:
    folder = proc / str(number)
    (folder / "fd").mkdir(parents=True)
    for each in range(threads):
        (folder / "task" / str(number + each)).mkdir(parents=True)
    (folder / "cmdline").write_bytes(line)
    (folder / "statm").write_text(f"900 {pages[0]} {pages[1]} 0 0 0 0\n")
    if inode is not None:
        (folder / "fd" / "7").symlink_to(f"socket:[{inode}]")
