"""Names of files and outputs of programs on an operator's screen: no commands for his terminal, and in the order that they have."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from bundler.target.console import Console

if TYPE_CHECKING:
    from collections.abc import Callable


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("say", [Console.line, Console.error, Console.doing, lambda on, text: on.done(text, 1.0)])
def test_words_of_others(say: Callable[[Console, str], None]) -> None:
    stream = Terminal()
    say(Console(stream, stream), "\x1b]0;mine\x07\x9b2J\rx\u202egpj.exe\u2069\u009b\ty")
    assert not set(stream.getvalue()) & {*map(chr, range(32)), *map(chr, range(127, 160)), "\u202e", "\u2069"} - {
        "\n",
        "\t",
    }
    assert r"\x1b]0;mine\x07\x9b2J\x0dx\u202egpj.exe\u2069\x9b" in stream.getvalue()


@pytest.mark.parametrize("say", [Console.line, Console.error, Console.doing, lambda on, text: on.done(text, 1.0)])
@pytest.mark.parametrize(
    "order",
    ["::add-path::/tmp", "\t ::add-mask::x", "x ##vso[task.setvariable variable=PATH]", "###[x]", "##teamcity[x]"],
)
def test_words_of_others_are_no_orders_for_an_agent(say: Callable[[Console, str], None], order: str) -> None:
    """A service that is broken into writes its log, whose end is shown, and who deploys may be an agent that reads what is printed."""
    stream = Terminal()
    say(Console(stream, stream), f"The end of the log:\n    {order}")
    shown = stream.getvalue()
    assert not any(each in shown for each in ("##vso[", "##[", "##teamcity["))
    assert not [line for line in shown.splitlines() if line.strip().startswith("::")]


def test_what_is_ours_stays() -> None:
    stream = io.StringIO()
    Console(stream, stream).error("\nÜber → „x“…\n\ty")
    assert stream.getvalue() == "\nÜber → „x“…\n\ty\n"
