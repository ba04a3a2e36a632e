"""Wheels in the environment of a build, put there by ourselves: this host's pip serves fewer Pythons with each release.

Nothing of theirs runs, nothing is compiled, and nothing is looked at that the lock has settled: tags, dependencies, Requires-Python.
"""

from __future__ import annotations

import dataclasses
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from distlib import DistlibException
from distlib.scripts import ScriptMaker, enquote_executable

from bundler.atomic import remove_tree
from bundler.errors import BuildError, IntegrityError
from bundler.formats.archives.guard import name_fault
from bundler.formats.archives.streams import walk_zip
from bundler.formats.archives.unpacking import unpack
from bundler.formats.wheel_reader import MalformedWheelError, open_wheel, placed_in

if TYPE_CHECKING:
    from collections.abc import Sequence

_PROGRAMS = ("console_scripts", "gui_scripts")
_SHOWN = 200


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Places:
    """Where wheels go: ``site`` is what their modules are imported from, ``scripts`` the folder of programs, ``data`` the root of the rest.

    ``python`` is what their programs run under.
    """

    site: Path
    scripts: Path
    data: Path
    python: Path


def places_in(environment: Path, python: Path) -> Places:
    """Those of the virtual environment in a folder, whose Python is ``python``."""
    found = (
        (environment / "Lib" / "site-packages",) if os.name == "nt" else environment.glob("lib/python*/site-packages")
    )
    return Places(site=next(iter(found)), scripts=python.parent, data=environment, python=python)


def install_wheels(wheels: Sequence[Path], places: Places) -> None:
    """Put ``wheels`` into an environment, with their programs (Binary distribution format).

    Raises BuildError (``build-environment``).
    """
    for each in (places.site, places.scripts, places.data):
        each.mkdir(parents=True, exist_ok=True)
    for number, wheel in enumerate(wheels):
        try:
            _install(wheel, places.data / f".wheel-{number}", places)
        except (DistlibException, OSError, ValueError, IntegrityError, MalformedWheelError) as error:
            raise BuildError("build-environment", f"{wheel.name} can't be installed for a build: {error}") from error


def _install(wheel: Path, staging: Path, places: Places) -> None:
    files = unpack(wheel, staging, reader=walk_zip)
    maker = _maker(places, staging)
    with open_wheel(wheel) as opened:
        programs = [each for each in opened.entry_points() if each.group in _PROGRAMS]
        if odd := next((each.name for each in programs if not _is_program(each.name)), None):
            raise MalformedWheelError(f"its program {odd[:_SHOWN]!r} would lie elsewhere")
        runs = {each.filename for each in opened.archive.infolist() if (each.external_attr >> 16) & 0o111}
    for name in files:
        _place(name, staging, places, maker, runs=name in runs)
    for entry in programs:
        maker.make(f"{entry.name} = {entry.value}", {"gui": entry.group == _PROGRAMS[1]})
    remove_tree(staging)


def _is_program(name: str) -> bool:
    """Whether a program of that name lies in the folder of programs; distlib writes wherever a name leads, before its version 0.4.1."""
    return not {"/", "\\"} & set(name) and name_fault(name) is None


def _place(name: str, staging: Path, places: Places, maker: ScriptMaker, *, runs: bool) -> None:
    scheme, path = placed_in(name)
    if scheme == "scripts":
        maker.make(str(staging / name))
        return
    root = {"data": places.data, "headers": places.data / "include"}.get(scheme, places.site)
    destination = root / path
    destination.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(staging / name, destination)
    if runs and os.name != "nt":
        destination.chmod(0o755)


def _maker(places: Places, source: Path) -> ScriptMaker:
    """What writes the programs as pip does: on Windows launchers, elsewhere scripts."""
    maker = ScriptMaker(str(source), str(places.scripts), add_launchers=os.name == "nt")
    maker.variants = {""}
    maker.set_mode = True
    maker.clobber = True
    maker.executable = enquote_executable(str(places.python))
    return maker
