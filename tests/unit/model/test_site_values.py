"""Kinds of site values: what a recipe may say of them, and that both halves judge values alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import pytest

from bundler.model.manifest import SiteInfo
from bundler.model.recipe_file import load_recipe
from bundler.model.site_values import LONGEST, SiteType, type_fault
from bundler.target.bundle.manifest import SITE_TYPES
from bundler.target.state import site_types
from tests.unit.model.test_recipe import GOOD, faults, write

if TYPE_CHECKING:
    from pathlib import Path

RIGHT: dict[SiteType, list[str]] = {
    "text": ["x", "\n", "a" * 5000],
    "integer": ["0", "-12", "9" * 18],
    "port": ["1", "80", "65535"],
    "path": [],
    "choice": ["a"],
    "account": ["EXAMPLE\\me", ".\\me", "me@example.com", "localservice", "LOCALSYSTEM", "EXAMPLE\\me$"],
    "url": ["http://a/", "postgresql://a:5/b?c"],
}
PATHS = ["C:\\Data", "c:/data/x", "\\\\server\\share", "\\\\server\\share\\x y"]
NOT_PATHS = ["Data", "C:Data", "\\Data", "C:\\a\\..\\b", "C:\\a\\..", "C:\\a|b", "C:\\a\nb", "\\\\server"]
WRONG: dict[SiteType, list[str]] = {
    "text": [],
    "integer": ["1.0", "x", "1" * 19, "٣", "1\n", "+1"],
    "port": ["0", "65536", "080", "-1", "x"],
    "path": [],
    "choice": ["A", "b c"],
    "account": ["me", "a\\b\\c", "a\\", "{x}\\y", "a\nb\\c"],
    "url": ["example.com", "http://", "http:// x", "://x"],
}


def site(kind: SiteType) -> SiteInfo:
    choices = ("a", "b") if kind == "choice" else ()
    return SiteInfo(name="x", default=None, help="", secret=False, type=kind, choices=choices)


@pytest.mark.parametrize("kind", get_args(SiteType))
def test_both_halves_judge_values_alike(kind: SiteType) -> None:
    assert get_args(SiteType) == SITE_TYPES
    assert site_types.LONGEST == LONGEST
    long = ["x" * (LONGEST + 1)] if kind != "text" else []
    for values, right in ((RIGHT[kind], True), (WRONG[kind] + long, False)):
        for value in values:
            here = type_fault(kind, value, site(kind).choices)
            there = site_types.fault_of(site(kind), value)  # type: ignore[arg-type]
            assert (here is None, there is None) == (right, right), value
            assert here == there


def test_paths() -> None:
    assert [type_fault("path", each) for each in PATHS] == [None] * len(PATHS)
    assert [each for each in NOT_PATHS if type_fault("path", each) is None] == []


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        ('type = "choice"', "choices: go with type choice, and only with it"),
        ('choices = ["a"]', "choices: go with type choice, and only with it"),
        ('type = "choice", choices = ["a", ""]', "choices: an empty value is none: required = false allows it"),
        ('type = "choice", choices = ["a", "b"], default = "c"', "default: must be one of a, b"),
        ('type = "port", default = "http"', "default: must be a port: a whole number from 1 to 65535"),
        ('default = ""', "default: must not be empty: required = false says that the value may be"),
        ('pattern = "(?=a)"', "pattern: is not a pattern that is known here: (? is known as (?: only, at letter 2"),
        ('pattern = "[a-z]+", default = "A"', "default: must fit the pattern"),
        ('pattern = "[a-z]+", default = "a"', None),
        ('type = "port", default = "80"', None),
        ('required = false, default = ""', None),
        ("required = false", None),
    ],
)
def test_a_recipe(tmp_path: Path, table: str, fault: str | None) -> None:
    text = GOOD.replace("[site]\n", f"[site]\nx = {{ {table} }}\n")
    if fault is None:
        load_recipe(write(tmp_path, text))
    else:
        assert faults(tmp_path, text) == [f"site.x.{fault}"]


def test_names_that_differ_only_in_case(tmp_path: Path) -> None:
    found = faults(tmp_path, GOOD.replace("[site]\n", "[site]\nPORT = {}\n"))
    assert "site.port: is the same name as site.PORT: case doesn't count" in found
