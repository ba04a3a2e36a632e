"""Record what ``test_same_bytes.py`` compares with: locks and bundles as the product in some checkout makes them.

    python -m tests.integration.record_same_bytes [--locks] CHECKOUT [CASE…]

CHECKOUT is a folder with ``bundler/`` in it, such as a work tree of an older commit; the recipes and everything else are this
tree's. The locks that are recorded already stay and name the files; ``--locks`` makes them anew, of what the index has now.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from tests.support.same_bytes import Case, expected_texts, make_case, recorded_locks
from tests.support.same_bytes_cases import CASES


def record(case: Case, checkout: Path, *, anew: bool) -> None:
    """Make the case, and write its texts into the folder that the test reads."""
    with tempfile.TemporaryDirectory() as name:
        built = make_case(case, Path(name), checkout=checkout, locks=None if anew else recorded_locks(case))
    shutil.rmtree(case.recorded, ignore_errors=True)
    case.recorded.mkdir(parents=True)
    for file, text in expected_texts(built).items():
        (case.recorded / file).write_text(text, encoding="utf-8")


def main(arguments: list[str]) -> None:
    """Do what the module says."""
    checkout, *names = [each for each in arguments if each != "--locks"]
    for case in CASES:
        if not names or case.name in names:
            record(case, Path(checkout).resolve(), anew="--locks" in arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
