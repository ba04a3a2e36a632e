"""What a rehearsal asks of the application: the recipe's ``[rehearse]``, and the same in the manifest, which may be a stranger's."""

from __future__ import annotations

import dataclasses
import ipaddress
import re
from typing import Annotated, Any, ClassVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, ConfigDict, Field, StrictBool, StrictInt

from bundler.model.allowed_connections import connection_fault
from bundler.model.codec import KEBAB, SNAKE
from bundler.model.fields import described

_LONGEST = 2000
"""Characters of a text."""
_MANY = 100
"""Entries of a list: commands, requests, words, files, addresses, site values."""
_SITE = re.compile(r"\{site\.\w+\}")
_PORTS = 65536


def loopback_fault(url: str) -> str | None:
    """Why a page can't be asked for: only this machine's own are. ``{site.NAME}`` may stand for the port; ask again once it is filled in."""
    words = f"{url!r} is not a page of the machine itself, such as http://127.0.0.1:8080/"
    try:
        parts = urlsplit(_SITE.sub("1", url))
        port = parts.port
    except ValueError:
        return words
    host = parts.hostname or ""
    plain = parts.scheme == "http" and "@" not in parts.netloc and "\\" not in url and not re.search(r"\s", url)
    return None if plain and _is_loopback(host) and (port is None or 0 < port < _PORTS) else words


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _without_fault(fault_of: Any) -> Any:
    def check(text: str) -> str:
        if fault := fault_of(text):
            raise ValueError(fault)
        return text

    return AfterValidator(check)


def _control_fault(text: str) -> str | None:
    return None if text.isprintable() else "must not hold line ends or control characters"


Word = Annotated[str, Field(min_length=1, max_length=_LONGEST), _without_fault(_control_fault)]
Expected = Annotated[str, Field(min_length=1, max_length=_LONGEST)]
Value = Annotated[str, Field(max_length=_LONGEST), _without_fault(_control_fault)]
Page = Annotated[str, Field(max_length=_LONGEST), _without_fault(loopback_fault)]
Address = Annotated[str, Field(max_length=_LONGEST), _without_fault(connection_fault)]
Words = Annotated[tuple[Word, ...], Field(min_length=1, max_length=_MANY)]
Seconds = Annotated[StrictInt, Field(ge=1, le=3600)]
ExitCode = Annotated[StrictInt, Field(ge=0, lt=2**32)]
Status = Annotated[StrictInt, Field(ge=100, le=599)]
Files = Annotated[tuple[Word, ...], Field(max_length=_MANY)]
Addresses = Annotated[tuple[Address, ...], Field(max_length=_MANY)]
Values = Annotated[dict[Word, Value], Field(max_length=_MANY)]
TIMEOUT = 60


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class RehearseCommandTable:
    """A command of the release, run while its services run."""

    __pydantic_config__: ClassVar[ConfigDict] = KEBAB
    command: Words = described("the command line; the first word is found in the release's Scripts")
    exit_code: ExitCode = described("what it must end with", 0)
    output: Expected | None = described("text that it must print", None)
    window: StrictBool = described(
        "true: it opens a window and goes on running; it passes once the window is there, and is skipped where the engine shows no windows",
        default=False,
    )
    timeout: Seconds | None = described("seconds that it may take; those of [rehearse] if left out", None)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class RehearseRequestTable:
    """A page that the application serves on the machine itself."""

    __pydantic_config__: ClassVar[ConfigDict] = KEBAB
    url: Page = described("its address on this machine, such as http://127.0.0.1:{site.port}/")
    status: Status = described("the status that it must answer with", 200)
    text: Expected | None = described("text that must be in the answer", None)
    screenshot: StrictBool = described(
        "true: the report shows a picture of the page, where the engine can take one", default=False
    )
    timeout: Seconds | None = described("seconds until it must have answered so; those of [rehearse] if left out", None)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class RehearseTable:
    """``[rehearse]``: without it a rehearsal still installs, checks, starts, upgrades and removes."""

    __pydantic_config__: ClassVar[ConfigDict] = KEBAB
    timeout: Seconds = described("seconds that each command and each page may take", TIMEOUT)
    site: Values = described(
        "site values for the rehearsal; no secret ones: `--set` gives those, or a rehearsal makes them up", {}
    )
    files: Files = described(
        "files and folders that must be there once it runs; each begins with {release}, {environment}, {data} or a drive",
        (),
    )
    allow_connections: Addresses = described(
        "addresses that the application may try to reach: HOST, HOST:PORT, *.DOMAIN; the attempt is refused all the same, "
        "and reported without failing the rehearsal",
        (),
    )
    command: Annotated[tuple[RehearseCommandTable, ...], Field(max_length=_MANY)] = described(
        "commands that must do what they are expected to", ()
    )
    request: Annotated[tuple[RehearseRequestTable, ...], Field(max_length=_MANY)] = described(
        "pages that must answer, asked for again until they do or the time is up", ()
    )


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class RehearseCommandInfo:
    """Words may hold ``{...}``; ``window``: it goes on running, and shows one. Time in seconds."""

    __pydantic_config__: ClassVar[ConfigDict] = SNAKE
    command: Words
    exit_code: ExitCode
    output: Expected | None
    window: StrictBool
    timeout: Seconds


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class RehearseRequestInfo:
    """``url`` may hold ``{site.NAME}`` and must be the machine's own once that is filled in. Time in seconds."""

    __pydantic_config__: ClassVar[ConfigDict] = SNAKE
    url: Page
    status: Status
    text: Expected | None
    screenshot: StrictBool
    timeout: Seconds


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class RehearseInfo:
    """What a rehearsal asks of the application besides what each does. The target has no use for it. ``site``: values by name, none of them secret."""

    __pydantic_config__: ClassVar[ConfigDict] = SNAKE
    site: Values = dataclasses.field(default_factory=dict)
    files: Files = ()
    allow_connections: Addresses = ()
    commands: Annotated[tuple[RehearseCommandInfo, ...], Field(max_length=_MANY)] = ()
    requests: Annotated[tuple[RehearseRequestInfo, ...], Field(max_length=_MANY)] = ()


def rehearse_info(table: RehearseTable) -> RehearseInfo:
    return RehearseInfo(
        site=dict(table.site),
        files=table.files,
        allow_connections=table.allow_connections,
        commands=tuple(
            RehearseCommandInfo(
                command=each.command,
                exit_code=each.exit_code,
                output=each.output,
                window=each.window,
                timeout=each.timeout or table.timeout,
            )
            for each in table.command
        ),
        requests=tuple(
            RehearseRequestInfo(
                url=each.url,
                status=each.status,
                text=each.text,
                screenshot=each.screenshot,
                timeout=each.timeout or table.timeout,
            )
            for each in table.request
        ),
    )
