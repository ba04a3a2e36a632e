"""The bill of materials of a bundle, made once for what it says: an unchanged build takes the one from before."""

from __future__ import annotations

import dataclasses
import datetime
import functools
import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bundler.model.artifact import StoredFile, Tree, WheelFile
from bundler.model.lock import Lock
from bundler.model.manifest_encoding import encode_manifest
from bundler.pack.names import licence_folder
from bundler.pipeline.derived import Derivation, remembered, rules_of, version_of

if TYPE_CHECKING:
    from bundler.model.ports import Cache
    from bundler.pack.draft import BillMaker, Draft
    from bundler.pipeline.session import Session

_PIECE = "bill-piece"
_LIBRARIES = ("cyclonedx-python-lib", "packageurl-python", "pefile")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class PaperFacts:
    """What a bill says besides the manifest. ``files``: all that is in the bundle as a file of this host, and the Pythons' own files; ``boot``: the
    Python that runs where it lies; ``contact``: the recipe's; ``compiled_with``: by the wheel's name; ``addresses``: of the recipe's own files that it names by
    one, by their sha256; ``epoch``: SOURCE_DATE_EPOCH, None: it wasn't set; ``signed``: members with programs that were signed for this bundle, and by whom.
    """

    lock: Lock
    lock_text: str
    wheels: Sequence[WheelFile]
    files: Sequence[StoredFile]
    boot: Tree
    contact: str
    compiled_with: Mapping[str, str]
    created: datetime.datetime
    addresses: Mapping[str, str] = dataclasses.field(default_factory=dict)
    epoch: int | None = None
    signed: Mapping[str, str] = dataclasses.field(default_factory=dict)


def bill_maker(session: Session, facts: PaperFacts) -> BillMaker:
    def make(draft: Draft) -> bytes:
        made: Derivation[bytes] = Derivation(
            kind="bill",
            inputs=_inputs(facts, draft),
            encode=lambda content: content.decode("ascii"),
            decode=lambda kept: str(kept).encode("ascii"),
        )
        return remembered(made, lambda _: _made(session, facts, draft), cache=session.cache, reporter=session.reporter)

    return make


def _inputs(facts: PaperFacts, draft: Draft) -> dict[str, Any]:
    return {
        "manifest": hashlib.sha256(encode_manifest(draft.manifest)).hexdigest(),
        "lock": hashlib.sha256(facts.lock_text.encode()).hexdigest(),
        "created": facts.created.isoformat(),
        "contact": facts.contact,
        "compiled with": dict(facts.compiled_with),
        "addresses": dict(facts.addresses),
        "epoch": facts.epoch,
        "signed": dict(facts.signed),
        "rules": _rules(),
    }


@functools.cache
def _rules() -> str:
    """What decides how a bill is written: modules, and libraries."""
    return "\n".join((rules_of("trust", "formats"), *map(version_of, _LIBRARIES)))


def _kept_pieces(cache: Cache) -> Callable[[str, Callable[[], str]], str]:
    """Pieces of bills that were written before, and licences that were read: most packages of a bundle are those of the last one."""

    def remember(what: str, make: Callable[[], str]) -> str:
        key = f"{_rules()}\n{what}"
        if (known := cache.load(_PIECE, key)) is not None:
            return known.decode("utf-8")
        made = make()
        cache.save(_PIECE, key, made.encode("utf-8"))
        return made

    return remember


def _made(session: Session, facts: PaperFacts, draft: Draft) -> bytes:
    # late: an unchanged build does without
    from bundler.trust.bundle_bill import Papers, bundle_bill
    from bundler.trust.cyclonedx_document import cyclonedx_document
    from bundler.trust.file_papers import sha512_of, tree_programs, wheel_papers
    from bundler.trust.stated_facts import expression_of

    session.reporter.step("Writing the bill of materials")
    files = {each.sha256: each for each in (*facts.files, *(each.file for each in facts.wheels))}

    def sha512(sha256: str) -> str:
        if sha256 in files:
            return sha512_of(files[sha256], session.cache)
        return hashlib.sha512(draft.contents[sha256]).hexdigest()

    remember = _kept_pieces(session.cache)

    @functools.cache
    def expression_in(text: str) -> str:
        return remember(f"licence {text!a}", lambda: expression_of(text)) if text else ""

    papers = Papers(
        lock=facts.lock,
        metadata=draft.metadata,
        sha512=sha512,
        wheels={each.file.sha256: wheel_papers(each, session.cache) for each in facts.wheels},
        python=tree_programs(facts.boot, session.cache),
        compiled_with=facts.compiled_with,
        licence_folder=licence_folder,
        expression_in=expression_in,
        addresses=facts.addresses,
        epoch=str(facts.epoch) if facts.epoch is not None else "",
        signed=facts.signed,
    )
    bill = bundle_bill(draft.manifest, papers, created=facts.created, contact=facts.contact)
    return cyclonedx_document(bill, remember)
