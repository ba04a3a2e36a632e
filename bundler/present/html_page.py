"""Pages for those who must sign off: self-contained, without scripts, readable without colour and on paper.

What they show is a stranger's own words: all of it is escaped, and a page may load and run nothing.
"""

from __future__ import annotations

import base64
import hashlib
import html
from importlib.resources import files
from typing import TYPE_CHECKING

from bundler.present.console import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

MOST_ROWS = 1000
_LONGEST = 20_000
"""Characters of one text: more than a screen of output has."""
_UNSEEN = {
    code: f"\\u{code:04x}"
    for code in (
        *(0xAD, 0x034F, 0x061C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2028, 0x2029, 0x2800, 0x3164, 0xFEFF, 0xFFA0),
        *(*range(0x180B, 0x1810), *range(0x200B, 0x2010), *range(0x2060, 0x2070), *range(0xFFF0, 0xFFFC)),
        *range(0xFE00, 0xFE10),
    )
} | {code: f"\\U{code:08x}" for code in (*range(0x1BCA0, 0x1BCA4), *range(0x1D173, 0x1D17B), *range(0xE0000, 0xE1000))}
"""What has no width, ends lines, or says which way letters are read: with it two names that differ look alike. Sources: Default_Ignorable_Code_Point and White_Space
of the Unicode Character Database, and the empty pattern of braille."""
GOOD, BAD, LOOK, NONE = "\N{CHECK MARK}", "\N{BALLOT X}", "!", "\N{EN DASH}"
"""Marks before verdicts, which are words: a colour alone says nothing on paper."""


def whole_page(title: str, body: Iterable[str]) -> str:
    """The whole page; ``title``: as it is, ``body``: lines of HTML."""
    style = files("bundler.present").joinpath("page.css").read_text(encoding="utf-8")
    known = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{known}'; img-src data:; base-uri 'none'; form-action 'none'"
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en">',
        '<head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer">',
        f"<title>{text(title)}</title>",
        f"<style>{style}</style></head>",
        "<body><main>",
        *body,
        "</main></body></html>",
    ]
    return "\n".join(parts) + "\n"


def text(words: str) -> str:
    """Others' words: escaped, and nothing in them that is invisible or turns letters around."""
    more = len(words) - _LONGEST
    shown = visible(words[:_LONGEST]).translate(_UNSEEN) + (f" … and {more} characters more" if more > 0 else "")
    return html.escape(shown)


def code(words: str) -> str:
    """A name, a path, a hash."""
    return f"<code>{text(words)}</code>" if words else ""


def facts(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    """A table of names, as they are, and values in HTML; what has no value is left out."""
    yield '<table class="facts">'
    yield from (f'<tr><th scope="row">{name}</th><td>{value}</td></tr>' for name, value in rows if value)
    yield "</table>"


def table(
    columns: Iterable[str], rows: Sequence[str], *, counts: bool = False, more: str = "`--json` has all"
) -> Iterator[str]:
    """``rows``: whole ``<tr>``; ``counts``: the last column has numbers; ``more``: what has the rows that are too many."""
    kind, heads = ' class="counts"' if counts else "", list(columns)
    named = "".join(f'<th scope="col">{each}</th>' if each else "<td></td>" for each in heads)
    yield f"<table{kind}><thead><tr>{named}</tr></thead><tbody>"
    yield from rows[:MOST_ROWS]
    if len(rows) > MOST_ROWS:
        yield f'<tr><td colspan="{len(heads)}" class="note">and {len(rows) - MOST_ROWS} more: {more}</td></tr>'
    yield "</tbody></table>"


def heading(ident: str, words: str) -> str:
    """A section's heading, which links of the page lead to."""
    return f'<h2 id="{ident}">{words}</h2>'


def stacked(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A table of many columns, which narrow screens show a row below the other; ``rows``: cells in HTML."""
    labelled = [
        f"<tr>{''.join(f'<td{_label(name)}>{cell}</td>' for name, cell in zip(columns, cells, strict=True))}</tr>"
        for cells in rows
    ]
    yield '<div class="stacked">'
    yield from table(columns, labelled)
    yield "</div>"


def _label(name: str) -> str:
    return f' data-name="{name}"' if name else ""


def row(*cells: str) -> str:
    """A row of cells in HTML."""
    return f"<tr>{''.join(f'<td>{each}</td>' for each in cells)}</tr>"


def sign_off() -> Iterator[str]:
    """Room for those who sign on paper."""
    yield "<h2>Signed off</h2>"
    yield '<table class="sign"><tr><td></td><td></td><td></td></tr>'
    yield "<tr><th>name</th><th>date</th><th>signature</th></tr></table>"
