"""What a bundle brings onto a machine that policies decide about, as rules that let it run; and what of it gets none."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from bundler.atomic import scratch_folder, write_whole
from bundler.formats.authenticode import Roots
from bundler.model.bundle_files import SUMS
from bundler.model.runtime_kinds import RUNTIME_KINDS
from bundler.pack.reading import open_bundle
from bundler.pack.unpacked_bundle import unpack_members
from bundler.pack.verify import verify_bundle
from bundler.pack.writing import host_error, report_error
from bundler.pipeline.governed_files import GOVERNED, GovernedFiles
from bundler.trust.applocker_policy import applocker_policy
from bundler.trust.code_integrity_policy import code_integrity_policy
from bundler.trust.governed_file import GovernedFile, Uncovered
from bundler.trust.policy_xml import seen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bundler.model.manifest import Manifest
    from bundler.report import Reporter

_SLASHES = "\\/"
_SCAN = "on a machine where it is installed, let Microsoft's tools make rules of its folder (New-AppLockerPolicy, New-CIPolicy)"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class ControlWishes:
    """``output``: the folder of the policies; ``base``: the id of the App Control policy that is supplemented, None: one to be merged;
    ``only_hashes``: no rule is wider than the files of this bundle; ``roots``: further authorities that may vouch for signers.
    """

    output: Path
    base: str | None = None
    only_hashes: bool = False
    roots: tuple[Path, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class ControlRules:
    """``applocker`` and ``code_integrity``: the files that were written."""

    bundle: Path
    applocker: Path
    code_integrity: Path
    base: str | None
    files: tuple[GovernedFile, ...]
    uncovered: tuple[Uncovered, ...]


def write_app_control(path: Path, wishes: ControlWishes, reporter: Reporter) -> ControlRules:
    """Verify the bundle, look at all that it brings, write both policies.

    Raises what ``verify_bundle`` raises, InputError (``roots-unreadable``), IntegrityError (``wheel-malformed`` and of installers what ``unpack`` raises),
    HostError (``signature-library-missing``, ``output-unwritable``, ``disk-full``).
    """
    roots = None if wishes.only_hashes else Roots(wishes.roots)
    report = verify_bundle(path, reporter)
    manifest, contents = report.manifest, report.contents
    bundle = open_bundle(path)
    sums = report.sums[SUMS]
    wheels = {each.file for each in (*manifest.seeds, *manifest.packages)}
    names = sorted({each.path for each in manifest.members if each.path in wheels or _is_governed(each.path)})
    reporter.step(f"Looking at the programs of {path}")
    with scratch_folder("bundle-control-") as scratch:
        read = GovernedFiles(scratch, roots)
        try:
            unpack_members(bundle, {name: contents[name] for name in names}, scratch / "bundle")
            files = tuple(each for name in names for each in _files(read, scratch / "bundle", name, manifest))
        except OSError as error:
            raise host_error(error, scratch, "the files of the bundle") from None
    title = seen(f"{manifest.bundle.name} {manifest.bundle.version}")
    applocker = wishes.output / f"{manifest.stem}.applocker.xml"
    integrity = wishes.output / f"{manifest.stem}.appcontrol.xml"
    try:
        wishes.output.mkdir(parents=True, exist_ok=True)
        write_whole(applocker, applocker_policy(title, sums, files))
        write_whole(integrity, code_integrity_policy(title, sums, files, base=wishes.base))
    except OSError as error:
        raise report_error(error, wishes.output) from None
    return ControlRules(
        bundle=path,
        applocker=applocker,
        code_integrity=integrity,
        base=wishes.base,
        files=files,
        uncovered=(*_uncovered(manifest), *map(_unknown, read.unknown)),
    )


def _is_governed(path: str) -> bool:
    return path.lower().endswith(GOVERNED)


def _is_database(path: str) -> bool:
    """Whether an installer is one of Windows Installer's, whose files can be read."""
    return path.lower().endswith(".msi")


def _files(read: GovernedFiles, folder: Path, name: str, manifest: Manifest) -> Iterator[GovernedFile]:
    file = folder / name
    if name.startswith("wheels/"):
        yield from read.wheel(file, name)
    elif name not in {each.file for each in manifest.files if each.template}:  # its bytes are made on the target
        yield from read.plain(file, name)
        if name == manifest.runtime.file and _is_database(name):
            yield from read.installed(file, name)


def _unknown(name: str) -> Uncovered:
    return Uncovered(
        what=seen(name),
        why="it is built otherwise than installers are, so that its hash can't be computed here",
        advice="where it is one, let Microsoft's tools make a rule of it (New-AppLockerPolicy)",
    )


def _uncovered(manifest: Manifest) -> Iterator[Uncovered]:
    runtime = manifest.runtime
    if manifest.environment.launchers == "combined":  # the others are what lies in the bundle, to the byte
        yield Uncovered(
            what=f"launchers of entry points in {seen(manifest.environment.path.rstrip(_SLASHES))}\\releases\\*\\Scripts",
            why="their bytes hold the path of the Python beside them, and are made on the target",
            advice='build the bundle with environment.launchers = "separate", or sign it (--authenticode), and they have a rule; or allow them by that path, '
            "where only administrators can write; or start python.exe -m MODULE",
        )
    if runtime.file is not None and not _is_database(runtime.file):
        yield Uncovered(
            what=f"what {runtime.file} installs",
            why="the files lie packed in the installer",
            advice=f"rules by publisher cover what its maker signed; else {_SCAN}",
        )
    if RUNTIME_KINDS[runtime.kind].present:
        yield Uncovered(what="the Python that is there already", why="it is not in the bundle", advice=_SCAN)
    for each in manifest.prerequisites:
        yield Uncovered(what=f"what {each.file} installs", why="the files lie packed in the installer", advice=_SCAN)
    for file in manifest.files:
        if file.template and _is_governed(file.destination):
            yield Uncovered(
                what=file.destination,
                why="site values are filled in on the target",
                advice="make a rule of the installed file, or start another one that reads a filled-in settings file",
            )
