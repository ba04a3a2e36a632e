"""What a bundle's bill of materials says: runtime, packages, what is in them, launchers, prerequisites, extra files, and what needs what."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from packageurl import PackageURL
from packaging.utils import canonicalize_name

import bundler
from bundler.formats.core_metadata import CoreMetadata
from bundler.model.attestation import publishers_text
from bundler.model.bundle_files import ATTESTATIONS
from bundler.model.lock import Lock
from bundler.model.runtime_kinds import RUNTIME_KINDS
from bundler.trust.bill import (
    COMPILED_WITH,
    EPOCH,
    IN_BUNDLE,
    SIGNED_BY,
    Bill,
    Item,
    Kind,
    Party,
    StatedLicence,
    Traits,
)
from bundler.trust.build_statement import PROGRAM
from bundler.trust.file_papers import ProgramPaper, WheelPapers
from bundler.trust.inner_items import hashes_of, programs_in, stated_in
from bundler.trust.stated_facts import address_of, expression_of, stated_licence, stated_links, stated_supplier

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator

    from bundler.model.lock import LockedPackage, LockedRuntime
    from bundler.model.manifest import Manifest, WheelInfo

_PYTHON = Party(name="Python Software Foundation", email="", url="https://www.python.org/")
_OUR_LICENCE = StatedLicence(expression="MIT")
_SUBJECT = "bundle"
_ARCHIVES = (".zip", ".whl", ".gz", ".xz", ".bz2", ".7z", ".tar", ".msi", ".cab", ".nupkg", ".jar")
_EXECUTABLE = (".exe", ".msi", ".bat", ".cmd", ".ps1", ".py", ".pyd", ".dll", ".vbs", ".js", ".sh")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Papers:
    """What is known besides the manifest. ``sha512``: of files, by their sha256; ``wheels``: by their sha256; ``python``: the programs of the Python
    that runs where it lies; ``metadata``: of packages and of what makes the environment, by normalized name; ``compiled_with``: by the wheel's name;
    ``licence_folder``: where the texts of a package's licence lie, by its name and version; ``expression_in``: the SPDX expression in a text; ``addresses``:
    where the recipe's own files come from, by their sha256. ``epoch``: SOURCE_DATE_EPOCH, which builds saw, empty: it wasn't set. ``signed``: members with programs that were signed for this bundle, and by
    whom.
    """

    lock: Lock
    metadata: Mapping[str, CoreMetadata]
    sha512: Callable[[str], str]
    wheels: Mapping[str, WheelPapers]
    python: tuple[ProgramPaper, ...]
    compiled_with: Mapping[str, str]
    licence_folder: Callable[[str, str], str]
    expression_in: Callable[[str], str] = expression_of
    addresses: Mapping[str, str] = dataclasses.field(default_factory=dict)
    epoch: str = ""
    signed: Mapping[str, str] = dataclasses.field(default_factory=dict)


def bundle_bill(manifest: Manifest, papers: Papers, *, created: datetime.datetime, contact: str) -> Bill:
    """``manifest`` lists all members but the bill itself; ``contact``: an address of whoever makes the bundle, empty: none is known."""
    return _Gathering(manifest, papers, contact).bill(created)


class _Gathering:
    def __init__(self, manifest: Manifest, papers: Papers, contact: str) -> None:
        self._manifest, self._papers = manifest, papers
        self._maker = Party.at(manifest.bundle.publisher or manifest.bundle.name, contact)
        self._sums = {each.path: each.sha256 for each in manifest.members}
        self._locked = {each.name: each for each in (*papers.lock.seeds, *papers.lock.packages)}
        self._refs: dict[str, str] = {
            canonicalize_name(each.name): f"package:{canonicalize_name(each.name)}"
            for each in (*manifest.seeds, *manifest.packages)
        }

    def bill(self, created: datetime.datetime) -> Bill:
        info = self._manifest.bundle
        items = (*self._pythons(), *self._packages(), *self._launchers(), *self._prerequisites(), *self._files())
        needed = {each for item in items for each in item.needs}
        subject = Item(
            ref=_SUBJECT,
            kind="application",
            name=info.name,
            version=info.version,
            purl=str(PackageURL("generic", None, info.name, info.version)),
            supplier=self._maker,
            notes=tuple(self._subject_notes()),
            needs=tuple(each.ref for each in items if each.ref not in needed or self._is_requested(each)),
        )
        return Bill(
            subject=subject, items=items, created=created, creator=self._maker, tool=(PROGRAM, bundler.__version__)
        )

    def _subject_notes(self) -> Iterator[tuple[str, str]]:
        target, info = self._manifest.target, self._manifest.bundle
        yield "target", target.slug
        if info.sequence is not None:
            yield "sequence", str(info.sequence)
        if info.not_after is not None:
            yield "not-after", info.not_after
        if self._papers.epoch:
            yield EPOCH, self._papers.epoch

    def _is_requested(self, item: Item) -> bool:
        return any(
            item.ref == f"package:{canonicalize_name(each.name)}" for each in self._manifest.packages if each.requested
        )

    # -- Pythons

    def _pythons(self) -> Iterator[Item]:
        lock, runtime = self._papers.lock, self._manifest.runtime
        kind = RUNTIME_KINDS[lock.runtime.kind]
        parts = tuple(programs_in(self._papers.python, "python", _PYTHON))
        if kind.present:
            yield _python("runtime", lock.target.python, lock.runtime, notes=(("provided-by", "the target"),))
        elif runtime.file is not None:
            yield self._python("runtime", lock.runtime, lock.target.python, runtime.file)
        else:
            yield self._python("runtime", lock.runtime, lock.target.python, "boot", parts)
            return
        boot = lock.boot or lock.runtime
        yield self._python("boot-python", boot, _version_of(boot, lock.target.python), "boot", parts)

    def _python(self, ref: str, locked: LockedRuntime, version: str, path: str, parts: tuple[Item, ...] = ()) -> Item:
        found = _python(ref, version, locked)
        sha256 = (locked.file.sha256 if locked.file else None) or ""
        traits = Traits(executable=True, archive=path == "boot" or path.endswith(".msi"), structured=True)
        hashes = hashes_of(sha256, self._papers.sha512(sha256)) if sha256 else ()
        filename = locked.file.filename if locked.file else ""
        return dataclasses.replace(
            found,
            path=path if path != "boot" else filename,
            hashes=hashes,
            origin=address_of(locked.file.url or "") if locked.file else "",
            traits=traits,
            notes=(("in-bundle", path), *((("signer", locked.signer),) if locked.signer else ())),
            parts=parts,
            needs=tuple(each.ref for each in parts),
        )

    # -- packages

    def _packages(self) -> Iterator[Item]:
        seen = set()
        for wheel in (*self._manifest.packages, *self._manifest.seeds):
            if wheel.file not in seen:  # what is a package and makes the environment too
                seen.add(wheel.file)
                yield self._package(wheel)

    def _package(self, wheel: WheelInfo) -> Item:
        name = canonicalize_name(wheel.name)
        locked, metadata, ref = self._locked.get(name), self._papers.metadata[name], self._refs[name]
        sha256 = self._sums[wheel.file]
        papers = self._papers.wheels[sha256]
        supplier = stated_supplier(metadata)
        if not supplier.is_known and locked is not None and locked.kind == "directory":  # the recipe's own project
            supplier = self._maker
        parts = (
            *programs_in(papers.programs, ref, supplier),
            *stated_in(papers.components, ref, supplier, self._papers.expression_in),
        )
        origin = address_of(locked.file.url or "") if locked is not None and locked.file is not None else ""
        needs = [self._refs[each] for each in (locked.dependencies if locked else ()) if each in self._refs]
        return Item(
            ref=ref,
            kind="library",
            name=wheel.name,
            version=wheel.version,
            path=wheel.file.rpartition("/")[2],
            hashes=hashes_of(sha256, self._papers.sha512(sha256)),
            purl=_purl(wheel, locked),
            description=" ".join(metadata.first("Summary").split())[:500],
            supplier=supplier,
            licence=stated_licence(metadata, self._papers.expression_in),
            origin=origin,
            is_source=wheel.made_from not in (None, "wheel"),
            source_sha256=(locked.file.sha256 or "")
            if locked is not None and locked.file is not None and wheel.made_from
            else "",
            links=stated_links(metadata),
            traits=Traits(executable=True, archive=True, structured=True),
            notes=tuple(self._package_notes(wheel, name, papers)),
            needs=(*dict.fromkeys(needs), *(each.ref for each in parts)),
            parts=parts,
        )

    def _package_notes(self, wheel: WheelInfo, name: str, papers: WheelPapers) -> Iterator[tuple[str, str]]:
        yield IN_BUNDLE, wheel.file
        if wheel.made_from is not None:
            yield "made-from", wheel.made_from
        yield from self._signers(wheel.file)
        tool = self._papers.compiled_with.get(wheel.file.rpartition("/")[2])
        if tool is not None and not wheel.file.endswith("-any.whl"):
            yield COMPILED_WITH, tool
        for each in self._papers.lock.build if wheel.made_from in ("sdist", "project") else ():
            if name in each.used_by:
                yield "built-with", f"{each.package.name}=={each.package.version}"
        locked = self._locked.get(name)
        if locked is not None and locked.vcs is not None:
            yield "commit", locked.vcs.commit
        if locked is not None and locked.attested is not None and locked.document is not None:
            yield "published-by", publishers_text(locked.attested.publishers)
            yield (
                "published-by-evidence",
                f"stated by the index, not verified: {ATTESTATIONS}{locked.document.filename}",
            )
        folder = self._papers.licence_folder(wheel.name, wheel.version)
        yield from (("licence-text", path) for path in self._sums if path.startswith(folder))
        yield from (("unread-bill", each) for each in papers.unread)

    def _signers(self, path: str) -> Iterator[tuple[str, str]]:
        if path in self._papers.signed:
            yield SIGNED_BY, self._papers.signed[path]

    # -- everything else

    def _launchers(self) -> Iterator[Item]:
        for path in sorted(self._sums):
            if path.startswith("target/") and path.endswith(".exe"):
                found = self._file(path, "application", version=bundler.__version__, supplier=Party(name=PROGRAM))
                yield dataclasses.replace(found, licence=_OUR_LICENCE, notes=(*found.notes, *self._signers(path)))

    def _prerequisites(self) -> Iterator[Item]:
        for each in self._manifest.prerequisites:
            found = self._file(each.file, "application", version="", supplier=Party(name=each.signer or ""))
            yield dataclasses.replace(found, name=each.name, origin=address_of(each.source))

    def _files(self) -> Iterator[Item]:
        supplier, icon = self._maker, self._manifest.bundle.icon
        if icon is not None:
            yield self._file(icon, "file", version="", supplier=supplier)
        for each in self._manifest.files:
            found = self._file(each.file, "file", version="", supplier=supplier)
            origin = address_of(self._papers.addresses.get(self._sums[each.file], ""))
            yield dataclasses.replace(found, origin=origin, notes=(*found.notes, ("destination", each.destination)))

    def _file(self, path: str, kind: Kind, *, version: str, supplier: Party) -> Item:
        sha256, name = self._sums[path], path.rpartition("/")[2]
        lower = name.lower()
        archive = lower.endswith(_ARCHIVES)
        return Item(
            ref=f"file:{path}",
            kind=kind,
            name=name,
            version=version or f"sha256-{sha256[:16]}",
            path=name,
            hashes=hashes_of(sha256, self._papers.sha512(sha256)),
            purl=str(PackageURL("generic", None, name, version or None, {"checksum": f"sha256:{sha256}"})),
            supplier=supplier,
            traits=Traits(executable=lower.endswith(_EXECUTABLE), archive=archive, structured=archive),
            notes=(("in-bundle", path),),
        )


def _python(ref: str, version: str, locked: LockedRuntime, notes: tuple[tuple[str, str], ...] = ()) -> Item:
    return Item(
        ref=ref,
        kind="platform",
        name="CPython",
        version=version,
        purl=str(PackageURL("generic", None, "cpython", version)),
        cpe=f"cpe:2.3:a:python:python:{version}:*:*:*:*:*:*:*",
        description=f"the Python that the bundle brings, as {locked.kind}",
        supplier=_PYTHON,
        licence=StatedLicence(expression="Python-2.0.1"),
        notes=notes,
    )


def _version_of(boot: LockedRuntime, otherwise: str) -> str:
    """Of the same branch, where there is no embeddable zip of the very release: the file's name tells."""
    for part in (boot.file.filename if boot.file else "").split("-"):
        if part.count(".") == 2 and part.replace(".", "").isdecimal():  # noqa: PLR2004 - x.y.z
            return part
    return otherwise


def _purl(wheel: WheelInfo, locked: LockedPackage | None) -> str:
    name = canonicalize_name(wheel.name)
    if locked is not None and locked.kind == "directory":
        return str(PackageURL("generic", None, name, wheel.version))
    if locked is not None and locked.vcs is not None:
        return str(
            PackageURL("generic", None, name, wheel.version, {"vcs_url": f"git+{locked.vcs.url}@{locked.vcs.commit}"})
        )
    return str(PackageURL("pypi", None, name, wheel.version))
