"""Bundles are the bytes that they were when ``recorded/same_bytes`` was made, but for ``target/`` and what comes from its sums.

Made by the command line from the same lock and files; ``record_same_bytes.py`` records. The runtime of ``twisted-2015`` is a
stand-in (``tests.support.same_bytes``). A recipe in the tree or a maker of test files that is changed on purpose changes the
bundles too: then the record is made anew with the *older* code and the changed inputs, and this test proves the newer code again.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import zlib
from typing import TYPE_CHECKING

import pytest

from tests.support.same_bytes import Built, expected_texts, make_case, recorded_locks
from tests.support.same_bytes_cases import CASES

if TYPE_CHECKING:
    from tests.support.same_bytes import Case

pytestmark = pytest.mark.skipif(
    hasattr(zlib, "ZLIBNG_VERSION"), reason="zlib-ng deflates to other bytes than zlib, with which the record was made"
)

_PARAMETERS = [pytest.param(each, id=each.name, marks=[pytest.mark.network] * each.real) for each in CASES]


@pytest.fixture(scope="module", params=_PARAMETERS)
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.param
    return found


@pytest.fixture(scope="module")
def built(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Built:
    return make_case(case, tmp_path_factory.mktemp(case.name), locks=recorded_locks(case))


def test_locks_and_bundles_are_what_was_recorded(case: Case, built: Built) -> None:
    texts = expected_texts(built)
    assert sorted(texts) == sorted(each.name for each in case.recorded.iterdir())
    changes: list[str] = []
    for name, text in texts.items():
        before = (case.recorded / name).read_text(encoding="utf-8")
        changes += difflib.unified_diff(
            before.splitlines(), text.splitlines(), name, name, "recorded", "now", n=0, lineterm=""
        )
    assert not changes, "\n".join(changes)


def test_the_sums_are_those_of_the_files(built: Built) -> None:
    """What the record leaves out follows from the rest."""
    for bundle in (each for formats in built.bundles.values() for each in formats.values()):
        sums = {name: hashlib.sha256(content).hexdigest() for name, content in bundle.files.items()}
        listed = {name: sum_ for name, sum_ in sums.items() if name not in ("manifest.json", "SHA256SUMS")}
        members = json.loads(bundle.files["manifest.json"])["members"]
        assert members == [
            {"path": name, "sha256": listed[name], "size": len(bundle.files[name])} for name in sorted(listed)
        ]
        del sums["SHA256SUMS"]
        lines = [f"{sums[name]} *{name}" for name in sorted(sums)]
        assert bundle.files["SHA256SUMS"].decode().splitlines() == lines
