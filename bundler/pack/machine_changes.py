r"""What installing a bundle changes on a machine, told from its manifest: what ``bootstrap.bat /plan`` says there, as far as it is known before.

Names are those of an installation without ``/instance``; texts may hold ``{...}``, which the target fills in.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
from typing import TYPE_CHECKING, Literal

from bundler.model.runtime_kinds import RUNTIME_KINDS
from bundler.model.service import VIRTUAL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bundler.model.manifest import Manifest
    from bundler.model.service import ServiceInfo

Kind = Literal[
    "folder", "file", "registry", "variable", "service", "right", "port", "installer", "command", "check", "task"
]
_PROGRAMS = r"Software\Microsoft\Windows\CurrentVersion\Uninstall"
_OWN = r"Software\offline-bundle"
_SERVICES = r"HKLM\SYSTEM\CurrentControlSet\Services"
_BEGINNING = "offline-bundle-"
_DIGITS = 16
_SYSTEM = frozenset({"localsystem", ".\\localsystem", "system", "nt authority\\system", "s-1-5-18"})
"""How the account is written that may do everything: recipes have the first, a stranger's manifest may have any."""
WHOLE_MACHINE = "the whole machine"
"""Where such an account has rights."""
_HTTP_PORT = re.compile(r"https?://[^/?#]*?:([^/?#:]+)(?:[/?#]|\Z)")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class MachineChange:
    """``name``: what is made or changed; ``words``: how, for people; ``stays``: whether ``/uninstall`` leaves it there."""

    kind: Kind
    name: str
    words: str
    stays: bool = False


def registry_key(environment: str) -> str:
    """The name of the key that stands for an environment's folder, as the target's half makes it."""
    whole = environment.rstrip("\\/").lower()
    return _BEGINNING + hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]


def machine_changes(manifest: Manifest) -> tuple[MachineChange, ...]:
    """In the order of the kinds."""
    return (
        *_folders(manifest),
        *_files(manifest),
        *_registry(manifest),
        *_variables(manifest),
        *map(_service, manifest.services),
        *_rights(manifest),
        *_ports(manifest),
        *_installers(manifest),
        *_commands(manifest),
        *_checks(manifest),
    )


def _folders(manifest: Manifest) -> Iterator[MachineChange]:
    environment, runtime = manifest.environment, manifest.runtime
    yield MachineChange(
        kind="folder", name=environment.path, words="made: releases with Python and packages, programs, settings, logs"
    )
    if environment.data is not None:
        yield MachineChange(
            kind="folder",
            name=environment.data,
            words="made unless it is there: what the application writes. /uninstall /purge removes it",
            stays=True,
        )
    if RUNTIME_KINDS[runtime.kind].installed:
        yield MachineChange(
            kind="folder",
            name=runtime.directory or "",
            words="Python is installed here by its own installer, unless it is there",
        )
    for each in manifest.services:
        inside = [place for place in ("{environment}", "{data}", environment.path, environment.data) if place]
        if not each.log_directory.lower().startswith(tuple(place.lower() for place in inside)):
            yield MachineChange(
                kind="folder",
                name=each.log_directory,
                words=f"made unless it is there: logs of {each.name}",
                stays=True,
            )


def _files(manifest: Manifest) -> Iterator[MachineChange]:
    for each in manifest.files:
        filled = ", site values filled in" if each.template else ""
        yield MachineChange(
            kind="file",
            name=each.destination,
            words=f"from {each.file} in the bundle{filled}",
            stays=each.destination.startswith("{data}"),
        )
    if manifest.bundle.sequence is not None:
        yield MachineChange(
            kind="file",
            name=rf"%ProgramData%\bundle\seen-{manifest.bundle.name.lower()}.json",
            words=f"the sequence number {manifest.bundle.sequence}, so that no older bundle is taken later; /purge leaves it too. Below "
            "%LOCALAPPDATA% where an account without administrator's rights installs",
            stays=True,
        )


def _registry(manifest: Manifest) -> Iterator[MachineChange]:
    key = registry_key(manifest.environment.path)
    yield MachineChange(
        kind="registry",
        name=rf"HKLM\{_PROGRAMS}\{key}",
        words="the entry among the installed programs; below HKCU where an account without administrator's rights installs",
    )
    if manifest.environment.data is not None:
        yield MachineChange(
            kind="registry",
            name=rf"HKLM\{_OWN}\{key}",
            words="made by /uninstall without /purge: which files of the data folder are the bundle's; HKCU as above",
            stays=True,
        )
    for each in manifest.services:
        yield MachineChange(kind="registry", name=rf"{_SERVICES}\{each.name}", words="the service, by Windows itself")
    if RUNTIME_KINDS[manifest.runtime.kind].installed:
        root = "HKLM" if manifest.runtime.all_users else "HKCU"
        minor = ".".join(manifest.target.python.split(".")[:2])
        yield MachineChange(
            kind="registry",
            name=rf"{root}\Software\Python\PythonCore\{minor}",
            words="by Python's installer, with keys beside it",
        )


def _variables(manifest: Manifest) -> Iterator[MachineChange]:
    if manifest.runtime.prepend_path:
        scope = "all users" if manifest.runtime.all_users else "the account that installs"
        yield MachineChange(
            kind="variable", name="PATH", words=f"Python's folders are put first, for {scope}, by its installer"
        )


def _service(each: ServiceInfo) -> MachineChange:
    words = [f"runs {' '.join(each.command)} as {each.account}, start: {each.start}"]
    words += [f"in {each.directory}"]
    words += [f"after {', '.join(each.dependencies)}"] if each.dependencies else []
    words += [f"started again after {', '.join(map(str, each.restart))} s when it fails"] if each.restart else []
    words += (
        [f"with {', '.join(f'{name}={value}' for name, value in each.environment.items())}"] if each.environment else []
    )
    return MachineChange(kind="service", name=each.name, words="; ".join(words))


def _rights(manifest: Manifest) -> Iterator[MachineChange]:
    environment = manifest.environment
    for each in manifest.services:
        own = VIRTUAL + each.name
        who = own if each.account.lower() == own.lower() else f"{own} and {each.account}"
        if _chosen(each.account, manifest).lower() in _SYSTEM:
            yield MachineChange(
                kind="right",
                name=WHOLE_MACHINE,
                words=f"{each.name} runs as LocalSystem, which may do everything",
            )
            continue
        yield MachineChange(kind="right", name=environment.path, words=f"read, for {who}")
        if environment.data is not None:
            yield MachineChange(kind="right", name=environment.data, words=f"modify, for {who}")
        yield MachineChange(kind="right", name=each.log_directory, words=f"modify, for {who}")
    for given in manifest.permissions:
        who = f"the service {given.account}" if given.service else given.account
        yield MachineChange(kind="right", name=given.path, words=f"{given.rights}, for {who}")
    installed = manifest.runtime.directory if RUNTIME_KINDS[manifest.runtime.kind].installed else None
    closed = [each for each in (environment.path, environment.data, installed) if each is not None]
    for place in closed:
        words = "installed by an administrator it inherits no rights: SYSTEM and administrators may do everything, users read"
        yield MachineChange(kind="right", name=place, words=words)


def _chosen(account: str, manifest: Manifest) -> str:
    """Of an account that the site chooses, the one that it is if nobody does."""
    defaults = {f"{{site.{each.name}}}": each.default for each in manifest.site}
    return defaults.get(account) or account


def _ports(manifest: Manifest) -> Iterator[MachineChange]:
    for each in manifest.services:
        health = each.health
        if health is None or not (health.http or health.tcp):
            continue
        address = health.http or health.tcp or ""
        found = _HTTP_PORT.match(address) if health.http else None
        port = found[1] if found else address.rpartition(":")[2] if health.tcp else "80"
        yield MachineChange(kind="port", name=port, words=f"{each.name} must answer at {address}")
    for value in manifest.site:
        if value.type == "port":
            chosen = f"{value.default} unless the site chooses another" if value.default else "the site chooses it"
            yield MachineChange(
                kind="port", name=f"{{site.{value.name}}}", words=f"{chosen}: {value.help}" if value.help else chosen
            )


def _installers(manifest: Manifest) -> Iterator[MachineChange]:
    runtime = manifest.runtime
    if RUNTIME_KINDS[runtime.kind].installed and runtime.file is not None:
        yield MachineChange(
            kind="installer",
            name=runtime.file,
            words=f"Python's installer, {signed_words(runtime.signer)}; removed with the last bundle that needs it",
        )
    for each in manifest.prerequisites:
        detect = each.detect.file or " ".join(filter(None, [each.detect.registry, each.detect.value]))
        lowest = f", {each.detect.at_least} or later" if each.detect.at_least else ""
        yield MachineChange(
            kind="installer",
            name=each.file,
            words=f"{each.name}, {signed_words(each.signer)}, run as {each.kind} with {' '.join(each.arguments) or 'no arguments'}"
            f" unless there is {detect}{lowest}",
            stays=True,
        )


def signed_words(signer: str | None) -> str:
    """What the build host saw of an Authenticode signature."""
    return f"signed by {signer}" if signer else "UNSIGNED"


def _commands(manifest: Manifest) -> Iterator[MachineChange]:
    for each in manifest.post_install:
        undo = f"taken back by {' '.join(each.undo)}" if each.undo else "nothing takes it back"
        admin = ", with administrator's rights" if each.needs_admin else ""
        yield MachineChange(
            kind="command",
            name=" ".join(each.command),
            words=f"run once the release is in use{admin}; {undo}",
            stays=not each.undo,
        )


def _checks(manifest: Manifest) -> Iterator[MachineChange]:
    if manifest.checks.imports:
        yield MachineChange(
            kind="check", name=", ".join(manifest.checks.imports), words="imported, so that their code runs"
        )
    for words in manifest.checks.commands:
        yield MachineChange(kind="check", name=" ".join(words), words="run to its end")
