"""Lines of requirements files, and the options in them, as pip reads them."""

from __future__ import annotations

import pytest

from bundler.foreign import LONGEST
from bundler.resolve.requirements_lines import logical_lines, options_of, unquoted


def test_comments_go_and_a_backslash_joins() -> None:
    text = "a # b\n\n# c\nd \\\n  --hash=x \\\n# e\nf#g\nh\\"
    assert list(logical_lines(text)) == [(1, "a"), (4, "d   --hash=x"), (7, "f#g"), (8, "h")]


@pytest.mark.parametrize(
    ("line", "options"),
    [
        ("--pre", ["--pre"]),
        ("--pre -i https://a.test/ -r 'x y.txt'", ["--pre", "-i https://a.test/", "-r 'x y.txt'"]),
        ("--index-url=https://a.test/ --no-index", ["--index-url=https://a.test/", "--no-index"]),
        ("-e ./x -y", ["-e ./x -y"]),
    ],
)
def test_each_option_has_what_belongs_to_it(line: str, options: list[str]) -> None:
    assert list(options_of(line)) == options


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ("x.txt", "x.txt"),
        (" 'x y.txt' ", "x y.txt"),
        ("a b", "a b"),
        ("'open", "'open"),
        ("..\\x\\y.txt", "..\\x\\y.txt"),
        ('"C:\\x y"', "C:\\x y"),
        ("'" + "x" * LONGEST + "'", "'" + "x" * LONGEST + "'"),
    ],
)
def test_quotes(value: str, meant: str) -> None:
    assert unquoted(value) == meant
