"""Processes that unpack pieces of wheels side by side; if none can be started, the work is done in this one."""

from __future__ import absolute_import, unicode_literals

import heapq
import json
import os
import threading
from collections import deque

from ..compat import PY2, to_text
from ..errors import FAILED, InstallError
from .compiling import cache_tag
from .unpacking import Unpacker

if PY2:
    import Queue as queue  # noqa: N813
else:
    import queue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from subprocess import Popen
    from typing import Any

_LEAST_WORKERS, _MOST_WORKERS = 2, 8
"""On a single processor too, one works while the other waits for the disk or a virus scanner."""
_AHEAD = 2
"""Pieces that a worker has at a time: the next one waits in the pipe while it works on the first."""
_POLL = 0.1  # seconds; 2.7, and Windows, take a Ctrl-C between two waits only


class Result(object):
    """Of one piece: its ``number``, and what the worker answered."""

    def __init__(self, number, answer):
        # type: (int, dict[str, Any]) -> None
        self.number = number
        self.answer = answer


class Workers(object):
    """``start`` starts one, or raises EnvironmentError; ``same`` says that this process has the Python of the release.

    Pieces are taken the costliest first, so that at the end all are done at about the same time.
    """

    def __init__(self, count, start, settings, same):
        # type: (int, Callable[[], Popen[bytes]], dict[str, Any], bool) -> None
        self._start = start
        self._settings = settings
        self._same = same
        self._changed = threading.Condition()
        self._heap = []  # type: list[tuple[float, int, dict[str, Any]]]
        self._complete = False
        self._results = queue.Queue()  # type: queue.Queue[Result | None]
        self._processes = []  # type: list[Popen[bytes]]
        self._threads = []  # type: list[threading.Thread]
        self._serial = None  # type: Unpacker | None
        self._tags = queue.Queue()  # type: queue.Queue[list[str | None]]
        self._tag = []  # type: list[str | None]
        for _ in range(count):
            try:
                self._processes.append(start())
            except EnvironmentError:
                break  # some are better than none; none is slow, and works
        for process in self._processes:
            thread = threading.Thread(target=self._serve, args=(process,))
            thread.daemon = True
            thread.start()
            self._threads.append(thread)
        if not self._processes:
            # another Python's compiled files would be of no use to the release's
            self._serial = Unpacker(dict(settings, compile=settings["compile"] and same))

    @property
    def count(self):
        # type: () -> int
        return len(self._processes)

    def tag(self):
        # type: () -> str | None
        """What compiled files are called in the release (``cpython-311``); None where they lie beside their sources."""
        if self._serial is not None:
            return cache_tag()
        if not self._tag:
            self._tag = self._wait(self._tags)
            if not self._tag:
                raise _died()
        return self._tag[0]

    def put(self, number, cost, piece):
        # type: (int, float, dict[str, Any]) -> None
        with self._changed:
            heapq.heappush(self._heap, (-cost, number, piece))
            self._changed.notify()

    def no_more(self):
        # type: () -> None
        with self._changed:
            self._complete = True
            self._changed.notify_all()

    def result(self):
        # type: () -> Result
        """The next piece that is done, in no particular order. Raises InstallError (1603) when a worker has died."""
        if self._serial is not None:
            _, number, piece = heapq.heappop(self._heap)
            return Result(number, self._serial.piece(piece))
        done = self._wait(self._results)  # type: Result | None
        if done is None:
            raise _died()
        return done

    def stop(self):
        # type: () -> None
        """After the last result, or instead of it: no process is left, and none holds a file."""
        finished = self._complete and not self._heap
        self.no_more()
        if finished:
            for thread in self._threads:
                thread.join(_POLL)
        for process in self._processes:
            if process.poll() is None:
                process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    try:
                        stream.close()
                    except EnvironmentError:
                        pass  # it would like to write what nobody reads any more

    def _wait(self, waited):
        # type: (queue.Queue[Any]) -> Any
        while True:
            try:
                return waited.get(True, _POLL)
            except queue.Empty:
                pass

    def _serve(self, process):
        # type: (Popen[bytes]) -> None
        """One thread a worker: gives it pieces and takes its answers, until there are no more."""
        source, sink = process.stdout, process.stdin
        given = deque()  # type: deque[int]
        try:
            if source is None or sink is None:
                raise ValueError("a worker is started with pipes")
            sink.write(_line(self._settings))
            sink.flush()
            self._tags.put([json.loads(source.readline().decode("ascii"))["tag"]])
            while True:
                while len(given) < _AHEAD:
                    taken = self._take(not given)
                    if taken is None:
                        break
                    given.append(taken[0])
                    sink.write(_line(taken[1]))
                    sink.flush()
                if not given:
                    break
                answer = json.loads(source.readline().decode("ascii"))
                self._results.put(Result(given.popleft(), answer))
            sink.close()
            process.wait()
        except Exception:  # it died, or says what no worker says
            self._tags.put([])
            self._results.put(None)

    def _take(self, wait):
        # type: (bool) -> tuple[int, dict[str, Any]] | None
        with self._changed:
            while not self._heap:
                if self._complete or not wait:
                    return None
                self._changed.wait()
            _, number, piece = heapq.heappop(self._heap)
            return number, piece


def worker_count(processors):
    # type: (int) -> int
    return max(_LEAST_WORKERS, min(processors, _MOST_WORKERS)) if processors else 0


def worker_command(python):
    # type: (str) -> list[str]
    return [python, "-E", "-s", "-S", "-B", "-W", "ignore", program_beside("worker.py")]


def program_beside(name):
    # type: (str) -> str
    """A script of this folder, to be started by another Python."""
    return os.path.join(os.path.dirname(os.path.abspath(to_text(__file__))), name)


def _died():
    # type: () -> InstallError
    return InstallError(FAILED, "A process that unpacked packages ended before its work was done")


def _line(value):
    # type: (dict[str, Any]) -> bytes
    return json.dumps(value).encode("ascii") + b"\n"
