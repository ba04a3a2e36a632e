"""The attestations in a bundle, verified by the library on this host: who really published what is in it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from bundler.errors import IntegrityError
from bundler.model.attestation import publishers_text
from bundler.pack.publishers import publishers_inside
from bundler.trust.attestation_check import demanded_check
from bundler.trust.provenance_document import LARGEST, MalformedProvenanceError, read_provenance

if TYPE_CHECKING:
    from collections.abc import Callable

    from bundler.pack.publishers import Published
    from bundler.pack.reading import Bundle
    from bundler.trust.attestation_check import Check


_MADE = {
    "sdist": " (the sdist that whoever made the bundle built it from)",
    "wheel": " (before whoever made the bundle signed programs in it)",
}
"""What the attested file is to the wheel in the bundle, where it isn't that one."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class VerifiedPublisher:
    """``name`` of the package (normalized), ``document``: the member that says it, ``by`` whom the file was published that its wheel in the bundle was ``made_from``, None: it is that
    wheel. ``why``: what is wrong with the attestation, empty: it is valid.
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
    return tuple(
        VerifiedPublisher(
            name=each.name,
            document=each.document,
            by=each.by,
            made_from=each.made_from,
            why=_fault(bundle.read(each.document, LARGEST), each, check),
        )
        for each in sorted(publishers_inside(bundle).values(), key=lambda each: (each.name, each.document))
    )


def _fault(document: bytes, said: Published, check: Check) -> str:
    """Whoever wrote the bundle wrote its lock, and chose the documents: all three must be about one file and one publisher."""
    if said.made_from not in _MADE and said.wheel != said.sha256:
        return "the wheel in the bundle is another file than the lock's"
    try:
        found = read_provenance(document)
    except MalformedProvenanceError as error:
        return str(error)
    if publishers_text(found.publishers) != said.by:
        return f"it is about {publishers_text(found.publishers)}"
    return check(document, said.filename, said.sha256)


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
