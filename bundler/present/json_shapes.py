"""What ``--json`` prints: each output as a shape of its own, which no change of anything inside changes.

A field's name is its key, unless it says another one. Keys are added; none is renamed, removed or given another meaning.
Sizes are bytes, times seconds. ``bundler.present.json_filling`` fills them.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from bundler.model.fields import described
from bundler.present.bootstrap_shapes import BootstrapOutput
from bundler.present.rehearsal_json import RehearsalTermsShape, RehearseOutput


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class TargetShape:
    """A CPython on a platform."""

    python: str = described("the exact version, x.y.z")
    platform: str = described("the platform tag, such as win_amd64")
    abi: str = described("the ABI tag, such as cp311")


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


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class BuiltBundleShape:
    """A bundle that was written."""

    path: str = described("the archive, or the folder")
    size: int = described("in bytes")
    sha256: str = described("of the archive; of a folder that of its SHA256SUMS")
    release: str = described("names the release on the target: the version and a digest of the content")
    target: TargetShape = described("the machine that it is for")
    lock: str = described("the lock that it was built from")
    signature: str | None = described("the signature that was made; null without --sign-with")
    provenance: str | None = described("the statement of how it was built; signed with --sign-with")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class BuildOutput:
    """`bundle build RECIPE --json`"""

    bundles: tuple[BuiltBundleShape, ...] = described("one for each target")


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
    made_from: str | None = described("sdist, project or legacy; null: it came as a wheel")
    requested: bool = described("whether the recipe itself asks for it")
    sha256: str = described("of its wheel")
    startup: tuple[str, ...] = described("its files whose code runs whenever the environment's Python starts")
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


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class SignatureShape:
    """A signature beside a bundle."""

    file: str = described("the signature's file")
    counted: bool = described("whether an allowed signer made it over this bundle")
    identities: tuple[str, ...] = described("the signer's names, as the file of allowed signers has them")
    key: str | None = described("the fingerprint of the signer's key; null where it isn't counted")
    reason: str | None = described("why it isn't counted; null where it is")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class StatementShape:
    """The statement of how a bundle was built, which is about this bundle. Whether it is true, its signer alone says."""

    file: str = described("the statement's file")
    signatures: int = described("how many signatures it has; 0: nobody has signed it")
    signers: tuple[str, ...] = described("names of allowed signers who signed it; none without --allowed-signers")
    builder: str = described("who built it: a URI")
    built_with: str = described("by which version of this program")
    host: str = described("on which system")
    finished: str = described("when, in UTC")
    inputs: int = described("how many files and folders it lists that the build took")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class PublisherShape:
    """Who published a package, by an attestation that is valid."""

    package: str = described("its name, normalized")
    published_by: str = described("the publisher: its kind, repository and workflow")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class VerifyOutput:
    """`bundle verify BUNDLE --json`; a bundle that isn't right is an error."""

    path: str = described("the bundle")
    right: bool = described("always true")
    name: str = described("the bundle's name")
    version: str = described("the version of the whole")
    release: str = described("names the release on the target")
    sequence: int | None = described("its sequence number; null: it has none")
    not_after: str | None = described("the last day (UTC) on which it may be installed; null: any")
    files: int = described("how many files it has, the manifest and the sums included")
    bytes: int = described("bytes of all its files")
    signers: int = described("how many different signers count; 0 without --allowed-signers")
    signatures: tuple[SignatureShape, ...] = described("those beside the bundle; none without --allowed-signers")
    provenance: StatementShape | None = described("how it was built; null: no statement lies beside it")
    publishers: tuple[PublisherShape, ...] = described(
        "who published packages, by attestations that are valid; none without --attestations"
    )


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class SignOutput:
    """`bundle sign BUNDLE --key KEY --json`"""

    path: str = described("the bundle")
    signature: str = described("the file that was written")
    provenance: str | None = described(
        "the statement of how it was built, with a signature more; null without --provenance"
    )


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class ComparedShape:
    """One of two bundles or locks that were compared."""

    path: str = described("the bundle or the lock")
    kind: str = described("bundle or lock")
    name: str = described("the bundle's name; of a lock that of its file")
    version: str | None = described("the version of the whole; null for a lock")
    target: str = described("the machine that it is for, such as 3.11.9-win_amd64")
    size: int = described("bytes of all its files; of a lock of the packages' files")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class FieldChangeShape:
    """A field that differs. Values are texts: of a list or a number its JSON."""

    field: str = described("its name, of a table inside table.name")
    before: str | None = described("null: it had no value")
    after: str | None = described("null: it has no value")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class DifferenceShape:
    """Something that was added, removed or changed."""

    section: str = described("what kind of thing it is, such as packages or services")
    name: str | None = described("its name there; null where there is one of its kind")
    change: str = described("added, removed or changed")
    fields: tuple[FieldChangeShape, ...] = described("those that differ; of what was added or removed all")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class DiffOutput:
    """`bundle diff BEFORE AFTER --json`"""

    before: ComparedShape = described("the first")
    after: ComparedShape = described("the second")
    differences: tuple[DifferenceShape, ...] = described("in the order of sections and names; none: nothing differs")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class ConvertOutput:
    """`bundle convert FILE --json`"""

    wheel: str = described("the wheel that was written")
    kind: str = described("what the installer is: wininst, bdist_msi or egg")
    name: str = described("the package's name")
    version: str = described("its version")
    tag: str = described("the wheel's tag")
    why: tuple[str, ...] = described("what the tag was decided by, in words")
    files: dict[str, int] = described("how many files there are in each scheme")
    dropped: tuple[str, ...] = described("files of the installer that a wheel doesn't need")
    post_install: str | None = described("the script that the installer would have run; it is in the wheel's scripts")
    warnings: tuple[str, ...] = described("what to look at")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class FindingShape:
    """One thing that was looked at."""

    what: str = described("the thing")
    verdict: str = described("good, note or bad; with a bad one the exit code is 7")
    detail: str = described("what was found")
    mend: str = described("what to do; empty: nothing")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class DoctorOutput:
    """`bundle doctor [RECIPE] --json`"""

    findings: tuple[FindingShape, ...] = described("in the order of looking")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class ErrorShape:
    """What was wrong, where, and what to do."""

    reference: str = described("stable, kebab-case; `bundle explain REFERENCE` says more")
    message: str = described("what was wrong")
    context: tuple[str, ...] = described("where: files, keys, packages, addresses")
    hint: str = described("what to do; may be empty")
    exit_code: int = described("the command's exit code", key="exit-code")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class ErrorOutput:
    """What any command prints with --json when it fails."""

    error: ErrorShape = described("the one error")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class LinkShape:
    """One package of a chain."""

    name: str = described("its name, normalized")
    version: str = described("its version")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class RejectionShape:
    """What else the package's index had when its file was chosen."""

    reason: str = described("why it wasn't taken")
    newest: str = described("the version, or the newest of several")
    oldest: str = described("the oldest of several; else the same")
    versions: int = described("how many versions")
    files: tuple[str, ...] = described("of the chosen version: names of its other files, not all where they are many")
    more: int = described("how many further files of the chosen version")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class ReasonShape:
    """What a package is there for."""

    role: str = described(
        "package, environment-tool (makes the environment on the target) or build-requirement (not in the bundle)"
    )
    name: str = described("its name, normalized")
    version: str = described("its version")
    requested: bool = described("whether the recipe itself asks for it")
    chains: tuple[tuple[LinkShape, ...], ...] = described(
        "for each package that needs it directly, the shortest way there from one that the recipe asks for, both included"
    )
    builds: tuple[str, ...] = described("of a build requirement: the packages that were built with it")
    file: str | None = described("its wheel in the bundle; null: it isn't in there")
    origin: str = described("where it came from")
    made_from: str | None = described("sdist, project or legacy; null: it came as a wheel")
    rejected: tuple[RejectionShape, ...] = described(
        "newer versions and other files that its index had, as far as the lock says it"
    )


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class WhyOutput:
    """`bundle why PACKAGE BUNDLE --json`"""

    path: str = described("the bundle")
    reasons: tuple[ReasonShape, ...] = described("one for each role of the package")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class VexStatementShape:
    """What somebody says of a vulnerability in this bundle."""

    status: str = described(
        "not_affected or fixed, which don't count for the exit code; affected or under_investigation, which do"
    )
    reason: str = described("justification, words of people, or both; may be empty")
    time: str = described("when it was true (RFC 3339)")
    source: str = described("the file's name")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class VulnerabilityShape:
    """One known vulnerability of one package, of CPython, or of a library inside one of these."""

    package: str = described("its name, normalized; CPython: the Python of the bundle; else a library's name")
    version: str = described("its version in the bundle")
    owner: str = described("the package, or CPython, that a library lies in; else empty")
    advisory: str = described("the advisory's id")
    aliases: tuple[str, ...] = described("other ids of the same, such as of CVE")
    severity: str = described("unknown, none, low, medium, high or critical")
    summary: str = described("one line; may be empty")
    fixed: tuple[str, ...] = described("versions that have it no more; may be empty")
    vex: VexStatementShape | None = described("the newest statement about it (--vex); null: there is none")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class NotJudgedShape:
    """Something in the bundle that the snapshots say nothing of."""

    name: str = described("a package, a library, or a file's name")
    version: str = described("empty: it states none")
    owner: str = described("the package, or CPython, that it lies in; else empty")
    reason: str = described("why")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class UnreadShape:
    """A record that can't be read, and may concern the bundle."""

    name: str = described("its file in the snapshot")
    reason: str = described("why")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class AuditOutput:
    """`bundle audit BUNDLE --osv SNAPSHOT --json`"""

    path: str = described("the bundle")
    findings: tuple[VulnerabilityShape, ...] = described("the gravest first")
    unread: tuple[UnreadShape, ...] = described("each counts as a finding")
    unjudged: tuple[str, ...] = described(
        "ids of advisories that name commits and no versions, and no other record of the same does"
    )
    not_judged: tuple[NotJudgedShape, ...] = described("what the snapshots say nothing of", key="not-judged")
    records: int = described("how many records the snapshots have")
    audited: int = described("how many packages were looked at, the Python among them")
    parts: int = described("how many libraries inside these were looked at")
    statements: int = described("how many statements were given (--vex)")
    unused: int = described("how many of these concern nothing that was found")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class FetchedSnapshotShape:
    """A snapshot of advisories that was fetched."""

    path: str = described("where it is now; its sum lies beside it, with .sha256 at the end of the name")
    url: str = described("where it came from")
    sha256: str = described("of its bytes")
    size: int = described("in bytes")
    records: int = described("how many advisories it has")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class AuditFetchOutput:
    """`bundle audit --fetch PLACE --json`"""

    snapshots: tuple[FetchedSnapshotShape, ...] = described("in the order of the addresses")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class ExplanationShape:
    """What an error's or a warning's reference means."""

    reference: str = described("stable, kebab-case")
    kind: str = described("error or warning")
    summary: str = described("one line")
    meaning: str = described("what happened")
    causes: str = described("the usual causes; may be empty")
    fix: str = described("what to do")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class ExplainOutput:
    """`bundle explain [REFERENCE] --json`"""

    explanations: tuple[ExplanationShape, ...] = described("the one that was asked for, or all")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class UnlikeMemberShape:
    """A member of a bundle that wasn't made again as it is."""

    path: str = described("its path in the bundle")
    change: str = described("not-made (the bundle's own stood in for it), differs, missing or added")
    reason: str = described("why, in words")
    details: tuple[str, ...] = described("lines: what a tool said, or in which files of a wheel it differs")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class TakenInputShape:
    """A file that the build took, and that only the bundle itself had."""

    file: str = described("its name")
    reason: str = described("why it wasn't to be had elsewhere")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class OtherToolShape:
    """A tool whose version isn't the one that built a bundle."""

    name: str = described("the package, or this program")
    then: str = described("its version when the bundle was built")
    now: str | None = described("its version here; null: it isn't installed")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class ReproduceOutput:
    """`bundle reproduce BUNDLE --json`"""

    path: str = described("the bundle")
    against: str = described("the bundle that was compared; the same without --against")
    verdict: str = described("same, incomplete (exit code 6) or different (exit code 5)")
    sha256: str = described("of the bundle that was compared; of a folder that of its SHA256SUMS")
    made: str = described("the same of what was built now")
    files: int = described("how many files were compared, the manifest and the sums included")
    members: tuple[UnlikeMemberShape, ...] = described("those that weren't made again as they are")
    taken: tuple[TakenInputShape, ...] = described("inputs that only the bundle itself had")
    built_with: str = described("the version of this program that built the bundle; empty: it isn't known")
    version: str = described("the version of this program now")
    tools: tuple[OtherToolShape, ...] = described("those of other versions than the statement beside the bundle has")
    output: str | None = described("what was built; null: it isn't kept")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class GovernedFileShape:
    """A file that the rules let run."""

    member: str = described("the member of the bundle that it is, or lies in")
    path: str = described("where it lies there; empty: it is that member")
    collection: str = described("AppLocker's collection of rules: Exe, Dll, Script or Msi")
    size: int = described("in bytes")
    sha256: str = described(
        "by which AppLocker knows it: of programs and installers as signing computes it, else of the bytes"
    )
    publisher: str | None = described(
        "whose programs the rule lets run, as AppLocker spells it; null: it is known by hash"
    )
    product: str | None = described("which product of that publisher; null: it is known by hash")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class UncoveredShape:
    """Files that get no rule."""

    what: str = described("which")
    why: str = described("the reason")
    advice: str = described("what to do")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class AppControlOutput:
    """`bundle app-control BUNDLE --json`"""

    path: str = described("the bundle")
    applocker: str = described("AppLocker's rules that were written")
    app_control: str = described("App Control's policy that was written")
    base_policy: str | None = described("the id of the policy that it supplements; null: it is one to be merged")
    files: tuple[GovernedFileShape, ...] = described("all that the rules let run")
    uncovered: tuple[UncoveredShape, ...] = described("what gets no rule")


OUTPUTS: dict[str, type] = {
    "lock": LockOutput,
    "lock-why": LockWhyOutput,
    "build": BuildOutput,
    "inspect": InspectOutput,
    "verify": VerifyOutput,
    "sign": SignOutput,
    "app-control": AppControlOutput,
    "diff": DiffOutput,
    "why": WhyOutput,
    "audit": AuditOutput,
    "reproduce": ReproduceOutput,
    "audit-fetch": AuditFetchOutput,
    "convert": ConvertOutput,
    "doctor": DoctorOutput,
    "rehearse": RehearseOutput,
    "explain": ExplainOutput,
    "error": ErrorOutput,
    "bootstrap": BootstrapOutput,
}
"""Every output by its name for ``bundle schema --json-of``."""


def output_schema(name: str) -> dict[str, Any]:
    """The JSON Schema of one of ``OUTPUTS``; keys that it doesn't know may be added later."""
    from bundler.model.json_schema import schema_of

    return schema_of(OUTPUTS[name], title=f"Output {name} of offline-bundler")
