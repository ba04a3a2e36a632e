"""Whether the files of wheels are what their RECORD says, which the target compares when it unpacks them; remembered by the wheel's hash."""

from __future__ import annotations

import base64
import copy
import hashlib
from concurrent.futures import ThreadPoolExecutor
from typing import IO, TYPE_CHECKING, cast

from bundler.errors import IntegrityError
from bundler.formats.wheel_reader import MalformedWheelError, open_wheel
from bundler.formats.zip_records import LOCAL_SIZE, read_local
from bundler.report import some_lines

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Iterable, Iterator

    from bundler.formats.wheel_reader import Wheel
    from bundler.model.artifact import WheelFile
    from bundler.model.ports import Cache
    from bundler.model.target import Target

_CACHED = "record-5"
_SINCE_SHA3, _BEFORE_SHA3 = (3, 6, 0), frozenset({"md5", "sha1", "sha224", "sha256", "sha384", "sha512"})
_BLOCK = 1 << 20
_SHOWN = 20
_THREADS = 4
"""Unpacking and hashing let go of the interpreter's lock."""


def check_records(wheels: Iterable[WheelFile], target: Target, cache: Cache) -> None:
    """Raise IntegrityError (``wheel-unfit``) with every file that isn't what the RECORD of its wheel says, or of which the target's Python can't know."""
    unfit: list[str] = []
    kinds = _kinds(target)
    known = " ".join(sorted(kinds))
    left = [
        each for each in wheels if not each.made_from and cache.load(_CACHED, f"{known} {each.file.sha256}") is None
    ]
    with ThreadPoolExecutor(_THREADS) as pool:
        found = pool.map(lambda wheel: _all_faults(wheel, kinds), left)
        for wheel, faults in zip(left, found, strict=True):
            if not faults:
                cache.save(_CACHED, f"{known} {wheel.file.sha256}", b"right")
            unfit += (f"{wheel.package}: {each}" for each in faults)
    if unfit:
        raise IntegrityError(
            "wheel-unfit",
            "wheels differ from their RECORD, and the target would refuse them",
            context=some_lines(unfit, _SHOWN),
            hint="they are damaged or were changed after they were made: take another release of the package (packages.constraints)",
        )


def _kinds(target: Target) -> frozenset[str]:
    """Of hashes, those that every build of its Python has: ``hashlib.algorithms_guaranteed``."""
    return frozenset(hashlib.algorithms_guaranteed) if target.version_info >= _SINCE_SHA3 else _BEFORE_SHA3


def _all_faults(wheel: WheelFile, kinds: frozenset[str]) -> list[str]:
    try:
        with open_wheel(wheel.file.path, wheel.filename) as opened:
            return list(_faults(opened, kinds))
    except MalformedWheelError as error:
        return [f"it is not a valid wheel: {error}"]


def _faults(wheel: Wheel, kinds: frozenset[str]) -> Iterator[str]:
    yield from _overlaps(wheel.archive)
    listed = wheel.record()
    for each in wheel.members:
        algorithm, _, wanted = listed.get(each.filename, "").partition("=")
        digest = _hasher(algorithm, kinds) if algorithm else None
        if algorithm and digest is None:
            yield f"{each.filename} has a hash of a kind in RECORD that is unknown on the target, {algorithm}"
            continue
        size, whole = 0, copy.copy(each)
        whole.file_size += _BLOCK  # zipfile would read so much and look at no more; what is packed there may be longer
        with wheel.archive.open(whole) as stream:
            # to its end, where its CRC is compared: of some files RECORD has no hash
            while size <= each.file_size and (block := stream.read(min(_BLOCK, each.file_size + 1 - size))):
                size += len(block)
                if digest is not None:
                    digest.update(block)
        if size != each.file_size:
            yield f"{each.filename} has not the size that the wheel says"
        elif digest is not None and _encoded(digest.digest()) != wanted.rstrip("="):
            yield f"{each.filename} is not what RECORD says"


def _overlaps(archive: zipfile.ZipFile) -> Iterator[str]:
    """``zipfile`` reads a file into the next one, or into the directory; the target doesn't."""
    end, stream = 0, cast("IO[bytes]", archive.fp)
    for each in sorted(archive.infolist(), key=lambda each: each.header_offset):
        if each.header_offset < end:
            yield f"{each.filename} lies over another file"
        stream.seek(each.header_offset)
        end = each.header_offset + read_local(stream.read(LOCAL_SIZE), each.filename) + each.compress_size
    if end > archive.start_dir:
        yield "a file lies over its directory"


def _encoded(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _hasher(algorithm: str, kinds: frozenset[str]) -> hashlib._Hash | None:
    """As the target has it (wheels/unpacking.py): of those that every build of a Python has, and of one length."""
    try:
        found = hashlib.new(algorithm) if algorithm in kinds else None
    except ValueError:  # this machine's policy
        return None
    return found if found is not None and found.digest_size else None
