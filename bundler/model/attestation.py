"""Who published a file, as its index says it (PEP 740), and where that stands."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Self

from bundler.foreign import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_MOST_CLAIMS, _LONGEST_KEY = 20, 60
_SAID_FIRST = ("repository", "email", "project_id")
_WORKFLOWS = ("workflow", "workflow_filepath", "pipeline_definition_id")
_VOUCHED = {
    "GitHub": ("repository", "workflow"),
    "GitLab": ("repository", "workflow_filepath"),
    "Google": ("email",),
    "CircleCI": ("project_id", "pipeline_definition_id", "vcs_origin", "vcs_ref"),
}
"""By kind, the claims that are compared with the certificate where attestations are verified, first whose it is. Of others there is only the index's word."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Publisher:
    """An identity: its ``kind`` (GitHub, GitLab, …) and what that kind claims, sorted by keys; claims that are null aren't there."""

    kind: str
    claims: tuple[tuple[str, str], ...] = ()

    @classmethod
    def read(cls, table: Mapping[str, Any]) -> Self:
        """Of a table as indexes and PEP 751 have it. Raises ValueError for one without a kind, or with more than any has."""
        kind = table.get("kind")
        if not isinstance(kind, str) or not kind or one_line(kind) != kind:
            raise ValueError("a publisher has no kind")
        others = {key: value for key, value in table.items() if key != "kind" and isinstance(value, str) and value}
        if len(others) > _MOST_CLAIMS or any(len(key) > _LONGEST_KEY for key in others):
            raise ValueError("a publisher claims more than any does")
        if any(one_line(text) != text for each in others.items() for text in each):
            raise ValueError("a publisher claims what is no line of text")
        return cls(kind=kind, claims=tuple(sorted(others.items())))

    @property
    def table(self) -> dict[str, str]:
        """As PEP 751 has it."""
        return {"kind": self.kind, **dict(self.claims)}

    @property
    def vouched(self) -> Self:
        """With those of its claims alone for which a signature vouches once it is verified: without an environment, or what its kind doesn't have."""
        kept = _VOUCHED.get(self.kind, ())
        return dataclasses.replace(self, claims=tuple((key, value) for key, value in self.claims if key in kept))

    @property
    def words(self) -> str:
        """For people: ``GitHub psf/requests (publish.yml, environment pypi)``."""
        claims, own = dict(self.claims), _VOUCHED.get(self.kind)
        first = next((claims.pop(key) for key in (own[:1] if own else _SAID_FIRST) if key in claims), "")
        inner = [claims.pop(key) for key in (own[1:2] if own else _WORKFLOWS) if key in claims]
        inner += [f"{key.replace('_', ' ')} {value}" for key, value in claims.items()]
        return " ".join(filter(None, (self.kind, first, f"({', '.join(inner)})" if inner else "")))


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Attested:
    """The document of an index about one file: ``sha256`` and ``size`` are those of the form in which bundles hold it. ``publishers``: sorted."""

    url: str
    sha256: str
    size: int
    publishers: tuple[Publisher, ...]


def publishers_text(publishers: Sequence[Publisher]) -> str:
    """For people; empty: none is known."""
    return " and ".join(each.words for each in publishers)
