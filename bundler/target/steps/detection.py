"""Whether a prerequisite is there: by its registry key, or by its file, each with the lowest version that will do."""

from __future__ import absolute_import, unicode_literals

import collections
import os
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..bundle.manifest import DetectInfo
    from ..machine.host import Host

_VARIABLE = re.compile(r"%([A-Za-z][A-Za-z0-9_()]*)%")

Detected = collections.namedtuple("Detected", ["there", "words"])
"""``words`` say what was found, or what is lacking."""


def detect(host, wanted):
    # type: (Host, DetectInfo) -> Detected
    """Asks the machine anew each time."""
    if wanted.registry is not None:
        place = wanted.registry if wanted.value is None else "%s, %s" % (wanted.registry, wanted.value or "(default)")
        found = host.registry.value(wanted.registry, wanted.value, wanted.view)
    else:
        place = expanded(host, wanted.file)
        there = os.path.isfile(place)
        found = (host.installers.file_version(place) or "") if there else None
    if found is None:
        return Detected(False, "there is no %s" % place)
    if wanted.at_least is None:
        return Detected(True, "%s is there" % place)
    words = (place, found or "nothing", wanted.at_least)
    if version_of(found) < version_of(wanted.at_least):
        return Detected(False, "%s says %s, and it must be %s or later" % words)
    return Detected(True, "%s says %s" % words[:2])


def version_of(text):
    # type: (str) -> tuple[int, int, int, int]
    """The first four numbers: ``v14.38.33135.00`` and ``14.38.33135`` are the same version. Of one that is too long, its beginning: no Python
    takes thousands of digits for a number.
    """
    numbers = [int(each) for each in re.findall(r"0*([0-9]{1,18})[0-9]*", text)[:4]] + [0, 0, 0, 0]
    return numbers[0], numbers[1], numbers[2], numbers[3]


def expanded(host, path):
    # type: (Host, str) -> str
    """``%SystemRoot%`` and the like filled in, whatever their letters' case; what isn't known stays as it is."""
    known = {name.upper(): value for name, value in host.environment.variables().items()}
    return _VARIABLE.sub(lambda match: known.get(match.group(1).upper(), match.group(0)), path)
