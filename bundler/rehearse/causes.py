"""What explains a failure where the program itself doesn't say it: DLLs that the bundle lacks, paths of another machine in its files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bundler.rehearse.pictures import FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bundler.rehearse.bench import Bench

# Python's words; Windows error 126; STATUS_DLL_NOT_FOUND as an exit code
_DLL = re.compile(r"DLL load failed|WinError 126\b|exit code 3221225781\b")
# Windows errors 2 and 3; cmd's words for both
_NOT_FOUND = re.compile(r"WinError [23]\b|Errno 2\b|cannot find the (file|path)|is not recognized")
# what winedbg says of a program's end: the innermost frame, and whose modules are
_INNERMOST = re.compile(r"^=>0 .* in (\w+)(?: \(0x[0-9a-f]+\))?$", re.MULTILINE)
_UNIMPLEMENTED = re.compile(r"^wine: Call from \S+ to unimplemented function (\w+\.\w+)\.(\w+), aborting", re.MULTILINE)
_WINES = re.compile(r"^PE-Wine +[0-9a-f]+- *[0-9a-f]+ +\S+ +(\w+)$", re.MULTILINE)
_ELSEWHERE = re.compile(
    r"""(?<![A-Za-z])[A-Za-z]:(?:[\\/]{1,2}[^\\/"'<>|*?\r\n:;,]{1,60}){0,6}?[\\/]{1,2}(?:Python\d{1,3}(?:-32)?|Users[\\/]{1,2}[\w.-]+)"""
    r"""(?:[\\/]{1,2}[\w.-]+)*""",
    re.IGNORECASE,
)
_TEXTS = (".ini", ".cfg", ".conf", ".toml", ".json", ".yaml", ".yml", ".xml", ".bat", ".cmd", ".ps1", ".txt", ".pth")
_MOST_FILES, _LONGEST, _SHOWN = 4000, 256_000, 5
_MOST_READ, _MOST_PLACES = 1 << 30, 500
"""Bytes of files, and places that the machine is asked for: a stranger's files may name any number."""


def explanations(said: str, bench: Bench) -> Iterator[str]:
    """Sentences about what may be behind ``said``: the reason and the output of a step that failed. Raises HostError."""
    if _DLL.search(said) and (lacking := list(_lacking(bench))):
        yield f"The bundle lacks DLLs that its packages need: {', '.join(lacking[:_SHOWN])}"
    if (missing := _UNIMPLEMENTED.search(said)) is not None:
        yield f"{missing[1]} of Wine has no function {missing[2]}, so this can't be rehearsed in Wine as it is; Windows may have it: try another version of the package that calls it, or rehearse on Windows"
    elif (frame := _INNERMOST.search(said)) is not None and frame[1] in _WINES.findall(said):
        yield f"It ended inside {frame[1]}, which is Wine's own here and Microsoft's on Windows: whether it ends there too, this rehearsal can't tell"
    if _NOT_FOUND.search(said) and (named := list(_named_elsewhere(bench))):
        yield f"Files of the release name places that aren't there: {', '.join(named)}"


def _lacking(bench: Bench) -> Iterator[str]:
    for each in bench.subject.manifest.dlls:
        if not (each.optional or each.brought_by):
            yield f"{each.name} (for {each.needed_by[0]})" if each.needed_by else each.name


def _named_elsewhere(bench: Bench) -> Iterator[str]:
    packages = rf"{bench.subject.release}\Lib\site-packages" + "\\"
    files = [
        name
        for name, what in bench.machine.picture().files.items()
        if what != FOLDER and name.lower().startswith(packages.lower()) and name.lower().endswith((*_TEXTS, ".py"))
    ]
    found = read = 0
    known: dict[str, bool] = {}
    for name in sorted(files, key=lambda each: (each.lower().endswith(".py"), each))[:_MOST_FILES]:
        content = bench.machine.files.read(name) or b""
        read += len(content)
        text = content[:_LONGEST].decode("utf-8", errors="replace")
        for match in _ELSEWHERE.finditer(text):
            place = re.sub(r"[\\/]+", lambda _: "\\", match[0])
            if place not in known:
                known[place] = bench.machine.files.exists(place)
            if not known[place]:
                yield f"{name[len(packages) :]}: {place}"
                found += 1
                break
            if len(known) >= _MOST_PLACES:
                return
        if found >= _SHOWN or read > _MOST_READ:
            return
