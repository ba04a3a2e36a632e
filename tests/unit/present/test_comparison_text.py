from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bundler.pack.comparison import Change, Compared, Comparison, Difference, FieldChange
from bundler.present.comparison_text import comparison, comparison_lines

if TYPE_CHECKING:
    import pytest

SIDE = Compared(
    path=Path("x.zip"), kind="bundle", name="example", version="1.0", target="3.11.9-win_amd64", size=4_500_000
)


def difference(section: str, name: str, change: Change, /, **fields: tuple[str | None, str | None]) -> Difference:
    changes = (FieldChange(field=field, before=old, after=new) for field, (old, new) in fields.items())
    return Difference(section=section, name=name, change=change, fields=tuple(changes))


def lines(*differences: Difference) -> list[str]:
    return list(comparison_lines(Comparison(before=SIDE, after=SIDE, differences=differences)))


def test_what_is_compared_stands_first() -> None:
    assert lines() == [
        "from example 1.0 for 3.11.9-win_amd64, 4.5 MB",
        "to   example 1.0 for 3.11.9-win_amd64, 4.5 MB",
        "",
        "nothing differs",
    ]


def test_each_section_is_counted_and_each_difference_is_a_line() -> None:
    shown = lines(
        difference("environment", "", "changed", path=("C:\\A", "C:\\B")),
        difference("packages", "alpha", "added", name=(None, "alpha"), version=(None, "2.0")),
        difference("packages", "beta", "removed", version=("1.0", None)),
        difference(
            "packages", "zeta", "changed", made_from=(None, "sdist"), sha256=("0" * 64, "f" * 64), size=("1", "2000")
        ),
        difference("other files", "boot/", "changed", files_changed=(None, "3")),
    )[2:]
    assert shown == [
        "",
        "environment",
        "  * path C:\\A -> C:\\B",
        "",
        "packages: 1 added, 1 removed, 1 changed",
        "  + alpha 2.0",
        "  - beta 1.0",
        "  * zeta: made-from (none) -> sdist; sha256 000000000000 -> ffffffffffff;",
        "      size 1 bytes -> 2.0 kB",
        "",
        "other files: 1 changed",
        "  * boot/: 3 files_changed",
    ]


def test_words_of_others_are_escaped_and_no_line_of_theirs_is_one_of_ours() -> None:
    shown = lines(
        difference("services", "a\n  + b\x1b[2J", "added"),
        difference("services", "c", "changed", x=("y" * 999, "\u202e")),
    )
    assert shown[-2].startswith("      ")
    text = "\n".join(shown)
    assert "a\\n  + b\\x1b[2J" in text
    assert "\\u202e" in text
    assert "y" * 201 not in text


def test_it_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    comparison(Comparison(before=SIDE, after=SIDE, differences=()))
    assert "nothing differs" in capsys.readouterr().out
