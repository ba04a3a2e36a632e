"""The review page: what it says, that others' words stay words, and that it can load and run nothing."""

from __future__ import annotations

import dataclasses
import html
import itertools
import re
from typing import TYPE_CHECKING, Any, get_args

import pytest
from packaging.utils import canonicalize_name

from bundler.pack.machine_changes import Kind
from bundler.pack.reading import open_bundle
from bundler.pipeline.review import Provenance, Signatures
from bundler.pipeline.verified_publishers import VerifiedPublisher
from bundler.present.html_page import MOST_ROWS, text
from bundler.present.review_changes_html import KINDS
from bundler.present.review_contents_html import FOLDERS
from bundler.present.review_html import as_html
from bundler.trust.build_statement import ANY_HOST
from bundler.trust.findings import NotJudged
from bundler.trust.vex_statement import Statement
from tests.support.bundles import make_inputs, write_made
from tests.support.html_seen import Page
from tests.support.rehearsals import PASSED
from tests.support.reviews import STATEMENT, all_hostile, make_review
from tests.support.samples import sample

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.pipeline.review import Review
    from bundler.trust.vex_statement import Status

_WHOLE: Statement = sample(Statement)
STATED = dataclasses.replace(_WHOLE, status="not_affected", source="Example Ltd", reason="it isn't called")


@pytest.fixture
def review(tmp_path: Path) -> Review:
    return make_review(tmp_path)


def flat(page: str) -> str:
    """Its words, a blank between those of two cells."""
    return " ".join(html.unescape(re.sub(r"(?s)<style>.*?</style>|<[^>]*>", " ", page)).split())


def test_it_says_what_is_to_decide(review: Review) -> None:
    words = flat(as_html(review))
    for each in (
        "Review of example 4.14.2",
        "ab" * 32,
        "✗ bad Signed by 1 allowed signer; 2 are asked for.",
        "! look 1 signature of 2 beside it doesn't count.",
        "✓ good How it was built is stated by build@example.com.",
        "✗ bad 1 known vulnerability in it.",
        "! look 1 record of advisories that may concern it can't be read.",
        "! look 2 differences to example 4.14.1.",
        "! look It needs administrator's rights.",
        "! look Not signed by those who made it: Driver.",
        "✗ bad Its rehearsal failed: 1 of 2 steps, as the file of its result says, which nothing signs.",
        "! look Code of 2 packages may run whenever its Python starts.",
    ):
        assert each in words, each


def test_it_says_what_is_in_it_and_what_it_changes(review: Review) -> None:
    words = flat(as_html(review))
    for each in (
        "build@example.com",
        "its key isn't one of an allowed signer",
        "About these very bytes, and signed by build@example.com. It is their word.",
        "Builder https://ci.example.com/builders/1",
        "Built until 2026-01-02T03:04:05Z",
        "Built on Linux-6.1-x86_64",
        "Built with offline-bundler 1.0",
        "Of 12 inputs",
        "Tools offline-bundler 1.0, pip 26.0",
        "PYSEC-2026-1",
        "CVE-2026-1",
        "added beta 1",
        "account a -> b",
        "NT SERVICE\\web",
        "modify, for the service web",
        "web must answer at http://127.0.0.1:{site.port}/",
        "HKLM\\SYSTEM\\CurrentControlSet\\Services\\web",
        "C:\\ProgramData\\Example",
        "QUIET=1 unless there is HKLM\\SOFTWARE\\Driver Version, 18.0 or later",
        "taken back by unregister",
        "the module late.binding can't be imported",
        "https://index/zeta-2.0",
        "index https://index.example/simple/",
        "alpha.pth",
        "mfc140u.dll",
        "Checks before the release is used",
        "python -V",
        "Python Software Foundation",
        "no Authenticode signature was checked for this page.",
    ):
        assert each in words, each


def test_each_kind_of_change_has_its_place() -> None:
    assert sorted(kind for kind, *_ in KINDS) == sorted(get_args(Kind))


def test_what_was_not_looked_at_is_said(tmp_path: Path) -> None:
    bare = make_review(
        tmp_path,
        audit=None,
        comparison=None,
        rehearsal=None,
        logs=None,
        signatures=Signatures(verdicts=(), checked=False, signers=0, threshold=1),
        provenance=Provenance(statement=None, checked=False),
    )
    words = flat(as_html(bare))
    for each in (
        "! look No signature lies beside it: nobody vouches for it.",
        "! look No statement of how it was built lies beside it.",
        "! look Not compared with known vulnerabilities",
        "! look Not compared with an earlier bundle",
        "! look No result of a rehearsal was given.",
    ):
        assert each in words, each
    checked = dataclasses.replace(bare, signatures=dataclasses.replace(bare.signatures, checked=True))
    assert "✗ bad No signature lies beside it" in flat(as_html(checked))


def test_each_folder_of_a_bundle_is_explained(tmp_path: Path) -> None:
    made = write_made(make_inputs(tmp_path / "in").lay_out(), tmp_path / "out", "zip").path
    folders = {each.path.partition("/")[0] for each in open_bundle(made).manifest.members if "/" in each.path}
    assert {"boot", "target", "wheels"} <= folders
    assert folders <= set(FOLDERS)


def test_what_is_said_of_how_it_was_built_is_worth_as_much_as_who_says_it(review: Review) -> None:
    def words(**changed: Any) -> str:
        return flat(as_html(dataclasses.replace(review, provenance=Provenance(**changed))))

    unchecked = words(statement=dataclasses.replace(STATEMENT, verdicts=()), checked=False)
    assert "! look A statement of how it was built lies beside it, not checked" in unchecked
    assert "Who signed it (1 signature) was not checked" in unchecked
    bare = dataclasses.replace(STATEMENT, verdicts=(), signatures=0)
    for checked in (True, False):
        unsigned = words(statement=bare, checked=checked)
        assert "! look Nobody has signed the statement of how it was built." in unsigned
        assert "nothing says that it is true" in unsigned
    nobody = dataclasses.replace(STATEMENT, said=dataclasses.replace(STATEMENT.said, builder=ANY_HOST))
    assert "Builder nobody who is named: some host" in words(statement=nobody, checked=True)
    wrong = words(statement=None, checked=True, fault="no allowed signer has signed it", details=("x: by a stranger",))
    assert "✗ bad What is said of how it was built can't be believed: no allowed signer has signed it." in wrong
    assert "x: by a stranger" in wrong
    assert "✓ good How" not in unchecked + unsigned + wrong


def test_what_is_good_is_said_too(review: Review) -> None:
    signatures = dataclasses.replace(review.signatures, verdicts=review.signatures.verdicts[:1], threshold=1)
    assert review.audit is not None
    audited = dataclasses.replace(review.audit, findings=(), unread=())
    words = flat(as_html(dataclasses.replace(review, signatures=signatures, audit=audited, rehearsal=PASSED)))
    for each in (
        "✓ good Signed by 1 allowed signer; 1 is asked for.",
        "✓ good Nothing in it is known to be vulnerable, by 123 records.",
        "✓ good Its rehearsal passed: 3 steps, 1 skipped, as the file of its result says, which nothing signs.",
    ):
        assert each in words, each
    assert "doesn't count" not in words


def test_silence_of_a_snapshot_is_no_good_word(review: Review) -> None:
    """One of another ecosystem has no record of any package."""
    assert review.audit is not None
    silent = tuple(NotJudged(name=each, version="", owner="", reason="no record") for each in ("all packages", *"abc"))
    audited = dataclasses.replace(review.audit, findings=(), unread=(), not_judged=silent)
    words = flat(as_html(dataclasses.replace(review, audit=audited)))
    assert "! look Not judged: all packages, a, b and 1 more. Nothing else in it is known to be vulnerable" in words
    assert "✓ good Nothing" not in words


@pytest.mark.parametrize("status", ["not_affected", "affected"])
def test_silence_about_all_packages_is_told_beside_what_was_found(review: Review, status: Status) -> None:
    """One of the Python, which a statement settles, was all that the beginning of the page said."""
    assert review.audit is not None
    stated = dataclasses.replace(review.audit.findings[0], statement=dataclasses.replace(STATED, status=status))
    silent = tuple(NotJudged(name=each, version="", owner="", reason="no record", counts=each != "a") for each in "abc")
    audited = dataclasses.replace(review.audit, findings=(stated,), unread=(), not_judged=silent)
    words = flat(as_html(dataclasses.replace(review, audit=audited)))
    assert "! look Not judged: b, c." in words
    sound = tuple(dataclasses.replace(each, counts=False) for each in silent)
    words = flat(as_html(dataclasses.replace(review, audit=dataclasses.replace(audited, not_judged=sound))))
    assert "look Not judged" not in words


def test_what_a_statement_settles_is_told_apart(review: Review) -> None:
    assert review.audit is not None
    settled = dataclasses.replace(review.audit.findings[0], statement=STATED)
    words = flat(as_html(dataclasses.replace(review, audit=dataclasses.replace(review.audit, findings=(settled,)))))
    assert "! look 1 known vulnerability stated to need nothing." in words
    assert "known vulnerability in it" not in words
    assert "(by Example Ltd, 2020-01-02, it isn't called)" in words


def test_publishers_are_worth_what_somebody_verified(review: Review) -> None:
    assert "no index had an attestation" in flat(as_html(review))
    first, *others = review.contents.packages
    named = dataclasses.replace(first, published_by="GitHub a/b (x.yml)", attestation="attestations/a-1.json")
    stated = dataclasses.replace(review, contents=dataclasses.replace(review.contents, packages=(named, *others)))
    page = flat(as_html(stated))
    assert "GitHub a/b (x.yml)" in page
    assert "not verified" in page
    name = canonicalize_name(first.name)
    valid = VerifiedPublisher(
        name=name, document=named.attestation, by="GitHub <a>/b (x.yml)", made_from="sdist", why=""
    )
    page = flat(as_html(dataclasses.replace(stated, publishers=(valid,))))
    assert "GitHub <a>/b (x.yml) (the sdist that" in page
    assert "verified" in page
    assert "not verified" not in page
    wrong = dataclasses.replace(valid, why="a wrong <signature>")
    page = flat(as_html(dataclasses.replace(stated, publishers=(wrong,))))
    assert "not valid" in page
    assert "a wrong <signature>" in page
    assert f"Attestations of who published it are not valid: {name}" in page


def test_the_same_review_is_the_same_page(review: Review) -> None:
    assert as_html(review) == as_html(review)


def test_each_link_leads_to_a_section_and_each_section_has_one(review: Review) -> None:
    page = Page(as_html(review))
    links = [each["href"] for tag, each in page.tags if tag == "a"]
    places = {f"#{each['id']}" for tag, each in page.tags if tag == "h2" and "id" in each}
    assert set(links) == places - {"#glance"}
    names = [each["id"] for _, each in page.tags if "id" in each]
    assert len(set(names)) == len(names)


def test_headings_go_down_one_by_one(review: Review) -> None:
    levels = [int(tag[1]) for tag, _ in Page(as_html(review)).tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_a_picture_of_the_sizes_is_drawn_without_a_script(review: Review) -> None:
    tags = Page(as_html(review)).tags
    widths = [float(each["width"] or 0) for tag, each in tags if tag == "rect"]
    assert len(widths) == 1 + len(review.contents.packages)
    assert max(widths) == 1000
    assert all(0 <= each <= 1000 for each in widths)


def test_hostile_words_stay_words(review: Review) -> None:
    written = as_html(all_hostile(review))
    page = Page(written)
    assert not page.open
    assert {tag for tag, _ in page.tags} <= {
        *("html", "head", "meta", "title", "style", "body", "main", "nav", "h1", "h2", "h3", "p", "br", "table"),
        *(
            "thead",
            "tbody",
            "tr",
            "th",
            "td",
            "div",
            "pre",
            "code",
            "ul",
            "ol",
            "li",
            "a",
            "span",
            "strong",
            "svg",
            "rect",
        ),
    }
    names = {name for _, attributes in page.tags for name in attributes}
    assert names <= {
        *("lang", "charset", "http-equiv", "content", "name", "class", "scope", "colspan", "id", "href", "data-name"),
        *("aria-label", "aria-hidden", "focusable", "viewbox", "preserveaspectratio", "width", "height"),
    }
    assert all((each.get("href") or "#").startswith("#") for _, each in page.tags)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", written)
    assert page.text.count("alert(1)") > 100
    assert "\\u202e" in page.text
    written.encode("utf-8")


def test_nothing_is_loaded_and_nothing_runs(review: Review) -> None:
    written = as_html(review)
    (policy,) = [each["content"] for _, each in Page(written).tags if each.get("http-equiv")]
    assert re.fullmatch(
        r"default-src 'none'; style-src 'sha256-[A-Za-z0-9+/=]+'; img-src data:; base-uri 'none'; form-action 'none'",
        policy or "",
    )
    assert "style=" not in written
    assert "url(" not in written


def test_five_hundred_packages_are_all_there_and_twenty_have_bars(tmp_path: Path) -> None:
    written = as_html(make_review(tmp_path, packages=500))
    page = Page(written)
    assert sum(tag == "rect" for tag, _ in page.tags) == 21
    assert "480 smaller packages" in page.text
    assert all(f"package-of-many-{number:03}" in page.text for number in range(498))
    assert len(written) < 2_000_000


def test_all_packages_without_a_licence_are_named(tmp_path: Path) -> None:
    licences = as_html(make_review(tmp_path, packages=500)).partition('id="licences"')[2].partition('id="made"')[0]
    stated, without = licences.partition("without the text of a licence")[::2]
    assert all(f"package-of-many-{number:03}" in stated for number in range(3, 498, 5))
    assert stated.count("and 60 more") == 3
    assert all(f"package-of-many-{number:03}" in without for number in range(498))


def test_more_rows_than_anybody_reads_are_counted(tmp_path: Path) -> None:
    words = flat(as_html(make_review(tmp_path, packages=MOST_ROWS + 7)))
    assert "and 7 more" in words


def test_a_text_without_end_is_cut() -> None:
    assert text("a" * 100_000).endswith("a … and 80000 characters more")


def test_letters_that_have_no_width_are_shown() -> None:
    assert text("pay\u200bpal \u200f\u2028\ufeff\U000e0041<") == "pay\\u200bpal \\u200f\\u2028\\ufeff\\U000e0041&lt;"
    for each in "\u034f\u115f\u1160\u17b4\u180e\u2066\u206a\u2800\u3164\ufe0f\uffa0\ufff9\U0001d173\U000e0100":
        assert text(f"a{each}") == f"a{each.encode('unicode_escape').decode()}"
