from __future__ import annotations

import dataclasses
import hashlib
from typing import TYPE_CHECKING

from bundler.pack.sameness import other_members
from tests.support.bundles import make_inputs

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.pack.layout import Layout


def contract(layout: Layout) -> dict[str, str]:
    return {each.path: each.sha256 for each in layout.entries[:2]}


def test_a_bundle_is_the_same_as_itself(tmp_path: Path) -> None:
    layout = make_inputs(tmp_path).lay_out()
    assert other_members(layout.manifest, contract(layout), layout) == ()


def test_members_that_are_not_the_same_come_before_those_that_list_them(tmp_path: Path) -> None:
    layout = make_inputs(tmp_path).lay_out()
    first, second, third, *_ = layout.manifest.members
    members = (
        dataclasses.replace(first, sha256="0" * 64),
        dataclasses.replace(second, path="gone"),
        *(each for each in layout.manifest.members if each not in (first, second)),
    )
    before = dataclasses.replace(layout.manifest, members=members)
    listed = dict.fromkeys(contract(layout), hashlib.sha256(b"").hexdigest())
    found = [(each.path, each.how) for each in other_members(before, listed, layout)]
    assert sorted(found[:3]) == sorted([(first.path, "differs"), ("gone", "missing"), (second.path, "added")])
    assert found[3:] == [("SHA256SUMS", "differs"), ("manifest.json", "differs")]
    assert third.path not in dict(found)
