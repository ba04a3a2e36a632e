"""Whether the files of wheels are what their RECORD says, which the target compares when it unpacks them; remembered by the wheel's hash."""

from __future__ import annotations

import base64
import hashlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from bundler.errors import IntegrityError
from bundler.formats.wheel_reader import MalformedWheelError, open_wheel
from bundler.report import some_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bundler.formats.wheel_reader import Wheel
    from bundler.model.artifact import WheelFile
    from bundler.model.ports import Cache
    from bundler.model.target import Target

_CACHED = "record-4"
_SINCE_SHA3, _BEFORE_SHA3 = (3, 6, 0), ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")
_BLOCK = 1 << 20
_SHOWN = 20
_THREADS = 4
"""Unpacking and hashing let go of the interpreter's lock."""


def check_records(wheels: Iterable[WheelFile], target: Target, cache: Cache) -> None:
    """Raise IntegrityError (``wheel-unfit``) with every file that isn't what the RECORD of its wheel says, or of which the target's Python can't know."""
    unfit: list[str] = []
    kinds = _kinds(target)
    told = " ".join(sorted(kinds))
    left = [each for each in wheels if not each.made_from and cache.load(_CACHED, f"{told} {each.file.sha256}") is None]
    with ThreadPoolExecutor(_THREADS) as pool:
        found = pool.map(lambda wheel: _all_faults(wheel, kinds), left)
        for wheel, faults in zip(left, found, strict=True):
            if not faults:
                cache.save(_CACHED, f"{told} {wheel.file.sha256}", b"right")
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
    if target.version_info >= _SINCE_SHA3:
        return frozenset(hashlib.algorithms_guaranteed)
    return frozenset(each for each in hashlib.algorithms_guaranteed if each.startswith(_BEFORE_SHA3))


def _all_faults(wheel: WheelFile, kinds: frozenset[str]) -> list[str]:
    try:
        with open_wheel(wheel.file.path, wheel.filename) as opened:
            return list(_faults(opened, kinds))
    except MalformedWheelError as error:
        return [f"it is not a valid wheel: {error}"]


def _faults(wheel: Wheel, kinds: frozenset[str]) -> Iterator[str]:
    listed = wheel.record()
    for each in wheel.members:
        algorithm, _, wanted = listed.get(each.filename, "").partition("=")
        if not algorithm:
            continue
        digest = _hasher(algorithm, kinds)
        if digest is None:
            yield f"{each.filename} has a hash of a kind in RECORD that is unknown on the target, {algorithm}"
            continue
        with wheel.archive.open(each) as stream:
            while block := stream.read(_BLOCK):
                digest.update(block)
        if base64.urlsafe_b64encode(digest.digest()).decode().rstrip("=") != wanted.rstrip("="):
            yield f"{each.filename} is not what RECORD says"


def _hasher(algorithm: str, kinds: frozenset[str]) -> hashlib._Hash | None:
    """As the target has it (wheels/unpacking.py): of those that every build of a Python has, and of one length."""
    try:
        found = hashlib.new(algorithm) if algorithm in kinds else None
    except ValueError:  # this machine's policy
        return None
    return found if found is not None and found.digest_size else None
