"""A CPython on a platform, as ``--json`` prints it of locks and of what is built."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from bundler.model.fields import described

if TYPE_CHECKING:
    from bundler.model.target import Target


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class TargetShape:
    """A CPython on a platform."""

    python: str = described("the exact version, x.y.z")
    platform: str = described("the platform tag, such as win_amd64")
    abi: str = described("the ABI tag, such as cp311")


def target_shape(target: Target) -> TargetShape:
    return TargetShape(python=target.python, platform=target.platform, abi=target.abi)
