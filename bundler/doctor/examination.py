"""The whole examination: this host, its store, the index, and what a recipe needs."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING

from bundler.doctor.compilers import compiling, host_compilers
from bundler.doctor.finding import Finding
from bundler.errors import BundleError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bundler.model.recipe import Recipe, TargetTable
    from bundler.pipeline.session import Session

_ROOM = 2_000_000_000
"""Free bytes under which the store's disk is called tight."""
_OTHER_STORE = "name another with --store"
_KNOWN_PROJECT = "pip"
"""A project that every complete index has, and that every bundle needs."""


def examine(session: Session, path: Path | None) -> tuple[Finding, ...]:
    """Look at this host, and at what ``path``, a recipe, needs of it."""
    from bundler.pipeline.inputs import recipe_of

    recipe = recipe_of(session, path) if path else None
    compilers = () if recipe else host_compilers(session.machine)
    needed = _recipe(session, recipe) if recipe else ()
    return (
        *_host(),
        *_sandbox(),
        *_rehearsals(session),
        *compilers,
        *_disk(session),
        *_index(session, recipe),
        *needed,
    )


def _host() -> Iterator[Finding]:
    from bundler.build.isolated import host_target
    from bundler.pack.shipped import target_folder

    try:
        yield Finding(what="build host", verdict="good", detail=f"{host_target()} ({sys.executable})")
    except BundleError as error:
        yield Finding(what="build host", verdict="bad", detail=error.message, fix=error.hint)
    shims = sorted(each.parent.name for each in (target_folder() / "shims").glob("*/shim.exe"))
    if shims:
        yield Finding(what="launchers", verdict="good", detail=f"built for {', '.join(shims)}")
    else:
        yield Finding(
            what="launchers",
            verdict="bad",
            detail="the small programs that bundles put into Scripts were not built",
            fix="install this project with pip, which builds them, or run `python build/shims.py`",
        )


def _sandbox() -> Iterator[Finding]:
    from bundler.isolation.sandbox import Unavailable, sandbox_of_this_host

    found, what = sandbox_of_this_host(), "sandbox for builds"
    if isinstance(found, Unavailable):
        yield Finding(what=what, verdict="note", detail=f"none: {found.reason}", fix=found.fix)
    else:
        yield Finding(what=what, verdict="good", detail=found.name)


def _rehearsals(session: Session) -> Iterator[Finding]:
    from bundler.doctor.rehearsals import rehearsals
    from bundler.rehearse.wine.bed_cache import bed_root

    host = None
    if sys.platform.startswith("linux"):
        from bundler.rehearse.wine.choosing import Host

        host = Host.here(os.environ)
    yield from rehearsals(bed_root(os.environ, session.store), host)


def _disk(session: Session) -> Iterator[Finding]:
    from bundler.report import size_text

    folder = next((each for each in (session.store, *session.store.absolute().parents) if each.exists()), None)
    if folder is None:
        yield Finding(what="store", verdict="bad", detail=f"{session.store}: there is no such drive", fix=_OTHER_STORE)
        return
    free = shutil.disk_usage(folder).free
    writable = os.access(folder, os.W_OK)
    detail = f"{session.store}, {size_text(free)} free"
    if session.store_open is not None:
        yield Finding(
            what="store",
            verdict="note",
            detail=f"{session.store}: others may change it, so nothing of it is used ({session.store_open.words})",
            fix=f"{_OTHER_STORE}, or take that right away from them (chmod go-w)",
        )
    elif not writable:
        yield Finding(what="store", verdict="bad", detail=f"{detail}, not writable", fix=_OTHER_STORE)
    elif free < _ROOM:
        yield Finding(
            what="store",
            verdict="note",
            detail=detail,
            fix="a bundle and its parts may need more: name another disk with --store",
        )
    else:
        yield Finding(what="store", verdict="good", detail=detail)


def _index(session: Session, recipe: Recipe | None) -> Iterator[Finding]:
    from bundler.fetch import redact
    from bundler.pipeline.inputs import index_routes
    from bundler.resolve import IndexRoute

    routes = index_routes(session, recipe) if recipe else tuple(map(IndexRoute, session.indexes))
    for route in routes:
        shown = redact(route.url)
        name = next(
            (each for each in route.packages if not set(each) & set("*?")), "" if route.packages else _KNOWN_PROJECT
        )
        try:
            answer = session.transport.get(f"{route.url.rstrip('/')}/{name + '/' if name else ''}")
        except BundleError as error:
            yield Finding(what="index", verdict="bad", detail=f"{shown}: {error.message}", fix=error.hint)
            continue
        if answer.status == 200:  # noqa: PLR2004 -- HTTP's OK
            yield Finding(what="index", verdict="good", detail=f"{shown} answers ({_origin(session, route.url)})")
        else:
            yield Finding(
                what="index",
                verdict="bad",
                detail=f"{shown} answers with status {answer.status}",
                fix="is it the root of a Simple API? it usually ends with /simple",
            )
    if session.ignored_indexes:
        yield Finding(
            what="index",
            verdict="note",
            detail="pip's extra-index-url is not used: " + ", ".join(map(redact, session.ignored_indexes)),
            fix="name an index in packages.indexes, with the packages that come from it, if the recipe needs it",
        )


def _origin(session: Session, url: str) -> str:
    return session.index_origin if url in session.indexes else "the recipe"


def _recipe(session: Session, recipe: Recipe) -> Iterator[Finding]:
    from bundler.doctor.compiled_packages import may_compile
    from bundler.doctor.local_files import local_sources
    from bundler.model.lock_file import load_lock
    from bundler.pipeline.inputs_digest import digest_of_inputs

    yield from local_sources(session, recipe)
    for table in recipe.target:
        what, path = f"lock of {table.target()}", recipe.lock_path(table)
        fitting = None
        try:
            lock = load_lock(path) if path.exists() else None
        except BundleError as error:
            yield Finding(what=what, verdict="bad", detail=error.message, fix=error.hint)
        else:
            if lock is None:
                yield Finding(what=what, verdict="good", detail="none yet: the build makes one")
            elif lock.inputs != digest_of_inputs(recipe, table):
                yield Finding(what=what, verdict="note", detail="the recipe changed since: the build locks again")
            else:
                yield Finding(what=what, verdict="good", detail="fits the recipe")
                fitting = lock
        yield from _runtime(session, recipe, table)
        yield from compiling(recipe, table, session.machine, may_compile(session, recipe, table.target(), fitting))


def _runtime(session: Session, recipe: Recipe, table: TargetTable) -> Iterator[Finding]:
    from bundler.pipeline.inputs import index_routes
    from bundler.pipeline.pinning import artifact_of, naming_ways_around
    from bundler.runtime.sources import runtime_sources

    what = f"runtime of {table.target()}"
    try:
        plan = runtime_sources(table, mirror=session.mirror)
        for source in (each for each in (plan.runtime, plan.boot) if each is not None):
            found = artifact_of(
                session, source, folder=recipe.folder, routes=index_routes(session, recipe), sha256=None
            )
            if found.url is not None:
                with naming_ways_around(source, session.mirror):
                    answer = session.transport.get(found.url, byte_range=(0, 0))
                if answer.status not in (200, 206):
                    yield Finding(
                        what=what,
                        verdict="bad",
                        detail=f"{found.url} answers with status {answer.status}",
                        fix="name a mirror of python.org's tree with --python-mirror, or a source in the recipe",
                    )
                    continue
            yield Finding(what=what, verdict="good", detail=f"{found.origin} can be had")
    except BundleError as error:
        yield Finding(what=what, verdict="bad", detail=error.message, fix=error.hint)
