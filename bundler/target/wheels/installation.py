"""Installing wheels without pip, as pip would: the same files with the same contents, the same RECORD. Only INSTALLER says who did it.

Wheels are read one after the other and cut into pieces; processes unpack and compile the pieces meanwhile. Of several wheels that bring
the same file, the one whose name comes first in the alphabet gives it: pip installs independent packages from Z to A.
"""

from __future__ import absolute_import, unicode_literals

import errno
import os

from ..errors import FAILED, InstallError
from .compiling import compiled_path, source_of
from .record import encode_record, hex_of, installed_rows
from .unpacking import EXECUTABLE, MODULE, SCRIPT, record_hash, write
from .wheel_file import (
    all_of,
    first_unlike,
    malformed,
    normal_name,
    one_file,
    order_of,
    read_wheel,
    stands_for_entry_point,
)
from .wheel_pieces import cut

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from .destinations import Scheme
    from .launchers import Launchers
    from .record import Row
    from .wheel_file import Member, Wheel
    from .wheel_pieces import Piece
    from .worker_processes import Workers

    _Chosen = tuple[Member, str, str, str, int]
    """A member, its folder and name there, RECORD's path, and flags."""

INSTALLER = b"offline-bundler\n"


class Install(object):
    """The state of one installation. ``warn`` gets what is odd and not an error. ``shared``: two packages, and a file that both bring.

    ``written``: SHA-256 in hex and size of what was written and compared with RECORD as it was, by RECORD's path.
    """

    def __init__(self, scheme, launchers, workers, compile_, warn):
        # type: (Scheme, Launchers, Workers, bool, Callable[[str], None]) -> None
        self._scheme = scheme
        self._launchers = launchers
        self._workers = workers
        self._compile = compile_
        self._warn = warn
        self._claimed = {}  # type: dict[str, tuple[str, str]]
        self.shared = []  # type: list[tuple[str, str, str]]
        self.written = {}  # type: dict[str, tuple[str, int]]
        self._underway = {}  # type: dict[int, tuple[_Installing, list[str]]]
        self._pieces = 0

    def run(self, wheels):
        # type: (Iterable[tuple[str, str, bool]]) -> int
        """``wheels``: name, path, and whether the recipe itself asks for it. Returns the number of files that were compiled in vain.

        Raises InstallError (1603): with all that can't be installed before anything is written, or, and then leaves what is done so far,
        when a wheel turns out to be damaged.
        """
        uncompiled = 0
        for wheel, pieces in self.judged(wheels):
            for piece in pieces:
                self._put(wheel, piece)
        self._workers.no_more()
        for _ in range(self._pieces):
            result = self._workers.result()
            wheel, members = self._underway.pop(result.number)
            uncompiled += self._piece_done(wheel, members, result.answer)
            wheel.pieces -= 1
            if not wheel.pieces:
                self._finish(wheel)
        return uncompiled

    def judged(self, wheels):
        # type: (Iterable[tuple[str, str, bool]]) -> list[tuple[_Installing, list[Piece]]]
        """What ``run`` begins with, which changes nothing. Raises InstallError (1603) with all that can't be installed."""
        planned, faults = [], []  # type: list[tuple[_Installing, list[_Chosen]]], list[InstallError]
        for name, path, requested in sorted(wheels, key=lambda each: normal_name(each[0])):
            try:
                wheel = _Installing(read_wheel(path, name), requested)
                planned.append((wheel, self._planned(wheel, faults)))
            except InstallError as error:
                faults.append(error)
        faults = faults or self._files_and_folders()
        if faults:
            raise all_of(faults)
        return [(wheel, self._cut(wheel, chosen)) for wheel, chosen in planned]

    def _files_and_folders(self):
        # type: () -> list[InstallError]
        """What one wheel has as a file, and a wheel as a folder with something in it."""
        # what lies in a folder comes next to it
        ordered = sorted(self._claimed, key=lambda each: each.replace("/", "\0"))
        both = [each for each in zip(ordered, ordered[1:]) if each[1].startswith(each[0] + "/")]  # noqa: B905, RUF007 - 2.7
        owners = [self._claimed[file] + self._claimed[inside] for file, inside in both]
        return [InstallError(FAILED, "%s brings %s as a file, and %s %s" % each) for each in owners]

    def _cut(self, wheel, chosen):
        # type: (_Installing, list[_Chosen]) -> list[Piece]
        """Once it is known whose all modules are: a file that Python would take for another package's compiled module isn't written."""
        left = [each for each in chosen if not self._is_compiled_of_others(wheel, each[3], each[0].name)]
        hashes = {row[0]: row[1] for row in wheel.wheel.record if len(row) > 1}
        for member, _, _, path, _ in left:
            wheel.checked[path] = (hashes.get(member.name) or "", "%d" % member.size)
        return cut(left, hashes)

    def _is_compiled_of_others(self, wheel, path, what):
        # type: (_Installing, str, str) -> bool
        source = source_of(path)
        owner = self._claimed.get(self._scheme.key(source)) if source is not None else None
        if owner is None or owner[0] == wheel.wheel.name:
            return False
        self._yield(wheel, owner[0], what)
        return True

    def _planned(self, wheel, faults):
        # type: (_Installing, list[InstallError]) -> list[_Chosen]
        """``faults`` gets what may not be where it would be: nothing is unpacked then."""
        chosen = self._chosen(wheel, faults)
        for name, program in self._launchers.programs(wheel.wheel):
            try:
                folder, last, path = self._scheme.program(wheel.wheel, name)
            except InstallError as error:
                faults.append(error)
                continue
            # here, in the order of the names, and not when they are written, in the order in which workers get ready
            mine = self._claim(wheel, self._scheme.key(path), path)
            beside = self._launchers.beside_name(path)
            if mine and beside is not None and not self._claim(wheel, self._scheme.key(beside), beside):
                faults.append(
                    malformed(wheel.wheel.path, "another package brings %s, which %s would run" % (beside, name))
                )
            wheel.programs.append((folder, last, path, program, mine))
        return chosen

    def _put(self, wheel, piece):
        # type: (_Installing, Piece) -> None
        number = self._pieces
        self._pieces += 1
        wheel.pieces += 1
        self._underway[number] = (wheel, piece.paths)
        self._workers.put(number, piece.cost, piece.message(wheel.wheel.path))

    def _chosen(self, wheel, faults):
        # type: (_Installing, list[InstallError]) -> list[_Chosen]
        """The members to unpack, in the order of their bytes: member, folder, name, RECORD's path, flags."""
        scheme, own = self._scheme, wheel.wheel
        record = own.info + "/RECORD"
        found = {}  # type: dict[str, tuple[Member, str, str, str, int]]
        alike = []  # type: list[tuple[str, str]]
        for member in sorted(own.members, key=order_of):
            turn = order_of(member)
            try:
                folder, name, path = scheme.place(own, member.name)
            except InstallError as error:
                faults.append(error)
                continue
            if turn == 2 and stands_for_entry_point(own, name, self._launchers.endings):
                continue
            wheel.places[member.name] = path
            if member.name == record:
                continue  # it is written anew
            flags = (EXECUTABLE if member.executable else 0) | (SCRIPT if turn == 2 else 0)
            flags |= MODULE if name.endswith(".py") else 0
            key = scheme.key(path)
            other = found.get(key)
            if other is not None and (other[3] != path or ".dist-info/" in path.lower()):
                if (other[0].crc, other[0].size) != (member.crc, member.size):
                    raise one_file(own, other[0].name, member.name)
                alike.append((other[0].name, member.name))
            found[key] = (member, folder, name, path, flags)
        unlike = first_unlike(own.path, alike)
        if unlike is not None:
            raise one_file(own, *unlike)
        chosen = [each for key, each in found.items() if self._claim(wheel, key, each[0].name)]
        if self._compile:
            chosen = self._without_compiled(wheel, chosen)
        return sorted(chosen, key=lambda each: each[0].offset)

    def _claim(self, wheel, key, what):
        # type: (_Installing, str, str) -> bool
        """Whether this wheel is the one to write a file; the first one that asks is."""
        owner = self._claimed.setdefault(key, (wheel.wheel.name, what))
        if owner[0] == wheel.wheel.name:
            return True
        self._yield(wheel, owner[0], what)
        return False

    def _yield(self, wheel, owner, what):
        # type: (_Installing, str, str) -> None
        self.shared.append((owner, wheel.wheel.name, what))
        self._warn("%s and %s both bring %s; that of %s is taken" % (owner, wheel.wheel.name, what, owner))

    def _without_compiled(self, wheel, chosen):
        # type: (_Installing, list[_Chosen]) -> list[_Chosen]
        """Leave out compiled files that will be made here: a worker could write the wheel's over ours."""
        tag = self._workers.tag()
        made = set()
        for _, folder, name, path, flags in chosen:
            if flags & MODULE:
                wheel.modules.append(path)
                made.add(self._scheme.key(compiled_path(folder, name, tag)))
        return [each for each in chosen if self._scheme.key(each[1] + os.sep + each[2]) not in made]

    def _piece_done(self, wheel, paths, answer):
        # type: (_Installing, list[str], dict[str, Any]) -> int
        if "refused" in answer:
            raise malformed(wheel.wheel.path, answer["refused"])
        for number, digest, size in answer["changed"]:
            wheel.changed[paths[number]] = (digest, "%d" % size)
        for number, reason in answer["failed"]:
            wheel.uncompiled.add(paths[number])
            self._warn("%s was not compiled: %s" % (paths[number], reason))
        return len(answer["failed"])

    def _finish(self, wheel):
        # type: (_Installing) -> None
        """What pip makes itself: programs, INSTALLER, REQUESTED, RECORD."""
        own, scheme = wheel.wheel, self._scheme
        made = []  # type: list[Row]
        for folder, last, path, program, mine in wheel.programs:
            laid = [(path, last, self._launchers.make(program))]
            beside = self._launchers.beside(last, program)
            if beside is not None:
                laid.append((path[: -len(last)] + beside[0], beside[0], beside[1]))
            for number, (where, name, content) in enumerate(laid):
                made.append(_row(where, content))
                if mine:
                    _write(folder, name, content, executable=not number)
                    wheel.checked[where] = made[-1][1:]
        folder = scheme.library + os.sep + own.info
        files = [("INSTALLER", INSTALLER)] + ([("REQUESTED", b"")] if wheel.requested else [])
        for name, content in files:
            made.append(_row(own.info + "/" + name, content))
            _write(folder, name, content, executable=False)
            wheel.checked[made[-1][0]] = made[-1][1:]
        rows = installed_rows(own.record, wheel.places, wheel.changed, made)
        if self._compile:
            tag = self._workers.tag()
            for path in wheel.modules:
                if path not in wheel.uncompiled:
                    above, _, name = path.rpartition("/")
                    compiled = compiled_path(above or ".", name, tag).replace(os.sep, "/")
                    rows.append((compiled[2:] if not above else compiled, "", ""))
        record = encode_record(rows)
        _write(folder, "RECORD", record, executable=False)
        wheel.checked[own.info + "/RECORD"] = _row("", record)[1:]
        self._note(wheel)

    def _note(self, wheel):
        # type: (_Installing) -> None
        """RECORD may say more, of files that the wheel doesn't have: that isn't believed."""
        for path, found in wheel.checked.items():
            stated, size = wheel.changed.get(path, found)
            sha256 = hex_of(stated)
            if sha256 is not None:
                self.written[path] = (sha256, int(size))


class _Installing(object):
    """One wheel on its way: ``places``: member -> RECORD's path; ``programs``: folder, name, RECORD's path, what makes it, and whether
    this wheel is the one to write it; ``modules``: paths that are compiled; ``pieces`` that aren't done; ``checked``: path -> hash and size, as
    RECORD has them, of what this wheel is the one to write.
    """

    def __init__(self, wheel, requested):
        # type: (Wheel, bool) -> None
        self.wheel = wheel
        self.requested = requested
        self.places = {}  # type: dict[str, str]
        self.changed = {}  # type: dict[str, tuple[str, str]]
        self.checked = {}  # type: dict[str, tuple[str, str]]
        self.programs = []  # type: list[tuple[str, str, str, tuple[str, str, bool], bool]]
        self.modules = []  # type: list[str]
        self.uncompiled = set()  # type: set[str]
        self.pieces = 0


def _row(path, content):
    # type: (str, bytes) -> Row
    return path, record_hash(content), "%d" % len(content)


def _write(folder, name, content, executable):
    # type: (str, str, bytes, bool) -> None
    path = os.path.join(folder, name)
    try:
        write(path, content)
    except EnvironmentError as error:
        if error.errno != errno.ENOENT:
            raise
        os.makedirs(os.path.dirname(path))
        write(path, content)
    if executable and os.name == "posix":
        os.chmod(path, os.stat(path).st_mode & 0o7777 | 0o555)  # noqa: S103 - a program is for everybody
