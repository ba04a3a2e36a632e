"""What ``bundle app-control --json`` prints: its shapes, and what fills them."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from bundler.model.fields import described

if TYPE_CHECKING:
    from bundler.pipeline.app_control import ControlRules


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class GovernedFileShape:
    """A file that the rules let run."""

    member: str = described("the member of the bundle that it is, or lies in")
    path: str = described("where it lies there; empty: it is that member")
    collection: str = described("AppLocker's collection of rules: Exe, Dll, Script or Msi")
    size: int = described("in bytes")
    sha256: str = described(
        "by which AppLocker knows it: of programs and installers as signing computes it, else of the bytes"
    )
    publisher: str | None = described(
        "whose programs the rule lets run, as AppLocker spells it; null: it is known by hash"
    )
    product: str | None = described("which product of that publisher; null: it is known by hash")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class UncoveredShape:
    """Files that get no rule."""

    what: str = described("which")
    why: str = described("the reason")
    advice: str = described("what to do")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class AppControlOutput:
    """`bundle app-control BUNDLE --json`"""

    path: str = described("the bundle")
    applocker: str = described("AppLocker's rules that were written")
    app_control: str = described("App Control's policy that was written")
    base_policy: str | None = described("the id of the policy that it supplements; null: it is one to be merged")
    files: tuple[GovernedFileShape, ...] = described("all that the rules let run")
    uncovered: tuple[UncoveredShape, ...] = described("what gets no rule")


def app_control_output(found: ControlRules) -> AppControlOutput:
    return AppControlOutput(
        path=str(found.bundle),
        applocker=str(found.applocker),
        app_control=str(found.code_integrity),
        base_policy=found.base,
        files=tuple(
            GovernedFileShape(
                member=each.owner,
                path=each.path,
                collection=each.collection,
                size=each.size,
                sha256=each.sha256,
                publisher=each.publisher.name if each.publisher is not None else None,
                product=each.publisher.product if each.publisher is not None else None,
            )
            for each in found.files
        ),
        uncovered=tuple(UncoveredShape(what=each.what, why=each.why, advice=each.advice) for each in found.uncovered),
    )
