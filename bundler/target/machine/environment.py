"""The environment of this process, and where short-lived files may lie."""

from __future__ import absolute_import, unicode_literals

import os
import tempfile

from ..compat import to_text


class Environment(object):
    """``temporary_names``: the variables that name that folder; ``null``: the file that holds nothing."""

    null = os.devnull
    temporary_names = ("TMPDIR",)  # type: tuple[str, ...]

    def variables(self):
        # type: () -> dict[str, str]
        return {to_text(name): to_text(value) for name, value in os.environ.items()}

    def temporary(self):
        # type: () -> str
        """A folder where log files and short-lived files may lie."""
        return to_text(tempfile.gettempdir())

    def temporary_of_machine(self):
        # type: () -> str
        """The same of the system itself, whatever variables say."""
        return "/tmp"  # noqa: S108 - others can't move what is in it

    def system_programs(self):
        # type: () -> str
        """The folder of Windows' own programs, whatever variables say: what is started there, and written down for others to start, has an
        administrator's rights.
        """
        return os.path.join("C:\\Windows", "System32")

    def ssh_keygens(self):
        # type: () -> list[str]
        """Where an ssh-keygen may lie that this machine's administrator put there, the one to take first at first."""
        return ["/usr/local/bin/ssh-keygen", "/usr/bin/ssh-keygen"]

    def lasting(self, everybody):
        # type: (bool) -> str
        """The folder below which programs keep what outlives them: the machine's for ``everybody``, else this account's own."""
        own = os.environ.get("XDG_STATE_HOME") or os.path.join(os.path.expanduser("~"), ".local", "state")
        return "/var/lib" if everybody else to_text(own)
