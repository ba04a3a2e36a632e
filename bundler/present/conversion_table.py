"""What ``bundle convert`` made of an installer, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bundler.present.console import show, show_table
from bundler.report import count_text

if TYPE_CHECKING:
    from bundler.legacy import Converted


def converted(found: Converted) -> None:
    """What ``bundle convert`` made of an installer; its warnings are shown already."""
    show(f"{found.wheel}")
    rows = [
        ("is a", found.kind.value),
        ("package", f"{found.name} {found.version}"),
        ("tag", found.tag),
        *(("", each) for each in found.why),
        *((scheme, count_text(count, "file")) for scheme, count in found.files),
    ]
    if found.dropped:
        kinds = "launchers, compiled files, loaders, other metadata"
        rows.append(("left out", f"{count_text(len(found.dropped), 'file')}: {kinds}"))
    if found.post_install:
        rows.append(("post-install", f"{found.post_install}, in the wheel's scripts; not run"))
    show_table("", ("", ""), rows)
