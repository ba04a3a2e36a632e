"""Which expressions some licences are enough for."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bundler.model.licences import LONGEST, is_allowed, is_single, read_licence

KNOWN = ("MIT", "Apache-2.0", "0BSD", "Zlib")


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("mit", "MIT"),
        ("mit OR apache-2.0", "MIT OR Apache-2.0"),
        ("gpl-2.0-only with classpath-exception-2.0", "GPL-2.0-only WITH Classpath-exception-2.0"),
        ("LicenseRef-Ours", "LicenseRef-Ours"),
        *(
            (bad, "")
            for bad in ("", " ", "BSD License", "MIT AND", "(MIT", "MIT)", "MIT MIT", "WITH MIT", "x" * (LONGEST + 1))
        ),
        ("(" * 450 + "MIT" + ")" * 450, ""),
    ],
)
def test_what_is_an_expression(text: str, read: str) -> None:
    assert read_licence(text) == read


@pytest.mark.parametrize(
    ("expression", "allowed", "enough"),
    [
        ("MIT", {"MIT"}, True),
        ("MIT", {"Zlib"}, False),
        ("MIT OR Zlib", {"Zlib"}, True),
        ("MIT AND Zlib", {"Zlib"}, False),
        ("MIT OR Zlib AND 0BSD", {"MIT"}, True),
        ("(MIT OR Zlib) AND 0BSD", {"MIT"}, False),
        ("(MIT OR Zlib) AND 0BSD", {"Zlib", "0BSD"}, True),
        ("GPL-2.0-only WITH Classpath-exception-2.0", {"GPL-2.0-only"}, False),
        (
            "MIT AND GPL-2.0-only WITH Classpath-exception-2.0",
            {"MIT", "GPL-2.0-only WITH Classpath-exception-2.0"},
            True,
        ),
    ],
)
def test_what_is_enough(expression: str, allowed: set[str], enough: bool) -> None:
    assert read_licence(expression) == expression
    assert is_allowed(expression, allowed) is enough


def test_one_licence_or_several() -> None:
    assert is_single("MIT")
    assert is_single("GPL-2.0-only WITH Classpath-exception-2.0")
    assert not any(map(is_single, ("MIT OR Zlib", "(MIT)", "MIT AND MIT")))


expressions = st.recursive(
    st.sampled_from(KNOWN),
    lambda inner: st.tuples(inner, st.sampled_from(("AND", "OR")), inner).map(lambda each: f"({' '.join(each)})"),
    max_leaves=12,
)


@given(expressions)
def test_the_same_as_python_says(expression: str) -> None:
    read = read_licence(expression)
    for size in range(len(KNOWN) + 1):
        for allowed in itertools.combinations(KNOWN, size):
            words = expression
            for name in KNOWN:
                words = words.replace(name, str(name in allowed))
            assert is_allowed(read, allowed) is eval(words.replace("AND", "and").replace("OR", "or"))  # noqa: S307 - made above
