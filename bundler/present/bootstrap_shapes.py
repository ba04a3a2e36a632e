"""What ``bootstrap.bat /json:FILE`` writes on the target, whose program shares no code with this one: declared here for people and programs.

``bundler/target/run_report.py`` writes it; a test compares.
"""

from __future__ import annotations

import dataclasses

from bundler.model.fields import described


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class InstalledBundleShape:
    """The bundle that the run was started from."""

    name: str = described("its name")
    version: str = described("the version of the whole")
    release: str = described("names its release on the target")
    folder: str = described("where it lies")
    kept: bool = described("whether this is the copy that an installation kept, and not a whole bundle")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class RunStepShape:
    """A step that was carried out, whether or not it was taken back."""

    id: str = described("stable")
    text: str = described("what was done; of one that failed, what it was doing")
    seconds: float = described("how long it took")
    result: str = described("done or failed")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class PlannedShape:
    """With `/plan`: something that would be done."""

    step: str = described("the id of the step that would do it")
    text: str = described("in words")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class ScreenLineShape:
    """A line for people; with `/quiet` it is here too."""

    kind: str = described("line or error")
    text: str = described("without its line end")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class RunErrorShape:
    """Why the run failed, was refused or was cancelled."""

    message: str = described("one line")
    details: tuple[str, ...] = described("further lines: each problem, and what to do")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class InstalledVerificationShape:
    """What `/verify` found of a release that is installed."""

    files: int = described("how many files the release has")
    faults: tuple[str, ...] = described("what isn't as it was installed; none: the exit code is 0")
    notes: tuple[str, ...] = described("what the site changed, and may")
    unread: tuple[str, ...] = described("files that this account may not read: they weren't compared")
    added: tuple[str, ...] = described("wheels that /add added: name, version, file, SHA-256")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class ServiceStatusShape:
    """A service of the release in use."""

    name: str = described("its name")
    address: str | None = described("where it is asked for its health; null: nowhere")
    runs: bool | None = described("null: this account can't find it out")
    is_right: bool = described("whether that is as it should be; false: the exit code is 1603")
    text: str = described("in words")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class LastChangeShape:
    """The last run that changed something, by its log."""

    mode: str = described("install, add, repair, rollback, stop or start")
    started: str = described("when, with the offset from UTC")
    exit_code: int | None = described("null: it hasn't ended, or was killed")
    log: str = described("its log")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class DiskShape:
    """Room on a disk."""

    holds: str = described("environment or data folder")
    path: str = described("that folder")
    volume: str = described("where it lies")
    free: int = described("free bytes")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class InstalledStatusShape:
    """What `/status` found."""

    release: str = described("the one in use")
    version: str = described("its version")
    installed: str = described("when it was made")
    previous: str | None = described("the release that /rollback leads to")
    added: tuple[str, ...] = described("wheels that /add added: name, version, file, SHA-256")
    services: tuple[ServiceStatusShape, ...] = described("all of the release")
    last_change: LastChangeShape | None = described("null: no log of one is there")
    disks: tuple[DiskShape, ...] = described("of the environment and the data folder")
    left: tuple[str, ...] = described("what earlier runs couldn't do")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class ListedValueShape:
    """A site value, as `/set` lists it."""

    name: str = described("its name")
    help: str = described("what it is for")
    type: str = described("text, integer, port, path, choice, account or url")
    required: bool = described("whether it must be given")
    secret: bool = described("whether it is a secret, whose value isn't told")
    value: str | None = described("what it is now; null: a secret, not given, or not known")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class BootstrapOutput:
    """`bootstrap.bat … /json:FILE` on the target, in every mode: written as a whole, once when the run begins and once when it is over."""

    format: int = described("1; another number has another meaning")
    mode: str = described("install, add, verify, repair, rollback, uninstall, stop, start, status, set or help")
    plan: bool = described("whether it was `/plan`")
    instance: str | None = described("as `/instance` says it")
    started: str = described("when, with the offset from UTC")
    seconds: float = described("how long the run took; 0 while it runs")
    exit_code: int | None = described("null: it hasn't ended, or was killed")
    result: str = described(
        "running, done, restart (done; restart the machine), cancelled, failed, busy (another installation is running), refused, "
        "other-version or bad-arguments: what the exit code means"
    )
    bundle: InstalledBundleShape | None = described("null: it couldn't be opened")
    environment: str | None = described("the folder that holds all releases; null: not known")
    data: str | None = described("the folder that outlives releases; null: none, or not known")
    in_use: str | None = described("the release in use at the end; null: none, or not known")
    steps: tuple[RunStepShape, ...] = described("in order; where the run failed, the last one is the one that did")
    planned: tuple[PlannedShape, ...] = described("with `/plan`: what would be done, in order")
    screen: tuple[ScreenLineShape, ...] = described("what people are told besides the steps")
    error: RunErrorShape | None = described("null: none")
    verification: InstalledVerificationShape | None = described("of `/verify`; null where nothing is installed")
    status: InstalledStatusShape | None = described("of `/status`; null where nothing is installed")
    values: tuple[ListedValueShape, ...] | None = described("of `/set`; null: it wasn't asked for")
    log: str | None = described("the log of this run; null: there is none")
