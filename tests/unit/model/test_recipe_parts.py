"""A recipe's parts are the same, whether the whole was decoded or each by itself."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from bundler.model.codec import decode
from bundler.model.recipe import (
    BundleTable,
    ChecksTable,
    EnvironmentTable,
    FileTable,
    PackagesTable,
    Recipe,
    RuntimeTable,
    SiteTable,
    TargetTable,
)
from bundler.model.recipe_parts import RecipeParts
from bundler.model.rehearsal import RehearseTable

DATA = tomllib.loads(r"""
[bundle]
name = "demo"
version = "1.0"

[[target]]
python = "3.11.9"
platform = "win_amd64"
[target.runtime]
kind = "embed"

[packages]
requirements = ["six"]

[environment]
path = 'C:\Demo\'

[site.port]
default = "8080"

[[file]]
source = "a.txt"
destination = "{data}/a.txt"
""")
PLACES: list[tuple[Any, tuple[str | int, ...]]] = [
    (BundleTable, ("bundle",)),
    (TargetTable, ("target", 0)),
    (RuntimeTable, ("target", 0, "runtime")),
    (PackagesTable, ("packages",)),
    (EnvironmentTable, ("environment",)),
    (SiteTable, ("site", "port")),
    (FileTable, ("file", 0)),
    (ChecksTable, ("checks",)),
    (RehearseTable, ("rehearse",)),
]


@pytest.mark.parametrize(("kind", "keys"), PLACES)
def test_the_same_out_of_the_whole(kind: Any, keys: tuple[str | int, ...]) -> None:
    alone, whole = RecipeParts(DATA, None), RecipeParts(DATA, decode(Recipe, DATA))
    assert alone.part(kind, *keys) is not None
    assert whole.part(kind, *keys) == alone.part(kind, *keys)


def test_a_fault_in_one_hides_no_other() -> None:
    data = DATA | {"file": [*DATA["file"], {"source": 1}, "no table"], "packages": "none", "site": {"port": {"odd": 1}}}
    parts = RecipeParts(data, None)
    assert [each is not None for each in parts.each(FileTable, "file")] == [True, False, False]
    assert parts.part(PackagesTable, "packages") is None
    assert parts.part(SiteTable, "site", "port") is None
    assert parts.part(BundleTable, "bundle") is not None


def test_what_is_no_list_has_no_tables() -> None:
    assert RecipeParts({"file": {"source": "a"}}, None).each(FileTable, "file") == []
    assert RecipeParts({}, None).tables("service") == []
    assert RecipeParts({"target": ["no table"]}, None).part(RuntimeTable, "target", 0, "runtime") is None
