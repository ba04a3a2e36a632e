"""The tutorial as a reader does it: every command on the page is run, and what it prints is compared with the page."""

from __future__ import annotations

import os
import subprocess
import zipfile
from typing import TYPE_CHECKING, Self

import pytest

from tests.support.documents import ROOT, Block, Command, Unpacked, acts, comparable, matches

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from tests.support.bed import Bed, Session

pytestmark = [pytest.mark.e2e, pytest.mark.network, pytest.mark.timeout(3600)]

TUTORIAL = ROOT / "docs" / "tutorial" / "index.md"
_END = "the command is over: "


class Shell:
    """One shell for the whole page: what a command exports and where it changes to lasts."""

    def __init__(self, folder: Path, store: Path) -> None:
        environ = {**os.environ, "COLUMNS": "120", "BUNDLE_STORE": str(store), "PYTHONWARNINGS": ""}
        self._process = subprocess.Popen(
            ["bash", "--norc", "--noprofile"],
            cwd=folder,
            env=environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        del kind, error, trace
        self._process.communicate()

    def run(self, command: str) -> tuple[int, str]:
        """Exit code and output."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{{ {command}\n}} </dev/null; echo; echo '{_END}'$?\n")
        self._process.stdin.flush()
        output = ""
        for line in self._process.stdout:
            if line.startswith(_END):
                return int(line.removeprefix(_END)), output
            output += line
        raise AssertionError(f"the shell ended with {command}: {output}")

    def folder(self) -> str:
        """Where the shell is now."""
        return self.run("pwd")[1].strip()


def test_every_command_prints_what_the_page_says(bed: Bed, windows: Session, tmp_path: Path) -> None:
    folder = tmp_path / "home"
    folder.mkdir()
    (folder / "offline-bundler").symlink_to(ROOT)
    wrong: list[str] = []
    with (
        Shell(folder, bed.cache.root / "store") as shell,
        (tmp_path / "transcript.txt").open("w", encoding="utf-8", buffering=1) as transcript,
    ):
        for act in acts(TUTORIAL):
            if isinstance(act, Command):
                code, printed = run(act, shell, windows)
                transcript.write(f"{act.prompt}{act.text}\n{printed}\n")
                if code or not matches(act.output, printed):
                    wrong.append(
                        f"line {act.block.line}: {act.prompt}{act.text}\nexit code {code}; printed:\n{printed}\n"
                        f"compared with the page as:\n{comparable(printed)}"
                    )
                assert not code, "\n\n".join(wrong)
            elif isinstance(act, Unpacked):
                with zipfile.ZipFile(os.path.join(shell.folder(), act.archive)) as archive:  # noqa: PTH118 - the shell's
                    archive.extractall(windows.host_path(act.folder))
            else:
                write(act, shell)
    assert not wrong, "\n\n".join(wrong)


def write(block: Block, shell: Shell) -> None:
    assert block.caption is not None
    with open(os.path.join(shell.folder(), block.caption), "w", encoding="utf-8") as file:  # noqa: PTH118, PTH123
        file.write(block.text)


def run(command: Command, shell: Shell, windows: Session) -> tuple[int, str]:
    if command.prompt == "$ ":
        return shell.run(command.text)
    done = windows.cmd(command.text.replace("%", "%%"), cwd=command.prompt.removesuffix(">"), timeout=900)
    return done.returncode, done.output
