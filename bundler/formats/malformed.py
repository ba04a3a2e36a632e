"""The one error for an installer whose parts don't fit together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bundler.errors import IntegrityError

if TYPE_CHECKING:
    from pathlib import Path


def damaged(file: Path, why: object) -> IntegrityError:
    """``installer-malformed``, for an installer that was cut or changed; ``why`` ends the sentence."""
    return IntegrityError(
        "installer-malformed",
        f"{file.name} is damaged: {why}",
        context=(str(file),),
        hint="it was cut or changed on its way: fetch it again and compare its hash",
    )
