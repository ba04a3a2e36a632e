"""Services and rights: the recipe's ``[[service]]`` and ``[[permission]]``, and the same in the manifest with everything filled in."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field, StrictBool, StrictInt

from bundler.model.codec import KEBAB, SNAKE
from bundler.model.fields import described

if TYPE_CHECKING:
    from collections.abc import Iterable

Start = Literal["automatic", "delayed", "manual", "disabled"]
Rights = Literal["read", "modify", "full"]
Seconds = Annotated[StrictInt, Field(ge=1, le=86_400)]
SETTLE = 5


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class RecoveryTable:
    __pydantic_config__: ClassVar[ConfigDict] = KEBAB
    restart: tuple[Seconds, ...] = described(
        "after how many seconds it is started again: after the first failure, the second, all later ones", (10, 60, 300)
    )
    reset: Seconds = described("after so many seconds without a failure counting begins anew", 86_400)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class LogTable:
    __pydantic_config__: ClassVar[ConfigDict] = KEBAB
    directory: str | None = described(
        "the folder of the log files; {data}\\logs\\NAME if left out ({environment}\\logs\\NAME with LocalSystem); may begin with {site.NAME}, a value of type path",
        None,
    )
    size: Annotated[StrictInt, Field(ge=1000, le=2_000_000_000)] = described("bytes of one file", 10_000_000)
    count: Annotated[StrictInt, Field(ge=0, le=100)] = described("how many old files are kept", 5)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class HealthTable:
    __pydantic_config__: ClassVar[ConfigDict] = KEBAB
    http: str | None = described("an address on this machine that must answer with a status below 400", None)
    tcp: str | None = described("HOST:PORT on this machine that must take a connection", None)
    timeout: Seconds = described("seconds that this may take after the start", 30)
    settle: Seconds | None = described(
        "seconds that it must go on running after the first answer, and then answer again: 5 if left out; without http and tcp those "
        "that it must run after the start",
        None,
    )
    owner: StrictBool = described(
        "whether the port must belong to a process of the service; false where something else answers for it, such as a proxy",
        True,
    )


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class ServiceTable:
    """A program of the environment as a Windows service."""

    __pydantic_config__: ClassVar[ConfigDict] = KEBAB
    name: str = described("its name in Windows' service manager")
    command: tuple[str, ...] = described("the command line; the first word is found in the release's Scripts")
    directory: str | None = described(
        "where it runs; {release}, which no service can write to, if left out; {package.NAME} is a package's folder; may begin with "
        "{site.NAME}, a value of type path",
        None,
    )
    account: str | None = described(
        "NT SERVICE\\NAME if left out, which needs no password; DOMAIN\\NAME, DOMAIN\\NAME$ (a managed one), LocalService, …, or "
        "{site.NAME}, a value of type account",
        None,
    )
    password: str | None = described(
        "{site.NAME}, a secret site value, for an account that has one; required = false where the account is a site value",
        None,
    )
    start: Start = described("when Windows starts it", "automatic")
    display_name: str | None = described("its name for people", None)
    description: str = described("shown by Windows' service manager", "")
    environment: dict[str, str] = described(
        "environment variables; PYTHONSAFEPATH is 1 unless it is named here, or directory is in the release", {}
    )
    dependencies: tuple[str, ...] = described("services that must run before it", ())
    stop_timeout: Annotated[StrictInt, Field(ge=1, le=300)] = described("seconds between Ctrl-C and its forced end", 30)
    recovery: RecoveryTable = described("what Windows does when it fails", RecoveryTable())
    log: LogTable = described("the files that take what it writes", LogTable())
    health: HealthTable | None = described("what must answer before the release is kept", None)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class PermissionTable:
    __pydantic_config__: ClassVar[ConfigDict] = KEBAB
    path: str = described(
        "a file or folder; begins with {release}, {environment}, {data}, a drive or {site.NAME}, a value of type path"
    )
    account: str = described(
        "a service of this recipe by its name, or an account, or a SID, or {site.NAME}, a value of type account"
    )
    rights: Rights = described("what the account may do there, and in everything below")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class HealthInfo:
    __pydantic_config__: ClassVar[ConfigDict] = SNAKE
    http: str | None
    tcp: str | None
    timeout: StrictInt
    settle: StrictInt = SETTLE
    owner: StrictBool = True


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class ServiceInfo:
    """Times in seconds, sizes in bytes; texts may hold ``{...}``. ``password``: the site value that it is, by name."""

    __pydantic_config__: ClassVar[ConfigDict] = SNAKE
    name: str
    command: tuple[str, ...]
    directory: str
    account: str
    password: str | None
    start: Start
    display_name: str
    description: str
    environment: dict[str, str]
    dependencies: tuple[str, ...]
    stop_timeout: StrictInt
    restart: tuple[StrictInt, ...]
    reset: StrictInt
    log_directory: str
    log_size: StrictInt
    log_count: StrictInt
    health: HealthInfo | None


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class PermissionInfo:
    """``service``: the account is that of the service of this name."""

    __pydantic_config__: ClassVar[ConfigDict] = SNAKE
    path: str
    account: str
    service: StrictBool
    rights: Rights


VIRTUAL = "NT SERVICE\\"
"""Accounts of this kind belong to one service each: Windows makes them, and they have no password."""
SYSTEM = "LocalSystem"
_BUILT_IN = (SYSTEM.lower(), "localservice", "networkservice")
SAFE_PATH = "PYTHONSAFEPATH"
_RELEASE = "{release}"
_IN_THE_RELEASE = (_RELEASE, "{package.")
"""How folders begin that no service's account may change. Many servers (waitress, uvicorn, flask, celery) import from the working directory."""


def needs_logon_right(account: str) -> bool:
    """Whether Windows starts a service under it only if it was given the right "Log on as a service"; the target gives it."""
    low = account.lower()
    return low not in _BUILT_IN and not low.startswith(VIRTUAL.lower())


def service_infos(tables: Iterable[ServiceTable], *, data: bool) -> tuple[ServiceInfo, ...]:
    """``data``: whether the environment has a data folder."""
    return tuple(_service_info(each, "{data}" if data else "{environment}") for each in tables)


def _service_info(table: ServiceTable, base: str) -> ServiceInfo:
    health = table.health
    if (table.account or "").lower() == SYSTEM.lower():
        base = (
            "{environment}"  # another service may change the data folder, and would lead what this one writes elsewhere
        )
    return ServiceInfo(
        name=table.name,
        command=table.command,
        directory=table.directory or _RELEASE,
        account=table.account or VIRTUAL + table.name,
        password=table.password[len("{site.") : -1] if table.password else None,
        start=table.start,
        display_name=table.display_name or table.name,
        description=table.description,
        environment=_environment(table),
        dependencies=table.dependencies,
        stop_timeout=table.stop_timeout,
        restart=table.recovery.restart,
        reset=table.recovery.reset,
        log_directory=table.log.directory or f"{base}\\logs\\{table.name}",
        log_size=table.log.size,
        log_count=table.log.count,
        health=_health_info(health) if health else None,
    )


def _health_info(table: HealthTable) -> HealthInfo:
    return HealthInfo(
        http=table.http, tcp=table.tcp, timeout=table.timeout, settle=table.settle or SETTLE, owner=table.owner
    )


def _environment(table: ServiceTable) -> dict[str, str]:
    """Python imports nothing from the working directory, unless the recipe chose one that administrators alone may change."""
    named = any(each.upper() == SAFE_PATH for each in table.environment)
    chosen = table.directory is not None and table.directory.startswith(_IN_THE_RELEASE)
    return {**({} if named or chosen else {SAFE_PATH: "1"}), **table.environment}


def permission_infos(tables: Iterable[PermissionTable], services: Iterable[ServiceTable]) -> tuple[PermissionInfo, ...]:
    """The rights that the recipe gives besides those that every service gets."""
    names = {each.name.casefold(): each.name for each in services}
    return tuple(
        PermissionInfo(
            path=each.path,
            account=names.get(each.account.casefold(), each.account),
            service=each.account.casefold() in names,
            rights=each.rights,
        )
        for each in tables
    )
