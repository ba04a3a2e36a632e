r"""The forms in which a secret gets into a text: as it is, and as whoever writes it down has to quote it.

A command line writes ``a"b`` as ``a\"b`` or, for Windows Installer, as ``a""b``; JSON and the words of an error have backslashes of their
own; and cmd wants ``^`` and ``%%``. Each form may stand inside of longer words. Of a secret of several lines each long one is a secret too: programs
and screens work line by line.
"""

from __future__ import absolute_import, unicode_literals

import json
import re
import subprocess

_LONG = 6
"""Characters of a line that is a secret by itself; a shorter one (``{``) would be found everywhere."""
_CMD = re.compile(r"([()%!^\"<>&|])")


def forms(secret):
    # type: (str) -> list[str]
    found = {secret, secret.replace("\r\n", "\n")}  # as it is, and as a program's output has it here
    found |= {each for each in (line.strip() for line in secret.splitlines()) if len(each) >= _LONG}
    for each in list(found):
        found |= _quoted(each)
    for each in list(found):
        found |= {each.replace("%", "%%"), _CMD.sub(r"^\1", each)}
    return sorted(found)


def _quoted(text):
    # type: (str) -> set[str]
    # inside of a word with other parts, and as the end of one that is put into quotes
    inner, last = subprocess.list2cmdline(["x " + text + " x"]), subprocess.list2cmdline(["x " + text])
    found = {inner[len('"x ') : -len(' x"')], last[len('"x ') : -len('"')]}
    found.add(text.replace('"', '""'))
    found |= {json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]}
    escaped = text.replace("\\", "\\\\")
    whole = text.encode("unicode_escape").decode("ascii")
    return (
        found
        | {each.replace(quote, "\\" + quote) for each in (escaped, whole) for quote in ("'", '"')}
        | {escaped, whole}
    )
