"""How tools that sign programs are run, and what their words mean."""

from __future__ import annotations

import os
import sys

import pytest

from bundler.errors import BundleError
from bundler.trust.code_tools import Signs, failure, run_tool, stamp_missing

SIGNS = Signs(locked="wrong password", no_stamp="timestamp", no_key="not found", advice="ask somebody")
ECHO = "import sys; print('said:', *sys.argv[1:]); print(sys.stdin.read().strip() * 2, end=chr(7)); sys.exit(3)"


def test_what_is_given_is_never_shown() -> None:
    good, words = run_tool((sys.executable, "-c", ECHO, "a  b"), given="secret", environ=os.environ)
    assert not good
    assert words == ("said: a b", "……")


@pytest.mark.skipif(sys.platform == "win32", reason="nothing bounds a program's memory there")
def test_a_tool_has_a_bound_in_memory() -> None:
    good, words = run_tool((sys.executable, "-c", "bytearray(8 << 30)"), given=None, environ=os.environ)
    assert not good
    assert words[-1] == "MemoryError"


def test_a_tool_that_isnt_there() -> None:
    with pytest.raises(BundleError) as caught:
        run_tool(("/nowhere/at/all",), given=None, environ={})
    assert caught.value.reference == "authenticode-tool-failed"


@pytest.mark.parametrize(
    ("words", "timestamp", "reference"),
    [
        (("0A0B0C0D:error:inner", "Wrong password?"), "", "authenticode-passphrase-wrong"),
        (("RFC 3161 timestamping failed",), "http://127.0.0.1/", "authenticode-timestamp-failed"),
        (("no timestamp", "not found"), "", "authenticode-key-missing"),
        (("it did not end in 60 seconds",), "http://127.0.0.1/", "authenticode-timestamp-failed"),
        (("it did not end in 600 seconds",), "", "authenticode-failed"),
        (("something else",), "http://127.0.0.1/", "authenticode-failed"),
        ((), "", "authenticode-failed"),
    ],
)
def test_words_become_errors(words: tuple[str, ...], timestamp: str, reference: str) -> None:
    error = failure(words, SIGNS, key="a.pfx", timestamp=timestamp)
    assert (error.reference, error.exit_code) == (reference, 10)
    assert error.hint
    assert not any("inner" in each for each in error.context), "OpenSSL's own lines say nothing to people"


def test_no_stamp_names_the_server() -> None:
    assert "http://127.0.0.1/" in stamp_missing(("http://127.0.0.1/",)).message
