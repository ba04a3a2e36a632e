"""The lines of a requirements file, and the options in them, by pip's grammar; what they mean is ``requirements.py``'s."""

from __future__ import annotations

import os
import re
import shlex
from typing import TYPE_CHECKING

from bundler.foreign import LONGEST

if TYPE_CHECKING:
    from collections.abc import Iterator

_WORD = re.compile(r"""(?:"[^"]*"|'[^']*'|\S)+""")
_OPTION_WORD = re.compile(r"--[a-z]|-[cefir](?:=|$)")


def logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Logical lines with the number of their first line; comments go, a backslash at the end joins (pip's rules)."""
    joined, first = "", 0
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        first = first or number
        comment = bool(re.match(r"\s*#", line))
        if line.endswith("\\") and not comment and number < len(lines):
            joined += line[:-1]
            continue
        # a comment ends what is continued
        whole = joined if comment else joined + line.removesuffix("\\")
        logical = _uncommented(whole).strip()
        if logical:
            yield first, logical
        joined, first = "", 0


def _uncommented(line: str) -> str:
    """What stands before a ``#`` that begins the line or follows a blank."""
    place = line.find("#")
    while place > 0 and not line[place - 1].isspace():
        place = line.find("#", place + 1)
    return line if place < 0 else line[:place]


def options_of(line: str) -> Iterator[str]:
    """A line's options, each with what belongs to it."""
    option: list[str] = []
    for word in _WORD.findall(line):
        if option and _OPTION_WORD.match(word):
            yield " ".join(option)
            option = []
        option.append(word)
    yield " ".join(option)


def unquoted(value: str) -> str:
    if len(value) > LONGEST:  # shlex copies all that it has of a word for each of its letters
        return value.strip()
    # a path of Windows means its backslashes on every host
    posix = os.sep == "/" and not re.match(r"[\"']?(?:[A-Za-z]:|\.{0,2})\\", value)
    try:
        parts = shlex.split(value, posix=posix)
    except ValueError:
        return value.strip()
    return parts[0].strip("'\"") if len(parts) == 1 else value.strip()
