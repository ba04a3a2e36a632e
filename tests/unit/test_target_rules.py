"""The rules that hold the target's half up: its rooms and their direction, and what it may import at all."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import bundler

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(bundler.__file__).parent / "target"
FILES = sorted(ROOT.rglob("*.py"))
ROOMS = {
    "modes": {"modes", "steps", "state", "wheels", "bundle", "machine"},
    "steps": {"steps", "state", "wheels", "bundle", "machine"},
    "state": {"state", "machine"},
    "wheels": {"wheels", "machine"},
    "bundle": {"bundle", "machine"},
    "machine": {"machine"},
}
"""What a room may import: itself and those below it. Rooms beside each other don't know of each other."""
GROUND = {"archives", "arguments", "compat", "console", "errors", "layout", "masking", "names", "run_report"}
"""Modules that lie in no room: all may import them, and they import each other only."""
ENTRANCE = {"__init__", "__main__", "bootstrap"}
SCRIPTS = {"wheels/worker.py", "wheels/pip_check.py", "steps/script_launcher.py"}
"""Started by another Python, as files: nothing of the package is there when their first line runs."""
OLD_NAMES = {"_winreg", "imp", "Queue"}
"""The standard library's, of 2.7 or before 3.12."""


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def room_of(path: Path) -> str:
    """The folder at the top, or the module's own name for one that lies in none."""
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool]]:
    """Every import in a file, and whether it is for type checkers only."""

    def of(node: ast.AST, typing: bool) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool]]:
        for each in ast.iter_child_nodes(node):
            if isinstance(each, ast.Import | ast.ImportFrom):
                yield each, typing
            guarded = isinstance(each, ast.If) and isinstance(each.test, ast.Name) and each.test.id == "TYPE_CHECKING"
            yield from of(each, typing or guarded)

    return of(ast.parse(path.read_bytes()), typing=False)


def rooms_imported(path: Path, *, typing: bool) -> set[str]:
    """The rooms and modules of the ground that a file imports: when it runs, or for type checkers only."""
    package = path.relative_to(ROOT).parts[:-1]
    found = set()
    for node, for_types in imports(path):
        if isinstance(node, ast.ImportFrom) and node.level and for_types == typing:
            assert node.level - 1 <= len(package), "it leaves the package"
            base = [*package[: len(package) - node.level + 1], *((node.module or "").split(".") if node.module else [])]
            for alias in node.names:
                whole = [*base, alias.name]
                assert any((ROOT / "/".join(each)).with_suffix(".py").is_file() for each in (base, whole) if each), (
                    whole
                )
                found.add(whole[0])
    return found


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_imports_follow_the_direction(path: Path) -> None:
    room, imported = room_of(path), rooms_imported(path, typing=False)
    if room in ENTRANCE:
        return
    assert not imported & ENTRANCE
    assert imported <= ROOMS.get(room, set()) | GROUND
    if room in ROOMS:  # types of the room beside it may be named, and what is above never
        beside = ROOMS["steps"] - {"steps"} if room != "machine" else set()
        assert rooms_imported(path, typing=True) <= ROOMS[room] | GROUND | beside


def unused_imports(path: Path) -> set[str]:
    """Names that a file imports, and neither its code nor a type comment has. Ruff's F401 doesn't read type comments."""
    text = path.read_text()
    used = {each.id for each in ast.walk(ast.parse(text)) if isinstance(each, ast.Name)}
    used.update(*(re.findall(r"\w+", each) for each in re.findall(r"# type: (.*)", text)))
    imported = {
        (alias.asname or alias.name).split(".")[0]
        for node, _ in imports(path)
        if not re.search(r"noqa: F401|import-not-found", text.splitlines()[node.lineno - 1])
        for alias in node.names
        if getattr(node, "module", None) != "__future__"
    }
    return imported - used


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_every_import_is_used(path: Path) -> None:
    assert not unused_imports(path)


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_module_imports_the_standard_library_and_its_own_package_only(path: Path) -> None:
    for node, for_types in imports(path):
        if isinstance(node, ast.Import):
            names = {alias.name.partition(".")[0] for alias in node.names}
        elif not node.level:
            names = {(node.module or "").partition(".")[0]}
        else:
            assert name_of(path) not in SCRIPTS or for_types, "a script has no package around it"
            continue
        assert names <= sys.stdlib_module_names | OLD_NAMES


def test_every_module_lies_in_a_known_room() -> None:
    assert {room_of(path) for path in FILES} == set(ROOMS) | GROUND | ENTRANCE


def test_no_name_is_used_twice() -> None:
    """But for the ports to two systems, which are the same by intention."""
    names = [path.stem for path in FILES if path.stem != "__init__" and "windows" not in path.parts]
    assert sorted(names) == sorted(set(names))


def test_no_folder_of_scripts_hides_a_module_of_the_standard_library() -> None:
    """A script's own folder is the first on its path until it takes it off there."""
    folders = {ROOT, *((ROOT / each).parent for each in SCRIPTS)}
    beside = {path.stem for folder in folders for path in folder.glob("*.py")} | set(ROOMS)
    assert not (beside - {"__init__", "__main__"}) & sys.stdlib_module_names


def test_only_the_port_asks_which_system_it_runs_on() -> None:
    """The seam: another system is another folder in ``machine``."""
    for path in FILES:
        if "machine" not in path.relative_to(ROOT).parts[:1]:
            ctypes = [
                node for node, _ in imports(path) if isinstance(node, ast.Import) and node.names[0].name == "ctypes"
            ]
            assert not ctypes, path


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_no_function_has_a_train_of_parameters(path: Path) -> None:
    """Seven and more become values with names."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.FunctionDef):
            own = [each.arg for each in [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]]
            assert len([each for each in own if each != "self"]) < 7, node.name


def classes(folder: Path) -> Iterator[ast.ClassDef]:
    for path in sorted(folder.glob("*.py")) if folder.is_dir() else [folder]:
        yield from (node for node in ast.parse(path.read_bytes()).body if isinstance(node, ast.ClassDef))


def methods(kind: ast.ClassDef, *, left_open: bool = False) -> set[str]:
    """Of a class; ``left_open``: those that another one must have."""
    found = [node for node in kind.body if isinstance(node, ast.FunctionDef)]
    if left_open:
        found = [node for node in found if ast.unparse(node.body[-1]) == "raise NotImplementedError"]
    return {node.name for node in found}


MACHINE = ROOT / "machine"
PORTS = {each.name: methods(each, left_open=True) for each in classes(MACHINE) if methods(each, left_open=True)}


@pytest.mark.parametrize("system", ["posix*.py", "windows/*.py"])
def test_each_system_has_the_whole_port(system: str) -> None:
    own = [each for path in sorted(MACHINE.glob(system)) for each in classes(path)]
    there = {base.id: methods(each) for each in own for base in each.bases if isinstance(base, ast.Name)}
    assert {name: missing for name, wanted in PORTS.items() if (missing := wanted - there.get(name, set()))} == {}
    assert len(PORTS) > 6
