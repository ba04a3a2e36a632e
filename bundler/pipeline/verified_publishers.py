"""The attestations in a bundle, verified by the library on this host: who really published what is in it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from bundler.errors import IntegrityError
from bundler.model.attestation import publishers_text
from bundler.pack.publishers import publishers_inside
from bundler.trust.attestation_check import demanded_check
from bundler.trust.provenance_document import LARGEST, MalformedProvenanceError, Provenance, read_provenance

if TYPE_CHECKING:
    from collections.abc import Callable

    from bundler.pack.publishers import Published
    from bundler.pack.reading import Bundle
    from bundler.trust.attestation_check import Check


_MADE = {
    "sdist": " (the sdist that whoever made the bundle built it from)",
    "wheel": " (before whoever made the bundle changed it: by their word, signed programs in it)",
}
"""What the attested file is to the wheel in the bundle, where it isn't that one."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class VerifiedPublisher:
    """``name`` of the package (normalized), ``document``: the member that says it, ``by`` whom the file was published that its wheel in the bundle was ``made_from``, None: it is that
    wheel. ``why``: what is wrong with the attestation, empty: it is valid, and of ``by`` is left what it vouches for.
    """

    name: str
    document: str
    by: str
    made_from: str | None
    why: str

    @property
    def words(self) -> str:
        """By whom what was published."""
        return self.by + _MADE.get(self.made_from or "", "")


def judge_publishers(bundle: Bundle, check: Check) -> tuple[VerifiedPublisher, ...]:
    """One for each package with an attestation, and each tool that makes the environment, by name. The bundle was verified. Raises IntegrityError (``bundle-damaged``)."""
    published = sorted(publishers_inside(bundle).values(), key=lambda each: (each.name, each.document))
    return tuple(_judged(bundle.read(each.document, LARGEST), each, check) for each in published)


def _judged(document: bytes, said: Published, check: Check) -> VerifiedPublisher:
    try:
        found = read_provenance(document)
    except MalformedProvenanceError as error:
        by, why = said.by, str(error)
    else:
        why = _fault(found, said, check)
        by = said.by if why else publishers_text([each.vouched for each in found.publishers])
    return VerifiedPublisher(name=said.name, document=said.document, by=by, made_from=said.made_from, why=why)


def _fault(found: Provenance, said: Published, check: Check) -> str:
    """Whoever wrote the bundle wrote its lock, and chose the documents: all three must be about one file and one publisher."""
    if said.made_from not in _MADE and said.wheel != said.sha256:
        return "the wheel in the bundle is another file than the lock's"
    if publishers_text(found.publishers) != said.by:
        return f"it is about {publishers_text(found.publishers)}"
    return check(found.content, said.filename, said.sha256)


def verify_publishers(bundle: Bundle, demanded: Callable[[], Check] = demanded_check) -> tuple[VerifiedPublisher, ...]:
    """As ``judge_publishers``; raises IntegrityError (``attestation-invalid``) with all that aren't valid, HostError (``attestations-need-package``)."""
    verdicts = judge_publishers(bundle, demanded())
    if wrong := tuple(f"{each.name}, {each.by}: {each.why}" for each in verdicts if each.why):
        raise IntegrityError(
            "attestation-invalid",
            f"{bundle.path} has attestations that are not valid",
            context=wrong,
            hint="ask whoever made the bundle; an old pypi-attestations may not know the roots that newer ones have",
        )
    return verdicts
