"""What is to be seen on a machine: windows of its programs, and its pages."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bundler.formats.screen_dumps import as_png
from bundler.rehearse.port import Shown
from bundler.rehearse.wine.browser import photograph
from bundler.rehearse.wine.wine_system import BESIDE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bundler.rehearse.wine.program import Daemon
    from bundler.rehearse.wine.screen import Screen
    from bundler.rehearse.wine.wine_session import Session

_STEADY = 0.5
"""Seconds for which a window must look the same: it is drawn then."""
_WINDOWS_OF_OTHERS = (
    "a window was there before it started, and stayed: whose one is, can't be told apart. "
    "End the program that shows it, which an earlier command or the installation started"
)


class MachineScreen:
    """See port.Screen. ``environment``: what programs are told of who works there."""

    def __init__(self, session: Session, environment: dict[str, str]) -> None:
        self._session, self._environment = session, environment

    @property
    def missing(self) -> str:
        if self._session.screen is None:
            if self._session.namespace.entering("net") is None:
                return "windows aren't seen in a container"
            return "this host has no Xvfb, on which windows could be seen"
        return "" if self._session.screen.works else "Xvfb of this host doesn't start"

    def window(self, command: Sequence[str], *, wait: float) -> Shown:
        screen = self._session.screen
        if screen is None:
            return Shown(fault=self.missing)
        program = None
        try:
            if not _becomes_blank(screen, wait):
                return Shown(fault=_WINDOWS_OF_OTHERS)
            program = self._session.spawn(command, env=self._environment)
            return _window_of(program, screen, wait)
        except (OSError, ValueError) as error:
            return Shown(fault=f"the screen can't be read: {error}", output=program.output if program else "")
        finally:
            if program is not None:
                program.stop()

    def page(self, url: str) -> Shown:
        entering = self._session.namespace.entering(*BESIDE)
        if entering is None:
            return Shown(fault="a Chromium of this host can't look into a container")
        return photograph(entering, url)


def _becomes_blank(screen: Screen, wait: float) -> bool:
    """Whether nothing is on it, within so many seconds: windows of an earlier program are taken away after its end."""
    last = time.monotonic() + wait
    while not screen.pixels().is_blank:
        if time.monotonic() > last:
            return False
        time.sleep(_STEADY)
    return True


def _window_of(program: Daemon, screen: Screen, wait: float) -> Shown:
    last, before = time.monotonic() + wait, None
    while program.running:
        if time.monotonic() > last:
            return Shown(fault=f"there is no window after {wait:g} s", output=program.output)
        pixels = screen.pixels()
        if pixels == before and not pixels.is_blank:
            return Shown(picture=as_png(pixels), output=program.output)
        before = pixels
        time.sleep(_STEADY)
    return Shown(fault="it ended before it showed a window", output=program.output)
