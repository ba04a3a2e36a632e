"""Why a package is in a bundle, as plain lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bundler.present.console import show

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bundler.model.lock import Rejection
    from bundler.pack.reasons import Reason

_MADE = {
    "sdist": "built from its sdist",
    "project": "built from the project",
    "legacy": "converted from an installer",
    "wheel": "whose programs were signed for this bundle",
}


def reasons(found: Sequence[Reason]) -> None:
    """Print each role of the package, and the chains that lead to it."""
    for each in found:
        for line in reason_lines(each):
            show(line)


def reason_lines(reason: Reason) -> Iterator[str]:
    """The first line says what the package is there for; each chain begins with what the recipe asks for."""
    named = f"{reason.name} {reason.version}"
    if reason.role == "build-requirement":
        yield f"{named} is not in the bundle: on the build host it built {', '.join(reason.builds)}"
        return
    if reason.role == "environment-tool":
        yield f"{named} is in the bundle to make the environment on the target"
    else:
        yield f"{named} is in the bundle because"
        if reason.requested:
            yield "  the recipe asks for it"
        for chain in reason.chains:
            first, *others = chain
            yield f"  the recipe asks for {first.name} {first.version}"
            yield from (f"    -> {each.name} {each.version}" for each in others)
    made = f" ({_MADE[reason.made_from]})" if reason.made_from in _MADE else ""
    yield f"  file: {reason.file}, from {reason.origin}{made}"
    if reason.rejected:
        yield "  when it was locked, its index had besides"
        for each in reason.rejected:
            yield from _rejected_lines(each)
    elif reason.from_index:
        yield f"  which other files there were, and why they weren't taken, is not in the bundle: ask `bundle lock RECIPE --why {reason.name}`"


def _rejected_lines(each: Rejection) -> Iterator[str]:
    """Newer versions in one line; files of the chosen version below their reason."""
    if each.files:
        yield f"    of {each.newest}: {each.reason}"
        yield from (f"      {name}" for name in each.files)
        if each.more:
            yield f"      and {each.more} more"
    elif each.versions > 1:
        yield f"    {each.oldest} to {each.newest} ({each.versions} versions): {each.reason}"
    else:
        yield f"    {each.newest}: {each.reason}"
