"""Launchers, the service host and the kept copy lie outside of releases: /verify sees what became of them, and /repair says what it put right."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from tests.support import only_linux
from tests.target.interpreters import running
from tests.target.test_modes import ONE, PASSWORD, TWO, did, lay, refused
from tests.target.test_post_install import REGISTER, bundle
from tests.target.test_post_install import run as run_with_commands
from tests.target.test_services import lay_server

if TYPE_CHECKING:
    from pathlib import Path

    from tests.target.bundles import Laid

pytestmark = only_linux.SIMULATED


@pytest.fixture
def one(tmp_path: Path) -> Laid:
    return lay(tmp_path, 1, running())


def with_own_launchers(laid: Laid, text: str) -> Laid:
    """As another version of the product would bring them, or one whose programs are signed."""
    shim = laid.folder / "target" / "shim.exe"
    shim.write_text(shim.read_text() + f"# {text}\n")
    return newer(laid) if text == "two" else sealed(laid)


def newer(laid: Laid) -> Laid:
    return sealed(laid, created="2027-01-01T00:00:00Z")


def sealed(laid: Laid, **changed: str) -> Laid:
    manifest = dataclasses.replace(laid.manifest, **changed)  # type: ignore[arg-type]
    laid.rewrite(manifest)
    return dataclasses.replace(laid, manifest=manifest)


@pytest.mark.parametrize("content", ["", "echo another\n", None])
def test_a_launcher(one: Laid, content: str | None) -> None:
    did(one, PASSWORD)
    path = one.environment / "bin" / "demo"
    before = path.read_bytes()
    if content is None:
        path.unlink()
    else:
        path.write_text(content)
    what = f"{path} {'is missing' if content is None else 'was changed'}\n"
    assert f"- {what}" in refused(one, "/verify")
    assert f"  - repaired {path}, which {what[len(str(path)) + 1 :]}" in did(one, "/repair").out
    assert path.read_bytes() == before
    did(one, "/verify")
    assert "Nothing had to be repaired." in did(one, "/repair").out


@pytest.mark.parametrize("content", ["damaged", None])
def test_the_service_host(tmp_path: Path, content: str | None) -> None:
    server = lay_server(tmp_path, running())
    server.run(server.one, PASSWORD)
    assert server.run(server.one, "/verify").code == 0
    path = server.one.environment / "services" / "service.exe"
    if content is None:
        path.unlink()
    else:
        path.write_text(content)
    ran = server.run(server.one, "/verify")
    assert (ran.code, f"- {path} {'is missing' if content is None else 'was changed'}\n" in ran.err) == (1603, True)
    assert f"  - repaired {path}, which " in server.run(server.one, "/repair").out
    assert server.run(server.one, "/verify").code == 0
    assert [each.name for each in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("name", ["target/layout.py", "bootstrap.bat", "manifest.json", "kept.json"])
def test_the_kept_copy(one: Laid, name: str) -> None:
    """Windows' list of installed programs starts it, maybe in years."""
    did(one, PASSWORD)
    path = one.environment / "uninstall" / ONE / name
    before = path.read_bytes()
    path.write_bytes(b"{}")
    assert f"- {path} isn't what its bundle brought\n" in refused(one, "/verify")
    did(one, "/repair")
    assert path.read_bytes() == before
    did(one, "/verify")


@pytest.mark.parametrize("name", ["target/layout.py", "SHA256SUMS"])
def test_a_damaged_copy_of_a_newer_program_serves_nobody(one: Laid, name: str) -> None:
    did(one, PASSWORD)
    two = newer(lay(one.root, 2, one.boot))
    did(two)
    did(one, "/rollback")
    did(one, "/verify")
    path = one.environment / "uninstall" / TWO / name
    path.write_text("damaged")
    assert f"- {path} isn't what its bundle brought\n" in refused(one, "/verify")
    did(one, "/repair")
    assert (one.environment / "uninstall" / "program").read_text().strip() == ONE
    assert not path.parent.exists()
    did(one, "/verify")


def test_a_launcher_may_be_that_of_the_release_of_the_kept_copy_or_of_the_bundle_that_runs(one: Laid) -> None:
    did(with_own_launchers(one, "one"), PASSWORD)
    two = with_own_launchers(lay(one.root, 2, one.boot), "two")
    shim = one.environment / "bin" / "demo"
    for laid, mode, whose, kept in (
        (one, "/verify", "one", ONE),
        (two, "/install", "two", TWO),
        (one, "/rollback", "one", TWO),
    ):
        did(laid, mode)
        assert f"# {whose}\n" in shim.read_text()
        for folder in (one.folder, two.folder, one.environment / "uninstall" / kept):
            did(dataclasses.replace(one, folder=folder), "/verify")
    shim.write_text(shim.read_text() + "#\n")
    refused(two, "/verify")


def test_a_third_bundle_switches_and_leaves_launchers_that_are_known(one: Laid) -> None:
    """An older one than that whose program is kept, and not the release's own: the next run knew none of its launchers."""
    two = with_own_launchers(lay(one.root, 2, one.boot), "two")
    zero = sealed(with_own_launchers(lay(one.root, 3, one.boot), "zero"), created="2020-01-01T00:00:00Z")
    for laid in (with_own_launchers(one, "one"), two):
        did(laid, PASSWORD)
    did(zero, "/rollback")
    for folder in (one.folder, two.folder, zero.folder, one.environment / "uninstall" / TWO):
        did(dataclasses.replace(one, folder=folder), "/verify")
    assert "# zero\n" not in (one.environment / "bin" / "demo").read_text()


def test_an_upgrade_that_fails_leaves_the_launchers_as_they_were(tmp_path: Path) -> None:
    one = bundle(tmp_path / "one", "1.0", boot=running())
    assert run_with_commands(one).code == 0
    two = with_own_launchers(bundle(tmp_path / "two", "2.0", REGISTER, like=one, boot=running()), "two")
    before = {path.name: path.read_bytes() for path in (one.environment / "bin").iterdir()}
    (one.environment.parent / "stop at 2.0 enter").touch()
    assert run_with_commands(two).code == 1603
    assert {path.name: path.read_bytes() for path in (one.environment / "bin").iterdir()} == before
    assert run_with_commands(one, "/verify").code == 0
    (one.environment.parent / "stop at 2.0 enter").unlink()
    assert run_with_commands(two).code == 0
    assert sorted(path.name for path in (one.environment / "bin").iterdir()) == sorted({*before, "register"})
    assert "# two\n" in (one.environment / "bin" / "demo").read_text()
