"""What ``--json`` prints, compared with what was recorded: a change of anything inside changes none of it."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bundler.doctor import Finding
from bundler.errors import HostError
from bundler.legacy import Converted
from bundler.model.target import Target
from bundler.pack.inspection import Inspection
from bundler.pack.verify import VerifyReport
from bundler.pipeline import Built, Locked
from bundler.present import results
from bundler.present.console import show_error
from bundler.resolve import Accepted, Rejected
from tests.support.samples import sample

if TYPE_CHECKING:
    from collections.abc import Callable

RECORDED = Path(__file__).parent / "recorded"


def filled_and_bare_locks() -> None:
    locked: Locked = sample(Locked)
    packages = tuple(dataclasses.replace(each, file=None) for each in locked.lock.packages)
    bare = dataclasses.replace(locked, lock=dataclasses.replace(locked.lock, packages=packages, boot=None))
    results.locks([locked, bare], as_json=True)


def filled_and_bare_inspection() -> None:
    results.inspection(sample(Inspection), as_json=True)


OUTPUTS: dict[str, Callable[[], None]] = {
    "lock": filled_and_bare_locks,
    "lock-why": lambda: results.files({sample(Target): (sample(Accepted), sample(Rejected))}, "", as_json=True),
    "build": lambda: results.bundles([sample(Built)], as_json=True),
    "inspect": filled_and_bare_inspection,
    "verify": lambda: results.verified(Path("x.zip"), sample(VerifyReport), as_json=True),
    "convert": lambda: results.converted(sample(Converted), as_json=True),
    "doctor": lambda: results.findings([sample(Finding)], as_json=True),
    "error": lambda: show_error(HostError("some-fault", "words", context=("where",), hint="do it"), as_json=True),
}


@pytest.mark.parametrize("name", OUTPUTS)
def test_json_is_what_was_recorded(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    OUTPUTS[name]()
    assert capsys.readouterr().out == (RECORDED / f"{name}.json").read_text(encoding="utf-8")
