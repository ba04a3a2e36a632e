r"""What Wine's server writes of a registry: ``WINE REGISTRY Version 2``, in ASCII, a block for each key that has values or no keys below it.

A block begins with ``[Below\\The\\Root] TIME``; lines that begin with ``#`` tell of the key, those of its values are ``"NAME"=DATA``
or ``@=DATA``, continued where one ends with a backslash. Other characters than ASCII's stand as ``\x20ac``. Source: Wine, server/registry.c.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_LEVELS = 512
"""Of keys: as many as Windows has ("Registry element size limits"). Each is named with all above it."""
MOST_CHARACTERS = 200_000_000
"""Of all that is read."""
_KEY = re.compile(r"\[((?:[^\\\]]|\\.)*)\](?: \d+)?")
_VALUE = re.compile(r'(?:@|"((?:[^"\\]|\\.)*)")=(.*)')
_ESCAPED = re.compile(r"\\(x[0-9a-fA-F]{1,4}|[0-7]{1,3}|.)")
_CONTROLS = {"a": "\a", "b": "\b", "t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r", "e": "\x1b"}


class OversizedRegistryError(Exception):
    """A program has filled it on purpose."""


def read_wine_registry(content: bytes, root: str, *, most: int = MOST_CHARACTERS) -> dict[str, str]:
    """Data as it is written, by ``KEY|value``; a key itself, ``KEY``, has an empty text. ``root``: the key that was saved;
    ``most``: characters of the answer.

    Keys above a key are there too. What is no such line is skipped. Raises OversizedRegistryError.
    """
    found = {root: ""}
    key, told = "", 0
    for line in _lines(content):
        if (block := _KEY.fullmatch(line)) is not None:
            key = root
            for level, name in enumerate(_parts(block[1])):
                key = f"{key}\\{name}"
                if key not in found:
                    found[key] = ""
                    told += len(key)
                if level >= MOST_LEVELS or told > most:
                    raise OversizedRegistryError(
                        f"a key has more than {MOST_LEVELS} levels, or all more than {most} characters"
                    )
            # the saved key's own values stand in a block without a name
        elif key and (value := _VALUE.fullmatch(line)) is not None:
            name = f"{key}|{_unescaped(value[1] or '')}"
            found[name] = value[2]
            told += len(name) + len(value[2])
            if told > most:
                raise OversizedRegistryError(f"its values have more than {most} characters")
    return found


def _lines(content: bytes) -> Iterator[str]:
    begun: list[str] = []
    for ended in io.TextIOWrapper(io.BytesIO(content), encoding="ascii", errors="replace", newline="\n"):
        line = ended.removesuffix("\n")
        begun.append(line.lstrip(" ") if begun else line)
        if not line.endswith("\\"):
            yield "".join(begun)
            begun.clear()
        else:
            begun[-1] = begun[-1][:-1]
    yield "".join(begun)


def _parts(name: str) -> Iterator[str]:
    for part in name.split("\\\\"):
        if part:
            yield _unescaped(part)


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text
    units = _ESCAPED.sub(_character, text)  # of UTF-16: larger characters are two, and half of one is none
    return units.encode("utf-16-le", errors="surrogatepass").decode("utf-16-le", errors="replace")


def _character(match: re.Match[str]) -> str:
    said = match[1]
    if said[0] == "x" and len(said) > 1:
        return chr(int(said[1:], 16))
    if said[0].isdigit():
        return chr(int(said, 8))
    return _CONTROLS.get(said, said)
