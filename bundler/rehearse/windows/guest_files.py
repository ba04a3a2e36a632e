"""The folder that both sides see: the program for the other side, with what it needs, and room for orders and answers."""

from __future__ import annotations

import shutil
from pathlib import Path

from bundler.rehearse.command_lines import RUNNER, compiled

_GUEST = Path(__file__).parent / "guest"
OPTIONS = ("-E", "-s", "-S", "-B")
"""Of the bundle's own Python, as bootstrap.bat has them."""


def lay_hands(folder: Path, target: Path) -> None:
    """Put what the other side runs into a new folder; ``target``: the target's half. Raises HostError (``shims-missing``)."""
    folder.mkdir()
    for each in _GUEST.glob("*.py"):
        shutil.copyfile(each, folder / each.name)
    runner = compiled(RUNNER)
    shutil.copyfile(runner, folder / runner.name)
    for each in target.rglob("*.py"):
        place = folder / "target" / each.relative_to(target)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(each, place)


def guest_command(bundle: str, hands: str, mail: str) -> tuple[str, ...]:
    """How the other side is started, all three folders as that machine sees them."""
    return (rf"{bundle}\boot\python.exe", *OPTIONS, rf"{hands}\orders.py", mail)
