"""What the solver asks on its way back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.packages import make_wheel
from tests.support.shelf import Shelf, answer, pins

if TYPE_CHECKING:
    from pathlib import Path


def test_a_package_that_nobody_wants_any_more_is_no_stumbling_block(tmp_path: Path) -> None:
    """``k`` loses a version, then the one who wanted it leaves; the next collision makes the solver ask for it again."""
    shelf = Shelf(
        make_wheel(tmp_path, "a", "2", requires=["k"]),
        make_wheel(tmp_path, "a", "1"),
        make_wheel(tmp_path, "b", "1", requires=["p"]),
        make_wheel(tmp_path, "c", "1", requires=["q"]),
        make_wheel(tmp_path, "k", "2", requires=["l"]),
        make_wheel(tmp_path, "k", "1"),
        make_wheel(tmp_path, "l", "1", requires=["m>=5"]),
        make_wheel(tmp_path, "m", "1"),
        make_wheel(tmp_path, "p", "1", requires=["a<2"]),
        make_wheel(tmp_path, "q", "2", requires=["r"]),
        make_wheel(tmp_path, "q", "1"),
        make_wheel(tmp_path, "r", "1", requires=["m>=5"]),
    )
    found = pins(answer(shelf, "a", "b", "c", folder=tmp_path))
    assert found == {"a": "1", "b": "1", "c": "1", "p": "1", "q": "1"}
