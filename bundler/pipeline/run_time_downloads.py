"""What packages of a bundle fetch when they are used, which an offline target can't: known when the bundle is built."""

from __future__ import annotations

import dataclasses
import datetime
import fnmatch
import functools
import importlib.resources
import json
import re
import tomllib
from typing import TYPE_CHECKING, ClassVar

from pydantic import ConfigDict, StrictBool

from bundler.formats.wheel_reader import open_wheel
from bundler.model.codec import KEBAB, decode
from bundler.model.platforms.windows_platform import WINDOWS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bundler.model.artifact import WheelFile
    from bundler.model.lock import Lock
    from bundler.model.recipe import Recipe
    from bundler.report import Reporter

_ZONES = re.compile(rb"^[ \t]*(?:from|import)[ \t]+(?:backports\.)?zoneinfo\b", re.MULTILINE)
_TLS = re.compile(rb"\b(?:create_default_context|urllib\.request|urlopen|http\.client|HTTPSConnection)\b")
_BRINGING = ("file", "prerequisite", "service", "site", "post_install", "checks")
"""Tables of a recipe that show what is brought along. Names don't: pypandoc has pandoc in its own, and a folder may be called as a package is."""
_LARGEST = 2_000_000
"""Bytes of a module that is looked into."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Fetcher:
    """One entry of ``run_time_downloads.toml``, which says what its keys mean."""

    __pydantic_config__: ClassVar[ConfigDict] = KEBAB
    names: tuple[str, ...]
    fetches: str
    bring: str
    handled: tuple[str, ...]
    packages: tuple[str, ...]
    sure: StrictBool
    source: str
    read: datetime.date


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class _Table:
    __pydantic_config__: ClassVar[ConfigDict] = KEBAB
    fetcher: tuple[Fetcher, ...]


@functools.cache
def fetchers() -> tuple[Fetcher, ...]:
    """All that are known."""
    file = importlib.resources.files("bundler.pipeline").joinpath("run_time_downloads.toml")
    return decode(_Table, tomllib.loads(file.read_text(encoding="utf-8"))).fetcher


def tell_downloads(recipe: Recipe, lock: Lock, wheels: Sequence[WheelFile], reporter: Reporter) -> None:
    """Name them, once a kind (``downloads-at-run-time``); who uses only a part of a package gets a note. What the recipe handles isn't named."""
    there = {each.name for each in lock.packages}
    told = dataclasses.asdict(recipe)
    said = json.dumps([told[key] for key in _BRINGING], default=str).lower()
    for each in fetchers():
        users = sorted(there.intersection(each.names))
        brought = any(fnmatch.filter(there, pattern) for pattern in each.packages)
        if not users or brought or any(text in said for text in each.handled):
            continue
        text = f"{', '.join(users)}: fetches {each.fetches}. An offline target can't; bring it along: {each.bring}"
        if each.sure:
            reporter.warn("downloads-at-run-time", text)
        else:
            reporter.note(text)
    if lock.target.system is WINDOWS:
        _tell_of_projects([each for each in wheels if each.made_from == "project"], there, said, reporter)


def _tell_of_projects(own: Sequence[WheelFile], there: set[str], said: str, reporter: Reporter) -> None:
    """What the standard library would take from the system, and Windows hasn't. Packages of an index declare what they need; projects forget it."""
    zones = [] if "tzdata" in there else list(_using(own, _ZONES))
    if zones:
        reporter.warn(
            "downloads-at-run-time",
            f"{', '.join(zones)}: uses zoneinfo, and Windows has no data of time zones: ZoneInfo(…) fails there. Add the package tzdata "
            "to its dependencies or to requirements",
        )
    known = {"certifi", "truststore"} & there or any(each in said for each in ("ssl_cert_file", ".pem", ".crt"))
    for each in [] if known else _using(own, _TLS):
        reporter.note(
            f"{each}: opens TLS connections by the standard library, with the authorities of Windows' store alone; Windows fetches those that "
            "it doesn't have yet, which an offline target can't. Bring the PEM file of your authority as a [[file]] and SSL_CERT_FILE for it, "
            "or see that the server's store has it"
        )


def _using(wheels: Iterable[WheelFile], pattern: re.Pattern[bytes]) -> Iterator[str]:
    """The packages with a module that holds the pattern."""
    for each in wheels:
        with open_wheel(each.file.path, each.filename) as wheel:
            modules = [one for one in wheel.members if one.filename.endswith(".py") and one.file_size <= _LARGEST]
            if any(pattern.search(wheel.archive.read(one)) for one in modules):
                yield each.package
