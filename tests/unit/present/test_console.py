"""What others say, a file's name or a build's log, stands on the screen as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bundler.errors import InputError
from bundler.present.console import ConsoleReporter, show, show_error, show_table, styled

if TYPE_CHECKING:
    from collections.abc import Callable

WORDS = r"a:b: [bold]x[/] [/x] :smile: C:\a\[b]"


def error(words: str) -> None:
    show_error(InputError("some-fault", words, context=(words,), hint=words))


def table(words: str) -> None:
    show_table("", ("what",), [(words,)])


def title(words: str) -> None:
    show_table(words, ("what",), [("as wide as the title, which folds into it" * 2,)])


@pytest.mark.parametrize(
    ("say", "times"),
    [
        (error, 3),
        (table, 1),
        (title, 1),
        (show, 1),
        (lambda words: ConsoleReporter(terminal=False).step(words), 1),
        (lambda words: ConsoleReporter(terminal=False).note(words), 1),
        (lambda words: ConsoleReporter(terminal=False).warn("some-fault", words), 1),
    ],
)
def test_words_of_others_are_no_markup(
    say: Callable[[str], None], times: int, capsys: pytest.CaptureFixture[str]
) -> None:
    say(WORDS)
    shown = capsys.readouterr()
    assert (shown.out + shown.err).count(WORDS) == times


@pytest.mark.parametrize("say", [error, table, title, show])
def test_words_of_others_are_no_commands_for_a_terminal(
    say: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    say("\x1b[2Jx\x9by\u202ez\u2066\udcff")
    shown = capsys.readouterr()
    assert "\\x1b[2Jx\\x9by\\u202ez\\u2066\\udcff" in shown.out + shown.err
    assert not set("\x1b\x9b\u202e\u2066") & set(shown.out + shown.err)


@pytest.mark.parametrize(
    "say",
    [
        error,
        lambda words: ConsoleReporter(terminal=False).step(words),
        lambda words: ConsoleReporter(terminal=False).note(words),
        lambda words: ConsoleReporter(terminal=False).warn("some-fault", words),
        show,
        lambda words: styled("verdict: ", "bold", words),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\x85", "\x0b"])
def test_words_of_others_begin_no_line(
    say: Callable[[str], None], end: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A name of a file may have an end of a line in it: what follows would be a message of ours, or an order to a CI's runner."""
    say(f"x{end}error: all is well{end}::add-path::/tmp")
    shown = capsys.readouterr()
    beginnings = [line[:8] for line in (shown.out + shown.err).splitlines()]
    assert not {"error: a", "::add-pa"} & set(beginnings)
    assert len(beginnings) in (1, 3, 5), "one each of message, context and hint; of context each line is indented"


@pytest.mark.parametrize(
    "say",
    [
        error,
        table,
        lambda words: ConsoleReporter(terminal=False).step(words),
        lambda words: ConsoleReporter(terminal=False).note(words),
        lambda words: ConsoleReporter(terminal=False).warn("some-fault", words),
        show,
        lambda words: styled("verdict: ", "bold", words),
    ],
)
@pytest.mark.parametrize(
    ("order", "key"),
    [
        ("::add-path::/tmp", "::"),
        ("\u3000 ::add-mask::x", "::"),
        ("name ##vso[task.setvariable variable=PATH]/tmp", "##vso["),
        ("name ##[add-path]/tmp", "##["),
        ("###[add-path]/tmp", "##["),
        ("##teamcity[setParameter name='x']", "##teamcity["),
    ],
)
def test_words_of_others_are_no_orders_for_a_ci(
    say: Callable[[str], None], order: str, key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Runners look for them behind blanks, or anywhere in a line."""
    say(order)
    say(f"x\n{order}")
    shown = capsys.readouterr()
    lines = [line.lstrip() for line in (shown.out + shown.err).splitlines()]
    assert not [line for line in lines if (line.startswith(key) if key == "::" else key in line)]
    assert any(each in line for line in lines for each in ("\\x3a:", "#\\x23", "\\n"))


@pytest.mark.parametrize("say", [table, title])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\x0b"])
def test_nor_do_they_in_a_table(say: Callable[[str], None], end: str, capsys: pytest.CaptureFixture[str]) -> None:
    """`bundle inspect` reads bundles of anybody."""
    say(f"x{end}error: all is well{end}::add-path::/tmp")
    assert not {"error: a", "::add-pa"} & {line[:8] for line in capsys.readouterr().out.splitlines()}


def test_a_cell_may_have_lines_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    show_table("", ("file", "why"), [("x", ("one", "two\nthree"))])
    assert [each.split() for each in capsys.readouterr().out.splitlines() if each.strip()][2:] == [
        ["x", "one"],
        ["two\\nthree"],
    ]


def test_a_hint_may_be_a_list(capsys: pytest.CaptureFixture[str]) -> None:
    show_error(InputError("some-fault", "it is so", hint="one of:\n  - this\n  - that"))
    assert capsys.readouterr().err.splitlines() == [
        "error: it is so [some-fault]",
        "what to do: one of:",
        "  - this",
        "  - that",
    ]


def test_the_name_of_a_download_is_no_markup(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # rich shows bars as on a terminal
    monkeypatch.setenv("TERM", "xterm")
    with ConsoleReporter(terminal=True).track("python[/x]:b:.zip", 1000) as track:
        track.advance(1000)
    assert "python[/x]:b:.zip" in capsys.readouterr().err


def test_what_others_wrote_without_end_is_cut(capsys: pytest.CaptureFixture[str]) -> None:
    """A line of a recipe may have 16 MiB, and each of its lines a fault: showing them took minutes."""
    show_error(InputError("some-fault", "[" * 3_000_000, context=("a" * 3_000_000, "b\n" * 50_000, *["c"] * 50_000)))
    ConsoleReporter(terminal=False).warn("some-fault", "d" * 3_000_000)
    shown = capsys.readouterr().err
    assert len(shown) < 50_000
    assert "a... (3000000 characters)\n  b\n" in shown
    assert "  ... and 99002 more lines\n" in shown
    assert "d... (3000000 characters) [some-fault]" in shown
