"""The Windows programs of a wheel, remembered by the wheel's hash."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bundler.errors import IntegrityError
from bundler.formats.pe.programs import Program, programs_in
from bundler.formats.wheel_reader import MalformedWheelError, open_wheel

if TYPE_CHECKING:
    from bundler.model.artifact import WheelFile
    from bundler.model.ports import Cache

_CACHED = "programs-3"


def wheel_programs(wheel: WheelFile, cache: Cache) -> tuple[Program, ...]:
    """All programs of a wheel, in its order; remembered by its hash. What only calls itself a program isn't one.

    Raises IntegrityError (``wheel-malformed``) for a wheel that can't be read.
    """
    known = cache.load(_CACHED, wheel.file.sha256)
    if known is not None:
        return _decode(known)
    try:
        with open_wheel(wheel.file.path, wheel.filename) as opened:
            found = tuple(programs_in(opened.archive))
    except MalformedWheelError as error:
        raise IntegrityError("wheel-malformed", f"{wheel.filename} is not a valid wheel: {error}") from None
    cache.save(_CACHED, wheel.file.sha256, _encode(found))
    return found


def _encode(programs: tuple[Program, ...]) -> bytes:
    return json.dumps(
        [[each.path, each.platform, each.imports, each.delayed, each.linker, each.version] for each in programs]
    ).encode()


def _decode(content: bytes) -> tuple[Program, ...]:
    return tuple(
        Program(
            path=path,
            platform=platform,
            imports=tuple(imports),
            delayed=tuple(delayed),
            linker=(major, minor),
            version=tuple(version) if version else None,
        )
        for path, platform, imports, delayed, (major, minor), version in json.loads(content)
    )
