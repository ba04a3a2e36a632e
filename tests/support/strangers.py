"""A project whose build backend does what a test wants, and the sandbox that it does it in."""

from __future__ import annotations

import itertools
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bundler.build.isolated import Environment, host_target, make_environment
from bundler.build.source_metadata import inspect_source
from bundler.build.source_wheel import SourceBuild, build_wheel
from bundler.isolation.sandbox import Unavailable, sandbox_of_this_host
from tests.support.building import RecordingSandbox
from tests.support.packages import make_wheel
from tests.support.reporters import Remembering

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bundler.isolation import Wish

_PYPROJECT = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
_BACKEND = """\
import json, os, shutil, sys

HERE = os.path.dirname(os.path.abspath(__file__))
HONEST = "demo-1.0-py3-none-any.whl"

def honest(folder, name=HONEST):
    return shutil.copyfile(os.path.join(HERE, HONEST), os.path.join(folder, name))

def describe(folder):
    info = os.path.join(folder, "demo-1.0.dist-info")
    os.mkdir(info)
    with open(os.path.join(info, "METADATA"), "w") as stream:
        stream.write("Metadata-Version: 2.1\\nName: demo\\nVersion: 1.0\\n")
    return "demo-1.0.dist-info"

def report(**facts):
    print("REPORT", json.dumps(facts), flush=True)

def get_requires_for_build_wheel(settings=None):
    return []

def prepare_metadata_for_build_wheel(folder, settings=None):
    return describe(folder)

def build_wheel(folder, settings=None, metadata=None):
    honest(folder)
    return HONEST

"""


def needs_sandbox() -> None:
    """Skip the test where this machine makes no rooms."""
    found = sandbox_of_this_host()
    if isinstance(found, Unavailable):
        pytest.skip(f"no sandbox here: {found.reason}")


def stranger(folder: Path, code: str) -> Path:
    """A project of demo 1.0 whose backend is an honest one but for ``code``."""
    tree = folder / "project"
    tree.mkdir(parents=True)
    (tree / "pyproject.toml").write_text(_PYPROJECT, encoding="utf-8")
    (tree / "backend.py").write_text(_BACKEND + code, encoding="utf-8")
    make_wheel(tree)
    return tree


class Victim:
    """Builds projects of strangers; ``reports``: what their backends said by ``report(name=value)``."""

    def __init__(self, folder: Path, wish: Wish = "if-possible", *, network: bool = False) -> None:
        self.sandbox = RecordingSandbox(wish)
        self._numbers, self._folder = itertools.count(), folder
        made = make_environment((), folder / "environment", sandbox=self.sandbox)
        self.environment: Environment = made.with_network({}) if network else made

    @property
    def reports(self) -> Mapping[str, Any]:
        lines = (each.partition("REPORT ")[2] for each in self.sandbox.printed.splitlines())
        return {key: value for line in lines if line for key, value in json.loads(line).items()}

    def builds(self, project: Path) -> Path:
        build = SourceBuild(
            source=project,
            name="demo",
            version="1.0",
            target=host_target(),
            environment=self.environment,
            epoch=1704067200,
            work=self._folder / f"work-{next(self._numbers)}",
        )
        return build_wheel(build, Remembering())

    def asks(self, project: Path) -> object:
        return inspect_source(
            project,
            name="demo",
            target=host_target(),
            make_environment=lambda _: self.environment,
            work=self._folder / f"work-{next(self._numbers)}",
        )


def processes_with(mark: str) -> Iterator[int]:
    """The processes of this machine whose command line holds ``mark``."""
    for each in Path("/proc").iterdir():
        if each.name.isdigit() and int(each.name) != os.getpid():
            try:
                line = (each / "cmdline").read_bytes()
            except OSError:
                continue
            if mark.encode() in line:
                yield int(each.name)
