"""What a bundle's own bill of materials says that its manifest doesn't: read again by whoever builds it again. It may be a stranger's."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bundler.errors import IntegrityError
from bundler.foreign import MalformedJsonError, read_json
from bundler.model.bundle_files import BILL
from bundler.trust.bill import COMPILED_WITH, EPOCH, IN_BUNDLE, PREFIX, SIGNED_BY

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST = 500


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class BillNotes:
    """``version``: of this program that wrote it; ``epoch``: SOURCE_DATE_EPOCH that builds saw; ``compiled_with``: by the name of
    the wheel; ``sha512``: of files, by their sha256; ``signed``: members with programs that were signed for this bundle, and by whom.
    Each is empty where nothing is said.
    """

    version: str
    epoch: str
    compiled_with: Mapping[str, str]
    sha512: Mapping[str, str]
    signed: Mapping[str, str]


def read_bill_notes(content: bytes) -> BillNotes:
    """Raises IntegrityError (``bill-malformed``) for what is no JSON; anything else of another shape isn't there."""
    try:
        data = read_json(content.decode("utf-8"))
    except (UnicodeDecodeError, MalformedJsonError) as error:
        raise IntegrityError(
            "bill-malformed", f"{BILL} can't be read: {error}", hint="build the bundle again"
        ) from None
    metadata = _at(data, "metadata")
    tools = _listed(_at(_at(metadata, "tools"), "components"))
    compiled, sha512, signed = {}, {}, {}
    for each in _listed(_at(data, "components")):
        hashes = {_text(one, "alg"): _text(one, "content") for one in _listed(_at(each, "hashes"))}
        if "SHA-256" in hashes and re.fullmatch(r"[0-9a-f]{128}", hashes.get("SHA-512", "")):
            sha512[hashes["SHA-256"]] = hashes["SHA-512"]
        notes = dict(_notes(each))
        if COMPILED_WITH in notes and IN_BUNDLE in notes:
            compiled[notes[IN_BUNDLE].rpartition("/")[2]] = notes[COMPILED_WITH]
        if SIGNED_BY in notes and IN_BUNDLE in notes:
            signed[notes[IN_BUNDLE]] = notes[SIGNED_BY]
    return BillNotes(
        version=next((_text(each, "version") for each in tools), ""),
        epoch=dict(_notes(_at(metadata, "component"))).get(EPOCH, ""),
        compiled_with=compiled,
        sha512=sha512,
        signed=signed,
    )


def _notes(component: Any) -> Iterator[tuple[str, str]]:
    for each in _listed(_at(component, "properties")):
        name = _text(each, "name")
        if name.startswith(PREFIX):
            yield name.removeprefix(PREFIX), _text(each, "value")


def _at(data: Any, key: str) -> Any:
    return data.get(key) if isinstance(data, dict) else None


def _listed(data: Any) -> list[Any]:
    return data if isinstance(data, list) else []


def _text(data: Any, key: str) -> str:
    found = _at(data, key)
    return found[:_LONGEST] if isinstance(found, str) else ""
