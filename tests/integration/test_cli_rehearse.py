"""``bundle rehearse`` at the command line, as far as it gets without an engine; tests/e2e has the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.commandline import Bench


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "name a bundle, or give --prepare alone"),
        (("x.zip", "--prepare"), "name a bundle, or give --prepare alone"),
        (("x.zip", "--engine", "wine", "--shell", "--json"), "--shell opens a command prompt"),
        (("x.zip", "--set", "port"), "--set needs a name and a value"),
        (("x.zip", "--set", "port=1", "--set", "port=2"), "--set port is given twice"),
    ],
)
def test_arguments_that_contradict(bench: Bench, arguments: tuple[str, ...], words: str) -> None:
    done = bench.run("rehearse", *arguments, index=None)
    assert done.code == 2
    assert words in done.out + done.err


def test_what_is_no_bundle(bench: Bench) -> None:
    done = bench.run("rehearse", "example.toml", index=None)
    assert (done.code, "bundle-unreadable" in done.err) == (2, True)
    assert not (bench.folder / "example.toml.rehearsal").exists()
