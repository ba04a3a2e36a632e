"""A search that follows what the readers do: ``python -m tests.attack.guided [SECONDS] [NAME…]`` prints the table.

Inputs that lead to code which none did before are kept and broken again (libFuzzer, by atheris). That package isn't among those of the
other tests: ``python -m pip install atheris``. Each reader gets SECONDS of its own, one after the other.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

SIX = ("wheels", "bundles (zip)", "pages in HTML", "requirements files", "MSI", "core metadata")
"""Those that matter most: what they read comes from the farthest away, or is in formats of this project's own readers."""
INSTRUMENTED = ("bundler", "packaging", "zipfile", "tarfile", "tomllib", "olefile")
FOUND = "outside of the family: "
SECONDS = 600
MOST_MEMORY = 2048
_LONGEST = 60
_LARGEST = 65_536


def fuzz(name: str, folder: Path, seconds: int) -> None:
    """One reader, in this process, which it ends."""
    atheris = importlib.import_module("atheris")

    with atheris.instrument_imports(include=[*INSTRUMENTED]):
        from tests.attack.parser import OutsideError
        from tests.attack.parsers import PARSERS

    parser = next(each for each in PARSERS if each.name == name)
    for each in ("prepared", "corpus", "in"):
        (folder / each).mkdir()
    for number, content in enumerate(parser.whole(folder / "prepared")):
        (folder / "corpus" / str(number)).write_bytes(content)
    wholes = {each.read_bytes() for each in (folder / "corpus").iterdir()}
    path, work = folder / "in" / parser.filename, folder / "work"
    seen: set[str] = set()

    def one(data: bytes) -> None:
        path.write_bytes(data)
        work.mkdir()
        try:
            parser.attempt(path, work)
        except OutsideError as error:
            if str(error) not in seen and data not in wholes:  # which some readers must accept
                seen.add(str(error))
                there = Path(tempfile.mkdtemp(prefix="bundle-found-")) / parser.filename
                there.write_bytes(data)
                print(f"{FOUND}{error} ({there})", file=sys.stderr, flush=True)
        finally:
            shutil.rmtree(work)

    kept = tempfile.mkdtemp(prefix="bundle-ended-")
    options = (
        f"-artifact_prefix={kept}/",
        f"-max_total_time={seconds}",
        f"-max_len={_LARGEST}",
        f"-timeout={_LONGEST}",
        f"-rss_limit_mb={MOST_MEMORY}",
    )
    atheris.Setup([sys.argv[0], *options, "-print_final_stats=1", str(folder / "corpus")], one)
    atheris.Fuzz()


def row(name: str, seconds: int) -> tuple[str, bool]:
    """A line of the table, and whether anything was found."""
    with tempfile.TemporaryDirectory(prefix="bundle-guided-") as folder:
        done = subprocess.run(
            [sys.executable, "-m", "tests.attack.guided", str(seconds), name, "--in", folder],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    said = done.stderr
    found = [line for line in said.splitlines() if line.startswith(FOUND)]
    if done.returncode:
        found.append(f"{FOUND}it ended with {done.returncode}: {said[-1500:]}")
    for each in found:
        print(f"{name}: {each}", file=sys.stderr, flush=True)
    edges = re.findall(r"(?:INITED|NEW|DONE|pulse|REDUCE)\s+cov: (\d+)", said) or ["0"]
    cases, memory, slowest = (
        _stat(said, each) for each in ("number_of_executed_units", "peak_rss_mb", "slowest_unit_time_sec")
    )
    return (
        f"| {name} | {cases:,} | {int(edges[0]):,} | {int(edges[-1]):,} | {memory} | {slowest} | {len(found)} |",
        bool(found),
    )


def _stat(said: str, name: str) -> int:
    found = re.search(rf"stat::{name}:\s+(\d+)", said)
    return int(found[1]) if found else 0


def main(arguments: Sequence[str]) -> int:
    """1 where anything came from outside the family."""
    options = argparse.ArgumentParser(prog="python -m tests.attack.guided")
    options.add_argument("seconds", type=int, nargs="?", default=SECONDS)
    options.add_argument("names", nargs="*", metavar="NAME", default=SIX)
    options.add_argument("--in", dest="folder", help=argparse.SUPPRESS)
    chosen = options.parse_args(arguments)
    if chosen.folder:
        with contextlib.suppress(KeyboardInterrupt):
            fuzz(chosen.names[0], Path(chosen.folder), chosen.seconds)
        return 0
    print(
        "| reader | cases | branches at first | branches reached | memory (MB) | longest case (s) | outside the family |"
    )
    print("|---|--:|--:|--:|--:|--:|--:|")
    bad = False
    for name in chosen.names:
        line, found = row(name, chosen.seconds)
        print(line, flush=True)
        bad |= found
    return int(bad)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
