"""The lock: everything that a build takes from outside, each with its hash; ``bundler.model.lock_file`` reads it, ``bundler.model.lock_encoding`` writes it."""

from __future__ import annotations

import dataclasses
import datetime
from typing import Literal

from bundler.errors import InputError
from bundler.model.artifact import Artifact
from bundler.model.attestation import Attested
from bundler.model.runtime_kinds import KindName
from bundler.model.target import Target
from bundler.model.vcs import VcsOrigin


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class LegacyChoice:
    """A legacy installer: ``source`` as the recipe names it, ``python`` (``2.7``) and ``platform`` where somebody decided."""

    source: str
    python: str | None = None
    platform: str | None = None


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Rejection:
    """What of a package's project wasn't taken when its file was chosen, for one reason: ``versions`` of them, from ``oldest`` to ``newest``.

    Of the chosen version itself some of its other ``files``, and how many ``more`` there were; of newer versions none.
    """

    reason: str
    newest: str
    oldest: str
    versions: int = 1
    files: tuple[str, ...] = ()
    more: int = 0


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class LockedPackage:
    """One package and the one file chosen for it.

    ``kind`` says what ``file`` is; a ``directory`` is a local project: its file is None and ``directory`` its path, absolute in
    memory and relative to the lock in the file. ``archive``: a direct URL (PEP 508) to a wheel or an sdist. ``legacy``: an
    installer, which becomes a wheel as the field of that name says. ``vcs``: a repository; its file is a tar of the commit.
    ``name`` is normalized; ``requested``: the recipe itself asks for it; ``dependencies``: normalized names, sorted. ``rejected``: what else
    its index had when the file was chosen, None: nobody wrote it down; ``attested``: who published the file, as the index says it.
    """

    name: str
    version: str
    kind: Literal["wheel", "sdist", "archive", "directory", "legacy", "vcs"]
    file: Artifact | None
    directory: str | None = None
    index: str | None = None
    requires_python: str | None = None
    dependencies: tuple[str, ...] = ()
    requested: bool = False
    upload_time: datetime.datetime | None = None
    legacy: LegacyChoice | None = None
    vcs: VcsOrigin | None = None
    rejected: tuple[Rejection, ...] | None = None
    attested: Attested | None = None

    @property
    def is_source(self) -> bool:
        """Whether it has to be built."""
        return self.kind != "legacy" and (self.file is None or not self.file.filename.endswith(".whl"))

    @property
    def document(self) -> Artifact | None:
        """What its index says of who published its file, to be fetched, under the name that it has in a bundle; None: there is nothing."""
        found = self.attested
        if found is None:
            return None
        name = f"{self.name}-{self.version}.json"
        return Artifact(filename=name, url=found.url, size=found.size, sha256=found.sha256)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class BuildRequirement:
    """A wheel for the build host, and the packages (normalized names) whose sdist or project is built with it."""

    package: LockedPackage
    used_by: tuple[str, ...]


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class LockedRuntime:
    """A file that brings a Python: an installer or an archive, pinned. None and no ``source``: the target has its Python already.

    ``source`` is what the recipe says (or the derived address); ``signer`` the subject that its Authenticode signature
    was seen to carry, None where ``unsigned``; ``member`` the path of an archive inside an sdist from the index.
    """

    kind: KindName
    source: str
    file: Artifact | None
    signer: str | None
    member: str | None = None

    @property
    def artifact(self) -> Artifact:
        """Its file; raises InputError (``runtime-kind``) where it has none."""
        if self.file is None:
            raise InputError("runtime-kind", f"a runtime of kind {self.kind!r} has no file")
        return self.file


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Lock:
    """Everything that a build takes from outside, each with its hash.

    ``inputs`` is a digest over what the recipe asked for: another one means that the lock is stale. ``seeds`` are wheels for
    making the environment on the target, ``build`` wheels that sdists and projects are built with on the build host.
    ``boot`` is the Python that starts on the bare target; None: the runtime itself does. ``uploaded_before``: only files of indexes were taken
    that were uploaded before it; None: of any age.
    """

    target: Target
    created: datetime.datetime
    inputs: str
    packages: tuple[LockedPackage, ...]
    seeds: tuple[LockedPackage, ...]
    build: tuple[BuildRequirement, ...]
    runtime: LockedRuntime
    boot: LockedRuntime | None
    uploaded_before: datetime.datetime | None = None

    @property
    def all_packages(self) -> tuple[LockedPackage, ...]:
        """Those of the bundle, what makes the environment, and what is built with."""
        return (*self.packages, *self.seeds, *(each.package for each in self.build))
