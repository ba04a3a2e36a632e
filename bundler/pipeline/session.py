"""Everything a command works with, opened once from the user's options: the network, the store, the clock, a scratch folder."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import itertools
import os
import re
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from bundler.atomic import scratch_folder
from bundler.errors import BundleError, HostError, InputError, IntegrityError
from bundler.isolation import Sandbox, Wish
from bundler.model.acceptance_rules import AcceptanceWish
from bundler.model.ports import Cache, Shelf, Transport
from bundler.owners import OpenPlace
from bundler.pipeline.loaded_toolchains import Toolchains
from bundler.pipeline.vcs_sources import WithRepositories
from bundler.report import OnceReporter, Reporter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bundler.build.compilers import Machine  # noqa: TC004 - wanted on Windows only, where something is to be built
    from bundler.fetch import Git
    from bundler.model.artifact import StoredFile


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """What the user said on the command line; None or empty: what the environment or the default says."""

    indexes: tuple[str, ...] = ()
    mirror: str | None = None
    store: Path | None = None
    ca_file: Path | None = None
    proxy: str | None = None
    signer_roots: tuple[Path, ...] = ()
    sandbox: Wish = "if-possible"
    toolset: str = ""
    acceptance: AcceptanceWish = AcceptanceWish()  # noqa: RUF009 - frozen
    environ: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    """``indexes``: addresses that serve where a recipe names none; ``index_origin`` says who chose them.

    ``name_addresses`` hears which addresses the user wrote: credentials for a host go to those ports of it; ``expect_addresses`` hears
    which are going to be asked.
    ``store``: the user's; ``store_open``: where others may change it, so that this run has one of its own in ``work``.
    ``epoch``: SOURCE_DATE_EPOCH as a time, None if it isn't set; ``work``: a scratch folder that is gone afterwards;
    ``once``: passes on to ``reporter``, each note and warning once a run. ``machine``: this host where it is Windows, which may have
    compilers; ``toolchains``: those of them that this run has made ready. ``build_constraints``: files that pip's settings on this host name.
    ``toolset``: the compiler's version that the user wants. ``acceptance``: what the user wants of files from indexes. ``sandbox`` runs what packages bring along.
    """

    transport: Transport
    fetcher: WithRepositories
    cache: Cache
    shelf: Shelf
    reporter: Reporter
    once: Reporter
    indexes: tuple[str, ...]
    index_origin: str
    ignored_indexes: tuple[str, ...]
    mirror: str
    signer_roots: tuple[Path, ...]
    store: Path
    store_open: OpenPlace | None
    work: Path
    name_addresses: Callable[[Iterable[str]], None]
    expect_addresses: Callable[[Iterable[str]], None]
    epoch: datetime.datetime | None
    now: datetime.datetime
    toolchains: Toolchains
    sandbox: Sandbox
    machine: Machine | None = None
    build_constraints: tuple[str, ...] = ()
    toolset: str = ""
    acceptance: AcceptanceWish = AcceptanceWish()  # noqa: RUF009 - frozen

    def named(self, file: StoredFile, filename: str) -> Path:
        """A stored file under its own name, for tools that read the name; its bytes are the store's.

        Raises IntegrityError (``name-unsafe``) for a name that would lead out of the scratch folder.
        """
        if filename in ("", ".", "..") or set(filename) & set("/\\:\0") or len(os.fsencode(filename)) > _LONGEST_NAME:
            raise IntegrityError(
                "name-unsafe",
                f"{filename[:_LONGEST_NAME]!r} is not a valid file name",
                hint="ask who runs the index or wrote the lock",
            )
        folder = self.work / "named" / file.sha256[:_PREFIX]
        path = folder / filename
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True)
            try:
                os.link(file.path, path)
            except OSError:  # another volume, or a file system without hard links
                shutil.copyfile(file.path, path)
        return path

    def folder(self, name: str) -> Path:
        """A new empty folder for scratch work. Its path is short: what is compiled lies far below it, and compilers take 259 characters."""
        parent = self.work / name
        parent.mkdir(parents=True, exist_ok=True)
        for number in itertools.count():
            with contextlib.suppress(FileExistsError):
                (parent / str(number)).mkdir()
                return parent / str(number)
        raise AssertionError("there is always a next number")


def source_date_epoch(environ: Mapping[str, str]) -> datetime.datetime | None:
    """SOURCE_DATE_EPOCH as a time in UTC; raises InputError (``epoch-malformed``)."""
    text = environ.get("SOURCE_DATE_EPOCH")
    if not text:
        return None
    seconds = int(text) if re.fullmatch(r"[0-9]{1,12}", text) else -1
    if not 0 <= seconds <= _LAST_MOMENT:
        raise InputError(
            "epoch-malformed",
            f"SOURCE_DATE_EPOCH is {text!r}, which is not a time that an archive can hold",
            hint="it counts the seconds since 1970-01-01 UTC; unset it to take the lock's own time",
        )
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC)


_PREFIX = 32
"""Digits of a hash that name a folder: whoever makes two files could let 16 of them be alike."""
_SCRATCH = "b-" if os.name == "nt" else "bundle-"
_LONGEST_NAME = 255
"""Bytes of a file's name that file systems take."""
_LAST_MOMENT = 4354819199
"""The end of 2107, which is that of time in zip."""


def _machine(environ: Mapping[str, str]) -> Machine | None:
    if os.name != "nt":
        return None
    from bundler.build.compilers import windows_machine

    return windows_machine(environ)


def _git(shelf: Shelf, work: Path, environ: Mapping[str, str]) -> Git:
    from bundler.fetch import Git  # late: few recipes name a repository

    return Git(shelf, work / "repositories", environ)


@contextlib.contextmanager
def _naming_no_place_in(work: Path) -> Iterator[None]:
    """Shorten the paths in an error that are gone when somebody reads it: compilers, tracebacks and backends print such."""
    try:
        yield
    except BundleError as error:
        error.message = error.message.replace(str(work), "…")
        error.context = tuple(each.replace(str(work), "…") for each in error.context)
        raise


@contextlib.contextmanager
def _gone_if_empty(folder: Path) -> Iterator[None]:
    """A run that ends before it keeps anything leaves nothing."""
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            folder.rmdir()


@contextlib.contextmanager
def open_session(options: Options, reporter: Reporter) -> Iterator[Session]:
    """Open a session; its scratch folder is removed at the end, whatever happens, and no error names a place inside it.

    Raises HostError (``store-unwritable``), InputError (``epoch-malformed``, ``pip-config``).
    """
    from bundler.fetch import (
        DiskCache,
        Downloads,
        HttpTransport,
        NetworkOptions,
        NetworkSettings,
        Store,
        default_index,
        default_store_root,
        pip_settings,
        place_open_to_others,
        strip_credentials,
        system_proxies,
    )
    from bundler.runtime.python_org import PYTHON_MIRROR

    environ = options.environ
    epoch = source_date_epoch(environ)
    pip = pip_settings(environ)
    root = options.store or default_store_root(environ)
    there = root.exists()
    if there and not root.is_dir():
        raise HostError(
            "store-unwritable",
            f"the store {root} is no folder",
            hint="give another folder with --store or BUNDLE_STORE",
        )
    place = place_open_to_others(root)
    chosen_mirror = options.mirror or environ.get("BUNDLE_PYTHON_MIRROR") or ""
    mirror = chosen_mirror or PYTHON_MIRROR
    urls = (*options.indexes, *filter(None, (chosen_mirror,)))
    settings = NetworkSettings.of(
        pip, environ, NetworkOptions(urls=urls, ca_file=options.ca_file, proxy=options.proxy), system=system_proxies()
    )
    indexes, origin = options.indexes, "--index"
    if not indexes:
        indexes, origin = (default_index(pip),), "pip's configuration" if pip.index_url else "pip's default"
    with contextlib.ExitStack() as stack:
        if not there:
            stack.enter_context(_gone_if_empty(root))
        work = stack.enter_context(scratch_folder(_SCRATCH))
        stack.enter_context(_naming_no_place_in(work))
        used = root if place is None else work / "store"
        # what hosts answer whose certificates nobody checks is believed by no run that checks them
        caches = used / "unverified" if settings.trusted_hosts else used
        if place is not None:
            reporter.warn(
                "store-open",
                f"others than you and root may change what is in the store {root}, so nothing of it is used ({place.words})",
            )
        shelf = Store(used, reporter=reporter)
        transport = stack.enter_context(HttpTransport(settings, cache=caches, reporter=reporter))
        once = OnceReporter(reporter)
        yield Session(
            transport=transport,
            fetcher=WithRepositories(
                Downloads(transport, shelf), lambda: _git(shelf, work, environ), shelf, transport.waiting
            ),
            cache=DiskCache(caches),
            shelf=shelf,
            reporter=reporter,
            once=once,
            indexes=tuple(map(strip_credentials, indexes)),
            index_origin=origin,
            ignored_indexes=pip.extra_index_urls if not options.indexes else (),
            mirror=strip_credentials(mirror).rstrip("/"),
            signer_roots=options.signer_roots,
            store=root,
            store_open=place,
            work=work,
            name_addresses=transport.name,
            expect_addresses=transport.expect,
            epoch=epoch,
            now=datetime.datetime.now(datetime.UTC).replace(microsecond=0),
            toolchains=Toolchains(),
            sandbox=Sandbox(options.sandbox, once),
            machine=_machine(environ),
            build_constraints=pip.build_constraints,
            toolset=options.toolset,
            acceptance=options.acceptance,
        )
