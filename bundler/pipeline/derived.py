"""What was derived from files that are known by their hash is derived once, and kept in the store's cache.

It is kept under all that decides it: those hashes, what was asked, and the rules by which it was made, which are the product's own
modules. What was said when it was made, notes and warnings, is said again.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import os
import sys
from collections.abc import Callable, Mapping
from importlib.metadata import Distribution, PackageNotFoundError
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import bundler
from bundler.formats.core_metadata import read_header
from bundler.isolation.clean_environment import clean_variables
from bundler.report import RecordingReporter, repeat

if TYPE_CHECKING:
    from bundler.model.ports import Cache
    from bundler.report import Reporter

T = TypeVar("T")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Derivation(Generic[T]):
    """What is derived: its ``kind``, and ``inputs`` (values of JSON), which are all that decides it.

    ``encode`` makes it values of JSON; ``decode`` takes those back, None: it can't be used any more. ``still``: whether the inputs are
    what they were once it is made. ``with_notes``: not only warnings are said again.
    """

    kind: str
    inputs: Mapping[str, Any]
    encode: Callable[[T], Any]
    decode: Callable[[Any], T | None]
    still: Callable[[], bool] = lambda: True
    with_notes: bool = True


def remembered(derivation: Derivation[T], make: Callable[[Reporter], T], *, cache: Cache, reporter: Reporter) -> T:
    """What ``make`` gives, or gave in an earlier run. Raises what ``make`` raises, which isn't remembered."""
    key = json.dumps(derivation.inputs, sort_keys=True)
    if (kept := cache.load(derivation.kind, key)) is not None:
        known = json.loads(kept)
        if (value := derivation.decode(known["value"])) is not None:
            repeat(map(tuple, known["said"]), reporter)
            return value
    recorder = RecordingReporter(reporter)
    made = make(recorder)
    if derivation.still():
        said = [each for each in recorder.said if derivation.with_notes or each[0] is not None]
        kept = json.dumps({"value": derivation.encode(made), "said": said}).encode()
        cache.save(derivation.kind, key, kept)
    return made


def rules_of(*rooms: str) -> str:
    """A digest over the modules of rooms of this package: what another version's made isn't believed."""
    return hashlib.sha256("\n".join((bundler.__version__, *map(_rules_of_one, rooms))).encode()).hexdigest()


@functools.cache
def _rules_of_one(room: str) -> str:
    root, digest = Path(bundler.__file__).parent, hashlib.sha256()
    for path in sorted((root / room).rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def host_facts() -> list[Any]:
    """What code of packages sees of this host when it is asked or built."""
    return [sys.version, sys.platform, clean_variables(os.environ)]


def version_of(distribution: str) -> str:
    """The installed version of a package that takes part; empty: it isn't installed."""
    try:
        found = Distribution.from_name(distribution)
    except PackageNotFoundError:
        return ""
    # by our own reader: ``importlib.metadata`` takes its own for e-mails, which reads descriptions too
    text = found.read_text("METADATA") or found.read_text("PKG-INFO") or ""
    return read_header(text.encode()).version
