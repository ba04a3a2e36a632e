"""Who published the files that were chosen, as their indexes say it (PEP 740): into the lock, and the documents into the store."""

from __future__ import annotations

import dataclasses
import io
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from bundler.errors import IntegrityError, NetworkError
from bundler.model.attestation import Attested, publishers_text
from bundler.plain_file import open_plain
from bundler.report import count_text
from bundler.trust.attestation_check import attestation_check
from bundler.trust.provenance_document import LARGEST, MalformedProvenanceError, Provenance, read_provenance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from bundler.model.artifact import Artifact
    from bundler.model.attestation import Publisher
    from bundler.model.lock import Lock, LockedPackage
    from bundler.pipeline.session import Session
    from bundler.trust.attestation_check import Check

_THREADS = 16
_OK = 200
_OTHER_FILE = "it is about other bytes than those of the file"


def documents_of(packages: Iterable[LockedPackage]) -> list[Artifact]:
    """The documents of a lock's packages and seeds as things to fetch, under the names that they have in bundles, each once."""
    found: dict[str, Artifact] = {}
    for each in packages:
        if (document := each.document) is not None:
            found.setdefault(document.filename, document)
    return list(found.values())


def with_publishers(
    session: Session,
    packages: Sequence[LockedPackage],
    addresses: Mapping[str, str],
    before: Iterable[LockedPackage],
    find_check: Callable[[], Check | None] = attestation_check,
) -> tuple[LockedPackage, ...]:
    """Packages with who published their files. ``addresses``: of the documents, by normalized name; ``before``: those of the lock that is there.

    A document that can't be read, or is about another file, is the warning ``attestation-unread``. Raises NetworkError, and IntegrityError
    (``attestation-invalid``) where this host can verify attestations: the lock says the same where it can't.
    """
    if not addresses:
        return tuple(packages)
    known = {(each.file, each.attested.url): each.attested for each in before if each.file and each.attested}

    def attested(package: LockedPackage) -> Attested | MalformedProvenanceError | None:
        url = addresses.get(package.name)
        if url is None or package.file is None or package.file.sha256 is None:
            return None
        same = known.get((package.file, url))
        if same is not None and _kept_fault(session, dataclasses.replace(package, attested=same)) == "":
            return same
        try:
            found = _read(session, url)
        except MalformedProvenanceError as error:
            return error
        if found.subjects != {package.file.sha256}:
            return MalformedProvenanceError(_OTHER_FILE)
        stored = session.shelf.add(io.BytesIO(found.content))
        return Attested(url=url, sha256=stored.sha256, size=stored.size, publishers=found.publishers)

    with ThreadPoolExecutor(_THREADS) as pool:
        answers = list(pool.map(attested, packages))
    done = []
    for package, answer in zip(packages, answers, strict=True):
        if isinstance(answer, MalformedProvenanceError):
            who = f"{package.name} {package.version}"
            session.reporter.warn(
                "attestation-unread", f"{who}: what its index says of who published it can't be used: {answer}"
            )
        done.append(dataclasses.replace(package, attested=answer if isinstance(answer, Attested) else None))
    _demand_valid(session, done, find_check)
    return tuple(done)


def _demand_valid(session: Session, packages: Sequence[LockedPackage], find_check: Callable[[], Check | None]) -> None:
    named = [(each, document) for each in packages if (document := each.document) is not None]
    check = find_check() if named else None
    if check is None:
        return
    stock = session.fetcher.fetch([document for _, document in named], session.reporter)
    wrong = []
    for package, document in named:
        file = package.file
        with open_plain(stock[document].path) as stream:
            content = stream.read(LARGEST + 1)
        if file is not None and (why := check(content, file.filename, file.sha256 or "")):
            wrong.append(f"{package.name} {package.version}, {publishers_text(_publishers(package))}: {why}")
    if wrong:
        raise IntegrityError(
            "attestation-invalid",
            "attestations of who published files are not valid",
            context=tuple(wrong),
            hint="the index, or something between it and this host, is broken or means harm; an old pypi-attestations "
            "may not know the roots that newer ones have",
        )
    session.reporter.note(f"attestations of {count_text(len(named), 'package')} are valid")


def keep_documents(session: Session, lock: Lock) -> None:
    """Have the documents of a lock in the store, in their one form, and saying what the lock says of them: somebody else may have written it.

    Raises IntegrityError (``attestation-changed``), NetworkError.
    """
    _fetch_missing(session, lock)
    wrong = tuple(
        f"{document.filename}: {why}"
        for each in (*lock.packages, *lock.seeds)
        if (document := each.document) is not None and (why := _kept_fault(session, each))
    )
    if wrong:
        raise IntegrityError(
            "attestation-changed",
            "a lock says something else of who published files than the documents that it names",
            context=wrong,
            hint="somebody changed the lock by hand: find out why; `bundle lock RECIPE --refresh` takes what the index says",
        )


def _kept_fault(session: Session, package: LockedPackage) -> str | None:
    """Why what a package's lock says isn't what the document in the store says, empty: it is; None: it isn't there."""
    said = package.attested
    stored = session.shelf.get(said.sha256, said.size) if said is not None else None
    if said is None or stored is None:
        return None
    try:
        with open_plain(stored.path) as stream:
            found = read_provenance(stream.read(LARGEST + 1))
    except MalformedProvenanceError as error:
        return str(error)
    if package.file is None or found.subjects != {package.file.sha256}:
        return _OTHER_FILE
    by = publishers_text(found.publishers)
    return "" if found.publishers == said.publishers else f"it is about {by}"


def _fetch_missing(session: Session, lock: Lock) -> None:
    documents = documents_of((*lock.packages, *lock.seeds))
    missing = [each for each in documents if session.shelf.get(each.sha256 or "", each.size) is None]
    if not missing:
        return

    def fetch(document: Artifact) -> str:
        try:
            found = _read(session, document.url or "")
        except MalformedProvenanceError as error:
            return str(error)
        return (
            "" if session.shelf.add(io.BytesIO(found.content)).sha256 == document.sha256 else "it says something else"
        )

    with ThreadPoolExecutor(_THREADS) as pool:
        answers = list(pool.map(fetch, missing))
    changed = tuple(f"{each.filename}: {why}" for each, why in zip(missing, answers, strict=True) if why)
    if changed:
        raise IntegrityError(
            "attestation-changed",
            "an index says something else of who published files than when they were locked",
            context=changed,
            hint="find out why; `bundle lock RECIPE --refresh` takes what it says now",
        )


def tell_publishers(session: Session, before: Lock, after: Lock) -> None:
    """Warn of packages that somebody else published than what was locked before, or nobody who is known."""
    gone = []
    for old, each in (*_pairs(before.packages, after.packages), *_pairs(before.seeds, after.seeds)):
        by = publishers_text(_publishers(old))
        if each.attested is None:
            gone.append(f"{each.name} {each.version} ({old.version}: {by})")
        elif _publishers(each) != _publishers(old):
            session.reporter.warn(
                "publisher-changed",
                f"{each.name} {each.version} was published by {publishers_text(_publishers(each))}; "
                f"{old.version}, which was locked before, by {by}",
            )
    if gone:
        session.reporter.warn("publisher-changed", f"the index doesn't say any more who published {', '.join(gone)}")


def _pairs(
    before: Iterable[LockedPackage], after: Iterable[LockedPackage]
) -> Iterator[tuple[LockedPackage, LockedPackage]]:
    """Those of which it was known who published them, with what there is in their place."""
    known = {each.name: each for each in before if each.attested is not None}
    yield from ((known[each.name], each) for each in after if each.name in known)


def _publishers(package: LockedPackage) -> tuple[Publisher, ...]:
    return package.attested.publishers if package.attested is not None else ()


def _read(session: Session, url: str) -> Provenance:
    """The document at an address. Raises MalformedProvenanceError, also where the index hasn't it, and NetworkError."""
    try:
        response = session.transport.get(url, accept="application/json", cache=True, most=LARGEST)
    except NetworkError as error:
        if error.reference != "network-too-large":
            raise
        raise MalformedProvenanceError(f"it has more than {LARGEST} bytes") from None
    if response.status != _OK:
        raise MalformedProvenanceError(f"the index hasn't the document that it names (HTTP {response.status})")
    return read_provenance(response.content)
