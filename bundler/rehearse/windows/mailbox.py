"""Orders to the program in the rehearsed Windows, and its answers: files in a folder that both see.

What comes back is a stranger's word: programs of the bundle run where it is written.
"""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bundler.errors import HostError
from bundler.foreign import MalformedJsonError, read_json
from bundler.plain_file import leads_elsewhere, open_plain
from bundler.rehearse.port import Clock

_LARGE = 96_000_000
"""Bytes of an answer that is a picture of a disk, or a file."""
_MOST = 32_000_000
"""Bytes of any other answer: what a program wrote is the largest."""
_PARTS = 8_000_000
"""Values in an answer, and commas in its texts, which nobody can tell from those between values before it is read: each value takes some 70 bytes."""
_FAULT = 2000
"""Characters of it that are shown."""
_LEAST_DISK = 1 << 28
"""Bytes that must be left on the disk: the folder is this host's, and whatever is there may write into it."""
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
        while not os.path.lexists(self.folder / "alive"):
            if self.clock.now() > last or self.lost():
                return False
            self.clock.sleep(_PAUSE)
        return True

    def ask(self, deed: str, *, within: float = 600, **arguments: object) -> Any:
        """Have something done, and wait for the answer. Raises HostError (``rehearsal-machine-lost``, ``rehearsal-order-failed``)."""
        self._number += 1
        name = f"{self._number}.json"
        order = self.folder / "orders" / name
        self._must_be_own()
        try:  # a link that was made there is not followed
            with order.with_suffix(".new").open("x", encoding="utf-8") as stream:
                stream.write(json.dumps({"do": deed, **arguments}))
            order.with_suffix(".new").rename(order)
        except OSError as error:
            raise HostError(
                "rehearsal-machine-lost", f"the rehearsed machine can't be told to do this: {deed} ({error.strerror})"
            ) from None
        answer = self._answer(self.folder / "answers" / name, deed, within)
        self._must_be_own()
        if "fault" in answer:
            fault = str(answer["fault"])[:_FAULT]
            raise HostError("rehearsal-order-failed", f"on the rehearsed machine, {deed} failed: {fault}")
        return answer.get("done")

    def _answer(self, path: Path, deed: str, within: float) -> dict[str, Any]:
        now = self.clock.now()
        last, heard, sign = now + within + _SILENCE, now, b""
        while not os.path.lexists(path):
            self._must_be_own()
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
        most = _LARGE if deed in ("picture", "read") else _MOST
        try:
            with open_plain(path, follow_links=False) as stream:
                content = stream.read(most + 1)
            answer = read_json(content.decode("ascii")) if _is_bounded(content, most) else None
        except (OSError, UnicodeDecodeError, MalformedJsonError):
            answer = None
        if not isinstance(answer, dict):
            raise HostError("rehearsal-machine-lost", f"the rehearsed machine's answer is damaged ({deed}): {path}")
        return answer

    def _must_be_own(self) -> None:
        """Raises HostError where a folder of these is another one by now, or nearly no room is left: what is there may have written into them."""
        for each in (self.folder / "orders", self.folder / "answers"):
            try:
                state = os.lstat(each)
            except OSError:
                state = None
            if state is None or leads_elsewhere(state) or not stat.S_ISDIR(state.st_mode):
                raise HostError(
                    "rehearsal-machine-lost",
                    f"a program on the rehearsed machine has put something in the place of {each}",
                )
        if shutil.disk_usage(self.folder).free < _LEAST_DISK:
            raise HostError(
                "rehearsal-machine-lost",
                f"less than {_LEAST_DISK >> 20} MiB are left on this disk, and a program on the rehearsed machine may fill it",
                context=(str(self.folder),),
            )

    def _alive(self) -> bytes:
        try:
            with open_plain(self.folder / "alive", follow_links=False) as stream:
                return stream.read(100)
        except OSError:  # it is being written
            return b""


def _is_bounded(content: bytes, most: int) -> bool:
    return len(content) <= most and sum(map(content.count, (b",", b"[", b"{"))) <= _PARTS
