"""The shapes of what ``bundle inspect --json`` prints; ``bundler.present.inspection_json`` fills them."""

from __future__ import annotations

import dataclasses

from bundler.model.fields import described
from bundler.present.rehearsal_json import RehearsalTermsShape


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class BundleShape:
    """What a bundle is called."""

    name: str = described("the bundle's name")
    version: str = described("the version of the whole")
    release: str = described("names the release on the target")
    publisher: str | None = described("named in Windows' list of installed programs")
    sequence: int | None = described(
        "targets refuse a bundle with a lower number than was in use there; null: it has none"
    )
    not_after: str | None = described("the last day (UTC) on which it may be installed; null: any")
    display_name: str | None = described("what it is called there; null: the bundle's name")
    icon: str | None = described("the icon's file in the bundle; null: none of its own")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class BundleTargetShape:
    """The machine that a bundle is for."""

    python: str = described("the exact version, x.y.z")
    platform: str = described("the platform tag")
    abi: str = described("the ABI tag")
    bits: int = described("32 or 64")
    windows: tuple[int, int, int] = described("the lowest version of Windows: major, minor, build")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class BundleRuntimeShape:
    """The Python that the target gets."""

    kind: str = described("msi, exe, nuget, embed, archive or none")
    source: str = described("where it came from")
    sha256: str = described("of the file that the source names")
    signer: str | None = described("the subject of its Authenticode signature; null: unsigned")
    directory: str | None = described("where the installer puts it; null: inside the release")
    all_users: bool = described("whether it is installed for all users of the machine")
    size: int = described("bytes once installed, an upper estimate")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class BundlePackageShape:
    """A package in a bundle."""

    name: str = described("as its metadata spells it")
    version: str = described("its version")
    license: str = described("empty: not stated")
    size: int = described("bytes once unpacked")
    packed: int = described("bytes of its wheel")
    origin: str = described("where it came from, without credentials")
    made_from: str | None = described(
        "sdist, project, legacy, or wheel, whose programs were signed; null: it is the wheel that it came as"
    )
    requested: bool = described("whether the recipe itself asks for it")
    sha256: str = described("of its wheel")
    startup: tuple[str, ...] = described(
        "its files that decide what code runs whenever the environment's Python starts"
    )
    license_files: tuple[str, ...] = described("the texts of its licence, as members of the bundle")
    published_by: str = described(
        "who published it, as its index said it, which nobody has verified; empty: it said nothing"
    )
    attestation: str = described("the member of the bundle that says it (PEP 740); may be empty")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class SiteValueShape:
    """A value that differs from server to server."""

    name: str = described("its name")
    type: str = described("text, integer, port, path, choice, account or url")
    choices: tuple[str, ...] = described("of type choice: the values that there are")
    pattern: str | None = described("what the whole value must fit; null: there is none")
    required: bool = described("false: it may be left empty")
    default: str | None = described("null: it must be given at install, unless it may be left empty")
    help: str = described("shown to the operator")
    secret: bool = described("whether it is masked on the screen and in logs")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class BundleFileShape:
    """An extra file."""

    file: str = described("its path in the bundle")
    destination: str = described("where it goes; begins with {release} or {data}")
    template: bool = described("whether {…} inside is filled in")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class BundleChecksShape:
    """What must work in a new release before it is used."""

    imports: tuple[str, ...] = described("modules")
    commands: tuple[tuple[str, ...], ...] = described("command lines")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class MissingDllShape:
    """A DLL that the server must have besides the bundle."""

    name: str = described("in lower case")
    needed_by: tuple[str, ...] = described("package: path in its wheel")
    delayed: bool = described("wanted only when something first calls it")
    condition: str = described("when Windows Server has it; empty: never")
    redistributable: str = described("what brings it; empty: unknown")
    address: str = described("where to get that; empty: unknown")
    silent: str = described("arguments with which its installer asks nothing; empty: unknown")
    optional: str = described("the part of a package that alone wants it; empty: the package does")
    brought_by: tuple[str, ...] = described(
        "packages of the bundle that have it for themselves: it is found only if one of them is imported first"
    )
    required: bool = described("whether those that want it require one of these packages")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class HealthShape:
    """What a service must answer before the release is kept."""

    http: str | None = described("an address")
    tcp: str | None = described("HOST:PORT")
    timeout: int = described("seconds that this may take")
    settle: int = described("seconds that it must go on running then")
    owner: bool = described("whether the port must belong to a process of the service")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class BundleServiceShape:
    """A Windows service. Texts may hold {…}."""

    name: str = described("its name in Windows' service manager")
    command: tuple[str, ...] = described("the command line")
    directory: str = described("where it runs")
    account: str = described("the account that runs it")
    password: str | None = described("the name of the site value that is the account's password")
    start: str = described("automatic, delayed, manual or disabled")
    display_name: str = described("its name for people")
    description: str = described("shown by Windows' service manager")
    environment: dict[str, str] = described("environment variables")
    dependencies: tuple[str, ...] = described("services that must run before it")
    stop_timeout: int = described("seconds between Ctrl-C and its forced end")
    restart: tuple[int, ...] = described("seconds before it is started again, by failure")
    reset: int = described("seconds without a failure after which counting begins anew")
    log_directory: str = described("the folder of its log files")
    log_size: int = described("bytes of one log file")
    log_count: int = described("how many old log files are kept")
    health: HealthShape | None = described("null: nothing is asked")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class BundlePermissionShape:
    """A right besides those that services get anyway."""

    path: str = described("a file or folder")
    account: str = described("who gets it")
    service: bool = described("whether the account is that of the service of this name")
    rights: str = described("read, modify or full")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class DetectShape:
    """What says that a prerequisite is there already: a registry key (or a value of it) or a file."""

    registry: str | None = described("a registry key")
    value: str | None = described("the value of that key")
    view: int | None = described("32 or 64: the view of the registry")
    file: str | None = described("a file")
    at_least: str | None = described("the lowest version that will do")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class BundlePrerequisiteShape:
    """A third-party installer that runs before the environment is made."""

    name: str = described("its name for people")
    kind: str = described("msi or exe")
    file: str = described("its path in the bundle")
    source: str = described("where it came from, without credentials")
    signer: str | None = described("the subject of its Authenticode signature; null: unsigned")
    arguments: tuple[str, ...] = described("what it is run with")
    detect: DetectShape = described("what says that it needn't run")
    exit_codes: tuple[int, ...] = described("codes that also mean success")
    provides: tuple[str, ...] = described("DLLs that are there once it is installed")
    needs_admin: bool = described("whether it needs administrator's rights")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class BundleCommandShape:
    """A command that runs once the release is in use."""

    command: tuple[str, ...] = described("the command line")
    undo: tuple[str, ...] = described("takes back what it did; empty: nothing does")
    needs_admin: bool = described("whether it needs administrator's rights")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class SharedFilesShape:
    """Files that two packages bring with different contents."""

    winner: str = described("the package whose files are installed")
    loser: str = described("the other one")
    paths: tuple[str, ...] = described("below the environment")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class TotalsShape:
    """Sums over a bundle."""

    files: int = described("how many files it has")
    size: int = described("bytes of all its files")
    installed: int = described("bytes of runtime and packages on the target")
    packages: int = described("how many packages it has")
    longest_path: int = described("characters of the longest path in it")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class InspectOutput:
    """`bundle inspect BUNDLE --json`"""

    bundle: BundleShape = described("what the bundle is called")
    created: str = described("ISO 8601, in UTC")
    target: BundleTargetShape = described("the machine that it is for")
    environment: str = described("the folder on the target that holds all releases")
    data: str | None = described("the folder that outlives releases; null: none")
    maker: str = described("what the environment is made with: venv or virtualenv")
    admin: bool = described("whether installing needs administrator's rights")
    runtime: BundleRuntimeShape = described("the Python that the target gets")
    boot_python: str = described("the path in the bundle of the Python that starts on the target")
    packages: tuple[BundlePackageShape, ...] = described("what is installed")
    seeds: tuple[BundlePackageShape, ...] = described("for making the environment only")
    site: tuple[SiteValueShape, ...] = described("what differs from server to server")
    files: tuple[BundleFileShape, ...] = described("extra files")
    checks: BundleChecksShape = described("what must work before the release is used")
    dlls: tuple[MissingDllShape, ...] = described("DLLs that are not found in the bundle")
    services: tuple[BundleServiceShape, ...] = described("Windows services")
    permissions: tuple[BundlePermissionShape, ...] = described("rights besides those of the services")
    prerequisites: tuple[BundlePrerequisiteShape, ...] = described("third-party installers")
    post_install: tuple[BundleCommandShape, ...] = described("commands that run once the release is in use")
    shared: tuple[SharedFilesShape, ...] = described("files that two packages bring with different contents")
    rehearse: RehearsalTermsShape = described("what a rehearsal asks of the application besides what each does")
    totals: TotalsShape = described("sums over the bundle")
