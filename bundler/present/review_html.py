"""A bundle as one page for whoever decides whether it may enter a network: first what there is to decide, then each part of it.

All that it shows is the bundle's own words, or a stranger's. It has no script and no time: the same bundle and the same papers give the same page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bundler import __version__
from bundler.pack.machine_changes import WHOLE_MACHINE
from bundler.present.bundle_words import freshness_text
from bundler.present.html_page import BAD, GOOD, LOOK, code, facts, sign_off, text, whole_page
from bundler.present.rehearsal_words import verdict_text
from bundler.present.review_changes_html import changes_section
from bundler.present.review_contents_html import contents_sections
from bundler.present.review_provenance_html import IDENT, TITLE, provenance_points
from bundler.present.review_verdicts_html import rehearsal_section, verdict_sections
from bundler.report import count_text, size_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bundler.pipeline.review import Review
    from bundler.trust.findings import NotJudged

_WORDS = {GOOD: ("good", f"{GOOD} good"), LOOK: ("look", f"{LOOK} look"), BAD: ("bad", f"{BAD} bad")}
_NAMED = 3
_SECTIONS = (
    ("signatures", "Signatures"),
    (IDENT, TITLE),
    ("vulnerabilities", "Known vulnerabilities"),
    ("differences", "Differences to the last bundle"),
    ("changes", "What the installation changes"),
    ("rehearsal", "Rehearsal"),
    ("sizes", "Sizes"),
    ("origins", "Origins"),
    ("publishers", "Publishers"),
    ("licences", "Licences"),
    ("made", "Built or converted"),
    ("startup", "Code at Python's start"),
    ("lacking", "What the server must have"),
    ("files", "Files of the bundle"),
    ("packages", "All packages"),
)


def as_html(found: Review) -> str:
    """The whole page."""
    info = found.contents.bundle
    return whole_page(
        f"Review of {info.name} {info.version}",
        [
            *_head(found),
            *_glance(found),
            *_contents(),
            *verdict_sections(found),
            *changes_section(found),
            *rehearsal_section(found),
            *contents_sections(found),
            *sign_off(),
        ],
    )


def _head(found: Review) -> Iterator[str]:
    info, target = found.contents.bundle, found.contents.target
    yield f"<h1>Review of {text(info.name)} {text(info.version)}</h1>"
    yield from facts(
        [
            ("File", code(found.path.name)),
            ("SHA-256", code(found.sha256) or "a folder has none; that of its <code>SHA256SUMS</code> is signed"),
            ("Release", code(info.release)),
            ("Made by", text(info.publisher or "not stated")),
            ("For", text(f"CPython {target.python} on {target.platform}")),
            ("Freshness", text(freshness_text(info) or "no sequence number, and no last day")),
            ("Inputs as of", text(found.contents.created)),
            ("Installs to", code(found.contents.environment)),
            ("Data", code(found.contents.data or "") or "no folder of its own"),
            ("Written by", text(f"offline-bundler {__version__}")),
        ]
    )


def _glance(found: Review) -> Iterator[str]:
    yield '<h2 id="glance">At a glance</h2><ul class="glance">'
    for mark, words, ident in _points(found):
        state, label = _WORDS[mark]
        title = dict(_SECTIONS).get(ident, "")
        link = f' <a href="#{ident}">See {title[:1].lower()}{title[1:]}</a>' if ident else ""
        yield f'<li><span class="mark {state}">{label}</span> <span>{text(words)}.{link}</span></li>'
    yield "</ul>"


def _contents() -> Iterator[str]:
    yield '<nav aria-label="Sections"><ol>'
    yield from (f'<li><a href="#{ident}">{words}</a></li>' for ident, words in _SECTIONS)
    yield "</ol></nav>"


def _points(found: Review) -> Iterator[tuple[str, str, str]]:
    """Mark, words, section; what is wrong doesn't come first: each review has the same order."""
    yield from _signature_points(found)
    yield from provenance_points(found)
    yield GOOD, f"Every byte is what the manifest says: {count_text(found.files, 'file')}, {size_text(found.size)}", ""
    yield from _audit_points(found)
    yield from _difference_points(found)
    yield from _machine_points(found)
    if found.rehearsal is None:
        yield LOOK, "No result of a rehearsal was given", "rehearsal"
    else:
        mark = GOOD if found.rehearsal.passed else BAD
        words = f"Its rehearsal {verdict_text(found.rehearsal)}, as the file of its result says, which nothing signs"
        yield mark, words, "rehearsal"
    yield from _package_points(found)


def _signature_points(found: Review) -> Iterator[tuple[str, str, str]]:
    signatures = found.signatures
    count = count_text(len(signatures.verdicts), "signature")
    if not signatures.verdicts:
        yield BAD if signatures.checked else LOOK, "No signature lies beside it: nobody vouches for it", "signatures"
    elif not signatures.checked:
        yield LOOK, f"{count} beside it, not checked: nobody said who may sign", "signatures"
    else:
        wanted = f"{signatures.threshold} {'is' if signatures.threshold == 1 else 'are'} asked for"
        mark = GOOD if signatures.enough else BAD
        yield mark, f"Signed by {count_text(signatures.signers, 'allowed signer')}; {wanted}", "signatures"
        if wrong := sum(not each.identities for each in signatures.verdicts):
            yield (
                LOOK,
                f"{count_text(wrong, 'signature')} of {len(signatures.verdicts)} beside it {_does(wrong)} count",
                "signatures",
            )


def _does(number: int) -> str:
    return "doesn't" if number == 1 else "don't"


def _audit_points(found: Review) -> Iterator[tuple[str, str, str]]:
    audited = found.audit
    if audited is None:
        yield LOOK, "Not compared with known vulnerabilities: no snapshot of advisories was given", "vulnerabilities"
    elif open_ones := [each for each in audited.findings if not each.settled]:
        yield BAD, f"{count_text(len(open_ones), 'known vulnerability')} in it", "vulnerabilities"
    elif not audited.unread and not audited.findings:
        what, mark = "Nothing in it", GOOD
        if audited.not_judged:  # a snapshot that is silent about all packages says nothing good of them
            what, mark = f"{_not_judged_words(audited.not_judged)}. Nothing else in it", LOOK
        yield mark, f"{what} is known to be vulnerable, by {count_text(audited.records, 'record')}", "vulnerabilities"
    if audited is not None and (audited.findings or audited.unread) and not audited.is_complete:
        yield LOOK, _not_judged_words([each for each in audited.not_judged if each.counts]), "vulnerabilities"
    if audited is not None and audited.unread:
        words = f"{count_text(len(audited.unread), 'record')} of advisories that may concern it can't be read"
        yield LOOK, words, "vulnerabilities"
    if audited is not None and (settled := sum(each.settled for each in audited.findings)):
        yield LOOK, f"{count_text(settled, 'known vulnerability')} stated to need nothing", "vulnerabilities"


def _not_judged_words(silent: Sequence[NotJudged]) -> str:
    more = len(silent) - _NAMED
    return f"Not judged: {', '.join(each.place for each in silent[:_NAMED])}{f' and {more} more' if more > 0 else ''}"


def _difference_points(found: Review) -> Iterator[tuple[str, str, str]]:
    if found.comparison is None:
        yield LOOK, "Not compared with an earlier bundle: none was given", "differences"
    else:
        before, number = found.comparison.before, len(found.comparison.differences)
        words = f"{count_text(number, 'difference')} to {before.name} {before.version}"
        yield LOOK if number else GOOD, words, "differences"


def _machine_points(found: Review) -> Iterator[tuple[str, str, str]]:
    contents = found.contents
    mark, words = (
        (LOOK, "It needs administrator's rights") if contents.admin else (GOOD, "It needs no administrator's rights")
    )
    yield mark, words, "changes"
    if any(each.name == WHOLE_MACHINE for each in found.changes if each.kind == "right"):
        yield BAD, "A service runs as LocalSystem, which may do everything on the machine", "changes"
    unsigned = [each.name for each in contents.prerequisites if each.signer is None]
    if contents.runtime.sha256 and contents.runtime.signer is None:
        unsigned.insert(0, f"the Python ({contents.runtime.source})")
    if unsigned:
        yield LOOK, f"Not signed by those who made it: {', '.join(unsigned)}", "changes"
    for number, what in ((len(contents.prerequisites), "installer"), (len(contents.post_install), "command")):
        if number:
            yield (
                LOOK,
                f"{count_text(number, what)} of others {'changes' if number == 1 else 'change'} the machine",
                "changes",
            )


def _package_points(found: Review) -> Iterator[tuple[str, str, str]]:
    packages = found.contents.all_packages
    unstated, without = sum(not each.license for each in packages), sum(not each.license_files for each in packages)
    if unstated or without:
        words = f"{unstated} without a stated licence and {without} without the text of one"
        words = f"Of {count_text(len(packages), 'package')} {words}"
        yield LOOK, words, "licences"
    else:
        yield GOOD, f"Each of {count_text(len(packages), 'package')} states a licence and brings its text", "licences"
    if wrong := [each.name for each in found.publishers or () if each.why]:
        yield BAD, f"Attestations of who published it are not valid: {', '.join(wrong)}", "publishers"
    if made := sum(each.made_from is not None for each in packages):
        yield LOOK, f"{count_text(made, 'package')} built or converted by whoever made the bundle", "made"
    if starting := sum(bool(each.startup) for each in packages):
        yield LOOK, f"Code of {count_text(starting, 'package')} may run whenever its Python starts", "startup"
    if found.contents.dlls:
        yield LOOK, f"{count_text(len(found.contents.dlls), 'DLL')} that it doesn't bring itself", "lacking"
