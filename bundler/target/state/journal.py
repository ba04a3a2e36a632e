"""What a run is about to do, written before it does it: a file of lines that is there for as long as the run isn't over.

Each line is one JSON table with one key, appended and flushed to the disk before the change that it speaks of:

    run        the intention, always the first
    begin      a step, by its id
    undo       changes (steps/undo_kinds.py) that come next, and can be taken back; done in reverse order, and harmless if nothing came
    done       the step
    receipt    what the receipt will say; written before anything that the world uses is touched
    committed  from here on there is no way back: the rest of the run can only be finished

A machine that loses its power may leave the last line cut short: then what it spoke of hadn't begun.
"""

from __future__ import absolute_import, unicode_literals

import collections
import json

from ..compat import parse_json
from ..errors import FAILED, InstallError
from .formats import JOURNAL, NEWEST, checked, malformed, read_bytes
from .receipt import Receipt, decode_receipt
from .shapes import TEXT, Maybe, fits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..machine.host import Host

Intention = collections.namedtuple(
    "Intention", ["mode", "name", "instance", "release", "before", "purge", "started", "account"]
)
MODES = ("install", "rollback", "uninstall", "repair")
"""``mode``: one of these; ``release`` is what shall be current then, ``before`` what was, None: nothing."""


_SHAPES = {
    "run": {
        "mode": TEXT, "name": TEXT, "instance": Maybe(TEXT), "release": Maybe(TEXT), "before": Maybe(TEXT), "purge": Maybe(bool),
        "started": Maybe(TEXT), "account": Maybe(TEXT),
    },
    "begin": TEXT,
    "undo": [list],
    "receipt": dict,
}  # fmt: skip


class Change(object):
    """One that can be taken back, as it is written down. ``fields``: texts and numbers."""

    kind = ""

    def __init__(self, *fields):
        # type: (*Any) -> None
        self.fields = fields

    def encode(self):
        # type: () -> list[Any]
        return [self.kind] + list(self.fields)


class Journal(object):
    """The journal of this run. Nothing is written before ``start``: a run that only looks has none."""

    def __init__(self, host, path):
        # type: (Host, str) -> None
        self._host = host
        self._path = path
        self.undos = []  # type: list[list[Any]]
        self.receipt = None  # type: Receipt | None
        self.committed = False

    def start(self, intention):
        # type: (Intention) -> None
        self._write("run", dict(intention._asdict(), format=NEWEST[JOURNAL]))

    def begin(self, step):
        # type: (str) -> None
        self._write("begin", step)

    def done(self, step):
        # type: (str) -> None
        """After the point of no return nobody asks: what is left is done again as a whole, and the journal itself may be gone."""
        if not self.committed:
            self._write("done", step)

    def undo(self, *changes):
        # type: (*Change) -> None
        """To be called before the changes themselves."""
        if changes:
            encoded = [each.encode() for each in changes]
            self._write("undo", encoded)
            self.undos += encoded

    def intend(self, receipt):
        # type: (Receipt) -> None
        self._write("receipt", receipt.table())
        self.receipt = receipt

    def commit(self):
        # type: () -> None
        self._write("committed", True)
        self.committed = True

    def close(self):
        # type: () -> None
        """The run is over, one way or the other."""
        self._host.files.unlink(self._path)

    def _write(self, key, value):
        # type: (str, Any) -> None
        self._host.files.append(self._path, (json.dumps({key: value}, sort_keys=True) + "\n").encode("ascii"))


class Unfinished(object):
    """What a journal says that nobody closed. ``intention`` None: the run ended before it had changed anything."""

    def __init__(self):
        # type: () -> None
        self.intention = None  # type: Intention | None
        self.undos = []  # type: list[list[Any]]
        self.receipt = None  # type: Receipt | None
        self.committed = False
        self.step = None  # type: str | None


def read_journal(path):
    # type: (str) -> Unfinished | None
    """None: the last run was over when it ended. Raises InstallError: 1638 if a newer program began the run, 1603 for what can't be read."""
    content = read_bytes(path)
    if content is None:
        return None
    lines = content.split(b"\n")
    found = Unfinished()
    for number, line in enumerate(lines[:-1], 1):  # what comes after the last line's end is a line cut short
        try:
            table = _table(line)
        except ValueError:
            if number == len(lines) - 1:
                break  # its bytes never got to the disk, only its length
            raise InstallError(FAILED, "%s, line %d, can't be read" % (path, number))
        _take(found, path, number, table)
    return found


def read_lines(path):
    # type: (str) -> Unfinished
    """Of a journal that can't be read as a whole: what those of its lines say that can be."""
    found = Unfinished()
    for number, line in enumerate((read_bytes(path) or b"").split(b"\n")[:-1], 1):
        try:
            _take(found, path, number, _table(line))
        except (ValueError, InstallError):
            continue
    return found


def _table(line):
    # type: (bytes) -> tuple[str, Any]
    """Raises ValueError."""
    table = parse_json(line)
    if not isinstance(table, dict) or len(table) != 1:
        raise ValueError("not a table with one key")
    ((key, value),) = table.items()
    return key, value


def _take(found, path, number, line):
    # type: (Unfinished, str, int, tuple[str, Any]) -> None
    key, value = line
    if key == "run" and isinstance(value, dict):
        checked(path, value, JOURNAL)  # a newer one has other shapes
    if not fits(value, _SHAPES.get(key, Maybe(object))):
        raise malformed(path, "line %d" % number)
    if key == "run":
        intention = Intention(**{name: value.get(name) for name in Intention._fields})
        if intention.mode not in MODES:
            raise malformed(path, "mode")
        found.intention = intention
    elif key == "begin":
        found.step = value
    elif key == "undo":
        found.undos += value
    elif key == "receipt":
        found.receipt = decode_receipt(path, value)
    elif key == "committed":
        found.committed = True
