"""``site.toml``: lines ``name = "value"``, a small and strict part of TOML. Nothing is guessed; a fault names its line."""

from __future__ import absolute_import, unicode_literals

import io
import re

from ..errors import BAD_ARGUMENTS, InstallError

_NAME = re.compile(r"\s*(?:([A-Za-z0-9_-]+)|\"([A-Za-z0-9_-]+)\"|'([A-Za-z0-9_-]+)')\s*=\s*")
_LITERAL = re.compile(r"'([^'\n]*)'")
_BASIC = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
_PLAIN = re.compile(r"(?:true|false|[+-]?(?:0|[1-9](?:_?[0-9])*))(?![^\s#])")
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)")
_ESCAPES = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", "e": "\x1b", '"': '"', "\\": "\\"}
_REST = re.compile(r"\s*(#.*)?\Z")
_LARGEST, _SHOWN = 1 << 20, 20
"""Bytes of the file, and how many of its faults are told."""
_LAST = 0x10FFFF
"""Of all letters."""


def read_site_toml(path):
    # type: (str) -> dict[str, str]
    """Every value as text: whole numbers and true/false as they stand. Raises InstallError (1639) with every fault."""
    with io.open(path, "rb") as stream:
        content = stream.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise InstallError(BAD_ARGUMENTS, "%s is larger than %d bytes" % (path, _LARGEST))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise InstallError(BAD_ARGUMENTS, "%s, line %d: is not UTF-8" % (path, line))
    values, seen = {}, set()  # type: dict[str, str], set[str]
    faults = []
    for number, written in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        try:
            found = _line(written)
            if found is not None and found[0].lower() in seen:
                raise ValueError("duplicate name: %s" % found[0])
            if found is not None:
                values[found[0]] = found[1]
                seen.add(found[0].lower())
        except ValueError as error:
            faults.append("- line %d: %s" % (number, error))
    if len(faults) > _SHOWN:
        faults[_SHOWN:] = ["- and %d more" % (len(faults) - _SHOWN)]
    if faults:
        raise InstallError(BAD_ARGUMENTS, "%s can't be read:" % path, faults)
    return values


def _line(line):
    # type: (str) -> tuple[str, str] | None
    if _REST.match(line):
        return None
    if line.lstrip().startswith("["):
        raise ValueError('tables are not known here; write lines such as port = "8080"')
    match = _NAME.match(line)
    if match is None:
        raise ValueError('write lines such as port = "8080"')
    name = match.group(1) or match.group(2) or match.group(3)
    value, end = _value(line, match.end())
    if not _REST.match(line, end):
        raise ValueError("there is something after the value of %s" % name)
    return name, value


def _value(line, start):
    # type: (str, int) -> tuple[str, int]
    if line.startswith(('"""', "'''"), start):
        raise ValueError("a value is one line long here")
    for pattern, meaning in ((_LITERAL, _same), (_BASIC, _unescaped)):
        match = pattern.match(line, start)
        if match is not None:
            return meaning(match.group(1)), match.end()
    match = _PLAIN.match(line, start)
    if match is None:
        raise ValueError("a value is \"text\", 'text', a whole number, true or false")
    return match.group(0).replace("_", "").lstrip("+"), match.end()


def _same(text):
    # type: (str) -> str
    return text


def _unescaped(text):
    # type: (str) -> str
    def letter(match):
        # type: (re.Match[str]) -> str
        code = match.group(1)
        if len(code) > 1 and 0xD800 <= int(code[1:], 16) < 0xE000:
            raise ValueError("\\%s is half a character" % code)
        if len(code) > 1 and int(code[1:], 16) > _LAST:
            raise ValueError("\\%s is no letter" % code)
        if len(code) > 1:
            return ("\\U" + code[1:].rjust(8, "0")).encode("ascii").decode("unicode_escape")
        if code not in _ESCAPES:
            raise ValueError("\\%s means nothing inside \"...\"; a path of Windows goes into '...'" % code)
        return _ESCAPES[code]

    return _ESCAPE.sub(letter, text)
