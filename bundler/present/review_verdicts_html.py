"""What others say of a bundle, as parts of the review page: who signed it, how it was built, what is known to be vulnerable, what differs, how its rehearsal ended."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from bundler.present.audit_text import audited_words, not_judged_lines, said_words
from bundler.present.comparison_text import difference_words, side_words
from bundler.present.html_page import BAD, GOOD, LOOK, code, facts, heading, row, stacked, table, text
from bundler.present.rehearsal_html import connections, limits, steps_table
from bundler.present.rehearsal_words import began, verdict_text
from bundler.present.review_provenance_html import provenance_section
from bundler.report import count_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bundler.pack.comparison import Difference
    from bundler.pipeline.review import Review
    from bundler.trust.findings import Finding
    from bundler.trust.signature_check import Verdict


def verdict_sections(found: Review) -> Iterator[str]:
    """All but the rehearsal's, which comes after what the installation changes; in the page's order."""
    yield from _signatures(found)
    yield from provenance_section(found)
    yield from _vulnerabilities(found)
    yield from _differences(found)


def _signatures(found: Review) -> Iterator[str]:
    signatures = found.signatures
    yield heading("signatures", "Signatures")
    if not signatures.verdicts:
        yield "<p>No signature lies beside the bundle. Sums find accidents; whoever can change a bundle can change them too.</p>"
        return
    if not signatures.checked:
        yield "<p>Not checked: nobody said who may sign. A file that is called a signature proves nothing.</p>"
    yield from stacked(
        ("Verdict", "File", "Who", "Key"), [_verdict(each, checked=signatures.checked) for each in signatures.verdicts]
    )


def _verdict(each: Verdict, *, checked: bool) -> tuple[str, ...]:
    if each.identities:
        mark = f'<span class="mark good">{GOOD} counts</span>'
        return mark, code(each.file.name), text(", ".join(each.identities)), code(each.key)
    mark = (
        f'<span class="mark bad">{BAD} doesn\'t count</span>'
        if checked
        else f'<span class="mark look">{LOOK} not checked</span>'
    )
    return mark, code(each.file.name), text(each.why), ""


def _vulnerabilities(found: Review) -> Iterator[str]:
    audited = found.audit
    yield heading("vulnerabilities", "Known vulnerabilities")
    if audited is None:
        yield "<p>Not looked at: no snapshot of advisories was given (<code>--osv</code>).</p>"
        return
    open_ones = [each for each in audited.findings if not each.settled]
    settled = [each for each in audited.findings if each.settled]
    known = count_text(len(open_ones), "known vulnerability") if open_ones else "Nothing known"
    yield (
        f"<p>{known} in {audited_words(audited)}, by {count_text(audited.records, 'record')}. "
        "What is published later isn't known here.</p>"
    )
    if open_ones:
        yield from stacked(_ADVISED, map(_finding, open_ones))
    if settled:
        yield "<h3>Stated to need nothing</h3><p>By the statements that were given; nobody has checked these.</p>"
        yield from stacked(_ADVISED, map(_finding, settled))
    if audited.unread:
        yield "<h3>Records that can't be read, and may concern it</h3>"
        yield from table(("Record", "Why"), [row(code(each.name), text(each.reason)) for each in audited.unread])
    if audited.unjudged:
        names = ", ".join(map(text, audited.unjudged[:20]))
        yield f"<p>Not judged, since they name commits and no versions ({len(audited.unjudged)}): {names}.</p>"
    yield from (f"<p>{text(each[:1].upper() + each[1:])}.</p>" for each in not_judged_lines(audited.not_judged))


_ADVISED = ("Severity", "Package", "Advisory", "What it is", "Fixed in")


def _finding(each: Finding) -> tuple[str, ...]:
    aliases = f"<div>{', '.join(map(text, each.aliases))}</div>" if each.aliases else ""
    stated = f"<div>{text(said_words(each))}</div>" if each.statement is not None else ""
    return (
        f"<strong>{text(each.severity)}</strong>",
        text(each.place),
        f"{text(each.advisory)}{aliases}",
        text(each.summary) + stated,
        text(", ".join(each.fixed)) or "no version is known",
    )


def _differences(found: Review) -> Iterator[str]:
    compared = found.comparison
    yield heading("differences", "Differences to the last bundle")
    if compared is None:
        yield "<p>Not looked at: no earlier bundle was given (<code>--from</code>).</p>"
        return
    yield f"<p>From {text(side_words(compared.before))}<br>to {text(side_words(compared.after))}.</p>"
    yield "<p>Every byte of the earlier one was checked too. Who signed that wasn't.</p>"
    if not compared.differences:
        yield "<p>Nothing differs.</p>"
    for section, group in itertools.groupby(compared.differences, lambda each: each.section):
        yield f"<h3>{text(section[:1].upper() + section[1:])}</h3>"
        yield from table(("Change", "What"), [_difference(each) for each in group])


def _difference(each: Difference) -> str:
    return f'<tr><td class="mark">{each.change}</td><td>{text(difference_words(each))}</td></tr>'


def rehearsal_section(found: Review) -> Iterator[str]:
    """How the rehearsal ended, and what it could not prove."""
    rehearsal = found.rehearsal
    yield heading("rehearsal", "Rehearsal")
    if rehearsal is None:
        yield "<p>No result was given. <code>bundle rehearse</code> writes one beside the bundle.</p>"
        return
    state, mark = ("passed", GOOD) if rehearsal.passed else ("failed", BAD)
    yield f'<p class="verdict {state}">{mark} {text(verdict_text(rehearsal).capitalize())}</p>'
    yield "<p>As the file of its result says, which nothing signs.</p>"
    moment = began(rehearsal)
    yield from facts(
        [
            ("Rehearsed in", text(rehearsal.engine_words or rehearsal.engine)),
            ("Began", moment.strftime("%Y-%m-%d %H:%M:%S UTC") if moment else ""),
            ("Upgraded from", code(rehearsal.previous or "")),
        ]
    )
    yield from limits(rehearsal, level=3)
    yield "<h3>Steps</h3>"
    yield from steps_table(rehearsal.steps)
    yield "<h3>Attempts to leave the machine</h3>"
    yield from connections(rehearsal.steps)
    if left := [each for each in rehearsal.left if not each.declared]:
        yield "<h3>Left after the removal, and not documented</h3>"
        yield from table(("What", "Which"), [row(text(each.kind), code(each.name)) for each in left])
