"""The files of a Python on their way into a release: hashed when the bundle is verified, hashed again as they are copied; beside a plain
loop that reads, hashes and writes the same files one after the other. Then a bundle of few large files, which is verified. Turns alternate.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bundler.target.bundle.verification import verify
from bundler.target.machine.posix import posix_host
from bundler.target.steps.member_copies import copy_members
from tests.benchmarks.table import Row
from tests.target.bundles import lay_bundle

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.target.bundles import Laid

FILES, SIZE, RUNS = 2400, 12_000, 5
LARGE_FILES, LARGE_SIZE = 6, 100_000_000
NO_SLOWER, REMOVED = 1.1, 1.3
SEVERAL_AT_A_TIME = 0.8


def rows() -> list[Row]:
    """The median of five runs."""
    with tempfile.TemporaryDirectory(prefix="copying-") as name:
        folder = Path(name)
        laid = lay_bundle(folder)
        for number in range(FILES):
            place = laid.folder / "boot" / "Lib" / f"d{number // 60}"
            place.mkdir(exist_ok=True)
            (place / f"m{number}.py").write_bytes(os.urandom(SIZE))
        laid.rewrite()
        ours, peer, removed, tree = [], [], [], []
        for turn in range(RUNS):
            peer.append(_timed(lambda: _plain(laid, folder / f"peer {turn}")))  # noqa: B023 - called at once
            ours.append(_timed(lambda: _by_us(laid, folder / f"ours {turn}")))  # noqa: B023
            files = posix_host().files
            removed.append(_timed(lambda: files.discard(str(folder / f"ours {turn}"))))  # noqa: B023
            tree.append(_timed(lambda: shutil.rmtree(folder / f"peer {turn}")))  # noqa: B023
    median = statistics.median
    return [
        _large(),
        Row(
            label=f"verify and copy {FILES} files",
            ours=median(ours),
            peer=median(peer),
            peer_name="read, hash, write",
            limit=NO_SLOWER,
        ),
        Row(
            label=f"remove {FILES} files",
            ours=median(removed),
            peer=median(tree),
            peer_name="shutil.rmtree",
            limit=REMOVED,
        ),
    ]


def _large() -> Row:
    """On two processors; read from the system's memory, as a bundle is that was unpacked just now."""
    with tempfile.TemporaryDirectory(prefix="copying-") as name:
        laid = lay_bundle(Path(name))
        for number in range(LARGE_FILES):
            (laid.folder / "files" / f"large{number}.bin").write_bytes(os.urandom(1 << 20) * (LARGE_SIZE >> 20))
        laid.rewrite()
        links, paths = posix_host().files.is_link, [path for path in laid.folder.rglob("*") if path.is_file()]
        ours, peer = [], []
        for _ in range(RUNS):
            peer.append(_timed(lambda: [_hashed(path) for path in paths]))
            ours.append(_timed(lambda: verify(str(laid.folder), links)))
    return Row(
        label=f"verify {LARGE_FILES} files of {LARGE_SIZE // 1_000_000} MB",
        ours=statistics.median(ours),
        peer=statistics.median(peer),
        peer_name="read, hash",
        limit=SEVERAL_AT_A_TIME,
    )


def _hashed(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _by_us(laid: Laid, place: Path) -> None:
    host = posix_host()
    bundle = verify(str(laid.folder), host.files.is_link)
    boot = [each for each in bundle.manifest.members if each.path.startswith("boot/")]
    copy_members(host, bundle, [(each, str(place / each.path)) for each in boot])


def _plain(laid: Laid, place: Path) -> None:
    """The same bytes read twice, hashed twice, written once."""
    paths = [path for path in sorted(laid.folder.rglob("*")) if path.is_file()]
    for path in paths:
        hashlib.sha256(path.read_bytes()).hexdigest()
    for path in paths:
        if (laid.folder / "boot") in path.parents:
            content = path.read_bytes()
            hashlib.sha256(content).hexdigest()
            copy = place / path.relative_to(laid.folder)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(content)


def _timed(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun
