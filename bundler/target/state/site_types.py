"""Whether a site value is what the recipe says that it must be: its type, its choices, its pattern."""

from __future__ import absolute_import, unicode_literals

import os
import re

from ..compat import is_text
from ..machine.services import BUILT_IN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..bundle.manifest import PatternInfo, SiteInfo

LONGEST = 1000
"""Characters of a value that has a type other than text, or a pattern: it can keep no run busy."""
_PART = r'[^\\/"\[\]:;|=,+*?<>{}\x00-\x1f]+'
_ROOT = r'(?:[A-Za-z]:[\\/]|\\\\[^\\/<>:"|?*\x00-\x1f]+\\)' if os.sep == "\\" else "/"
_REST = r'(?!(?:.*[\\/])?\.\.(?:[\\/]|\Z))[^<>:"|?*\x00-\x1f]*'
_FORMS = {
    "integer": (r"-?[0-9]{1,18}", "a whole number"),
    "port": (r"[1-9][0-9]{0,4}", "a port: a whole number from 1 to 65535"),
    "path": (_ROOT + _REST, "an absolute path, such as C:\\Data or \\\\server\\share"),
    "account": (
        r"%s\\%s|[^\\/\"\[\]:;|=,+*?<>{}@\x00-\x1f]+@[^\\/\s{}]+" % (_PART, _PART),
        "an account: DOMAIN\\NAME (.\\NAME on the machine itself), LocalService, NetworkService or LocalSystem",
    ),
    "url": (r"[A-Za-z][A-Za-z0-9+.-]*://[^\s/?#]+[^\s]*", "an address with a scheme, such as https://example.com/"),
}


def fault_of(site, value):
    # type: (SiteInfo, str) -> str | None
    """What the value must be and isn't, in words that don't hold it. An empty one is none, unless it may be left empty."""
    if not value:
        return "is empty, and an empty value is none" if site.required else None
    if not is_storable(value):
        return "holds a zero, or half a character"
    if site.type == "choice" and value not in site.choices:
        return "must be one of " + ", ".join(site.choices)
    if len(value) > LONGEST and (site.type != "text" or site.pattern is not None):
        return "must have %d characters at most" % LONGEST
    if not _has_form(site.type, value):
        return "must be " + _FORMS[site.type][1]
    is_fit = site.pattern is None or fits(site.pattern, value)
    return None if is_fit else "must fit the pattern %s" % site.pattern.text


def is_storable(value):
    # type: (object) -> bool
    """A text that files, registry and command lines take, whichever value it is."""
    if not is_text(value):
        return False
    try:
        value.encode("utf-8")  # type: ignore[attr-defined]
    except UnicodeError:
        return False
    return True


def _has_form(kind, value):
    # type: (str, str) -> bool
    if kind not in _FORMS or (kind == "account" and value.lower() in BUILT_IN):
        return True
    return re.match("(?:%s)\\Z" % _FORMS[kind][0], value) is not None and (kind != "port" or int(value) <= 65535)


def fits(pattern, value):
    # type: (PatternInfo, str) -> bool
    """Whether the whole value does. Nothing is tried twice: each letter is looked at once, with all places where it may stand."""
    if not value:
        return pattern.empty  # type: ignore[no-any-return]
    allowed, here = set(pattern.begin), set()  # type: set[int], set[int]
    for letter in value:
        code = ord(letter)
        here = {place for place in allowed if any(low <= code <= high for low, high in pattern.letters[place])}
        allowed = {after for place in here for after in pattern.follow[place]}
    return not here.isdisjoint(pattern.end)


def described(site):
    # type: (SiteInfo) -> str
    """What a value must be, for a list of them: empty for any text."""
    words = "one of " + ", ".join(site.choices) if site.type == "choice" else "" if site.type == "text" else site.type
    if site.pattern is not None:
        words = ", ".join(each for each in (words, "pattern %s" % site.pattern.text) if each)
    return words
