"""Pictures of pages by a browser of this host, in a session's network."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from bundler.atomic import scratch_folder
from bundler.formats.png import is_png
from bundler.plain_file import open_plain
from bundler.rehearse.port import Shown
from bundler.rehearse.wine import host_tools
from bundler.rehearse.wine.program import kill

if TYPE_CHECKING:
    from collections.abc import Sequence

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_LARGEST = 64_000_000
_PATIENCE = 60
# It asks for the page and nothing else: what it does for itself would be taken for what the application does. Its own sandbox
# needs what root and users in a namespace haven't got.
_OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-features=MediaRouter,OptimizationHints",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost",
    "--no-pings",
    "--window-size=1024,768",
    "--virtual-time-budget=5000",
)


def photograph(entering: Sequence[str], url: str) -> Shown:
    """A page as it looks, names of other machines unknown; ``entering``: the command that starts a program in the session's network and among its
    processes, where it is held to their limits: what it uses is the page's doing.
    """
    browser = next(filter(None, map(host_tools.which, BROWSERS)), None)
    if browser is None:
        return Shown(fault="this host has no Chromium to take a picture with")
    with scratch_folder("bed-page-") as folder:
        picture = folder / "page.png"
        command = [
            *host_tools.less_rights(folder),
            browser,
            *_OPTIONS,
            f"--user-data-dir={folder}",
            f"--screenshot={picture}",
            url,
        ]
        environ = {"PATH": host_tools.environment()["PATH"], "HOME": str(folder), "LANG": "C.UTF-8"}
        with subprocess.Popen(
            [*entering, *command],
            cwd=folder,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,  # what enters namespaces of processes has a child there, which doesn't end with it
        ) as process:
            try:
                _, errors = process.communicate(timeout=_PATIENCE)
            except subprocess.TimeoutExpired:
                return Shown(fault=f"Chromium took no picture within {_PATIENCE} s")
            finally:
                kill(process)
        try:
            with open_plain(picture, follow_links=False) as stream:
                content = stream.read(_LARGEST)
        except OSError:
            content = b""
        if not is_png(content):
            said = errors.decode(errors="replace").strip().splitlines()[-1:]
            return Shown(fault="; ".join(["Chromium took no picture", *said]))
        return Shown(picture=content)
