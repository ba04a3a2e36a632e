"""SHA256SUMS: the sums in the format of ``sha256sum -c`` (GNU coreutils), binary mode, sorted by path."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bundler.errors import Fault
from bundler.model.artifact import SHA256

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_LINE = re.compile(rf"(?P<sha256>{SHA256.pattern}) \*(?P<path>[ -~]+)")


def encode_sums(sums: Mapping[str, str]) -> bytes:
    """``path -> sha256`` as the file's content; paths of a bundle are ASCII, what a manifest claims may be anything."""
    return "".join(f"{sums[path]} *{path}\n" for path in sorted(sums)).encode("utf-8")


def sums_faults(content: bytes, expected: Mapping[str, str], name: str) -> tuple[Fault, ...]:
    """Where the file's ``content`` says anything else than ``expected`` (path -> sha256); ``name`` is the file's."""
    if content == encode_sums(expected):
        return ()
    listed: dict[str, str] = {}
    faults = []
    for number, line in enumerate(content.decode("ascii", "replace").splitlines(), 1):
        found = _LINE.fullmatch(line)
        if found is None:
            faults.append(Fault(name, f"line {number} is malformed"))
        elif found["path"] in listed:
            faults.append(Fault(name, f"lists {found['path']} twice"))
        else:
            listed[found["path"]] = found["sha256"]
    faults += _differences(listed, expected, name)
    return tuple(faults) or (Fault(name, "is not in the one form that it has: sorted by path, one line each"),)


def _differences(listed: Mapping[str, str], expected: Mapping[str, str], name: str) -> Iterable[Fault]:
    for path in sorted(listed.keys() | expected.keys()):
        if path not in expected:
            yield Fault(name, f"lists {path}, which the manifest doesn't")
        elif path not in listed:
            yield Fault(name, f"doesn't list {path}, which the manifest does")
        elif listed[path] != expected[path]:
            yield Fault(name, f"disagrees with the manifest on {path}")
