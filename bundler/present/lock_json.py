"""What ``bundle lock --json`` prints, with ``--why`` too: its shapes, and what fills them."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from bundler.model.fields import described
from bundler.present.target_json import TargetShape, target_shape

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bundler.model.artifact import Artifact
    from bundler.model.lock import LockedPackage, LockedRuntime
    from bundler.model.target import Target
    from bundler.pipeline.lock_recipe import Locked
    from bundler.resolve import Accepted, Rejected


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class LockedFileShape:
    """A file with its hash; one of url and path is null."""

    filename: str = described("its name")
    url: str | None = described("where it is fetched from, without credentials")
    path: str | None = described("the absolute path of a file on this host")
    size: int | None = described("in bytes; null if the index doesn't say it")
    sha256: str | None = described("in lower-case hex; a lock has it always")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class LockedPackageShape:
    """A package and the one file chosen for it."""

    name: str = described("normalized")
    version: str = described("the locked version")
    kind: str = described(
        "what the file is: wheel, sdist, archive, directory (a local project), legacy (an installer) or vcs (a repository)"
    )
    requested: bool = described("whether the recipe itself asks for it")
    dependencies: tuple[str, ...] = described("normalized names of the packages that it needs")
    file: LockedFileShape | None = described("null for a local project")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class LockedRuntimeShape:
    """The pinned file that brings a Python."""

    kind: str = described("msi, exe, nuget, embed, archive or none")
    source: str = described("as the recipe says it, or the derived address; empty for kind none")
    file: LockedFileShape | None = described("the file; null for kind none: the target has its Python already")
    signer: str | None = described("the subject of its Authenticode signature; null: unsigned")
    member: str | None = described("the path of the archive inside an sdist from the index")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class LockShape:
    """A lock and what this run did to it."""

    path: str = described("the lock's file")
    state: str = described("new, changed or unchanged")
    target: TargetShape = described("the machine that it is for")
    uploaded_before: str | None = described(
        "only files of indexes that were uploaded before this moment (UTC) were taken; null: of any age"
    )
    packages: tuple[LockedPackageShape, ...] = described("sorted by name")
    runtime: LockedRuntimeShape = described("the Python that the target gets")
    boot: LockedRuntimeShape | None = described("the Python that starts on the target; null: the runtime itself does")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class LockOutput:
    """`bundle lock RECIPE --json`"""

    locks: tuple[LockShape, ...] = described("one for each target of the recipe")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class ExaminedFileShape:
    """A file of a package, and whether it can be taken."""

    filename: str = described("its name; of a whole version that can't be taken, the version's")
    version: str | None = described("null where its name gives none")
    accepted: bool = described("whether the target could use it")
    reason: str | None = described("why it can't; null where it can")
    details: tuple[str, ...] = described(
        "of an sdist that can't be asked what it needs: what its build printed at last, and its log"
    )
    last_resort: bool = described("whether it is an sdist that must be compiled, taken where nothing else will do")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class ExaminedTargetShape:
    """What one target makes of the files."""

    target: TargetShape = described("the target")
    files: tuple[ExaminedFileShape, ...] = described(
        "every file that the index has of the package; of one that comes from no index, that one source"
    )


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class LockWhyOutput:
    """`bundle lock RECIPE --why NAME --json`"""

    targets: tuple[ExaminedTargetShape, ...] = described("one for each target of the recipe")


def lock_output(outcomes: Sequence[Locked]) -> LockOutput:
    return LockOutput(locks=tuple(map(_lock, outcomes)))


def _lock(locked: Locked) -> LockShape:
    lock = locked.lock
    return LockShape(
        path=str(locked.path),
        state=locked.state,
        target=target_shape(lock.target),
        uploaded_before=lock.uploaded_before.isoformat() if lock.uploaded_before else None,
        packages=tuple(_locked_package(each) for each in sorted(lock.packages, key=lambda each: each.name)),
        runtime=_locked_runtime(lock.runtime),
        boot=_locked_runtime(lock.boot) if lock.boot else None,
    )


def _locked_package(package: LockedPackage) -> LockedPackageShape:
    return LockedPackageShape(
        name=package.name,
        version=package.version,
        kind=package.kind,
        requested=package.requested,
        dependencies=package.dependencies,
        file=_locked_file(package.file) if package.file else None,
    )


def _locked_runtime(runtime: LockedRuntime) -> LockedRuntimeShape:
    return LockedRuntimeShape(
        kind=runtime.kind,
        source=runtime.source,
        file=_locked_file(runtime.file) if runtime.file else None,
        signer=runtime.signer,
        member=runtime.member,
    )


def _locked_file(file: Artifact) -> LockedFileShape:
    return LockedFileShape(
        filename=file.filename,
        url=file.url,
        path=file.path,
        size=file.size,
        sha256=file.sha256,
    )


def lock_why_output(found: Mapping[Target, Sequence[Accepted | Rejected]]) -> LockWhyOutput:
    return LockWhyOutput(
        targets=tuple(
            ExaminedTargetShape(target=target_shape(target), files=tuple(map(_examined_file, files)))
            for target, files in found.items()
        )
    )


def _examined_file(file: Accepted | Rejected) -> ExaminedFileShape:
    from bundler.resolve import Rejected

    rejected = isinstance(file, Rejected)
    return ExaminedFileShape(
        filename=file.filename,
        version=file.version,
        accepted=not rejected,
        reason=file.reason if isinstance(file, Rejected) else None,
        details=(*file.details, *file.advice.splitlines()) if isinstance(file, Rejected) else (),
        last_resort=not isinstance(file, Rejected) and file.last_resort,
    )
