"""A rehearsal as one page for those who must sign off: self-contained, without scripts, readable without colour and on paper.

What it shows is a bundle's and its programs' own words: all of it is escaped, and the page may load and run nothing.
"""

from __future__ import annotations

import base64
from pathlib import PurePath
from typing import TYPE_CHECKING

from bundler import __version__
from bundler.formats.png import is_png
from bundler.plain_file import open_plain
from bundler.present.html_page import BAD, GOOD, NONE, code, facts, row, sign_off, stacked, table, text, whole_page
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
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from bundler.rehearse.results import Rehearsal, Step

_LARGEST_PICTURE = 4_000_000
"""Bytes; larger ones are named and not embedded."""
_MOST_PICTURES = 20
MARKS = {Outcome.PASSED: f"{GOOD} passed", Outcome.FAILED: f"{BAD} FAILED", Outcome.SKIPPED: f"{NONE} skipped"}
"""Verdicts in words."""


def as_html(found: Rehearsal, logs: Path) -> str:
    """The whole page; ``logs``: the folder that screenshots are read from."""
    verdict = "passed" if found.passed else "FAILED"
    return whole_page(
        f"Rehearsal of {found.bundle}: {verdict}",
        [
            *_head(found),
            *_limits(found),
            *_steps(found.steps),
            *_pictures(found.steps, logs),
            *_connections(found.steps),
            *_installed(found),
            *_left(found),
            *_limits(found),
            *sign_off(),
        ],
    )


def _head(found: Rehearsal) -> Iterator[str]:
    state, moment = "passed" if found.passed else "failed", began(found)
    mark = GOOD if found.passed else BAD
    yield f"<h1>Rehearsal of {text(found.bundle)}</h1>"
    yield f'<p class="verdict {state}">{mark} {text(verdict_text(found).capitalize())}</p>'
    rows = [
        ("Release", code(found.release)),
        ("SHA-256", code(found.sha256)),
        ("Upgraded from", code(found.previous or "")),
        ("Rehearsed in", text(found.engine_words or found.engine)),
        ("Began", moment.strftime("%Y-%m-%d %H:%M:%S UTC") if moment else ""),
        ("Took", text(seconds_text(total_seconds(found)))),
        ("Used", text(resources_text(found))),
        ("Written by", f"offline-bundler {text(__version__)}"),
    ]
    yield from facts(rows)


def _limits(found: Rehearsal) -> Iterator[str]:
    yield from limits(found, level=2)


def limits(found: Rehearsal, *, level: int) -> Iterator[str]:
    """What it could not prove; ``level``: of its heading."""
    yield f'<div class="limits"><h{level}>What this rehearsal could not prove</h{level}><ul>'
    yield from (f"<li>{text(each)}</li>" for each in found.unproven or (NOTHING_UNPROVEN,))
    yield "</ul></div>"


def _steps(steps: Sequence[Step]) -> Iterator[str]:
    yield "<h2>Steps</h2>"
    yield from steps_table(steps)


def steps_table(steps: Sequence[Step]) -> Iterator[str]:
    """Each step with its verdict, and why it failed or was skipped."""
    rows = []
    for number, step in enumerate(steps, 1):
        state = step.outcome.value
        time = "" if step.outcome is Outcome.SKIPPED else seconds_text(step.seconds)
        row = f' class="{state}-row"' if step.outcome is Outcome.SKIPPED else ""
        rows.append(
            f'<tr{row}><td class="number">{number}</td><td class="mark {state}">{MARKS[step.outcome]}</td>'
            f'<td>{text(step.title)}{"".join(_details(step))}</td><td class="number">{time}</td></tr>'
        )
    yield from table(("", "Verdict", "Step", "Time"), rows, counts=True)


def _details(step: Step) -> Iterator[str]:
    if step.reason:
        yield f'<div class="reason">{text(step.reason)}</div>'
    if step.outcome is Outcome.FAILED:
        if step.output:
            yield f"<pre>{text(step.output)}</pre>"
        if step.log:
            yield f'<div class="note">whole log: <code>{text(step.log)}</code></div>'


def _pictures(steps: Sequence[Step], logs: Path) -> Iterator[str]:
    named = [(step, name) for step in steps for name in step.screenshots]
    if not named:
        return
    yield "<h2>Screenshots</h2>"
    for number, (step, name) in enumerate(named):
        data = _picture(logs, name) if number < _MOST_PICTURES else None
        words = f"{step.title}: {name}"
        if data is None:
            yield f'<p class="note">{text(words)} (not shown here)</p>'
        else:
            source = f"data:image/png;base64,{base64.b64encode(data).decode()}"
            yield f'<figure><img src="{source}" alt="{text(words)}"><figcaption>{text(words)}</figcaption></figure>'


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
    yield from connections(steps)


def connections(steps: Sequence[Step]) -> Iterator[str]:
    """What tried to leave the machine, and was refused."""
    rows = []
    for step in steps:
        for each, times in counted(step.attempts):
            stack = f"<pre>{text(chr(10).join(each.stack))}</pre>" if each.stack else ""
            program = code(each.program) if each.program else UNKNOWN_PROGRAM
            allowed = "allowed by the recipe" if each.allowed else "not allowed"
            rows.append((code(each.address), program + stack, text(step.title), allowed, str(times)))
    if rows:
        yield "<p>Each was refused: the machine had no network.</p>"
        yield from stacked(("Address", "Program", "During", "Verdict", "Times"), rows)
    else:
        yield "<p>Nothing tried to.</p>"


def _installed(found: Rehearsal) -> Iterator[str]:
    if found.installed:
        yield "<h2>What was installed</h2>"
        rows = [row(text(what), code(which)) for what, which in found.installed]
        yield from table(("What", "Which"), rows)


def _left(found: Rehearsal) -> Iterator[str]:
    yield "<h2>What was left after the removal</h2>"
    if not found.left:
        removed = any(step.name.startswith("uninstall") and step.outcome is Outcome.PASSED for step in found.steps)
        yield f"<p>{'Nothing.' if removed else 'Not known: the removal was not rehearsed to its end.'}</p>"
        return
    rows = [
        f"<tr><td>{text(each.kind)}</td><td><code>{text(each.name)}</code></td>"
        f"<td>{'as documented' if each.declared else 'NOT documented'}</td></tr>"
        for each in sorted(found.left, key=lambda each: each.declared)
    ]
    yield from table(("What", "Which", ""), rows)
