"""A bundle is for the Windows that what was compiled into it is for."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from bundler.pack.bundle_input import PackedRuntime
from bundler.pipeline.built_wheels import BuiltWheels
from bundler.pipeline.compiled_for import for_what_was_compiled
from tests.support.reporters import Remembering

if TYPE_CHECKING:
    from bundler.model.artifact import Tree
    from bundler.pipeline.lock_recipe import Locked

RUNTIME = PackedRuntime(
    boot=cast("Tree", None), installer=None, maker="venv", windows=(6, 3, 0), size=1
)  # nothing of it but the version is looked at


def built(lowest: tuple[int, int]) -> BuiltWheels:
    return BuiltWheels(
        locked=cast("Locked", None),
        wheels={},
        compiled_with={"fast-1.0-cp311-cp311-win_amd64.whl": "CPython 3.11.9, toolset 14.50"},
        built_in={},
        lowest_windows=lowest,
    )


def test_older_ones_are_refused() -> None:
    reporter = Remembering()
    assert for_what_was_compiled(RUNTIME, built((10, 0)), reporter).windows == (10, 0, 0)
    ((reference, words),) = reporter.warnings
    assert reference == "compiled-for-newer-windows"
    assert "fast-1.0-cp311-cp311-win_amd64.whl" in words
    assert "Windows 10 or Windows Server 2016 and later" in words


def test_what_any_toolset_makes_changes_nothing() -> None:
    reporter = Remembering()
    assert for_what_was_compiled(RUNTIME, built((0, 0)), reporter) is RUNTIME
    assert reporter.warnings == []
