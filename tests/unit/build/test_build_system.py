"""How a source tree says it wants to be built, and what is said of one that says it wrongly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bundler.build.build_system import build_system
from bundler.errors import BuildError

if TYPE_CHECKING:
    from pathlib import Path


def pyproject(folder: Path, text: str) -> Path:
    (folder / "pyproject.toml").write_text(text)
    return folder


@pytest.mark.parametrize("name", ["setup.py", "setup.cfg", "pyproject.toml"])
def test_without_a_build_system_it_is_setuptools(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    found = build_system(tmp_path)
    assert found.requires == ("setuptools>=40.8.0",)
    assert found.backend == "setuptools.build_meta:__legacy__"


def test_requires_without_a_backend(tmp_path: Path) -> None:
    found = build_system(pyproject(tmp_path, '[build-system]\nrequires = ["setuptools>=61", "cffi"]\n'))
    assert found.requires == ("setuptools>=61", "cffi")
    assert found.backend == "setuptools.build_meta:__legacy__"


def test_a_backend_of_its_own(tmp_path: Path) -> None:
    found = build_system(
        pyproject(tmp_path, '[build-system]\nrequires = []\nbuild-backend = "b"\nbackend-path = ["x"]\n')
    )
    assert (found.requires, found.backend, found.backend_path) == ((), "b", ("x",))


@pytest.mark.parametrize(
    "text",
    [
        "[build-system]\n",
        '[build-system]\nrequires = "setuptools"\n',
        "[build-system]\nrequires = [1]\n",
        "[build-system]\nrequires = []\nbuild-backend = 1\n",
        '[build-system]\nrequires = []\nbackend-path = "x"\n',
        '[build-system]\nrequires = ["a >>> b"]\n',
        "build-system = 1\n",
        "no toml",
        "a = " + "[" * 5000,
    ],
)
def test_a_wrong_build_system(tmp_path: Path, text: str) -> None:
    with pytest.raises(BuildError) as caught:
        build_system(pyproject(tmp_path, text))
    assert caught.value.reference == "pyproject-invalid"


def test_a_folder_that_is_no_project(tmp_path: Path) -> None:
    with pytest.raises(BuildError) as caught:
        build_system(tmp_path)
    assert caught.value.reference == "not-a-project"
