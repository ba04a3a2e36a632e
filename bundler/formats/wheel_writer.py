"""The one form in which every wheel that is made here leaves: the same bytes wherever and whenever it was written."""

from __future__ import annotations

import base64
import csv
import dataclasses
import hashlib
import io
import time
import zipfile
from collections.abc import Callable
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_CHUNK = 1 << 20
_EARLIEST = 315532800  # 1980-01-01, the first day of zip


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class WheelEntry:
    """One file of a wheel: ``name`` inside, ``size`` in bytes, ``open`` gives its bytes; scripts are executable anyway."""

    name: str
    size: int
    open: Callable[[], IO[bytes]]
    executable: bool = False


def write_wheel(destination: Path, dist_info: str, entries: Iterable[WheelEntry], *, epoch: int) -> Path:
    """Write ``destination``, RECORD included, which ``entries`` must not hold.

    Sorted, the ``dist_info`` folder last (PEP 427), stored and not deflated (zlibs differ), times from ``epoch`` (seconds since
    1970, UTC), modes that don't depend on the host. No partial file ever has the final name.
    """
    destination.parent.mkdir(parents=True, exist_ok=True)
    partial = destination.with_name(f"{destination.name[:200]}.part")  # a name may be as long as any
    stamp = time.gmtime(max(epoch, _EARLIEST))[:6]
    rows: list[tuple[str, str, str]] = []
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_STORED) as archive:
        for each in sorted(entries, key=lambda each: (each.name.startswith(f"{dist_info}/"), each.name)):
            info = _info(each.name, stamp, executable=each.executable or ".data/scripts/" in each.name)
            info.file_size = each.size
            digest = hashlib.sha256()
            with each.open() as source, archive.open(info, "w") as sink:
                while chunk := source.read(_CHUNK):
                    digest.update(chunk)
                    sink.write(chunk)
            rows.append((each.name, f"sha256={urlsafe(digest.digest())}", str(info.file_size)))
        record = f"{dist_info}/RECORD"
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([*rows, (record, "", "")])
        archive.writestr(_info(record, stamp, executable=False), text.getvalue().encode())
    partial.replace(destination)
    return destination


def wheel_text(tags: Iterable[str], *, pure: bool) -> bytes:
    """The file WHEEL of a wheel that is made here; ``tags`` in their order, ``pure``: it belongs into purelib."""
    lines = ("Wheel-Version: 1.0", "Generator: bundle", f"Root-Is-Purelib: {'true' if pure else 'false'}")
    return "\n".join([*lines, *(f"Tag: {each}" for each in tags), ""]).encode()


def with_tags(content: bytes, tags: Iterable[str]) -> bytes:
    """A file WHEEL with other tags."""
    lines = [each for each in content.decode("utf-8").splitlines() if each.strip()]
    kept = [each for each in lines if each.partition(":")[0].strip().lower() != "tag"]
    return "\n".join([*kept, *(f"Tag: {each}" for each in sorted(tags)), ""]).encode()


def urlsafe(digest: bytes) -> str:
    """A hash as RECORD has it."""
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _info(name: str, stamp: tuple[int, ...], *, executable: bool) -> zipfile.ZipInfo:
    year, month, day, hour, minute, second = stamp
    info = zipfile.ZipInfo(name, (year, month, day, hour, minute, second))
    info.create_system = 3
    info.external_attr = (0o100755 if executable else 0o100644) << 16
    return info
