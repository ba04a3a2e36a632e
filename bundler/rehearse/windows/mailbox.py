"""Orders to the program in the rehearsed Windows, and its answers: files in a folder that both see.

What comes back is a stranger's word: programs of the bundle run where it is written.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bundler.errors import HostError
from bundler.plain_file import open_plain
from bundler.rehearse.port import Clock

_MOST = 256_000_000
"""Bytes of an answer: a picture of a whole disk is the largest."""
_PAUSE = 0.05
_SILENCE = 120
"""Seconds without a sign of life, after which the machine is given up; and those that an answer may be late."""


@dataclasses.dataclass(kw_only=True, slots=True)
class Mailbox:
    """``folder``: as this host sees it, with ``orders`` and ``answers`` in it; ``lost`` says why nothing answers, if that is known."""

    folder: Path
    clock: Clock
    lost: Callable[[], str] = lambda: ""
    _number: int = 0

    def make(self) -> None:
        """The folders."""
        for name in ("orders", "answers"):
            (self.folder / name).mkdir(parents=True)

    def wait_for_life(self, seconds: float) -> bool:
        """Whether the other side began within so many seconds."""
        last = self.clock.now() + seconds
        while not (self.folder / "alive").exists():
            if self.clock.now() > last or self.lost():
                return False
            self.clock.sleep(_PAUSE)
        return True

    def ask(self, deed: str, *, within: float = 600, **arguments: object) -> Any:
        """Have something done, and wait for the answer. Raises HostError (``rehearsal-machine-lost``, ``rehearsal-order-failed``)."""
        self._number += 1
        name = f"{self._number}.json"
        order = self.folder / "orders" / name
        try:  # a link that was made there is not followed
            with order.with_suffix(".new").open("x", encoding="utf-8") as stream:
                stream.write(json.dumps({"do": deed, **arguments}))
            order.with_suffix(".new").rename(order)
        except OSError as error:
            raise HostError(
                "rehearsal-machine-lost", f"the rehearsed machine can't be told to do this: {deed} ({error.strerror})"
            ) from None
        answer = self._answer(self.folder / "answers" / name, deed, within)
        if "fault" in answer:
            raise HostError("rehearsal-order-failed", f"on the rehearsed machine, {deed} failed: {answer['fault']}")
        return answer.get("done")

    def _answer(self, path: Path, deed: str, within: float) -> dict[str, Any]:
        now = self.clock.now()
        last, heard, sign = now + within + _SILENCE, now, b""
        while not path.exists():
            if (seen := self._alive()) != sign:
                heard, sign = self.clock.now(), seen
            now = self.clock.now()
            if now > last or now - heard > _SILENCE or self.lost():
                raise HostError(
                    "rehearsal-machine-lost",
                    f"the rehearsed machine doesn't answer any more, since it was told to do this: {deed}",
                    context=tuple(filter(None, (self.lost(),))),
                    hint="rehearse again; if it was closed by hand, leave it open until the rehearsal is over",
                )
            self.clock.sleep(_PAUSE)
        try:
            with open_plain(path, follow_links=False) as stream:
                content = stream.read(_MOST + 1)
            answer = json.loads(content) if len(content) <= _MOST else None
        except (OSError, ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            raise HostError("rehearsal-machine-lost", f"the rehearsed machine's answer is damaged ({deed}): {path}")
        return answer

    def _alive(self) -> bytes:
        try:
            with open_plain(self.folder / "alive", follow_links=False) as stream:
                return stream.read(100)
        except OSError:  # it is being written
            return b""
