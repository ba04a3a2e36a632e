"""An sdist or a local project becomes a wheel for the target: built in isolation (PEP 517), checked, in its one form."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from bundler.atomic import remove_tree
from bundler.build.backend import HookCall, HookFailed, call_hook, needs_view, read_log
from bundler.build.diagnosis import FailedBuild, build_failed, compiler_evidence, needs_compiler
from bundler.build.expected_extensions import making_of
from bundler.build.hook_answers import unsafe_output, written_wheel
from bundler.build.isolated import Environment
from bundler.build.machine_code_gate import Making, missing_parts
from bundler.build.missing_compiler import refuse_compilers
from bundler.build.source_tree import open_source
from bundler.build.wheel_gate import CheckedWheel, check_wheel, repack
from bundler.errors import BuildError
from bundler.formats.machine_code import binaries_in, digest_of
from bundler.isolation.leavings import UnsafeLeavingError, open_left, plain_files
from bundler.model.target import Target

if TYPE_CHECKING:
    from bundler.report import Reporter


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class _Built:
    """A wheel as its backend made it: ``tree`` it was built in, ``making`` what that says of its machine code."""

    wheel: Path
    tree: Path
    making: Making
    evidence: tuple[str, ...]


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class SourceBuild:
    """One build: of ``source``, an sdist's file or a project's folder, for ``target``, with logs and the wheel in ``work``.

    ``environment`` holds all that the build needs and is used by it only; ``epoch`` (seconds since 1970) is the time that the
    build and the wheel see. ``incomplete``: an extension module that its build began to compile and went on without is a
    warning (``extension-left-out``) and not an error.
    """

    source: Path
    name: str
    version: str
    target: Target
    environment: Environment
    epoch: int
    work: Path
    incomplete: bool = False

    @property
    def what(self) -> str:
        """Name and version, for people."""
        return f"{self.name} {self.version}"

    def run(self, view: Target | None) -> _Built:
        """Run the backend in a fresh tree; BuildError (``build-failed``, ``needs-compiler``) when it fails."""
        place = self.work / ("t" if view else "h")  # short: compilers take paths of 259 characters
        remove_tree(place)
        tree = open_source(self.source, place / "s")
        out = place / "out"
        out.mkdir()
        carried = binaries_in(tree)
        native = self.environment.native
        blocked = None if native else refuse_compilers(place / "refusal")
        variables = {**self.environment.variables, "SOURCE_DATE_EPOCH": str(self.epoch)}
        try:
            answer = call_hook(
                HookCall(
                    tree=tree,
                    hook="build_wheel",
                    environment=self.environment,
                    variables=blocked.variables(variables) if blocked else variables,
                    view=view,
                    work=place,
                    folder=out,
                    traces=(blocked.trace,) if blocked else (),
                )
            )
        except HookFailed as error:
            failed = FailedBuild(
                what=self.what,
                name=self.name,
                log=error.log,
                attempts=blocked.attempts() if blocked else (),
                log_path=place / "build_wheel.log",
                tree=tree,
                native=native,
            )
            raise build_failed(failed, self.target) from error
        wheel = written_wheel(out, str(answer), self.what)
        evidence = compiler_evidence(blocked.attempts(), read_log(place, "build_wheel")) if blocked else ()
        try:
            making = making_of(place / "build_wheel.log", tree, carried)
        except UnsafeLeavingError as error:
            raise unsafe_output(self.what, str(error)) from None
        return _Built(wheel=wheel, tree=tree, making=making, evidence=evidence)


def build_wheel(build: SourceBuild, reporter: Reporter) -> Path:
    """Build a source and return the wheel's path, inside ``build.work``.

    Code of the source sees the target (``sys.platform``, ``platform``, …), everything else this host. The same source,
    environment and epoch give the same bytes. In a native environment it runs under the target's own Python, and may compile:
    then it is as reproducible as the compiler.

    Raises BuildError: ``needs-compiler``, ``build-failed``, ``wheel-not-for-target``, ``wheel-broken``, ``wheel-name``, …
    """
    source, target = build.source, build.target
    reporter.note(
        f"building {build.what} from {'its folder' if source.is_dir() else source.name} runs its code on this host ({build.environment.place})"
    )
    build.work.mkdir(parents=True, exist_ok=True)
    views = (target, None) if needs_view(target) and build.environment.native is None else (None,)
    first: BuildError | None = None
    for view in views:
        try:
            built = build.run(view)
        except BuildError as error:
            if error.reference != "build-failed":
                raise
            first = first or error
            continue
        if first is not None:
            reporter.warn(
                "built-as-host",
                f"{build.what} can't be built where it sees {target}, so it was built as for this host: "
                "what its build script decides by the platform may be wrong",
            )
        try:
            return _finish(build, built, reporter)
        except UnsafeLeavingError as error:
            raise unsafe_output(build.what, str(error)) from None
    raise first or BuildError("build-failed", f"building {build.what} failed")


def _finish(build: SourceBuild, built: _Built, reporter: Reporter) -> Path:
    """Check what was built, say what is odd, and give it its one form."""
    native, target = build.environment.native, build.target
    platform = built.wheel.name.removesuffix(".whl").rpartition("-")[2]
    codeless = build.incomplete and native is None
    evidence = () if build.incomplete else built.evidence
    if platform != "any" and native is None and not build.incomplete:
        evidence = (*evidence, f"its build gave {built.wheel.name}, which is for {platform}")
    if evidence:
        raise needs_compiler(build.what, build.name, evidence, target, optional=True)
    # without a compiler, code that was made all the same is known below for what it is: a want of one
    making = built.making if native else Making(carried=None)
    if build.incomplete:
        making = dataclasses.replace(making, modules={})
    wheel = check_wheel(
        built.wheel, name=build.name, version=build.version, target=target, making=making, codeless=codeless
    )
    if build.incomplete:
        _warn_incomplete(build, built, wheel, reporter)
    for each in wheel.warnings:
        reporter.warn("wheel-odd", f"{build.what}: {each}")
    digests = dict(wheel.files)
    made = [each for each in wheel.compiled if built.making.made(digests[each])]
    if made and native is None:
        raise needs_compiler(build.what, build.name, [f"its build made {each}" for each in made[:5]], target)
    if carried := [each for each in wheel.compiled if each not in made]:
        few = ", ".join(carried[:3]) + (", …" if len(carried) > 3 else "")  # noqa: PLR2004
        reporter.warn("carries-binaries", f"{build.what} brings programs along that were not built here: {few}")
    if build.source.is_dir():
        _warn_left_out(build, built, wheel, reporter)
    if wheel.retagged:
        reporter.warn(
            "wheel-retagged",
            f"{build.what} was built by this host's Python, which named its wheel {wheel.path.name}; nothing in its metadata speaks "
            f"against {target.minor_version}, so it is {wheel.filename} now. That its code runs there, only the target can tell: "
            "name its modules in [checks]",
        )
    return repack(wheel, build.work, epoch=build.epoch, target=target)


def _warn_incomplete(build: SourceBuild, built: _Built, wheel: CheckedWheel, reporter: Reporter) -> None:
    left = [*missing_parts(wheel.compiled, built.making, windows=build.target.windows)]
    if not left and built.evidence:
        left = ["its build wanted a compiler and went on without one"]
    for each in left:
        reporter.warn("extension-left-out", f"{build.what}: {each}; the recipe allows it")


def _warn_left_out(build: SourceBuild, built: _Built, wheel: CheckedWheel, reporter: Reporter) -> None:
    """What a ``.tac`` says is what twistd starts: one that isn't in the wheel was forgotten in the package data."""
    inside = set(dict(wheel.files).values())
    for path in plain_files(built.tree, ".tac"):
        with open_left(path) as stream:
            digest = digest_of(stream)
        if digest not in inside:
            reporter.warn(
                "data-file-left-out",
                f"{path.relative_to(built.tree).as_posix()} of {build.what} isn't in its wheel: add it to the package data "
                "(setuptools: [tool.setuptools.package-data], or MANIFEST.in with include-package-data)",
            )
