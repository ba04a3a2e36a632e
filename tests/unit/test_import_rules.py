"""The rules that hold the house up: who may import whom. DESIGN's layers, from the ground up."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

import bundler

ROOT = Path(bundler.__file__).parent
BASE = frozenset({"errors", "foreign", "report", "atomic", "owners", "plain_file"})
GROUND = frozenset({"formats", "model", "isolation"})
STAGES = frozenset({"resolve", "fetch", "build", "legacy", "runtime", "pack", "rehearse", "trust"})
ORDERS = frozenset({"pipeline", "doctor"})
STDLIB_ONLY = "target"

MAY_IMPORT = {
    **dict.fromkeys(BASE, BASE),
    **dict.fromkeys(GROUND, BASE),
    **dict.fromkeys(STAGES, BASE | GROUND),
    "pipeline": BASE | GROUND | STAGES,
    "doctor": BASE | GROUND | STAGES | {"pipeline"},
    "present": BASE | GROUND | STAGES | ORDERS,
    "cli": BASE | GROUND | STAGES | ORDERS | {"present"},
    "__main__": frozenset({"cli"}),
    "__init__": frozenset[str](),
    STDLIB_ONLY: frozenset[str](),
}

EXCEPTIONS = {
    ("legacy", "build"): "what is converted passes the same gate as what is built",
}
"""Stages that import another stage, and why; the architecture page names the same."""


def part(path: Path) -> str:
    """The part of the house that a file belongs to: a stage's name, or the module's own."""
    relative = path.relative_to(ROOT)
    return relative.parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    """Parts of ``bundler`` that a file imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module or ""]
            if node.module == "bundler":
                names = [f"bundler.{alias.name}" for alias in node.names if alias.name != "__version__"]
        else:
            continue
        found |= {name.split(".")[1] for name in names if name.startswith("bundler.")}
    return found


FILES = sorted(ROOT.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_imports_follow_the_layers(path: Path) -> None:
    own, others = part(path), imported(path)
    allowed = MAY_IMPORT[own] | {own} | {other for who, other in EXCEPTIONS if who == own}
    assert not others - allowed


def test_every_exception_is_needed() -> None:
    used = {(part(path), other) for path in FILES for other in imported(path)}
    assert not EXCEPTIONS.keys() - used


def test_the_rules_look_at_every_part() -> None:
    assert {part(path) for path in FILES} == MAY_IMPORT.keys()


def test_no_two_modules_have_one_name() -> None:
    names = Counter(path.stem for path in FILES if part(path) != STDLIB_ONLY and path.stem != "__init__")
    assert not [name for name, count in names.items() if count > 1]


def test_stages_never_print_and_never_log_to_a_global() -> None:
    for path in FILES:
        if part(path) not in STAGES | GROUND | {"pipeline"}:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id != "print", path
            if isinstance(node, ast.Import):
                assert all(alias.name != "logging" for alias in node.names), path


def modules_of(path: Path) -> set[Path]:
    """The files of ``bundler`` that a file imports when it runs, wherever in it: not those that only types need."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_only = {
        id(each)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for each in ast.walk(node)
    }
    found = set()
    for node in ast.walk(tree):
        if id(node) in typing_only or not isinstance(node, ast.ImportFrom | ast.Import):
            continue
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif node.level:
            package = path.parents[node.level - 1].relative_to(ROOT.parent).parts
            base = ".".join([*package, *([node.module] if node.module else [])])
            names = [base, *(f"{base}.{alias.name}" for alias in node.names)]
        else:
            names = [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
        places = [ROOT.parent.joinpath(*name.split(".")) for name in names]
        found |= {
            file for place in places for file in (place.with_suffix(".py"), place / "__init__.py") if file.is_file()
        }
    return found - {path, ROOT / "__init__.py"}


def test_no_module_imports_one_that_imports_it() -> None:
    """Not by a detour either: what must be imported together is one module, or has a third one below."""
    needs = {path: modules_of(path) for path in FILES}
    # a package's own list of names isn't asked for by those inside of it
    needs = {
        path: {each for each in others if each.name != "__init__.py" or each.parent not in path.parents}
        for path, others in needs.items()
    }
    left = dict(needs)
    while free := [path for path, others in left.items() if not others & left.keys()]:
        for path in free:
            del left[path]
    assert sorted(path.relative_to(ROOT).as_posix() for path in left) == []
