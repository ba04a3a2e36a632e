"""A Windows build host: Wine with a Windows CPython, and in it the product as `pip install` leaves it, with all that it needs.

    installed(bed, mirror, tree)
    with build_host(bed, tree, tmp_path / "prefix") as host:
        host.answer_at(index)                       # what is on the index is on the host's loopback too
        assert host.bundle("build", "example.toml", "--index", index.url).code == 0

Everything is win_amd64: the product's own resolver chooses its dependencies for that target, and pip for Windows installs them.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import sys
import tempfile
import tomllib
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING

from bundler.model.target import Target
from bundler.pipeline.fetched_files import fetch_wheels
from bundler.pipeline.session import Options, open_session
from bundler.report import Reporter
from bundler.resolve import IndexRoute, Request, ResolverPorts, Wanted, resolve
from tests.support.bed import Session
from tests.support.bed import host as machine
from tests.support.bed.cache import copy_tree, recipe_of
from tests.support.commandline import ROOT, Done

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bundler.model.artifact import Artifact
    from bundler.model.ports import SourceMetadata
    from tests.support.bed import Bed, Mirror
    from tests.support.index import LocalIndex

VERSION = "3.11.9"
PYTHON = r"C:\Python311"
WORK = r"C:\work"
_STORE = r"C:\store"
_TEMPORARY = r"C:\temporary"
_RECIPE = "2"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class WindowsHost:
    """A build host in a session. Commands run in ``C:\\work``, with a store and a folder for temporary files of their own."""

    session: Session

    @property
    def python(self) -> str:
        return PYTHON + r"\python.exe"

    @property
    def program(self) -> str:
        """``bundle`` as pip made it: a launcher of Windows."""
        return PYTHON + r"\Scripts\bundle.exe"

    @property
    def work(self) -> Path:
        """``C:\\work`` as this host sees it."""
        return self.session.host_path(WORK)

    @property
    def store(self) -> Path:
        return self.session.host_path(_STORE)

    @property
    def temporary(self) -> Path:
        return self.session.host_path(_TEMPORARY)

    def answer_at(self, index: LocalIndex) -> None:
        """Let ``index`` answer in the session's network as well, under the addresses that it has here."""
        index.answer_at(self.session.listener(index.port))

    def environ(self, **more: str) -> dict[str, str]:
        """What commands see besides Windows' own variables."""
        return {
            "PIP_CONFIG_FILE": "nul",
            "BUNDLE_STORE": _STORE,
            "TMP": _TEMPORARY,
            "TEMP": _TEMPORARY,
            **more,
        }

    def bundle(
        self,
        *arguments: str | PureWindowsPath,
        cwd: str = WORK,
        env: Mapping[str, str] | None = None,
        timeout: float = 600,
    ) -> Done:
        """Run ``bundle ARGUMENTS`` to its end; it may leave nothing among the temporary files."""
        command = [self.program, *arguments]
        environ = self.environ(**(env or {}))
        done = self.session.run(command, cwd=cwd, env=environ, timeout=timeout, streams="apart")
        left = sorted(each.name for each in self.temporary.iterdir())
        assert not left, f"left among the temporary files: {left}\n{done.errors}"
        result = Done(code=done.returncode, out=done.output, err=done.errors)
        assert "internal-error" not in result.err + result.out, result.err
        assert "Traceback" not in result.err, result.err
        return result


@contextlib.contextmanager
def build_host(bed: Bed, tree: Path, prefix: Path) -> Iterator[WindowsHost]:
    """A session on ``prefix`` with the Python of ``tree`` (see ``installed``). Leaving it fails if anything left loopback."""
    with bed.session(prefix) as session:
        host = WindowsHost(session=session)
        session.copy_in(tree, PYTHON)
        for folder in (WORK, _STORE, _TEMPORARY):
            session.host_path(folder).mkdir()
        yield host


def installed(bed: Bed, mirror: Mirror, tree: Path) -> None:
    """Make ``tree`` a Windows Python with this checkout installed as a wheel; to be copied to ``PYTHON``."""
    copy_tree(with_packages(bed, mirror, declared()), tree)
    with tempfile.TemporaryDirectory() as scratch:
        _install(bed, tree, [_own_wheel(Path(scratch))])


def _own_wheel(folder: Path) -> Path:
    pip = (sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps")
    machine.run(*pip, "--wheel-dir", folder, ROOT)
    return next(folder.glob("*.whl"))


def declared(*, tools: bool = False) -> tuple[str, ...]:
    """What pyproject.toml says that the product needs; ``tools``: that its tests need."""
    document = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return tuple(document["dependency-groups"]["dev"] if tools else document["project"]["dependencies"])


def with_packages(bed: Bed, mirror: Mirror, wanted: tuple[str, ...]) -> Path:
    """A Windows Python with ``wanted`` installed; shared: copy it before changing it.

    Made once for each set of requirements; what the index has newer since then is not looked for.
    """
    python = mirror.tree(VERSION, "amd64")

    def make(tree: Path) -> None:
        copy_tree(python, tree)
        with open_session(Options(environ=os.environ, store=bed.cache.root / "store"), Reporter()) as session:
            request = Request(
                target=Target.of(VERSION, "win_amd64"),
                wanted=tuple(Wanted(each, "pyproject.toml") for each in wanted),
                indexes=tuple(map(IndexRoute, session.indexes)),
                sdists="never",
            )
            found = resolve(
                request,
                ResolverPorts(
                    transport=session.transport,
                    cache=session.cache,
                    inspect=_never_inspected,
                    fetch_source=_never_fetched,
                    reporter=session.reporter,
                ),
            )
            _install(bed, tree, fetch_wheels(session, found.packages))

    return bed.cache.made("build-host", recipe_of(_RECIPE, python.parent.name, *wanted), make)


def _never_inspected(source: Path, *, name: str) -> SourceMetadata:
    raise AssertionError(f"{name}: what the product needs comes as wheels, and never as {source}")


def _never_fetched(artifact: Artifact) -> Path:
    raise AssertionError(f"what the product needs comes as wheels, and never as {artifact.filename}")


def _install(bed: Bed, tree: Path, wheels: Sequence[Path]) -> None:
    """Let pip for Windows install ``wheels`` into ``tree``; pip itself comes as one of them, or is there."""
    with tempfile.TemporaryDirectory() as work, bed.session(Path(work, "prefix")) as windows:
        inside = windows.copy_in(tree, PYTHON)
        names = [windows.copy_in(each, rf"C:\wheels\{each.name}").name for each in wheels]
        files = [rf"C:\wheels\{each}" for each in names]
        # a pip that is among the wheels runs out of its own: a Python with nothing installed has none
        environ = {"PIP_CONFIG_FILE": "nul", "PYTHONPATH": ";".join(each for each in files if r"\pip-" in each)}
        command = [PYTHON + r"\python.exe", "-m", "pip", "install", "--no-index", "--no-deps", "--no-cache-dir"]
        done = windows.run([*command, "--disable-pip-version-check", *files], env=environ, timeout=900)
        if done.returncode:
            raise machine.BedError(f"pip for Windows could not install the product.\n{done.output}")
        copy_tree(inside, tree)
