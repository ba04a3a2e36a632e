"""The person before the screen, if there is one: the command line, questions and answers."""

from __future__ import absolute_import, unicode_literals

import sys

from ..compat import native, to_text

CMD_LINE = "BUNDLE_CMD_LINE"
"""The variable in which bootstrap.bat leaves how its cmd was started."""


class Operator(object):
    def arguments(self):
        # type: () -> list[str]
        return [to_text(each) for each in sys.argv[1:]]

    def interactive(self):
        # type: () -> bool
        return sys.stdin is not None and sys.stdin.isatty() and sys.stdout is not None and sys.stdout.isatty()

    def window_closes(self):
        # type: () -> bool
        """Whether the window that shows this was opened for this run alone, and goes with it before anybody has read it."""
        return False

    def is_asked_by_batch(self):
        # type: () -> bool
        """Whether a batch file started this program, so that after Ctrl-C its operator is asked about that file."""
        return False

    def wait_for_key(self, seconds):
        # type: (float) -> None
        """So long at most."""

    def run_elevated(self, program, parameters, directory):
        # type: (str, str, str) -> int | None
        """Start a program with an administrator's rights, where whoever sits here can give them, and wait for its exit code; None: it didn't
        start.
        """
        return None  # noqa: RET501 - others give a code

    def ask(self, prompt, secret):
        # type: (str, bool) -> str
        """A line from the terminal; a secret isn't echoed."""
        if secret:
            import getpass

            return to_text(getpass.getpass(native(prompt)))
        sys.stdout.write(native(prompt))
        sys.stdout.flush()
        line = to_text(sys.stdin.readline())
        if not line:
            raise KeyboardInterrupt
        return line.rstrip("\r\n")


def is_only_for_batch(line):
    # type: (str) -> bool
    r"""``cmd.exe /c ""C:\x\bootstrap.bat" "``, here without quotes: not ``/k``, and no prompt that stays. ``/d /c`` is how Windows starts the
    uninstallation.
    """
    words = line.lower().partition("bootstrap.bat")
    switches = [each for each in words[0].replace("/", " /").split()[1:3] if each[:1] == "/"]
    return bool(words[1]) and switches in (["/c"], ["/d", "/c"])
