"""Repositories of git for tests, made by git itself with a configuration of their own."""

from __future__ import annotations

import dataclasses
import os
import subprocess
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Repository:
    folder: Path

    @property
    def url(self) -> str:
        return self.folder.as_uri()

    def git(self, *arguments: str) -> str:
        return self._git(arguments, subprocess.DEVNULL)

    def read(self, command: str, given: Path) -> str:
        """A command of git that reads a file as its input."""
        with given.open("rb") as stream:
            return self._git((command,), stream)

    def _git(self, arguments: tuple[str, ...], given: IO[bytes] | int) -> str:
        environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder.parent),
            "GIT_CONFIG_NOSYSTEM": "1",
            **{f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in _WHO.items()},
        }
        done = subprocess.run(
            ["git", "-c", "protocol.file.allow=always", "-C", str(self.folder), *arguments],
            env=environ,
            stdin=given,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    def commit(self, files: Mapping[str, str | bytes] | None = None) -> str:
        """Write files, commit everything, and give the commit."""
        for name, content in (files or {}).items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "a state")
        return self.git("rev-parse", "HEAD")


_WHO = {"NAME": "A", "EMAIL": "a@example.com", "DATE": "2026-01-01T00:00:00Z"}


def make_repository(folder: Path) -> Repository:
    """An empty one, or one around the files that are there."""
    folder.mkdir(parents=True, exist_ok=True)
    made = Repository(folder=folder)
    made.git("init", "--quiet", "--initial-branch=main")
    made.git("config", "uploadpack.allowAnySHA1InWant", "true")
    return made
