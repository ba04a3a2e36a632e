"""The launchers, in Wine: real programs, awkward paths, and every way in which the pointer can be wrong."""

from __future__ import annotations

import json
import shutil
import time
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from bundler.pack.shipped import target_folder
from bundler.target.steps.service_settings import ASTRAY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.bed import Bed, Mirror, Session

pytestmark = pytest.mark.e2e

ENVIRONMENT = "C:\\Envs é (x86) & !\\Example"
PYTHON = rf"{ENVIRONMENT}\Scripts\python.exe"
ARGUMENTS = ["a b", "(x)", "!", "&", "é ł 漢", 'quo"te', "100%", "^", "", "back\\", 'all \\" of it\\\\']
SHOW = "import sys; print(ascii(sys.argv[1:]))"


@pytest.fixture(scope="module")
def windows(bed: Bed, mirror: Mirror, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """A Windows with an environment of two releases, ``one`` (3.11.7) in use, and launchers of both kinds."""
    with bed.session(tmp_path_factory.mktemp("shims") / "prefix") as session:
        for release in ("1.0-one", "1.1-two"):
            session.copy_in(mirror.tree("3.11.7", "amd64"), rf"{ENVIRONMENT}\releases\{release}\Scripts")
        scripts = session.host_path(rf"{ENVIRONMENT}\Scripts")
        scripts.mkdir()
        for platform, name in (("win_amd64", "python.exe"), ("win_amd64", "none.exe"), ("win32", "narrow.exe")):
            shutil.copy(target_folder() / "shims" / platform / "shim.exe", scripts / name)
        shutil.copy(target_folder() / "shims" / "win_amd64" / "shimw.exe", scripts / "desktop.exe")
        for name in ("narrow.exe", "desktop.exe"):
            for release in ("1.0-one", "1.1-two"):
                folder = session.host_path(rf"{ENVIRONMENT}\releases\{release}\Scripts")
                shutil.copy(folder / "python.exe", folder / name)
        yield session


@pytest.fixture
def pointer(windows: Session) -> Path:
    path = windows.host_path(rf"{ENVIRONMENT}\current")
    path.write_bytes(b"1.0-one\n")
    return path


@pytest.mark.parametrize("name", ["python", "narrow", "desktop"])
def test_arguments_arrive_as_given(windows: Session, pointer: Path, name: str) -> None:
    assert pointer.exists()
    program = rf"{ENVIRONMENT}\Scripts\{name}.exe"
    result = windows.run([program, "-X", "utf8", "-c", SHOW, *ARGUMENTS])
    assert (result.returncode, result.output) == (0, ascii(ARGUMENTS) + "\n")


@pytest.mark.parametrize("code", [0, 1, 255, 256, 3010, 0xC0000005])
def test_the_exit_code_is_passed_on(windows: Session, pointer: Path, code: int) -> None:
    assert pointer.exists()
    leave = f"import ctypes; ctypes.windll.kernel32.ExitProcess({code})"
    assert windows.run([PYTHON, "-c", leave]).returncode == code


def test_input_environment_and_directory_are_passed_on(windows: Session, pointer: Path) -> None:
    assert pointer.exists()
    report = (
        "import os, sys; print(os.getcwd(), os.environ['KEPT'], sys.stdin.read().split()); print(1, file=sys.stderr)"
    )
    result = windows.run([PYTHON, "-c", report], cwd="C:\\windows", env={"KEPT": "yes"}, stdin="in\nput\n")
    assert sorted(result.output.splitlines()) == ["1", "C:\\windows yes ['in', 'put']"]


def test_what_would_lead_python_astray_is_dropped(windows: Session, pointer: Path) -> None:
    """Set for the whole machine, PYTHONHOME keeps every Python from starting; what is a matter of taste stays."""
    assert pointer.exists()
    astray = dict.fromkeys(ASTRAY, r"C:\nowhere")
    kept = {
        "PYTHONUTF8": "1",
        "PYTHONUNBUFFERED": "1",
        "PYTHONHASHSEED": "7",
        "PYTHONIOENCODING": "utf-8",
        "PATH": r"C:\mine",
    }
    report = "import json, os; print(json.dumps(dict(os.environ)))"
    for name in ("python", "narrow", "desktop"):
        result = windows.run([rf"{ENVIRONMENT}\Scripts\{name}.exe", "-c", report], env={**astray, **kept})
        assert result.returncode == 0, result.output
        seen = json.loads(result.output)
        assert not seen.keys() & astray.keys()
        assert r"C:\mine" in seen.pop("PATH")
        assert {key: seen[key] for key in kept if key != "PATH"} == {key: kept[key] for key in kept if key != "PATH"}


def test_the_pointer_decides(windows: Session, pointer: Path) -> None:
    where = [PYTHON, "-X", "utf8", "-c", "import sys; print(sys.executable)"]
    assert windows.run(where).output == rf"{ENVIRONMENT}\releases\1.0-one\Scripts\python.exe" + "\n"
    pointer.write_bytes(b"  1.1-two \r\n")
    assert windows.run(where).output == rf"{ENVIRONMENT}\releases\1.1-two\Scripts\python.exe" + "\n"
    pointer.write_bytes(b"1.1-two+12\n")  # with other settings
    assert windows.run(where).output == rf"{ENVIRONMENT}\releases\1.1-two\Scripts\python.exe" + "\n"


def test_it_is_found_by_name_alone_and_without_its_suffix(windows: Session, pointer: Path) -> None:
    assert pointer.exists()
    result = windows.cmd(f'set "PATH={ENVIRONMENT}\\Scripts"\npython -c "import sys; print(sys.argv)"  "x  y"', env={})
    assert result.output == "['-c', 'x  y']\n"


def test_no_pointer(windows: Session, pointer: Path) -> None:
    pointer.unlink()
    result = windows.run([PYTHON, "-c", "1"])
    assert result.returncode == 9009
    assert rf"no readable file {ENVIRONMENT}\current (error 2)" in result.output
    assert "bootstrap.bat" in result.output


@pytest.mark.parametrize(
    "content",
    [b"", b" \r\n", b"..\\..\\evil", b"../evil", b".hidden", b"a b", b"x" * 129, b"x" * 5000, b"\xc3\xa9", b"a\0b"],
)
def test_a_pointer_that_names_no_release(windows: Session, pointer: Path, content: bytes) -> None:
    pointer.write_bytes(content)
    result = windows.run([PYTHON, "-c", "print('ran')"])
    assert result.returncode == 9009
    assert rf"no release's name stands in the file {ENVIRONMENT}\current." in result.output
    assert "ran" not in result.output


def test_a_release_that_lacks_the_program(windows: Session, pointer: Path) -> None:
    assert pointer.exists()
    result = windows.run([rf"{ENVIRONMENT}\Scripts\none.exe"])
    assert result.returncode == 9009
    assert rf"The current release can't run {ENVIRONMENT}\releases\1.0-one\Scripts\none.exe (error 2)." in result.output


def test_a_desktop_program_says_so_too(windows: Session, pointer: Path) -> None:
    pointer.unlink()
    result = windows.run([rf"{ENVIRONMENT}\Scripts\desktop.exe"])
    assert result.returncode == 9009
    assert "No release is in use" in result.output


def test_whoever_ends_the_launcher_ends_the_program(windows: Session, pointer: Path) -> None:
    assert pointer.exists()
    script = windows.host_path(r"C:\orphan.py")
    script.write_text(
        "import ctypes, os, time\n"
        "open(r'C:\\before.txt', 'w').close()\n"
        "kernel = ctypes.windll.kernel32\n"
        "kernel.TerminateProcess(kernel.OpenProcess(1, 0, os.getppid()), 7)\n"
        "time.sleep(2)\n"
        "open(r'C:\\after.txt', 'w').close()\n"
    )
    assert windows.run([PYTHON, r"C:\orphan.py"]).returncode == 7
    time.sleep(4)
    assert windows.host_path(r"C:\before.txt").exists()
    assert not windows.host_path(r"C:\after.txt").exists()


def test_a_program_beyond_260_characters_is_asked_for_in_the_long_form(windows: Session) -> None:
    """It isn't there: Wine starts no program at such a path, so what is asked for must be enough."""
    deep, release = "C:\\" + "\\".join(["d" * 50] * 4), "1.0-" + "r" * 60
    scripts = windows.host_path(rf"{deep}\Scripts")
    scripts.mkdir(parents=True)
    shutil.copy(target_folder() / "shims" / "win_amd64" / "shim.exe", scripts / "long.exe")
    (scripts.parent / "current").write_text(release)
    result = windows.run([rf"{deep}\Scripts\long.exe"])
    assert result.returncode == 9009
    assert rf"\\?\{deep}\releases\{release}\Scripts\long.exe (error " in result.output


# -- launchers of a release that are separate from what they run

TELL = (
    "import json, os, sys\n"
    "told = [sys.argv, sys.executable, os.environ.get('PYTHONPATH'), os.environ.get('PYTHONUSERBASE')]\n"
    "with open(r'C:\\told.json', 'w') as stream:\n"
    "    json.dump(told, stream)\n"
    "sys.exit(7)\n"
)


@pytest.fixture
def separate(windows: Session, pointer: Path) -> Iterator[str]:
    """Where the release has ``tool.exe`` and ``toolw.exe``, which are the launchers as they are, each with an archive beside it."""
    assert pointer.exists()
    folder = rf"{ENVIRONMENT}\releases\1.0-one\Scripts"
    release, scripts = windows.host_path(folder), windows.host_path(rf"{ENVIRONMENT}\Scripts")
    shutil.copy(release / "python.exe", release / "pythonw.exe")
    for name, shim in (("tool", "shim.exe"), ("toolw", "shimw.exe")):
        for place in (release, scripts):
            shutil.copy(target_folder() / "shims" / "win_amd64" / shim, place / f"{name}.exe")
        with zipfile.ZipFile(release / f"{name}.pyz", "w") as archive:
            archive.writestr("__main__.py", TELL)
    yield folder
    for name in ("tool", "toolw"):
        for each in (release / f"{name}.exe", release / f"{name}.pyz", scripts / f"{name}.exe"):
            each.unlink()


def told(windows: Session) -> Any:
    return json.loads(windows.host_path(r"C:\told.json").read_text())


@pytest.mark.parametrize(("name", "python"), [("tool", "python.exe"), ("toolw", "pythonw.exe")])
def test_a_separate_launcher_has_the_python_beside_it_run_what_lies_beside_it(
    windows: Session, separate: str, name: str, python: str
) -> None:
    """Started by the stable launcher, and as it lies: then variables are its starter's business."""
    result = windows.run([rf"{ENVIRONMENT}\Scripts\{name}.exe", *ARGUMENTS], env={"PYTHONPATH": "C:\\x"})
    assert result.returncode == 7, result.output
    assert told(windows) == [[rf"{separate}\{name}.pyz", *ARGUMENTS], rf"{separate}\{python}", None, None]
    result = windows.run([rf"{separate}\{name}.exe", "a b"], env={"PYTHONPATH": "C:\\x", "PYTHONUSERBASE": "C:\\y"})
    assert result.returncode == 7, result.output
    assert told(windows) == [[rf"{separate}\{name}.pyz", "a b"], rf"{separate}\{python}", "C:\\x", "C:\\y"]


def test_a_separate_launcher_without_its_python_says_so(windows: Session, separate: str) -> None:
    lonely = windows.host_path(r"C:\lonely\Scripts")
    lonely.mkdir(parents=True)
    for name in ("tool.exe", "tool.pyz"):
        shutil.copy(windows.host_path(separate) / name, lonely)
    result = windows.run([r"C:\lonely\Scripts\tool.exe"])
    assert result.returncode == 9009
    assert r"can't run C:\lonely\Scripts\python.exe (error 2)" in result.output
