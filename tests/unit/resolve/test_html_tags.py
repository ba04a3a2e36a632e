"""HTML in one pass: what it is, and how often a character is looked at."""

from __future__ import annotations

import html.parser
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bundler.resolve.html_tags import Tag, read_html

if TYPE_CHECKING:
    from collections.abc import Sequence


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a&lt;b", ["a<b"]),
        ("<A HREF='x&amp;y' b=\"1>2\" c=3 d E = f>t</A >", [("a", "x&y 1>2 3 None f"), "t", ("/a", "")]),
        ("<a/><br/>", [("a", ""), ("br", "")]),
        ("<a b=1 b=2>", [("a", "1")]),
        ("1 < 2 <3", ["1 ", "<", " 2 ", "<", "3"]),
        ("a<!-- <a> -->b<!-->c<!--->d", ["a", "b", "c", "d"]),
        ("<!DOCTYPE html>x<?php >y<![CDATA[z]]>", ["x", "y"]),
        ("<script>a<b</SCRIPT>c", [("script", ""), ("/script", ""), "c"]),
        ("a<!-- b", ["a"]),
        ("a<b c='d>", ["a"]),
        ("a<script>b", ["a", ("script", "")]),
        ("a</>b</ >c", ["a", "b", "c"]),
        ("<![foo[", []),
    ],
)
def test_what_is_read(text: str, found: Sequence[str | tuple[str, str]]) -> None:
    read = [
        (each.name, " ".join(map(str, each.attributes.values()))) if isinstance(each, Tag) else each
        for each in read_html(text)
    ]
    assert read == list(found)


class Counted(str):
    """A text that counts the characters that are searched for in it."""

    __slots__ = ("searched",)

    def find(self, *arguments: object) -> int:
        start = int(arguments[1]) if len(arguments) > 1 else 0  # type: ignore[call-overload]
        found = str.find(self, *arguments)  # type: ignore[arg-type]
        self.searched = getattr(self, "searched", 0) + ((found if found >= 0 else len(self)) - start)
        return found


@pytest.mark.parametrize(
    "piece",
    [
        "<!--",
        "<![CDATA[",
        "<a ",
        "<![foo[",
        "<",
        "</",
        "<a b='",
        "<a b=\"'",
        "<?",
        "<!",
        "<script>",
        "<a =",
        "<a / ",
        "&#1",
    ],
)
def test_work_grows_as_the_text_does(piece: str) -> None:
    """Searches look at each character a few times; patterns are possessive, and begin where the last one ended."""
    text = Counted(piece * 50_000)
    assert sum(1 for _ in read_html(text)) <= 2 * len(text)
    assert text.searched <= 3 * len(text)


class Parser(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found.append(dict(attrs).get("href"))


PIECES = ["<a ", "href=", "'x'", '"y&amp;z"', ">", "</a>", "text", " ", "<b>", "<br/>", "<!-- c -->", "data-yanked"]


@given(st.lists(st.tuples(st.sampled_from(["x", "y&amp;z", ""]), st.sampled_from(["text", "<b>t</b>", "<!-- c -->"]))))
def test_pages_mean_what_the_standard_librarys_parser_says(anchors: list[tuple[str, str]]) -> None:
    text = "<html>" + "\n".join(f"<a class=k href='{href}' data-yanked>{body}</a><br/>" for href, body in anchors)
    parser = Parser()
    parser.feed(text)
    assert [
        each.attributes["href"] for each in read_html(text) if isinstance(each, Tag) and each.name == "a"
    ] == parser.found


@given(st.lists(st.sampled_from(PIECES)).map("".join) | st.text())
def test_any_text_is_read_to_its_end(text: str) -> None:
    assert sum(1 for _ in read_html(text)) <= 2 * len(text)
