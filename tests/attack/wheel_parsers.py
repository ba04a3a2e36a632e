"""Wheels of strange names and fields at both halves: what the build host takes, the target installs, and as foreseen."""

from __future__ import annotations

import base64
import hashlib
import io
import re
import zipfile
from typing import TYPE_CHECKING

from bundler.model.platforms.windows_platform import WINDOWS
from bundler.model.target import Target
from bundler.pack.environment_files import check_installed
from bundler.pack.record_check import check_records
from bundler.pack.wheels import read_wheel
from bundler.target.errors import InstallError
from tests.attack.file_parsers import NoCache
from tests.attack.parser import OutsideError, Parser
from tests.support.bundles import wheel_file
from tests.support.installed_trees import Asked, Place, install
from tests.support.packages import make_wheel, metadata

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.attack.breaking import Breaker

TARGET = Target.of("3.11.9", "win_amd64")
NAMES = (
    *("a", "A", "b", "demo/", "sub/", "Sub/", "/", "/", ".py", ".pyc", "__pycache__/", "x.cpython-311.pyc", "y"),
    *("demo-1.0.data/scripts/", "demo-1.0.data/data/", "demo-1.0.data/purelib/", "demo-1.0.data/Scripts/"),
    *("demo-1.0.data/headers/", "demo-1.0.data/data/Lib/site-packages/", "demo-1.0.data/data/Scripts/", "x.data/"),
    *("other-1.0.dist-info/", "demo-1.0.dist-info/", "DEMO-1.0.dist-info/", "RECORD", "METADATA", "INSTALLER"),
    *("run", "run.exe", "run-script.py", "RUN.EXE", "con", "COM\u00b9", "x.", " ", "..", "./", "\\", ":", "ABCDEF~1"),
    *("\u0130", "\u0131", "i", "I", "\u00df", "ss", "\u212a", "k", "\u03c2", "\u03c3", "\u017f", "e\u0301", "\u00e9"),
    *("\u01c5", "\u01c6", "\u0345", "\u03b9", "\U00010400", "\U00010428", "__init__.py", ".pth", "pyvenv.cfg", "\x85"),
)
HEADERS = (
    *(["Wheel-Version: 1.0\nTag: py3-none-any\n"] * 6),
    *("wheel-version: 1.9\n", "Wheel-Version : 1.0\n", "\nWheel-Version: 1.0\n", "Wheel-Version: 2.0\n", "x\nWheel-Version: 1"),
    *("Wheel-Version: 2.0\nWheel-Version: 1.0\n", "Wheel-Version: 1.0\nWheel-Version: 2.0\n", "\x0cWheel-Version: 1\n", ""),
)  # fmt: skip
FOLDERS = (*["demo-1.0.dist-info"] * 6, "Demo-1.0.dist-info", "demo.dist-info", "demo-2.dist-info", "x-1.dist-info")
POINTS = ("run", "Run", "run.exe", "../x", "a/b", "sub\\x", "x.py", "con", "a b", "[x", "", "a.", "a:", "python", "x=y")
VALUES = (*["demo:main"] * 4, "demo.x:a.b [c]", "demo", "demo:", "d\u00e9mo : main", "demo:main # x", "1x:y")


def strange_wheel(breaker: Breaker, _: Sequence[bytes]) -> bytes:
    """Sound but for what is drawn; RECORD has the right hashes. Some are broken besides."""
    draw = breaker.draw
    names = ["".join(draw.choices(NAMES, k=draw.randrange(1, 4))) for _ in range(draw.randrange(1, 4))]
    info = draw.choice(FOLDERS)
    files = [(each, b"x = %d\n" % draw.randrange(2)) for each in names]
    if draw.random() < 0.4:
        lines = "".join(f"{draw.choice(POINTS)} = {draw.choice(VALUES)}\n" for _ in range(draw.randrange(1, 3)))
        group = draw.choice(("console_scripts", "gui_scripts", "Console_Scripts"))
        files.append((f"{info}/entry_points.txt", f"[{group}]\n{lines}".encode()))
    files += [(f"{info}/METADATA", metadata().encode()), (f"{info}/WHEEL", draw.choice(HEADERS).encode())]
    rows = [f'"{name}",sha256={_encoded(content)},{len(content)}' for name, content in dict(files).items()]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in {**dict(files), f"{info}/RECORD": "\n".join(rows).encode()}.items():
            member = zipfile.ZipInfo("x")
            member.filename = name
            archive.writestr(member, content)
    whole = buffer.getvalue()
    return breaker.zip(whole) if draw.random() < 0.3 else whole


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")


def both_halves(path: Path, work: Path) -> None:
    wheel = wheel_file(path)
    read = read_wheel(wheel, TARGET)
    check_installed([wheel], {wheel.filename: read.files}, WINDOWS)
    check_records([wheel], TARGET, NoCache())
    root = work / "environment"
    place = Place(
        root=root,
        library=root / "Lib" / "site-packages",
        scripts=root / "Scripts",
        executable="C:\\env\\Scripts\\python.exe",
        python="3.11.9",
        stub="64",
    )
    for each in (place.library, place.scripts):
        each.mkdir(parents=True)
    stubs = {f"pip/_vendor/distlib/{kind}64.exe": b"MZ" for kind in "tw"}
    pip = make_wheel(work / "pip", "pip", "26.3", files=stubs)
    try:
        install(place, [Asked(name="demo", path=path, requested=True)], pip=pip, processes=0, compiled=False)
    except InstallError as error:
        raise OutsideError(f"the target refuses what the build host took: {error}") from None
    there = {_key(each.relative_to(root).as_posix()) for each in root.rglob("*") if each.is_file()}
    if missing := {_key(each.path) for each in read.files[0]} - there:
        raise OutsideError(f"it isn't where it was foreseen: {sorted(missing)}")


def _key(path: str) -> str:
    """Of a path as it is foreseen or as it is: headers have a folder of their own in both."""
    inside = re.sub(r"\Ainclude/(site/python3.11/demo|[^/]+\.dist-info)/", "include/", path)
    return WINDOWS.paths.folded(re.sub(r"(?i)\Alib/site-packages/", "site-packages/", inside))


WHEELS_INSTALLED = (
    Parser(
        name="wheels at both halves",
        filename="demo-1.0-py3-none-any.whl",
        whole=lambda _: [],
        broken=strange_wheel,
        read=both_halves,
        few=150,
        share=150,
    ),
)
