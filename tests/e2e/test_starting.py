"""bootstrap.bat before there is a Python: what it says where that doesn't start, in Wine with programs that end as Windows ends them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.bed import toolchain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.bed import Bed, Mirror, Result, Session

pytestmark = pytest.mark.e2e

BATCH = Path(__file__).parents[2] / "bundler" / "target" / "bootstrap.bat"
SOURCE = Path(__file__).parents[1] / "support" / "bed" / "src" / "ends_with.c"
FOLDER = r"C:\a b (x86) ! & co\bundle"
WINDOWS_7 = r"reg add HKCU\Software\Wine /v Version /d win7 /f"


@pytest.fixture(scope="module")
def windows(bed: Bed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """A Windows with a folder as bootstrap.bat finds it, whose Python only ends."""
    with bed.session(tmp_path_factory.mktemp("windows") / "prefix") as session:
        folder = session.host_path(FOLDER)
        for name in ("boot/vcruntime140.dll", "target/__main__.py"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(b"something")
        toolchain.compile_exe("amd64", folder / "boot" / "python.exe", SOURCE)
        (folder / "bootstrap.bat").write_bytes(BATCH.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
        yield session


def start(windows: Session, platform: str = "win_amd64", **environ: str) -> Result:
    title = f"app 1.0 for CPython 3.8.10, {platform}\r\n====\r\n"
    windows.host_path(FOLDER + r"\README.txt").write_bytes(title.encode("ascii"))
    return windows.run([FOLDER + r"\bootstrap.bat", "/plan"], env=environ, timeout=60)


def test_one_that_starts_says_nothing(windows: Session) -> None:
    done = start(windows)
    assert (done.returncode, done.output) == (0, "")


def test_without_the_universal_runtime_nothing_is_started(windows: Session) -> None:
    """As on Server 2012 R2 without that update: Windows would show a box there."""
    bare = windows.host_path(r"C:\bare\System32")
    bare.mkdir(parents=True)
    script = f'set "SystemRoot=C:\\bare"\ncall "{FOLDER}\\bootstrap.bat" /plan'
    done = windows.cmd(script, env={"ENDS_WITH": "3"})
    assert done.returncode == 1603, done.output
    assert "lacks the Universal C Runtime (ucrtbase.dll)" in done.output
    assert "KB2999226" in done.output
    assert "does not start" not in done.output
    own = windows.host_path(FOLDER + r"\boot\ucrtbase.dll")  # one that the bundle brings will do
    own.write_bytes(b"the bundle's own")
    assert windows.cmd(script).returncode == 0
    own.unlink()
    runtime = windows.host_path(FOLDER + r"\boot\vcruntime140.dll")  # Python 2.7 is built on another one
    runtime.unlink()
    assert windows.cmd(script).returncode == 0
    runtime.write_bytes(b"something")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("-1073741515", "A DLL that it needs is missing (0xC0000135)"),
        ("-1073741511", "This Windows is too old for it: a function of Windows is missing (0xC0000139)"),
        ("1260", "A policy of this machine does not let it run (AppLocker, App Control, or software restriction"),
        ("4551", '"bundle app-control", on the build host, makes rules for all programs of a bundle'),
        ("577", "error 577"),
        ("5", "A policy of this machine (AppLocker, App Control, software restriction) or a virus scanner"),
        ("1", "A file of the bundle is damaged"),
    ],
)
def test_what_is_said_of_an_exit_code(windows: Session, code: str, words: str) -> None:
    done = start(windows, ENDS_WITH=code)
    assert done.returncode == 1603
    assert f"boot\\python.exe, does not start (exit code {code})" in done.output
    assert 'bundle:  "app 1.0 for CPython 3.8.10, win_amd64"' in done.output
    assert ", AMD64" in done.output
    assert words in done.output


@pytest.mark.parametrize("name", ["a^b", "a,b;c=d", "100% y"])
def test_names_of_folders_that_cmd_reads_otherwise(windows: Session, name: str) -> None:
    """It starts; or, with the per cent sign that Wine's cmd reads once more and Windows' doesn't, says where it looked."""
    folder = windows.host_path("C:\\names\\" + name)
    shutil.copytree(windows.host_path(FOLDER), folder)
    done = windows.run([f"C:\\names\\{name}\\bootstrap.bat", "/plan"], timeout=60)
    if done.returncode:
        assert "%" in name
        assert 'Looked for:\n  "C:\\names\\' in done.output.replace("\r", "")
    else:
        assert done.output == ""


def test_a_bundle_for_another_processor(windows: Session) -> None:
    done = start(windows, "win_arm64", ENDS_WITH="216")
    assert done.returncode == 1603
    assert "The bundle is for another processor than this machine has" in done.output
    assert "AppLocker" not in done.output


def test_a_library_of_others_beside_the_bundle(windows: Session) -> None:
    """Where everybody may make folders, as below TEMP or a drive: a Python from 3.11 on would take it (CVE-2026-12003)."""
    planted = windows.host_path(FOLDER).parent / "Modules" / "setup.local"
    planted.parent.mkdir()
    planted.write_bytes(b"")
    done = start(windows, ENDS_WITH="3")
    planted.unlink()
    assert done.returncode == 1603
    assert "Beside this folder there is Modules\\Setup.local" in done.output
    assert "exit code 3" not in done.output


def test_the_bundles_own_python_takes_no_library_of_others(windows: Session, mirror: Mirror) -> None:
    """That of an archive, with the ``python._pth`` that a bundle gives it (see pack/layout.py); without, it takes the planted one."""
    boot = windows.copy_in(mirror.tree("3.11.7", "amd64"), r"C:\planted\bundle\boot")
    for name in (r"Modules\Setup.local", r"Lib\os.py"):
        path = windows.host_path("C:\\planted\\" + name)
        path.parent.mkdir()
        path.write_bytes(b"")
    words = [r"C:\planted\bundle\boot\python.exe", "-E", "-s", "-S", "-B", "-c", "import ctypes, sys; print(sys.path)"]
    assert r"C:\planted\Lib" in windows.run(words).output.replace("\\\\", "\\")
    (boot / "python._pth").write_bytes(b"Lib\r\nDLLs\r\n.\r\n")
    done = windows.run(words)
    assert (done.returncode, r"planted\Lib" in done.output.replace("\\\\", "\\")) == (0, False)


@pytest.mark.parametrize("version", ["2.7.18", "3.11.7"])
def test_the_bundles_own_python_takes_no_modules_that_the_registry_names(
    windows: Session, mirror: Mirror, version: str
) -> None:
    """As pywin32 leaves folders there; that of 2.7 lies where every user may write."""
    bundle = f"C:\\registry\\{version}"
    boot = windows.copy_in(mirror.tree(version, "amd64"), bundle + r"\boot")
    if version > "3":
        (boot / "python._pth").write_bytes(b"Lib\r\nDLLs\r\n.\r\n")
    planted = windows.host_path(bundle + r"\planted")
    planted.mkdir()
    for name in ("__future__", "codecs", "ctypes", "importlib", "os", "warnings"):
        (planted / f"{name}.py").write_bytes(b"print('PLANTED ' + __name__)\n")
    key = rf"HKLM\Software\Python\PythonCore\{version.rpartition('.')[0]}\PythonPath\others"
    assert windows.cmd(f'reg add "{key}" /ve /d "{bundle}\\planted" /f').returncode == 0
    words = [bundle + r"\boot\python.exe", "-E", "-s", "-S", "-B"]
    if version < "3":
        assert "PLANTED" in windows.run([*words, "-c", "import os"]).output
    target = windows.host_path(bundle + r"\target")
    target.mkdir()
    (target / "__init__.py").write_bytes(b"")
    (target / "__main__.py").write_bytes((BATCH.parent / "__main__.py").read_bytes())
    (target / "bootstrap.py").write_bytes(b"import os, ctypes\ndef main():\n    print('BEGUN')\n    return 0\n")
    (boot.parent / "bootstrap.bat").write_bytes((windows.host_path(FOLDER) / "bootstrap.bat").read_bytes())
    done = windows.run([bundle + r"\bootstrap.bat"], timeout=120)
    assert (done.returncode, "PLANTED" in done.output, "BEGUN" in done.output) == (0, False, True), done.output


def test_what_the_system_says_stays_on_the_screen(windows: Session) -> None:
    """cmd's own words of a program that it can't start, which name a policy, an architecture or a lack of rights."""
    words = "This program is blocked by group policy."
    done = start(windows, ENDS_WITH="1", ENDS_SAYING=words)
    assert done.output.splitlines()[0] == words


def test_windows_7_without_the_update_that_loads_modules(windows: Session) -> None:
    windows.cmd(WINDOWS_7)
    done = start(windows, ENDS_WITH="1")
    assert done.returncode == 1603
    assert "needs the update KB2533623, or KB3063858" in done.output
