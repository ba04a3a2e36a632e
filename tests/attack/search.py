"""Breaks what every reader gets, by the thousand, and measures: ``python -m tests.attack.search [CASES] [NAME…]`` prints the table, and how to
try again what was found.

Each reader has processes of its own, which may have 4 GB; what they open, make or remove outside of their folder, and each connection or
program that they start, is found by an audit hook. A case that takes more than ten seconds of processor time is ended; that is found too,
and more than a gigabyte of memory: each case is small.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import contextlib
import dataclasses
import json
import multiprocessing
import os
import platform
import resource
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.attack.parser import OutsideError
from tests.attack.parsers import PARSERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from multiprocessing.connection import Connection
    from types import FrameType

    from tests.attack.parser import Parser

Order = tuple[str, int, int]
"""A reader's name, the number of its first case, and the one after the last."""
MOST_MEMORY = 4 << 30
MOST_SECONDS = 10
MOST_GROWTH = 1 << 30
"""Bytes that one case may take."""
SHOWN = 5
_PIECE = 2000
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_CHANGES = frozenset(
    {
        "os.mkdir",
        "os.remove",
        "os.rename",
        "os.rmdir",
        "os.link",
        "os.symlink",
        "os.chmod",
        "os.truncate",
        "shutil.rmtree",
    }
)
_BELOW = frozenset({"os.remove", "os.rmdir"})
"""Of those, what has a folder's descriptor and no other number."""
_STARTS = frozenset({"socket.connect", "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn"})


@dataclasses.dataclass(kw_only=True)
class Figures:
    """``memory``: bytes that the process grew by; ``seconds``: processor time of the longest case, whose number is ``slowest``; ``outside``: case
    numbers with what came.
    """

    name: str
    cases: int = 0
    refused: int = 0
    memory: int = 0
    seconds: float = 0.0
    slowest: int = 0
    outside: list[tuple[int, str]] = dataclasses.field(default_factory=list)

    def add(self, other: Figures) -> None:
        self.cases += other.cases
        self.refused += other.refused
        self.memory = max(self.memory, other.memory)
        self.seconds, self.slowest = max((self.seconds, self.slowest), (other.seconds, other.slowest))
        self.outside += other.outside


class Watch:
    """Knows what is done outside of a folder; one for a process, since an audit hook stays."""

    def __init__(self, folder: Path) -> None:
        self._inside = str(folder)
        self.on = False
        self.found: list[str] = []
        sys.addaudithook(self._see)

    def _see(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.on:
            return
        places: tuple[Any, ...] = ()
        if event in _STARTS:
            places = ("/",)
        elif event in _CHANGES:
            # names of folders that are open already come with their descriptors at the end
            folder = next(
                (each for each in arguments[1:] if isinstance(each, int) and event in _BELOW and each >= 0), None
            )
            places = tuple(_below(folder, each) for each in arguments[: 2 if event == "os.rename" else 1])
        elif event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITING:
            places = arguments[:1]
        if not all(map(self._is_inside, places)):
            self.found.append(f"{event}{arguments!r}"[:300])

    def _is_inside(self, path: object) -> bool:
        if isinstance(path, int) or path == os.devnull:  # a descriptor, of what was opened already
            return True
        return os.path.abspath(os.fsdecode(path)).startswith(self._inside)  # type: ignore[arg-type]  # noqa: PTH100


def _below(folder: int | None, path: Any) -> Any:
    return path if folder is None or isinstance(path, int) else Path(f"/proc/self/fd/{folder}").readlink() / path


class HungError(BaseException):
    """Not an Exception: no reader may take it for one of its own."""


def _hung(_signal: int, _frame: FrameType | None) -> None:
    raise HungError


def run(parser: Parser, numbers: Iterable[int], folder: Path, watch: Watch | None = None) -> Figures:
    """Try the cases of these numbers in ``folder``, which is there."""
    prepared, work = folder / "prepared", folder / "work"
    prepared.mkdir()
    wholes = parser.whole(prepared)
    path = folder / "in" / parser.filename
    path.parent.mkdir()
    figures = Figures(name=parser.name)
    for each in wholes:  # what is imported and remembered is neither a case's memory nor its time
        path.write_bytes(each)
        work.mkdir()
        with contextlib.suppress(OutsideError):
            parser.attempt(path, work)
        shutil.rmtree(work)
    before = most = _most_memory()
    for number in numbers:
        path.write_bytes(parser.case(number, wholes))
        work.mkdir()
        begun = time.process_time()
        try:
            if watch is not None:
                watch.on = True
            figures.refused += parser.attempt(path, work)
        except OutsideError as error:
            figures.outside.append((number, str(error)))
        except HungError:
            figures.outside.append((number, f"more than {MOST_SECONDS} seconds"))
        finally:
            if watch is not None:
                watch.on = False
                signal.setitimer(signal.ITIMER_PROF, MOST_SECONDS)
        figures.seconds, figures.slowest = max(
            (figures.seconds, figures.slowest), (time.process_time() - begun, number)
        )
        figures.cases += 1
        grown, most = _most_memory() - most, _most_memory()
        if grown > MOST_GROWTH:
            figures.outside.append((number, f"it took {grown / 1e6:.0f} MB"))
        shutil.rmtree(work)
        if watch is not None and watch.found:
            figures.outside.append((number, f"outside of its folder: {watch.found[0]}"))
            watch.found.clear()
    figures.memory = most - before
    return figures


def _most_memory() -> int:
    """Bytes that this process has had so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _kept(file: Path | None) -> Iterator[tuple[Order, Figures]]:
    for line in file.read_text("utf-8").splitlines() if file is not None and file.exists() else ():
        (name, first, last), figures = json.loads(line)
        figures["outside"] = [(number, words) for number, words in figures["outside"]]
        yield (name, first, last), Figures(**figures)


def _apart(order: Order) -> tuple[Order, Figures]:
    """In a process of its own, which a library that isn't Python's may end."""
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe(duplex=False)
    process = spawn.Process(target=_piece, args=(order, there))
    process.start()
    there.close()
    try:
        figures: Figures = here.recv()
    except EOFError:
        process.join()
        figures = Figures(
            name=order[0], outside=[(order[1], f"the process of cases {order[1:]} ended with {process.exitcode}")]
        )
    process.join()
    return order, figures


def _piece(order: Order, answer: Connection) -> None:
    name, first, last = order
    parser = next(each for each in PARSERS if each.name == name)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    with tempfile.TemporaryDirectory(prefix="bundle-attack-") as text:
        folder = Path(text)
        tempfile.tempdir = text
        signal.signal(signal.SIGPROF, _hung)
        signal.setitimer(signal.ITIMER_PROF, MOST_SECONDS)
        try:
            answer.send(run(parser, range(first, last), folder, Watch(folder)))
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)


def search(
    cases: int,
    names: Sequence[str] = (),
    *,
    processes: int = 1,
    first: int = 0,
    kept: Path | None = None,
    seconds: float = 0,
) -> list[Figures]:
    """All readers, or those named, share ``cases``; they begin with the case ``first`` of each. Once more with the next ones, while it hasn't
    taken ``seconds``.

    ``kept``: a file to which each piece's figures are added, and whose pieces aren't tried again: a run of hours can be ended and gone on with.
    """
    chosen = [each for each in PARSERS if not names or each.name in names]
    found = {each.name: Figures(name=each.name) for each in chosen}
    end = time.monotonic() + seconds
    while True:
        orders = _orders(chosen, cases, first)
        for order, figures in _kept(kept):
            if order in orders:
                orders.remove(order)
                found[order[0]].add(figures)
        with concurrent.futures.ThreadPoolExecutor(processes) as threads:
            for done in concurrent.futures.as_completed([threads.submit(_apart, each) for each in orders]):
                order, figures = done.result()
                found[figures.name].add(figures)
                if kept is not None:
                    with kept.open("a", encoding="utf-8") as stream:
                        stream.write(json.dumps([order, dataclasses.asdict(figures)]) + "\n")
                for number, words in figures.outside[:SHOWN]:
                    print(f"{figures.name} {number}: {words}", file=sys.stderr, flush=True)
                print(f"{figures.name}: {found[figures.name].cases}", file=sys.stderr, flush=True)
        if time.monotonic() >= end:
            return list(found.values())
        first += cases


def _orders(chosen: Sequence[Parser], cases: int, first: int) -> list[Order]:
    total = sum(each.share for each in chosen)
    orders = []
    for each in chosen:
        last = first + -(-cases * each.share // total)
        orders += [(each.name, at, min(at + _PIECE, last)) for at in range(first, last, _PIECE)]
    return orders


def gathered(kept: Path) -> list[Figures]:
    """What a search has found so far."""
    found = {each.name: Figures(name=each.name) for each in PARSERS}
    for order, figures in _kept(kept):
        found[order[0]].add(figures)
    return [each for each in found.values() if each.cases]


def table(found: Sequence[Figures]) -> str:
    """As Markdown, the sum last."""
    whole = Figures(name="**all**")
    for each in found:
        whole.add(each)
    lines = [
        f"{platform.python_implementation()} {platform.python_version()}, {platform.system()}",
        "",
        "| reader | cases | refused | greatest memory (MB) | longest case (s) | its number | outside the family |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    lines += [
        f"| {each.name} | {each.cases:,} | {each.refused:,} | {each.memory / 1e6:.0f} | {each.seconds:.2f} | {each.slowest} | {len(each.outside)} |"
        for each in (*found, whole)
    ]
    return "\n".join(lines)


def again(found: Sequence[Figures]) -> str:
    """A line for each of the first cases of each reader that were outside, with the command that tries it alone."""
    lines = []
    for each in found:
        for number, words in each.outside[:SHOWN]:
            lines += [
                f"{each.name} {number}: {words}",
                f'  python -m tests.attack.search 1 "{each.name}" --first {number}',
            ]
    return "\n".join(lines)


def main(arguments: Sequence[str]) -> int:
    """1 where anything came from outside the family."""
    options = argparse.ArgumentParser(prog="python -m tests.attack.search")
    options.add_argument("cases", type=int, nargs="?", default=10_000)
    options.add_argument(
        "names", nargs="*", metavar="NAME", help="readers; none: all of " + ", ".join(each.name for each in PARSERS)
    )
    options.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    options.add_argument("--first", type=int, default=0, help="the number of the first case of each reader")
    options.add_argument(
        "--seconds", type=float, default=0, help="go on with the next cases until then; CASES are one round"
    )
    options.add_argument("--kept", type=Path, metavar="FILE", help="go on with a search, whose figures are in FILE")
    options.add_argument("--table", action="store_true", help="try nothing, and print the table of what is in FILE")
    chosen = options.parse_args(arguments)
    if unknown := set(chosen.names) - {each.name for each in PARSERS}:
        options.error(f"no such reader: {', '.join(sorted(unknown))}")
    found = (
        search(
            chosen.cases,
            chosen.names,
            processes=chosen.processes,
            first=chosen.first,
            kept=chosen.kept,
            seconds=chosen.seconds,
        )
        if not chosen.table
        else gathered(chosen.kept)
    )
    print(table(found))
    if lines := again(found):
        print(f"\n{lines}")
    return 1 if any(each.outside for each in found) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
