"""Many runs of one bundle's bootstrap in little time: see `forking.py`."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tests.target.bundles import Ran, describe, surroundings

if TYPE_CHECKING:
    from types import TracebackType

    from tests.target.bundles import Laid


class Forks:
    """Use as a context manager."""

    def __init__(self, laid: Laid) -> None:
        self._laid = laid
        self._output = laid.temporary / "output"

    def __enter__(self) -> Self:
        program = Path(__file__).with_name("simulated") / "forking.py"
        self._process = subprocess.Popen(
            [self._laid.boot.path, "-s", "-S", "-B", program, self._laid.folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            env=surroundings(self._laid),
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()

    def run(
        self,
        *arguments: str,
        stop_at: int | None = None,
        within: Path | None = None,
        environ: dict[str, str] | None = None,
        **machine: object,
    ) -> Ran:
        """STOP_AT: the machine stops at the change of that number, counted from 1, to what lies below WITHIN."""
        code, described = describe(self._laid, machine)
        order = {
            "machine": str(described),
            "arguments": arguments,
            "output": str(self._output),
            "environ": {**surroundings(self._laid), **(environ or {})},
            "within": str(within),
            "stop_at": stop_at,
        }
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        ended = int(self._process.stdout.readline())
        said = self._output.read_text("utf-8")
        if ended == 0:
            ended = int(code.read_text())
        elif stop_at is None:
            raise AssertionError(f"the bootstrap ended with {ended}:\n{said}")
        return Ran(code=ended, out=said, err=said)
