"""Sequence numbers and last days at the command line: what is asked for stands in the bundle, and is shown."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from bundler.pack.reading import open_bundle

if TYPE_CHECKING:
    from tests.support.commandline import Bench


def test_what_is_asked_for_wins_over_the_recipe_and_is_shown(bench: Bench, tmp_path: Path) -> None:
    text = bench.recipe.read_text().replace("[bundle]\n", '[bundle]\nsequence = 5\nnot-after = "2031-01-31"\n', 1)
    bench.recipe.write_text(text)
    assert bench.build().code == 0
    first = Path(shutil.copy(bench.bundle, tmp_path / "first.zip"))
    assert bench.build("--sequence", "6").code == 0
    info = open_bundle(bench.bundle).manifest.bundle
    assert (info.sequence, info.not_after) == (6, "2031-01-31")
    assert info.release != open_bundle(first).manifest.bundle.release
    for command in ("inspect", "verify"):
        shown = bench.run(command, bench.bundle)
        assert "sequence number 6, may be installed until 2031-01-31" in " ".join(shown.out.split()), shown.out
    assert bench.run("verify", bench.bundle, "--json").json["sequence"] == 6
    assert bench.run("inspect", bench.bundle, "--json").json["bundle"]["not_after"] == "2031-01-31"
    assert "sequence 5 -> 6" in bench.run("diff", first, bench.bundle).out
    readme = open_bundle(bench.bundle).read("README.txt").decode()
    assert "Its sequence number is 6." in readme
    assert "bootstrap.bat /allow-older" in readme


def test_a_last_day_that_is_over_is_said_also_where_nothing_else_is(bench: Bench) -> None:
    done = bench.build("--not-after", "2001-01-31", "--quiet")
    assert done.code == 0, done.err
    assert "warning: the bundle's last day, 2001-01-31, is over: no machine will install it [last-day-over]" in done.err
    assert "last-day-over" not in bench.build("--not-after", "9999-12-31", "--quiet").err


def test_what_is_no_number_and_no_day_is_refused(bench: Bench) -> None:
    for arguments in (("--sequence", "0"), ("--sequence", "x"), ("--not-after", "2031-02-30"), ("--not-after", "soon")):
        assert bench.build(*arguments).reference == "arguments-wrong"
    written = bench.recipe.read_text()
    for line in (
        "sequence = 0",
        "sequence = true",
        f"sequence = {2**53}",
        'not-after = "31.1.2031"',
        "not-after = 2031-01-31",
    ):
        bench.recipe.write_text(written.replace("[bundle]\n", f"[bundle]\n{line}\n", 1))
        assert bench.build().reference == "recipe-invalid", line
