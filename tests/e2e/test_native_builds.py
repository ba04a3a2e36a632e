"""Extension modules on a Windows build host: `bundle build` in Wine finds a compiler, and the target's Python builds with it.

cl.exe and link.exe are stand-ins (see tests/support/msvc.py), so what Microsoft's compiler itself would say of a source only a real
Windows can tell; everything around it is the real thing, down to the import of the module that comes out.
"""

from __future__ import annotations

import json
import tomllib
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.building import setuptools_wheel
from tests.support.commandline import recipe_text
from tests.support.index import LocalIndex
from tests.support.msvc import visual_c
from tests.support.packages import make_sdist, make_wheel

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.bed import Mirror
    from tests.support.commandline import Done
    from tests.support.windows_host import WindowsHost

pytestmark = [pytest.mark.e2e, pytest.mark.network]

RUNTIME = 'source = "{base}/python.nupkg"\nunsigned = true'


@pytest.fixture
def index(windows_host: WindowsHost, mirror: Mirror, tmp_path: Path) -> Iterator[LocalIndex]:
    """What the recipes need: seeds, setuptools, a runtime with headers, and a package as source only, with a C module."""
    folder = tmp_path / "published"
    with LocalIndex() as index:
        for name, version in (("pip", "24.0"), ("virtualenv", "20.26.0")):
            index.add(make_wheel(folder, name, version))
        index.add(setuptools_wheel())
        index.add(make_sdist(folder, "fast", "1.0", backend="setuptools", c_extension=True))
        index.serve("/python.nupkg", mirror.file("python.3.11.7.nupkg"))
        windows_host.answer_at(index)
        yield index


def build(host: WindowsHost, index: LocalIndex, *arguments: str, **recipe: Any) -> Done:
    text = recipe_text(
        **{"requirements": ["fast"], "targets": [("3.11.7", "win_amd64")], "runtime": RUNTIME, "base": index.base}
        | recipe
    )
    (host.work / "example.toml").write_text(text.replace('kind = "archive"', 'kind = "nuget"'), encoding="utf-8")
    return host.bundle("build", "example.toml", "--output", "out", "--index", index.url, *arguments)


def bundle_of(host: WindowsHost) -> Path:
    (archive,) = (host.work / "out").glob("*.zip")
    return archive


def unpacked(host: WindowsHost, name: str, folder: Path) -> Path:
    """The wheel of a package out of the bundle."""
    with zipfile.ZipFile(bundle_of(host)) as archive:
        (member,) = (each for each in archive.namelist() if f"wheels/{name}-" in each)
        wheel = folder / member.rpartition("/")[2]
        wheel.write_bytes(archive.read(member))
    return wheel


def test_a_source_with_a_c_module_is_built_installed_and_imported(
    windows_host: WindowsHost, index: LocalIndex, tmp_path: Path
) -> None:
    with visual_c(windows_host.session) as msvc:
        done = build(windows_host, index)
        assert done.code == 0, done.err
    assert [program for program, _ in msvc.calls] == ["cl.exe", "link.exe"]
    assert "Visual C++ 2015" in done.err + done.out
    wheel = unpacked(windows_host, "fast", tmp_path)
    assert wheel.name == "fast-1.0-cp311-cp311-win_amd64.whl"
    note = json.loads(bundle_of(windows_host).with_name(bundle_of(windows_host).name + ".build.json").read_text())
    assert note["compiled-with"] == {wheel.name: "CPython 3.11.7, Visual C++ 2015, toolset 14.39.33519"}
    lock = tomllib.loads((windows_host.work / "pylock.example-3-11-7-win_amd64.toml").read_text(encoding="utf-8"))
    assert [each["name"] for each in lock["tool"]["bundle"]["build"]] == ["setuptools"]
    session = windows_host.session
    session.copy_in(wheel, rf"C:\wheel\{wheel.name}")
    command = [windows_host.python, "-m", "pip", "install", "--no-index", "--no-deps", "--target", r"C:\site"]
    installed = session.run([*command, rf"C:\wheel\{wheel.name}"], env=windows_host.environ())
    assert installed.returncode == 0, installed.output
    asking = "import _fast, fast; print(_fast.__file__, fast.VERSION)"
    ran = session.run([windows_host.python, "-c", asking], env={"PYTHONPATH": r"C:\site"})
    assert ran.output.strip() == r"C:\site\_fast.cp311-win_amd64.pyd 1.0"
