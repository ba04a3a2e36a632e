"""Two environments that one set of wheels was installed into: what is in them, made comparable, and how to fill one with ours."""

from __future__ import annotations

import csv
import dataclasses
import marshal
import os
import subprocess
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING

from bundler.target.steps.install_wheels import moment
from bundler.target.wheels.destinations import Scheme
from bundler.target.wheels.installation import Install
from bundler.target.wheels.launchers import Launchers
from bundler.target.wheels.worker_processes import Workers, worker_command

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import CodeType

CREATED = "2026-11-01T02:04:06Z"
EPOCH = 1793498646


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """An environment: ``executable`` is the Python that its programs name, ``stub`` what the name of a launcher's stub ends with, ``own``: launchers that are
    the same for all.
    """

    root: Path
    library: Path
    scripts: Path
    executable: str
    python: str
    stub: str | None = None
    own: tuple[bytes, bytes] | None = None

    @property
    def include(self) -> Path:
        return self.root / "include" / "site" / ("python" + self.python.rpartition(".")[0])


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    name: str
    path: Path
    requested: bool


def install(
    place: Place,
    wheels: Sequence[Asked],
    *,
    pip: Path,
    worker: Path = Path(sys.executable),
    processes: int = 2,
    compiled: bool = True,
    written: dict[str, tuple[str, int]] | None = None,
) -> list[str]:
    """Install with our own installer, as the target does; what it warned of. ``written`` gets what it says it wrote."""
    version = pip.name.split("-")[1]
    launchers = Launchers(place.executable, (version, str(pip)), place.python, place.stub, moment(CREATED), place.own)
    scheme = Scheme(str(place.library), str(place.scripts), str(place.include), str(place.root), place.stub is not None)
    command = worker_command(str(worker))
    with (place.root / "errors.txt").open("wb") as errors:
        workers = Workers(
            processes,
            lambda: _started(command, errors),
            {"shebang": launchers.script_line(), "compile": compiled, "root": str(place.root)},
            same=True,
        )
        warned: list[str] = []
        try:
            asked = [(each.name, str(each.path), each.requested) for each in wheels]
            installing = Install(scheme, launchers, workers, compiled, warned.append)
            installing.run(asked)
            if written is not None:
                written.update(installing.written)
        finally:
            workers.stop()
    said = (place.root / "errors.txt").read_text()
    (place.root / "errors.txt").unlink()
    assert said == ""
    return warned


def _started(command: list[str], errors: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors)


def tree(root: Path, *, modes: bool = True) -> dict[str, tuple[int, bytes]]:
    """Path -> mode and content of all files but compiled ones; of RECORD without what it says of those and of INSTALLER.

    Windows knows no modes.
    """
    found = {}
    for folder, _, names in os.walk(root):
        for name in names:
            path = Path(folder, name)
            if path.suffix == ".pyc" or path.is_symlink() or name == "INSTALLER":
                continue
            content = path.read_bytes()
            if name == "RECORD" and path.parent.suffix == ".dist-info":
                content = _comparable_record(content)
            found[path.relative_to(root).as_posix()] = (path.stat().st_mode & 0o7777 if modes else 0, content)
    return found


def compiled(root: Path) -> dict[str, tuple[str, CodeType]]:
    """Path -> the code in each compiled file, and the source that it names. This Python's only.

    Not the bytes: how often an object is referred to while it is written leaves its traces in them. The header is pip's choice
    between the source's time and its content, which is the environment's.
    """
    codes = {each: marshal.loads(each.read_bytes()[16:]) for each in root.rglob("*.pyc")}  # noqa: S302 - made by the test
    return {each.relative_to(root).as_posix(): (code.co_filename, code) for each, code in codes.items()}


def _comparable_record(content: bytes) -> bytes:
    """Line ends and quotes stay as they are; one line is one row, as no path holds a line end."""
    lines = content.decode("utf-8").splitlines(keepends=True)
    paths = [next(csv.reader([line]))[0] for line in lines]
    kept = (
        line
        for line, path in zip(lines, paths, strict=True)
        if not path.endswith(".pyc") and not path.endswith(".dist-info/INSTALLER")
    )
    return "".join(kept).encode("utf-8")


def differences(ours: dict[str, tuple[int, bytes]], theirs: dict[str, tuple[int, bytes]]) -> list[str]:
    found = [f"only ours: {each}" for each in sorted(set(ours) - set(theirs))]
    found += [f"only theirs: {each}" for each in sorted(set(theirs) - set(ours))]
    for name in sorted(set(ours) & set(theirs)):
        if ours[name][1] != theirs[name][1]:
            found.append(f"other content: {name}")
        if ours[name][0] != theirs[name][0]:
            found.append(f"other mode: {name}: {ours[name][0]:o} and {theirs[name][0]:o}")
    return found
