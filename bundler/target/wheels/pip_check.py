"""What ``pip check`` checks, without starting pip: run by the environment's Python, with the bundle's pip as a library.

    python -E -s -B pip_check.py PIP.whl SITE-PACKAGES [NAME ...]

Every package has what it requires, in a version that it takes; those that are named take this Python. Prints what isn't so, and ends with 1. Which Python a wheel is for was
compared when the manifest was read: pips differ in what they say of that. It stands alone: as a script it has no package around it.
"""

from __future__ import absolute_import, unicode_literals

import sys

if __name__ == "__main__":
    del sys.path[0]  # the modules beside this file must not stand before the standard library

import importlib
import io
import os
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_HEADER_END = re.compile(r"\n(?![ \t])")
_FOLD = re.compile(r"\n[ \t]+")


def faults(library, strict=()):
    # type: (str, tuple[str, ...] | list[str]) -> list[str]
    """One line for each fault; ``library`` is site-packages, ``strict`` names those whose Requires-Python is asked for. Needs ``pip._vendor.packaging``, which knows versions and markers."""
    requirements = importlib.import_module("pip._vendor.packaging.requirements")
    found = []
    packages = _packages(library)
    versions = {normal_name(first(metadata, "name")): first(metadata, "version") for metadata in packages}
    for metadata in packages:
        shown = "%s %s" % (first(metadata, "name"), first(metadata, "version"))
        python = first(metadata, "requires-python")
        if python and normal_name(first(metadata, "name")) in strict and not _takes(python):
            found.append("%s requires Python %s." % (shown, python))
        for text in metadata.get("requires-dist", []):
            try:
                required = requirements.Requirement(text)
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
    # type: (str) -> list[dict[str, list[str]]]
    """METADATA of everything that is installed."""
    folders = sorted(each for each in os.listdir(library) if each.endswith(".dist-info"))
    return [metadata_of(os.path.join(library, each, "METADATA")) for each in folders]


def metadata_of(path):
    # type: (str) -> dict[str, list[str]]
    """The fields of a METADATA or PKG-INFO, names in small letters. Raises EnvironmentError."""
    with io.open(path, "rb") as stream:
        return metadata_fields(stream.read())


def metadata_fields(content):
    # type: (bytes) -> dict[str, list[str]]
    """As the build host reads it, and not as e-mails are: these end their header at the first line that is none."""
    content = content[3:] if content.startswith(b"\xef\xbb\xbf") else content
    header = content.replace(b"\r\n", b"\n").partition(b"\n\n")[0].decode("utf-8", "replace")
    fields = {}  # type: dict[str, list[str]]
    for each in _HEADER_END.split(header):
        name, colon, value = each.partition(":")
        if colon:
            fields.setdefault(name.strip().lower(), []).append(_FOLD.sub(" ", value).strip())
    return fields


def first(metadata, name):
    # type: (dict[str, list[str]], str) -> str
    return metadata.get(name, [""])[0]


def main():
    # type: () -> int
    sys.path.insert(0, sys.argv[1])
    library = sys.argv[2]  # type: Any
    library = library.decode("mbcs" if os.name == "nt" else "utf-8") if isinstance(library, bytes) else library
    found = faults(library, sys.argv[3:])
    for each in found:
        print(each.encode("ascii", "backslashreplace").decode("ascii"))  # noqa: T201 - it is a script, and this is its answer
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
