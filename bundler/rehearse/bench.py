"""A machine with a bundle on it, as steps work with both: what is run is kept for the step's log."""

from __future__ import annotations

import re
from pathlib import PureWindowsPath
from typing import TYPE_CHECKING

from bundler.rehearse.results import PASSED, Verdict, failed, first_screen

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from bundler.rehearse.port import Machine, Ran
    from bundler.rehearse.subject import Subject

_MOST_SAID = 100_000_000
"""Characters of outputs that a step's log has whole: a stranger's bundle may have thousands of checks. Of later ones it has the first screen."""
LONGEST_RUN = 3600
"""Seconds that one run of bootstrap.bat may take."""
DONE, RESTART = 0, 3010
_STARTER = "bootstrap.bat"
_STEP = re.compile(r"^\[\d+/\d+\] .*$", re.MULTILINE)


class Bench:
    """``place``: the folder on the machine that the bundle is unpacked to; ``given``: site values that the user gave; ``secrets``: those of them that
    nobody is to read, whatever this bundle says.
    """

    def __init__(
        self, machine: Machine, subject: Subject, given: Mapping[str, str], place: str, secrets: Collection[str] = ()
    ) -> None:
        self.machine = machine
        self.subject = subject
        self.given = given
        self.place = place
        self._said: list[str] = []
        self._length = 0
        secret = {*subject.secrets, *secrets}
        self._secrets = sorted(
            {value for name, value in given.items() if name in secret and value}, key=len, reverse=True
        )

    def put(self, *, read_only: bool = False) -> None:
        """Unpack the bundle there."""
        self.machine.files.put(self.subject.folder, self.place, read_only=read_only)

    def run(self, command: Sequence[str], *, timeout: float) -> Ran:
        """Run a program to its end."""
        ran = self.machine.programs.run(command, timeout=timeout)
        end = f"exit code {ran.code}" if ran.code is not None else ran.fault
        self._length += len(ran.output)
        output = ran.output.rstrip() if self._length <= _MOST_SAID else first_screen(self.mask(ran.output))
        self._said.append(f"> {' '.join(command)}\n{output}\n[{end}]\n")
        return ran

    def taken(self) -> list[str]:
        """What was run since the last call, with what it printed."""
        said, self._said, self._length = self._said, [], 0
        return [self.mask(each) for each in said]

    def mask(self, text: str) -> str:
        """A text without the secrets that the user gave: logs and reports are passed on. Before it is cut, since nobody knows half of one again."""
        for each in self._secrets:
            text = text.replace(each, "***")
        return text

    def bootstrap(self, *arguments: str) -> Ran:
        """Run the bundle's bootstrap.bat."""
        instance = [f"/instance:{self.subject.instance}"] if self.subject.instance else []
        return self.run([rf"{self.place}\{_STARTER}", *arguments, *instance], timeout=LONGEST_RUN)

    def install(self, *arguments: str) -> Ran:
        """Install, with the site values that this rehearsal has; whether a machine had a newer one isn't what is rehearsed."""
        values = self.subject.values(self.given)
        # a value that begins with @ would be read from a file
        told = (f"/set:{name}=" + ("@" if value.startswith("@") else "") + value for name, value in values.items())
        info = self.subject.manifest.bundle
        older = ("/allow-older",) if info.sequence is not None or info.not_after is not None else ()
        return self.bootstrap(*arguments, *older, *told)

    def filled(self, text: str) -> str:
        """A text of the manifest with its places filled in."""
        return self.subject.filled(text, self.given)

    def command(self, words: Sequence[str]) -> list[str]:
        """A command of the recipe; its first word is found in the environment's Scripts."""
        first, *rest = map(self.filled, words)
        if "\\" in first or "/" in first:
            return [first, *rest]
        scripts = PureWindowsPath(self.subject.scripts)
        for ending in (".exe", "", ".bat", ".cmd", ".py"):
            found = scripts / (first + ending)
            if self.machine.files.exists(str(found)):
                # a script of an older package has no launcher
                is_script = found.suffix.lower() in ("", ".py")
                return [self.python, str(found), *rest] if is_script else [str(found), *rest]
        return [first, *rest]

    @property
    def python(self) -> str:
        """The environment's, by its stable name."""
        return rf"{self.subject.scripts}\python.exe"


def done(ran: Ran, what: str) -> Verdict:
    """Whether a run of bootstrap.bat went well."""
    if ran.code in (DONE, RESTART):
        return PASSED
    reason, cause = ending(ran, what), cause_of(ran.output)
    return failed(f"{reason}: {cause}" if cause else reason, ran.output)


def ending(ran: Ran, what: str) -> str:
    """How a program ended, in words."""
    if ran.code is None:
        return f"{what}: {ran.fault}"
    return f"{what} ended with exit code {ran.code}"


def cause_of(output: str) -> str:
    """What bootstrap.bat says after the last of its steps; empty where it took none."""
    end = -1
    for step in _STEP.finditer(output):  # of an output of any length only the last is kept
        end = step.end()
    if end < 0:
        return ""
    said = output[end:].strip()
    return said.partition("\n")[0].rstrip(":")
