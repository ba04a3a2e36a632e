"""The oldest Windows of a bundle, where what was compiled here needs a newer one than its Python."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from bundler.model.platforms.windows_versions import windows_name

if TYPE_CHECKING:
    from bundler.pack.bundle_input import PackedRuntime
    from bundler.pipeline.built_wheels import BuiltWheels
    from bundler.report import Reporter


def for_what_was_compiled(runtime: PackedRuntime, built: BuiltWheels, reporter: Reporter) -> PackedRuntime:
    """The runtime as it has to be for ``built``: the bundle refuses an older Windows (warning ``compiled-for-newer-windows``)."""
    lowest = (*built.lowest_windows, 0)
    if lowest <= runtime.windows:
        return runtime
    reporter.warn(
        "compiled-for-newer-windows",
        f"{', '.join(sorted(built.compiled_with))}: compiled with {next(iter(built.compiled_with.values()))}, which makes code for "
        f"{windows_name(lowest)} and later. The bundle refuses older ones, though its Python runs there",
    )
    return dataclasses.replace(runtime, windows=lowest)
