"""Why a source can't be asked what it needs: its build's own last lines, a log that outlives the run, at every output."""

from __future__ import annotations

import io
import json
import tarfile
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.commandline import Bench

PROJECT = '[build-system]\nrequires = []\nbuild-backend = "broken"\nbackend-path = ["."]\n'
PKG_INFO = "Metadata-Version: 2.1\nName: picky\nVersion: {version}\n"


def sdist(folder: Path, version: str, backend: str) -> Path:
    """One of ``picky``, whose hooks are ``backend``."""
    path = folder / f"picky-{version}.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        files = {"pyproject.toml": PROJECT, "broken.py": backend, "PKG-INFO": PKG_INFO.format(version=version)}
        for name, content in files.items():
            entry = tarfile.TarInfo(f"picky-{version}/{name}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content.encode()))
    return path


def publish(bench: Bench, backend: str = "") -> Bench:
    failing = 'def get_requires_for_build_wheel(_=None): raise RuntimeError("the frobnicator is out of order")\n'
    for version in ("1.0", "0.9"):
        bench.index.add(sdist(bench.published, version, backend or failing))
    bench.write(requirements=["picky"])
    return bench


@pytest.fixture
def picky(bench: Bench) -> Bench:
    return publish(bench)


@pytest.mark.parametrize(
    ("line", "advice"),
    [
        ("import pkg_resources", 'build-constraints = ["setuptools<82"]'),
        ("import numpy", 'imports numpy and doesn\'t ask for it: [packages.source.picky] build-requires = ["NAME"]'),
        ("print('error in picky setup command: use_2to3 is invalid.'); 1 / 0", "setuptools<58"),
    ],
)
def test_what_a_build_lacks(bench: Bench, line: str, advice: str) -> None:
    hook = f"def get_requires_for_build_wheel(_=None):\n    {line}\n"
    publish(bench, hook)
    direct = sdist(bench.folder, "1.0", hook)
    bench.write(requirements=[f"picky @ {direct.as_uri()}"])
    done = bench.run("lock", bench.recipe)
    assert (done.code, done.reference) == (6, "build-failed"), done.err
    assert advice in " ".join(done.err.split())
    bench.write(requirements=["picky"])
    done = bench.run("lock", bench.recipe)
    assert (done.code, done.reference) == (3, "no-file-fits"), done.err
    assert advice in " ".join(done.err.split()), "of a candidate of the index too"
    assert "--why picky` shows every file" in " ".join(done.err.split())
    why = bench.run("lock", bench.recipe, "--why", "picky", "--json").json["targets"][0]["files"]
    assert advice in " ".join(next(each for each in why if each["version"] == "1.0")["details"])


def log_of(bench: Bench) -> Path:
    return bench.store / "logs" / "picky-1.0.tar.gz.log"


def test_the_error_says_it(picky: Bench) -> None:
    done = picky.run("lock", picky.recipe)
    assert (done.code, done.reference) == (3, "no-file-fits"), done.err
    assert "what it needs can't be learned" in done.err
    assert done.err.count("RuntimeError: the frobnicator is out of order") == 1, "of the newest only"
    assert f"the whole log: {log_of(picky)}" in " ".join(done.err.split())
    assert "out of order" in log_of(picky).read_text(encoding="utf-8")


def test_as_json_too(picky: Bench) -> None:
    done = picky.run("lock", picky.recipe, "--json")
    error = json.loads(done.out or done.err)["error"]
    assert any("frobnicator is out of order" in each for each in error["context"])
    assert any(str(log_of(picky)) in each for each in error["context"])


def test_what_fails_on_both_says_why_on_the_target(bench: Bench) -> None:
    publish(
        bench,
        "import sys\n'hooks'\ndef get_requires_for_build_wheel(_=None): return []\n"
        "def prepare_metadata_for_build_wheel(*_): raise RuntimeError(f'no version for {sys.platform}')\n",
    )
    done = bench.run("lock", bench.recipe)
    assert "RuntimeError: no version for linux" in done.err
    assert "where it sees CPython 3.11.9 on win_amd64: RuntimeError: no version for win32" in " ".join(done.err.split())
    assert "no version for linux" in log_of(bench).read_text(encoding="utf-8"), "the log is of what is shown"


def test_why_says_it_too(picky: Bench) -> None:
    why = picky.run("lock", picky.recipe, "--why", "picky", "--json").json["targets"][0]["files"]
    newest = next(each for each in why if each["version"] == "1.0")
    assert not newest["accepted"]
    assert newest["reason"].startswith("what it needs can't be learned")
    assert any("frobnicator is out of order" in each for each in newest["details"])
    assert any(str(log_of(picky)) in each for each in newest["details"])
    assert "frobnicator is out of order" in picky.run("lock", picky.recipe, "--why", "picky").out


def test_why_asks_nobody_where_a_wheel_fits(picky: Bench) -> None:
    picky.publish("picky", "0.1")
    why = picky.run("lock", picky.recipe, "--why", "picky", "--json").json["targets"][0]["files"]
    assert all(each["accepted"] for each in why)
    assert not log_of(picky).exists()
