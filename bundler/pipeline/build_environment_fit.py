"""Whether wheels that were pinned for builds suit the Python that builds here: a lock is made on one host and used on others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.utils import InvalidWheelFilename, canonicalize_name

from bundler.foreign import read_wheel_name
from bundler.formats.core_metadata import MalformedMetadataError
from bundler.formats.wheel_reader import wheel_metadata
from bundler.resolve.dependencies import active
from bundler.resolve.file_checks import FileJudge
from bundler.resolve.markers import MarkerEvaluator, UnstatedMarkerError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from packaging.version import Version

    from bundler.formats.core_metadata import CoreMetadata
    from bundler.model.target import Target


def mismatch(wheels: Sequence[Path], requirements: Sequence[str], target: Target) -> str:
    """Why ``wheels`` aren't all that ``requirements`` (PEP 508) ask for on ``target``; empty: they are.

    What a backend asks for besides, by its hook, isn't known here.
    """
    judge = FileJudge(target)
    held: dict[str, tuple[Version, CoreMetadata]] = {}
    try:
        for wheel in wheels:
            name, version, _, tags = read_wheel_name(wheel.name)
            metadata = wheel_metadata(wheel)
            if tags.isdisjoint(target.tags()):
                return f"{wheel.name} isn't for {target}"
            if reason := judge.python_reason(metadata.requires_python):
                return f"{wheel.name}: {reason}"
            held[name] = version, metadata
        return _lacking(held, requirements, MarkerEvaluator(target))
    except (InvalidWheelFilename, MalformedMetadataError, UnstatedMarkerError, KeyError) as error:
        return str(error)


def _lacking(
    held: dict[str, tuple[Version, CoreMetadata]], requirements: Sequence[str], evaluator: MarkerEvaluator
) -> str:
    waiting = list(active(requirements, "", evaluator))
    followed: set[tuple[str, str]] = set()
    while waiting:
        wanted = waiting.pop()
        if wanted.name not in held or not wanted.specifier.contains(held[wanted.name][0], prereleases=True):
            return f"{wanted.text} is needed and not among them"
        for extra in ("", *wanted.extras):
            if (wanted.name, extra) not in followed:
                followed.add((wanted.name, extra))
                waiting += active(held[wanted.name][1].requires_dist, canonicalize_name(extra), evaluator)
    return ""
