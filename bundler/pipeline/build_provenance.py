"""What a build tells of itself in the statement beside the bundle: what was asked for, what it took, what it made, on what, with which tools."""

from __future__ import annotations

import dataclasses
import datetime
import os
import platform
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bundler
from bundler.model.bundle_files import LOCK, RECIPE
from bundler.model.secret_queries import without_secrets
from bundler.pipeline.build_terms import said_epoch
from bundler.pipeline.derived import version_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bundler.model.artifact import Artifact, StoredFile
    from bundler.model.lock import Lock, LockedPackage
    from bundler.pack.layout import Layout
    from bundler.pipeline.locked_bundle import MadeWheels
    from bundler.pipeline.session import Session
    from bundler.trust.build_statement import Input

PROJECT_FILES = "bundle-project-files"
"""The digest of a folder: as ``bundler.build.source_tree`` makes it, over paths, contents, and who may run a file."""
_TOOLS = (
    "cyclonedx-python-lib",
    "distlib",
    "olefile",
    "packageurl-python",
    "packaging",
    "pefile",
    "pip",
    "pyproject-hooks",
    "signify",
)
"""Packages of this host that have a hand in bytes, or decide which are taken."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class BuildAsked:
    """``builder``: a URI that says who builds, empty: nobody says it; ``format``: of the archive; ``folder``: the recipe's; ``signing``: what signs
    programs, and by which server of time stamps.
    """

    builder: str
    format: str
    folder: Path
    signing: Mapping[str, str] = dataclasses.field(default_factory=dict)


def statement_of(
    session: Session,
    asked: BuildAsked,
    layout: Layout,
    own: Sequence[tuple[Artifact, StoredFile]],
    made: MadeWheels,
    *,
    signed: Mapping[str, str],
) -> Callable[[str, str], bytes]:
    """Who writes the statement, as an envelope that nobody has signed, for the name and hash of what was written. ``own``: the recipe's own files;
    ``signed``: members with programs that were signed for this bundle, and by whom.
    """

    def write(name: str, sha256: str) -> bytes:
        from bundler.formats.dsse import write_envelope
        from bundler.trust.build_statement import ANY_HOST, BuildFacts, write_statement

        facts = BuildFacts(
            parameters=_parameters(session, asked, layout),
            host={
                "system": platform.platform(),
                "machine": platform.machine(),
                "python": f"{platform.python_implementation()} {platform.python_version()}",
            },
            tools=tools_of_this_host(),
            builder=asked.builder or ANY_HOST,
            invocation=uuid.uuid4().urn,
            started=session.now,
            finished=datetime.datetime.now(datetime.UTC),
            inputs=tuple(_inputs(asked.folder, made.locked.lock, own)),
            made=(*_made_here(made, signed), *_signed_here(layout, signed)),
        )
        return write_envelope(write_statement(facts, name=name, sha256=sha256))

    return write


def _parameters(session: Session, asked: BuildAsked, layout: Layout) -> dict[str, Any]:
    """The recipe and the lock are members of the archive."""
    manifest = layout.manifest
    sums = {each.path: each.sha256 for each in manifest.members}
    named = {"recipe": RECIPE, "lock": LOCK}
    return {
        **{key: {"name": path, "digest": {"sha256": sums[path]}} for key, path in named.items()},
        "target": manifest.target.slug,
        "format": asked.format,
        "release": manifest.bundle.release,
        "source-date-epoch": said_epoch(session),
        **({"authenticode": dict(asked.signing)} if asked.signing else {}),
    }


def tools_of_this_host() -> dict[str, str]:
    """Name and version of whatever takes part in a build here."""
    from bundler.trust.build_statement import PROGRAM

    versions = {name: version_of(name) for name in _TOOLS}
    return {PROGRAM: bundler.__version__, **{name: each for name, each in versions.items() if each}}


def _inputs(folder: Path, lock: Lock, own: Sequence[tuple[Artifact, StoredFile]]) -> Iterator[Input]:
    for role, packages in (("package", lock.packages), ("seed", lock.seeds)):
        for each in packages:
            yield _package(folder, each, {"role": role, "kind": each.kind})
    for required in lock.build:
        yield _package(folder, required.package, {"role": "build requirement", "used-by": list(required.used_by)})
    for role, runtime in (("runtime", lock.runtime), ("boot", lock.boot)):
        if runtime is not None and runtime.file is not None:
            facts = {"role": role, "kind": runtime.kind, "signer": runtime.signer, "member": runtime.member}
            yield _file(folder, runtime.file, runtime.file.filename, facts)
    for artifact, stored in own:
        known = dataclasses.replace(artifact, sha256=stored.sha256)
        yield _file(folder, known, artifact.filename, {"role": "file of the recipe"})


def _package(folder: Path, package: LockedPackage, facts: dict[str, Any]) -> Input:
    from bundler.trust.build_statement import Input

    name = f"{package.name}=={package.version}"
    if package.file is not None:
        found = _file(folder, package.file, name, facts)
        if package.vcs is not None:
            return dataclasses.replace(found, digests={**found.digests, "gitCommit": package.vcs.commit})
        return found
    from bundler.build.source_tree import project_digest

    place = Path(package.directory or "")
    return Input(
        name=name, digests={PROJECT_FILES: project_digest(place)}, facts={**facts, "path": _seen(place, folder)}
    )


def _file(folder: Path, artifact: Artifact, name: str, facts: dict[str, Any]) -> Input:
    from bundler.trust.build_statement import Input

    said = {**facts, "file": artifact.filename, "size": artifact.size}
    if artifact.path is not None:
        said["path"] = _seen(Path(artifact.path), folder)
    return Input(
        name=name,
        uri=without_secrets(artifact.url or ""),
        digests={"sha256": artifact.sha256 or ""},
        facts={key: value for key, value in said.items() if value is not None},
    )


def _made_here(made: MadeWheels, signed: Mapping[str, str]) -> Iterator[Input]:
    from bundler.trust.build_statement import Input

    for each in made.wheels:
        if each.made_from is not None:
            facts: dict[str, Any] = {"made-from": each.made_from}
            if by := signed.get(f"wheels/{each.filename}"):
                facts["programs-signed-by"] = by
            if made.built is not None and each.filename in made.built.built_in:
                facts["built-in"] = made.built.built_in[each.filename]
            if made.built is not None and each.filename in made.built.compiled_with:
                facts["compiled-with"] = made.built.compiled_with[each.filename]
            yield Input(name=each.filename, digests={"sha256": each.file.sha256}, facts=facts)


def _signed_here(layout: Layout, signed: Mapping[str, str]) -> Iterator[Input]:
    """Of ours: a wheel is told of with the others."""
    from bundler.trust.build_statement import Input

    for each in layout.manifest.members:
        if each.path in signed and not each.path.startswith("wheels/"):
            yield Input(
                name=each.path, digests={"sha256": each.sha256}, facts={"programs-signed-by": signed[each.path]}
            )


def _seen(path: Path, folder: Path) -> str:
    """A file of this host as its recipe sees it; by its name alone where it lies elsewhere: what lies above it is nobody's business."""
    try:
        seen = Path(os.path.relpath(path, folder))
    except ValueError:  # another drive
        return path.name
    return path.name if ".." in seen.parts else seen.as_posix()
