"""Prerequisites and commands after the switch in Wine: a real MSI, silent programs, Windows' own registry, pywin32's own script."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.bed.prerequisites import DRIVER_KEY, make_driver, make_installer
from tests.support.bed.signing import SUBJECT, make_signer
from tests.support.rehearse import bootstrap, program, unpack

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bundler.model.manifest import Manifest
    from tests.support.bed import Bed, Session

pytestmark = [pytest.mark.e2e, pytest.mark.network]

PYTHONS = ("python-3.11.7-embed-amd64.zip", "python-2.7.18.amd64.msi")
SIGNER = SUBJECT.rpartition("CN=")[2]
HEAD = r"""
[bundle]
name = "needy"
version = "{version}"
[[target]]
python = "3.11.7"
platform = "win_amd64"
runtime = {{ kind = "embed" }}
[packages]
requirements = [{packages}]
[environment]
path = 'C:\Envs é (x86) ! & co\Needy'
data = 'C:\Data of it'
"""
DRIVER = rf"""
[[prerequisite]]
name = "Driver of Maker"
source = "driver.msi"
kind = "msi"
signer = "{SIGNER}"
arguments = ["WHERE={{data}}"]
detect = {{ registry = 'HKLM\{DRIVER_KEY}', value = "Version", at-least = "18.3" }}
provides = ["driver.dll"]
"""
RUNTIME = r"""
[[prerequisite]]
name = "Runtime of Maker"
source = "maker_redist.exe"
kind = "exe"
unsigned = true
arguments = ["/quiet", '/file=C:\windows\system32\maker140.dll', "/log={log}", "/code=CODE"]
detect = { file = '%SystemRoot%\System32\maker140.dll', at-least = "14.38.1" }
"""
THERE = r"""
[[prerequisite]]
name = "Windows itself"
source = "maker_redist.exe"
kind = "exe"
unsigned = true
arguments = ["/unknown"]
detect = { registry = 'HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion', value = "CurrentBuild", at-least = "1000", view = 32 }
"""
LIAR = RUNTIME.replace(r"""'/file=C:\windows\system32\maker140.dll', """, "")
NEXT, BROKEN = r"C:\The next one", r"C:\A broken one"
FAILS = """
[[post-install]]
command = ["python", "-c", "raise SystemExit(7)"]
"""
PYWIN32 = """
[[post-install]]
command = ["pywin32_postinstall.py", "-install", "-quiet"]
undo = ["pywin32_postinstall.py", "-remove", "-quiet"]
needs-admin = true
[checks]
imports = ["win32api"]
"""


@pytest.fixture
def recipe(bed: Bed, tmp_path: Path) -> Callable[..., Path]:
    """Writes a recipe, with the installers that it names beside it."""
    make_signer(bed.cache).sign(make_driver(tmp_path / "driver.msi", "18.4.1"))
    make_installer(tmp_path / "maker_redist.exe", "14.38.33135.0")

    def write(*tables: str, packages: str = '"tomli-w"', version: str = "1.0") -> Path:
        path = tmp_path / f"needy-{version.replace('.', '-')}.toml"
        path.write_text(HEAD.format(version=version, packages=packages) + "".join(tables), encoding="utf-8")
        return path

    return write


_DRIVER = rf"HKLM\{DRIVER_KEY}"


def registry(session: Session, key: str, name: str | None) -> str | None:
    """A value in the view of 64 bits; with no name the unnamed one."""
    which = ["/v", name] if name is not None else ["/ve"]
    done = session.run(["reg", "query", key, *which, "/reg:64"])
    return done.output.strip().splitlines()[-1].split("REG_SZ")[-1].strip() if done.returncode == 0 else None


def test_what_is_needed_is_installed_first(
    windows: Session, build: Callable[[Path], Path], recipe: Callable[..., Path]
) -> None:
    manifest = unpack(windows, build(recipe(DRIVER, RUNTIME.replace("CODE", "3010"), THERE)))
    assert [each.signer for each in manifest.prerequisites] == [SIGNER, None, None]
    plan = bootstrap(windows, "/plan")
    assert plan.returncode == 0, plan.output
    assert "install Driver of Maker by" in plan.output
    assert "leave Windows itself as it is" in plan.output
    assert registry(windows, _DRIVER, "Version") is None

    first = bootstrap(windows)
    assert first.returncode == 3010, first.output
    assert "Installed Driver of Maker" in first.output
    assert "Installed Runtime of Maker: a restart will finish it" in first.output
    assert "Found Windows itself: " in first.output
    assert "Restart this machine to finish the installation." in first.output
    assert registry(windows, _DRIVER, "Version") == "18.4.1"
    assert registry(windows, _DRIVER, "Where") == r"C:\Data of it"
    assert windows.host_path(r"C:\Program Files\Maker Driver\driver.dll").read_bytes() == b"a driver"
    logs = windows.host_path("C:\\users").rglob("*.log")
    names = sorted(path.name.partition(".log.")[2] for path in logs if ".log." in path.name)
    assert names == ["Driver-of-Maker.log", "Runtime-of-Maker.log"]

    second = bootstrap(windows)
    assert second.returncode == 0, second.output
    assert "othing to do" in second.output
    windows.host_path(r"C:\windows\system32\maker140.dll").unlink()
    third = bootstrap(windows)
    assert third.returncode == 3010, third.output
    assert "Found Driver of Maker: " in third.output

    gone = bootstrap(windows, "/uninstall")
    assert gone.returncode == 0, gone.output
    assert registry(windows, _DRIVER, "Version") == "18.4.1"
    assert not windows.host_path(manifest.environment.path).exists()


def test_an_older_driver_will_not_do(
    windows: Session, build: Callable[[Path], Path], recipe: Callable[..., Path]
) -> None:
    unpack(windows, build(recipe(DRIVER)))
    set_up = windows.run(["reg", "add", f"HKLM\\{DRIVER_KEY}", "/v", "Version", "/d", "18.2.9", "/reg:64"])
    assert set_up.returncode == 0, set_up.output
    plan = bootstrap(windows, "/plan")
    assert "says 18.2.9, and it must be 18.3 or later" in plan.output
    done = bootstrap(windows)
    assert done.returncode == 0, done.output
    assert registry(windows, _DRIVER, "Version") == "18.4.1"


@pytest.mark.parametrize(("code", "ends"), [(0, 1603), (5, 1603), (1602, 1602)])
def test_an_installer_that_fails_or_lies(
    windows: Session, build: Callable[[Path], Path], recipe: Callable[..., Path], code: int, ends: int
) -> None:
    manifest = unpack(windows, build(recipe(LIAR.replace("CODE", str(code)))))
    done = bootstrap(windows)
    assert done.returncode == ends, done.output
    words = "ended with 0, and yet there is no " if code == 0 else f"(exit code {code})"
    assert words in done.output
    assert not windows.host_path(manifest.environment.path).exists()


def test_a_prerequisite_of_somebody_else_is_not_bundled(
    build: Callable[[Path], Path], recipe: Callable[..., Path]
) -> None:
    with pytest.raises(AssertionError, match=r"is signed by Python Software Foundation .* and not by Maker"):
        build(recipe(DRIVER.replace(SIGNER, "Maker")))


class Pywin32:
    """What pywin32's script did to a Windows: DLLs in Windows' folder, absolute paths in the registry."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def assert_means(self, manifest: Manifest) -> None:
        release = rf"{manifest.environment.path}\releases\{manifest.bundle.release}"
        for name in ("pythoncom311.dll", "pywintypes311.dll"):
            own = self._session.host_path(rf"{release}\Lib\site-packages\pywin32_system32\{name}")
            assert self._session.host_path(rf"C:\windows\system32\{name}").read_bytes() == own.read_bytes()
        registered = registry(self._session, _PYTHONWIN, None)
        assert registered is not None
        assert registered.startswith(release)

    def assert_gone(self) -> None:
        assert not self._session.host_path(r"C:\windows\system32\pythoncom311.dll").exists()
        assert registry(self._session, _PYTHONWIN, None) is None


# no Python is registered for all users where it lives inside the release: pywin32 takes the account's registry then
_PYTHONWIN = r"HKCU\SOFTWARE\Microsoft\Windows\CurrentVersion\App Paths\Pythonwin.exe"


def test_pywin32_after_the_switch(windows: Session, build: Callable[[Path], Path], recipe: Callable[..., Path]) -> None:
    """It always means the release in use: after an installation, an upgrade, one that fails, a rollback."""
    pywin32 = Pywin32(windows)
    first = unpack(windows, build(recipe(PYWIN32, packages='"pywin32==310"')))
    done = bootstrap(windows)
    assert done.returncode == 0, done.output
    assert "Ran 1 command" in done.output
    pywin32.assert_means(first)
    assert windows.run([program(first, "python.exe"), "-c", "import pythoncom"]).returncode == 0
    checked = bootstrap(windows, "/verify")
    assert checked.returncode == 0, checked.output

    second = unpack(windows, build(recipe(PYWIN32, packages='"pywin32==311"', version="2.0")), NEXT)
    done = bootstrap(windows, folder=NEXT)
    assert done.returncode == 0, done.output
    assert f"Took back what {first.bundle.release} did" in done.output
    pywin32.assert_means(second)

    broken = unpack(windows, build(recipe(PYWIN32, FAILS, packages='"pywin32==310"', version="3.0")), BROKEN)
    done = bootstrap(windows, folder=BROKEN)
    assert done.returncode == 1603, done.output
    assert "failed (exit code 7):" in done.output
    assert not windows.host_path(rf"{broken.environment.path}\releases\{broken.bundle.release}").exists()
    pywin32.assert_means(second)

    back = bootstrap(windows, "/rollback", folder=NEXT)
    assert back.returncode == 0, back.output
    pywin32.assert_means(first)
    gone = bootstrap(windows, "/uninstall", folder=NEXT)
    assert gone.returncode == 0, gone.output
    pywin32.assert_gone()


OLD = r"""
[bundle]
name = "old"
version = "1.0"
[[target]]
python = "2.7.18"
platform = "win_amd64"
runtime = { kind = "msi", directory = 'C:\Python27' }
[packages]
legacy = [{ source = "index:pypiwin32==219/pypiwin32-219.win-amd64-py2.7.exe" }]
[environment]
path = 'C:\Envs of 2015\Old'
data = 'C:\Data of it'
"""


@pytest.mark.usefixtures("recipe")
def test_a_converted_installers_script(windows: Session, build: Callable[[Path], Path], tmp_path: Path) -> None:
    """What the installer of 2015 would have run at its end, out of the wheel that was made of it, under Python 2.7."""
    path = tmp_path / "old.toml"
    path.write_text(OLD + DRIVER + RUNTIME.replace("CODE", "0") + THERE + PYWIN32, encoding="utf-8")
    manifest = unpack(windows, build(path))
    done = bootstrap(windows)
    assert done.returncode == 0, done.output
    for words in ("Installed Driver of Maker", "Installed Runtime of Maker", "Found Windows itself: ", "Ran 1 command"):
        assert words in done.output
    release = rf"{manifest.environment.path}\releases\{manifest.bundle.release}"
    # for all users, as its Python is
    pythonwin = registry(windows, _PYTHONWIN.replace("HKCU", "HKLM"), None)
    assert pythonwin is not None
    assert pythonwin.startswith(release)
    dll = windows.host_path(r"C:\windows\system32\pythoncom27.dll")
    assert dll.is_file()
    com = 'import win32com.client as c; print(c.Dispatch("Scripting.Dictionary").Count)'
    assert windows.run([program(manifest, "python.exe"), "-c", com]).output.strip() == "0"
    gone = bootstrap(windows, "/uninstall")
    assert gone.returncode == 0, gone.output
    assert not dll.exists()
    assert registry(windows, _PYTHONWIN.replace("HKCU", "HKLM"), None) is None
