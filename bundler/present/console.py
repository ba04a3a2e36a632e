"""What people see: progress on stderr, results on stdout; bars on a terminal, plain lines elsewhere."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import re
import sys
import threading
from typing import TYPE_CHECKING, Any

from bundler.model.fields import key_of
from bundler.report import Reporter, Track

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console as RichConsole
    from rich.progress import Progress, TaskID

    from bundler.errors import BundleError


class ConsoleReporter(Reporter):
    """Shows steps, notes, warnings and progress on stderr. ``quiet`` leaves warnings."""

    def __init__(self, *, quiet: bool = False, terminal: bool | None = None) -> None:
        self.quiet = quiet
        self._terminal = sys.stderr.isatty() if terminal is None else terminal
        self._lock = threading.RLock()
        self._progress: Progress | None = None
        self._running = 0
        self._console: RichConsole | None = None
        self.warnings: list[tuple[str, str]] = []

    @property
    def console(self) -> RichConsole:
        """Rich's console, imported when something is shown."""
        if self._console is None:
            from rich.console import Console

            self._console = Console(stderr=True, highlight=False, emoji=False, soft_wrap=not self._terminal)
        return self._console

    def step(self, message: str) -> None:
        if not self.quiet:
            arrow = "→" if _can_show("→") else "->"
            self._say(f"[bold cyan]{arrow}[/] {_line(message)}")

    def note(self, message: str) -> None:
        if not self.quiet:
            self._say(f"  [dim]{_line(message)}[/]")

    def warn(self, reference: str, message: str) -> None:
        with self._lock:
            if (reference, message) in self.warnings:
                return
            self.warnings.append((reference, message))
        self._say(f"[bold yellow]warning[/]: {_line(message)} [dim]\\[{reference}][/]")

    def _say(self, markup: str) -> None:
        with self._lock:
            self.console.print(markup)

    @contextlib.contextmanager
    def track(self, label: str, total: int | None = None) -> Iterator[Track]:
        if self.quiet or not self._terminal:
            with super().track(label, total) as unseen:
                yield unseen
            return
        with self._lock:
            progress = self._started()
            task = progress.add_task(visible(label), total=total)
        try:
            yield _Bar(progress, task)
        finally:
            with self._lock:
                progress.remove_task(task)
                self._running -= 1
                if not self._running:
                    progress.stop()
                    self._progress = None

    def _started(self) -> Progress:
        self._running += 1
        if self._progress is None:
            from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

            columns = (
                TextColumn("  {task.description}", markup=False),
                BarColumn(bar_width=24),
                DownloadColumn(),
                TimeRemainingColumn(),
            )
            self._progress = Progress(*columns, console=self.console, transient=True)
            self._progress.start()
        return self._progress


class _Bar:
    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress, self._task = progress, task

    def advance(self, amount: int) -> None:
        self._progress.advance(self._task, amount)

    def resize(self, total: int) -> None:
        self._progress.update(self._task, total=total)


def _can_show(text: str) -> bool:
    try:
        text.encode(sys.stderr.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


UNSEEN = {
    code: f"\\u{code:04x}"
    for code in (0x61C, 0x200B, 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2060, 0x206A), 0xFEFF)
}
"""What shows other letters in another order, ends a line, or isn't seen in a name that looks like another one for it."""
_HALVES = {code: f"\\u{code:04x}" for code in range(0xD800, 0xE000)}
"""Halves of characters, which no encoding of a file or a terminal has: how Python reads a file's name that isn't text."""
_CONTROLS = (
    UNSEEN | _HALVES | {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if chr(code) not in "\t\n"}
)


_ORDERS = re.compile(r"^[^\S\n]*:(?=:)|##(?=\w{0,40}\[)", re.MULTILINE)
"""What runners of a CI take for orders to themselves wherever it is printed: ``::add-path::``, blanks before it or not, ``##[add-path]``, ``##vso[``,
``##teamcity[``. Sources: the runners of GitHub (ActionCommand.cs) and of Azure (Command.cs); TeamCity, Service messages.
"""


def visible(text: str) -> str:
    """Text of others without what can't be seen, shows letters in another order, or is an order: such letters are numbers then."""
    return _ORDERS.sub(lambda found: f"{found[0][:-1]}\\x{ord(found[0][-1]):02x}", text.translate(_CONTROLS))


def plain_text(text: str) -> str:
    """Text in which rich finds no markup and a terminal no commands: logs of builds and names in files are others' words."""
    from rich.markup import escape

    return escape(visible(text))


_LONGEST, _MOST_LINES = 10_000, 1_000
"""Characters of a line, and lines of an error: others' files, which it quotes and whose faults it lists, have millions, which rich shows for minutes."""


def _line(text: str) -> str:
    """The same for one line: names and logs of others can't begin one of their own, which looks like ours or is an order to a CI's runner."""
    return plain_text(_cut(text).replace("\n", "\\n"))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}... ({len(text)} characters)"


def _hint(text: str) -> str:
    """Ours, and may be a list; what begins a line of it without being indented doesn't come from us."""
    return plain_text(re.sub(r"\n(?! )", r"\\n", text))


def show_error(error: BundleError) -> None:
    """One clear error on stderr: what, where, what to do."""
    from rich.console import Console

    from bundler.present.explanations import worth_reading

    console = Console(stderr=True, highlight=False, emoji=False, soft_wrap=True)
    console.print(f"[bold red]error[/]: {_line(error.message)} [dim]\\[{error.reference}][/]")
    lines = [line for each in error.context for line in each.split("\n")]
    for line in lines[:_MOST_LINES]:
        console.print(f"  {plain_text(_cut(line))}")
    if len(lines) > _MOST_LINES:
        console.print(f"  ... and {len(lines) - _MOST_LINES} more lines")
    if error.hint:
        console.print(f"[bold]what to do[/]: {_hint(error.hint)}")
    if worth_reading(error.reference):
        console.print(f"[bold]more[/]: bundle explain {error.reference}")


def show_json(shape: Any) -> None:
    """Print a shape, or plain data, on stdout as indented JSON, ASCII only, so that any pipe takes it."""
    sys.stdout.write(json_text(shape))


def json_text(shape: Any) -> str:
    """The same as a text, for a file."""
    return json.dumps(_as_data(shape), indent=2) + "\n"


def _as_data(value: Any) -> Any:
    """Shapes as tables with the keys that they declare, all the way down."""
    if dataclasses.is_dataclass(value):
        return {key_of(field): _as_data(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {key: _as_data(each) for key, each in value.items()}
    return list(map(_as_data, value)) if isinstance(value, (tuple, list)) else value


def show(text: str = "") -> None:
    """Print one line of result on stdout, whatever is in it: no terminal takes it for a command, and a character that it can't show becomes a question mark."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(visible(text.replace("\n", "\\n")).encode(encoding, "replace").decode(encoding) + "\n")


def styled(words: str, style: str, rest: str) -> None:
    """Print one line on stdout as ``show`` does; on a terminal ``words``, which are ours, have rich's ``style``."""
    if not sys.stdout.isatty():
        show(words + rest)
        return
    from rich.console import Console

    Console(highlight=False, emoji=False, soft_wrap=True).print(f"[{style}]{words}[/]{_line(rest)}")


Cell = str | tuple[str, ...]
"""Of a table: one line, or several."""


def show_table(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]], *, right: Sequence[int] = ()
) -> None:
    """Print a table on stdout; ``right`` are the numbers of columns whose cells stand to the right."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(
        title=_line(title) or None, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False
    )
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*("\n".join(map(_line, [cell] if isinstance(cell, str) else cell)) for cell in row))
    terminal = sys.stdout.isatty()
    Console(highlight=False, emoji=False, width=None if terminal else 160).print(table)
