"""The machine that this process runs on. Imported on Windows only."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

assert sys.platform == "win32"  # noqa: S101 -- for the type checker: elsewhere there is no winreg

import winreg  # noqa: E402

from bundler.atomic import scratch_folder  # noqa: E402
from bundler.build.compilers.machine import Ended, Hive, View  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import PureWindowsPath

_PATIENCE = 600.0
"""Seconds until a program that looks for compilers counts as hanging; a first vcvarsall behind a virus scanner takes one minute."""


class ThisMachine:
    """A ``Machine``; ``environ``: the environment variables of this process."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environment = {name.upper(): value for name, value in environ.items()}

    @property
    def environment(self) -> Mapping[str, str]:
        return self._environment

    def registry_value(self, hive: Hive, key: str, name: str, view: View) -> str | None:
        try:
            with winreg.OpenKeyEx(_hive(hive), key, 0, winreg.KEY_READ | _view(view)) as opened:
                value, kind = winreg.QueryValueEx(opened, name)
        except OSError:
            return None
        if not isinstance(value, str):
            return None
        # some installers write the zero that ends the text into the text
        value = value.split("\0", 1)[0]
        return winreg.ExpandEnvironmentStrings(value) if kind == winreg.REG_EXPAND_SZ else value

    def registry_keys(self, hive: Hive, key: str, view: View) -> tuple[str, ...]:
        try:
            with winreg.OpenKeyEx(_hive(hive), key, 0, winreg.KEY_READ | _view(view)) as opened:
                return tuple(winreg.EnumKey(opened, at) for at in range(winreg.QueryInfoKey(opened)[0]))
        except OSError:
            return ()

    def is_file(self, path: PureWindowsPath) -> bool:
        try:
            return Path(path).is_file()
        except (OSError, ValueError):
            return False

    def folders_in(self, path: PureWindowsPath) -> tuple[str, ...]:
        try:
            return tuple(sorted(each.name for each in Path(path).iterdir() if each.is_dir()))
        except (OSError, ValueError):
            return ()

    def run(self, command: str | Sequence[str], variables: Mapping[str, str]) -> Ended:
        # files and no pipes: what a script leaves running in the background would hold a pipe's other end
        # in an empty folder: cmd looks for the programs that a script names in the current one first, whosever files lie there
        with (
            tempfile.TemporaryFile() as output,
            tempfile.TemporaryFile() as errors,
            scratch_folder("bundle-empty-") as empty,
        ):
            try:
                done = subprocess.run(
                    command,
                    cwd=empty,
                    env=dict(variables),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=errors,
                    timeout=_PATIENCE,
                    check=False,
                )
            except subprocess.TimeoutExpired:
                raise TimeoutError(f"it did not end within {_PATIENCE:.0f} seconds") from None
            output.seek(0)
            errors.seek(0)
            return Ended(code=done.returncode, output=output.read(), errors=errors.read())


def _hive(hive: Hive) -> int:
    return winreg.HKEY_LOCAL_MACHINE if hive == "HKLM" else winreg.HKEY_CURRENT_USER


def _view(view: View) -> int:
    return winreg.KEY_WOW64_64KEY if view == 64 else winreg.KEY_WOW64_32KEY  # noqa: PLR2004 -- bits
