"""Attestations in a bundle: document, lock and wheel must be about one file and one publisher, before a library is asked."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest

from bundler.errors import IntegrityError
from bundler.model.artifact import StoredFile
from bundler.model.attestation import Attested
from bundler.model.lock_encoding import encode_lock
from bundler.pack.comparison import compare
from bundler.pack.inspection import inspect_bundle
from bundler.pack.publishers import publishers_inside
from bundler.pack.reading import open_bundle
from bundler.pack.verify import verify_bundle
from bundler.pipeline.verified_publishers import judge_publishers, verify_publishers
from bundler.report import Reporter
from bundler.trust.provenance_document import read_provenance
from tests.support.attestations import GITHUB, WORDS, make_provenance
from tests.support.bundles import make_inputs, write_made
from tests.support.packages import make_sdist, make_wheel

if TYPE_CHECKING:
    from pathlib import Path

MOVED = GITHUB | {"repository": "stranger/demo"}


def accepts(document: bytes, filename: str, sha256: str) -> str:
    del document, filename, sha256
    return ""


def bundle(folder: Path, publisher: Any = GITHUB, *, lie: Any = None, made_from: Any = None, **file: Any) -> Path:
    """``alpha`` is attested; ``lie``: another publisher than the document's, in the lock; ``file``: what the lock says of its file otherwise."""
    inputs = make_inputs(folder)
    alpha = next(each for each in inputs.lock.packages if each.name == "alpha")
    assert alpha.file is not None
    wheel = folder / "wheels" / alpha.file.filename
    attested_file = dataclasses.replace(alpha.file, **file)
    content = read_provenance(make_provenance(wheel, publisher, sha256=attested_file.sha256)).content
    path = folder / "alpha.json"
    path.write_bytes(content)
    stored = StoredFile.of(path)
    publishers = read_provenance(make_provenance(wheel, lie or publisher)).publishers
    attested = Attested(url="https://index.test/x", sha256=stored.sha256, size=stored.size, publishers=publishers)
    changed = dataclasses.replace(alpha, attested=attested, file=attested_file)
    if not attested_file.filename.endswith(".whl"):
        changed = dataclasses.replace(changed, kind="sdist")
    packages = tuple(changed if each is alpha else each for each in inputs.lock.packages)
    python = inputs.lock.runtime.file
    assert python is not None
    runtime = dataclasses.replace(
        inputs.lock.runtime, file=dataclasses.replace(python, url="https://x.test/p.exe", size=1)
    )
    inputs.lock = dataclasses.replace(inputs.lock, packages=packages, runtime=runtime)
    inputs.wheels = [dataclasses.replace(each, made_from=made_from) for each in inputs.wheels]
    inputs.lock_text = encode_lock(inputs.lock, folder / "pylock.toml")
    inputs.attestations = [("alpha-1.0.json", stored)]
    return write_made(inputs.lay_out(), folder / "out", "zip").path


def judged(path: Path) -> tuple[str, str]:
    (found,) = judge_publishers(open_bundle(path), accepts)
    assert found.name == "alpha"
    return found.words, found.why


def test_a_bundle_holds_the_document_and_says_who(tmp_path: Path) -> None:
    path = bundle(tmp_path)
    verify_bundle(path, Reporter())
    lines = {each.name: (each.published_by, each.attestation) for each in inspect_bundle(open_bundle(path)).packages}
    assert lines == {"alpha": (WORDS, "attestations/alpha-1.0.json"), "Zeta": ("", "")}
    assert judged(path) == (WORDS, "")
    assert verify_publishers(open_bundle(path), lambda: accepts) == judge_publishers(open_bundle(path), accepts)


def test_what_is_verified_is_what_certificates_say(tmp_path: Path) -> None:
    """Whoever wrote the document chose its other claims, and the library compares them with nothing."""
    claims = GITHUB | {"environment": "pypi", "email": "psf@example.org"}
    path = bundle(tmp_path, claims)
    assert judged(path) == (WORDS, "")
    (found,) = judge_publishers(open_bundle(path), lambda *_: "its certificate is another's")
    assert found.by == "GitHub example/demo (release.yml, email psf@example.org, environment pypi)"


@pytest.mark.parametrize("kind", ["sdist", "wheel"])
def test_the_file_that_a_wheel_was_made_from(tmp_path: Path, kind: str) -> None:
    maker = make_sdist if kind == "sdist" else make_wheel
    stored = StoredFile.of(file := maker(tmp_path / "other", "alpha", "1.0"))
    path = bundle(tmp_path, made_from=kind, filename=file.name, sha256=stored.sha256[::-1], size=stored.size)
    by, why = judged(path)
    assert by.startswith(f"{WORDS} (")
    assert why == ""


def with_attested_pip(folder: Path, **told: Any) -> Path:
    """``told``: what the bundle says of the wheel otherwise."""
    inputs = make_inputs(folder)
    (pip,) = inputs.lock.seeds
    assert pip.file is not None
    wheel = folder / "seeds" / pip.file.filename
    found = read_provenance(make_provenance(wheel, GITHUB))
    path = folder / "pip.json"
    path.write_bytes(found.content)
    stored = StoredFile.of(path)
    attested = Attested(url="https://index.test/x", sha256=stored.sha256, size=stored.size, publishers=found.publishers)
    python = inputs.lock.runtime.file
    assert python is not None
    runtime = dataclasses.replace(
        inputs.lock.runtime, file=dataclasses.replace(python, url="https://x.test/p.exe", size=1)
    )
    seeds = (dataclasses.replace(pip, attested=attested),)
    inputs.lock = dataclasses.replace(inputs.lock, seeds=seeds, runtime=runtime)
    inputs.lock_text = encode_lock(inputs.lock, folder / "pylock.toml")
    inputs.seeds = [dataclasses.replace(each, **told) for each in inputs.seeds]
    inputs.attestations = [("pip-24.0.json", stored)]
    return write_made(inputs.lay_out(), folder / "out", "zip").path


def test_who_published_what_makes_the_environment(tmp_path: Path) -> None:
    path = with_attested_pip(tmp_path)
    (found,) = judge_publishers(open_bundle(path), accepts)
    assert (found.name, found.words, found.why) == ("pip", WORDS, "")
    assert found.document == "attestations/pip-24.0.json"
    (line,) = inspect_bundle(open_bundle(path)).seeds
    assert (line.published_by, line.attestation) == (WORDS, found.document)


def test_a_seed_that_was_signed_or_made_here(tmp_path: Path) -> None:
    other = StoredFile.of(make_wheel(tmp_path / "signed", "pip", "24.0", metadata_extra=["Summary: signed"]))
    (found,) = judge_publishers(open_bundle(with_attested_pip(tmp_path / "a", made_from="wheel", file=other)), accepts)
    assert found.words.endswith("signed programs in it)")
    assert found.why == ""
    path = with_attested_pip(tmp_path / "b", made_from="sdist", file=other)
    assert judge_publishers(open_bundle(path), accepts) == ()


def test_what_does_not_belong_together(tmp_path: Path) -> None:
    assert judged(bundle(tmp_path / "lie", MOVED, lie=GITHUB)) == (
        WORDS,
        "it is about GitHub stranger/demo (release.yml)",
    )
    assert "another file" in judged(bundle(tmp_path / "other", sha256="b" * 64))[1]
    with pytest.raises(IntegrityError) as caught:
        verify_publishers(
            open_bundle(tmp_path / "lie" / "out" / "example-4.14.2-3.11.9-win_amd64.zip"), lambda: accepts
        )
    assert caught.value.reference == "attestation-invalid"


def test_what_the_library_refuses(tmp_path: Path) -> None:
    path = bundle(tmp_path)
    with pytest.raises(IntegrityError, match="not valid") as caught:
        verify_publishers(open_bundle(path), lambda: lambda *_: "no such key")
    assert caught.value.context == (f"alpha, {WORDS}: no such key",)


def test_a_lock_that_can_not_be_read_says_nothing(tmp_path: Path) -> None:
    inputs = make_inputs(tmp_path)
    path = write_made(inputs.lay_out(), tmp_path / "out", "zip").path
    assert publishers_inside(open_bundle(path)) == {}


def test_a_publisher_that_changed_is_a_difference(tmp_path: Path) -> None:
    found = compare(bundle(tmp_path / "a"), bundle(tmp_path / "b", MOVED))
    (package,) = (each for each in found.differences if each.section == "packages")
    assert [(each.field, each.before, each.after) for each in package.fields] == [
        ("published_by", WORDS, "GitHub stranger/demo (release.yml)")
    ]
