"""Links inside an archive, as copies of what they lead to: Windows makes links for administrators only."""

from __future__ import annotations

import bisect
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_LONGEST_CHAIN = 40  # as Linux has it


def copies(links: Mapping[str, str], files: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each file that the links stand for, and which of ``files`` it is a copy of; all paths relative, with ``/``.

    A link to a folder stands for the files in it. One that leads to nothing, in a circle or to a folder that it lies in, stands for none.
    """
    ordered = sorted(files)
    present = frozenset(files)
    for path, first in links.items():
        source = _end_of(first, links)
        if source in present:
            yield path, source
        elif not path.startswith(f"{source}/"):
            for each in _below(source, ordered):
                yield path + each.removeprefix(source), each


def _end_of(path: str, links: Mapping[str, str]) -> str:
    for _ in range(_LONGEST_CHAIN):
        if path not in links:
            break
        path = links[path]
    return path


def _below(folder: str, ordered: Sequence[str]) -> Iterator[str]:
    begin = bisect.bisect_left(ordered, f"{folder}/")
    end = bisect.bisect_left(ordered, f"{folder}0")  # the sign after the slash
    yield from ordered[begin:end]
