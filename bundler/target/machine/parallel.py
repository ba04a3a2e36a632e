"""Several files at a time: whoever opens, reads or writes a file waits for the disk, and for scanners that look at it."""

from __future__ import absolute_import, unicode_literals

import collections
import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

THREADS = 4


def in_parallel(action, items):
    # type: (Callable[[Any], object], Iterable[Any]) -> None
    """Call ``action`` for each item, in their order but several at a time. The first error comes out when no other call runs any more, and
    then the rest is left; so does Ctrl-C, which reaches this thread alone.
    """
    waiting, errors = collections.deque(items), []  # type: collections.deque[Any], list[BaseException]

    def work():
        # type: () -> None
        try:
            while not errors:
                try:
                    item = waiting.popleft()  # in one step: no two threads get the same one
                except IndexError:
                    return
                action(item)
        except BaseException as error:
            errors.append(error)

    threads = []  # type: list[threading.Thread]
    for _ in range(min(THREADS, len(waiting)) - 1):
        thread = threading.Thread(target=work)
        thread.daemon = True
        try:
            thread.start()
        except RuntimeError:
            break  # the system has no more: this one does the work
        threads.append(thread)
    work()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
