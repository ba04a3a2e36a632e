"""Microsoft's ``signtool`` signs programs on Windows: with a certificate of the user's store, or a PFX file that has no passphrase.

It takes a passphrase on its command line only, where every user of the host can read it, so it is given none: the store keeps such keys.
Options are those of Microsoft's documentation ("SignTool", Windows app development).
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from bundler.errors import HostError
from bundler.isolation.host_program import program_on_path
from bundler.trust.code_tools import Signs, failure, patience, run_tool

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bundler.trust.code_key import CodeKey

PROGRAM = "signtool"
_KITS = ("ProgramFiles(x86)", "ProgramFiles")
_SIGNS = Signs(
    locked="password is not correct|password.{0,20}incorrect",
    no_stamp="timestamp|time stamp",
    no_key="no certificates were found|cannot find|file not found",
    advice="signtool is given no passphrase, since it takes one on its command line only: put the key into your store "
    "(certutil -user -importpfx FILE) and name it as store:THUMBPRINT, or install osslsigncode",
)


class Signtool:
    """Raises HostError (``authenticode-tool-missing``)."""

    title = PROGRAM

    def __init__(self, key: CodeKey, environ: Mapping[str, str]) -> None:
        found = program_on_path(PROGRAM, environ) or _in_kits(environ)
        if found is None:
            raise HostError(
                "authenticode-tool-missing",
                f"there is no {PROGRAM} on this host, which signs programs",
                hint="install the Windows SDK (its part Signing Tools), or osslsigncode for a PFX file",
            )
        self.program, self._key, self._environ = found, key, dict(environ)

    def sign(self, source: Path, signed: Path, timestamp: str) -> None:
        shutil.copyfile(source, signed)  # it signs in place
        command = (self.program, *self.options(timestamp), str(signed))
        seconds = patience(self._key.kind, timestamp)
        good, words = run_tool(command, given=None, environ=self._environ, seconds=seconds)
        if not good:
            raise failure(words, _SIGNS, key=self._key.name, timestamp=timestamp)

    def options(self, timestamp: str) -> tuple[str, ...]:
        key = self._key
        which = ("/sha1", key.name) if key.kind == "store" else ("/f", key.name)
        above = ("/ac", str(key.certificates)) if key.certificates else ()
        stamp = ("/tr", timestamp, "/td", "SHA256") if timestamp else ()
        return ("sign", "/fd", "SHA256", *which, *above, *stamp)


def _in_kits(environ: Mapping[str, str]) -> str | None:
    """The newest of the Windows SDKs: ``Windows Kits`` has a folder for each, ``10.0.22621.0``."""
    folders = [Path(environ[each]) / "Windows Kits" / "10" / "bin" for each in _KITS if environ.get(each)]
    found = [each for folder in folders for each in folder.glob(f"10.*/x64/{PROGRAM}.exe") if each.is_file()]
    return str(max(found, key=_version)) if found else None


def _version(path: Path) -> tuple[int, ...]:
    return tuple(int(each) for each in re.findall(r"\d+", path.parent.parent.name))
