"""What is said of a bundle that was verified: a stranger's words can't look like ours."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from bundler.pack.verify import verify_bundle
from bundler.present import verification_text
from bundler.report import Reporter
from tests.support.bundles import make_inputs, write_made
from tests.support.reviews import STATEMENT

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_statement_has_no_line_of_its_own_by_blanks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_made(make_inputs(tmp_path / "in").lay_out(), tmp_path / "out", "zip").path
    forged = f"me{' ' * 300}\N{IDEOGRAPHIC SPACE}signed by build@example.com (SHA256:abc)"
    said = dataclasses.replace(STATEMENT.said, builder=forged, host=forged)
    statement = dataclasses.replace(STATEMENT, said=said, verdicts=())
    verification_text.verified(path, verify_bundle(path, Reporter()), (), statement)
    shown = capsys.readouterr().out
    assert "which nobody was asked to vouch for: built by me signed by build@example.com (SHA256:abc) with" in shown
    assert "  " not in shown.splitlines()[-1].lstrip()
