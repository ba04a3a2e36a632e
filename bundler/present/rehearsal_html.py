"""A rehearsal as one page for those who must sign off: self-contained, without scripts, readable without colour and on paper.

What it shows is a bundle's and its programs' own words: all of it is escaped, and the page may load and run nothing.
"""

from __future__ import annotations

import base64
import hashlib
import html
from importlib.resources import files
from pathlib import PurePath
from typing import TYPE_CHECKING

from bundler import __version__
from bundler.formats.png import is_png
from bundler.plain_file import open_plain
from bundler.present.console import visible
from bundler.present.rehearsal_words import (
    NOTHING_UNPROVEN,
    UNKNOWN_PROGRAM,
    began,
    counted,
    resources_text,
    seconds_text,
    total_seconds,
    verdict_text,
)
from bundler.rehearse.results import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from bundler.rehearse.results import Rehearsal, Step

_LARGEST_PICTURE = 4_000_000
"""Bytes; larger ones are named and not embedded."""
_MOST_PICTURES = 20
_MOST_ROWS = 1000
_MARKS = {Outcome.PASSED: "\N{CHECK MARK} passed", Outcome.FAILED: "\N{BALLOT X} FAILED", Outcome.SKIPPED: "\N{EN DASH} skipped"}  # fmt: skip


def as_html(found: Rehearsal, logs: Path) -> str:
    """The whole page; ``logs``: the folder that screenshots are read from."""
    style = files("bundler.present").joinpath("rehearsal.css").read_text(encoding="utf-8")
    known = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{known}'; img-src data:; base-uri 'none'; form-action 'none'"
    title = _text(f"Rehearsal of {found.bundle}: {'passed' if found.passed else 'FAILED'}")
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en">',
        '<head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer">',
        f"<title>{title}</title>",
        f"<style>{style}</style></head>",
        "<body>",
        *_head(found),
        *_limits(found),
        *_steps(found.steps),
        *_pictures(found.steps, logs),
        *_connections(found.steps),
        *_installed(found),
        *_left(found),
        *_limits(found),
        *_sign_off(),
        "</body></html>",
    ]
    return "\n".join(parts) + "\n"


def _text(text: str) -> str:
    """Others' words: escaped, and nothing in them that is invisible or turns letters around."""
    return html.escape(visible(text))


def _head(found: Rehearsal) -> Iterator[str]:
    state, moment = "passed" if found.passed else "failed", began(found)
    mark = "\N{CHECK MARK}" if found.passed else "\N{BALLOT X}"
    yield f"<h1>Rehearsal of {_text(found.bundle)}</h1>"
    yield f'<p class="verdict {state}">{mark} {_text(verdict_text(found).capitalize())}</p>'
    facts = [
        ("Release", f"<code>{_text(found.release)}</code>"),
        ("SHA-256 of the archive", f"<code>{_text(found.sha256)}</code>"),
        ("Upgraded from", f"<code>{_text(found.previous)}</code>" if found.previous else ""),
        ("Rehearsed in", _text(found.engine_words or found.engine)),
        ("Began", moment.strftime("%Y-%m-%d %H:%M:%S UTC") if moment else ""),
        ("Took", _text(seconds_text(total_seconds(found)))),
        ("Used", _text(resources_text(found))),
        ("Written by", f"offline-bundler {_text(__version__)}"),
    ]
    yield '<table class="facts">'
    yield from (f'<tr><th scope="row">{name}</th><td>{value}</td></tr>' for name, value in facts if value)
    yield "</table>"


def _limits(found: Rehearsal) -> Iterator[str]:
    yield '<section class="limits"><h2>What this rehearsal could not prove</h2><ul>'
    yield from (f"<li>{_text(each)}</li>" for each in found.unproven or (NOTHING_UNPROVEN,))
    yield "</ul></section>"


def _steps(steps: Sequence[Step]) -> Iterator[str]:
    yield "<h2>Steps</h2>"
    rows = []
    for number, step in enumerate(steps, 1):
        state = step.outcome.value
        time = "" if step.outcome is Outcome.SKIPPED else seconds_text(step.seconds)
        row = f' class="{state}-row"' if step.outcome is Outcome.SKIPPED else ""
        rows.append(
            f'<tr{row}><td class="number">{number}</td><td class="mark {state}">{_MARKS[step.outcome]}</td>'
            f'<td>{_text(step.title)}{"".join(_details(step))}</td><td class="number">{time}</td></tr>'
        )
    yield from _table(("", "Verdict", "Step", "Time"), rows, counts=True)


def _details(step: Step) -> Iterator[str]:
    if step.reason:
        yield f'<div class="reason">{_text(step.reason)}</div>'
    if step.outcome is Outcome.FAILED:
        if step.output:
            yield f"<pre>{_text(step.output)}</pre>"
        if step.log:
            yield f'<div class="note">whole log: <code>{_text(step.log)}</code></div>'


def _pictures(steps: Sequence[Step], logs: Path) -> Iterator[str]:
    named = [(step, name) for step in steps for name in step.screenshots]
    if not named:
        return
    yield "<h2>Screenshots</h2>"
    for number, (step, name) in enumerate(named):
        data = _picture(logs, name) if number < _MOST_PICTURES else None
        words = f"{step.title}: {name}"
        if data is None:
            yield f'<p class="note">{_text(words)} (not shown here)</p>'
        else:
            source = f"data:image/png;base64,{base64.b64encode(data).decode()}"
            yield f'<figure><img src="{source}" alt="{_text(words)}"><figcaption>{_text(words)}</figcaption></figure>'


def _picture(logs: Path, name: str) -> bytes | None:
    """A PNG of the folder of logs; None where it is none, or too large."""
    if PurePath(name).name != name or "\\" in name:
        return None
    try:
        with open_plain(logs / name, follow_links=False) as stream:
            data = stream.read(_LARGEST_PICTURE + 1)
    except (OSError, ValueError):
        return None
    return data if is_png(data) and len(data) <= _LARGEST_PICTURE else None


def _connections(steps: Sequence[Step]) -> Iterator[str]:
    yield "<h2>Attempts to leave the machine</h2>"
    rows = []
    for step in steps:
        for each, times in counted(step.attempts):
            stack = f"<pre>{_text(chr(10).join(each.stack))}</pre>" if each.stack else ""
            program = f"<code>{_text(each.program)}</code>" if each.program else UNKNOWN_PROGRAM
            allowed = "allowed by the recipe" if each.allowed else "not allowed"
            rows.append(
                f"<tr><td><code>{_text(each.address)}</code></td><td>{program}{stack}</td>"
                f'<td>{_text(step.title)}</td><td>{allowed}</td><td class="number">{times}</td></tr>'
            )
    if rows:
        yield "<p>Each was refused: the machine had no network.</p>"
        yield from _table(("Address", "Program", "During", "", "Times"), rows, counts=True)
    else:
        yield "<p>Nothing tried to.</p>"


def _installed(found: Rehearsal) -> Iterator[str]:
    if found.installed:
        yield "<h2>What was installed</h2>"
        rows = [
            f"<tr><td>{_text(what)}</td><td><code>{_text(which)}</code></td></tr>" for what, which in found.installed
        ]
        yield from _table(("What", "Which"), rows)


def _left(found: Rehearsal) -> Iterator[str]:
    yield "<h2>What was left after the removal</h2>"
    if not found.left:
        removed = any(step.name.startswith("uninstall") and step.outcome is Outcome.PASSED for step in found.steps)
        yield f"<p>{'Nothing.' if removed else 'Not known: the removal was not rehearsed to its end.'}</p>"
        return
    rows = [
        f"<tr><td>{_text(each.kind)}</td><td><code>{_text(each.name)}</code></td>"
        f"<td>{'as documented' if each.declared else 'NOT documented'}</td></tr>"
        for each in sorted(found.left, key=lambda each: each.declared)
    ]
    yield from _table(("What", "Which", ""), rows)


def _sign_off() -> Iterator[str]:
    yield "<h2>Signed off</h2>"
    yield '<table class="sign"><tr><td></td><td></td><td></td></tr>'
    yield "<tr><th>name</th><th>date</th><th>signature</th></tr></table>"


def _table(columns: Iterable[str], rows: Sequence[str], *, counts: bool = False) -> Iterator[str]:
    """``counts``: the last column has numbers."""
    kind = ' class="counts"' if counts else ""
    yield f"<table{kind}><thead><tr>{''.join(f'<th scope=col>{each}</th>' for each in columns)}</tr></thead><tbody>"
    yield from rows[:_MOST_ROWS]
    if len(rows) > _MOST_ROWS:
        yield f'<tr><td colspan="5" class="note">and {len(rows) - _MOST_ROWS} more: `--json` has all</td></tr>'
    yield "</tbody></table>"
