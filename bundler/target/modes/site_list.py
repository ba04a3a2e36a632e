"""The site values of a bundle: what each is for, what it must be, and what it is now. Nothing is changed."""

from __future__ import absolute_import, unicode_literals

import os

from ..errors import DONE, InstallError
from ..state.site_types import described
from ..state.site_values import read_kept, read_stored

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..bundle.manifest import SiteInfo
    from .run import Run

_HIDDEN = "(secret)"


def list_values(run):
    # type: (Run) -> int
    run.settle(locked=False)
    manifest, console = run.bundle.manifest, run.console
    if not manifest.site:
        console.line("This bundle has no site values.")
        run.report.values([])
        return DONE
    now = _current(run)
    run.report.values([_facts(each, now or {}) for each in manifest.site])
    for each in manifest.site:
        console.line("%s%s" % (each.name, ": " + each.help if each.help else ""))
        for line in _lines(each, now):
            console.line("    " + run.log.mask(line))
    console.line(
        "Case doesn't count in names. Change one with bootstrap.bat /set:NAME=VALUE, or /set:NAME to be asked."
    )
    return DONE


def _facts(site, now):
    # type: (SiteInfo, dict[str, str]) -> dict[str, Any]
    """A secret's value is nobody's business; one that isn't given has none."""
    value = None if site.secret else now.get(site.name)
    return {
        "name": site.name,
        "help": site.help,
        "type": site.type,
        "required": site.required,
        "secret": site.secret,
        "value": value,
    }


def _lines(site, now):
    # type: (SiteInfo, dict[str, str] | None) -> list[str]
    lines = [each for each in (described(site),) if each]
    if site.default:
        lines.append("default: %s" % (_HIDDEN if site.secret else site.default))
    elif not site.required:
        lines.append("may be left empty")
    if now is not None:
        value = now.get(site.name)
        if value is None:
            shown = "not given"
        elif not value:
            shown = "empty"
        else:
            shown = _HIDDEN if site.secret else value
        lines.append("now: %s" % shown)
    return lines


def _current(run):
    # type: (Run) -> dict[str, str] | None
    """Of what is in use, else what waits for the next installation; None, with a note, where this account can't read it."""
    layout, pointer = run.layout, run.stands(run.layout).pointer
    places = [layout.of(pointer).own_site] if pointer is not None else []
    kept = [layout.kept_site] if layout.kept_site is not None else []
    for path in places + [layout.site] + kept:
        if not os.path.lexists(path):
            continue
        try:
            return read_kept(run.host, layout) if path in kept else read_stored(path)
        except (EnvironmentError, InstallError) as error:
            why = error.message if isinstance(error, InstallError) else "%s can't be read by this account" % path
            run.console.line("What they are now isn't known: %s" % why)
            return None
    return {}
