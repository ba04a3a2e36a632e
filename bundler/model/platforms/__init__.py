"""The systems that a bundle can be installed on, one value and one module each: what depends on the target's system asks its value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bundler.errors import InputError
from bundler.model.platforms.windows_platform import WINDOWS

if TYPE_CHECKING:
    from bundler.model.platforms.target_platform import Platform

PLATFORMS: tuple[Platform, ...] = (WINDOWS,)

ONLY_THESE = f"only {' and '.join(each.name for each in PLATFORMS)} can be a target in this version"
"""Why a recipe for another system is refused."""


def platform_of(tag: str) -> Platform | None:
    """The system of a platform tag such as ``win_amd64``; None: wheels can be found for it, but nothing can be installed."""
    return next((each for each in PLATFORMS if tag in each.architectures), None)


def demand_platform(tag: str) -> Platform:
    """The same; raises InputError (``target-unknown``) where nothing can be installed."""
    found = platform_of(tag)
    if found is None:
        raise InputError("target-unknown", f"{tag}: {ONLY_THESE}")
    return found
