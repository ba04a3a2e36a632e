"""A bundle on a machine of the test bed: unpacked, its bootstrap.bat run, its application served."""

from __future__ import annotations

import html
import re
import shutil
import zipfile
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING

from bundler.model.manifest_encoding import decode_manifest
from tests.support.recipes import LEFT_BY_BUILDS

if TYPE_CHECKING:
    from bundler.model.manifest import Manifest
    from bundler.rehearse.wine.wine_session import Streams
    from tests.support.bed import Daemon, Result, Session

ROOT = Path(__file__).parents[2]
FOLDER = r"C:\From the disk"
KILLED = 77
_KILLED = Path(__file__).parents[1] / "e2e" / "killed.py"


def recipe_copy(folder: Path, name: str) -> Path:
    """A recipe of the checkout and what lies beside it, where its lock may be written."""
    for each in ("my_app", "my_app.ini", name):
        source = ROOT / "recipes" / each
        if source.is_dir():
            shutil.copytree(source, folder / each, ignore=LEFT_BY_BUILDS)
        else:
            shutil.copy(source, folder / each)
    return folder / name


def unpack(session: Session, archive: Path, folder: str = FOLDER) -> Manifest:
    """Put a zip's content into a folder of the target, as an operator would."""
    place = session.host_path(folder)
    place.mkdir(parents=True)
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(place)
    return decode_manifest((place / "manifest.json").read_bytes())


def bootstrap(
    session: Session,
    *arguments: str,
    folder: str = FOLDER,
    timeout: float = 900,
    unseen: Streams = "together",
) -> Result:
    """Run the bundle's bootstrap.bat and nothing else."""
    return session.run([rf"{folder}\bootstrap.bat", *arguments], timeout=timeout, streams=unseen)


def killed(session: Session, moment: int, *arguments: str, folder: str = FOLDER) -> Result:
    """The bootstrap, whose process is ended at its moment of that number, with the exit code KILLED; see killed.py."""
    session.copy_in(_KILLED, r"C:\killed.py")
    python = [rf"{folder}\boot\python.exe", "-E", "-s", "-S", "-B", r"C:\killed.py", folder, str(moment)]
    return session.run([*python, *arguments], timeout=900)


def program(manifest: Manifest, name: str) -> str:
    """A program of the environment, by its stable name."""
    return str(PureWindowsPath(manifest.environment.path) / "Scripts" / name)


def serve(session: Session, manifest: Manifest) -> Daemon | None:
    """Start the recipes' application through the environment's stable names, unless it is a service and runs.

    An old Twisted has a script and no program.
    """
    if manifest.services:
        return None
    release = PureWindowsPath(manifest.environment.path) / "releases" / manifest.bundle.release
    package = release / "Lib" / "site-packages" / "my_app"
    twistd = [program(manifest, "twistd.exe")]
    if not session.host_path(twistd[0]).exists():
        twistd = [program(manifest, "python.exe"), program(manifest, "twistd.py")]
    command = [*twistd, "--rundir", str(package), "--python", "my_tacfile.tac"]
    config = PureWindowsPath(manifest.environment.data or "") / "my_app.ini"
    return session.spawn(command, env={"MY_APP_CONFIG": str(config)})


def page_text(body: bytes) -> str:
    """What a page says, without its markup."""
    text = html.unescape(re.sub(r"<style.*?</style>|<[^>]+>", " ", body.decode(), flags=re.DOTALL))
    return "\n".join(" ".join(line.split()) for line in text.splitlines() if line.strip())
