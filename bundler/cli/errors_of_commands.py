"""Every way in which a command can end badly, as one error of ours."""

from __future__ import annotations

import click

from bundler.errors import EXIT_INTERRUPTED, BundleError, HostError, InputError


class _InterruptedError(BundleError):
    exit_code = EXIT_INTERRUPTED


def as_bundle_error(error: BaseException) -> BundleError:
    """Any exception as an error of ours: what a user made, what the machine refuses, or a fault of the product."""
    if isinstance(error, BundleError):
        return error
    if isinstance(error, click.ClickException):
        return _usage_error(error)
    if isinstance(error, (KeyboardInterrupt, click.Abort)):
        words = "interrupted: nothing half-done is left, and what was fetched is kept for the next run"
        return _InterruptedError("interrupted", words)
    if isinstance(error, OSError):
        return _host_error(error)
    return _own_fault(error)


def _usage_error(error: click.ClickException) -> InputError:
    context = error.ctx if isinstance(error, click.UsageError) else None
    command = context.command_path if context else "bundle"
    usage = (context.get_usage(),) if context else ()
    return InputError(
        "arguments-wrong", error.format_message(), context=usage, hint=f"`{command} --help` shows what there is"
    )


_LAST_LINES = 40
"""Of a traceback: where it went wrong, and not the whole of an endless recursion."""


def _own_fault(error: BaseException) -> BundleError:
    import traceback

    lines = "".join(traceback.format_exception(error)).splitlines()[-_LAST_LINES:]
    return BundleError(
        "internal-error",
        f"this should not happen, and is a defect of the product: {type(error).__name__}: {error}",
        context=tuple(lines),
        hint="report it with all of the above",
    )


_LONGEST, _LONGEST_FOLDER = 259, 247
"""Characters of a path that Windows takes where long paths aren't switched on."""
_TOO_LONG = frozenset({3, 111, 123, 206, 234})
"""What it says then: that the path isn't there, or the name wrong or too long (Wine: that there is more data)."""


def _host_error(error: OSError) -> HostError:
    length = len(str(error.filename or ""))
    if getattr(error, "winerror", None) in _TOO_LONG and length > _LONGEST_FOLDER:
        return HostError(
            "path-too-long",
            f"a path of {length} characters: Windows takes {_LONGEST}, of a folder {_LONGEST_FOLDER}, unless long paths are switched on",
            context=(str(error.filename), str(error.strerror)),
            hint="use folders with shorter paths (TMP, --store, --output, the recipe's), or switch long paths on: LongPathsEnabled = 1 "
            r"in HKLM\SYSTEM\CurrentControlSet\Control\FileSystem",
        )
    place = error.filename2 or error.filename
    held = isinstance(error, PermissionError) and hasattr(error, "winerror")
    return HostError(
        "host-refuses",
        f"this machine refuses: {error.strerror or error}" + (f" ({place})" if place else ""),
        hint="check the path, its rights and the free space" + (", and whether another program has it open" * held),
    )
