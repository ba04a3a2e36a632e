"""build/environments.py, as far as it makes nothing: which Python it takes, what its lock says."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.commandline import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OWN = f"{sys.version_info[0]}.{sys.version_info[1]}"


@pytest.fixture(scope="module")
def environments() -> Iterator[Any]:
    sys.path.insert(0, str(ROOT / "build"))
    try:
        yield importlib.import_module("environments")
    finally:
        sys.path.remove(str(ROOT / "build"))


def program(path: Path, version: str) -> Path:
    """A program that answers as the Python ``version`` does; empty: as a name that leads nowhere."""
    path.parent.mkdir(parents=True)
    path.write_text(f"#!/bin/sh\n{f'echo {version}; echo $0' if version else 'exit 127'}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def test_the_python_that_runs_is_taken(environments: Any) -> None:
    assert str(environments.find_python(OWN)) == sys.executable


@pytest.mark.skipif(sys.platform == "win32", reason="scripts stand for Pythons")
def test_one_of_pyenv_is_taken_where_its_name_on_the_path_leads_nowhere(
    environments: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shim = program(tmp_path / "shims" / "python3.99", "")
    found = program(tmp_path / "pyenv" / "versions" / "3.99.1" / "bin" / "python", "3.99")
    program(tmp_path / "pyenv" / "versions" / "3.9.9" / "bin" / "python", "3.9")
    monkeypatch.setenv("PATH", str(shim.parent))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    assert environments.find_python("3.99") == found


def test_a_python_that_is_not_there(environments: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    with pytest.raises(SystemExit, match=r"no CPython 3\.98"):
        environments.find_python("3.98")


@pytest.mark.parametrize("arguments", [[], ["tests/unit"], ["--lowest", "--newest"]])
def test_arguments_that_say_nothing(environments: Any, arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        environments.main(arguments)
    assert ended.value.code == 2
