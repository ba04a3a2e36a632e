"""Tables of a bundle for an accreditor's spreadsheet (RFC 4180, UTF-8): the hash of each file, the licence of each package."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

from bundler.present.console import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bundler.model.manifest import Member
    from bundler.pack.inspection import PackageLine

_SIGNS = r"=+\-@\uff1d\uff0b\uff0d\uff20"
"""With those that are as wide as Chinese characters."""
_BEGINNING = re.compile(rf"((?:^|[;,\t\n])[\"\s]*+)([{_SIGNS}]?)")
"""Where one would begin: of a cell, and of what spreadsheets take for one whose country separates cells by semicolons."""


def hashes_table(members: Iterable[Member]) -> str:
    """Path, bytes, SHA-256."""
    return _table(("file", "size", "sha256"), ((each.path, str(each.size), each.sha256) for each in members))


def licences_table(packages: Iterable[PackageLine]) -> str:
    """Package, version, the licence that it states, where its texts lie; both of the latter may be empty."""
    rows = ((each.name, each.version, each.license, " ".join(each.license_files)) for each in packages)
    return _table(("package", "version", "licence", "texts"), rows)


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_cell(each) for each in row] for row in rows)
    return stream.getvalue()


def _cell(words: str) -> str:
    """A spreadsheet computes what begins like a formula: an apostrophe before it keeps it a text."""
    shown = _BEGINNING.sub(lambda found: f"{found[1]}'{found[2]}" if found[2] else found[1], visible(words))
    return f"'{shown}" if shown.startswith(("\t", "\n")) else shown
