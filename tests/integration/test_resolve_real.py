"""Resolving from the index that pip on this host is configured to use, for targets whose packages no longer change."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from bundler.fetch import DiskCache, HttpTransport, NetworkSettings, default_index, pip_settings
from bundler.fetch.settings import NetworkOptions
from bundler.model.target import Target
from bundler.resolve import IndexRoute, Request, ResolverPorts, Wanted, resolve
from tests.support.shelf import Told, inspect, pins

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.model.artifact import Artifact

pytestmark = pytest.mark.network


def _nothing(artifact: Artifact) -> Path:
    raise AssertionError(f"{artifact.filename} has a wheel")


@pytest.mark.parametrize(("platform", "interface"), [("win32", "5.5.1"), ("win_amd64", "5.5.2")])
def test_twisted_for_python_2_7(tmp_path: Path, platform: str, interface: str) -> None:
    """Last versions for 2.7; zope.interface 5.5.2 has no win32 wheel, 5.5.1 has."""
    pip = pip_settings(os.environ)
    index = default_index(pip)
    told = Told()
    with HttpTransport(NetworkSettings.of(pip, os.environ, NetworkOptions(urls=(index,))), cache=tmp_path) as transport:
        resolution = resolve(
            Request(
                target=Target.of("2.7.18", platform),
                wanted=(Wanted("Twisted", "test"), Wanted("pywin32", "test")),
                indexes=(IndexRoute(index),),
            ),
            ResolverPorts(
                transport=transport, cache=DiskCache(tmp_path), inspect=inspect, fetch_source=_nothing, reporter=told
            ),
        )
    found = pins(resolution)
    assert found["twisted"] == "20.3.0"
    assert found["pywin32"] == "228"
    assert found["zope-interface"] == interface
    assert "typing" in found
    assert all(each.kind == "wheel" and each.file and each.file.sha256 for each in resolution.packages)
    assert any("zope-interface 5.5.1" in note for note in told.notes) == (interface == "5.5.1")
