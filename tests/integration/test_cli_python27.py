"""A bundle for Python 2.7: what is resolved for it, what of its MSI goes where, and what is refused."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest

from bundler.model.lock_file import load_lock
from bundler.model.manifest_encoding import decode_manifest
from tests.support.building import setuptools_wheel
from tests.support.commandline import Bench, make_project
from tests.support.msi import make_python_msi
from tests.support.packages import make_wheel
from tests.support.programs import make_program

if TYPE_CHECKING:
    from pathlib import Path

RECIPE = """
[bundle]
name = "example"
version = "1.0"

[[target]]
python = "2.7.18"
platform = "{platform}"
[target.runtime]
kind = "{kind}"
source = "{source}"
unsigned = true
{runtime}

[packages]
requirements = ["alpha"]
{packages}

[environment]
path = 'C:\\Envs\\Example'
"""
ANY = "py2.py3-none-any"


def a_python(platform: str = "win32") -> dict[str, bytes]:
    version = (2, 7, 18150, 1013)
    return {
        "python.exe": make_program(platform=platform, version=version, imports=("MSVCR90.dll", "python27.dll")),
        "python27.dll": make_program(platform=platform, version=version, dll=True, imports=("MSVCR90.dll",)),
        "msvcr90.dll": make_program(platform=platform, version=(9, 0, 21022, 8), dll=True),
        "Lib/os.py": b"import sys\n",
        "Lib/json/__init__.py": b"",
        "Lib/test/test_os.py": b"import os\n",
    }


@pytest.fixture
def old(bench: Bench) -> Bench:
    """A bench whose recipe is for 32-bit 2.7, with newer packages beside those that run there."""
    for name, version, needed in (
        ("pip", "20.3.4", ">=2.7"),
        ("pip", "21.0", ">=3.6"),
        ("virtualenv", "20.15.1", ">=2.7"),
        ("virtualenv", "20.16.0", ">=3.6"),  # the real one is named py2.py3 as well
    ):
        path = make_wheel(bench.published, name, version, tag=ANY, requires_python=needed)
        bench.index.add(path)
    bench.publish("alpha", "0.9", tag="cp27-none-win32")
    make_python_msi(bench.folder / "python-2.7.18.msi", a_python(), template="Intel;1033")
    write(bench)
    return bench


def write(
    bench: Bench,
    *,
    kind: str = "msi",
    source: str = "python-2.7.18.msi",
    platform: str = "win32",
    runtime: str = "",
    packages: str = "",
) -> None:
    runtime = runtime or (r"directory = 'C:\Python27'" if kind == "msi" else "")
    text = RECIPE.format(kind=kind, source=source, platform=platform, runtime=runtime, packages=packages)
    bench.recipe.write_text(text, encoding="utf-8")


def one_of(folder: Path, pattern: str) -> Path:
    (found,) = folder.glob(pattern)
    return found


def test_the_msi_is_the_installer_and_its_files_start_it(old: Bench) -> None:
    make_project(old.folder / "project", "demo", backend="setuptools", files={"demo/__init__.py": "print 'two'\n"})
    old.index.add(setuptools_wheel())
    write(old, packages='projects = ["project"]')
    done = old.build()
    assert done.code == 0, done.err
    assert "[wheel-retagged]" in done.err
    lock = load_lock(one_of(old.folder, "pylock.*.toml"))
    assert lock.boot is None
    assert {each.name: each.version for each in lock.seeds} == {"pip": "20.3.4", "virtualenv": "20.15.1"}
    assert {each.name: each.version for each in lock.packages} == {"alpha": "0.9", "demo": "1.0"}
    with zipfile.ZipFile(one_of(old.output, "*.zip")) as bundle:
        names = bundle.namelist()
        manifest = decode_manifest(bundle.read("manifest.json"))
        assert bundle.read("runtime/python-2.7.18.msi") == (old.folder / "python-2.7.18.msi").read_bytes()
        boot = {name.removeprefix("boot/"): bundle.read(name) for name in names if name.startswith("boot/")}
        readme = bundle.read("README.txt").decode()
    expected = {name: content or b"\n" for name, content in a_python().items() if "/test/" not in name}
    assert boot == expected
    assert manifest.boot.placeholders == ("boot/Lib/json/__init__.py",)
    assert (manifest.runtime.kind, manifest.runtime.file) == ("msi", "runtime/python-2.7.18.msi")
    assert manifest.runtime.directory == r"C:\Python27"
    assert manifest.environment.maker == "virtualenv"
    assert (manifest.target.abi, manifest.target.windows) == ("cp27m", (6, 0, 0))
    assert "wheels/demo-1.0-py27-none-any.whl" in names
    assert r"installs CPython 2.7.18 into C:\Python27" in " ".join(readme.split())


def test_an_archive_of_it_needs_virtualenv_too(old: Bench) -> None:
    source = old.folder / "python27.zip"
    with zipfile.ZipFile(source, "w") as archive:
        for name, content in a_python().items():
            archive.writestr(name, content)
    write(old, kind="archive", source=source.name)
    done = old.build()
    assert done.code == 0, done.err
    with zipfile.ZipFile(one_of(old.output, "*.zip")) as bundle:
        manifest = decode_manifest(bundle.read("manifest.json"))
    assert (manifest.runtime.file, manifest.environment.maker) == (None, "virtualenv")
    assert {each.name for each in manifest.seeds} == {"pip", "virtualenv"}


@pytest.mark.parametrize(
    ("change", "reference"),
    [
        ({"platform": "win_amd64"}, "runtime-other-python"),
        ({"kind": "exe", "runtime": r"directory = 'C:\Python27'"}, "runtime-kind"),
        ({"kind": "embed"}, "archive-unreadable"),
        ({"source": "cut.msi"}, "installer-malformed"),
        ({"source": "empty.msi"}, "runtime-missing"),
    ],
)
def test_what_is_no_python_for_it(old: Bench, change: dict[str, str], reference: str) -> None:
    old.publish("alpha", "0.9", tag="cp27-none-win_amd64")
    whole = (old.folder / "python-2.7.18.msi").read_bytes()
    (old.folder / "cut.msi").write_bytes(whole[: len(whole) // 2])
    make_python_msi(old.folder / "empty.msi", {"readme.txt": b"x"}, template="Intel;1033")
    write(old, **change)
    done = old.build()
    assert done.reference == reference, done.err
    assert not old.output.exists() or not list(old.output.iterdir())
