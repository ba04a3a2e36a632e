"""Which Wine plays the machines of a rehearsal: this host's if it is good enough, else that of a Debian made for it, else that of a container."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from bundler.errors import HostError
from bundler.rehearse.wine import host_tools
from bundler.rehearse.wine.bed import Bed
from bundler.rehearse.wine.chroot import Chroot
from bundler.rehearse.wine.container import Container, find_container
from bundler.rehearse.wine.host_wine import HostWine, find_host_wine
from bundler.rehearse.wine.wine_system import Source

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.rehearse.wine.bed_cache import Cache
    from bundler.report import Reporter

SOURCES = ("host", "chroot", "container")
_UNFIT = "host-unfit.txt"
_OR_CONTAINER = "or install podman or docker, by which it can be done too"
_NOT_PASSED_OVER = frozenset({"disk-full", "shims-missing"})
"""Errors that another Wine would have too."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Host:
    """What this host has: functions, since looking for it may take a while."""

    wine: Callable[[], HostWine | None]
    container: Callable[[], Container | None]

    @classmethod
    def here(cls, environ: Mapping[str, str]) -> Host:
        return cls(wine=find_host_wine, container=lambda: find_container(environ))


class Choice:
    """``again``: what was found not to be good enough is tried once more."""

    def __init__(self, cache: Cache, host: Host, reporter: Reporter, *, again: bool = False) -> None:
        self._cache, self._host, self._reporter, self._again = cache, host, reporter, again

    def bed(self, wanted: str | None) -> Bed:
        """The first of the three that works, or the one that is wanted. Raises HostError, of all three that of a Debian made for rehearsals."""
        if wanted is not None:
            return self._opened(wanted)
        faults: dict[str, HostError] = {}
        for name in SOURCES:
            try:
                bed = self._opened(name)
            except HostError as error:
                if error.reference in _NOT_PASSED_OVER:
                    raise
                faults[name] = error
                continue
            passed_over = [fault.message for fault in faults.values() if fault.reference != "wine-missing"]
            if passed_over:
                self._reporter.note(f"Windows is played by the Wine {bed.source.words}: {'; '.join(passed_over)}")
            return bed
        raise _together(faults)

    def _opened(self, name: str) -> Bed:
        return {"host": self._of_host, "chroot": self._of_chroot, "container": self._of_container}[name]()

    def _of_host(self) -> Bed:
        source = self._host.wine()
        if source is None:
            raise HostError(
                "wine-missing",
                "this host has no Wine",
                hint="install Wine 10 or later, for 64- and 32-bit programs, or leave --wine out",
            )
        host_tools.require_namespaces()
        noted = self._cache.path(_UNFIT, source.things[source.template])
        if self._again:
            noted.unlink(missing_ok=True)
        if noted.is_file():
            raise HostError("wine-unfit", noted.read_text(encoding="utf-8"), hint=source.fix)
        try:
            return self._made(source)
        except HostError as error:
            if error.reference in ("wine-unfit", "session-not-made"):
                # it takes as long as making a good one: not for each rehearsal again
                noted.parent.mkdir(parents=True, exist_ok=True)
                noted.write_text(error.message, encoding="utf-8")
            raise

    def _of_chroot(self) -> Bed:
        host_tools.require_namespaces()
        return self._made(Chroot())

    def _of_container(self) -> Bed:
        source = self._host.container()
        if source is None:
            raise HostError(
                "wine-missing",
                "this host has neither podman nor docker",
                hint="install podman, or leave --wine out",
            )
        return self._made(source)

    def _made(self, source: Source) -> Bed:
        return Bed(self._cache, source, self._reporter)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Untried:
    """The Wine that a rehearsal would take. ``why``: why none before it, in words that follow; ``todo``: what will be done with it first."""

    source: Source
    is_made: bool
    todo: str
    why: str


def untried(folder: Path, host: Host) -> Untried:
    """As ``Choice`` finds it, as far as it can be known without trying. ``folder``: the bed's. Raises HostError."""
    wine, why = host.wine(), ""
    if wine is not None:
        noted = folder / wine.things[wine.template] / _UNFIT
        if not noted.is_file():
            host_tools.require_namespaces()
            return _untried(folder, wine, "tried", "")
        why = f" ({noted.read_text(encoding='utf-8')})"
    chroot = Chroot()
    try:
        host_tools.require_namespaces()
        if not (folder / chroot.things["chroot"] / "chroot").is_dir():
            host_tools.require(*host_tools.BED_TOOLS)
            host_tools.debian_archive()
    except HostError as error:
        container = host.container()
        if container is None:
            error.hint = f"{error.hint}; {_OR_CONTAINER}"
            raise
        return _untried(folder, container, "made", f"{why} ({error.message})")
    return _untried(folder, chroot, "made", why)


def _untried(folder: Path, source: Source, todo: str, why: str) -> Untried:
    made = all((folder / stamp / name).exists() for name, stamp in source.things.items())
    return Untried(source=source, is_made=made, todo=todo, why=why)


def _together(faults: Mapping[str, HostError]) -> HostError:
    error, container = faults["chroot"], faults["container"]
    others = [fault for name, fault in faults.items() if name != "chroot" and fault.reference != "wine-missing"]
    error.context = (*error.context, *(f"{each.message}: {'; '.join(each.context)}".rstrip(": ") for each in others))
    if container.reference == "wine-missing":
        error.hint = f"{error.hint}; {_OR_CONTAINER}"
    return error
