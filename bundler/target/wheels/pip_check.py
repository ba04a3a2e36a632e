"""What ``pip check`` checks, without starting pip: run by the environment's Python, with the bundle's pip as a library.

    python -E -s -B pip_check.py PIP.whl SITE-PACKAGES [NAME ...]

Every package has what it requires, in a version that it takes; those that are named take this Python. Prints what isn't so, and ends with 1. Which Python a wheel is for was
compared when the manifest was read: pips differ in what they say of that. It stands alone: as a script it has no package around it.
"""

from __future__ import absolute_import, unicode_literals

import sys

if __name__ == "__main__":
    del sys.path[0]  # the modules beside this file must not stand before the standard library

import email
import importlib
import io
import os
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def faults(library, strict=()):
    # type: (str, tuple[str, ...] | list[str]) -> list[str]
    """One line for each fault; ``library`` is site-packages, ``strict`` names those whose Requires-Python is asked for. Needs ``pip._vendor.packaging``, which knows versions and markers."""
    requirements = importlib.import_module("pip._vendor.packaging.requirements")
    found = []
    packages = _packages(library)
    versions = {normal_name(metadata["Name"]): metadata["Version"] for metadata in packages}
    for metadata in packages:
        shown = "%s %s" % (metadata["Name"], metadata["Version"])
        python = metadata.get(str("Requires-Python"))
        if python and normal_name(metadata["Name"]) in strict and not _takes(python):
            found.append("%s requires Python %s." % (shown, python))
        for text in metadata.get_all(str("Requires-Dist"), []):
            try:
                required = requirements.Requirement(text.strip())
                wanted = required.marker is None or required.marker.evaluate({"extra": ""})
            except ValueError as error:
                found.append("%s requires %s, which can't be understood: %s" % (shown, text, error))
                continue
            if not wanted:
                continue
            version = versions.get(normal_name(required.name))
            if version is None:
                found.append("%s requires %s, which is not installed." % (shown, required.name))
            elif not required.specifier.contains(version, prereleases=True):
                words = (shown, required, required.name, version)
                found.append("%s has requirement %s, but you have %s %s." % words)
    return found


def _takes(python):
    # type: (str) -> bool
    specifiers = importlib.import_module("pip._vendor.packaging.specifiers")
    try:
        found = specifiers.SpecifierSet(python).contains("%d.%d.%d" % sys.version_info[:3], prereleases=True)
    except ValueError:
        return False
    return bool(found)


def normal_name(name):
    # type: (str) -> str
    return re.sub(r"[-_.]+", "-", name).lower()


def _packages(library):
    # type: (str) -> list[Any]
    """METADATA of everything that is installed."""
    folders = sorted(each for each in os.listdir(library) if each.endswith(".dist-info"))
    return [_headers(os.path.join(library, each, "METADATA")) for each in folders]


def _headers(path):
    # type: (str) -> Any
    with io.open(path, "rb") as stream:
        content = stream.read()
    if sys.version_info[0] == 2:
        return email.message_from_string(content)
    else:
        return email.message_from_string(content.decode("utf-8", "replace"))


def main():
    # type: () -> int
    sys.path.insert(0, sys.argv[1])
    library = sys.argv[2]  # type: Any
    library = library.decode("mbcs" if os.name == "nt" else "utf-8") if isinstance(library, bytes) else library
    found = faults(library, sys.argv[3:])
    for each in found:
        print(each)  # noqa: T201 - it is a script, and this is its answer
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
