"""From a recipe to a page: built here, installed in Wine by bootstrap.bat alone, with no network and no Python."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support.rehearse import FOLDER, ROOT, bootstrap, page_text, program, recipe_copy, serve, unpack

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bundler.model.manifest import Manifest
    from tests.support.bed import Bed, Mirror, Session
    from tests.support.index import LocalIndex

pytestmark = [pytest.mark.e2e, pytest.mark.network]

PYTHONS = (
    "python-3.11.9-amd64.exe",
    "python-3.11.9-embed-amd64.zip",
    "python-3.11.7.amd64.msi",
    "python-3.11.7-embed-amd64.zip",
    "python.3.11.7.nupkg",
)
AWKWARD = "C:\\Disk é (x86) ! & co"
SMALL = """
[bundle]
name = "small"
version = "1.0"

[[target]]
python = "3.11.7"
platform = "win_amd64"
[target.runtime]
kind = "{kind}"
{runtime}

[packages]
requirements = ["incremental", "tomli-w"]

[environment]
path = 'C:\\Envs é (x86) ! & co\\Small'

[checks]
imports = ["incremental"]

[[rehearse.command]]
command = ["python", "-c", "import tomli_w; print('it works')"]
output = "it works"

[[rehearse.command]]
command = ["python", "-c", "import urllib.request as u; u.urlopen('http://models.example/weights')"]
exit-code = 1
"""


def small(folder: Path, kind: str, runtime: str = "") -> Path:
    path = folder / "small.toml"
    path.write_text(SMALL.format(kind=kind, runtime=runtime), encoding="utf-8")
    return path


def files_of(session: Session) -> dict[str, str]:
    """The hash of every file on drive C: but Windows' own, the bundle's and what lies in temporary folders."""
    root = session.host_path("C:\\")
    skipped = ("windows/", "users/")
    return {
        relative: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file()
        and not (relative := path.relative_to(root).as_posix()).casefold().startswith(skipped)
        and not relative.startswith((FOLDER[3:], AWKWARD[3:]))
    }


def assert_serves(session: Session, manifest: Manifest, port: int) -> None:
    serve(session, manifest)
    page = session.http_get(f"http://127.0.0.1:{port}/", wait=180)
    text = page_text(page.body)
    assert page.status == 200
    assert manifest.target.python in text
    assert "26." in text or "Twisted" in text


def test_quickstart(windows: Session, build: Callable[[Path], Path], tmp_path: Path) -> None:
    manifest = unpack(windows, build(recipe_copy(tmp_path, "quickstart.toml")), AWKWARD)
    bare = files_of(windows)
    plan = bootstrap(windows, "/plan", folder=AWKWARD)
    assert plan.returncode == 0, plan.output
    assert "Nothing was changed" in plan.output
    assert files_of(windows) == bare

    first = bootstrap(windows, "/set:port=8091", folder=AWKWARD)
    assert first.returncode == 0, first.output
    pointer = windows.host_path(manifest.environment.path + r"\current")
    assert pointer.read_text(encoding="ascii") == manifest.bundle.release + "\n"
    frozen = windows.run([program(manifest, "python.exe"), "-c", _FROZEN])
    assert frozen.output.split() == list(manifest.frozen)

    before = files_of(windows)
    second = bootstrap(windows, folder=AWKWARD)
    assert second.returncode == 0, second.output
    assert "othing to do" in second.output
    assert {name: before[name] for name in before if "/logs/" not in name} == {
        name: content for name, content in files_of(windows).items() if "/logs/" not in name
    }
    assert_serves(windows, manifest, 8091)


_FROZEN = (
    "import importlib.metadata as m, re;"
    "print(*sorted(re.sub(r'[-_.]+', '-', d.metadata['Name']).lower() + '==' + d.version for d in m.distributions()))"
)


def test_twisted_with_the_exe(windows: Session, build: Callable[[Path], Path], tmp_path: Path) -> None:
    manifest = unpack(windows, build(recipe_copy(tmp_path, "twisted.toml")))
    assert manifest.runtime.kind == "exe"
    result = bootstrap(windows)
    assert result.returncode == 0, result.output
    installed = windows.run([r"C:\Python311\python.exe", "-V"])
    assert installed.output.strip() == f"Python {manifest.target.python}"
    assert_serves(windows, manifest, 8080)


def test_twisted_with_an_msi(
    windows: Session, build: Callable[[Path], Path], served: LocalIndex, tmp_path: Path
) -> None:
    recipe = recipe_copy(tmp_path, "twisted.toml")
    text = recipe.read_text(encoding="utf-8").replace('"3.11.9"', '"3.11.7"')
    kind = f'kind = "msi"\nsource = "{served.base}/python/3.11.7/python-3.11.7.amd64.msi"'
    assert 'kind      = "exe"' in text
    recipe.write_text(text.replace('kind      = "exe"', kind), encoding="utf-8")
    manifest = unpack(windows, build(recipe))
    assert manifest.runtime.kind == "msi"
    result = bootstrap(windows, "/quiet")
    assert result.returncode == 0, result.output
    assert_serves(windows, manifest, 8080)


def test_another_python_of_the_same_minor_version_is_not_replaced(
    windows: Session, build: Callable[[Path], Path], mirror: Mirror, tmp_path: Path
) -> None:
    windows.copy_in(mirror.file("python-3.11.7.amd64.msi"), r"C:\other.msi")
    there = windows.run('msiexec /i C:\\other.msi /qn TARGETDIR="C:\\Other Python" ALLUSERS=1')
    assert there.returncode == 0, there.output
    unpack(windows, build(recipe_copy(tmp_path, "twisted.toml")))
    before = files_of(windows)
    result = bootstrap(windows)
    assert result.returncode == 1638, result.output
    assert "3.11.7" in result.output
    assert r"C:\Other Python" in result.output
    assert files_of(windows) == before


def test_a_nuget_package(windows: Session, build: Callable[[Path], Path], served: LocalIndex, tmp_path: Path) -> None:
    source = f'source = "{served.base}/python/3.11.7/python.3.11.7.nupkg"'
    manifest = unpack(windows, build(small(tmp_path, "nuget", source)))
    assert manifest.environment.maker == "venv"
    result = bootstrap(windows)
    assert result.returncode == 0, result.output
    assert windows.run([program(manifest, "python.exe"), "-c", "import incremental"]).returncode == 0


@pytest.fixture(scope="module")
def small_bundle(build: Callable[[Path], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(small(tmp_path_factory.mktemp("small"), "embed"))


def test_a_rehearsal(bed: Bed, small_bundle: Path, tmp_path: Path) -> None:
    """All is well with it but that one of its commands wants something from the network."""
    logs, html, junit = tmp_path / "logs", tmp_path / "report.html", tmp_path / "junit.xml"
    command = [sys.executable, "-m", "bundler", "rehearse", str(small_bundle), "--quick", "--json"]
    command += ["--logs", str(logs), "--html", str(html), "--junit", str(junit)]
    environ = {**os.environ, "BUNDLE_TESTBED": str(bed.cache.root)}
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (8, ""), done.stdout + done.stderr
    found = json.loads(done.stdout)
    steps = {each["name"]: each for each in found["steps"]}
    assert list(steps) == [
        "plan", "install", "install-again", "verify", "checks", "entry-points", "command-1", "command-2", "verify-after-use",
    ]  # fmt: skip
    assert [name for name, each in steps.items() if each["outcome"] != "passed"] == ["command-2"], done.stdout
    assert "tried to reach other machines" in steps["command-2"]["reason"]
    (asked,) = {(each["address"], each["program"]) for each in steps["command-2"]["attempts"]}
    assert asked[0] == "dns models.example"
    assert asked[1].endswith("python.exe")
    assert found["peak_memory"] > 1_000_000
    assert "it works" in (logs / steps["command-1"]["log"]).read_text("utf-8")
    assert "models.example" in html.read_text("utf-8")
    assert "models.example" in junit.read_text("utf-8")


@pytest.mark.parametrize(
    "damage",
    ["flipped byte", "missing file", "extra file", "cut file", "flipped boot", "flipped target", "flipped start"],
)
def test_a_damaged_bundle_changes_nothing(windows: Session, small_bundle: Path, damage: str) -> None:
    manifest = unpack(windows, small_bundle)
    folder = windows.host_path(FOLDER)
    wheel = folder / manifest.packages[0].file
    match damage:
        case "flipped byte":
            flip(wheel)
        case "missing file":
            wheel.unlink()
        case "extra file":
            (folder / "wheels" / "more.whl").write_bytes(b"x")
        case "cut file":
            wheel.write_bytes(wheel.read_bytes()[:-1])
        case "flipped boot":
            flip(folder / "boot" / "python311.zip")
        case "flipped target":
            flip(folder / "target" / "state" / "receipt.py")
        case "flipped start":
            flip(folder / "target" / "__main__.py")
    before = files_of(windows)
    result = bootstrap(windows)
    assert result.returncode == 1603, result.output
    assert files_of(windows) == before


@pytest.mark.parametrize("fault", ["owner", "rights", "above"])
def test_an_environment_that_somebody_else_made_first(windows: Session, small_bundle: Path, fault: str) -> None:
    """With a journal that would have this run remove what isn't its own. Wine reports owners and modes as Windows' rights."""
    unpack(windows, small_bundle)
    environment = windows.host_path(r"C:\Envs é (x86) ! & co\Small")
    environment.mkdir(parents=True)
    run = {"mode": "install", "name": "small", "instance": None, "release": "1", "before": None, "format": 2}
    (environment / "journal").write_text(json.dumps({"run": run}) + '\n{"undo": [["tree", "C:\\\\victim"]]}\n')
    victim = windows.host_path(r"C:\victim")
    victim.mkdir()
    (victim / "file").write_bytes(b"precious")
    opened = environment.parent if fault == "above" else environment
    if fault == "owner":
        os.chown(environment, 12345, 12345)
    else:
        opened.chmod(0o777)
    before = files_of(windows)
    result = bootstrap(windows)
    assert result.returncode == 1625, result.output
    assert "Others than administrators decide what is in" in result.output
    assert files_of(windows) == before
    os.chown(environment, 0, 0)
    opened.chmod(0o755)
    assert "isn't part of this installation" in bootstrap(windows).output
    (environment / "journal").unlink()
    environment.rmdir()
    assert bootstrap(windows).returncode == 0


def flip(path: Path) -> None:
    """Change the last byte of a file: in Python's sources and in a zip that leaves something that still starts."""
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def test_a_cut_zip_does_not_pass_verification(small_bundle: Path, tmp_path: Path) -> None:
    cut = tmp_path / small_bundle.name
    cut.write_bytes(small_bundle.read_bytes()[:-1000])
    done = subprocess.run(
        [sys.executable, "-m", "bundler", "verify", str(cut)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 5
    assert "error:" in done.stderr
