"""What of a bundle is known to be vulnerable, by snapshots of advisories and statements about them; nothing is asked of anybody."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from packageurl import PackageURL
from packaging.utils import canonicalize_name

from bundler.errors import InputError
from bundler.trust.bundle_parts import Parts
from bundler.trust.findings import Audit, Finding, NotJudged, gravest, gravity, merged, version_of
from bundler.trust.known_libraries import CPYTHON
from bundler.trust.osv_record import Subject
from bundler.trust.osv_snapshot import read_snapshot
from bundler.trust.vex_statement import Identity, newest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from bundler.model.manifest import Manifest, WheelInfo
    from bundler.trust.bundle_parts import Part
    from bundler.trust.osv_record import Advisory, Affected
    from bundler.trust.osv_snapshot import Snapshot
    from bundler.trust.vex_statement import Statement

_PYTHON = Subject("library", CPYTHON)
_MOST_COMPARED, _MOST_STATED, _MOST_FINDINGS = 10_000_000, 1_000_000, 50_000
_NO_RECORD = "the snapshots have no record of it with versions"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class _Thing:
    """Something of the bundle that is looked up. ``identities``: its own, then those of what it lies in."""

    subject: Subject
    name: str
    version: str
    owner: str
    identities: tuple[Identity, ...]


def audit(
    manifest: Manifest, snapshots: Sequence[Path], *, inside: Parts | None = None, statements: Sequence[Statement] = ()
) -> Audit:
    """``inside``: what the bundle's bill names inside packages and the Python. Raises InputError (``snapshot-unreadable``, ``audit-endless``)."""
    inside = inside or Parts()
    things = tuple(_things(manifest, inside))
    by_subject: dict[Subject, list[_Thing]] = {}
    by_id: dict[str, list[Statement]] = {}
    for statement in statements:
        for identity in statement.ids:
            by_id.setdefault(identity, []).append(statement)
    for each in things:
        by_subject.setdefault(each.subject, []).append(each)
    read = [read_snapshot(path, by_subject) for path in snapshots]
    advisories = [each for snapshot in read for each in snapshot.advisories]
    found = list(merged(_findings(advisories, by_subject)))
    if sum(len(by_id.get(one, ())) for each in found for one in each.ids) > _MOST_STATED:
        raise _endless("statements about what was found", _MOST_STATED)
    said = [(each, _concerning(each, by_id)) for each in found]
    judged = [dataclasses.replace(each, statement=newest(concerning)) for each, concerning in said]
    unknown = _unknown(by_subject, read)
    return Audit(
        findings=tuple(
            sorted(judged, key=lambda each: (-gravity(each.severity), each.package, each.owner, each.advisory))
        ),
        unread=tuple(each for snapshot in read for each in snapshot.unread),
        unjudged=_by_commits_alone(advisories),
        not_judged=tuple(_not_judged(things, unknown, inside)),
        records=sum(each.records for each in read),
        audited=sum(not each.owner and each.subject not in unknown for each in things),
        with_python=_PYTHON not in unknown,
        parts=sum(bool(each.owner) and each.subject not in unknown for each in things),
        statements=len(statements),
        unused=len(statements) - len({id(one) for _, concerning in said for one in concerning}),
    )


def _things(manifest: Manifest, inside: Parts) -> Iterator[_Thing]:
    whole = Identity(purls=(str(PackageURL("generic", None, manifest.bundle.name, manifest.bundle.version)),))
    sums = {each.path: each.sha256 for each in manifest.members}
    owners: dict[str, Identity] = {}
    for wheel in {canonicalize_name(each.name): each for each in (*manifest.seeds, *manifest.packages)}.values():
        name = canonicalize_name(wheel.name)
        owners[name] = _of_wheel(wheel, sums.get(wheel.file, ""), inside.serial)
        yield _Thing(
            subject=Subject("PyPI", name), name=name, version=wheel.version, owner="", identities=(owners[name], whole)
        )
    python = manifest.target.python
    owners[canonicalize_name(CPYTHON)] = Identity(
        purls=tuple(str(PackageURL("generic", None, each, python)) for each in ("cpython", "python")),
        cpe=f"cpe:2.3:a:python:python:{python}:*:*:*:*:*:*:*",
        refs=_refs(inside.serial, "runtime"),
    )
    yield _Thing(
        subject=_PYTHON, name=CPYTHON, version=python, owner="", identities=(owners[canonicalize_name(CPYTHON)], whole)
    )
    grouped: dict[tuple[str, Subject, str], list[Part]] = {}
    for part in inside.parts:  # the DLLs of one library are one thing
        if part.subject is not None and (part.subject, part.version) != (_PYTHON, python):
            grouped.setdefault((part.owner, part.subject, part.version), []).append(part)
    for (owner, subject, version), parts in grouped.items():
        own = Identity(
            purls=tuple(dict.fromkeys(purl for each in parts for purl in each.purls)),
            refs=tuple(ref for each in parts for ref in _refs(inside.serial, each.ref)),
        )
        above = owners.get(canonicalize_name(owner), whole)
        yield _Thing(subject=subject, name=parts[0].name, version=version, owner=owner, identities=(own, above, whole))


def _of_wheel(wheel: WheelInfo, sha256: str, serial: str) -> Identity:
    """Packages that are built from a folder have purls of type ``generic`` in the bill."""
    name = canonicalize_name(wheel.name)
    purls = (str(PackageURL(kind, None, name, wheel.version)) for kind in ("pypi", "generic"))
    try:
        said = tuple(purls)
    except (ValueError, TypeError):  # a manifest with right sums may call it anything, such as a blank
        said = ()
    return Identity(purls=said, sha256=sha256, refs=_refs(serial, f"package:{name}"))


def _refs(serial: str, ref: str) -> tuple[str, ...]:
    """As BOM-Link has it."""
    number = serial.lower().removeprefix("urn:uuid:")
    return (f"urn:cdx:{number}/1#{ref}",) if number and ref else ()


def _findings(advisories: Sequence[Advisory], by_subject: Mapping[Subject, Sequence[_Thing]]) -> Iterator[Finding]:
    """One of each advisory and thing. The bill that names things and the snapshot may both be made to have no end of them."""
    versions = {each.version: version_of(each.version) for things in by_subject.values() for each in things}
    compared = found = 0
    for advisory in advisories:
        by_their: dict[Subject, list[Affected]] = {}
        for each in advisory.affected:
            by_their.setdefault(each.subject, []).append(each)
        for subject, affected in by_their.items():
            compared += len(by_subject[subject]) * sum(1 + len(each.spans) for each in affected)
            if compared > _MOST_COMPARED:
                raise _endless("versions in advisories", _MOST_COMPARED)
            for thing in by_subject[subject]:
                if holding := [each for each in affected if each.holds(versions[thing.version])]:
                    found += 1
                    if found > _MOST_FINDINGS:
                        raise _endless("known vulnerabilities", _MOST_FINDINGS)
                    yield _finding(thing, advisory, holding)


def _endless(what: str, most: int) -> InputError:
    return InputError(
        "audit-endless",
        f"the bundle would be compared with more than {most:,} {what}",
        hint="look at its bill of materials (bundle inspect BUNDLE --sbom 1.6), and whether the snapshots and statements come from where they should",
    )


def _finding(thing: _Thing, advisory: Advisory, affected: Sequence[Affected]) -> Finding:
    fixes = sorted({one for each in affected for one in each.fixes if one > version_of(thing.version)})
    return Finding(
        package=thing.name,
        version=thing.version,
        owner=thing.owner,
        advisory=advisory.id,
        aliases=advisory.aliases,
        severity=gravest(each.severity for each in affected),
        summary=advisory.summary,
        fixed=tuple(map(str, fixes)),
        identities=thing.identities,
    )


def _concerning(finding: Finding, by_id: Mapping[str, Sequence[Statement]]) -> list[Statement]:
    known = {id(one): one for each in finding.ids for one in by_id.get(each, ())}
    return [each for each in known.values() if each.concerns(finding.ids, finding.identities)]


def _by_commits_alone(advisories: Sequence[Advisory]) -> tuple[str, ...]:
    """Those that no other record of the same names versions for, for the same thing."""
    known = {
        (each.subject, identity)
        for advisory in advisories
        for each in advisory.affected
        if not each.by_commits
        for identity in (advisory.id, *advisory.aliases)
    }
    return tuple(
        sorted(
            {
                advisory.id
                for advisory in advisories
                for each in advisory.affected
                if each.by_commits
                and not any((each.subject, identity) in known for identity in (advisory.id, *advisory.aliases))
            }
        )
    )


def _unknown(subjects: Iterable[Subject], read: Sequence[Snapshot]) -> frozenset[Subject]:
    """What the snapshots are silent about. That is no sign that it is sound: most have one ecosystem, and of a library some records at least."""
    ecosystems = {each for snapshot in read for each in snapshot.ecosystems}
    known = {
        affected.subject
        for snapshot in read
        for advisory in snapshot.advisories
        for affected in advisory.affected
        if not affected.by_commits
    }
    return frozenset(each for each in subjects if each not in known and each.ecosystem not in ecosystems)


def _not_judged(things: Sequence[_Thing], unknown: frozenset[Subject], inside: Parts) -> Iterator[NotJudged]:
    silent = [each for each in things if each.subject in unknown]
    if any(each.subject.ecosystem == "PyPI" and not each.owner for each in silent):
        yield NotJudged(
            name="all packages",
            version="",
            owner="",
            reason="no snapshot is one of packages of Python",
            counts=True,
        )
    for each in silent:
        if each.subject.ecosystem != "PyPI":
            yield NotJudged(
                name=each.name, version=each.version, owner=each.owner, reason=_NO_RECORD, counts=not each.owner
            )
    if inside.fault:
        reason = f"the bill of materials can't be read: {inside.fault}"
        yield NotJudged(
            name="all that is inside packages", version="", owner="", reason=reason, counts=not inside.is_missing
        )
    for part in inside.parts:
        if part.subject is None:
            yield NotJudged(name=part.name, version=part.version, owner=part.owner, reason=part.reason)
