"""The manifest: the one contract between the build host and the target. JSON, versioned; ``bundler/target`` reads it too.

Paths inside a bundle are relative, with ``/``, plain ASCII. Paths on the target are Windows' own.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import ConfigDict, StrictBool, StrictInt

from bundler.model.codec import SNAKE
from bundler.model.dll import DllInfo
from bundler.model.prerequisite import PostInstallInfo, PrerequisiteInfo
from bundler.model.rehearsal import RehearseInfo
from bundler.model.runtime_kinds import RUNTIME_KINDS, KindName
from bundler.model.service import PermissionInfo, ServiceInfo
from bundler.model.site_values import SiteType
from bundler.model.value_pattern import ValuePattern, value_pattern

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bundler.model.lock import LockedRuntime
    from bundler.model.recipe import BundleTable, ChecksTable, EnvironmentTable, FileTable, RuntimeTable, SiteTable
    from bundler.model.target import Target

FORMAT = 1
"""The version of the manifest that this code writes and the only one that it reads. A key that comes later has a default: older bundles are read."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class BundleInfo:
    """``release`` names this release's folder on the target: version and a digest of the content, ``4.14.2-1f3a9c07``.

    ``publisher`` is named in Windows' list of installed programs, as ``display_name`` (None: the name) and with ``icon``, a file of the bundle.
    ``sequence``: a target on which a bundle of this name with a higher number was in use refuses this one; ``not_after``: the last day,
    YYYY-MM-DD in UTC, on which it may be installed.
    """

    __pydantic_config__: ClassVar[ConfigDict] = SNAKE
    name: str
    version: str
    release: str
    publisher: str | None = None
    sequence: StrictInt | None = None
    not_after: str | None = None
    display_name: str | None = None
    icon: str | None = None


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class TargetInfo:
    """``bits``: 32 or 64; ``windows``: the lowest version of Windows that this Python runs on, (major, minor, build).

    ``tags``: all wheel tags (PEP 425) that this Python takes, one by one, the best first. Pips differ in what they say of that, so no pip is asked on the target.
    """

    __pydantic_config__: ClassVar[ConfigDict] = SNAKE
    python: str
    platform: str
    abi: str
    bits: StrictInt
    windows: tuple[StrictInt, StrictInt, StrictInt]
    tags: tuple[str, ...] = ()

    @property
    def slug(self) -> str:
        """As that of the lock's target: ``3.11.9-win_amd64``."""
        return f"{self.python}-{self.platform}"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class BootInfo:
    """The Python that runs where it lies, in the folder ``boot``.

    ``python``: the path of its python.exe inside the bundle. ``placeholders``: files that are empty in truth and hold one newline in the bundle, which has no empty file.
    """

    __pydantic_config__: ClassVar[ConfigDict] = SNAKE
    python: str
    placeholders: tuple[str, ...]


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class RuntimeInfo:
    """``file``: the installer inside the bundle; None: the release gets a copy of ``boot``, or the target has its Python already, in
    ``directory`` or, without one, where the registry says; then ``source`` and ``sha256`` are empty.

    ``signer``: the Authenticode subject seen on the build host, None: unsigned. ``size``: bytes once installed, an upper estimate.
    """

    __pydantic_config__: ClassVar[ConfigDict] = SNAKE
    kind: KindName
    file: str | None
    source: str
    sha256: str
    signer: str | None
    directory: str | None
    all_users: StrictBool
    prepend_path: StrictBool
    replace: StrictBool
    size: StrictInt


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class EnvironmentInfo:
    """``maker``: with what the environment is made: the runtime's own ``venv``, or ``virtualenv`` from the seeds.

    ``keep``: how many releases stay on the target, the current one among them. ``volatile``: patterns of files that programs write into them.
    ``add_wheels``: whether ``/add`` may add others' wheels, and whether an upgrade takes them along. ``launchers``: whether what an entry point's program
    runs lies in the program, as pip has it, or beside it.
    """

    __pydantic_config__: ClassVar[ConfigDict] = SNAKE
    path: str
    data: str | None
    maker: Literal["venv", "virtualenv"]
    keep: StrictInt = 2
    volatile: tuple[str, ...] = ()
    add_wheels: Literal["never", "block-upgrade", "repeat"] = "never"
    launchers: Literal["combined", "separate"] = "combined"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class WheelInfo:
    """One wheel: ``name`` as its metadata spells it, ``file`` inside the bundle, ``size`` in bytes once unpacked.

    ``origin``: where it came from, without credentials; ``made_from``: what it was built or converted from, ``wheel``: its programs were signed, None: it is as it came.
    ``startup``: its files that decide what code runs whenever the environment's Python starts.
    """

    __pydantic_config__: ClassVar[ConfigDict] = SNAKE
    name: str
    version: str
    file: str
    requested: StrictBool
    origin: str
    made_from: Literal["sdist", "project", "legacy", "wheel"] | None
    license: str
    size: StrictInt
    longest_path: StrictInt
    startup: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class SharedFiles:
    """Files that two packages (normalized names) bring with different contents; the one of ``winner`` is installed.

    Or the one folder, with a slash behind it, that both spell otherwise (``Crypto/``), which is one on the target: as ``winner`` spells it.
    """

    __pydantic_config__: ClassVar[ConfigDict] = SNAKE
    winner: str
    loser: str
    paths: tuple[str, ...]

    def __str__(self) -> str:
        if self.paths[0].endswith("/"):
            folder = f"{self.loser} brings {self.paths[0]}, which {self.winner} spells with other letters (A, a): it is one folder on the target"
            return f"{folder}, as {self.winner} spells it, and {self.loser} can't be imported from there"
        more = len(self.paths) - 1
        files = self.paths[0] + (f" and {more} more file{'s' * (more != 1)}" if more else "")
        return f"{self.winner} and {self.loser} both bring {files}, with other content; what {self.winner} brings is installed"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class SiteInfo:
    """``choices``: of type choice; ``pattern``: what a whole value must fit; ``required``: an empty value is none."""

    __pydantic_config__: ClassVar[ConfigDict] = SNAKE
    name: str
    default: str | None
    help: str
    secret: StrictBool
    type: SiteType = "text"
    choices: tuple[str, ...] = ()
    pattern: ValuePattern | None = None
    required: StrictBool = True


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class FileInfo:
    """An extra file: ``file`` inside the bundle goes to ``destination`` (begins with ``{release}`` or ``{data}``)."""

    __pydantic_config__: ClassVar[ConfigDict] = SNAKE
    file: str
    destination: str
    template: StrictBool


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class ChecksInfo:
    __pydantic_config__: ClassVar[ConfigDict] = SNAKE
    imports: tuple[str, ...]
    commands: tuple[tuple[str, ...], ...]


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """One file of the bundle: ``size`` in bytes, never 0; ``sha256`` in hex."""

    __pydantic_config__: ClassVar[ConfigDict] = SNAKE
    path: str
    size: StrictInt
    sha256: str


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Manifest:
    """``created`` is ISO 8601 in UTC; ``members`` are sorted by path and hold every file but the manifest and the sums.

    ``dlls``: what the server must have besides the bundle, as far as the wheels tell. ``shared``: what several packages bring with different contents. ``frozen``: the lines ``name==version`` (names normalized, sorted) that the finished environment must consist of, no less and no more.
    """

    __pydantic_config__: ClassVar[ConfigDict] = SNAKE
    format: StrictInt
    bundle: BundleInfo
    created: str
    target: TargetInfo
    boot: BootInfo
    runtime: RuntimeInfo
    environment: EnvironmentInfo
    seeds: tuple[WheelInfo, ...]
    packages: tuple[WheelInfo, ...]
    frozen: tuple[str, ...]
    site: tuple[SiteInfo, ...]
    files: tuple[FileInfo, ...]
    checks: ChecksInfo
    members: tuple[Member, ...]
    dlls: tuple[DllInfo, ...] = ()
    services: tuple[ServiceInfo, ...] = ()
    permissions: tuple[PermissionInfo, ...] = ()
    prerequisites: tuple[PrerequisiteInfo, ...] = ()
    post_install: tuple[PostInstallInfo, ...] = ()
    shared: tuple[SharedFiles, ...] = ()
    rehearse: RehearseInfo = dataclasses.field(default_factory=RehearseInfo)

    @property
    def stem(self) -> str:
        """The archive's name without its extension: ``example-4.14.2-3.11.9-win_amd64``."""
        return f"{self.bundle.name}-{self.bundle.version}-{self.target.slug}"


def bundle_info(table: BundleTable, *, icon: str | None) -> BundleInfo:
    """``icon``: inside the bundle. The release's name depends on the content, and is filled in last."""
    return BundleInfo(
        name=table.name,
        version=table.version,
        release="",
        publisher=table.publisher,
        sequence=table.sequence,
        not_after=table.not_after,
        display_name=table.display_name,
        icon=icon,
    )


def target_info(target: Target, *, windows: tuple[int, int, int]) -> TargetInfo:
    return TargetInfo(
        python=target.python,
        platform=target.platform,
        abi=target.abi,
        bits=target.bits,
        windows=windows,
        tags=tuple(map(str, target.tag_rank())),
    )


def runtime_info(table: RuntimeTable, locked: LockedRuntime, *, file: str | None, size: int) -> RuntimeInfo:
    """``file``: the installer's path inside the bundle; None: there is none, and what is said to it means nothing."""
    installed, outside = file is not None, RUNTIME_KINDS[locked.kind].outside
    return RuntimeInfo(
        kind=locked.kind,
        file=file,
        source=locked.source,
        sha256=(locked.file.sha256 if locked.file else None) or "",
        signer=locked.signer,
        directory=table.directory if outside else None,
        all_users=table.all_users and outside,
        prepend_path=table.prepend_path and installed,
        replace=table.replace and installed,
        size=size,
    )


def environment_info(table: EnvironmentTable, *, maker: Literal["venv", "virtualenv"]) -> EnvironmentInfo:
    return EnvironmentInfo(
        path=table.path,
        data=table.data,
        maker=maker,
        keep=table.keep,
        volatile=table.volatile,
        add_wheels=table.add_wheels,
        launchers=table.launchers,
    )


def site_infos(tables: Mapping[str, SiteTable]) -> tuple[SiteInfo, ...]:
    """``tables``: by the value's name, in the order of the recipe."""
    return tuple(_site_info(name, each) for name, each in tables.items())


def _site_info(name: str, table: SiteTable) -> SiteInfo:
    return SiteInfo(
        name=name,
        default=table.default,
        help=table.help,
        secret=table.secret,
        type=table.type,
        choices=table.choices,
        pattern=value_pattern(table.pattern) if table.pattern is not None else None,
        required=table.required,
    )


def file_info(table: FileTable, path: str) -> FileInfo:
    """``path``: inside the bundle."""
    return FileInfo(file=path, destination=table.destination, template=table.template)


def checks_info(table: ChecksTable) -> ChecksInfo:
    return ChecksInfo(imports=table.imports, commands=table.commands)
