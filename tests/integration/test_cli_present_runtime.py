"""A bundle for targets that have their Python already: what is locked, and what the bundle carries."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING

import pytest

from bundler.model.lock_file import load_lock
from bundler.model.manifest_encoding import decode_manifest
from tests.support.commandline import Bench, make_runtime

if TYPE_CHECKING:
    from pathlib import Path

RECIPE = """
[bundle]
name = "example"
version = "1.0"

[[target]]
python = "{python}"
platform = "win_amd64"
[target.runtime]
kind = "none"
unsigned = true
{runtime}

[packages]
requirements = ["alpha"]

[environment]
path = 'C:\\Envs\\Example'
"""


@pytest.fixture
def present(bench: Bench) -> Bench:
    bench.index.serve(
        "/python/3.11.9/python-3.11.9-embed-amd64.zip", make_runtime(bench.root / "embed.zip", __init__=None)
    )
    write(bench)
    return bench


def write(bench: Bench, *, python: str = "3.11.9", runtime: str = "") -> Path:
    bench.recipe.write_text(RECIPE.format(python=python, runtime=runtime), encoding="utf-8")
    return bench.recipe


@pytest.mark.parametrize(
    ("python", "runtime", "directory", "all_users"),
    [
        ("3.11.9", "", None, True),
        ("3.11.9", "directory = 'C:\\Python311'", "C:\\Python311", True),
        ("3.11.9", "all-users = false", None, False),
        ("3.11.14", "", None, True),  # has no files of python.org: its branch's last one starts the bootstrap
    ],
)
def test_no_runtime_travels_and_the_boot_python_does(
    present: Bench, python: str, runtime: str, directory: str | None, all_users: bool
) -> None:
    write(present, python=python, runtime=runtime)
    mirror = ("--python-mirror", f"{present.index.base}/python")
    done = present.build(*mirror)
    assert done.code == 0, done.err
    (path,) = present.folder.glob("pylock.*.toml")
    lock = load_lock(path)
    assert (lock.runtime.kind, lock.runtime.file, lock.runtime.source) == ("none", None, "")
    assert lock.boot is not None
    assert lock.boot.artifact.filename == "python-3.11.9-embed-amd64.zip"
    assert [each.name for each in lock.seeds] == ["pip"]
    (archive,) = present.output.glob("*.zip")
    with zipfile.ZipFile(archive) as bundle:
        names = bundle.namelist()
        manifest = decode_manifest(bundle.read("manifest.json"))
        readme = " ".join(bundle.read("README.txt").decode().split())
    assert "boot/python.exe" in names
    assert not [each for each in names if each.startswith("runtime/")]
    found = manifest.runtime
    assert (found.kind, found.file, found.source, found.sha256, found.size) == ("none", None, "", "", 0)
    assert (found.directory, found.all_users, manifest.environment.maker) == (directory, all_users, "venv")
    place = f"in {directory}" if directory else "that is registered for all users"
    assert f"uses the CPython {python} (64 bits) {place}" in readme
    assert "that Python is neither changed nor removed" in readme
    assert "no administrator's rights" in readme
    before = path.read_bytes()
    again = present.build("--locked", *mirror)
    assert (again.code, path.read_bytes()) == (0, before), again.err
    inspected = present.run("inspect", archive)
    assert "a Python that the target has already" in inspected.out
    shown = json.loads(present.run("lock", present.recipe, *mirror, "--json").out)
    assert shown["locks"][0]["runtime"] == {
        "kind": "none",
        "source": "",
        "file": None,
        "signer": None,
        "member": None,
    }
    assert present.run("verify", archive).code == 0
    doctor = present.run("doctor", present.recipe, *mirror)
    assert "python-3.11.9-embed-amd64.zip can be had" in " ".join(doctor.out.split())


def test_another_kind_before_makes_the_lock_anew(present: Bench) -> None:
    mirror = ("--python-mirror", f"{present.index.base}/python")
    present.write()
    assert present.run("lock", present.recipe).code == 0
    assert load_lock(present.lock).boot is None
    write(present)
    assert present.run("lock", present.recipe, *mirror).code == 0
    assert load_lock(present.lock).runtime.kind == "none"
    present.write()
    assert present.run("lock", present.recipe).code == 0
    assert load_lock(present.lock).boot is None
