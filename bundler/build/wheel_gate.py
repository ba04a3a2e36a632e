"""The gate that a wheel built here passes, and the form it leaves in: the same bytes wherever and whenever it was built."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import io
import re
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.tags import Tag
from packaging.utils import InvalidWheelFilename, canonicalize_name
from packaging.version import Version

from bundler.build.machine_code_gate import Compiled, Making, judge
from bundler.build.retag import is_builders, own_tag, reason_against
from bundler.errors import BuildError
from bundler.foreign import read_wheel_name
from bundler.formats.bounded_zip import open_zip
from bundler.formats.core_metadata import MalformedMetadataError, same_version
from bundler.formats.interpreter_files import placement_faults
from bundler.formats.machine_code import code_of, digest_of
from bundler.formats.pe.programs import programs_in
from bundler.formats.wheel_reader import MalformedWheelError, Wheel, WheelFields, open_wheel, split_dist_info
from bundler.formats.wheel_writer import WheelEntry, urlsafe, with_tags, write_wheel
from bundler.model.platforms.windows_platform import WINDOWS

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Iterable, Iterator

    from bundler.formats.machine_code import Code
    from bundler.model.target import Target

_FILE_TYPE = 0o170000
_PLAIN_TYPES = (0, 0o100000)
_BACKENDS_OWN = ("METADATA", "WHEEL", "entry_points.txt", "top_level.txt", "namespace_packages.txt")
_FOLDER_OF_THIS_HOST = re.compile(rb"(?mi)^(Requires-Dist:(?: *+[^@;\n ]++)*+) *+@ *+file:[^\s;]*")
"""Each blank is looked at a few times only, however many there are: nothing is given back."""
_SIGNATURES = ("RECORD.jws", "RECORD.p7s")  # PEP 427: never listed


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class CheckedWheel:
    """A wheel whose structure, RECORD and name are right; ``files``: name inside and sha256 (hex) of each, RECORD left out.

    ``compiled`` are the files that are machine code, by their first bytes or their suffix, ``warnings`` what the gate says of them.
    ``tags`` are those that it is to leave with: of a pure wheel they may be others than its name says (``retag.py``).
    """

    path: Path
    name: str
    version: Version
    tags: frozenset[Tag]
    dist_info: str
    files: tuple[tuple[str, str], ...]
    compiled: tuple[str, ...]
    warnings: tuple[str, ...] = ()

    @property
    def retagged(self) -> bool:
        """Whether it leaves with another tag than it was made with."""
        return self.tags != read_wheel_name(self.path.name)[3]

    @property
    def filename(self) -> str:
        """The name that it leaves with."""
        if not self.retagged:
            return self.path.name
        (tag,) = self.tags
        return f"{self.path.name.rsplit('-', 3)[0]}-{tag}.whl"


_BUILT = Making()


def check_wheel(
    path: Path, *, name: str, version: str, target: Target, making: Making = _BUILT, codeless: bool = False
) -> CheckedWheel:
    """Check that the file is a sound wheel of ``name`` ``version`` that the target accepts, or would by the tag it should have.

    ``codeless``: it was to have extension modules, and may go without. One that has no machine code at all is tagged for this host
    all the same, which says nothing: it gets the tag of a pure one for the target's Python.

    Raises BuildError: ``wheel-broken`` with all faults found in it, ``wheel-name``, or ``wheel-not-for-target``.
    """
    claimed = _claimed(path, name, version)
    fits = bool(claimed.tags & set(target.tags()))
    hollow = codeless and all(each.platform != "any" for each in claimed.tags)
    if not fits and not hollow and not is_builders(claimed.tags):
        raise _not_for_target(path, name, version, target)
    with _reading(path), open_wheel(path) as wheel:
        checked = _check_contents(wheel, claimed, making, windows=target.windows)
        stays = fits and not (hollow and not checked.compiled)
        against = "" if stays else reason_against(wheel.metadata(), target)
    if hollow and not fits and checked.compiled:
        against = f"it holds {checked.compiled[0]}"
    if against:
        raise _not_for_target(path, name, version, target, against)
    return checked if stays else dataclasses.replace(checked, tags=frozenset({own_tag(target)}))


def check_converted(path: Path, *, name: str, version: str, making: Making) -> CheckedWheel:
    """The same for a wheel that was made of an installer for Windows; whichever target it is for, its own tags say.

    Raises BuildError: ``wheel-broken`` with all faults found in it, or ``wheel-name``.
    """
    claimed = _claimed(path, name, version)
    with _reading(path), open_wheel(path) as wheel:
        return _check_contents(wheel, claimed, making, windows=True)


def _claimed(path: Path, name: str, version: str) -> CheckedWheel:
    """What the file's name says."""
    try:
        named, has_version, _, tags = read_wheel_name(path.name)
    except InvalidWheelFilename as error:
        raise _broken(path, [str(error)]) from None
    if named != canonicalize_name(name) or not same_version(version, has_version):
        raise BuildError(
            "wheel-name",
            f"building {name} {version} gave {path.name}",
            hint="its source doesn't hold what its file name or its metadata says; take another release",
        )
    return CheckedWheel(path=path, name=named, version=has_version, tags=tags, dist_info="", files=(), compiled=())


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except (MalformedMetadataError, OSError) as error:
        raise _broken(path, [str(error)]) from None


def _not_for_target(path: Path, name: str, version: str, target: Target, *context: str) -> BuildError:
    return BuildError(
        "wheel-not-for-target",
        f"building {name} {version} gave {path.name}, which {target} doesn't accept",
        context=context,
        hint=f"take a release that has a wheel for the target (packages.constraints: {name}<…)",
    )


def repack(wheel: CheckedWheel, folder: Path, *, epoch: int, target: Target) -> Path:
    """Write the wheel's contents into ``folder`` in their one form and return the new file, of the same name unless retagged.

    Sorted, RECORD written anew and last, stored and not deflated (zlibs differ), times from ``epoch`` (seconds since
    1970, UTC), modes that don't depend on the host: executable is what the environment's Scripts get and, for a target
    with such a thing, what was it before. What the backend itself wrote has LF: on Windows some write text with CRLF. Its METADATA names
    dependencies that lie in folders of this host without these folders, which the target hasn't and other hosts have elsewhere.
    """
    with _reading(wheel.path), open_wheel(wheel.path) as opened:
        own = {each: opened.read(each) for each in _BACKENDS_OWN if opened.has(each)}
    with open_zip(wheel.path) as old:

        def entry_of(name: str) -> WheelEntry:
            was = old.getinfo(name)
            executable = not target.windows and bool(was.external_attr >> 16 & 0o111)
            inside = name.removeprefix(f"{wheel.dist_info}/")
            if inside != name and inside in own:
                content = own[inside].replace(b"\r\n", b"\n")
                if inside == "METADATA":
                    content = _FOLDER_OF_THIS_HOST.sub(rb"\1", content)
                if wheel.retagged and inside == "WHEEL":
                    content = with_tags(content, map(str, wheel.tags))
                return WheelEntry(name=name, size=len(content), open=lambda: io.BytesIO(content))
            return WheelEntry(
                name=name, size=was.file_size, open=functools.partial(old.open, was), executable=executable
            )

        return write_wheel(
            folder / wheel.filename,
            wheel.dist_info,
            [entry_of(name) for name, _ in wheel.files],
            epoch=epoch,
        )


def _check_contents(wheel: Wheel, claimed: CheckedWheel, making: Making, *, windows: bool) -> CheckedWheel:
    """``claimed``, which knows what the file's name says, with what is inside."""
    faults = list(_name_faults(wheel.members, windows=windows))
    programs_folder = WINDOWS.programs.folder if windows else "bin"
    try:
        info = wheel.dist_info
    except MalformedWheelError as error:
        raise _broken(claimed.path, [*faults, str(error)]) from None
    faults += [f"{name} {fault}" for name, fault in placement_faults(wheel, programs_folder)]
    faults += [f"{info}/{each} is missing" for each in ("METADATA", "WHEEL", "RECORD") if not wheel.has(each)]
    if faults:
        raise _broken(claimed.path, faults)
    listed = wheel.record()
    unlisted = {f"{info}/{each}" for each in ("RECORD", *_SIGNATURES)}
    files: list[tuple[str, str]] = []
    found: list[tuple[str, str, Code]] = []
    for entry in wheel.members:
        if entry.filename in unlisted:
            continue
        with wheel.archive.open(entry) as stream:
            digest = digest_of(stream)
            stream.seek(0)
            if code := code_of(entry.filename, stream):
                found.append((entry.filename, digest, code))
        files.append((entry.filename, digest))
        if entry.filename not in listed:
            faults.append(f"{entry.filename} is not in its RECORD")
        elif listed[entry.filename] != f"sha256={urlsafe(bytes.fromhex(digest))}":
            faults.append(f"{entry.filename} has another hash than its RECORD says")
    faults += [f"{each} is in its RECORD and nowhere else" for each in listed if each not in wheel.present]
    faults += _metadata_faults(wheel, claimed)
    faults += _tag_faults(wheel.fields(), claimed)
    programs = {each.path: each for each in programs_in(wheel.archive)} if windows and found else {}
    verdict = judge(
        [Compiled(path=path, sha256=digest, code=code, program=programs.get(path)) for path, digest, code in found],
        claimed.tags,
        making,
        windows=windows,
    )
    faults += verdict.faults
    if faults:
        raise _broken(claimed.path, faults)
    return dataclasses.replace(
        claimed,
        dist_info=info,
        files=tuple(files),
        compiled=tuple(path for path, _, _ in found),
        warnings=verdict.warnings,
    )


def _name_faults(entries: Iterable[zipfile.ZipInfo], *, windows: bool) -> Iterable[str]:
    seen: set[str] = set()
    for entry in entries:
        name = entry.filename
        parts = name.split("/")
        if name.startswith("/") or "\\" in name or ":" in name or "\0" in name or {"", ".", ".."} & set(parts):
            yield f"{name!r} is not a safe file name"
        if entry.external_attr >> 16 & _FILE_TYPE not in _PLAIN_TYPES:
            yield f"{name} is a link or a device"
        same = name.casefold() if windows else name
        if same in seen:
            yield f"{name} is there twice" + (", which Windows can't distinguish" if windows else "")
        seen.add(same)


def _metadata_faults(wheel: Wheel, claimed: CheckedWheel) -> Iterable[str]:
    """The folder's version too: of what is made here, unlike of what others made, it is exact."""
    said = [("its .dist-info", *split_dist_info(wheel.dist_info))]
    try:
        metadata = wheel.metadata()
        said.insert(0, ("its METADATA", metadata.name, metadata.version))
    except MalformedMetadataError as error:
        yield str(error)
    for where, name, version in said:
        if canonicalize_name(name) != claimed.name:
            yield f"{where} says that it is {name!r}"
        if not same_version(version, claimed.version):
            yield f"{where} says that it is version {version!r}"


def _tag_faults(fields: WheelFields, claimed: CheckedWheel) -> Iterable[str]:
    """What the file WHEEL says must be what the name says (PEP 427): the one is installed, the other chosen by."""
    if fields.version.partition(".")[0] != "1":
        yield f"its WHEEL says that it is in version {fields.version!r} of the format, and 1 is known"
    named = set(map(str, claimed.tags))
    if fields.tags != named:
        yield f"its WHEEL says {', '.join(sorted(fields.tags)) or 'no tag'}, its name {', '.join(sorted(named))}"


def _broken(path: Path, faults: Iterable[str]) -> BuildError:
    return BuildError(
        "wheel-broken",
        f"{path.name}, as it was made, is not a valid wheel",
        context=tuple(faults)[:20],
        hint="what made it is at fault: another version of the build backend, another release of the package, or another file of the release may do better",
    )
