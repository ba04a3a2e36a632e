"""What the references of errors and warnings mean: the texts of ``bundle explain`` and of the documentation's page."""

from __future__ import annotations

import dataclasses
import difflib
import importlib.resources
import tomllib
from typing import Literal

from bundler.errors import InputError


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Explanation:
    """``summary`` is one line; ``causes`` may be empty. ``hint_suffices``: the error itself says all that there is to say."""

    reference: str
    kind: Literal["error", "warning"]
    summary: str
    meaning: str
    causes: str
    fix: str
    hint_suffices: bool


def explanations() -> dict[str, Explanation]:
    """All of them by their reference, in the order of the alphabet."""
    text = importlib.resources.files("bundler.present").joinpath("explanations.toml").read_text(encoding="utf-8")
    return {
        reference: Explanation(
            reference=reference,
            kind=table.get("kind", "error"),
            summary=table["summary"],
            meaning=table["meaning"],
            causes=table.get("causes", ""),
            fix=table["fix"],
            hint_suffices=table.get("hint-suffices", False),
        )
        for reference, table in sorted(tomllib.loads(text).items())
    }


def explanation(reference: str) -> Explanation:
    """The one for ``reference``, in brackets or not; raises InputError (``reference-unknown``)."""
    known = explanations()
    wanted = reference.strip("[]").lower()
    if wanted not in known:
        close = difflib.get_close_matches(wanted, known, 3)
        raise InputError(
            "reference-unknown",
            f"{reference!r} isn't a reference of an error or a warning",
            hint=("did you mean " + " or ".join(close) + "?" if close else "`bundle explain` lists them all"),
        )
    return known[wanted]


def worth_reading(reference: str) -> bool:
    """Whether there is more to say of an error than it said itself."""
    found = explanations().get(reference)
    return found is not None and not found.hint_suffices
