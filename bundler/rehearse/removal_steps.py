"""The removal: what is left of an installation against the machine as it was before."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from bundler.rehearse.bench import done
from bundler.rehearse.installation_steps import LOGS
from bundler.rehearse.pictures import left
from bundler.rehearse.results import PASSED, Verdict, failed
from bundler.report import some_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from bundler.rehearse.bench import Bench
    from bundler.rehearse.pictures import Picture
    from bundler.rehearse.results import Left
    from bundler.rehearse.run_of_steps import Taker

_NOTES = tuple(rf"{root}\Software\offline-bundle{each}" for root in ("HKLM", "HKCU") for each in ("", r"\*", "|*"))
"""Which folders and files of the data a bundle made: for a later /purge."""
_SEEN = tuple(rf"*\{above}\bundle{each}" for above in ("programdata", r"appdata\local") for each in ("", r"\*"))
"""How new a bundle was in use: it outlives a purge."""
_TEMPORARY = re.compile(r"C:\\(users\\[^\\]+\\appdata\\local|windows)\\temp\\(?!bundle)", re.IGNORECASE)
"""What programs write there is theirs, and Windows removes it in its time; what is left of bootstrap.bat's own isn't."""
_SHOWN = 20


def removal(taker: Taker, bench: Bench, before: Picture, tell: Callable[[tuple[Left, ...]], None]) -> None:
    """/uninstall, then /purge; ``tell`` hears what is left after each."""
    data = bench.subject.data
    always: tuple[str, ...] = (*LOGS, *_SEEN) if bench.subject.manifest.bundle.sequence is not None else LOGS
    if bench.subject.manifest.runtime.file is not None:  # Python's installer
        always += bench.machine.installers_leave
    kept = (*always, *_NOTES, *_folders(data))
    title = "/uninstall leaves data and nothing else"
    taker.take("uninstall", title, bench, lambda: _removed(bench, before, ("/uninstall",), kept, tell))
    purge = ("/uninstall", "/purge")
    taker.take("purge", "/purge leaves nothing", bench, lambda: _removed(bench, before, purge, always, tell))


def _folders(data: str | None) -> tuple[str, ...]:
    """Patterns for the data folder, what is in it, and the folders above it that an installation makes."""
    if not data:
        return ()
    parts = data.split("\\")
    above = ("\\".join(parts[:count]) for count in range(2, len(parts)))
    escaped = data.replace("[", "[[]")
    return (escaped, escaped + "\\*", *above)


def _removed(
    bench: Bench,
    before: Picture,
    mode: tuple[str, ...],
    declared: tuple[str, ...],
    tell: Callable[[tuple[Left, ...]], None],
) -> Verdict:
    ran = bench.bootstrap(*mode)
    found = tuple(
        dataclasses.replace(
            each, name=bench.mask(each.name), declared=each.declared or _TEMPORARY.match(each.name) is not None
        )
        for each in left(before, bench.machine.picture(), declared)
    )
    tell(found)
    removed = done(ran, " ".join(mode))
    if removed is not PASSED:
        return removed
    undeclared = [f"{each.kind} {each.name}" for each in found if not each.declared]
    if not undeclared:
        return PASSED
    return failed(f"left behind: {some_text(undeclared, _SHOWN)}", "\n".join(undeclared))
