"""``python -m tests.differential.record [--set NAME …] [--afresh]``: ask the second opinions and keep what they and the index said.

Both programs and our resolver ask one snapshot of the index that pip on this host is configured to use. What the snapshot
holds stays as it is, what is missing is fetched; ``--afresh`` begins with an empty one and asks about all sets.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

from bundler.pipeline.session import Options, open_session
from bundler.report import Reporter
from tests.differential.answers import ANSWERS, INDEX, load_answers, save_answers
from tests.differential.cases import PIP, UV, asks, requirement_sets, target_of
from tests.differential.live import LiveIndex
from tests.differential.opinions import ask
from tests.differential.ours import our_answer
from tests.differential.serving import served
from tests.differential.snapshot import Snapshot


def main(arguments: list[str]) -> int:
    """Record; 0 when all questions were answered, whether or not the answers are alike (the test judges that)."""
    parser = argparse.ArgumentParser(prog="python -m tests.differential.record", description=__doc__)
    parser.add_argument("--set", action="append", choices=sorted(requirement_sets()), help="only these sets")
    parser.add_argument("--afresh", action="store_true", help="forget the recorded index, ask about all sets")
    told = parser.parse_args(arguments)
    if told.set and told.afresh:
        parser.error("a fresh index is for all sets")
    names = told.set or list(requirement_sets())
    with (
        tempfile.TemporaryDirectory(prefix="differential-") as work,
        open_session(Options(environ=os.environ), Reporter()) as session,
    ):
        snapshot = Snapshot(LiveIndex(session.transport, session.indexes[0]))
        if INDEX.exists() and not told.afresh:
            snapshot.load(INDEX)
        with served(snapshot) as index:
            try:
                for name in names:
                    _record(name, snapshot, index, Path(work))
            finally:
                snapshot.save(INDEX)
    for stale in {each.stem for each in ANSWERS.glob("*.json")} - requirement_sets().keys():
        (ANSWERS / f"{stale}.json").unlink()
    return 0


def _record(name: str, snapshot: Snapshot, index: str, work: Path) -> None:
    wanted = requirement_sets()[name]
    before = load_answers(name)
    found = {}
    for slug in wanted.targets:
        for opinion in (PIP, UV):
            if asks(opinion, slug):
                # first, because it fetches with many threads
                ours = our_answer(wanted, target_of(slug, opinion), snapshot)
                begin = time.monotonic()
                answer = found[opinion.name, slug] = ask(opinion, wanted, slug, index, work)
                seconds = time.monotonic() - begin
                verdict = "the same" if ours == answer else f"ours {_more(ours, answer)}, its {_more(answer, ours)}"
                print(f"{name} {slug} {opinion.name}: {len(answer)} in {seconds:.1f} s, {verdict}", flush=True)
    save_answers(name, found)
    if before and before != found:
        print(f"{name}: the answers differ from those recorded before", flush=True)


def _more(these: tuple[str, ...], those: tuple[str, ...]) -> str:
    return " ".join(sorted(set(these) - set(those))) or "-"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
