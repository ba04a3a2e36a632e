"""What ``bundle lock`` did, for people; with ``--why`` what it made of each file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bundler.model.moments import moment_text
from bundler.pack.machine_changes import signed_words
from bundler.present.bundle_words import PRESENT_PYTHON
from bundler.present.console import show, show_table
from bundler.report import size_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bundler.model.lock import LockedRuntime
    from bundler.model.target import Target
    from bundler.pipeline.lock_recipe import Locked
    from bundler.resolve import Accepted, Rejected


def locks(outcomes: Sequence[Locked]) -> None:
    """What ``bundle lock`` did."""
    for each in outcomes:
        rows = [
            (
                package.name,
                package.version,
                package.kind,
                size_text(package.file.size) if package.file and package.file.size else "",
            )
            for package in sorted(each.lock.packages, key=lambda package: package.name)
        ]
        show_table(f"{each.lock.target}", ("package", "version", "from", "size"), rows, right=(3,))
        show(_runtime_text("runtime", each.lock.runtime))
        if each.lock.boot:
            show(_runtime_text("boot Python", each.lock.boot))
        if each.lock.uploaded_before:
            show(f"files of indexes: uploaded before {moment_text(each.lock.uploaded_before)}")
        words = {"new": "wrote", "changed": "updated", "unchanged": "nothing changed in"}
        show(f"{words[each.state]} {each.path}")


def _runtime_text(label: str, runtime: LockedRuntime) -> str:
    if runtime.file is None:
        return f"{label}: {runtime.kind}, {PRESENT_PYTHON}"
    return f"{label}: {runtime.kind}, {runtime.source}, {signed_words(runtime.signer)}"


def files(found: Mapping[Target, Sequence[Accepted | Rejected]], built_because: str) -> None:
    """Every file of a package and why it is or isn't taken; ``built_because``: why it comes from source although there may be a wheel."""
    from bundler.resolve import Rejected

    for target, every in found.items():
        rows = [
            (each.filename, "no", (each.reason, *each.details, *each.advice.splitlines()))
            if isinstance(each, Rejected)
            else (each.filename, "yes", _rank_text(each, built_because))
            for each in every
        ]
        show_table(f"{target}", ("file", "fits", "why"), rows)


def _rank_text(file: Accepted, built_because: str) -> str:
    if file.origin:
        return f"it comes from no index: {file.origin}"
    if file.rank is None:
        if built_because:
            return f"an sdist: built here, as {built_because}"
        return (
            "an sdist that must be compiled: taken where nothing else will do"
            if file.last_resort
            else "an sdist: built here, if no wheel fits"
        )
    return f"a wheel (tag {file.rank + 1} of the target's)" + (", if its version has no sdist" if built_because else "")
