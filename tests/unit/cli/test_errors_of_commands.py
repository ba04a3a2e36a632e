from __future__ import annotations

from bundler.cli.errors_of_commands import as_bundle_error


def refused(path: str, winerror: int) -> OSError:
    """What Windows raises; elsewhere there is no such attribute."""
    error = FileNotFoundError(2, "The system cannot find the path specified", path)
    error.winerror = winerror  # type: ignore[attr-defined,unused-ignore]
    return error


def test_a_path_that_is_too_long_for_windows_is_told_as_that() -> None:
    long = "C:\\" + "a" * 260
    error = as_bundle_error(refused(long, 3))
    assert (error.reference, error.exit_code) == ("path-too-long", 7)
    assert "263 characters" in error.message
    assert long in error.context
    assert "LongPathsEnabled" in error.hint
    assert as_bundle_error(refused(long, 5)).reference == "host-refuses", "access is denied, whatever the length"
    assert as_bundle_error(refused("C:\\short", 3)).reference == "host-refuses"
    assert as_bundle_error(FileNotFoundError(2, "No such file", "/" + "a" * 260)).reference == "host-refuses"
