from __future__ import annotations

import os
import subprocess
import sys
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.support.bed import Bed, Mirror
from tests.support.bed.cache import Cache
from tests.support.index import LocalIndex
from tests.support.rehearse import ROOT
from tests.support.windows_host import build_host, installed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.bed import Session
    from tests.support.windows_host import WindowsHost


@pytest.fixture(scope="session")
def bed() -> Bed:
    """Wine in its chroot, made first if there is none. Without root or user namespaces: an error that says what to do."""
    return Bed.open()


@pytest.fixture(scope="session")
def mirror(bed: Bed, tmp_path_factory: pytest.TempPathFactory) -> Mirror:
    """Stand-ins of python.org's files; below `mirror.root` the paths are those of python.org's tree."""
    return Mirror(bed, tmp_path_factory.mktemp("mirror"))


@pytest.fixture(scope="module")
def served(request: pytest.FixtureRequest, mirror: Mirror) -> Iterator[LocalIndex]:
    """The mirror over HTTP: what of python.org's tree the module's recipes ask for, its `PYTHONS`."""
    with LocalIndex() as index:
        for name in request.module.PYTHONS:
            path = mirror.file(name)
            index.serve(f"/python/{path.relative_to(mirror.root).as_posix()}", path)
        yield index


@pytest.fixture(scope="module")
def build(
    bed: Bed, mirror: Mirror, served: LocalIndex, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Path]:
    """`bundle build` as a user runs it, with the mirror and its authority; gives the archive. Further options may be given."""

    def run(recipe: Path, *more: str) -> Path:
        output = tmp_path_factory.mktemp("out")
        command = [sys.executable, "-m", "bundler", "build", str(recipe), "--output", str(output), "--quiet", *more]
        command += ["--python-mirror", served.base + "/python", "--signer-ca", str(mirror.ca_pem)]
        command += ["--store", str(bed.cache.root / "store")]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return next(output.glob("*.zip"))

    return run


@pytest.fixture
def windows(bed: Bed, tmp_path: Path) -> Iterator[Session]:
    """A Windows with nothing on it. Leaving it fails if any program tried to reach another machine."""
    with bed.session(tmp_path / "prefix") as session:
        yield session


@pytest.fixture(scope="session")
def host_python(bed: Bed, mirror: Mirror, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Windows Python in which this checkout is installed: once a run, whoever of the workers needs it first."""
    base = tmp_path_factory.getbasetemp()
    run = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    return Cache(run / "shared").made("host-python", "this-run", partial(installed, bed, mirror))


@pytest.fixture
def windows_host(bed: Bed, host_python: Path, tmp_path: Path) -> Iterator[WindowsHost]:
    """A Windows build host of this test's own, with no network but what it lets answer there."""
    with build_host(bed, host_python, tmp_path / "prefix") as host:
        yield host
