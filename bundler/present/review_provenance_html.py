"""How a bundle was built, as a part of the review page: what the statement beside it says, and whether anybody vouches for that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bundler.present.html_page import BAD, GOOD, LOOK, code, facts, heading, text
from bundler.report import count_text
from bundler.trust.build_statement import ANY_HOST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bundler.pipeline.review import Review
    from bundler.trust.statement_file import CheckedStatement

IDENT, TITLE = "provenance", "How it was built"


def provenance_points(found: Review) -> Iterator[tuple[str, str, str]]:
    """For the glance: mark, words, section."""
    provenance, statement = found.provenance, found.provenance.statement
    if provenance.fault:
        yield BAD, f"What is said of how it was built can't be believed: {provenance.fault}", IDENT
    elif statement is None:
        yield LOOK, "No statement of how it was built lies beside it", IDENT
    elif not provenance.checked and statement.signatures:
        yield LOOK, "A statement of how it was built lies beside it, not checked: nobody said who may sign", IDENT
    elif not statement.signers:
        yield LOOK, "Nobody has signed the statement of how it was built", IDENT
    else:
        yield GOOD, f"How it was built is stated by {', '.join(statement.signers)}", IDENT


def provenance_section(found: Review) -> Iterator[str]:
    """Who built it, when, on what, of what, with what."""
    provenance = found.provenance
    yield heading(IDENT, TITLE)
    if provenance.fault:
        yield f'<p class="verdict failed">{BAD} {text(provenance.fault)}.</p>'
        yield from (f"<p>{text(each)}</p>" for each in provenance.details)
        return
    if provenance.statement is None:
        yield "<p>No statement lies beside the bundle: <code>bundle build</code> writes one, to be sent along.</p>"
        return
    yield f"<p>{_vouched(provenance.statement, checked=provenance.checked)}</p>"
    said = provenance.statement.said
    yield from facts(
        [
            ("Statement", code(provenance.statement.file.name)),
            ("Builder", "nobody who is named: some host" if said.builder == ANY_HOST else text(said.builder)),
            ("Built until", text(said.finished)),
            ("Built on", text(said.host)),
            ("Built with", text(said.built_with)),
            ("Of", text(count_text(said.inputs, "input"))),
            ("Tools", text(", ".join(f"{name} {version}" for name, version in said.tools))),
        ]
    )


def _vouched(statement: CheckedStatement, *, checked: bool) -> str:
    if not checked and statement.signatures:
        return f"It is about these very bytes. Who signed it ({count_text(statement.signatures, 'signature')}) was not checked: nobody said who may sign."
    if not statement.signers:
        return "It is about these very bytes, and nobody has signed it: nothing says that it is true."
    return f"{GOOD} About these very bytes, and signed by {text(', '.join(statement.signers))}. It is their word."
