"""A Windows machine made of tables: what its registry says, which files it has, and what its programs answer."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from bundler.build.compilers import Ended
from bundler.build.compilers.machine import HIVES, VIEWS, Hive, View

if TYPE_CHECKING:
    from pathlib import PureWindowsPath

VARIABLES = {
    "COMSPEC": r"C:\Windows\System32\cmd.exe",
    "SYSTEMROOT": r"C:\Windows",
    "PROGRAMFILES": r"C:\Program Files",
    "PROGRAMFILES(X86)": r"C:\Program Files (x86)",
    "COMMONPROGRAMFILES(X86)": r"C:\Program Files (x86)\Common Files",
    "LOCALAPPDATA": r"C:\Users\Zoë & co\AppData\Local",
    "PROCESSOR_ARCHITECTURE": "AMD64",
    "PATH": r"C:\Windows\System32;C:\Tools",
}


@dataclasses.dataclass(kw_only=True)
class TableMachine:
    """``values``: (hive, key, name, view) -> text; ``scripts``: path -> argument -> what it sets, or how it fails.

    ``programs``: path -> its end, whatever it is called with. ``calls`` are the command lines, with their variables.
    """

    environment: dict[str, str] = dataclasses.field(default_factory=VARIABLES.copy)
    values: dict[tuple[Hive, str, str, View], str] = dataclasses.field(default_factory=dict)
    files: set[str] = dataclasses.field(default_factory=set)
    scripts: dict[str, dict[str, Mapping[str, str] | Ended]] = dataclasses.field(default_factory=dict)
    programs: dict[str, Ended | OSError] = dataclasses.field(default_factory=dict)
    calls: list[tuple[str | Sequence[str], Mapping[str, str]]] = dataclasses.field(default_factory=list)

    def add(self, key: str, name: str, value: str, *, hive: Hive | None = None, view: View | None = None) -> None:
        """Write a value into the given hive and view, or into both."""
        for each in HIVES if hive is None else (hive,):
            for bits in VIEWS if view is None else (view,):
                self.values[each, key, name, bits] = value

    def have(self, *paths: str) -> None:
        self.files.update(each.casefold() for each in paths)

    def folders_in(self, path: PureWindowsPath) -> tuple[str, ...]:
        start = str(path).casefold() + "\\"
        below = [each[len(start) :] for each in self.files if each.startswith(start)]
        return tuple(sorted({each.partition("\\")[0] for each in below if "\\" in each}))

    def registry_value(self, hive: Hive, key: str, name: str, view: View) -> str | None:
        wanted = (hive, key.casefold(), name.casefold(), view)
        return next(
            (v for (h, k, n, b), v in self.values.items() if (h, k.casefold(), n.casefold(), b) == wanted), None
        )

    def registry_keys(self, hive: Hive, key: str, view: View) -> tuple[str, ...]:
        start = key.casefold() + "\\"
        below = [
            k[len(start) :] for h, k, _, b in self.values if (h, b) == (hive, view) and k.casefold().startswith(start)
        ]
        return tuple(dict.fromkeys(each.partition("\\")[0] for each in below))

    def is_file(self, path: PureWindowsPath) -> bool:
        return str(path).casefold() in self.files

    def run(self, command: str | Sequence[str], variables: Mapping[str, str]) -> Ended:
        self.calls.append((command, variables))
        if isinstance(command, str):
            return self._script(command, variables)
        answer = self.programs[command[0]]
        if isinstance(answer, OSError):
            raise answer
        return answer

    def _script(self, command: str, variables: Mapping[str, str]) -> Ended:
        """As cmd /u does it: its own words and those of ``set`` in UTF-16, those of programs in some code page."""
        line = re.fullmatch(r'"[^"]+" .*/s /c ""%(\w+)%" (.+?) (&&?) echo (\S+)&& set"', command)
        assert line is not None, command
        answers = self.scripts[variables[line[1]]]
        answer = answers.get(line[2], Ended(code=1, output=b"usage: \x81\r\n", errors=b"")) if answers else None
        if answer is None:
            raise FileNotFoundError(2, "no cmd.exe")
        if isinstance(answer, Ended):
            if answer.code and line[3] == "&&":
                return answer
            said, added = answer.output, {}
        else:
            said, added = b"** Visual Studio **\r\n", dict(answer)
        # a variable that the script sets takes the place of one that differs in case only
        kept = {k: v for k, v in variables.items() if k.upper() not in {each.upper() for each in added}}
        shown = "".join(f"{name}={value}\r\n" for name, value in {**kept, **added}.items())
        return Ended(code=0, output=said + f"{line[4]}\r\n{shown}".encode("utf-16-le"), errors=b"")
