"""Bills of materials that wheels bring (PEP 770), read as what they are: texts of strangers. Only CycloneDX in JSON is understood."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Any, Self

from bundler.foreign import one_line
from bundler.trust.bill import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_TYPES: tuple[Kind, ...] = (
    "library", "framework", "application", "file", "data", "platform", "firmware", "operating-system",
)  # fmt: skip
_HASHES = {"SHA-256": 64, "SHA-512": 128}
MOST_COMPONENTS = 5000
"""Of all bills of one wheel together."""
_DEEPEST, _LONGEST = 20, 500
_PURL = re.compile(r"pkg:[A-Za-z][A-Za-z0-9.+-]*/[!-~]+")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Component:
    """``purl``, ``licence`` (an expression or a name) and ``version`` are empty where nothing is said; ``hashes``: algorithm and hex."""

    type: Kind
    name: str
    version: str = ""
    purl: str = ""
    licence: str = ""
    hashes: tuple[tuple[str, str], ...] = ()

    @classmethod
    def decode(cls, data: Mapping[str, Any]) -> Self:
        """What ``dataclasses.asdict`` and JSON made of one."""
        return cls(**{**data, "hashes": tuple((name, value) for name, value in data["hashes"])})


def components_in(data: Any, most: int = MOST_COMPONENTS) -> tuple[Component, ...]:
    """All of a document, those within others too; raises ValueError for another kind of document, or one of more than ``most``."""
    if not isinstance(data, dict) or data.get("bomFormat") != "CycloneDX":
        raise ValueError("it isn't CycloneDX in JSON")
    return tuple(_of(data.get("components"), _DEEPEST, [most]))


def _of(listed: Any, depth: int, left: list[int]) -> Iterator[Component]:
    if not isinstance(listed, list):
        return
    if not depth:
        raise ValueError("its components lie too deep within each other")
    for each in listed:
        left[0] -= 1
        if left[0] < 0:
            raise ValueError(f"its wheel has more than {MOST_COMPONENTS} components")
        if isinstance(each, dict):
            if name := line_of(each.get("name")):
                yield _component(name, each)
            yield from _of(each.get("components"), depth - 1, left)


def _component(name: str, data: Mapping[str, Any]) -> Component:
    return Component(
        type=next((each for each in _TYPES if each == data.get("type")), "library"),
        name=name,
        version=line_of(data.get("version")),
        purl=purl_of(data.get("purl")),
        licence=_licence(data.get("licenses")),
        hashes=tuple(_hashes(data.get("hashes"))),
    )


def _licence(listed: Any) -> str:
    if not isinstance(listed, list) or len(listed) != 1 or not isinstance(listed[0], dict):
        return ""
    inner = listed[0].get("license")
    table = inner if isinstance(inner, dict) else {}
    return line_of(listed[0].get("expression")) or line_of(table.get("id")) or line_of(table.get("name"))


def _hashes(listed: Any) -> Iterator[tuple[str, str]]:
    for each in listed[:20] if isinstance(listed, list) else ():
        found = each if isinstance(each, dict) else {}
        name, value = line_of(found.get("alg")), line_of(found.get("content"))
        if name in _HASHES and re.fullmatch(rf"[0-9a-f]{{{_HASHES[name]}}}", value):
            yield name, value


def purl_of(value: Any) -> str:
    """A package URL, as far as its form goes; empty for what isn't one."""
    text = line_of(value)
    return text if _PURL.fullmatch(text) else ""


def line_of(value: Any) -> str:
    """In one line, without what can't be printed; empty for what isn't a text."""
    if not isinstance(value, str):
        return ""
    return one_line(value, _LONGEST)
