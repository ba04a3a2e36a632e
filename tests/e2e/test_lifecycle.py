"""What comes after the first installation, in Wine: upgrade, rollback, repair, uninstallation, and a machine that stops in between."""

from __future__ import annotations

import json
import time
from itertools import count
from typing import TYPE_CHECKING, Literal

import pytest

from tests.support.rehearse import FOLDER, KILLED, bootstrap, killed, program, unpack

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bundler.model.manifest import Manifest
    from tests.support.bed import Session
    from tests.support.index import LocalIndex

pytestmark = [pytest.mark.e2e, pytest.mark.network]

PYTHONS = (
    "python-3.11.7-embed-amd64.zip",
    "python-3.11.9-embed-amd64.zip",
    "python-3.11.9-amd64.exe",
    "python-3.11.7.amd64.msi",
)
NEWER = r"C:\From another disk"
ENVIRONMENT = "C:\\Envs é (x86) ! & co\\Small"
RECIPE = """
[bundle]
name = "small"
version = "{version}"

[[target]]
python = "{python}"
platform = "win_amd64"
[target.runtime]
{runtime}

[packages]
requirements = ["tomli-w", {more}]

[environment]
path = 'C:\\Envs é (x86) ! & co\\Small'
data = 'C:\\Data é\\Small'

[site]
port = {{ default = "8080" }}

[[file]]
source = "settings.ini"
destination = '{{release}}\\settings.ini'
template = true

[[file]]
source = "settings.ini"
destination = '{{data}}\\settings.ini'
template = true

[checks]
imports = ["tomli_w"]
"""
LISTED = r"Software\Microsoft\Windows\CurrentVersion\Uninstall"


def recipe(folder: Path, version: str, more: str = "", runtime: str = 'kind = "embed"', python: str = "3.11.7") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "settings.ini").write_text("port = {site.port}\n", encoding="utf-8")
    path = folder / "small.toml"
    path.write_text(RECIPE.format(version=version, more=more, runtime=runtime, python=python), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def bundles(build: Callable[[Path], Path], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("recipes")
    return build(recipe(folder / "one", "1.0")), build(recipe(folder / "two", "2.0", '"incremental"'))


def current(session: Session) -> str | None:
    path = session.host_path(ENVIRONMENT + r"\current")
    return path.read_text("ascii").strip() if path.exists() else None


def imports(session: Session, manifest: Manifest, name: str) -> bool:
    return session.run([program(manifest, "python.exe"), "-c", f"import {name}"]).returncode == 0


def listed(session: Session) -> dict[str, str]:
    """What is registered of our bundles among the installed programs, for all users."""
    lines = session.run(["reg", "query", rf"HKLM\{LISTED}", "/s"]).output.splitlines()
    found: dict[str, str] = {}
    ours = False
    for line in lines:
        ours = "offline-bundle-" in line if line.startswith("HKEY") else ours
        name, kind, value = [*line.strip().split("    ", 2), "", ""][:3]
        if ours and kind.startswith("REG_"):
            found[name] = value
    return found


def test_from_the_first_installation_to_the_last_file(windows: Session, bundles: tuple[Path, Path]) -> None:
    one, two = unpack(windows, bundles[0]), unpack(windows, bundles[1], NEWER)
    first = bootstrap(windows, "/set:port=81")
    assert first.returncode == 0, first.output
    assert (listed(windows)["DisplayVersion"], listed(windows)["InstallLocation"]) == ("1.0", ENVIRONMENT)

    before = snapshot(windows)
    plan = bootstrap(windows, "/plan", folder=NEWER)
    assert plan.returncode == 0, plan.output
    assert snapshot(windows) == before
    upgrade = bootstrap(windows, folder=NEWER)
    assert upgrade.returncode == 0, upgrade.output
    assert current(windows) == two.bundle.release
    assert imports(windows, two, "incremental")
    assert listed(windows)["DisplayVersion"] == "2.0"
    assert settings(windows, two) == "port = 81\n"

    back = bootstrap(windows, "/rollback", folder=NEWER)
    assert back.returncode == 0, back.output
    assert current(windows) == one.bundle.release
    assert not imports(windows, one, "incremental")
    kept = rf"{ENVIRONMENT}\uninstall\{two.bundle.release}"
    forward = windows.run([rf"{kept}\bootstrap.bat", "/rollback"])
    assert forward.returncode == 0, forward.output
    assert current(windows) == two.bundle.release

    damage(windows, two)
    seen = bootstrap(windows, "/verify", folder=NEWER)
    assert seen.returncode == 1603
    assert "Lib/site-packages/tomli_w/__init__.py was changed" in seen.output
    wrong = bootstrap(windows, "/repair")
    assert wrong.returncode == 1638, wrong.output
    mended = bootstrap(windows, "/repair", folder=NEWER)
    assert mended.returncode == 0, mended.output
    assert settings(windows, two) == "port = 81\n"
    assert bootstrap(windows, "/verify", folder=NEWER).returncode == 0

    gone = windows.run(listed(windows)["QuietUninstallString"])
    assert gone.returncode == 0, gone.output
    top = windows.host_path("C:\\Envs é (x86) ! & co")
    assert settled(lambda: not top.exists()), [*sorted(map(str, top.rglob("*")))[:20], gone.output]
    assert listed(windows) == {}
    assert [path.name for path in windows.host_path("C:\\Data é\\Small").iterdir()] == ["settings.ini", "site.json"]


def damage(session: Session, manifest: Manifest) -> None:
    release = session.host_path(rf"{ENVIRONMENT}\releases\{manifest.bundle.release}")
    (release / "Lib" / "site-packages" / "tomli_w" / "__init__.py").write_text("raise SystemExit('broken')\n")
    (release / "settings.ini").unlink()
    (release / "runtime" / "python311.dll").write_bytes(b"MZ")


def settings(session: Session, manifest: Manifest) -> str:
    path = session.host_path(rf"{ENVIRONMENT}\releases\{manifest.bundle.release}\settings.ini")
    return path.read_text("utf-8")


def snapshot(session: Session) -> dict[str, int]:
    """Every file but Windows' own and temporary ones, with its time."""
    root = session.host_path("C:\\")
    paths = (path for path in root.rglob("*") if path.is_file())
    return {
        str(path): path.stat().st_mtime_ns
        for path in paths
        if not path.relative_to(root).as_posix().casefold().startswith(("windows/", "users/"))
    }


def settled(condition: Callable[[], bool], seconds: float = 60) -> bool:
    """What happens after a program's end takes a moment."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.2)
    return condition()


def test_a_python_of_an_installer_goes_with_the_last_that_needs_it(
    windows: Session, build: Callable[[Path], Path], tmp_path: Path
) -> None:
    runtime = "kind = \"exe\"\ndirectory = 'C:\\Python 311'"
    archive = build(recipe(tmp_path / "exe", "1.0", runtime=runtime, python="3.11.9"))
    unpack(windows, archive)
    for arguments in ([], ["/instance:Second"]):
        done = bootstrap(windows, *arguments)
        assert done.returncode == 0, done.output
    python = windows.host_path(r"C:\Python 311\python.exe")
    receipt = json.loads(windows.host_path(ENVIRONMENT + r"-Second\receipt.json").read_bytes())
    assert (receipt["instance"], receipt["runtimes"]) == ("Second", [r"C:\Python 311"])
    first = bootstrap(windows, "/uninstall")
    assert first.returncode == 0, first.output
    assert python.exists()
    assert not windows.host_path(ENVIRONMENT).exists()
    assert windows.host_path("C:\\Data é\\Small").exists()
    later = bootstrap(windows, "/uninstall", "/purge")
    assert later.returncode == 0, later.output
    assert not windows.host_path("C:\\Data é\\Small").exists()
    last = bootstrap(windows, "/uninstall", "/purge", "/instance:Second")
    assert last.returncode == 0, last.output
    assert not python.parent.exists()
    assert not windows.host_path("C:\\Data é\\Small-Second").exists()


def test_a_program_that_runs_is_named(windows: Session, bundles: tuple[Path, Path]) -> None:
    manifest = unpack(windows, bundles[0])
    assert bootstrap(windows).returncode == 0
    windows.spawn([program(manifest, "python.exe"), "-c", "import time; time.sleep(600)"])
    assert settled(lambda: "python.exe" in windows.run(["tasklist"]).output)
    refused = bootstrap(windows, "/uninstall")
    assert refused.returncode == 1603, refused.output
    assert "python.exe is in use" in refused.output
    assert current(windows) == manifest.bundle.release


UNSEEN: tuple[Literal["detached", "windowless"], ...] = ("detached", "windowless")


def test_a_process_that_is_ended_before_any_step(windows: Session, bundles: tuple[Path, Path]) -> None:
    """Each run takes back, or finishes, what the one before was ended in, and is ended one step later itself."""
    one, two = unpack(windows, bundles[0]), unpack(windows, bundles[1], NEWER)
    releases: set[str | None] = {None}
    for folder, manifest in ((FOLDER, one), (NEWER, two)):
        releases.add(manifest.bundle.release)
        for step in count(1):
            result = killed(windows, step, folder=folder)
            assert current(windows) in releases
            assert current(windows) is None or imports(windows, manifest, "tomli_w")
            if result.returncode != KILLED:
                break
        assert (result.returncode, current(windows)) == (0, manifest.bundle.release), result.output
        assert step > 6
        releases.discard(None)
    for step in count(1):
        before = current(windows)
        result = killed(windows, step, "/rollback", folder=NEWER)
        assert current(windows) in releases
        if result.returncode != KILLED:
            break
        again = bootstrap(windows, "/rollback", folder=NEWER)
        assert again.returncode == 0, again.output
        assert current(windows) != before
    assert step > 3
    for step in count(1):
        result = killed(windows, step, "/uninstall", folder=NEWER)
        if result.returncode != KILLED:
            break
    assert result.returncode == 0, result.output
    assert not windows.host_path(ENVIRONMENT).exists()


@pytest.mark.parametrize("kind", ["exe", "msi"])
def test_a_machine_that_stops_while_other_programs_work(
    windows: Session, build: Callable[[Path], Path], served: LocalIndex, tmp_path: Path, kind: str
) -> None:
    """Python's installer, Windows Installer, venv: ended with everything else in the midst of their work. The next run gets there."""
    runtime, python = f"kind = \"{kind}\"\ndirectory = 'C:\\Python 311'", "3.11.9"
    if kind == "msi":
        runtime += f'\nsource = "{served.base}/python/3.11.7/python-3.11.7.amd64.msi"'
        python = "3.11.7"
    manifest = unpack(windows, build(recipe(tmp_path / kind, "1.0", runtime=runtime, python=python)))
    release = windows.host_path(rf"{ENVIRONMENT}\releases\{manifest.bundle.release}")
    for begun in (windows.host_path(r"C:\Python 311\Lib"), release / "pyvenv.cfg"):
        stop_once_there(windows, begun)
        assert current(windows) is None
    done = bootstrap(windows)
    assert done.returncode == 0, done.output
    assert imports(windows, manifest, "tomli_w")
    assert bootstrap(windows, "/verify").returncode == 0
    gone = bootstrap(windows, "/uninstall", "/purge")
    assert gone.returncode == 0, gone.output
    assert not windows.host_path(ENVIRONMENT).exists()


def stop_once_there(windows: Session, path: Path) -> None:
    """Run bootstrap.bat, and end it and all that it started when a file or folder appears."""
    running = windows.spawn([rf"{FOLDER}\bootstrap.bat"])
    assert settled(lambda: path.exists() or not running.running, 300), running.output
    assert path.exists(), running.output
    running.stop()


@pytest.fixture(scope="module")
def asking(build: Callable[[Path], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle that wants to know a password."""
    path = recipe(tmp_path_factory.mktemp("recipes") / "asking", "3.0")
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("[site]\n", "[site]\npassword = { secret = true }\n"), encoding="utf-8")
    return build(path)


def test_nobody_is_asked_who_sees_nothing(windows: Session, asking: Path) -> None:
    """As a scheduler, a group policy or a management agent starts it: no prompt waits for ever, and the log says everything."""
    manifest = unpack(windows, asking)
    log = windows.host_path(r"C:\run.log")

    def run(*arguments: str, unseen: Literal["detached", "windowless"]) -> tuple[int, str]:
        done = bootstrap(windows, *arguments, r"/log:C:\run.log", unseen=unseen, timeout=120)
        return done.returncode, log.read_text("utf-8")

    for unseen in UNSEEN:
        code, said = run(unseen=unseen)
        assert code == 1639, said
        assert "Site values are missing:" in said
        assert "exit code 1639" in said
    nul = windows.cmd(rf'call "{FOLDER}\bootstrap.bat" <nul >nul 2>nul', timeout=120)
    assert nul.returncode == 1639
    assert not windows.host_path(ENVIRONMENT).exists()

    code, said = run("/set:password=s3cret", unseen="detached")
    assert code == 0, said
    assert imports(windows, manifest, "tomli_w")


def test_who_sits_at_a_terminal_is_asked(windows: Session, asking: Path) -> None:
    unpack(windows, asking)
    with windows.console([rf"{FOLDER}\bootstrap.bat"]) as console:
        console.wait_for(lambda text: "password:" in text)
        assert "password:" in console.text
        assert not console.ended
    assert not windows.host_path(ENVIRONMENT).exists()


def test_only_one_at_a_time(windows: Session, bundles: tuple[Path, Path]) -> None:
    unpack(windows, bundles[0])
    first = windows.spawn([rf"{FOLDER}\bootstrap.bat"])
    try:
        assert settled(windows.host_path(ENVIRONMENT + r"\journal").exists)
        second = bootstrap(windows)
        assert second.returncode == 1618, second.output
        assert "another bootstrap.bat is working on" in second.output
    finally:
        first.stop()
