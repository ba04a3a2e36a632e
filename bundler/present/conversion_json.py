"""What ``bundle convert --json`` prints: its shape, and what fills it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from bundler.model.fields import described

if TYPE_CHECKING:
    from bundler.legacy import Converted


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class ConvertOutput:
    """`bundle convert FILE --json`"""

    wheel: str = described("the wheel that was written")
    kind: str = described("what the installer is: wininst, bdist_msi or egg")
    name: str = described("the package's name")
    version: str = described("its version")
    tag: str = described("the wheel's tag")
    why: tuple[str, ...] = described("what the tag was decided by, in words")
    files: dict[str, int] = described("how many files there are in each scheme")
    dropped: tuple[str, ...] = described("files of the installer that a wheel doesn't need")
    post_install: str | None = described("the script that the installer would have run; it is in the wheel's scripts")
    warnings: tuple[str, ...] = described("what to look at")


def convert_output(found: Converted) -> ConvertOutput:
    from bundler.legacy import Kind

    kinds = {Kind.WININST: "wininst", Kind.BDIST_MSI: "bdist_msi", Kind.EGG: "egg"}
    return ConvertOutput(
        wheel=str(found.wheel),
        kind=kinds[found.kind],
        name=found.name,
        version=found.version,
        tag=found.tag,
        why=found.why,
        files=dict(found.files),
        dropped=found.dropped,
        post_install=found.post_install,
        warnings=found.warnings,
    )
