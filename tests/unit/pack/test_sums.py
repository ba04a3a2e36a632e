from __future__ import annotations

import pytest

from bundler.pack.sums import encode_sums, sums_faults

ONE, TWO = "1" * 64, "2" * 64


def told(content: bytes, expected: dict[str, str]) -> list[str]:
    return [each.message for each in sums_faults(content, expected, "SHA256SUMS")]


def test_sorted_and_binary_mode() -> None:
    assert encode_sums({"b": TWO, "a/c": ONE}) == f"{ONE} *a/c\n{TWO} *b\n".encode()


def test_its_own_encoding_has_no_fault() -> None:
    assert told(encode_sums({"b": TWO, "a": ONE}), {"a": ONE, "b": TWO}) == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (f"{ONE} *a\n{TWO} *b\n{ONE} *c\n", ["lists c, which the manifest doesn't"]),
        (f"{ONE} *a\n", ["doesn't list b, which the manifest does"]),
        (f"{ONE} *a\n{ONE} *b\n", ["disagrees with the manifest on b"]),
        (f"{ONE} *a\n{ONE} *a\n{TWO} *b\n", ["lists a twice"]),
        (f"{ONE}  a\n{TWO} *b\n", ["line 1 is malformed", "doesn't list a, which the manifest does"]),
        (f"{TWO} *b\n{ONE} *a\n", ["is not in the one form that it has: sorted by path, one line each"]),
    ],
)
def test_each_difference_is_told(content: str, words: list[str]) -> None:
    assert told(content.encode(), {"a": ONE, "b": TWO}) == words
