"""A bundle whose programs are signed, installed in Wine: what a machine starts of it is validly signed where it lies, and works."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bundler.formats.authenticode import read_signature
from tests.support.rehearse import bootstrap, program, unpack
from tests.support.signing import make_ca, make_pfx, verify

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.bed import Session

pytestmark = [pytest.mark.e2e, pytest.mark.network]

PYTHONS = ("python-3.11.7-embed-amd64.zip",)
RECIPE = r"""
[bundle]
name = "signed"
version = "1.0"

[[target]]
python = "3.11.7"
platform = "win_amd64"
[target.runtime]
kind = "embed"

[packages]
requirements = ["waitress", "greenlet"]

[environment]
path = 'C:\Envs é (x86) ! & co\Signed'

[[service]]
name = "Launched"
command = ["waitress-serve", "--listen=127.0.0.1:8181", "wsgiref.simple_server:demo_app"]
health = { http = "http://127.0.0.1:8181/", timeout = 120 }

[[service]]
name = "Unlaunched"
command = ["python", '{release}\Scripts\waitress-serve.pyz', "--listen=127.0.0.1:8182", "wsgiref.simple_server:demo_app"]
health = { http = "http://127.0.0.1:8182/", timeout = 120 }
"""


def test_what_a_machine_starts_is_signed_where_it_lies(
    windows: Session, build: Callable[..., Path], tmp_path: Path
) -> None:
    ca = make_ca(tmp_path / "ca", signer="Example GmbH")
    pfx = make_pfx(ca.signer, tmp_path / "release.pfx", authority=ca.root)
    recipe = tmp_path / "work" / "signed.toml"
    recipe.parent.mkdir()
    recipe.write_text(RECIPE, encoding="utf-8")
    manifest = unpack(windows, build(recipe, "--authenticode", str(pfx), "--authenticode-wheels"))
    installed = bootstrap(windows)
    assert installed.returncode == 0, installed.output

    environment = windows.host_path(manifest.environment.path)
    release = environment / "releases" / manifest.bundle.release
    started = [
        *(environment / "Scripts").glob("*.exe"),
        *(environment / "services").rglob("*.exe"),
        *(release / "Scripts").glob("waitress*.exe"),
        *(release / "Scripts").glob("pip*.exe"),
        *(release / "Lib").rglob("*.pyd"),
    ]
    names = {each.name for each in started}
    assert {"waitress-serve.exe", "python.exe"} <= names
    assert [each for each in names if each.startswith("_greenlet")]
    assert any(each.parent != environment / "Scripts" and "service" in str(each).lower() for each in started)
    for each in started:
        verify(each, ca.root.pem)
        found = read_signature(each, extra_roots=(ca.root.pem,))
        assert found is not None
        assert (found.subject_common_name, found.distrust) == ("Example GmbH", "")

    shown = windows.run([program(manifest, "waitress-serve.exe"), "--help"])
    assert shown.returncode == 0, shown.output
    assert "waitress-serve [OPTS]" in shown.output
    checked = bootstrap(windows, "/verify")
    assert checked.returncode == 0, checked.output
    # what is damaged is put back as it was signed
    stopped = bootstrap(windows, "/stop")
    assert stopped.returncode == 0, stopped.output
    launcher = release / "Scripts" / "waitress-serve.exe"
    signed = launcher.read_bytes()
    launcher.write_bytes(b"MZ damaged")
    (release / "Scripts" / "waitress-serve.pyz").unlink()
    repaired = bootstrap(windows, "/repair")
    assert repaired.returncode == 0, repaired.output
    assert launcher.read_bytes() == signed
    assert windows.run([program(manifest, "waitress-serve.exe"), "--help"]).returncode == 0
    removed = bootstrap(windows, "/uninstall")
    assert removed.returncode == 0, removed.output
    assert not environment.exists()
