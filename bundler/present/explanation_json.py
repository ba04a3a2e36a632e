"""What ``bundle explain --json`` prints: its shapes, and what fills them."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from bundler.model.fields import described

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bundler.present.explanations import Explanation


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class ExplanationShape:
    """What an error's or a warning's reference means."""

    reference: str = described("stable, kebab-case")
    kind: str = described("error or warning")
    summary: str = described("one line")
    meaning: str = described("what happened")
    causes: str = described("the usual causes; may be empty")
    fix: str = described("what to do")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class ExplainOutput:
    """`bundle explain [REFERENCE] --json`"""

    explanations: tuple[ExplanationShape, ...] = described("the one that was asked for, or all")


def explain_output(found: Sequence[Explanation]) -> ExplainOutput:
    return ExplainOutput(
        explanations=tuple(
            ExplanationShape(
                reference=each.reference,
                kind=each.kind,
                summary=each.summary,
                meaning=each.meaning,
                causes=each.causes,
                fix=each.fix,
            )
            for each in found
        )
    )
