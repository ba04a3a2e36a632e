"""What `bundle inspect` shows of a bundle's site values."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from bundler.model.manifest import SiteInfo
from bundler.model.value_pattern import value_pattern
from bundler.pack.inspection import Inspection, PackageLine
from bundler.present.inspection_table import inspection
from tests.support.samples import sample

if TYPE_CHECKING:
    from bundler.model.site_values import SiteType


@pytest.mark.parametrize(
    ("kind", "more", "shown"),
    [
        ("port", {"default": "8080"}, "port 8080 its help"),
        ("text", {}, "any text must be given its help"),
        ("text", {"required": False}, "any text may be left empty its help"),
        ("text", {"secret": True}, "any text, secret must be given its help"),
        ("text", {"secret": True, "default": "hush"}, "any text, secret not shown its help"),
        ("choice", {"choices": ("a", "b"), "default": "b"}, "one of a, b b its help"),
        ("text", {"pattern": value_pattern("[a-z]+")}, "any text, pattern [a-z]+ must be given its help"),
        ("integer", {"pattern": value_pattern("1.*"), "default": "12"}, "integer, pattern 1.* 12 its help"),
    ],
)
def test_what_a_value_must_be(
    kind: SiteType,
    more: dict[str, object],
    shown: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    fields: dict[str, object] = {"name": "value", "default": None, "help": "its help", "secret": False, **more}
    info = SiteInfo(type=kind, **fields)  # type: ignore[arg-type]
    inspection(dataclasses.replace(sample(Inspection), site=(info,)))
    lines = [" ".join(each.split()) for each in capsys.readouterr().out.splitlines()]
    assert f"value {shown}" in lines


@pytest.mark.parametrize("origin", ["https://[a", "http://[a]/b"])
def test_an_origin_that_is_no_address_is_shown_as_it_is(origin: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The manifest says it, of which nothing is verified here."""
    line = dataclasses.replace(sample(PackageLine), origin=origin)
    inspection(dataclasses.replace(sample(Inspection), packages=(line,)))
    assert origin in capsys.readouterr().out
