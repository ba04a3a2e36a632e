"""Licences that packages state against those that a recipe names."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from bundler.errors import ResolutionError
from bundler.formats.core_metadata import CoreMetadata, parse_metadata
from bundler.pipeline.licence_demands import check_licences
from tests.unit.pipeline.test_acceptance_demands import Run, lock, package, recipe

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.pipeline.session import Session


def said(*lines: str, version: str = "1.0") -> CoreMetadata:
    text = "\n".join(("Metadata-Version: 2.4", "Name: alpha", f"Version: {version}", *lines, "", ""))
    return parse_metadata(text.encode())


def check(folder: Path, text: str, **packages: CoreMetadata) -> Run:
    """``own`` is a project of one's own."""
    run = Run()
    locked = lock(package("alpha"), package("own", kind="directory", file=None))
    check_licences(cast("Session", run), recipe(folder, text), locked, packages)
    return run


def refused(folder: Path, text: str, **packages: CoreMetadata) -> tuple[str, ...]:
    with pytest.raises(ResolutionError) as caught:
        check(folder, text, **packages)
    assert (caught.value.reference, caught.value.exit_code) == ("licence-refused", 3)
    return caught.value.context


def test_nothing_is_asked_where_no_licences_are_named(tmp_path: Path) -> None:
    run = check(tmp_path, "", alpha=said("License-Expression: AGPL-3.0-only"))
    assert (run.reporter.notes, run.reporter.warnings) == ([], [])


@pytest.mark.parametrize(
    "line",
    [
        "License-Expression: MIT",
        "License-Expression: GPL-3.0-only OR MIT",
        "License: MIT",
        "Classifier: License :: OSI Approved :: MIT License",
    ],
)
def test_what_is_allowed(tmp_path: Path, line: str) -> None:
    assert check(tmp_path, 'licenses = ["mit", "Apache-2.0"]', alpha=said(line)).reporter.warnings == []


def test_all_that_is_refused_is_said_at_once(tmp_path: Path) -> None:
    found = refused(
        tmp_path,
        'licenses = ["MIT"]',
        alpha=said("License-Expression: MIT AND Zlib"),
        beta=said("Classifier: License :: OSI Approved :: BSD License"),
        gamma=said(),
        own=said(),
    )
    assert found == (
        "alpha 1.0: its licence is MIT AND Zlib",
        "beta 1.0: it says 'BSD License', which is not a licence of SPDX's list",
        "gamma 1.0: it states no licence",
    )


def test_a_recipe_may_want_to_be_warned_only(tmp_path: Path) -> None:
    text = 'licenses = ["MIT"]\nother-licenses = "warn"\n'
    packages = {"alpha": said("License-Expression: Zlib"), "beta": said()}
    assert refused(tmp_path, text, **packages) == ("beta 1.0: it states no licence",)
    run = check(tmp_path, f'{text}unstated-licenses = "warn"', **packages)
    assert run.reporter.warnings == [
        ("licence-not-allowed", "alpha 1.0: its licence is Zlib"),
        ("licence-not-allowed", "beta 1.0: it states no licence"),
    ]


def test_exceptions_let_packages_through(tmp_path: Path) -> None:
    text = 'licenses = ["MIT"]\n[[acceptance.exceptions]]\npackage = "Alpha"\nversions = "<2"\nallow = ["license"]\nreason = "asked the lawyers"'
    run = check(tmp_path, text, alpha=said("License-Expression: Zlib"))
    assert run.reporter.notes == [
        "alpha 1.0: its licence is Zlib; acceptance.exceptions[0] allows it: asked the lawyers"
    ]
    assert refused(tmp_path, text, alpha=said("License-Expression: Zlib", version="2.0"))
