"""Words about a bundle that tables and the review page share."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bundler.model.dll import DllInfo
    from bundler.model.manifest import BundleInfo, SiteInfo

PRESENT_PYTHON = "a Python that the target has already"


def freshness_text(info: BundleInfo) -> str:
    """Empty: it says nothing of that."""
    sequence = f"sequence number {info.sequence}" if info.sequence is not None else ""
    last = f"may be installed until {info.not_after}" if info.not_after is not None else ""
    return ", ".join(filter(None, (sequence, last)))


def signers_text(signed: Mapping[str, str]) -> str | None:
    """Who signed the programs of a bundle, by its members with such; None: nobody did."""
    return ", ".join(sorted(set(signed.values()))) or None


def kind_text(site: SiteInfo) -> str:
    """What a site value must be."""
    words = [f"one of {', '.join(site.choices)}" if site.choices else "any text" if site.type == "text" else site.type]
    words += [f"pattern {site.pattern.text}"] if site.pattern is not None else []
    return ", ".join((*words, *(("secret",) if site.secret else ())))


def given_text(site: SiteInfo) -> str:
    """What it is if the site says nothing."""
    if site.default:
        return "not shown" if site.secret else site.default
    return "must be given" if site.required else "may be left empty"


def dll_cells(dll: DllInfo) -> tuple[str, str, str, str]:
    """The DLL, what it comes with, from where, and who wants it."""
    comes = dll.redistributable or _windows_having(dll.condition)
    if dll.brought_by:
        comes = f"only if {' or '.join(dll.brought_by)} is imported first"
    return dll.name, comes, dll.address, _users(dll)


def _windows_having(condition: str) -> str:
    return f"Windows Server {condition}" if condition else "unknown"


def _users(dll: DllInfo) -> str:
    more = f" and {len(dll.needed_by) - 1} more" if len(dll.needed_by) > 1 else ""
    return dll.needed_by[0] + more + (f" ({dll.optional})" if dll.optional else "")


MADE = {
    "sdist": "built here from sdist: ",
    "project": "built here from project: ",
    "legacy": "converted from a legacy installer: ",
    "wheel": "its programs signed here, the wheel: ",
}
