"""What can't be right about a recipe's services and rights, though each table by itself is well formed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from bundler.errors import Fault, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bundler.model.platforms.target_platform import PathRules
    from bundler.model.service import HealthTable, PermissionTable, ServiceTable

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,78}[A-Za-z0-9])?")
_BUILT_IN = ("localsystem", "localservice", "networkservice")
_ACCOUNT = re.compile(r"[^\\/\"\[\]:;|=,+*?<>{}]+\\[^\\/\"\[\]:;|=,+*?<>{}]+|[^\\/\"\[\]:;|=,+*?<>{}@]+@[^\\/\s{}]+")
_SID = re.compile(r"S-1-\d+(?:-\d+)+")
_PASSWORD = re.compile(r"\{site\.([A-Za-z_][A-Za-z0-9_]*)\}")
_VARIABLE = re.compile(r"[^=\s]+")
_PACKAGE = re.compile(r"package\.[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*")
_PROGRAMS = {
    "{environment}": ("", "releases", "scripts", "services", "uninstall"),
    "{release}": ("", "scripts", "lib", "dlls", "runtime", "services"),
}
"""Folders that hold what administrators and services run, and what a run of bootstrap.bat believes."""
_RESTARTS = 3
_ENDPOINT = re.compile(r"(\[[0-9a-f:.]+\]|[^:\s]+):(\d{1,5}|\{site\.[A-Za-z_][A-Za-z0-9_]*\})")


_NOT_TO_BE_CHANGED = "holds what administrators run: whoever may change it would be one. Take a folder in {data}, or one of its own in {environment}"


def _holds_programs(place: str, paths: PathRules) -> bool:
    top, _, below = paths.folded(place).partition("\\")
    return below.partition("\\")[0] in _PROGRAMS.get(top, ())


def is_package(reference: str) -> bool:
    """Whether ``{reference}`` names the folder of an installed package: ``package.my_app``."""
    return _PACKAGE.fullmatch(reference) is not None


def service_texts(where: str, service: ServiceTable) -> Iterator[tuple[str, str]]:
    """Every text of a service in which ``{...}`` may stand, and where it is."""
    yield from ((f"{where}.command[{i}]", word) for i, word in enumerate(service.command))
    yield from ((f"{where}.environment.{name}", value) for name, value in service.environment.items())
    single = {"directory": service.directory, "log.directory": service.log.directory}
    if service.health:
        single |= {"health.http": service.health.http, "health.tcp": service.health.tcp}
    yield from ((f"{where}.{key}", text) for key, text in single.items() if text is not None)


def service_faults(
    where: str, service: ServiceTable, paths: PathRules, *, secrets: Mapping[str, bool], earlier: Sequence[str]
) -> Iterator[Fault]:
    """``secrets``: the site values' names, and whether each is secret; ``earlier``: the services before it."""
    if not _NAME.fullmatch(service.name):
        yield Fault(f"{where}.name", "must be letters, digits, ., - and _, at most 80")
    if service.name.casefold() in (each.casefold() for each in earlier):
        yield Fault(f"{where}.name", f"{service.name} is there twice")
    if not service.command:
        yield Fault(f"{where}.command", "must not be empty")
    if len(service.recovery.restart) > _RESTARTS:
        yield Fault(f"{where}.recovery.restart", "Windows has three: the first failure, the second, all later ones")
    for key, text in service_texts(where, service):
        if any(letter < " " for letter in text):
            yield Fault(key, "must not hold line ends or control characters")
    for name in service.environment:
        if not _VARIABLE.fullmatch(name):
            yield Fault(f"{where}.environment", f"{name!r} is not a valid environment variable name")
    yield from _place_faults(where, service, paths)
    yield from _account_faults(where, service, secrets)
    if service.health:
        yield from _health_faults(f"{where}.health", service.health)


def _place_faults(where: str, service: ServiceTable, paths: PathRules) -> Iterator[Fault]:
    for key, place in (("directory", service.directory), ("log.directory", service.log.directory)):
        if place is None:
            continue
        if not (paths.is_place(place) or place.startswith("{package.")):
            yield Fault(f"{where}.{key}", "must begin with {release}, {environment}, {data}, {package.NAME} or a drive")
        yield from (Fault(f"{where}.{key}", fault) for fault in paths.slips(place))
    if service.log.directory is not None and _holds_programs(service.log.directory, paths):
        yield Fault(f"{where}.log.directory", _NOT_TO_BE_CHANGED)


def _account_faults(where: str, service: ServiceTable, secrets: Mapping[str, bool]) -> Iterator[Fault]:
    account = service.account
    kind: Literal["none", "may", "must"] = "none"
    if account is not None and account.casefold() not in _BUILT_IN:
        domain, _, name = account.rpartition("\\")
        if domain.casefold() == "nt service":
            if name.casefold() != service.name.casefold():
                yield Fault(
                    f"{where}.account", f"that account belongs to the service {name}: it would be {service.name}"
                )
        elif not _ACCOUNT.fullmatch(account):
            yield Fault(
                f"{where}.account",
                f"{quoted(account)} is not a valid account: write DOMAIN\\NAME (.\\NAME on the machine itself), LocalService, NetworkService or LocalSystem",
            )
        elif not account.endswith("$"):
            kind = "must"
    if kind == "none" and service.password is not None:
        yield Fault(f"{where}.password", "this account has no password: remove it")
    if kind == "must" and service.password is None:
        yield Fault(f"{where}.password", f"{account} needs one: name a secret site value, '{{site.NAME}}'")
    if service.password is not None:
        found = _PASSWORD.fullmatch(service.password)
        if found is None:
            yield Fault(f"{where}.password", "is never written down: name a secret site value, '{site.NAME}'")
        elif not secrets.get(found[1], False):
            yield Fault(f"{where}.password", f"site.{found[1]} must be there and be secret = true")


def _health_faults(where: str, health: HealthTable) -> Iterator[Fault]:
    if health.http is not None and health.tcp is not None:
        yield Fault(where, "must have either http or tcp")
    if health.http is None and health.tcp is None and health.settle is None:
        yield Fault(where, "must have either http or tcp, or settle alone")
    if health.http is not None:
        parts = urlsplit(re.sub(r"\{site\.\w+\}", "1", health.http))
        if parts.scheme != "http" or not parts.hostname or parts.username is not None:
            yield Fault(f"{where}.http", "must be an address like http://127.0.0.1:8080/")
    if health.tcp is not None and not _ENDPOINT.fullmatch(health.tcp):
        yield Fault(f"{where}.tcp", "must be HOST:PORT, such as 127.0.0.1:8080")


def permission_faults(
    where: str, permission: PermissionTable, paths: PathRules, services: Sequence[str]
) -> Iterator[Fault]:
    """``services``: the names of the recipe's services."""
    if not paths.is_place(permission.path):
        yield Fault(f"{where}.path", "must begin with {release}, {environment}, {data} or a drive, and stay inside")
    elif permission.rights != "read" and _holds_programs(permission.path, paths):
        yield Fault(f"{where}.path", _NOT_TO_BE_CHANGED)
    yield from (Fault(f"{where}.path", fault) for fault in paths.slips(permission.path))
    account = permission.account
    known = (*(each.casefold() for each in services), *_BUILT_IN)
    if account.casefold() not in known and not _SID.fullmatch(account) and not _ACCOUNT.fullmatch(account):
        yield Fault(
            f"{where}.account",
            f"{quoted(account)} is not a valid account: write a service of this recipe, DOMAIN\\NAME, or the SID of a group (S-1-5-32-545: Users)",
        )
