"""Documents of pieces: in the order that CycloneDX' library has, and with those that were written before."""

from __future__ import annotations

import dataclasses
import datetime
import json
from typing import TYPE_CHECKING

from cyclonedx.model.bom import Bom
from cyclonedx.output.json import JsonV1Dot6

from bundler.trust.bill import Bill, Item, Kind, Party
from bundler.trust.cyclonedx_document import cyclonedx_document

if TYPE_CHECKING:
    from collections.abc import Callable

MOMENT = datetime.datetime(2026, 3, 4, 5, 6, 7, tzinfo=datetime.UTC)


def bill_of(*items: Item) -> Bill:
    subject = Item(ref="bundle", kind="application", name="x", needs=tuple(each.ref for each in items))
    return Bill(subject=subject, items=items, created=MOMENT, creator=Party(name="Ann"), tool=("x", "1"))


class Kept:
    def __init__(self) -> None:
        self.pieces: dict[str, str] = {}
        self.made = 0

    def __call__(self, what: str, make: Callable[[], str]) -> str:
        if what not in self.pieces:
            self.made += 1
            self.pieces[what] = make()
        return self.pieces[what]


def test_the_order_is_that_of_the_library() -> None:
    kinds: tuple[Kind, ...] = ("platform", "library", "file", "application")
    names, versions = ("b", "a", "B", "\xe9", "\U0001f40d"), ("", "2", "10", "1.0")
    items = [
        Item(
            ref=f"{number}",
            kind=kind,
            name=name,
            version=version,
            needs=("3", "20", "3"),
            parts=(
                Item(ref=f"{number}!z", kind="library", name="z"),
                Item(ref=f"{number}!a", kind="library", name="a"),
            ),
        )
        for number, (kind, name, version) in enumerate(
            (kind, name, version) for kind in kinds for name in (*names, "a") for version in versions
        )
    ]
    ours = json.loads(cyclonedx_document(bill_of(*items)))
    read = Bom.from_json(ours)  # type: ignore[attr-defined] # a decorator gives it
    theirs = json.loads(JsonV1Dot6(read).output_as_string())
    assert {**theirs, "compositions": ours["compositions"]} == ours


def test_only_what_changed_is_written_again() -> None:
    one, two = (Item(ref=each, kind="library", name=each, version="1") for each in ("one", "two"))
    kept = Kept()
    first = cyclonedx_document(bill_of(one, two), kept)
    assert (first, kept.made) == (cyclonedx_document(bill_of(one, two)), 3)
    assert cyclonedx_document(bill_of(two, one), kept).count(b'"one"') == first.count(b'"one"')
    assert kept.made == 3
    changed = bill_of(one, dataclasses.replace(two, version="2"))
    assert (cyclonedx_document(changed, kept), kept.made) == (cyclonedx_document(changed), 4)
    needed = bill_of(dataclasses.replace(one, needs=("two",)), two)
    assert (cyclonedx_document(needed, kept), kept.made) == (cyclonedx_document(needed), 4)
