"""What ``bundle rehearse --json`` prints, and what ``bundle inspect --json`` says of it: the shapes, and what fills them."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from bundler.model.fields import described

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.model.rehearsal import RehearseInfo
    from bundler.rehearse.results import Attempt, Left, Rehearsal, Step


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class AttemptShape:
    """Something that wanted to leave the machine, and was refused."""

    address: str = described("protocol, host and port: tcp 192.0.2.1:80, dns example.org")
    program: str | None = described("the program's path on Windows; null: unknown")
    stack: tuple[str, ...] = described("Python's calls, the outermost first; empty: unknown")
    allowed: bool = described("whether [rehearse] allow-connections names the address: then it is no failure")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class StepShape:
    """One step of the scenario."""

    name: str = described("stable, kebab-case")
    title: str = described("the same for people")
    outcome: str = described("passed, failed or skipped")
    seconds: float = described("how long it took")
    reason: str = described("why it failed or was skipped, or what of it couldn't be done; else empty")
    output: str = described("the first screen of what a failed step printed")
    log: str = described("the file with all that it printed, in the folder of logs; empty: there is none")
    attempts: tuple[AttemptShape, ...] = described("what wanted to leave the machine during the step")
    screenshots: tuple[str, ...] = described("files (PNG) in the folder of logs")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class InstalledShape:
    """One thing that the bundle installed."""

    what: str = described("what it is, such as service")
    which: str = described("its name or its place on Windows")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class LeftShape:
    """Something that was there after the removal, and not before the installation."""

    kind: str = described("file, registry, service, task or path")
    name: str = described("its name or its place")
    declared: bool = described("whether the documentation says that it stays: then it is no failure")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class RehearseOutput:
    """`bundle rehearse BUNDLE --json`"""

    passed: bool = described("whether no step failed; else the exit code is 8")
    bundle: str = described("the bundle's name and version")
    release: str = described("names the release on the target")
    sha256: str = described("of the archive; of a folder that of its SHA256SUMS")
    sums: str = described(
        "the sha256 of its SHA256SUMS, which is the same for an archive and the folder that it unpacks to"
    )
    previous: str | None = described("the release that was upgraded; null: there was none")
    began: str = described("when, ISO 8601 in UTC; empty: unknown")
    engine: str = described("wine, sandbox or here")
    engine_words: str = described("the same for people, with its version")
    unproven: tuple[str, ...] = described("what this engine could not prove of this bundle, a sentence each")
    steps: tuple[StepShape, ...] = described("in their order")
    installed: tuple[InstalledShape, ...] = described("what the bundle installed")
    left: tuple[LeftShape, ...] = described("what was left after it was removed")
    peak_memory: int | None = described("bytes; null: unknown")
    disk: int | None = described("bytes; null: unknown")
    logs: str | None = described("the folder of logs on this host; null: nothing was kept")


def rehearsal_output(found: Rehearsal, logs: Path | None) -> RehearseOutput:
    """``logs``: the folder of logs and screenshots, where it is kept."""
    return RehearseOutput(
        passed=found.passed,
        bundle=found.bundle,
        release=found.release,
        sha256=found.sha256,
        sums=found.sums,
        previous=found.previous,
        began=found.began,
        engine=found.engine,
        engine_words=found.engine_words,
        unproven=found.unproven,
        steps=tuple(map(_step, found.steps)),
        installed=tuple(InstalledShape(what=what, which=which) for what, which in found.installed),
        left=tuple(map(_left, found.left)),
        peak_memory=found.peak_memory,
        disk=found.disk,
        logs=str(logs) if logs else None,
    )


def _step(step: Step) -> StepShape:
    return StepShape(
        name=step.name,
        title=step.title,
        outcome=step.outcome.value,
        seconds=round(step.seconds, 3),
        reason=step.reason,
        output=step.output,
        log=step.log,
        attempts=tuple(map(_attempt, step.attempts)),
        screenshots=step.screenshots,
    )


def _attempt(attempt: Attempt) -> AttemptShape:
    return AttemptShape(address=attempt.address, program=attempt.program, stack=attempt.stack, allowed=attempt.allowed)


def _left(left: Left) -> LeftShape:
    return LeftShape(kind=left.kind, name=left.name, declared=left.declared)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class RehearsalCommandShape:
    """A command that a rehearsal runs."""

    command: tuple[str, ...] = described("the command line")
    exit_code: int = described("what it must end with")
    output: str | None = described("text that it must print; null: any")
    window: bool = described("whether it opens a window and goes on running")
    timeout: int = described("seconds that it may take")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class RehearsalRequestShape:
    """A page that a rehearsal asks for."""

    url: str = described("its address on the machine itself")
    status: int = described("the status that it must answer with")
    text: str | None = described("text that must be in the answer; null: any")
    screenshot: bool = described("whether the report shows a picture of the page, where the engine can take one")
    timeout: int = described("seconds until it must have answered so")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class RehearsalTermsShape:
    """What a rehearsal asks of the application besides what each does."""

    site: dict[str, str] = described("site values for the rehearsal, by name")
    files: tuple[str, ...] = described("files that must be there once the application runs")
    allow_connections: tuple[str, ...] = described("addresses that the application may try to reach")
    commands: tuple[RehearsalCommandShape, ...] = described("commands that are run")
    requests: tuple[RehearsalRequestShape, ...] = described("pages that are asked for")


def rehearsal_terms(found: RehearseInfo) -> RehearsalTermsShape:
    return RehearsalTermsShape(
        site=dict(found.site),
        files=found.files,
        allow_connections=found.allow_connections,
        commands=tuple(
            RehearsalCommandShape(
                command=each.command,
                exit_code=each.exit_code,
                output=each.output,
                window=each.window,
                timeout=each.timeout,
            )
            for each in found.commands
        ),
        requests=tuple(
            RehearsalRequestShape(
                url=each.url,
                status=each.status,
                text=each.text,
                screenshot=each.screenshot,
                timeout=each.timeout,
            )
            for each in found.requests
        ),
    )
