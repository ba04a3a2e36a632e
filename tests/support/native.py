"""This Windows as a target: bundles are unpacked into a scratch folder, their bootstrap.bat runs as it is, for this user."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from bundler.model.manifest import Manifest
from bundler.model.manifest_encoding import decode_manifest

if TYPE_CHECKING:
    from collections.abc import Mapping

_ELSEWHERE = "only Windows has a registry"
_NOT_OURS = ("PYTHON", "PIP_", "BUNDLE_", "VIRTUAL_ENV", "COVERAGE", "PYTEST")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """How a program ended: its exit code (unsigned) and what it wrote to either stream."""

    code: int
    output: str


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Unpacked:
    """A bundle as an operator leaves it."""

    folder: Path
    manifest: Manifest
    target: Target

    def bootstrap(self, *arguments: str) -> Ended:
        """Run bootstrap.bat; if it fails, the end of its log is added to its output."""
        done = self.target.run(str(self.folder / "bootstrap.bat"), *arguments)
        logs = sorted(self.target.temporary.glob("*.log"), key=lambda path: path.stat().st_mtime_ns)
        if done.code == 0 or not logs:
            return done
        return Ended(code=done.code, output=done.output + logs[-1].read_text("utf-8", "replace")[-6000:])


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """Everything that the tests put on this machine lies below ``root``, but what is registered for Windows."""

    root: Path

    @property
    def environment(self) -> Path:
        """Where the recipes' environment goes; a place as people make them."""
        return self.root / "Envs é (x86) ! & co" / "Native"

    @property
    def data(self) -> Path:
        return self.root / "Data é" / "Native"

    @property
    def temporary(self) -> Path:
        return self.root / "tmp"

    @property
    def current(self) -> str | None:
        """The release that the pointer names."""
        pointer = self.environment / "current"
        return pointer.read_text("ascii").strip() if pointer.exists() else None

    def program(self, name: str) -> str:
        """A program of the environment, by its stable name."""
        return str(self.environment / "Scripts" / name)

    def unpack(self, archive: Path, name: str) -> Unpacked:
        folder = self.root / name
        with zipfile.ZipFile(archive) as opened:
            opened.extractall(folder)
        return Unpacked(folder=folder, manifest=decode_manifest((folder / "manifest.json").read_bytes()), target=self)

    def run(self, program: str, *arguments: str) -> Ended:
        """Run a program or a batch file to its end, with nothing of what the tests' own Python was told."""
        line = subprocess.list2cmdline([program, *arguments])
        if program.lower().endswith((".bat", ".cmd")):
            # quoted, cmd leaves spaces, brackets and ampersands alone; /s takes off the outermost pair of quotes only
            line = 'cmd.exe /d /s /c "{}"'.format(" ".join(f'"{each}"' for each in (program, *arguments)))
        return self.command(line)

    def command(self, line: str) -> Ended:
        """Run a command line as Windows would: one of the registry, for instance."""
        done = subprocess.run(
            line, cwd=self.root, env=self._environ(), stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
        output = (done.stdout + done.stderr).replace(b"\r\n", b"\n")
        try:
            return Ended(code=done.returncode, output=output.decode())
        except UnicodeDecodeError:  # cmd and Windows' tools write in the console's code page
            return Ended(code=done.returncode, output=output.decode("oem"))

    def listed(self) -> Mapping[str, str]:
        """What is registered of this target's environment among the installed programs, for this user or for all."""
        if sys.platform == "win32":
            from tests.support.installed_programs import registered

            return registered(self.environment)
        raise OSError(_ELSEWHERE)

    def forget(self) -> None:
        """Take away what is still registered: a test has failed."""
        if sys.platform == "win32":
            from tests.support.installed_programs import unregister

            unregister(self.environment)

    def files(self) -> dict[str, int]:
        """Every file below ``root`` but temporary ones, with its time."""
        paths = (path for path in self.root.rglob("*") if path.is_file() and self.temporary not in path.parents)
        return {str(path): path.stat().st_mtime_ns for path in paths}

    def _environ(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.upper().startswith(_NOT_OURS)}
        return {**kept, "TEMP": str(self.temporary), "TMP": str(self.temporary)}
