"""Site values: what differs from server to server, and where it comes from.

``/set`` wins over ``site.toml`` beside bootstrap.bat, which wins over what an earlier install stored, which wins over an answer on the terminal; the recipe's default is what is left, and what the terminal offers.
"""

from __future__ import absolute_import, unicode_literals

import io
import os

from ..compat import error_text, is_text
from ..errors import BAD_ARGUMENTS, InstallError
from .formats import SITE, encode_table, malformed, read_or_none, read_table
from .site_accounts import account_faults, passwords_to_give
from .site_toml import read_site_toml
from .site_types import fault_of, is_storable
from .trusted_folders import reasons_against

SITE_TOML = "site.toml"
GIVEN = "/set"
TERMINAL = "the terminal"
_TWICE = "A value that begins with @ is given with another one before it: @@"
PLANNED = "(asked for)"
"""What stands for a value that a run would ask for."""
_LONGEST = 1 << 16
"""Bytes of a file that holds one value."""
_NOTE = "Written by bootstrap.bat; holds secrets as they are. Change a value with /set:NAME=VALUE."

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..arguments import Options
    from ..bundle.manifest import Manifest, SiteInfo
    from ..layout import Layout
    from ..machine.host import Host

    Ask = Callable[[str, bool], str]


class SiteValues(object):
    """``values`` are complete; ``changed``: the names whose stored value is another one. ``sources``: name to where it came from."""

    def __init__(self, values, changed, sources):
        # type: (dict[str, str], list[str], dict[str, str]) -> None
        self.values = values
        self.changed = changed
        self.sources = sources


def collect(manifest, stored_in, stored, folder, given, ask):
    # type: (Manifest, str, dict[str, str], str, dict[str, str], Ask | None) -> SiteValues
    """``stored``: what the file ``stored_in`` holds. ``ask`` is None where nobody can answer. Raises InstallError (1639) with everything that is unknown, or missing, or isn't what it must be."""
    path = os.path.join(folder, SITE_TOML)
    from_file = read_site_toml(path) if os.path.isfile(path) else {}
    _must_be_known(manifest, (("/set:", given), (path + ": ", from_file)))
    written = ((GIVEN, spelled(manifest, given)), (path, spelled(manifest, from_file)))
    # an earlier version stored empty ones, which are none
    kept = {e.name: stored[e.name] for e in manifest.site if e.name in stored and (stored[e.name] or not e.required)}
    values, sources, missing, faults = {}, {}, [], []
    for each in manifest.site:
        for source, found in written + ((stored_in, kept),):
            if each.name in found:
                values[each.name], sources[each.name] = found[each.name], source
                break
        else:
            if ask is not None:
                values[each.name], sources[each.name] = _answer(each, ask), TERMINAL
            elif each.default is not None or not each.required:
                values[each.name], sources[each.name] = each.default or "", "the default"
            else:
                missing.append("- %s%s" % (each.name, ": " + each.help if each.help else ""))
        fault = fault_of(each, values[each.name]) if values.get(each.name, PLANNED) != PLANNED else None
        if fault is not None and ask is not None and sources[each.name] == stored_in:
            # a newer bundle wants another one than an earlier was given
            wrong = "  %s (from %s) %s\n" % (each.name, stored_in, fault)
            values[each.name], sources[each.name] = _answer(each, ask, wrong), TERMINAL
        elif fault is not None:
            faults.append("- %s (from %s) %s" % (each.name, sources[each.name], fault))
    known = {name: value for name, value in values.items() if value != PLANNED}
    faults += ["- %s %s" % each for each in account_faults(manifest, known)]
    before = {name for name, source in sources.items() if source == stored_in}
    for each, words in passwords_to_give(manifest, values, stored, before):
        if ask is None:
            missing.append("- %s: %s" % (each.name, words))
        else:
            wanted = each._replace(default=None, required=True, help=words)
            values[each.name], sources[each.name] = _answer(wanted, ask), TERMINAL
    _must_be_right(missing, faults)
    changed = [each.name for each in manifest.site if each.name in kept and kept[each.name] != values[each.name]]
    return SiteValues(values, changed, sources)


def _must_be_right(missing, faults):
    # type: (list[str], list[str]) -> None
    if missing:
        missing.append(
            'Give them as /set:NAME=VALUE, a secret as /set:NAME=@FILE, or as lines NAME = "VALUE" in site.toml beside bootstrap.bat.'
        )
        raise InstallError(BAD_ARGUMENTS, "Site values are missing:", missing + ["Invalid:"] * bool(faults) + faults)
    if faults:
        raise InstallError(BAD_ARGUMENTS, "Invalid site values:", faults)


def _must_be_known(manifest, places):
    # type: (Manifest, tuple[tuple[str, dict[str, str]], ...]) -> None
    names = sorted(each.name for each in manifest.site)
    known = {each.lower() for each in names}
    unknown = [words + each for words, found in places for each in sorted(found) if each.lower() not in known]
    if unknown:
        has = "this bundle has " + ", ".join(names) if names else "this bundle has none"
        raise InstallError(BAD_ARGUMENTS, "Unknown site values (%s):" % has, ["- " + e for e in unknown])


def spelled(manifest, values):
    # type: (Manifest, dict[str, str]) -> dict[str, str]
    """The same, by the names as the recipe writes them: case doesn't count."""
    known = {each.name.lower(): each.name for each in manifest.site}
    return {known.get(name.lower(), name): value for name, value in values.items()}


def would_ask(_prompt, _secret):
    # type: (str, bool) -> str
    """While planning."""
    return PLANNED


def given(manifest, options, ask):
    # type: (Manifest, Options, Ask | None) -> dict[str, str]
    """What ``/set`` says, read and asked for. Raises InstallError (1639): all files that can't be read, or that nobody can answer."""
    values, faults = dict(options.values), []
    known = {each.name.lower(): each for each in manifest.site}
    for name, path in sorted(options.value_files.items()):
        try:
            values[name] = _read_value(path)
        except (EnvironmentError, ValueError) as error:
            site = known.get(name.lower())
            # it may be no file's name, but a secret that begins with @
            shown = path if site is not None and not site.secret else "its file"
            why = getattr(error, "strerror", None) or error_text(error)
            faults.append("- /set:%s: %s can't be read: %s. %s" % (name, shown, why, _TWICE))
    if options.asked and ask is None:
        faults += [
            "- /set:%s asks for a value, and nobody can answer here: /set:%s=@FILE reads it" % (e, e)
            for e in options.asked
        ]
    if faults:
        raise InstallError(BAD_ARGUMENTS, "Site values are missing:", faults)
    for name in options.asked:
        # of one that isn't known there is nothing to ask: whoever collects them says so
        site = known.get(name.lower())
        values[name] = _answer(site._replace(default=None), ask) if site is not None and ask is not None else ""
    return values


def _read_value(path):
    # type: (str) -> str
    """Raises EnvironmentError or ValueError."""
    if not os.path.isfile(path):
        raise ValueError("it is not a file")
    with io.open(path, "rb") as stream:
        content = stream.read(_LONGEST + 1)
    if len(content) > _LONGEST:
        raise ValueError("it has more than %d bytes" % _LONGEST)
    text = content.decode("utf-8-sig")
    for end in ("\r\n", "\n"):
        if text.endswith(end):
            text = text[: -len(end)]
            break
    if not is_text(text):
        raise ValueError("it holds a zero")
    return text


def _answer(site, ask, wrong=""):
    # type: (SiteInfo, Ask, str) -> str
    """Until it is one. ``wrong``: what is said first."""
    offered = "" if site.default is None or site.secret else " [%s]" % site.default
    while True:
        words = (wrong, site.name, " (%s)" % site.help if site.help else "", offered)
        answer = ask("%s  %s%s%s: " % words, site.secret)
        if answer == PLANNED:
            return answer
        if not answer and site.default is not None:
            return site.default  # type: ignore[no-any-return]
        fault = fault_of(site, answer)
        if fault is None:
            return answer
        wrong = "  %s %s\n" % (site.name, fault)


def secret_names(manifest):
    # type: (Manifest) -> list[str]
    return [each.name for each in manifest.site if each.secret]


def read_stored(path):
    # type: (str) -> dict[str, str]
    """Raises InstallError: 1603 where they can't be read, 1638 where a newer program wrote them."""
    data = read_table(path, SITE)
    values = data.get("values") if data is not None else {}
    if not isinstance(values, dict):
        raise malformed(path, "values")
    return {name: value for name, value in values.items() if is_storable(name) and is_storable(value)}


def read_kept(host, layout):
    # type: (Host, Layout) -> dict[str, str]
    """Those that wait in the data folder; none where others may have changed them. Raises InstallError as ``read_stored`` does."""
    path = layout.kept_site
    if path is None or not os.path.isfile(path) or reasons_against(host, path):
        return {}
    return read_stored(path)


def kept_or_none(host, layout):
    # type: (Host, Layout) -> dict[str, str] | None
    """The same; None where they can't be read: whoever needs them says so."""
    kept = read_or_none(lambda each: read_kept(host, each), layout)  # type: dict[str, str] | None
    return kept


def store(host, path, values):
    # type: (Host, str, dict[str, str]) -> None
    """Readable by this account and administrators only, from its first byte on."""
    host.files.write(path, encode_table({"note": _NOTE, "values": values}, SITE), private=True)
