from __future__ import annotations

import platform
import sys
from typing import TYPE_CHECKING

import pytest
from packaging.markers import default_environment

from bundler.build.backend import build_system, needs_view, tail
from bundler.build.isolated import host_target
from bundler.errors import BuildError
from bundler.model.target import Target

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


def test_the_host_is_its_own_target() -> None:
    assert not needs_view(host_target())
    assert host_target().python == platform.python_version()


@pytest.mark.parametrize("target", [Target.of("3.11.9", "win_amd64"), Target.of("3.5.0", host_target().platform)])
def test_another_machine_or_version_needs_a_view(target: Target) -> None:
    assert needs_view(target)


def test_another_width_needs_a_view() -> None:
    """On Windows a Python of 32 bits and one of 64 say the same in every marker."""
    other = "win32" if sys.maxsize > 2**32 else "win_amd64"
    markers = {name: str(value) for name, value in default_environment().items()}
    assert needs_view(Target.of(platform.python_version(), other, markers=markers))


def test_the_host_target_takes_what_the_host_takes() -> None:
    assert f"cp{sys.version_info[0]}{sys.version_info[1]}" in host_target().abi
    assert {tag.platform for tag in host_target().tags()} > {"any"}


def test_tail_is_bounded() -> None:
    log = "\n\n".join(f"{number} " + "x" * 1000 for number in range(100))
    lines = tail(log)
    assert len(lines) == 20
    assert lines[-1].startswith("99 ")
    assert max(map(len, lines)) == 300
