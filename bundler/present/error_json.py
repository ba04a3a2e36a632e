"""What any command prints with ``--json`` when it fails: its shapes, and what fills them."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from bundler.model.fields import described

if TYPE_CHECKING:
    from bundler.errors import BundleError


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class ErrorShape:
    """What was wrong, where, and what to do."""

    reference: str = described("stable, kebab-case; `bundle explain REFERENCE` says more")
    message: str = described("what was wrong")
    context: tuple[str, ...] = described("where: files, keys, packages, addresses")
    hint: str = described("what to do; may be empty")
    exit_code: int = described("the command's exit code", key="exit-code")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class ErrorOutput:
    """What any command prints with --json when it fails."""

    error: ErrorShape = described("the one error")


def error_output(error: BundleError) -> ErrorOutput:
    return ErrorOutput(
        error=ErrorShape(
            reference=error.reference,
            message=error.message,
            context=error.context,
            hint=error.hint,
            exit_code=error.exit_code,
        )
    )
