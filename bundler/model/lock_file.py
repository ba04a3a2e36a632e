"""Reading the lock's file: PEP 751; what that has no field for stands under ``[tool.bundle]``. ``bundler.model.lock_encoding`` writes it."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from packaging.pylock import Package, PackageArchive, PackageSdist, PackageWheel, Pylock, PylockValidationError
from packaging.utils import canonicalize_name

from bundler.errors import Fault, InputError, quoted, reason_of
from bundler.foreign import (
    MalformedTomlError,
    TooLargeError,
    UndecodableTextError,
    file_name_of,
    parts_of,
    read_locked,
    read_text,
    read_toml,
)
from bundler.model.artifact import SHA256, Artifact
from bundler.model.codec import DecodeError, decode
from bundler.model.lock import BuildRequirement, LegacyChoice, Lock, LockedPackage, LockedRuntime
from bundler.model.lock_attestations import attested_of
from bundler.model.lock_faults import lock_faults
from bundler.model.lock_form import ToolTable
from bundler.model.lock_rejections import with_rejections
from bundler.model.moments import in_utc
from bundler.model.target import Target
from bundler.model.vcs import VcsAddress, VcsOrigin, read_vcs

if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping

    from bundler.model.attestation import Attested
    from bundler.model.lock_form import BuildTable, FileTable, RuntimeTable, SeedTable

FORMAT = 1
"""The version of ``[tool.bundle]`` that this code writes and the only one that it reads."""

_FIX = "take the file from version control again, or remove it and run `bundle lock RECIPE`"


def load_lock(path: Path) -> Lock:
    """Read a lock; raises InputError (``lock-unreadable``, ``lock-invalid``, ``lock-format``)."""
    try:
        data = read_toml(read_text(path))
    except FileNotFoundError:
        raise InputError("lock-unreadable", f"there is no lock {path}", hint="`bundle lock RECIPE` writes it") from None
    except (OSError, UndecodableTextError, TooLargeError, MalformedTomlError) as error:
        raise InputError("lock-unreadable", f"the lock {path} can't be read: {reason_of(error)}", hint=_FIX) from None
    return decode_lock(data, path)


def decode_lock(data: Mapping[str, Any], path: Path) -> Lock:
    """The Lock in TOML's ``data``; ``path`` is its file, for messages and for what is relative to it."""
    tools = data.get("tool")
    table = tools.get("bundle") if isinstance(tools, dict) else None
    if not isinstance(table, dict):
        raise InputError(
            "lock-invalid",
            f"{path} is not a bundle's lock: it has no [tool.bundle]",
            hint="`bundle lock RECIPE` writes one beside the recipe, as pylock.*.toml: name that; if it is that one, "
            + _FIX,
        )
    if table.get("format") != FORMAT:
        raise InputError(
            "lock-format",
            f"{path} has format {table.get('format')!r}; this version reads format {FORMAT}",
            hint="remove it and run `bundle lock RECIPE`",
        )
    try:
        pylock = read_locked(data)
        tool = decode(ToolTable, table)
    except PylockValidationError as error:
        raise _invalid(path, Fault("", str(error))) from None
    except DecodeError as error:
        raise _invalid(path, *(Fault(f"tool.bundle.{each.where}", each.message) for each in error.faults)) from None
    named, said = tool.target, _Said(tool)
    try:
        target = Target.of(named.python, named.platform, abi=named.abi, markers=named.markers)
    except InputError as error:
        raise _invalid(path, Fault("tool.bundle.target", error.message)) from None
    attested = _attested(pylock, tool, path)
    lock = Lock(
        target=target,
        created=tool.created,
        inputs=tool.inputs,
        packages=with_rejections(
            [
                dataclasses.replace(_package(each, said, path), attested=attested.get(each.name))
                for each in pylock.packages
            ],
            tool.rejected,
        ),
        seeds=tuple(_attested_seed(each, path) for each in tool.seeds),
        build=tuple(BuildRequirement(package=_seed(each, path), used_by=each.used_by) for each in tool.build),
        runtime=_runtime(tool.runtime, path),
        boot=_runtime(tool.boot, path) if tool.boot else None,
        uploaded_before=_moment(tool.uploaded_before, "tool.bundle.uploaded-before", path),
    )
    if faults := tuple(lock_faults(lock, tool.requested)):
        raise _invalid(path, *faults)
    return lock


def _invalid(path: Path, *faults: Fault) -> InputError:
    return InputError("lock-invalid", f"{path} is not a valid lock", faults=faults, hint=_FIX)


class _Said:
    """What the lock's own table says of packages, by their names."""

    def __init__(self, tool: ToolTable) -> None:
        self.legacy = {each.name: each for each in reversed(tool.legacy)}
        self.vcs = {each.name: each for each in reversed(tool.vcs)}
        self.requested = frozenset(tool.requested)


def _package(package: Package, said: _Said, path: Path) -> LockedPackage:
    folder = path.parent
    directory = None
    legacy = said.legacy.get(package.name)
    kind: Literal["wheel", "sdist", "archive", "directory", "legacy", "vcs"]
    vcs: VcsOrigin | None = None
    file: Artifact | None
    chosen: PackageWheel | PackageSdist | PackageArchive
    if package.directory is not None:
        kind, file, upload_time = "directory", None, None
        directory = str(_absolute(package.directory.path, folder))
    elif package.vcs is not None:
        kind, upload_time = "vcs", None
        vcs, file = _repository(package, said, path)
    else:
        if package.wheels:
            kind, chosen = "wheel", package.wheels[0]
        elif package.sdist is not None:
            kind, chosen = "sdist", package.sdist
        elif package.archive is not None:
            kind, chosen = "legacy" if legacy else "archive", package.archive
        else:
            raise _invalid(path, Fault(package.name, "has no file"))
        if package.version is None and kind in ("wheel", "sdist"):
            raise _invalid(path, Fault(package.name, "has no version"))
        sha256 = chosen.hashes.get("sha256", "")
        if not SHA256.fullmatch(sha256):
            raise _invalid(path, Fault(package.name, "has no right sha256"))
        file = _artifact(
            getattr(chosen, "name", None) or file_name_of(chosen.url or chosen.path or ""),
            path,
            url=chosen.url,
            at=chosen.path,
            size=chosen.size,
            sha256=sha256,
        )
        upload_time = _moment(chosen.upload_time, package.name, path)
    return LockedPackage(
        name=package.name,
        version=str(package.version) if package.version else "0",
        kind=kind,
        file=file,
        directory=directory,
        index=package.index,
        requires_python=str(package.requires_python) if package.requires_python is not None else None,
        dependencies=_dependencies(package, path),
        requested=package.name in said.requested,
        upload_time=upload_time,
        legacy=LegacyChoice(source=legacy.source, python=legacy.python, platform=legacy.platform)
        if legacy and kind == "legacy"
        else None,
        vcs=vcs,
    )


def _dependencies(package: Package, path: Path) -> tuple[str, ...]:
    """Their names, which PEP 751 doesn't ask for: a lock of other tools may know them by other things."""
    found = package.dependencies or ()
    if not all("name" in each for each in found):
        raise _invalid(path, Fault(package.name, "has a dependency without a name"))
    return tuple(sorted(str(each["name"]) for each in found))


def _repository(package: Package, known: _Said, path: Path) -> tuple[VcsOrigin, Artifact]:
    """The commit of a package, and the tar that it becomes. Addresses are read like anybody's: the file may have been edited."""
    said = package.vcs
    table = known.vcs.get(package.name)
    if said is None or table is None or said.type != "git" or not said.url:
        raise _invalid(
            path, Fault(package.name, "doesn't say which commit of which repository of git it is, and its hash")
        )
    revision = said.requested_revision or ""
    try:
        origin = VcsOrigin(url=said.url, commit=said.commit_id, revision=revision, subdirectory=said.subdirectory or "")
        address = read_vcs(origin.text)
        if revision:
            read_vcs(f"git+{said.url}@{quote(revision)}")
    except ValueError as error:
        raise _invalid(path, Fault(package.name, f"has an unusable address: {error}")) from None
    if (
        address != VcsAddress(url=said.url, revision=said.commit_id, subdirectory=origin.subdirectory)
        or not address.commit
    ):
        raise _invalid(path, Fault(package.name, "must name a whole commit, and an address without credentials"))
    if table.size is not None and table.size < 0:
        raise _invalid(path, Fault(package.name, f"has the size {table.size}"))
    name = canonicalize_name(package.name)
    file = Artifact(filename=f"{name}-{origin.commit[:12]}.tar", url=origin.text, size=table.size, sha256=table.sha256)
    return origin, file


def _attested(pylock: Pylock, tool: ToolTable, path: Path) -> dict[str, Attested | None]:
    tables = {each.name: each for each in tool.attestations}
    found: dict[str, Attested | None] = {}
    for each in pylock.packages if tables else ():
        try:
            found[each.name] = attested_of(each.attestation_identities, tables.get(each.name))
        except ValueError as error:
            raise _invalid(path, Fault(f"{each.name}.attestation-identities", str(error))) from None
    return found


def _attested_seed(table: SeedTable, path: Path) -> LockedPackage:
    try:
        attested = attested_of(table.attestation_identities, table.attestation)
    except ValueError as error:
        raise _invalid(path, Fault(f"tool.bundle.seeds.{table.name}.attestation-identities", str(error))) from None
    return dataclasses.replace(_seed(table, path), attested=attested)


def _file(table: FileTable, path: Path) -> Artifact:
    return _artifact(table.filename, path, url=table.url, at=table.path, size=table.size, sha256=table.sha256)


def _artifact(name: str, path: Path, *, url: str | None, at: str | None, size: int | None, sha256: str) -> Artifact:
    """A file as the lock at ``path`` has it; its name will name a file on this disk, and may be nothing else."""
    if name in ("", ".", "..") or set(name) & set("/\\:\0"):
        raise _invalid(path, Fault(repr(name), "is not a valid file name"))
    if size is not None and size < 0:
        raise _invalid(path, Fault(name, f"has the size {size}"))
    if (url is None) == (at is None):
        raise _invalid(path, Fault(name, "must have either an address or a path"))
    if url is not None and parts_of(url) is None:
        raise _invalid(path, Fault(name, f"{quoted(url)} is not a valid address"))
    absolute = str(_absolute(at, path.parent)) if at is not None else None
    return Artifact(filename=name, url=url, path=absolute, size=size, sha256=sha256)


def _seed(table: SeedTable | BuildTable, path: Path) -> LockedPackage:
    file = _file(table.file, path)
    uploaded = _moment(table.upload_time, table.name, path)
    return LockedPackage(name=table.name, version=table.version, kind="wheel", file=file, upload_time=uploaded)


def _moment(moment: datetime.datetime | None, where: str, path: Path) -> datetime.datetime | None:
    try:
        return in_utc(moment) if moment is not None else None
    except ValueError:
        raise _invalid(path, Fault(where, f"there is no moment {moment}")) from None


def _runtime(table: RuntimeTable, path: Path) -> LockedRuntime:
    return LockedRuntime(
        kind=table.kind,
        source=table.source,
        file=_file(table.file, path) if table.file else None,
        signer=table.signer,
        member=table.member,
    )


def _absolute(path: str, folder: Path) -> Path:
    return Path(os.path.normpath(folder / path))
