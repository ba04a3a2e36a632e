"""Site values: what differs from server to server, and where it comes from.

``/set`` wins over ``site.toml`` beside bootstrap.bat, which wins over what an earlier install stored, which wins over an answer on the terminal; the recipe's default is what is left, and what the terminal offers.
"""

from __future__ import absolute_import, unicode_literals

import io
import os

from ..compat import error_text, is_text
from ..errors import BAD_ARGUMENTS, InstallError
from .formats import SITE, encode_table, malformed, read_table
from .site_toml import read_site_toml

SITE_TOML = "site.toml"
_LONGEST = 1 << 16
"""Bytes of a file that holds one value."""
_NOTE = "Written by bootstrap.bat; holds secrets as they are. Change a value with /set:NAME=VALUE."

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..arguments import Options
    from ..bundle.manifest import Manifest, SiteInfo
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
    """``stored``: what the file ``stored_in`` holds. ``ask`` is None where nobody can answer. Raises InstallError (1639) with everything that is unknown or missing."""
    names = [each.name for each in manifest.site]
    path = os.path.join(folder, SITE_TOML)
    from_file = read_site_toml(path) if os.path.isfile(path) else {}
    unknown = ["/set:%s" % each for each in sorted(given) if each not in names]
    unknown += ["%s: %s" % (path, each) for each in sorted(from_file) if each not in names]
    if unknown:
        known = "this bundle has " + ", ".join(sorted(names)) if names else "this bundle has none"
        raise InstallError(BAD_ARGUMENTS, "Unknown site values (%s):" % known, ["- " + e for e in unknown])
    places = (("/set", given), (path, from_file), (stored_in, stored))
    values, sources, missing = {}, {}, []
    for each in manifest.site:
        for source, found in places:
            if each.name in found:
                values[each.name], sources[each.name] = found[each.name], source
                break
        else:
            if ask is not None:
                values[each.name], sources[each.name] = _answer(each, ask), "the terminal"
            elif each.default is not None:
                values[each.name], sources[each.name] = each.default, "the default"
            else:
                missing.append("- %s%s" % (each.name, ": " + each.help if each.help else ""))
    if missing:
        missing.append(
            'Give them as /set:NAME=VALUE, a secret as /set:NAME=@FILE, or as lines NAME = "VALUE" in site.toml beside bootstrap.bat.'
        )
        raise InstallError(BAD_ARGUMENTS, "Site values are missing:", missing)
    changed = [name for name in names if name in stored and stored[name] != values[name]]
    return SiteValues(values, changed, sources)


def given(manifest, options, ask):
    # type: (Manifest, Options, Ask | None) -> dict[str, str]
    """What ``/set`` says, read and asked for. Raises InstallError (1639): all files that can't be read, or that nobody can answer."""
    values, faults = dict(options.values), []
    for name, path in sorted(options.value_files.items()):
        try:
            values[name] = _read_value(path)
        except (EnvironmentError, ValueError) as error:
            faults.append("- /set:%s: %s can't be read: %s" % (name, path, error_text(error)))
    if options.asked and ask is None:
        faults += [
            "- /set:%s asks for a value, and nobody can answer here: /set:%s=@FILE" % (e, e) for e in options.asked
        ]
    if faults:
        raise InstallError(BAD_ARGUMENTS, "Site values are missing:", faults)
    known = {each.name: each for each in manifest.site}
    for name in options.asked:
        # of one that isn't known there is nothing to ask: whoever collects them says so
        values[name] = _answer(known[name]._replace(default=None), ask) if name in known and ask is not None else ""
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


def _answer(site, ask):
    # type: (SiteInfo, Ask) -> str
    offered = "" if site.default is None or site.secret else " [%s]" % site.default
    while True:
        answer = ask("  %s%s%s: " % (site.name, " (%s)" % site.help if site.help else "", offered), site.secret)
        if answer:
            return answer
        if site.default is not None:
            return site.default  # type: ignore[no-any-return]


def read_stored(path):
    # type: (str) -> dict[str, str]
    """Raises InstallError: 1603 where they can't be read, 1638 where a newer program wrote them."""
    data = read_table(path, SITE)
    values = data.get("values") if data is not None else {}
    if not isinstance(values, dict):
        raise malformed(path, "values")
    return {name: value for name, value in values.items() if is_text(value)}


def store(host, path, values):
    # type: (Host, str, dict[str, str]) -> None
    """Readable by this account and administrators only, from its first byte on."""
    host.files.write(path, encode_table({"note": _NOTE, "values": values}, SITE), private=True)
