"""Who published files, asked of an index that is in memory, and what of it goes into a lock."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from bundler.errors import IntegrityError
from bundler.model.artifact import Artifact, StoredFile
from bundler.model.attestation import Publisher, publishers_text
from bundler.model.lock import Lock, LockedPackage
from bundler.model.ports import Response
from bundler.pipeline.attestations import documents_of, keep_documents, tell_publishers, with_publishers
from bundler.trust.provenance_document import read_provenance
from tests.support.attestations import GITHUB, WORDS, make_provenance
from tests.support.reporters import Remembering
from tests.support.samples import sample
from tests.support.transports import Asked, FakeTransport, not_found

if TYPE_CHECKING:
    import io
    from collections.abc import Mapping, Sequence

    from bundler.pipeline.session import Session
    from bundler.trust.attestation_check import Check

URL = "https://index.test/integrity/demo"
MOVED = GITHUB | {"repository": "stranger/demo"}


class Index(FakeTransport):
    def __init__(self) -> None:
        super().__init__()
        self.documents: dict[str, bytes] = {}

    def answer(self, asked: Asked) -> Response:
        content = self.documents.get(asked.url)
        return (
            not_found(asked.url)
            if content is None
            else Response(url=asked.url, status=200, headers={}, content=content)
        )


@dataclasses.dataclass
class Files:
    """A shelf and a fetcher in a folder."""

    folder: Path

    def get(self, sha256: str, size: int | None = None) -> StoredFile | None:
        del size
        path = self.folder / sha256
        return StoredFile.of(path) if path.exists() else None

    def add(self, source: io.BytesIO) -> StoredFile:
        content = source.read()
        path = self.folder / hashlib.sha256(content).hexdigest()
        path.write_bytes(content)
        return StoredFile.of(path)

    def fetch(self, artifacts: Sequence[Artifact], _: object) -> Mapping[Artifact, StoredFile]:
        return {each: found for each in artifacts if (found := self.get(each.sha256 or "")) is not None}


@dataclasses.dataclass
class Run:
    """What of a session is asked for here."""

    folder: Path
    transport: Index = dataclasses.field(default_factory=Index)
    reporter: Remembering = dataclasses.field(default_factory=Remembering)

    @property
    def shelf(self) -> Files:
        (self.folder / "store").mkdir(exist_ok=True)
        return Files(self.folder / "store")

    fetcher = shelf

    @property
    def session(self) -> Session:
        return cast("Session", self)

    def package(self, version: str = "1.0") -> LockedPackage:
        path = self.folder / f"demo-{version}.tar.gz"
        path.write_bytes(version.encode())
        stored = StoredFile.of(path)
        file = Artifact(
            filename=path.name, url=f"https://index.test/{path.name}", sha256=stored.sha256, size=stored.size
        )
        return LockedPackage(name="demo", version=version, kind="sdist", file=file)

    def say(self, *publishers: Mapping[str, Any], version: str = "1.0", **changes: Any) -> None:
        self.transport.documents[URL] = make_provenance(self.folder / f"demo-{version}.tar.gz", *publishers, **changes)

    def published(self, package: LockedPackage, *before: LockedPackage, check: Check | None = None) -> LockedPackage:
        (found,) = with_publishers(self.session, [package], {"demo": URL}, before, find_check=lambda: check)
        return found


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path)


def by(package: LockedPackage) -> str:
    return publishers_text(package.attested.publishers) if package.attested is not None else ""


def lock(*packages: LockedPackage) -> Lock:
    whole: Lock = sample(Lock)
    return dataclasses.replace(whole, packages=packages, seeds=())


def test_the_publisher_and_the_document(run: Run) -> None:
    package = run.package()
    run.say(indent=2)
    found = run.published(package)
    assert by(found) == WORDS
    (document,) = documents_of([found])
    kept = run.shelf.get(document.sha256 or "")
    assert kept is not None
    assert kept.path.read_bytes() == read_provenance(run.transport.documents[URL]).content
    assert (document.filename, document.size, document.url) == ("demo-1.0.json", kept.size, URL)
    assert run.reporter.warnings == []


def test_a_package_of_which_an_index_says_nothing_is_not_asked_for(run: Run) -> None:
    assert with_publishers(run.session, [run.package()], {}, ()) == (run.package(),)
    assert run.transport.requests == []


def test_what_was_known_of_the_same_file_is_not_asked_again(run: Run) -> None:
    package = run.package()
    run.say()
    first = run.published(package)
    assert run.published(package, first) == first
    assert len(run.transport.requests) == 1


@pytest.mark.parametrize("content", [None, b"<html>", b"other bytes"])
def test_what_can_not_be_used_is_a_warning_and_no_publisher(run: Run, content: bytes | None) -> None:
    package = run.package()
    if content == b"other bytes":
        run.say(sha256="0" * 64)
    elif content is not None:
        run.transport.documents[URL] = content
    assert run.published(package) == package
    ((reference, words),) = run.reporter.warnings
    assert reference == "attestation-unread"
    assert words.startswith("demo 1.0: ")


def test_where_they_can_be_verified_they_must_be_valid(run: Run) -> None:
    package = run.package()
    run.say()
    asked: list[tuple[str, str]] = []

    def check(document: bytes, filename: str, sha256: str) -> str:
        assert read_provenance(document).content == document
        asked.append((filename, sha256))
        return "a wrong signature" if len(asked) > 1 else ""

    assert run.published(package, check=check) == run.published(package)
    assert package.file is not None
    assert asked == [("demo-1.0.tar.gz", package.file.sha256)]
    assert run.reporter.notes == ["attestations of 1 package are valid"]
    with pytest.raises(IntegrityError, match="not valid") as caught:
        run.published(package, check=check)
    assert caught.value.reference == "attestation-invalid"
    assert caught.value.context == (f"demo 1.0, {WORDS}: a wrong signature",)


def test_another_host_has_the_same_document(run: Run, tmp_path: Path) -> None:
    package = run.package()
    run.say(indent=1)
    found = run.published(package)
    (tmp_path / "there").mkdir()
    there = Run(tmp_path / "there")
    there.transport.documents[URL] = make_provenance(tmp_path / "demo-1.0.tar.gz", indent=7)
    keep_documents(there.session, lock(found))
    assert there.shelf.get(documents_of([found])[0].sha256 or "") is not None
    asked = len(there.transport.requests)
    keep_documents(there.session, lock(found))
    assert len(there.transport.requests) == asked


@pytest.mark.parametrize(("publisher", "words"), [(MOVED, "something else"), (None, "HTTP 404")])
def test_an_index_that_says_something_else_now(run: Run, tmp_path: Path, publisher: Any, words: str) -> None:
    package = run.package()
    run.say()
    found = run.published(package)
    (tmp_path / "there").mkdir()
    there = Run(tmp_path / "there")
    if publisher:
        there.transport.documents[URL] = make_provenance(tmp_path / "demo-1.0.tar.gz", publisher)
    with pytest.raises(IntegrityError) as caught:
        keep_documents(there.session, lock(found))
    assert caught.value.reference == "attestation-changed"
    assert words in caught.value.context[0]


def test_a_lock_in_which_somebody_wrote_another_publisher(run: Run) -> None:
    package = run.package()
    run.say(MOVED)
    found = run.published(package)
    assert found.attested is not None
    lie = dataclasses.replace(found, attested=dataclasses.replace(found.attested, publishers=(Publisher.read(GITHUB),)))
    with pytest.raises(IntegrityError) as caught:
        keep_documents(run.session, lock(lie))
    assert caught.value.reference == "attestation-changed"
    assert caught.value.context == ("demo-1.0.json: it is about GitHub stranger/demo (release.yml)",)
    assert run.published(package, lie) == found


def test_a_lock_that_names_the_document_of_another_file(run: Run) -> None:
    other, package = run.package("2.0"), run.package()
    run.say(version="2.0")
    lie = dataclasses.replace(package, attested=run.published(other).attested)
    with pytest.raises(IntegrityError, match="something else"):
        keep_documents(run.session, lock(lie))


def test_somebody_else_published_the_new_version(run: Run) -> None:
    old, new = run.package(), run.package("2.0")
    run.say()
    before = run.published(old)
    run.say(MOVED, version="2.0")
    after = run.published(new)
    tell_publishers(run.session, lock(before), lock(after))
    tell_publishers(run.session, lock(before), lock(new))
    assert [reference for reference, _ in run.reporter.warnings] == ["publisher-changed"] * 2
    first, second = (words for _, words in run.reporter.warnings)
    assert first == (
        "demo 2.0 was published by GitHub stranger/demo (release.yml); 1.0, which was locked before, by " + WORDS
    )
    assert second == f"the index doesn't say any more who published demo 2.0 (1.0: {WORDS})"


def test_seeds_are_kept_and_told_of_as_packages_are(run: Run, tmp_path: Path) -> None:
    old, new = run.package(), run.package("2.0")
    run.say()
    before = run.published(old)
    run.say(MOVED, version="2.0")
    after = run.published(new)
    tell_publishers(run.session, seeded(before), seeded(after))
    assert [reference for reference, _ in run.reporter.warnings] == ["publisher-changed"]
    (tmp_path / "there").mkdir()
    there = Run(tmp_path / "there")
    there.transport.documents[URL] = run.transport.documents[URL]
    keep_documents(there.session, seeded(after))
    with pytest.raises(IntegrityError, match="something else"):
        keep_documents(there.session, seeded(before))


def seeded(*seeds: LockedPackage) -> Lock:
    return dataclasses.replace(lock(), seeds=seeds)


def test_a_document_that_a_package_and_a_seed_share_is_there_once(run: Run) -> None:
    package = run.package()
    run.say()
    found = run.published(package)
    assert len(documents_of([found, dataclasses.replace(found, requested=True)])) == 1


def test_what_stays_or_comes_is_no_warning(run: Run) -> None:
    old = run.package()
    run.say()
    before = run.published(old)
    for first, second in ((before, before), (old, before), (old, old)):
        tell_publishers(run.session, lock(first), lock(second))
    tell_publishers(run.session, lock(before), lock())
    assert run.reporter.warnings == []
