"""What is imported is declared, and what is declared is imported: a package that another one brings can go any day."""

from __future__ import annotations

import ast
import importlib.metadata
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import bundler

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = Path(bundler.__file__).parents[1]
OWN = {"bundler", "tests"}
TOOLS = {
    "coverage",
    "mypy",
    "pytest-timeout",
    "pytest-xdist",
    "ruff",
    "types-jsonschema",
    "types-requests",
    "uv",
    "vermin",
}
"""Of the dev group: run, or used by pytest and mypy, and never imported."""
NOT_INSTALLED = {"_typeshed", "compression"}  # a type checker's own, and the standard library's since 3.14
OF_WINDOWS = set[str]() if sys.platform == "win32" else {"truststore"}
"""Installed and imported there alone."""
BY_NAME = {"backports"} if sys.version_info < (3, 14) else set[str]()
"""Imported by ``importlib``, where the standard library lacks it."""


def imported(files: Iterable[Path]) -> set[str]:
    """The names of third-party modules at the top, wherever in a file they are imported."""
    found: set[str] = set()
    for path in files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {each.name.partition(".")[0] for each in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                found.add(node.module.partition(".")[0])
    return found - sys.stdlib_module_names - OWN - NOT_INSTALLED - OF_WINDOWS


def declared(requirements: Iterable[str]) -> set[str]:
    """Those that this Python needs."""
    parsed = [Requirement(each) for each in requirements]
    return {canonicalize_name(each.name) for each in parsed if each.marker is None or each.marker.evaluate()}


def distributions(modules: Iterable[str]) -> set[str]:
    known = importlib.metadata.packages_distributions()
    missing = sorted(each for each in modules if each not in known)
    assert not missing, f"imported and not installed: {missing}"
    return {canonicalize_name(each) for module in modules for each in known[module]}


def project() -> dict[str, set[str]]:
    data = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return {
        "run": declared(data["project"]["dependencies"]),
        "dev": declared(data["dependency-groups"]["dev"]),
    }


def test_the_product_imports_what_it_declares() -> None:
    product = ROOT / "bundler"
    elsewhere = {product / "target", product / "rehearse/windows/guest"}  # standard library of 2.7 and later only
    files = [each for each in product.rglob("*.py") if not elsewhere & set(each.parents)]
    assert distributions(imported(files) | BY_NAME) == project()["run"]


def test_the_tests_import_what_is_declared() -> None:
    names = imported(each for each in (ROOT / "tests").rglob("*.py") if "recorded" not in each.parts)
    found = project()
    ours = {each for each in names if each in importlib.metadata.packages_distributions()}
    assert distributions(ours) <= found["run"] | found["dev"]
    assert found["dev"] - TOOLS <= distributions(ours)
    assert not found["run"] & found["dev"]


def test_the_lock_of_the_tools_has_what_is_declared() -> None:
    """If it doesn't: python3 build/environments.py --renew"""
    data = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    locked: dict[str, list[str]] = {}
    for line in (ROOT / "build" / "dev-requirements.txt").read_text(encoding="utf-8").splitlines():
        name, equals, rest = line.partition("==")
        if equals and not line.startswith((" ", "#")):
            locked.setdefault(canonicalize_name(name), []).append(rest.split()[0])
    for each in map(Requirement, [*data["project"]["dependencies"], *data["dependency-groups"]["dev"]]):
        versions = locked.get(canonicalize_name(each.name), [])
        assert versions, f"{each} is not locked"
        assert all(each.specifier.contains(version, prereleases=True) for version in versions), f"{each}: {versions}"


def test_the_lock_of_the_tools_names_no_address() -> None:
    assert "://" not in (ROOT / "build" / "dev-requirements.txt").read_text(encoding="utf-8")
