"""Accepted differences between our answer and an opinion, each with its reason in words: ``explained.toml``."""

from __future__ import annotations

import dataclasses
import functools
import tomllib
from typing import TYPE_CHECKING, Any

from tests.differential.cases import FOLDER
from tests.differential.opinions import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """What only we have and what only the opinion has: ``name==version``, sorted."""

    ours: Answer
    theirs: Answer

    @classmethod
    def between(cls, ours: Answer, theirs: Answer) -> Difference:
        return cls(ours=tuple(sorted({*ours} - {*theirs})), theirs=tuple(sorted({*theirs} - {*ours})))

    def __str__(self) -> str:
        return f"ours = [{_quoted(self.ours)}]\ntheirs = [{_quoted(self.theirs)}]"


def _quoted(answer: Answer) -> str:
    return ", ".join(f'"{each}"' for each in answer)


@functools.cache
def explained() -> Mapping[tuple[str, str, str], Difference]:
    """(set, target's slug, opinion) -> the difference that is accepted there."""
    told = tomllib.loads((FOLDER / "explained.toml").read_text(encoding="utf-8"))
    found: dict[tuple[str, str, str], Difference] = {}
    for each in told.get("difference", ()):
        difference = _read(each)
        for opinion in each["opinions"]:
            for slug in each["targets"]:
                key = (each["set"], slug, opinion)
                assert key not in found, f"{key} is explained twice"
                found[key] = difference
    return found


def _read(table: Mapping[str, Any]) -> Difference:
    assert table.keys() == {"set", "targets", "opinions", "ours", "theirs", "reason"}, table
    assert len(table["reason"].split()) > 5, f"{table['set']}: a reason takes more words than {table['reason']!r}"
    return Difference(ours=tuple(sorted(table["ours"])), theirs=tuple(sorted(table["theirs"])))
