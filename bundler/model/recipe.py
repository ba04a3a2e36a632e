"""The recipe: what a person writes, in TOML; ``bundler.model.recipe_file`` reads it."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from packaging.utils import canonicalize_name
from pydantic import ConfigDict, Field, StrictBool, StrictInt

from bundler.model.acceptance import AcceptanceTable
from bundler.model.codec import KEBAB
from bundler.model.fields import described as _field
from bundler.model.platforms.windows_platform import WINDOWS
from bundler.model.prerequisite import PostInstallTable, PrerequisiteTable
from bundler.model.recipe_texts import (
    Contact,
    DateText,
    IndexUrl,
    MinorVersion,
    Name,
    PackageName,
    PlatformText,
    PythonText,
    RequirementText,
    Sequence,
    Sha256,
    SourceText,
    TargetPath,
    Toolset,
    VersionText,
)
from bundler.model.rehearsal import RehearseTable
from bundler.model.runtime_kinds import INSTALLED, KindName
from bundler.model.service import PermissionTable, ServiceTable
from bundler.model.site_values import SiteType
from bundler.model.source_build import SourceTable
from bundler.model.target import Target

if TYPE_CHECKING:
    LegacyPlatform = str
else:
    LegacyPlatform = Literal[tuple(WINDOWS.architectures)]
    """Legacy installers are Windows' own."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class BundleTable:
    __pydantic_config__: ClassVar[ConfigDict] = KEBAB
    name: Name = _field("names the archive and its folder on the target")
    version: VersionText = _field("the version of the whole, shown to the operator")
    publisher: str | None = _field("who is named among the installed programs; the bundle's name if left out", None)
    contact: Contact | None = _field(
        "an e-mail address or a web address of whoever makes the bundle: stands in its bill of materials", None
    )
    sequence: Sequence | None = _field(
        "a number that grows with each build: targets refuse a bundle with a lower one than was in use there; build's --sequence wins",
        None,
    )
    not_after: DateText | None = _field(
        'the last day (UTC) on which it may be installed, as "2027-06-30"; build\'s --not-after wins', None
    )
    display_name: str | None = _field("what it is called there; the bundle's name if left out", None)
    icon: str | None = _field("a Windows icon (.ico), relative to the recipe, that is shown there", None)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class RuntimeTable:
    """``[target.runtime]``: the Python that the target gets."""

    __pydantic_config__: ClassVar[ConfigDict] = KEBAB
    kind: KindName = _field("how the Python comes to the target")
    source: SourceText | None = _field(
        "an address, a path or index:NAME==VERSION; python.org's address if left out", None
    )
    sha256: Sha256 | None = _field("of the file that the source names; pinned in the lock if left out", None)
    signer: str = _field("whose Authenticode signature is expected", "Python Software Foundation")
    unsigned: StrictBool = _field("true takes an unsigned runtime", default=False)
    directory: TargetPath | None = _field(
        f"{INSTALLED}: where the installer puts it; none: where it lies, looked up in the registry (PEP 514) if left out",
        None,
    )
    all_users: StrictBool = _field(
        f"{INSTALLED}: for all users of the machine, with admin rights; none: false takes one that this account registered too",
        default=True,
    )
    prepend_path: StrictBool = _field(f"{INSTALLED}: also put it on PATH", default=False)
    replace: StrictBool = _field(
        f"{INSTALLED}: true lets it replace another Python of the same minor version", default=False
    )


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class TargetTable:
    __pydantic_config__: ClassVar[ConfigDict] = KEBAB
    python: PythonText = _field("the exact version, x.y.z")
    platform: PlatformText = _field("a platform tag, such as win_amd64")
    abi: str | None = _field("an ABI tag, if it isn't CPython's default one", None)
    markers: dict[str, str] = _field("environment markers (PEP 508) that only this target knows", {})
    runtime: RuntimeTable = _field("the Python that the target gets")

    def target(self) -> Target:
        """The same as a Target; raises InputError when there is no such one."""
        return Target.of(self.python, self.platform, abi=self.abi, markers=self.markers)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class IndexTable:
    """An index and the packages that come from it and from nowhere else."""

    __pydantic_config__: ClassVar[ConfigDict] = KEBAB
    url: IndexUrl = _field("the root of a Simple API; no credentials: they come from netrc or the environment")
    packages: tuple[str, ...] = _field(
        "these (* and ? allowed) come from this index only, and nothing else from it", ()
    )


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class LegacyTable:
    __pydantic_config__: ClassVar[ConfigDict] = KEBAB
    source: SourceText = _field("the legacy installer")
    sha256: Sha256 | None = _field("of the installer; pinned in the lock if left out", None)
    python: MinorVersion | None = _field("the Python that it is for, such as 2.7, where its own sources disagree", None)
    platform: LegacyPlatform | None = _field("the same for the platform", None)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class ProjectTable:
    """A local project, and what of it is installed besides the project itself."""

    __pydantic_config__: ClassVar[ConfigDict] = KEBAB
    path: str = _field("its folder, relative to the recipe")
    extras: tuple[PackageName, ...] = _field("its extras that are installed too", ())
    groups: tuple[PackageName, ...] = _field("its dependency groups (PEP 735) that are installed too", ())

    @property
    def plain(self) -> bool:
        """Whether its folder says it all."""
        return not (self.extras or self.groups)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class PackagesTable:
    __pydantic_config__: ClassVar[ConfigDict] = KEBAB
    requirements: tuple[RequirementText, ...] = _field("requirements (PEP 508)", ())
    files: tuple[str, ...] = _field("requirements files or pylock.toml files, relative to the recipe", ())
    lock_extras: tuple[PackageName, ...] = _field("extras that are taken of pylock.toml files", ())
    lock_groups: tuple[PackageName, ...] | None = _field(
        "dependency groups that are taken of pylock.toml files; their default ones if left out", None
    )
    projects: tuple[ProjectTable, ...] = _field(
        "local projects, each as a text (its folder, relative to the recipe) or a table", ()
    )
    legacy: tuple[LegacyTable, ...] = _field("legacy installers to convert", ())
    build: tuple[PackageName, ...] = _field("packages to build from source although a wheel exists", ())
    sdists: Literal["fallback", "prefer", "never"] = _field(
        "whether packages are built from their sdists: where a version has no wheel, wherever there is an sdist, or never",
        "fallback",
    )
    incomplete: tuple[PackageName, ...] = _field(
        "packages that may be built without extension modules which their build calls optional", ()
    )
    shared_files: Literal["warn", "error"] = _field(
        "what becomes of files that two packages bring with different contents: the first package by name has them, with a warning, or an error",
        "warn",
    )
    constraints: tuple[RequirementText, ...] = _field(
        "versions that are allowed where something asks for the package", ()
    )
    indexes: tuple[IndexTable, ...] = _field(
        "Simple API roots, each as a text or a table; none: the one that pip on this host is configured to use", ()
    )
    prereleases: tuple[str, ...] = _field("packages whose prereleases are taken too", ())
    build_constraints: tuple[RequirementText, ...] = _field(
        "versions that are allowed where the build of a package asks for one, such as setuptools<82", ()
    )
    toolset: Toolset | None = _field(
        "the version of Microsoft's compiler that compiles, such as 14.44; the newest that serves the target's oldest Windows if left out",
        None,
    )
    source: dict[PackageName, SourceTable] = _field("how packages are built that come from source, by name", {})

    def source_table(self, name: str) -> SourceTable:
        """How the package ``name`` (normalized) is built; the defaults where the recipe doesn't say."""
        named = (table for written, table in self.source.items() if canonicalize_name(written) == name)
        return next(named, SourceTable())


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class EnvironmentTable:
    __pydantic_config__: ClassVar[ConfigDict] = KEBAB
    path: TargetPath = _field("the folder on the target that holds all releases")
    data: TargetPath | None = _field("a folder that outlives releases", None)
    keep: Annotated[StrictInt, Field(ge=1, le=100)] = _field(
        "how many releases stay there, the current one among them", 2
    )
    add_wheels: Literal["never", "block-upgrade", "repeat"] = _field(
        "whether bootstrap.bat /add may add wheels on a target that nobody signed, and what an upgrade does then: it is refused while they are "
        "there, or takes them along",
        "never",
    )
    launchers: Literal["combined", "separate"] = _field(
        "what the programs of entry points in a release are: combined: each holds what it runs, as pip makes them; separate: each is the same program, and what it "
        "runs lies beside it as NAME.pyz, so that one signature or one rule of a policy holds for all",
        "combined",
    )
    volatile: tuple[str, ...] = _field(
        "files that programs write into a release, such as Lib/site-packages/app/*.cache: /verify and /repair leave them alone",
        (),
    )


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class SiteTable:
    """One value that differs from server to server. No default: it must be given at install, unless it may be left empty."""

    __pydantic_config__: ClassVar[ConfigDict] = KEBAB
    type: SiteType = _field(
        "what a value must be: text, integer, port (1 to 65535), path (absolute), choice (of choices), account (as of a service), url",
        "text",
    )
    choices: tuple[str, ...] = _field("of type choice: the values that there are", ())
    pattern: str | None = _field(
        "a regular expression that a whole value must fit: letters, classes, groups, | and repetitions, no look-around",
        None,
    )
    required: StrictBool = _field("false: it may be left empty; an empty value is none otherwise", default=True)
    default: str | None = _field(
        "taken where the operator gives none; without it the value must be given at install", None
    )
    help: str = _field("shown to the operator", "")
    secret: StrictBool = _field(
        "true: not echoed, not logged, and written to files only that few can read; not for command lines, paths and addresses",
        default=False,
    )


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class FileTable:
    """One extra file."""

    __pydantic_config__: ClassVar[ConfigDict] = KEBAB
    source: SourceText = _field("an address, a path or index:NAME==VERSION/FILENAME")
    sha256: Sha256 | None = _field("of the file; required where its address is elsewhere and doesn't hold it", None)
    destination: str = _field("where it goes; begins with {release} or {data}")
    template: StrictBool = _field(
        "true: {environment}, {data}, {release} and {site.NAME} inside are filled in (UTF-8)", default=False
    )


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class ChecksTable:
    """What must work in the new release before it is used."""

    __pydantic_config__: ClassVar[ConfigDict] = KEBAB
    imports: tuple[str, ...] = _field("modules that must be importable", ())
    commands: tuple[tuple[str, ...], ...] = _field(
        "command lines that must end with 0; the first word is found in Scripts", ()
    )


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Recipe:
    """A whole recipe; ``path`` is its file, absolute: what it names by a relative path lies beside it."""

    __pydantic_config__: ClassVar[ConfigDict] = KEBAB
    bundle: BundleTable = _field("what the bundle is called")
    target: tuple[TargetTable, ...] = _field("the machines that get one archive each")
    packages: PackagesTable = _field("what is installed", PackagesTable())
    acceptance: AcceptanceTable = _field("what is taken of package indexes, and what isn't", AcceptanceTable())
    environment: EnvironmentTable = _field("where it is installed")
    site: dict[str, SiteTable] = _field("what differs from server to server", {})
    file: tuple[FileTable, ...] = _field("extra files", ())
    prerequisite: tuple[PrerequisiteTable, ...] = _field("installers that run before the environment is made", ())
    post_install: tuple[PostInstallTable, ...] = _field("commands that run once the release is in use", ())
    service: tuple[ServiceTable, ...] = _field("programs that run as Windows services", ())
    permission: tuple[PermissionTable, ...] = _field("rights besides those that services get anyway", ())
    checks: ChecksTable = _field("what must work before the release is used", ChecksTable())
    rehearse: RehearseTable = _field("what a rehearsal asks of the application besides what each does", RehearseTable())
    path: Annotated[Path, Field(init=False)] = dataclasses.field(default=Path(), metadata={"description": ""})

    @property
    def folder(self) -> Path:
        return self.path.parent

    def lock_path(self, table: TargetTable) -> Path:
        """``pylock.<recipe>-<target>.toml`` beside the recipe; PEP 751 allows no dot inside the name."""
        stem = f"{self.path.stem}-{table.target().slug}".replace(".", "-")
        return self.folder / f"pylock.{stem}.toml"
