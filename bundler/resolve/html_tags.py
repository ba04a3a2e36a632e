"""HTML as tags and texts, in one pass from a page's beginning to its end: no text makes it look at a character many times.

The standard library's parser looks for the end of each comment, declaration and tag again and again where there is none, and raises what
isn't documented; a parser that makes a tree takes more memory than a page of an index is worth. This reads what PEP 503 needs: tags with
their attributes, and texts; comments, and the content of elements that holds no HTML, are left out. Its patterns are possessive: they never go back.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, NamedTuple

from bundler.resolve.page_bounds import check_marks

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_NAME = re.compile(r"[^\s/>]++")
_ATTRIBUTE = re.compile(r"""[\s/]*+([^\s/>][^\s/>=]*+)(?:\s*+=\s*+(?:"([^"]*+)"?+|'([^']*+)'?+|([^\s>]*+)))?+""")
_TAG_END = re.compile(r"[\s/]*+>")
_RAW = {each: re.compile(rf"</{each}(?=[\s/>])", re.IGNORECASE) for each in ("script", "style", "textarea", "title")}
"""Elements in which ``<`` is a character like any other."""


class Tag(NamedTuple):
    """``name`` in small letters, ``/a`` of an end tag; ``attributes`` by their names in small letters, None: without a value."""

    name: str
    attributes: Mapping[str, str | None]


def read_html(text: str) -> Iterator[Tag | str]:
    """Tags, and the texts between them, in the page's order.

    A tag, a comment or a declaration without an end goes to the end of the page and counts for nothing, as in browsers. Raises
    ValueError for a character reference with thousands of digits, PageTooLargeError where there are too many tags, references or attributes.
    """
    check_marks(text.count("<"))
    check_marks(text.count("&"))
    position, seen = 0, 0
    while True:
        start = text.find("<", position)
        end = len(text) if start < 0 else start
        if end > position:
            yield html.unescape(text[position:end])
        if start < 0:
            return
        ending = text.startswith("</", start)
        first = text[start + 1 + ending : start + 2 + ending]
        if not (first.isascii() and first.isalpha()):
            position = _behind(text, start)
            if position == start + 1:
                yield "<"
            continue
        name = _name(text, start + 1 + ending)
        attributes, position, seen = _attributes(text, start + 1 + ending + len(name), seen)
        if position < 0:
            return
        name = name.lower()
        yield Tag("/" + name if ending else name, attributes)
        if not ending and name in _RAW:
            found = _RAW[name].search(text, position)
            if found is None:
                return
            position = found.start()


def _name(text: str, start: int) -> str:
    found = _NAME.match(text, start)
    return found[0] if found else ""


def _attributes(text: str, place: int, seen: int) -> tuple[dict[str, str | None], int, int]:
    """A tag's attributes, of two of one name the first; the place behind the tag, -1: it has no end; how many there were up to it, ``seen`` before it."""
    attributes: dict[str, str | None] = {}
    while found := _ATTRIBUTE.match(text, place):
        seen += 1
        check_marks(seen)
        value = next((each for each in found.groups()[1:] if each is not None), None)
        attributes.setdefault(found[1].lower(), None if value is None else html.unescape(value))
        place = found.end()
    closed = _TAG_END.match(text, place)
    return attributes, closed.end() if closed else -1, seen


def _behind(text: str, start: int) -> int:
    """The place behind what begins at ``start`` and is no tag: a comment, a declaration, or only this one character."""
    if text.startswith("<!--", start):
        end = text.find("-->", start + 2)  # <!--> is a whole comment
        return len(text) if end < 0 else end + 3
    if text.startswith(("<!", "<?", "</"), start):
        end = text.find(">", start)
        return len(text) if end < 0 else end + 1
    return start + 1
