"""The RECORD of an installed wheel, as pip writes it (the specification "Recording installed projects")."""

from __future__ import absolute_import, unicode_literals

import base64
import binascii
import csv
import io
import re

from ..compat import PY2, to_text
from .wheel_file import record_rows

TYPE_CHECKING = False
if TYPE_CHECKING:
    Row = tuple[str, str, str]

_SIZE = re.compile(r"[0-9]{1,18}\Z")
"""That a file can have: not every digit that there is makes a number, and one of thousands isn't taken for one."""


def installed_rows(old, places, changed, made):
    # type: (list[list[str]], dict[str, str], dict[str, tuple[str, str]], list[Row]) -> list[Row]
    """``old``: the wheel's own rows; ``places``: member -> path now; ``changed``: path -> hash and size; ``made``: rows of what the wheel
    did not hold. A member without a row gets one with no hash, a row without a member stays.
    """
    waiting = dict(places)
    rows = []
    for row in old:
        path = waiting.pop(row[0], row[0])
        digest, size = changed.get(path) or (row[1] if len(row) > 1 else "", row[2] if len(row) > 2 else "")
        rows.append((path, digest, size))
    return rows + made + [(path, "", "") for path in waiting.values()]


def recorded(content):
    # type: (bytes) -> list[tuple[str, str, int]]
    """Of each row with a SHA-256 and a size: the path, the SHA-256 in hex, the size in bytes. Other rows are left out."""
    found = []
    for row in record_rows(content.decode("utf-8", "replace")):
        if len(row) == 3 and row[1].startswith("sha256=") and _SIZE.match(row[2]):
            sha256 = hex_of(row[1])
            if sha256 is not None:
                found.append((row[0], sha256, int(row[2])))
    return found


def hex_of(stated):
    # type: (str) -> str | None
    """The SHA-256 of a row in hex: RECORD has base64 for URLs, without its padding (PEP 427). None for another hash, or none."""
    name, _, digest = stated.partition("=")
    if name != "sha256":
        return None
    try:
        raw = base64.urlsafe_b64decode((digest + "=" * (-len(digest) % 4)).encode("ascii"))
    except (ValueError, TypeError, binascii.Error):
        return None
    return to_text(binascii.hexlify(raw))


def encode_record(rows):
    # type: (list[Row]) -> bytes
    """Sorted, quoted where needed, each line ended by CR and LF."""
    if PY2:
        stream = io.BytesIO()
        encoded = [tuple(cell.encode("utf-8") for cell in row) for row in rows]
        csv.writer(stream).writerows(sorted(encoded))  # type: ignore[arg-type]
        return stream.getvalue()
    text = io.StringIO(newline="")
    csv.writer(text).writerows(sorted(rows))
    return text.getvalue().encode("utf-8")
