"""A rehearsal's page: whole in itself, nothing in it runs or is loaded, and others' words are words."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import re
from typing import TYPE_CHECKING

from bundler.present.rehearsal_html import as_html
from bundler.rehearse.results import Left, Outcome, Rehearsal, Step
from tests.support.html_seen import Page
from tests.support.rehearsals import ATTACK, FAILED, HOSTILE, PASSED, PIXEL

if TYPE_CHECKING:
    from pathlib import Path


def test_it_says_what_was_found(tmp_path: Path) -> None:
    (tmp_path / "page.png").write_bytes(PIXEL)
    page = Page(as_html(PASSED, tmp_path))
    assert not page.open
    for words in (
        "Passed: 3 steps, 1 skipped",
        "1.0-1f3a9c07",
        "ab" * 32,
        "0.9-77aa1b2c",
        "2026-11-29 22:45:00 UTC",
        "1 min 02 s",
        "412.0 MB of memory at most, 1.2 GB of disk",
        "there is no older bundle",
        "Nothing tried to.",
        "C:\\Envs\\Example",
        "Nothing.",
    ):
        assert words in page.text, words
    assert [each["src"] for tag, each in page.tags if tag == "img"] == [
        "data:image/png;base64," + base64.b64encode(PIXEL).decode()
    ]


def test_a_failure_leads_to_its_cause(tmp_path: Path) -> None:
    text = Page(as_html(FAILED, tmp_path)).text
    for words in (
        "Failed: 1 of 2 steps",
        "the module late.binding can't be imported: DLL load failed",
        "ImportError: DLL load failed",
        "checks.log",
        'File "app.py", line 3, in fetch_model',
        "allowed by the recipe",
        "not allowed",
        "NOT documented",
        "as documented",
    ):
        assert words in text, words


def test_it_begins_and_ends_with_what_was_not_proven(tmp_path: Path) -> None:
    text = Page(as_html(PASSED, tmp_path)).text
    first, last = text.find(PASSED.unproven[0]), text.rfind(PASSED.unproven[0])
    assert first < text.find("Steps") < text.find("What was installed") < last


def test_verdicts_are_words_and_not_colours(tmp_path: Path) -> None:
    text = Page(as_html(dataclasses.replace(ATTACK, bundle="x"), tmp_path)).text
    assert "✓ passed" in text
    assert "✗ FAILED" in text
    assert "\N{EN DASH} skipped" in text


def test_nothing_runs_and_nothing_is_loaded(tmp_path: Path) -> None:
    written = as_html(ATTACK, tmp_path)
    page = Page(written)
    assert not page.open
    assert {tag for tag, _ in page.tags} <= {
        *("html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "p", "table", "thead", "tbody", "tr"),
        "th",
        *("td", "div", "pre", "code", "section", "ul", "li", "figure", "img", "figcaption"),
    }
    names = {name for _, attributes in page.tags for name in attributes}
    known = {"lang", "charset", "http-equiv", "content", "name", "class", "scope", "colspan", "src", "alt", "data-name"}
    assert names <= known
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\ud800-\udfff]", written)
    assert "<script" not in written
    written.encode("utf-8")


def test_the_policy_allows_this_style_and_pictures_alone(tmp_path: Path) -> None:
    written = as_html(PASSED, tmp_path)
    (policy,) = [each["content"] for tag, each in Page(written).tags if each.get("http-equiv")]
    style = re.findall(r"<style>(.*?)</style>", written, re.DOTALL)
    known = base64.b64encode(hashlib.sha256(style[0].encode()).digest()).decode()
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{known}'; img-src data:; base-uri 'none'; form-action 'none'"
    )
    assert "url(" not in style[0]
    assert "style=" not in written


def test_pictures_come_from_the_folder_of_logs_alone(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    (tmp_path / "secret.png").write_bytes(PIXEL)
    (logs / "link.png").symlink_to(tmp_path / "secret.png")
    (logs / "page.txt").write_bytes(b"no picture")
    assert "<img" not in as_html(ATTACK, logs)


def test_a_huge_picture_is_named_alone(tmp_path: Path) -> None:
    with (tmp_path / "page.png").open("wb") as file:
        file.write(PIXEL)
        file.truncate(5_000_000)
    written = as_html(PASSED, tmp_path)
    assert "<img" not in written
    assert "page.png (not shown here)" in written


def test_thousands_of_rows_are_counted(tmp_path: Path) -> None:
    many = dataclasses.replace(FAILED, left=tuple(Left(kind="file", name=f"f{i}", declared=False) for i in range(3000)))
    written = as_html(many, tmp_path)
    assert "and 2000 more" in written
    assert written.count("<tr") < 1100


def test_a_removal_that_was_not_reached_proves_nothing(tmp_path: Path) -> None:
    step = Step(name="install", title="installation", outcome=Outcome.FAILED, seconds=1.0)
    text = Page(as_html(dataclasses.replace(FAILED, steps=(step,), left=()), tmp_path)).text
    assert "Not known: the removal was not rehearsed to its end." in text


def test_hostile_words_are_shown(tmp_path: Path) -> None:
    assert HOSTILE[:30] in Page(as_html(ATTACK, tmp_path)).text
    assert isinstance(ATTACK, Rehearsal)
