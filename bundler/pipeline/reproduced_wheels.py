"""The wheels of a bundle, made again one by one: where one can't be, or is another one, the bundle's own takes its place, and that is said.

So whatever else is in the bundle is compared as if it were.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from packaging.utils import canonicalize_name

from bundler.errors import BuildError, BundleError
from bundler.isolation.checkout import checkout_of, is_inside
from bundler.model.artifact import StoredFile, WheelFile
from bundler.pack.wheel_differences import wheel_differences
from bundler.pipeline.build_terms import terms_of
from bundler.pipeline.builders import Builders
from bundler.pipeline.built_wheels import BuildTerms, BuiltWheels, make_wheels
from bundler.pipeline.locked_bundle import MadeWheels, Stock, wheel_of
from bundler.pipeline.signatures_apart import signed_in_wheel
from bundler.pipeline.source_choice import incomplete, source_reason
from bundler.report import count_text, some_lines
from bundler.resolve import Request

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bundler.model.lock import LockedPackage
    from bundler.model.manifest import Manifest, WheelInfo
    from bundler.model.recipe import Recipe
    from bundler.pipeline.checked_runtimes import Runtimes
    from bundler.pipeline.lock_recipe import Locked
    from bundler.pipeline.reproduction import ReproductionWishes
    from bundler.pipeline.session import Session
    from bundler.trust.bill_notes import BillNotes

_SHOWN = 20


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Unmade:
    """A member that the bundle's own had to stand in for: it was ``not-made`` here, or what was made ``differs``; ``details``: the words of a tool, or in which
    of its files.
    """

    path: str
    how: Literal["not-made", "differs"]
    why: str
    details: tuple[str, ...] = ()


class ReproducedWheels:
    """Those of one bundle, which is unpacked in ``folder``. ``notes``: what its bill of materials says; ``wishes``: the user's folder and
    network.

    ``unmade`` is known once they were made.
    """

    def __init__(
        self,
        session: Session,
        recipe: Recipe,
        manifest: Manifest,
        *,
        folder: Path,
        notes: BillNotes,
        wishes: ReproductionWishes,
    ) -> None:
        self._session, self._recipe, self._folder = session, recipe, folder
        self._source, self._network = wishes.source, wishes.network
        self._compiled_with, self._windows = notes.compiled_with, manifest.target.windows[:2]
        self._signed = notes.signed
        self._sums = {each.path: each.sha256 for each in manifest.members}
        self._infos = {each.file: each for each in (*manifest.packages, *manifest.seeds)}
        self._by_name: dict[str, WheelInfo] = {
            canonicalize_name(each.name): each for each in reversed(manifest.packages)
        }
        self._seeds: dict[str, WheelInfo] = {canonicalize_name(each.name): each for each in manifest.seeds}
        self.unmade: list[Unmade] = []

    def make(self, found: Locked, runtimes: Runtimes, stock: Stock) -> MadeWheels:
        """As many as can be made, of the files that there are."""
        lock, session = found.lock, self._session
        toolset = self._recipe.packages.toolset or ""
        builders = Builders(session, lock.target, lambda: runtimes.build_folder(lock.runtime), toolset=toolset)
        terms = BuildTerms(
            request=Request(target=lock.target, wanted=(), indexes=()),
            frozen=True,
            incomplete=incomplete(self._recipe),
            source_reason=lambda name: source_reason(self._recipe, name),
            sources=terms_of(session, self._recipe),
        )
        wheels: list[WheelFile] = []
        built_in: dict[str, str] = {}
        for package in lock.packages:
            built = None
            try:
                self._must_do_without_network(package)
                self._must_be_here(package, stock)
                if package.is_source:
                    built = make_wheels(session, found, builders, terms, only=package.name)
                    built_in |= built.built_in
                wheel = self._confirmed(wheel_of(session, package, stock=stock, built=built), built)
            except BundleError as error:
                wheel = self._stand_in(package, self._by_name, error)
            wheels.append(wheel)
        return MadeWheels(locked=found, wheels=wheels, built=self._as_built(found, wheels, built_in))

    def seeds(self, seeds: Sequence[LockedPackage], stock: Stock) -> list[WheelFile]:
        """Wheels that came as they are; the bundle may have them with signed programs."""
        wheels = []
        for each in seeds:
            try:
                self._must_be_here(each, stock)
                wheel = self._confirmed(wheel_of(self._session, each, stock=stock, built=None), None)
            except BundleError as error:
                wheel = self._stand_in(each, self._seeds, error)
            wheels.append(wheel)
        return wheels

    def _must_do_without_network(self, package: LockedPackage) -> None:
        """Whoever wrote the bundle wrote its recipe: code of theirs reaches this host's network if the user says so."""
        if package.is_source and not self._network and self._recipe.packages.source_table(package.name).network:
            raise BuildError(
                "network-withheld",
                f"{package.name}: the bundle's recipe lets its build reach the network",
                hint="if you trust whoever made the bundle: --network",
            )

    def _must_be_here(self, package: LockedPackage, stock: Stock) -> None:
        if package.directory is not None:
            place = Path(package.directory)
            if self._source is None:
                raise _absent(
                    package.name, "its folder is part of no bundle", "name the folder of the recipe with --source"
                )
            if not is_inside(place, checkout_of(self._source)) or not place.is_dir():
                raise _absent(
                    package.name,
                    f"its folder {place} isn't there, or lies outside of {checkout_of(self._source)}",
                    "name the folder of the recipe with --source, in a checkout that has the project",
                )
        elif package.file is not None and package.file not in stock:
            self._session.fetcher.fetch([package.file], self._session.reporter)  # says why it can't be had

    def _confirmed(self, wheel: WheelFile, built: BuiltWheels | None) -> WheelFile:
        """The wheel, if it is the bundle's, else that one."""
        path = f"wheels/{wheel.filename}"
        if self._sums.get(path) == wheel.file.sha256:
            return wheel
        info = self._infos.get(path)
        if info is None:
            raise _absent(wheel.filename, "the bundle has no wheel of this name: another one was made here", "")
        own = self._folder / path
        if (programs := signed_in_wheel(wheel.file.path, own, wheel.filename)) is not None:
            self.unmade.append(_only_signed(path, programs))
            return self._own(info, wheel.requested)
        there, here = (
            self._compiled_with.get(wheel.filename, ""),
            built.compiled_with.get(wheel.filename, "") if built else "",
        )
        why = "the build gives other bytes here, of the same source and build requirements"
        if there != here:
            why = f"it was built by {there or 'a Python without a compiler'}, and here by {here or 'one without'}"
        self.unmade.append(
            Unmade(path=path, how="differs", why=why, details=wheel_differences(own, wheel.file.path, wheel.filename))
        )
        return self._own(info, wheel.requested)

    def _stand_in(self, package: LockedPackage, infos: Mapping[str, WheelInfo], error: BundleError) -> WheelFile:
        info = infos.get(canonicalize_name(package.name))
        if info is None:
            raise error
        path = info.file
        why = error.message
        if tool := self._compiled_with.get(path.rpartition("/")[2]):
            why += f"; it was built by {tool}"
        self.unmade.append(
            Unmade(path=path, how="not-made", why=why, details=(*error.context, *filter(None, (error.hint,))))
        )
        self._session.reporter.note(f"{package.name} {package.version} can't be made here: the bundle's own is taken")
        return self._own(info, package.requested)

    def _own(self, info: WheelInfo, requested: bool) -> WheelFile:
        return WheelFile(
            filename=info.file.rpartition("/")[2],
            file=StoredFile.of(self._folder / info.file),
            origin=info.origin,
            made_from=info.made_from,
            requested=requested,
            signed_by=self._signed.get(info.file, ""),
        )

    def _as_built(self, found: Locked, wheels: list[WheelFile], built_in: Mapping[str, str]) -> BuiltWheels | None:
        """What the bundle says of compilers: what is made with another one, and is the same, is the same."""
        if not any(each.is_source for each in found.lock.packages):
            return None
        names = {each.filename for each in wheels}
        compiled = {name: tool for name, tool in self._compiled_with.items() if name in names}
        return BuiltWheels(
            locked=found,
            wheels={},
            compiled_with=compiled,
            built_in=built_in,
            lowest_windows=self._windows if compiled else (0, 0),
        )


def _only_signed(path: str, programs: Mapping[str, str]) -> Unmade:
    return Unmade(
        path=path,
        how="not-made",
        why=signed_words(programs.values(), f"{count_text(len(programs), 'program')} in it and RECORD"),
        details=some_lines(sorted(programs), _SHOWN),
    )


def signed_words(by: Iterable[str], what: str) -> str:
    """Why what was signed can't be made again."""
    who = ", ".join(sorted(set(by)))
    return (
        f"{who} signed it for this bundle, which nobody without the key can do: the same but for the signature ({what}). That name is stated by the "
        "certificate, and not checked against a root"
    )


def _absent(name: str, why: str, hint: str) -> BundleError:
    return BuildError("input-nowhere", f"{name}: {why}", hint=hint)
