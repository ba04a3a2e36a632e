"""The folders above a path: which there are, and making those that there aren't."""

from __future__ import absolute_import, unicode_literals

import os


def make_parents(path, made):
    # type: (str, set[str]) -> None
    """Make the folder of a file and those above it. ``made``: folders that are known to be there, which aren't asked for again."""
    folder = os.path.dirname(path)
    if folder not in made and not os.path.isdir(folder):
        os.makedirs(folder)
    made.add(folder)


def existing_parent(path):
    # type: (str) -> str
    """The path itself or the nearest folder above it that exists."""
    while not os.path.isdir(path):
        above = os.path.dirname(path)
        if above == path:
            break
        path = above
    return path


def missing_folders(path):
    # type: (str) -> list[str]
    """Those of a folder and the ones above it that aren't there, the topmost first."""
    missing = []
    while not os.path.isdir(path):
        missing.append(path)
        path = os.path.dirname(path)
    return missing[::-1]
