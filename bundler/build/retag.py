"""The tag of a pure wheel that was built by another Python than the target's.

setuptools tags a pure wheel by the Python that runs it, so what is built here for 2.7 comes out as ``py3-none-any``. What the
package says of itself decides whether it is for 2.7 as well: its Requires-Python and its classifiers.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from packaging.specifiers import InvalidSpecifier
from packaging.tags import Tag

from bundler.foreign import read_specifiers

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bundler.formats.core_metadata import CoreMetadata
    from bundler.model.target import Target

_CLASSIFIER = re.compile(r"Programming Language :: Python :: ([0-9]{1,4})(?:\.([0-9]{1,4}))?( :: Only)?")


def is_builders(tags: Iterable[Tag]) -> bool:
    """Whether the tags are what a pure wheel gets by the Python that builds it, which is this host's, and not by its own choice."""
    return all(str(each) == f"py{sys.version_info.major}-none-any" for each in tags)


def own_tag(target: Target) -> Tag:
    """The tag of a pure wheel for this very Python, and for no other: ``py27-none-any``."""
    major, minor, _ = target.version_info
    return Tag(f"py{major}{minor}", "none", "any")


def reason_against(metadata: CoreMetadata, target: Target) -> str:
    """What in a package's metadata says that it isn't for the target's Python; empty: nothing does."""
    requires = metadata.requires_python or ""
    try:
        if requires and not read_specifiers(requires).contains(target.python, prereleases=True):
            return f"its metadata says Requires-Python: {requires}"
    except InvalidSpecifier:
        pass  # what it was meant to say isn't known: the classifiers may tell
    major, minor, _ = target.version_info
    stated = [found for each in metadata.every("Classifier") if (found := _CLASSIFIER.fullmatch(each))]
    if only := next((each for each in stated if each[3] and int(each[1]) != major), None):
        return f"its metadata says {only[0]}"
    versions = {(int(each[1]), int(each[2]) if each[2] else None) for each in stated}
    if versions and not versions & {(major, None), (major, minor)}:
        said = ", ".join(sorted(f"{each}" if of is None else f"{each}.{of}" for each, of in versions))
        return f"its metadata names Python {said}, and not {target.minor_version}"
    return ""
