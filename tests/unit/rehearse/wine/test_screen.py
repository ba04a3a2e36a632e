"""A screen for a session's programs, with a stand-in of Xvfb."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bundler.rehearse.wine import host_tools
from bundler.rehearse.wine import screen as module
from bundler.rehearse.wine.screen import DISPLAY, Screen, has_screens
from tests.support import only_linux
from tests.unit.formats.test_screen_dumps import BLUE, dump

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = only_linux.NAMESPACES


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "tools"
    folder.mkdir()
    monkeypatch.setattr(host_tools, "_SYSTEM_PATH", "/usr/bin:/bin")
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(host_tools, "less_rights", lambda _: ())  # nobody may not start what lies here
    return folder


def xvfb(tools: Path, then: str) -> None:
    """It notes its arguments, then does something, with the file descriptor for its number as $3."""
    program = tools / "Xvfb"
    program.write_text(f'#!/bin/bash\necho "$@" > {tools}/asked\n{then}\n')
    program.chmod(0o755)


def test_what_is_drawn_is_seen(tools: Path) -> None:
    xvfb(tools, "echo 9 >&$3; exec sleep 600")
    screen = Screen(())
    (screen.folder / "Xvfb_screen0").write_bytes(dump([BLUE]))
    try:
        assert screen.works
        assert screen.pixels().rows == (bytes(BLUE),)
    finally:
        screen.close()
    asked = (tools / "asked").read_text().split()
    assert asked[0] == DISPLAY
    assert {"-nolock", "-nolisten"} <= set(asked)
    assert asked[asked.index("-fbdir") + 1] == str(screen.folder)
    assert not screen.folder.exists()


def test_a_number_in_pieces(tools: Path) -> None:
    """Xvfb writes the end of the line by itself, and ended where nobody read that any more."""
    xvfb(tools, "printf 9 >&$3; sleep 0.3; printf '\\n' >&$3 || exit 1; exec sleep 600")
    screen = Screen(())
    try:
        assert screen.works
        assert screen._process.poll() is None
    finally:
        screen.close()


@pytest.mark.parametrize("said", ["printf 9 >&$3", "head -c 1000 /dev/zero >&$3; exec sleep 600"])
def test_a_number_that_never_ends(tools: Path, said: str) -> None:
    xvfb(tools, said)
    screen = Screen(())
    assert not screen.works
    screen.close()


def test_one_that_does_not_start(tools: Path) -> None:
    xvfb(tools, "exit 1")
    screen = Screen(())
    assert not screen.works
    with pytest.raises(OSError, match="Xvfb_screen0"):
        screen.pixels()
    screen.close()


def test_one_that_never_says_that_it_began(tools: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PATIENCE", 0.1)
    xvfb(tools, "exec sleep 600")
    screen = Screen(())
    assert not screen.works
    screen.close()


def test_one_that_is_waited_for_ends_with_ctrl_c(tools: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken_off(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("select.select", broken_off)
    monkeypatch.setattr("tempfile.tempdir", str(tools))
    xvfb(tools, "exec sleep 600")
    with pytest.raises(KeyboardInterrupt) as caught:
        Screen(())
    assert caught.value.__traceback__ is not None, "what it holds is still there"
    assert not [each for each in tools.iterdir() if each.name.startswith("bed-screen-")]


def test_whether_a_host_has_any(tools: Path) -> None:
    assert has_screens() == (host_tools.which("Xvfb") is not None)
    xvfb(tools, "exit 0")
    assert has_screens()
