"""Places and accounts that the site chooses: refused where a value would open what administrators run, or where others decide what is found there.

What a recipe names itself was looked at when the bundle was built; what an operator names is looked at here, before anything is changed.
"""

from __future__ import absolute_import, unicode_literals

import collections
import os
import re

from ..errors import BAD_ARGUMENTS, REFUSED, Problem
from ..machine.services import BUILT_IN, VIRTUAL
from ..names import is_name
from ..state.neighbours import lies_in, neighbours
from ..state.places import is_below
from ..state.shapes import is_whole
from ..state.site_accounts import chosen, value_of
from ..state.site_values import PLANNED
from ..state.trusted_folders import ADVICE, first_of, reasons_against
from .service_settings import UNKNOWN, filled, log_folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .context import Context

_NAMED = re.compile(r"\{site\.([A-Za-z_][A-Za-z0-9_]*)\}")
_FORBIDDEN = re.compile(r'[<>"|?*\x00-\x1f]')
_SYSTEM = (
    ("SYSTEMROOT", "Windows itself"), ("PROGRAMFILES", "programs of the machine"), ("PROGRAMFILES(X86)", "programs of the machine"),
    ("PROGRAMW6432", "programs of the machine"),
)  # fmt: skip
_SHARED = (("PROGRAMDATA", "the data of other programs"), ("USERPROFILE", "an account's own files"))
"""Folders of which not everything is the system's: one of its own in them may be opened."""

Place = collections.namedtuple("Place", ["names", "raw", "path", "is_opened"])
"""``names``: of the site values in it; ``raw``: filled in; ``path``: the folder or file that is meant; ``is_opened``: accounts get rights there."""
Kept = collections.namedtuple("Kept", ["path", "whose", "is_whole"])
"""``is_whole``: what lies in it is meant too."""


def unfit_values(context):
    # type: (Context) -> list[Problem]
    """All that speaks against the accounts and places that site values name."""
    problems = _unknown_accounts(context)
    kept = _kept(context)
    for each in _places(context):
        if PLANNED in each.raw:
            continue  # a run would ask for it
        against = _against(context, each, kept)
        if against is not None:
            words = (", ".join(each.names), each.raw, against)
            problems.append(Problem(BAD_ARGUMENTS, "The site value %s: %s %s" % words))
        else:
            found = reasons_against(context.host, each.path, _given(context, each.path))
            text = "The site value %s: %s. %s" % (", ".join(each.names), "; ".join(first_of(found)), ADVICE)
            problems += [Problem(REFUSED, text)] if found else []
    return problems


def _unknown_accounts(context):
    # type: (Context) -> list[Problem]
    manifest, problems = context.manifest, []
    names = {name for _, name in chosen(manifest)}
    names.update(name for name in (value_of(each.account) for each in manifest.permissions) if name is not None)
    for name in sorted(names):
        account = context.values.get(name, "")
        known = account.lower() in BUILT_IN or account.lower().startswith(VIRTUAL.lower()) or account == PLANNED
        if not known and context.host.rights.account_sid(account) is None:
            problems.append(Problem(BAD_ARGUMENTS, "The site value %s: %s" % (name, UNKNOWN % account)))
    return problems


def _places(context):
    # type: (Context) -> list[Place]
    manifest, found = context.manifest, []
    texts = [(each.path, True, False) for each in manifest.permissions]
    texts += [(each.log_directory, True, True) for each in manifest.services]
    texts += [(each.directory, False, False) for each in manifest.services]
    for text, is_opened, is_log in texts:
        names = tuple(sorted(set(_NAMED.findall(text))))
        if not names:
            continue
        raw = filled(context, text)
        path = log_folder(context.layout, raw) if is_log else os.path.normpath(raw.replace("\\", os.sep))
        place = Place(names, raw, path, is_opened)
        found += [place] if place not in found else []
    return found


def _against(context, place, kept):
    # type: (Context, Place, list[Kept]) -> str | None
    """In words that follow the path."""
    against, host = _malformed(place.raw.replace("\\", os.sep)), context.host
    if against is not None:
        return against
    behind = host.files.behind_drive(place.path) if context.manifest.services else None
    if behind is not None:
        return "lies on a drive that stands for %s in this session only: services can't see it" % behind
    if not place.is_opened:
        return None if os.path.isdir(place.path) else "is no folder, and a service is to run there: make it first"
    for each in kept:
        if lies_in(host, each.path, place.path) or (each.is_whole and lies_in(host, place.path, each.path)):
            return "can't be opened to services and others: %s %s" % (each.path, each.whose)
    return None


def _malformed(written):
    # type: (str) -> str | None
    if written.startswith(os.sep * 2):
        return "lies on another machine: rights can't be given there"
    parts = [each for each in os.path.splitdrive(written)[1].split(os.sep) if each]
    if not is_whole(written) or not all(is_name(each) and not _FORBIDDEN.search(each) for each in parts):
        return "is not an absolute path as Windows takes it"
    return None if parts else "is a whole drive: take a folder of its own on it"


def _kept(context):
    # type: (Context) -> list[Kept]
    """What no site value opens."""
    layout, host = context.layout, context.host
    variables = {name.upper(): value for name, value in host.environment.variables().items()}
    found = [Kept(variables[name], "holds %s" % what, True) for name, what in _SYSTEM if variables.get(name)]
    found += [Kept(variables[name], "holds %s" % what, False) for name, what in _SHARED if variables.get(name)]
    on_path = [each.strip('"') for each in variables.get("PATH", "").split(os.pathsep)]
    found += [Kept(each, "is on PATH: what lies there is run by its name", False) for each in on_path]
    found.append(Kept(layout.environment, "is this environment", False))
    own = (layout.releases, layout.all_settings, layout.shims, layout.services, layout.keeping, layout.quarantine)
    found += [Kept(each, "holds what administrators and services run", True) for each in own]
    if not layout.private_runtime:
        found.append(Kept(layout.runtime, "is the Python of this bundle", True))
    if layout.data is not None:
        found.append(Kept(layout.kept_site, "holds the site values", True))
    for each in neighbours(host, layout):
        found += [Kept(path, "belongs to %s" % each.name, True) for path in (each.environment, each.data) if path]
        found += [Kept(path, "is the Python of %s" % each.name, True) for path in each.runtimes]
    return [each for each in found if is_whole(each.path)]


def _given(context, path):
    # type: (Context, str) -> list[str]
    """Who was given rights there by earlier runs."""
    receipt = context.state.receipt
    grants = receipt.grants if receipt is not None else []
    return [sid for place, sid, _ in grants if sid and is_below(path, place)]
