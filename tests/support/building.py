"""What tests of builds need: an environment maker with the wheels at hand, and a reporter that remembers."""

from __future__ import annotations

import contextlib
import itertools
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from packaging.utils import parse_wheel_filename
from virtualenv.seed.wheels.embed import BUNDLE_FOLDER

from bundler.build.isolated import Environment, make_environment
from bundler.isolation import Room, Sandbox, Wish
from bundler.isolation.leavings import UnsafeLeavingError, read_end
from bundler.report import Reporter

if TYPE_CHECKING:
    from collections.abc import Sequence


SANDBOX = Sandbox("if-possible", Reporter())
"""What this machine has."""


def setuptools_wheel() -> Path:
    """The newest setuptools that virtualenv carries: a real one, with no network."""
    return max(Path(BUNDLE_FOLDER).glob("setuptools-*.whl"), key=lambda path: parse_wheel_filename(path.name)[1])


_MOST_PRINTED = 64 << 20


class RecordingSandbox(Sandbox):
    """Keeps what was printed in it."""

    def __init__(self, wish: Wish = "if-possible") -> None:
        super().__init__(wish, Reporter())
        self.printed = ""

    def run(self, room: Room, command: Sequence[str], *, cwd: Path, output: BinaryIO) -> int:
        code = super().run(room, command, cwd=cwd, output=output)
        with contextlib.suppress(OSError, UnsafeLeavingError):  # a build may have put something else there
            self.printed += read_end(Path(output.name), _MOST_PRINTED)[0].decode("utf-8", "replace")
        return code


class Environments:
    """Makes environments that hold ``wheels`` whatever is asked for; ``asked`` remembers what was."""

    def __init__(self, folder: Path, wheels: Sequence[Path] = ()) -> None:
        self.asked: list[tuple[str, ...]] = []
        self._wheels = wheels
        self._folders = (folder / f"environment-{number}" for number in itertools.count())

    def __call__(self, requirements: Sequence[str]) -> Environment:
        self.asked.append(tuple(requirements))
        return make_environment(self._wheels, next(self._folders), sandbox=SANDBOX)
