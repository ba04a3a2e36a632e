"""Sdists where there is no wheel, on the recorded index. The opinions would build them on this host, so the answers are reasoned by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bundler.model.ports import SourceMetadata
from tests.differential.cases import requirement_sets, target_of
from tests.differential.opinions import NO_SOLUTION

if TYPE_CHECKING:
    from tests.differential.conftest import Replay

ALL_TARGETS = requirement_sets()["sdists-only"].targets


def said(name: str, version: str, *requires: str) -> SourceMetadata:
    return SourceMetadata(
        name=name,
        version=version,
        requires_dist=requires,
        requires_python=None,
        provides_extra=(),
        build_requires=("setuptools",),
        static=True,
    )


DOCOPT = said("docopt", "0.6.2")
PYINSTALLER = said(  # what its setup.py says
    "pyinstaller",
    "3.6",
    "setuptools",
    "altgraph",
    "dis3; python_version < '3'",
    "macholib>=1.8; sys_platform == 'darwin'",
    "pefile>=2017.8.1; sys_platform == 'win32'",
    "pywin32-ctypes>=0.2.0; sys_platform == 'win32'",
)


@pytest.mark.parametrize("slug", ALL_TARGETS)
def test_a_project_that_never_had_a_wheel(replay: Replay, slug: str) -> None:
    assert replay.with_sdists("sdists-only", slug, DOCOPT) == ("docopt==0.6.2",)
    assert replay.answer("sdists-only", target_of(slug)) == (NO_SOLUTION,)


@pytest.mark.parametrize("slug", ALL_TARGETS)
def test_markers_of_an_sdist_are_the_targets(replay: Replay, slug: str) -> None:
    found = {each.partition("==")[0] for each in replay.with_sdists("pyinstaller-3", slug, PYINSTALLER)}
    # altgraph, pefile and pywin32-ctypes need nothing more, nor does setuptools
    assert found == {"pyinstaller", "altgraph", "pefile", "pywin32-ctypes", "setuptools"}


def test_an_older_wheel_comes_before_a_newer_sdist(replay: Replay) -> None:
    """zope.interface 5.5.2 has no 32-bit wheel for 2.7 but an sdist; 5.5.1 has the wheel."""
    assert "zope-interface==5.5.1" in replay.with_sdists("twisted-2.7", "2.7.18-win32")
    assert "zope-interface==5.5.2" in replay.with_sdists("twisted-2.7", "2.7.18-win_amd64")


@pytest.mark.parametrize("name", ["flask", "pydantic-2", "pytest-hypothesis", "lxml-openpyxl"])
@pytest.mark.parametrize("slug", ALL_TARGETS)
def test_sdists_change_nothing_where_all_have_wheels(replay: Replay, name: str, slug: str) -> None:
    wheels_only = replay.answer(name, target_of(slug))
    assert len(wheels_only) > 1
    assert replay.with_sdists(name, slug) == wheels_only
