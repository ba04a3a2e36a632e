"""Pictures of pages, with a stand-in of Chromium."""

from __future__ import annotations

import os
import select
import subprocess
from typing import TYPE_CHECKING

import pytest

from bundler.atomic import scratch_folder
from bundler.rehearse.port import Shown
from bundler.rehearse.wine import browser
from tests.support import only_linux
from tests.support.rehearsals import PIXEL

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = only_linux.NAMESPACES
URL = "http://127.0.0.1:8080/"


@pytest.fixture
def tools(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """No browser but the test's own, and its temporary files in a folder of the test's; whoever runs it reaches both."""
    with scratch_folder("browser-") as folder:
        folder.chmod(0o755)
        (folder / "tmp").mkdir(mode=0o755)
        monkeypatch.setattr(browser, "BROWSERS", ("a-browser",))
        monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
        monkeypatch.setattr("tempfile.tempdir", str(folder / "tmp"))
        yield folder


def chromium(tools: Path, script: str) -> None:
    (tools / "a-browser").write_text(f"#!/bin/sh\n{script}\n")
    (tools / "a-browser").chmod(0o755)


def test_a_page_is_photographed_and_nothing_is_left(tools: Path) -> None:
    (tools / "pixel.png").write_bytes(PIXEL)
    chromium(
        tools,
        f"""
for each; do
  case "$each" in --screenshot=*) cp {tools}/pixel.png "${{each#--screenshot=}}";; esac
done
[ "$each" = "{URL}" ]
[ "$(id -u)" != 0 ] || rm "$HOME/page.png"
""",
    )
    assert browser.photograph((), URL) == Shown(picture=PIXEL)
    assert list((tools / "tmp").iterdir()) == []


@pytest.mark.parametrize(
    ("script", "fault"),
    [
        ("echo no display >&2; exit 1", "Chromium took no picture; no display"),
        ('for each; do :; done; printf GIF89a > "$HOME/page.png"', "Chromium took no picture"),
    ],
)
def test_what_takes_none_says_why(tools: Path, script: str, fault: str) -> None:
    chromium(tools, script)
    shown = browser.photograph((), URL)
    assert (shown.picture, shown.fault) == (b"", fault)
    assert list((tools / "tmp").iterdir()) == []


def test_what_a_browser_started_ends_with_it(tools: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the program that enters namespaces does, whose child it is."""
    os.mkfifo(tools / "lives")
    (tools / "lives").chmod(0o666)
    chromium(tools, f"(echo began; exec sleep 600) >{tools}/lives & wait")
    reading = os.open(tools / "lives", os.O_RDONLY | os.O_NONBLOCK)

    def too_long(_: object, timeout: float) -> None:
        select.select([reading], [], [])
        raise subprocess.TimeoutExpired("a-browser", timeout)

    monkeypatch.setattr(subprocess.Popen, "communicate", too_long)
    try:
        assert browser.photograph((), URL).fault == "Chromium took no picture within 60 s"
        os.set_blocking(reading, True)
        assert (os.read(reading, 100), os.read(reading, 100)) == (b"began\n", b""), "whoever could write has ended"
    finally:
        os.close(reading)


def test_a_host_without_one(tools: Path) -> None:
    del tools
    assert browser.photograph((), URL).fault == "this host has no Chromium to take a picture with"
