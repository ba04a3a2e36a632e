"""Indexes that the tables of uv, Poetry, PDM, pixi and Rye name beside ``[project]``, and folders and pages of files that they take from."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from bundler.formats.pyproject_file import table_in, tables_in, texts_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class StatedIndex:
    """An index of a tool's table. ``explicit``: only what names it comes from there; ``packages``: patterns of names that come from there only.

    ``default``: it takes the place of the tool's own default index. ``url`` may be a path, relative to the table's file: as that of a folder
    or a page of files, which may bring anything too.
    """

    name: str
    url: str
    where: str
    explicit: bool = False
    default: bool = False
    packages: tuple[str, ...] = ()


def stated_indexes(table: Mapping[str, Any]) -> Iterator[StatedIndex]:
    """The indexes that a ``pyproject.toml`` names."""
    tool = table_in(table.get("tool"))
    uv = table_in(tool.get("uv"))
    yield from uv_indexes(uv, "tool.uv")
    for number, each in enumerate(tables_in(table_in(tool.get("poetry")).get("source"))):
        name, url, where = each.get("name"), each.get("url"), f"tool.poetry.source[{number}]"
        # Poetry knows the public index by its name and takes no address for it
        if isinstance(url, str) and url:
            priority = each.get("priority")
            yield StatedIndex(
                name=str(name),
                url=url,
                where=where,
                explicit=priority == "explicit",
                default=priority in (None, "default", "primary"),
            )
    for number, each in enumerate(tables_in(table_in(tool.get("pdm")).get("source"))):
        if isinstance(each.get("url"), str) and each["url"]:
            patterns = tuple(text for text in texts_in(each.get("include_packages")) if text != "*")
            yield StatedIndex(
                name=str(each.get("name", "")),
                url=each["url"],
                where=f"tool.pdm.source[{number}]",
                packages=patterns,
                default=each.get("name") == "pypi",
            )
    for number, each in enumerate(tables_in(table_in(tool.get("rye")).get("sources"))):
        if isinstance(each.get("url"), str) and each["url"]:
            yield StatedIndex(
                name=str(each.get("name", "")),
                url=each["url"],
                where=f"tool.rye.sources[{number}]",
                default=each.get("name") == "default",
            )

    pixi = table_in(table_in(tool.get("pixi")).get("pypi-options"))
    yield from _plain(pixi, ("index-url", "extra-index-urls", "find-links"), "tool.pixi.pypi-options.")


def _plain(table: Mapping[str, Any], keys: tuple[str, ...], where: str) -> Iterator[StatedIndex]:
    """Addresses without names; pixi writes a folder of files as a table."""
    for key in keys:
        places = [each.get("path") or each.get("url") for each in tables_in(table.get(key))]
        for url in (*texts_in(table.get(key)), *texts_in(places)):
            yield StatedIndex(name="", url=url, where=f"{where}{key}", default=key == "index-url")


def uv_indexes(uv: Mapping[str, Any], where: str) -> Iterator[StatedIndex]:
    """Those of uv's own table, which may stand in a ``uv.toml`` too."""
    for number, each in enumerate(tables_in(uv.get("index"))):
        if isinstance(each.get("url"), str) and each["url"]:
            yield StatedIndex(
                name=str(each.get("name", "")),
                url=each["url"],
                where=f"{where}.index[{number}]".lstrip("."),
                explicit=each.get("explicit") is True,
                default=each.get("default") is True,
            )
    yield from _plain(uv, ("index-url", "extra-index-url", "find-links"), f"{where}." if where else "")
