"""What ``pip check`` checks, without starting pip: run by the environment's Python, with the bundle's pip as a library.

    python -E -s -B pip_check.py PIP.whl SITE-PACKAGES

Every package has what it requires, in a version that it takes, and is made for this Python. Prints what isn't so, and ends with 1.
It stands alone: as a script it has no package around it.
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


def faults(library):
    # type: (str) -> list[str]
    """One line for each fault; ``library`` is site-packages. Needs ``pip._vendor.packaging``, which knows versions and markers."""
    requirements = importlib.import_module("pip._vendor.packaging.requirements")
    found = []
    packages = _packages(library)
    versions = {normal_name(metadata["Name"]): metadata["Version"] for metadata, _ in packages}
    supported = _supported()
    for metadata, wheel in packages:
        shown = "%s %s" % (metadata["Name"], metadata["Version"])
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
        tags = {tag for line in wheel.get_all(str("Tag"), []) for tag in _expanded(line.strip())}
        if supported and tags and not tags & supported:
            found.append("%s is not supported on this platform" % shown)
    return found


def normal_name(name):
    # type: (str) -> str
    return re.sub(r"[-_.]+", "-", name).lower()


def _packages(library):
    # type: (str) -> list[tuple[Any, Any]]
    """METADATA and WHEEL of everything that is installed."""
    folders = sorted(each for each in os.listdir(library) if each.endswith(".dist-info"))
    return [
        (_headers(os.path.join(library, each, "METADATA")), _headers(os.path.join(library, each, "WHEEL")))
        for each in folders
    ]


def _headers(path):
    # type: (str) -> Any
    with io.open(path, "rb") as stream:
        content = stream.read()
    if sys.version_info[0] == 2:
        return email.message_from_string(content)
    else:
        return email.message_from_string(content.decode("utf-8", "replace"))


def _supported():
    # type: () -> set[str]
    """The tags of wheels that this Python takes; empty for a pip that is too old to tell: its own check didn't ask either."""
    try:
        tags = importlib.import_module("pip._vendor.packaging.tags")
    except ImportError:
        return set()
    return {str(each) for each in tags.sys_tags()}


def _expanded(tag):
    # type: (str) -> list[str]
    """``py2.py3-none-any`` stands for two (PEP 425)."""
    parts = [each.split(".") for each in tag.split("-")]
    if len(parts) != 3:
        return []
    return ["%s-%s-%s" % (python, abi, platform) for python in parts[0] for abi in parts[1] for platform in parts[2]]


def main():
    # type: () -> int
    sys.path.insert(0, sys.argv[1])
    library = sys.argv[2]  # type: Any
    found = faults(library.decode("mbcs" if os.name == "nt" else "utf-8") if isinstance(library, bytes) else library)
    for each in found:
        print(each)  # noqa: T201 - it is a script, and this is its answer
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
