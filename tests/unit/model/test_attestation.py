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
