"""Exit codes, those of Windows Installer, and the one exception that carries them."""

from __future__ import absolute_import, unicode_literals

import errno

DONE = 0
CANCELLED = 1602
FAILED = 1603
BUSY = 1618
REFUSED = 1625
OTHER_VERSION = 1638
BAD_ARGUMENTS = 1639
REBOOT = 3010

MEANINGS = (
    (DONE, "done, or nothing to do"),
    (REBOOT, "done; restart the machine to finish"),
    (CANCELLED, "cancelled; taken back, unless the screen says otherwise"),
    (FAILED, "failed; taken back, unless the screen says otherwise"),
    (BUSY, "another installation is running"),
    (REFUSED, "refused: too few rights, others' too many, signatures, or its last day"),
    (OTHER_VERSION, "another version, or something else, is where this bundle would be"),
    (BAD_ARGUMENTS, "the arguments or the site values are wrong or missing"),
)


class InstallError(Exception):
    """What stops an installation: ``code`` is the exit code, ``message`` one line, ``details`` further lines."""

    def __init__(self, code, message, details=()):
        # type: (int, str, tuple[str, ...] | list[str]) -> None
        Exception.__init__(self, message)
        self.code = code
        self.message = message
        self.details = tuple(details)


def is_denied(error):
    # type: (EnvironmentError) -> bool
    """Whether this account may not do it: a file that somebody holds looks the same on Windows."""
    return error.errno in (errno.EACCES, errno.EPERM)


def denied(what):
    # type: (str) -> InstallError
    """``what``: a sentence without its end."""
    return InstallError(REFUSED, "%s: %s" % (what, OTHER_PROMPT))


OTHER_PROMPT = "start bootstrap.bat from an administrator's command prompt, or as the account that installed it"


class Problem(object):
    """One thing that preflight found: the exit code it would lead to, and what it is and what to do."""

    def __init__(self, code, text):
        # type: (int, str) -> None
        self.code = code
        self.text = text


def of_problems(problems):
    # type: (list[Problem]) -> InstallError
    """One error for all of them; of several kinds the more particular code wins over 1603."""
    codes = [each.code for each in problems]
    code = next((each for each in (BUSY, REFUSED, OTHER_VERSION, BAD_ARGUMENTS) if each in codes), FAILED)
    count = "One problem" if len(problems) == 1 else "%d problems" % len(problems)
    return InstallError(code, count + " found; nothing was changed:", ["- " + each.text for each in problems])
