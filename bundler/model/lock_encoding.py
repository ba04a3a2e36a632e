"""A lock as the text of its file: valid PEP 751; what that has no field for stands under ``[tool.bundle]``."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tomli_w
from packaging.pylock import Package, PackageArchive, PackageDirectory, PackageSdist, PackageVcs, PackageWheel, Pylock
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from bundler.errors import InputError
from bundler.model.lock_attestations import encode_attestations, encode_identities, encode_seed_attestation
from bundler.model.lock_file import FORMAT
from bundler.model.lock_rejections import encode_rejections
from bundler.model.secret_queries import without_secrets

if TYPE_CHECKING:
    from bundler.model.artifact import Artifact
    from bundler.model.lock import Lock, LockedPackage, LockedRuntime


def encode_lock(lock: Lock, path: Path) -> str:
    """The lock's text as it is written to ``path``: sorted, and the same for the same lock on any host."""
    ordered = sorted(lock.packages, key=lambda each: each.name)
    pylock = Pylock(
        lock_version=Version("1.0"),
        created_by="bundle",
        environments=[lock.target.marker()],
        requires_python=SpecifierSet(f"=={lock.target.python}"),
        packages=[_encode_package(each, path.parent) for each in ordered],
        tool={
            "bundle": {
                "format": FORMAT,
                "inputs": lock.inputs,
                "created": lock.created,
                **({"uploaded-before": lock.uploaded_before} if lock.uploaded_before else {}),
                "requested": [each.name for each in ordered if each.requested],
                **({"legacy": legacy} if (legacy := [_encode_legacy(each) for each in ordered if each.legacy]) else {}),
                **({"vcs": vcs} if (vcs := [_encode_vcs(each) for each in ordered if each.vcs]) else {}),
                **({"attestations": attested} if (attested := list(encode_attestations(ordered))) else {}),
                **encode_rejections(ordered),
                "target": _drop_none(
                    {
                        "python": lock.target.python,
                        "platform": lock.target.platform,
                        "abi": lock.target.abi,
                        "markers": dict(lock.target.markers),
                    }
                ),
                "runtime": _encode_runtime(lock.runtime, path.parent),
                **({"boot": _encode_runtime(lock.boot, path.parent)} if lock.boot else {}),
                "seeds": [_encode_seed(each, path.parent) for each in sorted(lock.seeds, key=lambda each: each.name)],
                "build": [
                    _encode_seed(each.package, path.parent) | {"used-by": list(each.used_by)}
                    for each in sorted(lock.build, key=lambda each: (each.package.name, each.used_by))
                ],
            }
        },
    )
    return "# Written by `bundle lock`; run it again to change it.\n" + tomli_w.dumps(pylock.to_dict())


def _encode_package(package: LockedPackage, folder: Path) -> Package:
    file = package.file
    common: dict[str, Any] = {}
    if file is not None and package.vcs is None:
        common = {
            "url": _written(file.url),
            "path": _relative(file.path, folder) if file.path else None,
            "size": file.size,
            "upload_time": package.upload_time,
            "hashes": {"sha256": file.sha256},
        }
    return Package(
        name=canonicalize_name(package.name),
        version=Version(package.version),
        requires_python=SpecifierSet(package.requires_python) if package.requires_python else None,
        dependencies=[{"name": name} for name in package.dependencies] or None,
        index=_written(package.index),
        wheels=[PackageWheel(name=file.filename, **common)] if file and package.kind == "wheel" else None,
        sdist=PackageSdist(name=file.filename, **common) if file and package.kind == "sdist" else None,
        archive=PackageArchive(**common) if file and package.kind in ("archive", "legacy") else None,
        vcs=PackageVcs(
            type="git",
            url=package.vcs.url,
            requested_revision=package.vcs.revision or None,
            commit_id=package.vcs.commit,
            subdirectory=package.vcs.subdirectory or None,
        )
        if package.vcs
        else None,
        directory=PackageDirectory(path=_relative(package.directory, folder), editable=False)
        if package.directory
        else None,
        attestation_identities=encode_identities(package.attested),
    )


def _encode_legacy(package: LockedPackage) -> dict[str, Any]:
    choice = dataclasses.asdict(package.legacy) if package.legacy else {}
    return _drop_none({"name": package.name, **choice})


def _encode_vcs(package: LockedPackage) -> dict[str, Any]:
    size, sha256 = (package.file.size, package.file.sha256) if package.file else (None, None)
    return _drop_none({"name": package.name, "size": size, "sha256": sha256})


def _encode_file(file: Artifact, folder: Path) -> dict[str, Any]:
    path = _relative(file.path, folder) if file.path else None
    return _drop_none(
        {"filename": file.filename, "url": _written(file.url), "path": path, "size": file.size, "sha256": file.sha256}
    )


def _encode_seed(package: LockedPackage, folder: Path) -> dict[str, Any]:
    if package.file is None:
        raise InputError("lock-invalid", f"{package.name} has no file to lock")
    said = {"name": package.name, "version": package.version, "upload-time": package.upload_time}
    return _drop_none({**said, "file": _encode_file(package.file, folder), **encode_seed_attestation(package.attested)})


def _encode_runtime(runtime: LockedRuntime, folder: Path) -> dict[str, Any]:
    return _drop_none(
        {
            "kind": runtime.kind,
            "source": _written(runtime.source) or None,
            "file": _encode_file(runtime.file, folder) if runtime.file else None,
            "signer": runtime.signer,
            "member": runtime.member,
        }
    )


def _written(url: str | None) -> str | None:
    """A lock is shared, and lies in the bundle: signatures and tokens are left out of addresses."""
    return without_secrets(url) if url is not None else None


def _relative(path: str, folder: Path) -> str:
    """``path`` seen from ``folder`` with slashes; as it is when they lie on different drives."""
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:
        return Path(path).as_posix()


def _drop_none(table: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in table.items() if value is not None and value != {}}
