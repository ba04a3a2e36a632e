"""A machine that isn't bare, as sites have them: another Python, variables that lead astray, a user's name, a read-only folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bundler.rehearse.bench import done
from bundler.rehearse.command_lines import registering
from bundler.rehearse.installation_steps import verified
from bundler.rehearse.port import Kind
from bundler.rehearse.results import PASSED, Verdict, failed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bundler.rehearse.bench import Bench
    from bundler.rehearse.pictures import Picture
    from bundler.rehearse.run_of_steps import Taker

SECOND = "a machine with another Python and variables that lead astray"
USED = Kind(name="used", user="Jörg Müller")
_DECOY = r"C:\Python of others"
_STARTED = rf"{_DECOY}\started.txt"
_ASTRAY = {
    "PYTHONHOME": _DECOY,
    "PYTHONPATH": rf"{_DECOY}\Lib",
    "PIP_INDEX_URL": "http://packages.invalid/simple/",
    "PIP_REQUIRE_VIRTUALENV": "1",
    "PIP_CONFIG_FILE": rf"{_DECOY}\pip.ini",
    "PATH": rf"{_DECOY};C:\windows\system32;C:\windows;C:\windows\system32\wbem",
}
_CODE = b'raise SystemExit("this is the Python of others")\n'


def second_machine(taker: Taker, bench: Bench) -> None:
    """Installed and verified there, without anything of the others being run."""
    if taker.take("used-machine", SECOND, bench, lambda: _installed(bench)):
        taker.take("used-machine-verify", "/verify there", bench, lambda: _verified(bench))


def _installed(bench: Bench) -> Verdict:
    minor = ".".join(bench.subject.manifest.target.python.split(".")[:2])
    files = bench.machine.files
    for name in ("python.bat", "py.bat"):  # whoever starts one leaves a note
        files.write(rf"{_DECOY}\{name}", f'@echo started>>"{_STARTED}"\r\n@exit /b 1\r\n'.encode("ascii"))
    for name in ("sitecustomize.py", "usercustomize.py", "site.py", "json.py", "encodings.py"):
        files.write(rf"{_DECOY}\Lib\{name}", _CODE)
    key = rf"HKLM\Software\Python\PythonCore\{minor}\InstallPath"
    _registered(bench, key, {"": _DECOY, "ExecutablePath": rf"{_DECOY}\python.bat"})
    bench.machine.set_variables(_ASTRAY)
    before = _below(bench.machine.picture(), bench.place)
    verdict = done(bench.install(), "bootstrap.bat")
    if verdict is PASSED and _below(bench.machine.picture(), bench.place) != before:
        return failed("the folder that the bundle lies in was written to, and it may be a read-only one")
    return verdict


def _registered(bench: Bench, key: str, values: Mapping[str, str]) -> None:
    for name, data in values.items():
        bench.run(registering(key, name, data), timeout=60)


def _below(picture: Picture, folder: str) -> dict[str, str]:
    return {name: what for name, what in picture.files.items() if name.lower().startswith(folder.lower() + "\\")}


def _verified(bench: Bench) -> Verdict:
    found = verified(bench)
    if found is not PASSED:
        return found
    if bench.machine.files.exists(_STARTED):
        return failed("the Python of others, which is registered and on PATH, was started")
    checks = bench.subject.manifest.checks
    for command in map(bench.command, checks.commands):
        ran = bench.run(command, timeout=600)
        if ran.code != 0:
            return failed(f"{' '.join(command)} ended with exit code {ran.code} here", ran.output)
    return PASSED
