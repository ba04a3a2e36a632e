from __future__ import annotations

import os
from typing import TYPE_CHECKING

from bundler.isolation.host_program import program_on_path, whole_path

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

ENDING = ".exe" if os.name == "nt" else ""


def program(folder: Path, name: str) -> Path:
    folder.mkdir()
    path = folder / f"{name}{ENDING}"
    path.write_bytes(b"")
    path.chmod(0o755)
    return path


def test_the_first_on_path_is_found(tmp_path: Path) -> None:
    first, second = program(tmp_path / "a", "tool"), program(tmp_path / "b", "tool")
    path = os.pathsep.join(map(str, (tmp_path / "none", first.parent, second.parent)))
    assert program_on_path("tool", {"PATH": path}) == str(first)
    assert program_on_path("other", {"PATH": path}) is None


def test_the_current_folder_is_not_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(program(tmp_path / "a", "tool").parent)
    assert program_on_path("tool", {"PATH": os.pathsep.join(("", ".", str(tmp_path / "none")))}) is None


def test_a_path_without_the_current_folder(tmp_path: Path) -> None:
    path = os.pathsep.join(("", str(tmp_path), ".", "bin", str(tmp_path / "b"), ""))
    assert whole_path({"PATH": path}) == os.pathsep.join((str(tmp_path), str(tmp_path / "b")))
    assert whole_path({"PATH": ""}) == ""
    assert whole_path({}) == os.defpath
