"""Checking that a bundle is what its manifest says: every byte, and nothing else in it.

That finds accidents. Who made the manifest, sums and all, isn't looked at: whoever changes a bundle can change these too.
"""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from bundler.errors import Fault, IntegrityError
from bundler.model.bundle_files import MANIFEST, SUMS, UNLISTED
from bundler.model.manifest import Manifest
from bundler.model.manifest_encoding import is_in_its_form
from bundler.pack.archive_sum import ArchiveSum
from bundler.pack.copying import Digest
from bundler.pack.forms.bundle_form import damaged
from bundler.pack.names import name_fault, path_faults
from bundler.pack.reading import Bundle, Seen, open_bundle
from bundler.pack.sums import sums_faults

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bundler.report import Reporter

SITE = "site.toml"
"""The operator's values: they may lie in an unpacked bundle. A signature may not: nothing here checks one, and it would look as if."""
_LARGEST_SITE = 1 << 20
"""Bytes that the target takes of them (state/site_toml.py)."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class VerifyReport:
    """A bundle that is whole: ``members`` files, the manifest and the sums included, with ``bytes`` in all. ``sums``: of these two, by their paths; ``sha256``: of
    the archive, empty for a folder, and where nobody asked.
    """

    path: Path
    manifest: Manifest
    members: int
    bytes: int
    sums: Mapping[str, str] = dataclasses.field(default_factory=dict)
    sha256: str = ""

    @property
    def signed_sha256(self) -> str:
        """Of what a signature signs: the archive; of a folder its sums."""
        return self.sha256 or self.sums[SUMS]

    @property
    def contents(self) -> dict[str, str]:
        """What was checked: the sha256 of each file, by its path."""
        return {**self.sums, **{each.path: each.sha256 for each in self.manifest.members}}


def verify_bundle(path: Path, reporter: Reporter, *, summed: bool = False) -> VerifyReport:
    """Check names, sizes, sums, the manifest's inner references, and that nothing is missing or extra. ``summed``: the archive's own sum is wanted
    too.

    Reads no file further than the manifest says. Raises InputError (``bundle-unreadable``), IntegrityError
    (``bundle-damaged`` with all that is wrong, ``manifest-malformed``, ``manifest-format``).
    """
    bundle = open_bundle(path)
    reporter.step(f"Verifying {path}")
    problems = [*bundle.form.faults, *path_faults(each.path for each in bundle.form.listed)]
    try:
        content = bundle.read(MANIFEST)
        sums = bundle.read(SUMS)
        manifest = bundle.manifest
    except IntegrityError as error:
        if error.reference != "bundle-damaged":
            raise
        found = dict.fromkeys(map(str, problems)) | dict.fromkeys(error.context)
        raise damaged(path, tuple(Fault("", each) for each in found)) from None
    problems += _contract_faults(manifest, content)
    expected = {each.path: each.sha256 for each in manifest.members}
    problems += sums_faults(sums, expected | {MANIFEST: hashlib.sha256(content).hexdigest()}, SUMS)
    problems += _presence_faults(bundle, manifest)
    with Digest() if summed and not bundle.format.is_folder else contextlib.nullcontext() as digest:
        known = {MANIFEST: content, SUMS: sums}
        archive = ArchiveSum(bundle.form.pieces(), known, digest.update) if digest is not None else None
        problems += _content_faults(bundle, manifest, reporter, archive)
        sha256 = _ended(archive, digest)
    if problems:
        raise damaged(path, tuple(dict.fromkeys(problems)))
    checked = [each.size for each in bundle.form.listed if each.path in expected or each.path in UNLISTED]
    contract = {name: hashlib.sha256(data).hexdigest() for name, data in ((MANIFEST, content), (SUMS, sums))}
    return VerifyReport(
        path=path, manifest=manifest, members=len(checked), bytes=sum(checked), sums=contract, sha256=sha256
    )


def _ended(archive: ArchiveSum | None, digest: Digest | None) -> str:
    if archive is None or digest is None:
        return ""
    archive.end()
    return digest.take()


def _contract_faults(manifest: Manifest, content: bytes) -> Iterator[Fault]:
    """What the manifest says against itself."""
    if not is_in_its_form(content, manifest):
        yield Fault(MANIFEST, "is not in the one form that it has")
    yield from _name_faults(manifest)
    yield from path_faults(each.path for each in manifest.members)
    for each in manifest.members:
        if each.size <= 0:
            yield Fault(each.path, "is empty, and a bundle holds no empty file")
    paths = {each.path for each in manifest.members}
    for where, path in _references(manifest):
        if path not in paths:
            yield Fault(MANIFEST, f"{where} names {path}, which is not a member")
    frozen = tuple(sorted(f"{canonicalize_name(each.name)}=={each.version}" for each in manifest.packages))
    if frozen != manifest.frozen:
        yield Fault(MANIFEST, "frozen and packages disagree")


def _name_faults(manifest: Manifest) -> Iterator[Fault]:
    """What stands in names of files that are written for a bundle."""
    bundle, target = manifest.bundle, manifest.target
    named = {
        "bundle.name": bundle.name,
        "bundle.version": bundle.version,
        "bundle.release": bundle.release,
        "target.python": target.python,
        "target.platform": target.platform,
    }
    for where, text in named.items():
        if reason := name_fault(text):
            yield Fault(MANIFEST, f"{where} {text!r} can't name a file: {reason}")


def _references(manifest: Manifest) -> Iterator[tuple[str, str]]:
    yield "boot.python", manifest.boot.python
    for i, path in enumerate(manifest.boot.placeholders):
        yield f"boot.placeholders[{i}]", path
    if manifest.bundle.icon is not None:
        yield "bundle.icon", manifest.bundle.icon
    if manifest.runtime.file is not None:
        yield "runtime.file", manifest.runtime.file
    for key, wheels in (("seeds", manifest.seeds), ("packages", manifest.packages)):
        for i, wheel in enumerate(wheels):
            yield f"{key}[{i}].file", wheel.file
    for i, file in enumerate(manifest.files):
        yield f"files[{i}].file", file.file
    for i, installer in enumerate(manifest.prerequisites):
        yield f"prerequisites[{i}].file", installer.file


def _presence_faults(bundle: Bundle, manifest: Manifest) -> Iterator[Fault]:
    wanted = {each.path for each in manifest.members} | UNLISTED
    there = collections.Counter(each.path for each in bundle.form.listed)
    for path in sorted(wanted - there.keys()):
        yield Fault(path, "is missing")
    allowed = {SITE} if bundle.format.is_folder else frozenset()
    for path in sorted(there.keys() - wanted - allowed):
        yield Fault(path, "is there, but the manifest doesn't list it")
    if any(each.path == SITE and each.size > _LARGEST_SITE for each in bundle.form.listed):
        yield Fault(SITE, f"is larger than {_LARGEST_SITE:,} bytes")


def _content_faults(
    bundle: Bundle, manifest: Manifest, reporter: Reporter, archive: ArchiveSum | None
) -> Iterator[Fault]:
    sizes = {each.path: each.size for each in bundle.form.listed}
    sound = {}
    for each in manifest.members:
        if each.path not in sizes:
            continue
        if sizes[each.path] != each.size:
            yield Fault(each.path, f"has {sizes[each.path]:,} bytes and should have {each.size:,}")
        else:
            sound[each.path] = each.size
    in_order = {path: sound[path] for path in sizes if path in sound}
    with reporter.track("Verifying", sum(sound.values())) as track:
        seen, unreadable = bundle.digests(in_order, track.advance, archive.take if archive is not None else None)
    yield from unreadable
    reported = {each.where for each in unreadable}
    yield from (each for each in _sum_faults(seen, manifest) if each.where not in reported)


def _sum_faults(seen: Mapping[str, Seen], manifest: Manifest) -> Iterator[Fault]:
    for each in manifest.members:
        found = seen.get(each.path)
        if found is None:
            continue
        if found.size != each.size:
            yield Fault(each.path, f"gives {found.size:,} bytes and should give {each.size:,}")
        elif found.sha256 != each.sha256:
            yield Fault(each.path, "has other content than the manifest says")
