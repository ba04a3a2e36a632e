"""What a lock says of files that weren't taken: read as it was written, and kept while the file that was taken stays."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from bundler.errors import InputError
from bundler.model.lock import Lock, LockedPackage, Rejection
from bundler.model.lock_encoding import encode_lock
from bundler.model.lock_file import load_lock
from bundler.model.lock_rejections import with_rejections_kept
from tests.unit.model.test_lock import PATH, lock, wheel

if TYPE_CHECKING:
    from pathlib import Path

SPAN = Rejection(reason="app 1.0 wants attrs<2", newest="3.0", oldest="2.0", versions=7)
FILES = Rejection(reason="there is a wheel", newest="1.0", oldest="1.0", files=("attrs-1.0.tar.gz",), more=3)


def read_again(value: Lock, folder: Path, *, old: str = "", new: str = "") -> Lock:
    path = folder / PATH.name
    text = encode_lock(value, path)
    assert old in text
    path.write_text(text.replace(old, new) if old else text, encoding="utf-8")
    return load_lock(path)


def with_rejections(*rejected: Rejection) -> Lock:
    return lock(packages=(wheel("attrs", rejected=rejected), wheel("six", rejected=())))


def test_round_trip(tmp_path: Path) -> None:
    value = with_rejections(SPAN, FILES)
    assert read_again(value, tmp_path) == value
    assert "tool.bundle.rejected" in encode_lock(value, PATH)
    assert read_again(with_rejections(), tmp_path) == with_rejections()
    assert "rejected" not in encode_lock(lock(), PATH)


@pytest.mark.parametrize(
    ("old", "new"), [("versions = 7", "versions = 0"), ("more = 3", 'more = "3"'), ("oldest", "eldest")]
)
def test_what_makes_no_sense_is_a_fault_of_the_lock(tmp_path: Path, old: str, new: str) -> None:
    with pytest.raises(InputError) as caught:
        read_again(with_rejections(SPAN, FILES), tmp_path, old=old, new=new)
    assert caught.value.reference == "lock-invalid"
    assert "tool.bundle.rejected[" in str(caught.value.faults[0])


def kept(now: LockedPackage, before: LockedPackage) -> tuple[Rejection, ...]:
    (found,) = with_rejections_kept([now], [before, wheel("six", rejected=(FILES,))])
    return found.rejected or ()


def test_what_was_said_stays_while_the_file_does() -> None:
    before = wheel("attrs", rejected=(SPAN,))
    assert kept(wheel("attrs", rejected=(SPAN, FILES)), before) == (SPAN,)
    assert kept(wheel("attrs", rejected=(FILES,)), wheel("attrs", rejected=())) == ()
    assert before.file is not None
    other = dataclasses.replace(before.file, sha256="b" * 64)
    assert kept(wheel("attrs", rejected=(FILES,), file=other), before) == (FILES,)
    assert kept(wheel("attrs", "2.0", rejected=(FILES,)), before) == (FILES,)


def test_a_lock_that_never_said_anything_keeps_nothing_from_being_said() -> None:
    (found,) = with_rejections_kept([wheel("attrs", rejected=(SPAN,))], [wheel("attrs")])
    assert found.rejected == (SPAN,)
