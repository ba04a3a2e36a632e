"""What differs between Python 2.7 and 3: text, text for the system's calls, and JSON."""

from __future__ import absolute_import, unicode_literals

import codecs
import json
import re
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PY2 = sys.version_info[0] == 2
_ENCODING = ("mbcs" if sys.platform == "win32" else sys.getfilesystemencoding()) or "utf-8"

if sys.version_info[0] == 2:
    text_type = unicode  # noqa: F821
else:
    text_type = str
_WHOLE = (int, type(1 << 64))  # which 2.7 has a type of its own for
_NOWHERE = re.compile("\0|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udc7f\udd00-\udfff]")
"""What no path, no program and no file takes: a zero, and halves of letters, but for those that stand for bytes of a path (PEP 383)."""

HALVES = re.compile("[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]")
"""All halves of letters: those for bytes of a path too, which only this machine gives."""


def is_text(value):
    # type: (Any) -> bool
    """Of what a file holds: a text that the system's calls take."""
    return isinstance(value, text_type) and _NOWHERE.search(value) is None


def is_number(value):
    # type: (Any) -> bool
    """A whole number that a size of a file, a time or a version can have, here and in others' programs: of 64 bits."""
    return isinstance(value, _WHOLE) and not isinstance(value, bool) and -(2**63) <= value < 2**63


def to_text(value):
    # type: (str | bytes) -> str
    """Text of what the system gave: 2.7 gives bytes in the machine's code page."""
    if isinstance(value, bytes):
        return value.decode(_ENCODING, "replace")
    return value


def error_text(error):
    # type: (BaseException) -> str
    """What an error says: 2.7 has Windows' words for it as bytes, and they aren't ASCII where Windows speaks another language."""
    try:
        return text_type(error)
    except UnicodeError:
        return to_text(str(error))


_BY_POLICY = (1260, 4551, 577)
"""ERROR_ACCESS_DISABLED_BY_POLICY, ERROR_SYSTEM_INTEGRITY_POLICY_VIOLATION, ERROR_INVALID_IMAGE_HASH."""
_ACCESS_DENIED = 5
_RULES = "`bundle app-control`, on the build host, makes rules for all programs of a bundle"


def start_error(error):
    # type: (BaseException) -> str
    """Why a program wasn't started. Windows' own words don't name the policies that refuse one."""
    code = getattr(error, "winerror", None)
    if code in _BY_POLICY:
        text = "%s. A policy of this machine (AppLocker, App Control or software restriction) refuses it: %s"
        return text % (error_text(error), _RULES)
    if code == _ACCESS_DENIED:
        text = "%s. A policy of this machine (AppLocker, App Control) or a virus scanner may refuse it: %s"
        return text % (error_text(error), _RULES)
    return error_text(error)


_WIDE = re.compile(b"((?:[^\0]\0){2,})")
_FEW_ZEROS, _FEW_PAIRS = 8, 4
"""UTF-16 has a zero in so many bytes at least, in blanks, digits and line ends whatever the language; other text has at least a pair of
plain letters for so many zeros that strange programs bring into it.
"""
_PAIR = re.compile(b"([a-z ]{2})|..", re.DOTALL)
_HEAD = 64 << 10


def output_text(content, encoding):
    # type: (bytes, str) -> str
    """What a program wrote: Pythons are set to write UTF-8, others write in the ``encoding`` of consoles, if this Python knows that.

    Or in UTF-16, with or without saying so, and some among other programs' lines: no secret would be found in letters with zeros between them.
    """
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", "replace")
    head = content[:_HEAD]
    zeros = head.count(b"\0")
    if zeros * _FEW_ZEROS >= len(head) > 0 and len([each for each in _PAIR.findall(head) if each]) * _FEW_PAIRS < zeros:
        for wide, low in (("utf-16-le", 0), ("utf-16-be", 1)):
            if b"\0" not in head[low::2]:
                return content.decode(wide, "replace")
    parts = _WIDE.split(content) if b"\0" in content else [content]
    return "".join(
        each.decode("utf-16-le") if number % 2 else _narrow_text(each, encoding) for number, each in enumerate(parts)
    )


def _narrow_text(content, encoding):
    # type: (bytes, str) -> str
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        pass
    try:
        return content.decode(encoding, "replace")
    except LookupError:
        return to_text(content)


def representable(value):
    # type: (str) -> bool
    """Whether this Python can hand the text to a new process: 2.7 starts processes with the code page's letters only."""
    if sys.version_info[0] == 2:
        try:
            return to_text(value.encode(_ENCODING)) == value
        except UnicodeError:
            return False
    return True


def native(value):
    # type: (str) -> str
    """Text as this Python's ``subprocess`` wants it; check it with ``representable`` before."""
    if sys.version_info[0] == 2:
        return value.encode(_ENCODING)
    return value


def shown_size(size):
    # type: (int) -> str
    """A size for people, in powers of ten: ``45.2 MB``."""
    if size < 1000:
        return counted(size, "byte")
    for unit, factor in (("kB", 1e3), ("MB", 1e6)):
        if size < 999.95 * factor:
            return "%.1f %s" % (size / factor, unit)
    return "%.1f GB" % (size / 1e9)


def counted(number, noun, several=None):
    # type: (int, str, str | None) -> str
    """``several``: where it isn't the noun with an s."""
    return "1 %s" % noun if number == 1 else "%d %s" % (number, several or noun + "s")


def parse_json(content):
    # type: (bytes) -> Any
    """Raises ValueError, for what is nested too deep as well."""
    try:
        return json.loads(content.decode("utf-8"))
    except RuntimeError:
        raise ValueError("it is nested too deep")
