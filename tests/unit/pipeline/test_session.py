"""What a command works in, and what of it a user sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bundler.errors import BuildError, HostError
from bundler.pipeline.session import Options, Session, open_session
from bundler.report import Reporter

if TYPE_CHECKING:
    from pathlib import Path


def fail(session: Session, beside: Path) -> None:
    place = session.work / "build"
    raise BuildError(
        "build-failed", f"{place}/setup.py can't be read", context=(f'File "{place}/setup.py", line 1', str(beside))
    )


def test_an_error_names_no_place_that_is_gone(tmp_path: Path) -> None:
    with open_session(Options(store=tmp_path / "store"), Reporter()) as session:
        pass
    assert not session.work.exists()
    with pytest.raises(BuildError) as caught, open_session(Options(store=tmp_path / "store"), Reporter()) as session:
        fail(session, tmp_path)
    assert "setup.py can't be read" in caught.value.message
    assert str(session.work) not in caught.value.message
    told, beside = caught.value.context
    assert str(session.work) not in told
    assert told.endswith('setup.py", line 1')
    assert beside == str(tmp_path), "what stays is told as it is"


def test_scratch_folders_have_short_paths(tmp_path: Path) -> None:
    with open_session(Options(store=tmp_path / "store"), Reporter()) as session:
        made = [session.folder("b"), session.folder("b"), session.folder("e")]
        assert [each.relative_to(session.work).as_posix() for each in made] == ["b/0", "b/1", "e/0"]
        assert len(session.work.name) <= len("bundle-12345678")


def test_a_file_is_no_store(tmp_path: Path) -> None:
    """Found out before anything is fetched, also where a variable names it."""
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    for options in (Options(store=tmp_path / "file"), Options(environ={"BUNDLE_STORE": str(tmp_path / "file")})):
        with pytest.raises(HostError) as caught, open_session(options, Reporter()):
            pass
        assert caught.value.reference == "store-unwritable"
    assert (tmp_path / "file").read_text("utf-8") == "mine"
