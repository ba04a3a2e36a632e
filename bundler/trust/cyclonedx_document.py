"""A bill of materials as CycloneDX 1.6 in JSON; the same bytes for the same bill, on any host.

Components are written by CycloneDX' library, one by one, so that those of files which haven't changed needn't be again; what is around them is lists of names.
"""

from __future__ import annotations

import dataclasses
import datetime
import json
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bundler.trust.bill import Bill, Item

Remember = Callable[[str, Callable[[], str]], str]
"""What was made for a key before, else what is made now."""
_NAMESPACE = uuid.UUID("6f1d4c3e-0a75-5e0f-9d0c-2f2f6f9f7a11")
_NO_TIME = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)
_PIECE, _NO_PIECES = '{\n "components": [\n', '\n "components": [],\n'


def cyclonedx_document(bill: Bill, remember: Remember = lambda _, make: make()) -> bytes:
    """ASCII JSON. The serial number follows from the content, so that the same bundle has the same one."""
    pieces = [remember(repr(each), lambda each=each: _piece(each)) for each in map(_alone, _sorted(bill.items))]  # type: ignore[misc]
    about = dataclasses.replace(bill, subject=_alone(bill.subject), items=(), created=_NO_TIME)
    data = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "components": [json.loads(each) for each in pieces],
        "compositions": list(_compositions(bill)),
        "dependencies": sorted(_dependencies(bill), key=lambda each: str(each["ref"])),
        "metadata": json.loads(remember(repr(about), lambda: _metadata(about)))
        | {"timestamp": bill.created.isoformat()},
        "serialNumber": uuid.UUID(int=0).urn,
        "specVersion": "1.6",
        "version": 1,
    }
    serial = uuid.uuid5(_NAMESPACE, json.dumps(data, sort_keys=True))
    around = _indented({**data, "components": [], "serialNumber": serial.urn})
    head, _, tail = around.partition(_NO_PIECES)
    listed = ",\n".join(pieces)
    return f'{head}\n "components": [\n{listed}\n ],\n{tail}\n'.encode("ascii")


def _alone(item: Item) -> Item:
    """Without what it needs, which isn't written in it."""
    return dataclasses.replace(item, needs=()) if item.needs else item


def _sorted(items: tuple[Item, ...]) -> list[Item]:
    """As the library does."""
    return sorted(items, key=lambda each: (each.kind, each.name, not each.version, each.version, each.ref))


def _piece(item: Item) -> str:
    """As it stands in the list of a document."""
    from bundler.trust.cyclonedx_component import component_json  # late: what was written before does without

    text = _indented({"components": [json.loads(component_json(item))]})
    return text.removeprefix(_PIECE).removesuffix("\n ]\n}")


def _metadata(bill: Bill) -> str:
    from bundler.trust.cyclonedx_component import metadata_json  # late, as above

    return metadata_json(bill)


def _indented(data: Any) -> str:
    return json.dumps(data, indent=1, sort_keys=True)


def _dependencies(bill: Bill) -> Iterator[dict[str, Any]]:
    """Of everything in it."""
    for item in (bill.subject, *bill.items):
        yield from (
            {"ref": each.ref, **({"dependsOn": sorted(set(each.needs))} if each.needs else {})}
            for each in (item, *item.parts)
        )


def _compositions(bill: Bill) -> Iterator[dict[str, Any]]:
    """What is known to be all: the bundle's own parts and what packages say that they need. What is inside them isn't, but for what is listed."""
    yield {"aggregate": "complete", "assemblies": [bill.subject.ref], "dependencies": [bill.subject.ref]}
    yield {"aggregate": "complete", "dependencies": [each.ref for each in bill.items]}
    yield {"aggregate": "incomplete", "assemblies": [each.ref for each in bill.items]}
