"""Resolving from the index that pip on this host is configured to use, for targets whose packages no longer change."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bundler.fetch import DiskCache, HttpTransport, NetworkSettings, default_index, pip_settings
from bundler.fetch.settings import NetworkOptions
from bundler.model.moments import moment_of
from bundler.model.target import Target
from bundler.resolve import IndexRoute, Request, ResolverPorts, Wanted, resolve
from bundler.resolve.file_gate import Gate
from tests.support.reporters import Remembering
from tests.support.shelf import inspect, pins

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bundler.model.artifact import Artifact

pytestmark = pytest.mark.network


def _nothing(artifact: Artifact) -> Path:
    raise AssertionError(f"{artifact.filename} has a wheel")


@pytest.mark.parametrize(("platform", "interface"), [("win32", "5.5.1"), ("win_amd64", "5.5.2")])
def test_twisted_for_python_2_7(tmp_path: Path, platform: str, interface: str) -> None:
    """Last versions for 2.7; zope.interface 5.5.2 has no win32 wheel, 5.5.1 has."""
    pip = pip_settings(os.environ)
    index = default_index(pip)
    told = Remembering()
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


WINDOWS = Target.of("3.11.9", "win_amd64")


def _ours(folder: Path, wanted: str, before: str) -> Mapping[str, str]:
    pip = pip_settings(os.environ)
    index = default_index(pip)
    request = Request(
        target=WINDOWS,
        wanted=(Wanted(wanted, "test"),),
        indexes=(IndexRoute(index),),
        sdists="never",
        gate=Gate(before=moment_of(before)),
    )
    with HttpTransport(NetworkSettings.of(pip, os.environ, NetworkOptions(urls=(index,))), cache=folder) as transport:
        ports = ResolverPorts(
            transport=transport, cache=DiskCache(folder), inspect=inspect, fetch_source=_nothing, reporter=Remembering()
        )
        return pins(resolve(request, ports))


def _run(*command: str) -> str:
    """Without what pip is configured to use besides its index: files of find-links have no upload time, and pip takes them."""
    settings = pip_settings(os.environ)
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PIP_")}
    cert = {"PIP_CERT": settings.cert, "SSL_CERT_FILE": settings.cert} if settings.cert else {}
    environ = {**kept, **cert, "PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": default_index(settings)}
    return subprocess.run(command, check=True, capture_output=True, text=True, env=environ).stdout


def _uvs(folder: Path, wanted: str, before: str) -> Mapping[str, str]:
    asked = folder / "requirements.in"
    asked.write_text(f"{wanted}\n", encoding="utf-8")
    options = "--python-platform windows --python-version 3.11.9 --no-build --no-header --no-annotate -q --no-python-downloads"
    lines = _run(
        *(str(Path(sys.executable).with_name("uv")), "pip", "compile", str(asked), *options.split()),
        *("--python", sys.executable, "--default-index", default_index(pip_settings(os.environ))),
        *("--cache-dir", str(folder / "uv"), "--exclude-newer", before),
    ).split()
    return dict(line.split("==", 1) for line in lines)


def _pips(folder: Path, wanted: str, before: str) -> Mapping[str, str]:
    options = "--dry-run --ignore-installed --only-binary :all: --platform win_amd64 --python-version 3.11.9 --quiet"
    report = folder / "report.json"
    _run(
        *(sys.executable, "-m", "pip", "install", *options.split(), "--target", str(folder / "target")),
        *("--report", str(report), "--uploaded-prior-to", before, wanted),
    )
    installed = json.loads(report.read_text(encoding="utf-8"))["install"]
    return {each["metadata"]["name"].lower().replace("_", "-"): each["metadata"]["version"] for each in installed}


@pytest.mark.parametrize(
    ("wanted", "before"),
    [
        ("requests", "2024-01-15T00:00:00Z"),
        ("flask", "2023-06-01T00:00:00Z"),
        ("pydantic", "2025-03-01T12:00:00Z"),
        ("sqlalchemy", "2022-11-30T00:00:00Z"),
        ("attrs", "2023-12-31T06:00:00Z"),  # minutes before 23.2.0
        ("rich[jupyter]", "2024-09-01T00:00:00Z"),
    ],
)
def test_with_a_latest_upload_time_pip_and_uv_choose_the_same(tmp_path: Path, wanted: str, before: str) -> None:
    """pip takes markers from this host: what only Windows wants isn't in its answer."""
    ours = _ours(tmp_path / "ours", wanted, before)
    assert ours == _uvs(tmp_path, wanted, before)
    theirs = _pips(tmp_path, wanted, before)
    assert {name: version for name, version in ours.items() if name != "colorama"} == {
        name: version for name, version in theirs.items() if name not in ("pexpect", "ptyprocess", "colorama")
    }
