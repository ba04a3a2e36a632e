"""The person before the screen, if there is one: the command line, questions and answers."""

from __future__ import absolute_import, unicode_literals

import sys

from ..compat import native, to_text


class Operator(object):
    def arguments(self):
        # type: () -> list[str]
        return [to_text(each) for each in sys.argv[1:]]

    def interactive(self):
        # type: () -> bool
        return sys.stdin is not None and sys.stdin.isatty() and sys.stdout is not None and sys.stdout.isatty()

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
