"""The server of 2015: Python 2.7 out of its MSI, from bootstrap.bat to the page, with no network and no Python."""

from __future__ import annotations

import time
import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.support.rehearse import bootstrap, page_text, program, recipe_copy, serve, unpack

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.bed import Mirror, Session

pytestmark = [pytest.mark.e2e, pytest.mark.network]

AWKWARD = "C:\\Disk é (x86) ! & co"
PYTHONS = ("python-2.7.18.msi", "python-2.7.18.amd64.msi")
_WHAT = (
    "import struct, sys; print('%d.%d.%d' % sys.version_info[:3] + ' %d %s' % (struct.calcsize('P') * 8, sys.prefix))"
)
_PATH = r'reg query "HKLM\System\CurrentControlSet\Control\Session Manager\Environment" /v PATH'


# what the recipe says otherwise for 64 bits; this MySQL was never built for them
_CHANGES = {
    '"win32"': '"win_amd64"',
    "4.1.2.win32-py2.7": "4.1.2.win-amd64-py2.7",
    '    { source = "index:MySQL-python==1.2.5/MySQL-python-1.2.5.win32-py2.7.exe" },\n': "",
    ' "MySQLdb",': "",
}


def _wide(recipe: str) -> str:
    for old, new in _CHANGES.items():
        assert old in recipe
        recipe = recipe.replace(old, new)
    return recipe


@pytest.mark.parametrize(("platform", "bits"), [("win32", 32), ("win_amd64", 64)])
def test_the_whole_way(
    windows: Session, build: Callable[[Path], Path], tmp_path: Path, platform: str, bits: int
) -> None:
    recipe = recipe_copy(tmp_path, "twisted-2015.toml")
    if bits == 64:
        recipe.write_text(_wide(recipe.read_text(encoding="utf-8")), encoding="utf-8")
    manifest = unpack(windows, build(recipe))
    assert manifest.target.platform == platform
    assert (manifest.runtime.kind, manifest.environment.maker) == ("msi", "virtualenv")

    plan = bootstrap(windows, "/plan")
    assert plan.returncode == 0, plan.output
    assert not windows.host_path(r"C:\Python27").exists()
    first = bootstrap(windows, "/set:port=8092")
    assert first.returncode == 0, first.output
    second = bootstrap(windows)
    assert second.returncode == 0, second.output
    assert "nothing to do" in second.output

    python = program(manifest, "python.exe")
    release = rf"{manifest.environment.path}\releases\{manifest.bundle.release}"
    assert windows.run([r"C:\Python27\python.exe", "-c", _WHAT]).output == f"2.7.18 {bits} C:\\Python27\n"
    assert windows.run([python, "-c", _WHAT]).output == f"2.7.18 {bits} {release}\n"
    assert r"C:\Python27\;C:\Python27\Scripts\;" in windows.cmd(_PATH).output

    helped = windows.run([python, program(manifest, "twistd.py"), "--help"])
    assert helped.returncode == 0, helped.output
    assert "--rundir=" in helped.output
    # another Python than the release's own: the script still gets the one that its packages are for
    foreign = windows.run([r"C:\Python27\python.exe", program(manifest, "twistd.py"), "--version"])
    assert foreign.returncode == 0, foreign.output
    assert "14.0.2" in foreign.output
    scripts = {each.name for each in windows.host_path(program(manifest, "")).iterdir()}
    assert {"python.exe", "twistd.py", "trial.py", "pywin32_postinstall.py"} <= scripts
    assert "activate_this.py" not in scripts
    serve(windows, manifest)
    page = windows.http_get("http://127.0.0.1:8092/", wait=180)
    assert page.status == 200
    lines = page_text(page.body)
    assert f"2.7.18, {bits} bit" in lines
    assert "14.0.2" in lines


def test_what_is_installed_is_what_pip_says(windows: Session, build: Callable[[Path], Path], tmp_path: Path) -> None:
    """A pip that is no part of the product's own check: out of the bundle, run under the environment's Python."""
    manifest = unpack(windows, build(recipe_copy(tmp_path, "twisted-2015.toml")), AWKWARD)
    # as a management agent starts it: with no console, and with nothing to read from or write to
    result = bootstrap(windows, r"/log:C:\run.log", folder=AWKWARD, unseen="detached")
    assert result.returncode == 0, windows.host_path(r"C:\run.log").read_text("utf-8")
    (pip,) = [each for each in manifest.seeds if each.name == "pip"]
    windows.copy_in(windows.host_path(AWKWARD) / pip.file, r"C:\pip.whl")
    frozen = windows.run([program(manifest, "python.exe"), "-B", r"C:\pip.whl\pip", "freeze", "--all", "--isolated"])
    lines = [each.strip() for each in frozen.output.splitlines() if "==" in each]
    article = {"my-app==4.14.2", "pypiwin32==219", "Twisted==14.0.2", "zope.interface==4.1.2"}
    assert article | {"MySQL-python==1.2.5"} <= set(lines)
    assert sorted(each.lower().replace(".", "-").partition("==")[0] for each in lines) == [
        each.partition("==")[0] for each in manifest.frozen
    ]
    gone = bootstrap(windows, "/uninstall", folder=AWKWARD)
    assert gone.returncode == 0, gone.output
    assert not windows.host_path(manifest.environment.path).exists()
    assert not windows.host_path(r"C:\Python27").exists()


def test_a_runtime_of_its_own(windows: Session, build: Callable[[Path], Path], mirror: Mirror, tmp_path: Path) -> None:
    """The same Python as an archive: it lives inside the release, and nothing is installed."""
    archive = tmp_path / "python-2.7.18.zip"
    tree = mirror.tree("2.7.18", "win32")
    with zipfile.ZipFile(archive, "w") as opened:
        for path in sorted(tree.rglob("*")):
            opened.write(path, path.relative_to(tree))
    recipe = recipe_copy(tmp_path, "twisted-2015.toml")
    text = recipe.read_text(encoding="utf-8")
    begin, end = text.index("[target.runtime]"), text.index("[packages]")
    runtime = f'[target.runtime]\nkind = "archive"\nsource = "{archive.name}"\n\n'
    recipe.write_text(text[:begin] + runtime + text[end:], encoding="utf-8")
    manifest = unpack(windows, build(recipe))
    result = bootstrap(windows, "/quiet")
    assert result.returncode == 0, result.output
    assert windows.run([program(manifest, "python.exe"), program(manifest, "twistd.py"), "--help"]).returncode == 0
    assert not windows.host_path(r"C:\Python27").exists()
    verified = bootstrap(windows, "/verify")
    assert verified.returncode == 0, verified.output
    kept = rf"{manifest.environment.path}\uninstall\{manifest.bundle.release}"
    gone = windows.run([rf"{kept}\bootstrap.bat", "/uninstall"])
    assert gone.returncode == 0, gone.output
    environment = windows.host_path(manifest.environment.path)
    deadline = time.monotonic() + 60
    while environment.exists() and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not environment.exists()
