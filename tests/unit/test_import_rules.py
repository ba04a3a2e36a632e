"""The rules that hold the house up: who may import whom."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import bundler

ROOT = Path(bundler.__file__).parent
STAGES = frozenset({"resolve", "fetch", "convert", "compile", "pack"})
BASE = frozenset({"errors", "report", "model"})
STDLIB_ONLY = "target"


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
                names = [f"bundler.{alias.name}" for alias in node.names]
        else:
            continue
        found |= {name.split(".")[1] for name in names if name.startswith("bundler.")}
    return found


FILES = sorted(ROOT.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_imports_follow_the_layers(path: Path) -> None:
    own, others = part(path), imported(path)
    assert STDLIB_ONLY not in others, "nothing imports target: pack reads it as files"
    if own == STDLIB_ONLY:
        assert not others, "target stands alone"
    elif own in ("errors", "report"):
        assert not others - {"errors", "report"}
    elif own == "model":
        assert others <= BASE
    elif own == "convert":
        assert others <= BASE | {own, "compile"}, "converting may compile, and imports no other stage"
    elif own in STAGES:
        assert others <= BASE | {own}, "stages don't import each other"
    elif own == "pipeline":
        assert not others & {"cli", "console"}, "the pipeline neither prints nor parses arguments"


def test_the_rules_look_at_every_stage() -> None:
    assert {part(path) for path in FILES} >= {
        "resolve",
        "fetch",
        "convert",
        "compile",
        "pack",
        "model",
        "target",
        "pipeline",
        "cli",
    }


def test_stages_never_print_and_never_log_to_a_global() -> None:
    for path in FILES:
        if part(path) not in STAGES | {"model", "pipeline"}:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id != "print", path
            if isinstance(node, ast.Import):
                assert all(alias.name != "logging" for alias in node.names), path
