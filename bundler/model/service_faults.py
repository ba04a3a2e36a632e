"""What can't be right about a recipe's services and rights, though each table by itself is well formed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from bundler.errors import Fault, quoted
from bundler.foreign import split_address

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from bundler.model.platforms.target_platform import PathRules
    from bundler.model.recipe import SiteTable
    from bundler.model.service import HealthTable, PermissionTable, ServiceTable
    from bundler.model.site_values import SiteType

    Sites = Mapping[str, SiteTable | None]
    """The site values by name; None: the table couldn't be decoded."""

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,78}[A-Za-z0-9])?")
_BUILT_IN = ("localsystem", "localservice", "networkservice")
_ACCOUNT = re.compile(r"[^\\/\"\[\]:;|=,+*?<>{}]+\\[^\\/\"\[\]:;|=,+*?<>{}]+|[^\\/\"\[\]:;|=,+*?<>{}@]+@[^\\/\s{}]+")
_SID = re.compile(r"S-1-(0|[1-9][0-9]{0,14})((?:-(?:0|[1-9][0-9]{0,9})){1,15})")
"""As the target has it (machine/rights.py)."""
_WHOLE = re.compile(r"\{site\.([A-Za-z_][A-Za-z0-9_]*)\}")
_BEGINNING = re.compile(rf"({_WHOLE.pattern})(?=\\|\Z)")
_VARIABLE = re.compile(r"[^=\s]+")
_PACKAGE = re.compile(r"package\.[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*")
OF_ENVIRONMENTS = frozenset(
    (
        *("current", "journal", "leftovers.json", "logs", "quarantine", "receipt.json"),
        *("releases", "scripts", "services", "settings", "site.json", "uninstall"),
    )
)
"""What a run of bootstrap.bat makes in an environment's folder itself, as names are compared."""
_PROGRAMS = {
    "{environment}": ("", *sorted(OF_ENVIRONMENTS - {"logs"})),
    "{release}": ("", "scripts", "lib", "dlls", "runtime", "services"),
}
"""Folders that hold what administrators and services run, and what a run of bootstrap.bat believes."""
_RESTARTS = 3
_ENDPOINT = re.compile(r"(\[[0-9a-f:.]+\]|[^:\s]+):(\d{1,5}|\{site\.[A-Za-z_][A-Za-z0-9_]*\})")


_NOT_TO_BE_CHANGED = "holds what administrators run: whoever may change it would be one. Take a folder in {data}, or one of its own in {environment}"


def _holds_programs(place: str, paths: PathRules, environment: str | None) -> bool:
    """``environment``: the folder; None: it isn't known. A place may be written as a path, too, and may hold the environment itself."""
    folded, own = paths.folded(place + "\\"), paths.folded(environment or "{environment}")
    if paths.is_below(own, folded):
        return True
    if folded == own or paths.is_below(folded, own):
        folded = "{environment}" + folded[len(own) :]
    top, _, below = folded.partition("\\")
    return below.partition("\\")[0] in _PROGRAMS.get(top, ())


def _site_value_faults(where: str, name: str, kind: SiteType, sites: Sites) -> Iterator[Fault]:
    """Of a site value that says alone who runs something, or where something lies."""
    site = sites.get(name)
    if site is not None and (site.type != kind or not site.required):
        yield Fault(where, f"site.{name} must have type = {kind!r}, and must not be one that may be left empty")


def _of_place(where: str, place: str, paths: PathRules, sites: Sites) -> tuple[bool, list[Fault]]:
    """Whether it begins as a place does, and what is wrong with the site value that it begins with."""
    found = _BEGINNING.match(place)
    if found is None:
        return paths.is_place(place), []
    faults = list(_site_value_faults(where, found[2], "path", sites))
    return paths.is_place("{data}" + place[found.end() :]), faults


def is_package(reference: str) -> bool:
    """Whether ``{reference}`` names the folder of an installed package: ``package.my_app``."""
    return _PACKAGE.fullmatch(reference) is not None


def service_texts(where: str, service: ServiceTable) -> Iterator[tuple[str, str]]:
    """Every text of a service in which ``{...}`` may stand, and where it is."""
    yield from ((f"{where}.command[{i}]", word) for i, word in enumerate(service.command))
    yield from ((f"{where}.environment.{name}", value) for name, value in service.environment.items())
    single = {"account": service.account, "directory": service.directory, "log.directory": service.log.directory}
    if service.health:
        single |= {"health.http": service.health.http, "health.tcp": service.health.tcp}
    yield from ((f"{where}.{key}", text) for key, text in single.items() if text is not None)


def service_faults(
    where: str,
    service: ServiceTable,
    paths: PathRules,
    *,
    sites: Sites,
    earlier: Collection[str],
    environment: str | None,
) -> Iterator[Fault]:
    """``earlier``: the names of the services before it, folded; ``environment``: its folder, None: it isn't known."""
    if not _NAME.fullmatch(service.name):
        yield Fault(f"{where}.name", "must be letters, digits, ., - and _, at most 80")
    if service.name.casefold() in earlier:
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
    yield from _place_faults(where, service, paths, sites)
    if service.log.directory is not None and _holds_programs(service.log.directory, paths, environment):
        yield Fault(f"{where}.log.directory", _NOT_TO_BE_CHANGED)
    yield from _account_faults(where, service, sites)
    if service.health:
        yield from _health_faults(f"{where}.health", service.health)


def _place_faults(where: str, service: ServiceTable, paths: PathRules, sites: Sites) -> Iterator[Fault]:
    for key, place in (("directory", service.directory), ("log.directory", service.log.directory)):
        if place is None:
            continue
        is_place, faults = _of_place(f"{where}.{key}", place, paths, sites)
        yield from faults
        if not (is_place or place.startswith("{package.")):
            yield Fault(
                f"{where}.{key}",
                "must begin with {release}, {environment}, {data}, {package.NAME}, a drive or a site value of type path",
            )
        yield from (Fault(f"{where}.{key}", fault) for fault in paths.slips(place))


def _account_faults(where: str, service: ServiceTable, sites: Sites) -> Iterator[Fault]:
    account = service.account
    kind: Literal["none", "may", "must"] = "none"
    if account is not None and account.casefold() not in _BUILT_IN:
        domain, _, name = account.rpartition("\\")
        if found := _WHOLE.fullmatch(account):
            kind = "may"
            yield from _site_value_faults(f"{where}.account", found[1], "account", sites)
        elif domain.casefold() == "nt service":
            if name.casefold() != service.name.casefold():
                yield Fault(
                    f"{where}.account", f"that account belongs to the service {name}: it would be {service.name}"
                )
        elif not _ACCOUNT.fullmatch(account):
            yield Fault(
                f"{where}.account",
                f"{quoted(account)} is not a valid account: write DOMAIN\\NAME (.\\NAME on the machine itself), LocalService, NetworkService, LocalSystem or '{{site.NAME}}'",
            )
        elif not account.endswith("$"):
            kind = "must"
    if kind == "none" and service.password is not None:
        yield Fault(f"{where}.password", "this account has no password: remove it")
    if kind == "must" and service.password is None:
        yield Fault(f"{where}.password", f"{account} needs one: name a secret site value, '{{site.NAME}}'")
    if service.password is not None:
        yield from _password_faults(f"{where}.password", service.password, sites, is_required=kind != "may")


def _password_faults(where: str, password: str, sites: Sites, *, is_required: bool) -> Iterator[Fault]:
    """``is_required``: it is for an account that has one, and not for one that the site chooses."""
    found = _WHOLE.fullmatch(password)
    if found is None:
        yield Fault(where, "is never written down: name a secret site value, '{site.NAME}'")
        return
    site = sites.get(found[1])
    if found[1] not in sites or (site is not None and not site.secret):
        yield Fault(where, f"site.{found[1]} must be there and be secret = true")
    elif site is not None and site.required and not is_required:
        yield Fault(
            where, f"site.{found[1]} must have required = false: an account that the site chooses may have no password"
        )


def _health_faults(where: str, health: HealthTable) -> Iterator[Fault]:
    if health.http is not None and health.tcp is not None:
        yield Fault(where, "must have either http or tcp")
    if health.http is None and health.tcp is None and health.settle is None:
        yield Fault(where, "must have either http or tcp, or settle alone")
    if health.http is not None:
        try:
            parts = split_address(re.sub(r"\{site\.\w+\}", "1", health.http))
        except ValueError:  # as of http://[foo, or where the port is no number or a large one
            parts = None
        if parts is None or parts.scheme != "http" or not parts.hostname or parts.username is not None:
            yield Fault(f"{where}.http", "must be an address like http://127.0.0.1:8080/")
    if health.tcp is not None and not _ENDPOINT.fullmatch(health.tcp):
        yield Fault(f"{where}.tcp", "must be HOST:PORT, such as 127.0.0.1:8080")


def permission_faults(
    where: str,
    permission: PermissionTable,
    paths: PathRules,
    *,
    services: Collection[str],
    sites: Sites,
    environment: str | None,
) -> Iterator[Fault]:
    """``services``: the names of the recipe's services, folded; ``environment``: its folder, None: it isn't known."""
    is_place, faults = _of_place(f"{where}.path", permission.path, paths, sites)
    yield from faults
    if not is_place:
        yield Fault(
            f"{where}.path",
            "must begin with {release}, {environment}, {data}, a drive or a site value of type path, and stay inside",
        )
    elif permission.rights != "read" and _holds_programs(permission.path, paths, environment):
        yield Fault(f"{where}.path", _NOT_TO_BE_CHANGED)
    yield from (Fault(f"{where}.path", fault) for fault in paths.slips(permission.path))
    account, folded = permission.account, permission.account.casefold()
    known = folded in services or folded in _BUILT_IN
    if found := _WHOLE.fullmatch(account):
        yield from _site_value_faults(f"{where}.account", found[1], "account", sites)
    elif not known and not _is_sid(account) and not _ACCOUNT.fullmatch(account):
        yield Fault(
            f"{where}.account",
            f"{quoted(account)} is not a valid account: write a service of this recipe, DOMAIN\\NAME, or the SID of a group (S-1-5-32-545: Users)",
        )


def _is_sid(account: str) -> bool:
    found = _SID.fullmatch(account)
    return (
        found is not None and int(found[1]) < 1 << 48 and all(int(each) < 1 << 32 for each in found[2].split("-")[1:])
    )
