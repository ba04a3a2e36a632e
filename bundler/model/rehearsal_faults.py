"""What can't be right about ``[rehearse]``, though each key by itself is well formed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bundler.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bundler.model.platforms.target_platform import PathRules
    from bundler.model.rehearsal import RehearseTable


def rehearse_texts(table: RehearseTable) -> Iterator[tuple[str, str]]:
    """Every text in which ``{...}`` may stand, and where it is."""
    yield from ((f"rehearse.files[{i}]", each) for i, each in enumerate(table.files))
    for i, command in enumerate(table.command):
        yield from ((f"rehearse.command[{i}].command[{k}]", word) for k, word in enumerate(command.command))
    yield from ((f"rehearse.request[{i}].url", each.url) for i, each in enumerate(table.request))


def rehearse_faults(table: RehearseTable, paths: PathRules, *, secrets: Mapping[str, bool]) -> Iterator[Fault]:
    """``secrets``: the site values' names, and whether each is secret."""
    for name in table.site:
        if name not in secrets:
            known = ", ".join(sorted(secrets)) or "there are none"
            yield Fault(f"rehearse.site.{name}", f"[site] has no such value; known there: {known}")
        elif secrets[name]:
            yield Fault(
                f"rehearse.site.{name}",
                "is secret, and a recipe and a bundle are shared: remove it, and give it with `--set` when the bundle is rehearsed, "
                "or let the rehearsal make one up",
            )
    for i, place in enumerate(table.files):
        if not paths.is_place(place):
            yield Fault(
                f"rehearse.files[{i}]", "must begin with {release}, {environment}, {data} or a drive, and stay inside"
            )
        yield from (Fault(f"rehearse.files[{i}]", fault) for fault in paths.slips(place))
    for i, command in enumerate(table.command):
        for key, given in (("exit-code", command.exit_code != 0), ("output", command.output is not None)):
            if command.window and given:
                yield Fault(f"rehearse.command[{i}].{key}", "goes with commands that end: window is true")
