"""Bundles of this Windows' own Python, and a scratch folder to install them into."""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.commandline import Bench, make_bench
from tests.support.index import LocalIndex
from tests.support.native import Target
from tests.support.packages import make_project
from tests.support.running_python import (
    PLATFORM,
    VERSION,
    installed_wheel,
    make_archive_runtime,
    make_embed_runtime,
    with_requirements,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SEEDS = ("pip", "virtualenv")
_RECIPE = """
[bundle]
name = "native"
version = "{version}"

[[target]]
python = "{python}"
platform = "{platform}"
[target.runtime]
kind = "{kind}"
source = "{base}/{kind}.zip"
unsigned = true

[packages]
requirements = ["alpha", {requirements}]
projects = ["application"]

[environment]
path = '{environment}'
data = '{data}'

[site]
port = {{ default = "8080" }}

[[file]]
source = "settings.ini"
destination = '{{release}}\\settings.ini'
template = true

[[file]]
source = "settings.ini"
destination = '{{data}}\\settings.ini'
template = true
{more}
[checks]
imports = ["alpha", "application"]
commands = [["application", "checked"]]
"""
_APPLICATION = "import sys\n\n\ndef main():\n    print('application', *sys.argv[1:])\n"


@pytest.fixture
def target() -> Iterator[Target]:
    """This machine, a folder of which is the test's own: one with a short name, as the target's paths get long."""
    root = Path(tempfile.mkdtemp(prefix="native-"))
    target = Target(root=root)
    target.temporary.mkdir()
    yield target
    target.forget()
    _remove(root)


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A build host of this machine: an index with what is installed here, and the running Python as runtimes."""
    root = tmp_path_factory.mktemp("native")
    with LocalIndex() as index:
        bench = make_bench(root / "bench", index)
        for name in sorted(with_requirements(*_SEEDS)):
            index.add(installed_wheel(root / "installed", name))
        index.serve("/archive.zip", make_archive_runtime(root / "archive.zip"))
        index.serve("/embed.zip", make_embed_runtime(root / "embed.zip"))
        (bench.folder / "settings.ini").write_bytes(b"port = {site.port}\r\n")
        make_project(
            bench.folder / "application",
            "application",
            files={"application.py": _APPLICATION},
            entry_points={"console_scripts": {"application": "application:main"}},
        )
        yield bench


@pytest.fixture
def build(published: Bench, target: Target) -> Callable[..., Path]:
    """``bundle build`` as a user runs it on this machine; gives the archive."""

    def run(version: str, *, kind: str = "archive", requirements: str = "", more: str = "") -> Path:
        text = _RECIPE.format(
            version=version,
            python=VERSION,
            platform=PLATFORM,
            kind=kind,
            base=published.index.base,
            requirements=requirements,
            environment=target.environment,
            data=target.data,
            more=more,
        )
        recipe = published.folder / f"native-{target.root.name}-{version}.toml"
        recipe.write_text(text, encoding="utf-8")
        output = target.root / "built"
        done = published.run("build", recipe, "--output", output, timeout=900)
        assert done.code == 0, done.err
        return next(output.glob(f"native-{version}-*.zip"))

    return run


def _remove(folder: Path) -> None:
    """A program that has just ended, or a virus scanner, may hold a file for a moment."""
    for _ in range(50):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.2)
