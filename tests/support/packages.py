"""Wheels, sdists and projects made for tests: they comply by default, and one thing at a time can be broken.

The same arguments give the same bytes.
"""

from tests.support.sources import make_project, make_sdist
from tests.support.wheels import entry_points_text, escaped, make_wheel, metadata

__all__ = ["entry_points_text", "escaped", "make_project", "make_sdist", "make_wheel", "metadata"]
