"""The target's half as an earlier commit had it, out of this repository's history: what stands on machines that are upgraded now.

Made once, and kept outside the checkout among the test bed's things.
"""

from __future__ import annotations

import shutil
import subprocess
import tarfile
from io import BytesIO
from pathlib import Path

from bundler.model.manifest_encoding import decode_manifest
from tests.support.bed.cache import Cache, default_cache, recipe_of

ROOT = Path(__file__).parents[2]
COMMIT = "ccf7b0845ab76e8c5c46a3830219391f49ab08f0"
"""The last one whose state files had no more than their first formats, and whose program was one flat folder."""
_DRIVER = ("tests/target/driver.py", "tests/target/service_manager.py")


def earlier_target() -> Path:
    """A folder with ``target/`` and ``bootstrap.bat``, and the drivers that run it on a simulated machine, of that commit."""
    return Cache(default_cache()).made("earlier-target", recipe_of("1", COMMIT), _make)


def _make(folder: Path) -> None:
    paths = ("bundler/target", *_DRIVER)
    done = subprocess.run(["git", "archive", COMMIT, *paths], cwd=ROOT, capture_output=True, check=False)
    if done.returncode:
        raise AssertionError(
            f"the history has no commit {COMMIT[:7]}, of which an earlier version is made: run `git fetch --unshallow`\n"
            + done.stderr.decode("utf-8", "replace")
        )
    with tarfile.open(fileobj=BytesIO(done.stdout)) as archive:
        archive.extractall(folder / "whole", filter="data")
    package = folder / "whole" / "bundler" / "target"
    (folder / "target").mkdir()
    for module in package.glob("*.py"):
        shutil.copyfile(module, folder / "target" / module.name)
    starter = (package / "bootstrap.bat").read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    (folder / "bootstrap.bat").write_bytes(starter)
    for each in _DRIVER:
        shutil.copyfile(folder / "whole" / each, folder / Path(each).name)
    shutil.rmtree(folder / "whole")


def put_earlier(bundle: Path) -> None:
    """Make the bundle in a folder one of that commit: its program is replaced, and listed as it is now."""
    from tests.target.bundles import seal

    earlier = earlier_target()
    target = bundle / "target"
    for path in [*target.rglob("*.py"), bundle / "bootstrap.bat"]:
        path.unlink()
    for path in sorted(target.rglob("*"), reverse=True):
        if path.is_dir():
            path.rmdir()
    for module in (earlier / "target").iterdir():
        content = module.read_bytes()
        (target / module.name).write_bytes(content or b"\n")
    shutil.copyfile(earlier / "bootstrap.bat", bundle / "bootstrap.bat")
    seal(bundle, decode_manifest((bundle / "manifest.json").read_bytes()))
