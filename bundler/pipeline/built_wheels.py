"""The wheels that a build makes here, of sdists and local projects, each by the Python that its locked build requirements suit."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bundler.build.source_tree import project_digest
from bundler.errors import BuildError, InputError
from bundler.model.artifact import StoredFile, WheelFile
from bundler.model.lock import BuildRequirement
from bundler.pipeline.build_environment_fit import mismatch
from bundler.pipeline.build_terms import AllTerms, said_epoch, time_for
from bundler.pipeline.derived import Derivation, host_facts, remembered, rules_of, version_of
from bundler.pipeline.fetched_files import fetch_wheels
from bundler.pipeline.kept_logs import logs_kept
from bundler.pipeline.lock_recipe import Locked, write_lock
from bundler.pipeline.locked_metadata import check_built
from bundler.pipeline.source_answers import build_system_requires
from bundler.plain_file import open_plain
from bundler.resolve import Request

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bundler.isolation import Sandbox
    from bundler.model.lock import Lock, LockedPackage
    from bundler.model.target import Target
    from bundler.pipeline.builders import Builder, Builders
    from bundler.pipeline.session import Session
    from bundler.report import Reporter


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class BuiltWheels:
    """``wheels`` by the package's normalized name; ``compiled_with``: by the wheel's name, for what may have been compiled; ``built_in``:
    its sandbox, the same way. ``lowest_windows``: the oldest that what was compiled is for.

    ``locked`` is the lock with build requirements for this host.
    """

    locked: Locked
    wheels: Mapping[str, WheelFile]
    compiled_with: Mapping[str, str]
    built_in: Mapping[str, str]
    lowest_windows: tuple[int, int] = (0, 0)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class BuildTerms:
    """How the packages of a lock are built.

    ``request``: what the recipe asks, for build requirements; ``frozen``: the lock may not change.
    ``incomplete``: packages (normalized names) that may lack extension modules which their builds call optional. ``source_reason`` says
    why a package comes from source although it may have a wheel (empty: it has none); ``sources``: what the recipe and this host say
    of builds.
    """

    request: Request
    frozen: bool
    incomplete: Collection[str] = ()
    source_reason: Callable[[str], str] = lambda _: ""
    sources: AllTerms = dataclasses.field(default_factory=AllTerms)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class _Made:
    """A wheel's name, its file on the shelf, and the sandbox that it was built in."""

    filename: str
    file: StoredFile
    place: str


def make_wheels(
    session: Session, found: Locked, builders: Builders, terms: BuildTerms, *, only: str = ""
) -> BuiltWheels:
    """Build every package of the lock that comes as source; ``only``: no other than this one (its normalized name).

    Where the lock has build requirements for another kind of host, they are pinned anew and its file is written, or where the terms
    forbid it InputError (``lock-other-host``) is raised. Raises BuildError and what resolving raises.
    """
    lock = found.lock
    packages = [each for each in lock.packages if each.is_source and only in ("", each.name)]
    sources = {each.name: _source(session, each) for each in packages}
    work = _WheelBuilds(session, builders, sources, lock.target, terms)
    if stale := [each for each in packages if work.builder(each.name, lock.build, strict=not terms.frozen) is None]:
        found = work.pinned_anew(found, [each.name for each in stale])
    wheels: dict[str, WheelFile] = {}
    compiled: dict[str, str] = {}
    built_in: dict[str, str] = {}
    lowest = (0, 0)
    for package in packages:
        builder = work.builder(package.name, found.lock.build, strict=False)
        wheels[package.name], place = work.wheel(package, found.lock, builder or builders.host)
        built_in[wheels[package.name].filename] = place
        if builder is not None and builder.native is not None:
            compiled[wheels[package.name].filename] = builder.native.description
            if not wheels[package.name].filename.endswith("-any.whl"):
                lowest = max(lowest, builder.native.toolchain.compiler.lowest_windows)
    return BuiltWheels(locked=found, wheels=wheels, compiled_with=compiled, built_in=built_in, lowest_windows=lowest)


class _WheelBuilds:
    """Those of one lock; ``sources``: the sdist or folder of each package, by its normalized name."""

    def __init__(
        self, session: Session, builders: Builders, sources: Mapping[str, Path], target: Target, terms: BuildTerms
    ) -> None:
        self._session, self._builders, self._sources, self._target = session, builders, sources, target
        self._terms = terms
        self._mismatches: dict[str, str] = {}
        self._uncompiled: dict[str, str] = {}
        self._built: set[str] = set()

    def builder(self, name: str, pinned: Sequence[BuildRequirement], *, strict: bool) -> Builder | None:
        """Who builds ``name`` with the wheels that are ``pinned``; None: they suit nobody here.

        ``strict``: where one compiles, it has to be that one.
        """
        wheels = fetch_wheels(self._session, _needed(name, pinned))
        wanted = build_system_requires(self._session, self._sources[name])
        wanted = (*wanted, *self._terms.sources.of(name).requires)
        candidates = [each for each in (self._builders.native, self._builders.host) if each is not None]
        for candidate in candidates[:1] if strict else candidates:
            self._mismatches[name] = mismatch(wheels, wanted, candidate.target)
            if not self._mismatches[name]:
                return candidate
            if candidate.native is not None:
                self._uncompiled[name] = self._mismatches[name]
        return None

    def pinned_anew(self, found: Locked, names: Sequence[str]) -> Locked:
        """The lock with build requirements of ``names`` for this host, written to its file if they are other ones."""
        reasons = tuple(f"{name}: {self._mismatches[name]}" for name in names)
        if self._terms.frozen:
            raise InputError(
                "lock-other-host",
                f"the lock {found.path} pins build requirements that don't suit the Python which builds on this host",
                context=reasons,
                hint="run `bundle build` without --locked, or `bundle lock`, on this kind of host, and commit the lock",
            )
        lock = found.lock
        from bundler.pipeline.build_requirements import Builds  # late: a lock mostly fits

        preferences = {each.package.name: each.package.version for each in lock.build}
        builds = Builds(
            self._session,
            self._terms.request,
            preferences,
            self._builders,
            terms=self._terms.sources,
        )
        anew = builds.pin({name: self._sources[name] for name in names}, self._target)
        kept = [
            dataclasses.replace(each, used_by=users)
            for each in lock.build
            if (users := tuple(user for user in each.used_by if user not in names))
        ]
        pinned = dataclasses.replace(lock, build=_merged([*kept, *anew]))
        if pinned.build == _merged(lock.build):
            return found
        self._session.reporter.warn(
            "lock-other-host",
            f"{found.path.name} had build requirements for another kind of host; they are pinned anew for this one: "
            + "; ".join(reasons),
        )
        return write_lock(pinned, found.path, state="new" if found.state == "new" else "changed")

    def wheel(self, package: LockedPackage, lock: Lock, builder: Builder) -> tuple[WheelFile, str]:
        """Build one package, unless it was built before of the very same; with the wheel, the sandbox that it was built in."""
        session, source = self._session, self._sources[package.name]
        table = self._terms.sources.of(package.name).table
        if builder.native is None and not table.network and not table.uses_recipe_folder:
            made = remembered(
                self._derivation(package, lock, builder.sandbox),
                lambda reporter: self._build(package, lock, builder, reporter),
                cache=session.cache,
                reporter=session.reporter,
            )
        else:  # what a compiler makes, or what came from elsewhere, may be different every time
            made = self._build(package, lock, builder, session.reporter)
        if package.name not in self._built:
            session.reporter.note(f"{package.name} {package.version} was built before, of the same files")
        check_built(session.named(made.file, made.filename), package, lock)
        wheel = WheelFile(
            filename=made.filename,
            file=made.file,
            origin=(package.file.url or package.file.filename) if package.file else source.name,
            made_from="sdist" if package.file else "project",
            requested=package.requested,
        )
        return wheel, made.place

    def _build(self, package: LockedPackage, lock: Lock, builder: Builder, reporter: Reporter) -> _Made:
        from bundler.build.source_wheel import SourceBuild, build_wheel  # late: most builds build nothing anew

        session, source, terms = self._session, self._sources[package.name], self._terms.sources.of(package.name)
        place = builder.sandbox.description(network=terms.table.network)
        self._built.add(package.name)
        session.reporter.step(f"Building {package.name} {package.version}")
        wheels = fetch_wheels(session, _needed(package.name, lock.build))
        environment = builder.environment(wheels, session.folder("e") / "v")
        try:
            with logs_kept(session, f"{package.name}-{package.version}"):
                wheel = build_wheel(
                    SourceBuild(
                        source=source,
                        name=package.name,
                        version=package.version,
                        target=lock.target,
                        environment=terms.applied(environment),
                        epoch=time_for(session, source),
                        work=session.folder("b"),
                        incomplete=package.name in self._terms.incomplete,
                    ),
                    reporter,
                )
        except BuildError as error:
            raise self._explained(package, error) from error
        with open_plain(wheel) as stream:
            return _Made(filename=wheel.name, file=session.shelf.add(stream), place=place)

    def _derivation(self, package: LockedPackage, lock: Lock, sandbox: Sandbox) -> Derivation[_Made]:
        source, shelf = self._sources[package.name], self._session.shelf

        def content() -> str | None:
            return package.file.sha256 if package.file is not None else project_digest(source)

        def decode(kept: Any) -> _Made | None:
            stored = shelf.get(kept["sha256"])
            if stored is None or not sandbox.accepts(kept["place"], network=False):
                return None
            return _Made(filename=kept["filename"], file=stored, place=kept["place"])

        before = content()
        return Derivation(
            kind="wheels",
            inputs={
                "rules": rules_of("build", "formats", "isolation", "model"),
                "tools": [version_of(each) for each in ("distlib", "packaging", "pyproject-hooks")],
                "source": [before, source.name, package.name, package.version],
                "with": sorted(
                    (each.file.filename, each.file.sha256) for each in _needed(package.name, lock.build) if each.file
                ),
                "target": dataclasses.asdict(lock.target),
                "epoch": said_epoch(self._session),
                "incomplete": package.name in self._terms.incomplete,
                "told": self._terms.sources.of(package.name).table.said(),
                "host": host_facts(),
            },
            encode=lambda made: {"filename": made.filename, "sha256": made.file.sha256, "place": made.place},
            decode=decode,
            still=lambda: content() == before,
            with_notes=False,  # that code of it runs
        )

    def _explained(self, package: LockedPackage, error: BuildError) -> BuildError:
        """The error with the hint that fits a project which changed since it was locked, and
        with the reasons why nothing is compiled on a host that perhaps could.
        """
        lines = list(error.context)
        if error.reference == "needs-compiler":
            if package.kind == "sdist" and (reason := self._terms.source_reason(package.name)):
                lines.append(f"it comes from source because {reason}; perhaps it has a wheel for the target")
            lines += self._builders.reasons
            if why := self._uncompiled.get(package.name):
                lines.append(
                    f"the lock's build requirements don't suit {self._target}, whose Python could compile it here: {why}"
                )
        hint = error.hint
        if error.reference == "wheel-name" and package.directory:
            hint = "the project's version changed since it was locked: run `bundle lock RECIPE`"
        return BuildError(error.reference, error.message, context=tuple(lines), hint=hint)


def _needed(name: str, pinned: Sequence[BuildRequirement]) -> list[LockedPackage]:
    """What a package is built with."""
    return [each.package for each in pinned if name in each.used_by]


def _source(session: Session, package: LockedPackage) -> Path:
    if package.directory:
        return Path(package.directory)
    if package.file is None:
        raise BuildError("source-unknown", f"{package.name} has neither a file nor a folder")
    return session.named(session.fetcher.fetch([package.file], session.reporter)[package.file], package.file.filename)


def _merged(requirements: Sequence[BuildRequirement]) -> tuple[BuildRequirement, ...]:
    """One entry for each wheel, in the order that a lock's file has them."""
    users: dict[LockedPackage, set[str]] = {}
    for each in requirements:
        users.setdefault(each.package, set()).update(each.used_by)
    merged = [BuildRequirement(package=package, used_by=tuple(sorted(names))) for package, names in users.items()]
    return tuple(sorted(merged, key=lambda each: (each.package.name, each.used_by)))
