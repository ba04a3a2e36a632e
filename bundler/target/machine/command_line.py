"""How the C library of Python splits a command line, for the Pythons that don't show what it made of it.

Windows' own CommandLineToArgvW takes a quote that is doubled inside of quotes for their end as well; the C library, and so all Pythons, don't:
``"a ""b"" c"`` is one argument. Source: Microsoft, "Parsing C command-line arguments" (since Visual C++ 2008, which 2.7 is made with).
"""

from __future__ import absolute_import, unicode_literals

_BLANKS = " \t"


def split_command_line(line):
    # type: (str) -> list[str]
    """The first word is the program's: backslashes are nothing special there."""
    end, quoted = 0, False
    while end < len(line) and (quoted or line[end] not in _BLANKS):
        quoted = quoted != (line[end] == '"')
        end += 1
    found, at = [line[:end].replace('"', "")], _after_blanks(line, end)
    while at < len(line):
        word, at = _word(line, at)
        found.append(word)
        at = _after_blanks(line, at)
    return found


def _after_blanks(line, at):
    # type: (str, int) -> int
    while at < len(line) and line[at] in _BLANKS:
        at += 1
    return at


def _word(line, at):
    # type: (str, int) -> tuple[str, int]
    """And where it ends. Backslashes are doubled only before a quote."""
    word, quoted = "", False
    while at < len(line) and (quoted or line[at] not in _BLANKS):
        slashes = len(line) - at - len(line[at:].lstrip("\\"))
        at += slashes
        if line[at : at + 1] != '"':
            word += "\\" * slashes
            if at < len(line) and not slashes:
                word += line[at]
                at += 1
            continue
        word += "\\" * (slashes // 2)
        if slashes % 2:
            word += '"'
        elif quoted and line[at + 1 : at + 2] == '"':
            word += '"'
            at += 1
        else:
            quoted = not quoted
        at += 1
    return word, at
