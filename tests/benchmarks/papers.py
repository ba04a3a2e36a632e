"""What a bundle's papers cost: the bill of materials and a signature beside the build without them, and checking beside hashing.

JupyterLab, with everything fetched: built anew with nothing that was derived before, with one changed pin, and unchanged, where the bill is the one of before.
Of a build the time that passes, as its user waits: an archive is signed while it is written, by another processor. Of a check the processor's time, user and
system, of all processes. An audit is measured in `auditing`.
"""

from __future__ import annotations

import hashlib
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from bundler.pack.verify import verify_bundle
from bundler.report import Reporter
from bundler.trust.ssh_keygen import NAMESPACE
from tests.benchmarks.recipes import JUPYTERLAB, RecipeBench
from tests.benchmarks.table import Row
from tests.support.commandline import ROOT
from tests.support.ssh_keys import allow, make_key, public

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

RUNS = 9
LIMITS = {"built anew": (1.25, 1.3), "one changed pin": (1.1, 1.1), "unchanged": (1.1, 1.2)}
"""How much longer a build may take by its bill, and by that and a signature; the last two are hot builds: all is fetched, and was derived before. Anew, the
SHA-512 of 100 MB and 44 programs are looked at. Where nothing changed, three runs of ssh-keygen are a larger part of little.
"""
VERIFIED = 1.4
"""How much longer than the check, and ssh-keygen alone, which hashes the archive; to find out whose a key is takes it once more."""
CHECKED = 2.5
"""How much longer than hashing the archive; it has 2,800 members."""
_NAME = "jupyterlab"
_CHUNK = 1 << 20
_WITHOUT = """import sys
from bundler.pipeline import locked_bundle
if 'bill' not in sys.argv[1]: locked_bundle.bill_maker = lambda *_: None
del sys.argv[1]
from bundler.__main__ import main
main()"""


def rows() -> list[Row]:
    """Medians of five builds, in turns; of checks the least."""
    with tempfile.TemporaryDirectory(prefix="papers-") as name:
        folder = Path(name)
        bench = RecipeBench(JUPYTERLAB, folder / "jupyterlab", ())
        bench.fetch()
        key = make_key(folder / "key")
        return [*_built(bench, key), *_checked(bench, folder)]


def _built(bench: RecipeBench, key: Path) -> Iterator[Row]:
    times: dict[tuple[str, str], list[float]] = {}
    ways = {"": (), "bill": (), "bill, signature": ("--sign-with", key)}
    for _ in range(RUNS):
        for papers, options in ways.items():

            def build(papers: str = papers, options: Sequence[str | Path] = options) -> float:
                return bench.build(*options, program=("-c", _WITHOUT, papers))

            bench.forget()
            times.setdefault(("built anew", papers), []).append(build())
            times.setdefault(("unchanged", papers), []).append(build())
            bench.pin(other=True)
            bench.forget("bill")
            times.setdefault(("one changed pin", papers), []).append(build())
            bench.pin(other=False)
            build()
    found = {each: statistics.median(seconds) for each, seconds in times.items()}
    for what, (with_bill, signed) in LIMITS.items():
        bare, bill, both = (found[what, papers] for papers in ways)
        yield Row(label=f"{_NAME}, {what}: with its bill", ours=bill, peer=bare, peer_name="without", limit=with_bill)
        yield Row(label=f"{_NAME}, {what}: and signed", ours=both, peer=bare, peer_name="without", limit=signed)


def _checked(bench: RecipeBench, folder: Path) -> Iterator[Row]:
    bundle, key = bench.bundle, folder / "key"
    signers = allow(folder / "signers", f"me {public(key)}")
    signature = bundle.with_name(f"{bundle.name}.me.sig")
    signature.write_bytes(_signed(bundle, key))
    check = ["ssh-keygen", "-Y", "verify", "-f", str(signers), "-I", "me", "-n", NAMESPACE, "-s", str(signature)]

    def by_hand() -> None:
        with bundle.open("rb") as content:
            subprocess.run(check, stdin=content, check=True, capture_output=True)

    def hashed() -> None:
        sha256, crc32 = hashlib.sha256(), 0
        with bundle.open("rb", buffering=0) as stream:
            while data := stream.read(_CHUNK):
                sha256.update(data)
                crc32 = zlib.crc32(data, crc32)

    plain = [sys.executable, "-m", "bundler", "verify", str(bundle), "--quiet"]
    signed = [*plain, "--allowed-signers", str(signers)]
    times: dict[str, list[float]] = {}
    for _ in range(RUNS):
        times.setdefault("verify", []).append(_own(lambda: verify_bundle(bundle, Reporter())))
        times.setdefault("hash", []).append(_own(hashed))
        times.setdefault("signed", []).append(_children(lambda: _run(signed)))
        times.setdefault("plain", []).append(_children(lambda: _run(plain)))
        times.setdefault("hand", []).append(_children(by_hand))
    found = {what: min(each) for what, each in times.items()}
    yield Row(
        label=f"{_NAME}: every byte checked",
        ours=found["verify"],
        peer=found["hash"],
        peer_name="sha256 and CRC-32 of it",
        limit=CHECKED,
    )
    yield Row(
        label=f"{_NAME}: and who signed",
        ours=found["signed"],
        peer=found["plain"] + found["hand"],
        peer_name="and ssh-keygen",
        limit=VERIFIED,
    )


def _signed(bundle: Path, key: Path) -> bytes:
    command = ["ssh-keygen", "-q", "-Y", "sign", "-f", str(key), "-n", NAMESPACE]
    with bundle.open("rb") as content:
        return subprocess.run(command, stdin=content, capture_output=True, check=True).stdout


def _run(command: Sequence[str]) -> None:
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, "PYTHONPATH": str(ROOT)})


def _own(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def _children(work: Callable[[], object]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    work()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    from tests.benchmarks.table import render

    print(render(rows()))
