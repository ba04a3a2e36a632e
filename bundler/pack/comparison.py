"""What differs between two bundles, by their manifests, or between two locks. Nothing is verified: that is another command.

Each is taken apart into records, by section and name; whatever a manifest says of something is compared field by field, so that a key that comes
later is compared too.
"""

from __future__ import annotations

import collections
import dataclasses
import datetime
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from packaging.utils import canonicalize_name

from bundler.errors import InputError
from bundler.model.lock_file import load_lock
from bundler.pack.publishers import Published, published_by, publishers_inside
from bundler.pack.reading import open_bundle

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bundler.model.lock import Lock, LockedPackage
    from bundler.model.manifest import Manifest
    from bundler.pack.reading import Bundle

Change = Literal["added", "removed", "changed"]
Record = dict[str, str]
"""Field -> its value as text; a field that is null or empty isn't there."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class FieldChange:
    """One field that differs; None: it has no value there."""

    field: str
    before: str | None
    after: str | None


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """``name`` within ``section``, empty: the section is one thing; ``fields``: all of what was added or removed, else those that differ."""

    section: str
    name: str
    change: Change
    fields: tuple[FieldChange, ...]


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Compared:
    """One side: ``size`` in bytes, of a bundle all its files, of a lock the packages'."""

    path: Path
    kind: Literal["bundle", "lock"]
    name: str
    version: str
    target: str
    size: int


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """Differences in the order of the sections, then of names."""

    before: Compared
    after: Compared
    differences: tuple[Difference, ...]


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class _Side:
    """``sections``: records by section and name; ``others``: hashes of files that no record is about, by their folder and path."""

    compared: Compared
    sections: Mapping[str, Mapping[str, Record]]
    others: Mapping[str, Mapping[str, str]]


def compare(before: Path, after: Path) -> Comparison:
    """Compare two bundles of any form, or two locks.

    Raises InputError (``comparison-mixed``, ``bundle-unreadable``, ``lock-unreadable``, ``lock-invalid``, ``lock-format``), IntegrityError
    (``bundle-damaged``, ``manifest-malformed``, ``manifest-format``).
    """
    return _compared(_side(before), _side(after))


def compare_bundles(before: Bundle, after: Bundle) -> Comparison:
    """As ``compare`` does, of two that are open."""
    return _compared(_of_open(before), _of_open(after))


def _compared(old: _Side, new: _Side) -> Comparison:
    if old.compared.kind != new.compared.kind:
        raise InputError(
            "comparison-mixed",
            f"{old.compared.path} is a {old.compared.kind} and {new.compared.path} a {new.compared.kind}",
            hint="compare two bundles or two locks; a bundle's own lock is the file pylock.toml in it",
        )
    return Comparison(
        before=old.compared,
        after=new.compared,
        differences=(*_differences(old.sections, new.sections), *_other_files(old.others, new.others)),
    )


def _side(path: Path) -> _Side:
    if path.suffix.lower() == ".toml" and not path.is_dir():
        return _of_lock(path, load_lock(path))
    return _of_open(open_bundle(path))


def _of_open(bundle: Bundle) -> _Side:
    return _of_bundle(bundle.path, bundle.manifest, publishers_inside(bundle))


def _of_bundle(path: Path, manifest: Manifest, publishers: Mapping[str, Published]) -> _Side:
    data = dataclasses.asdict(manifest)
    for each in (*data["packages"], *data["seeds"]):
        found = publishers.get(each["file"])
        each["published_by"] = found.by if found is not None else ""
    sums = {each.path: each.sha256 for each in manifest.members}
    data["target"].pop("tags")  # they follow from the Python and the platform
    data["bundle"].pop("release")
    for each in data["site"]:
        each["pattern"] = (each["pattern"] or {}).get("text")
    for each in (*data["packages"], *data["seeds"]):
        each.pop("longest_path")
    for each in (*data["packages"], *data["seeds"], *data["files"], *data["prerequisites"]):
        each["sha256"] = sums.pop(each["file"], None)
    for each in data["files"]:
        each.pop("file")
    sums.pop(data["runtime"]["file"] or "", None)
    compared = Compared(
        path=path,
        kind="bundle",
        name=manifest.bundle.name,
        version=manifest.bundle.version,
        target=manifest.target.slug,
        size=sum(each.size for each in manifest.members),
    )
    sections = {
        "bundle": _one(data["bundle"]),
        "target": _one(data["target"]),
        "runtime": _one(data["runtime"]),
        "environment": _one(data["environment"]),
        "packages": _named((canonicalize_name(each["name"]), each) for each in data["packages"]),
        "tools that make the environment": _named((canonicalize_name(each["name"]), each) for each in data["seeds"]),
        "prerequisites": _named((each["name"], each) for each in data["prerequisites"]),
        "services": _named((each["name"], each) for each in data["services"]),
        "permissions": _named((f"{each['path']} for {each['account']}", each) for each in data["permissions"]),
        "site values": _named((each["name"], each) for each in data["site"]),
        "extra files": _named((each["destination"], each) for each in data["files"]),
        "commands after the installation": _named((" ".join(each["command"]), each) for each in data["post_install"]),
        "checks": _one(data["checks"]),
        "rehearsal": _one(data["rehearse"]),
        "DLLs that the server must have": _named((each["name"], each) for each in data["dlls"]),
        "files that two packages bring": _named(
            (f"{each['winner']}, {each['loser']}", each) for each in data["shared"]
        ),
    }
    others: dict[str, dict[str, str]] = collections.defaultdict(dict)
    for name, sha256 in sums.items():
        folder, slash, _ = name.partition("/")
        others[folder + slash][name] = sha256
    return _Side(compared=compared, sections=sections, others=others)


def _of_lock(path: Path, lock: Lock) -> _Side:
    packages = [_locked(each) for each in lock.packages]
    build = [(each["name"], each) for each in (_locked(each.package) for each in lock.build)]
    files = [each.file for each in lock.packages if each.file is not None]
    compared = Compared(
        path=path,
        kind="lock",
        name=path.name,
        version="",
        target=str(lock.target),
        size=sum(each.size or 0 for each in files),
    )
    sections = {
        "target": _one({"python": lock.target.python, "platform": lock.target.platform}),
        "runtime": _one(_of_host(dataclasses.asdict(lock.runtime))),
        "boot Python": _one(_of_host(dataclasses.asdict(lock.boot)) if lock.boot else {}),
        "packages": _named((each["name"], each) for each in packages),
        "tools that make the environment": _named((each["name"], each) for each in map(_locked, lock.seeds)),
        "packages for builds": _named(build),
    }
    return _Side(compared=compared, sections=sections, others={})


def _locked(package: LockedPackage) -> dict[str, Any]:
    return _of_host(dataclasses.asdict(package)) | {"published_by": published_by(package)}


def _of_host(data: dict[str, Any]) -> dict[str, Any]:
    """Without the paths of one host."""
    data.pop("directory", None)
    data.pop("rejected", None)  # what else an index had changes by the day, and nothing of it is in a bundle
    data.pop("attested", None)
    if data["file"] is not None:
        data["file"].pop("path")
    return data


def _one(data: Mapping[str, Any]) -> dict[str, Record]:
    return {"": dict(_flat(data))}


def _named(records: Iterable[tuple[str, Mapping[str, Any]]]) -> dict[str, Record]:
    found: dict[str, Record] = {}
    numbers: collections.Counter[str] = collections.Counter()
    for name, data in records:
        own = name
        while own in found:
            numbers[name] += 1
            own = f"{name} ({numbers[name] + 1})"
        found[own] = dict(_flat(data))
    return found


def _flat(data: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Fields with their values as texts, those of tables inside as ``table.field``."""
    for key, value in data.items():
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{prefix}{key}.")
        elif isinstance(value, str) and value:
            yield prefix + key, value
        elif isinstance(value, datetime.datetime):
            yield prefix + key, value.isoformat()
        elif isinstance(value, (bool, int, float)) or value:
            yield prefix + key, json.dumps(value, ensure_ascii=False)


def _differences(
    before: Mapping[str, Mapping[str, Record]], after: Mapping[str, Mapping[str, Record]]
) -> Iterator[Difference]:
    for section, new in after.items():
        old = before[section]
        for name in sorted(old.keys() | new.keys()):
            change: Change = "added" if name not in old else "removed" if name not in new else "changed"
            fields = tuple(_fields(old.get(name, {}), new.get(name, {})))
            if fields or change != "changed":
                yield Difference(section=section, name=name, change=change, fields=fields)


def _fields(before: Record, after: Record) -> Iterator[FieldChange]:
    for field in (*before, *(each for each in after if each not in before)):
        if before.get(field) != after.get(field):
            yield FieldChange(field=field, before=before.get(field), after=after.get(field))


def _other_files(
    before: Mapping[str, Mapping[str, str]], after: Mapping[str, Mapping[str, str]]
) -> Iterator[Difference]:
    """Of each folder how many files differ: one by one they would be thousands where the Python is another."""
    for folder in sorted(before.keys() | after.keys()):
        old, new = before.get(folder, {}), after.get(folder, {})
        counts = {
            "files added": len(new.keys() - old.keys()),
            "files removed": len(old.keys() - new.keys()),
            "files changed": sum(old[path] != new[path] for path in old.keys() & new.keys()),
        }
        fields = [FieldChange(field=field, before=None, after=str(count)) for field, count in counts.items() if count]
        if fields:
            change: Change = "added" if not old else "removed" if not new else "changed"
            yield Difference(section="other files", name=folder, change=change, fields=tuple(fields))
