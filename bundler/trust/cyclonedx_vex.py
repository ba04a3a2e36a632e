"""Statements about vulnerabilities in CycloneDX (``vulnerabilities`` with ``analysis``), as a document of their own or in a bill of materials."""

from __future__ import annotations

import contextlib
import datetime
from typing import TYPE_CHECKING, Any

from packageurl import PackageURL

from bundler.trust.foreign_bill import line_of
from bundler.trust.vex_statement import Identity, Statement, Status, same_version
from bundler.trust.vex_values import MOST, MalformedStatementError, identifiers, identity, tables, time_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_STATES: Mapping[str, Status] = {
    "resolved": "fixed",
    "resolved_with_pedigree": "fixed",
    "exploitable": "affected",
    "in_triage": "under_investigation",
    "false_positive": "not_affected",
    "not_affected": "not_affected",
}
_BY_VERSION: Mapping[str, Status | None] = {
    "affected": None,
    "unaffected": "not_affected",
    "unknown": "under_investigation",
}
"""What is said of one version, None: what the analysis says."""
_OLDEST = datetime.datetime(1, 1, 1, tzinfo=datetime.UTC)
_LINK = "urn:cdx:"
_DEEPEST = 20


def read_cyclonedx(data: Mapping[str, Any], source: str) -> Iterator[Statement]:
    """Raises MalformedStatementError. What has no analysis, or affects nothing, says nothing."""
    known = dict(_components(data))
    subject = _subject(data)
    left = MOST
    for number, each in enumerate(tables(data.get("vulnerabilities"), "vulnerabilities")):
        where = f"vulnerabilities[{number}]"
        analysis = each.get("analysis")
        state = line_of(analysis.get("state")) if isinstance(analysis, dict) else ""
        if not isinstance(analysis, dict) or not state:
            continue
        if state not in _STATES:
            raise MalformedStatementError(f"{where} has no state of CycloneDX's: {state!r}")
        for target in tables(each.get("affects"), f"{where}.affects"):
            for component, status in _targets(target, known, _STATES[state]):
                left -= 1
                if left < 0:
                    raise MalformedStatementError(f"it has more than {MOST} statements")
                whole = component == subject
                yield Statement(
                    ids=_ids(each, where),
                    status=status,
                    reason=": ".join(
                        filter(None, (line_of(analysis.get("justification")), line_of(analysis.get("detail"))))
                    ),
                    product=subject,
                    part=None if whole else component,
                    time=_time(data, each, analysis, where),
                    source=source,
                )


def _subject(data: Mapping[str, Any]) -> Identity | None:
    """What the document is about; None: it doesn't say, and so may be about anything that holds the component."""
    metadata = data.get("metadata")
    component = metadata.get("component") if isinstance(metadata, dict) else None
    return _identity(component) if isinstance(component, dict) else None


def _ids(data: Mapping[str, Any], where: str) -> frozenset[str]:
    if not line_of(data.get("id")):
        raise MalformedStatementError(f"{where} has no id")
    return identifiers(
        data.get("id"), *(each.get("id") for each in tables(data.get("references"), f"{where}.references"))
    )


def _time(
    document: Mapping[str, Any], data: Mapping[str, Any], analysis: Mapping[str, Any], where: str
) -> datetime.datetime:
    metadata = document.get("metadata")
    said = (
        analysis.get("lastUpdated")
        or analysis.get("firstIssued")
        or data.get("updated")
        or (metadata.get("timestamp") if isinstance(metadata, dict) else None)
    )
    return time_of(said, f"the time of {where}") if said else _OLDEST


def _targets(
    data: Mapping[str, Any], known: Mapping[str, Identity], status: Status
) -> Iterator[tuple[Identity, Status]]:
    """The component, or those versions of it that are named; a range of versions is no statement that is understood."""
    ref = line_of(data.get("ref"))
    component = known.get(ref) or (
        Identity(refs=(ref.lower() if "#" not in ref else _link(ref),)) if ref.startswith(_LINK) else identity([ref])
    )
    versions = tables(data.get("versions"), "versions")
    if not versions:
        yield component, status
    for each in versions:
        said = _BY_VERSION.get(line_of(each.get("status")) or "affected", "under_investigation")
        if version := line_of(each.get("version")):
            yield _of_version(component, version), said or status


def _of_version(component: Identity, version: str) -> Identity:
    """What else a purl says stays: a statement about less than the package is none about all of it. So does the file's hash, but of another version."""
    purls: list[Any] = []
    others = False
    for each in component.purls:
        with contextlib.suppress(ValueError):  # a stranger's
            purl = PackageURL.from_string(each)
            others |= bool(purl.version) and version != purl.version and not same_version(purl.version or "", version)
            purls.append(purl._replace(version=version).to_string())
    return identity(purls, sha256="" if others else component.sha256)


def _link(ref: str) -> str:
    """The number of a bill is a UUID, in any case."""
    number, _, name = ref.partition("#")
    return f"{number.lower()}#{name}"


def _components(data: Mapping[str, Any]) -> Iterator[tuple[str, Identity]]:
    """By their references, within this document."""
    metadata = data.get("metadata")
    top = metadata.get("component") if isinstance(metadata, dict) else None
    waiting: list[tuple[Mapping[str, Any], int]] = [(top, 0)] if isinstance(top, dict) else []
    waiting += [(each, 0) for each in tables(data.get("components"), "components")]
    seen = 0
    while waiting:
        component, depth = waiting.pop()
        seen += 1
        if seen > MOST or depth > _DEEPEST:
            raise MalformedStatementError(f"it has more than {MOST} components, or they lie too deep within each other")
        if ref := line_of(component.get("bom-ref")):
            yield ref, _identity(component)
        waiting += [(each, depth + 1) for each in tables(component.get("components"), "components")]


def _identity(data: Mapping[str, Any]) -> Identity:
    sums = {line_of(each.get("alg")): each.get("content") for each in tables(data.get("hashes"), "hashes", most=50)}
    return identity([data.get("purl")], cpe=data.get("cpe"), sha256=sums.get("SHA-256"))
