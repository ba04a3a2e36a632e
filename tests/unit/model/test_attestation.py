"""Publishers as indexes and locks name them."""

from __future__ import annotations

from typing import Any

import pytest

from bundler.model.attestation import Publisher, publishers_text
from tests.support.attestations import GITHUB, WORDS


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (GITHUB, WORDS),
        (GITHUB | {"environment": "pypi"}, "GitHub example/demo (release.yml, environment pypi)"),
        (
            {"kind": "GitLab", "repository": "a/b/c", "workflow_filepath": ".gitlab-ci.yml"},
            "GitLab a/b/c (.gitlab-ci.yml)",
        ),
        ({"kind": "Google", "email": "a@b.example"}, "Google a@b.example"),
        ({"kind": "New"}, "New"),
        ({"kind": "New", "where": "there", "number": 3}, "New (where there)"),
    ],
)
def test_words(table: dict[str, Any], words: str) -> None:
    found = Publisher.read(table)
    assert found.words == words
    assert Publisher.read(found.table) == found


@pytest.mark.parametrize(
    ("table", "words", "vouched"),
    [
        (
            {"kind": "Google", "email": "a@b.example", "repository": "psf/requests", "workflow": "publish.yml"},
            "Google a@b.example (repository psf/requests, workflow publish.yml)",
            "Google a@b.example",
        ),
        (
            GITHUB | {"environment": "pypi", "reviewed by": "psf"},
            "GitHub example/demo (release.yml, environment pypi, reviewed by psf)",
            WORDS,
        ),
        (
            {"kind": "CircleCI", "project_id": "1", "pipeline_definition_id": "2", "vcs_origin": "h/a/b", "email": "x"},
            "CircleCI 1 (2, email x, vcs origin h/a/b)",
            "CircleCI 1 (2, vcs origin h/a/b)",
        ),
        ({"kind": "New", "repository": "a/b"}, "New a/b", "New"),
    ],
)
def test_what_signatures_vouch_for(table: dict[str, Any], words: str, vouched: str) -> None:
    """A claim that a kind doesn't have comes neither first, nor is it among those that are verified."""
    found = Publisher.read(table)
    assert (found.words, found.vouched.words) == (words, vouched)


def test_several() -> None:
    assert publishers_text([Publisher(kind="A"), Publisher(kind="B")]) == "A and B"
    assert publishers_text([]) == ""


@pytest.mark.parametrize(
    "table",
    [
        {},
        {"kind": ""},
        {"kind": 3},
        {"kind": "x\n"},
        {"kind": "x", "repository": "a\x1b[31mb"},
        {"kind": "x", "repository": "a" * 301},
        {"kind": "x", "k" * 61: "v"},
        {"kind": "x", **{f"k{number}": "v" for number in range(21)}},
    ],
)
def test_what_is_no_publisher(table: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="publisher"):
        Publisher.read(table)
