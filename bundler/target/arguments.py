"""The command line of bootstrap.bat: ``/name``, ``-name`` and ``--name`` are the same, and so are ``:`` and ``=`` before a value."""

from __future__ import absolute_import, unicode_literals

import re

from .errors import BAD_ARGUMENTS, MEANINGS, InstallError

LATER = ("repair", "rollback", "uninstall", "instance")
_ARGUMENT = re.compile(r"(?:/|--?)([A-Za-z?]+)(?:[:=](.*))?\Z", re.DOTALL)
_SITE = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)\Z", re.DOTALL)

USAGE = """\
bootstrap.bat [/plan | /verify] [/set:NAME=VALUE ...] [/quiet] [/log:FILE]

  (nothing)         verify the bundle, check this machine, install, and switch to what was installed
  /plan             say everything that would be done, and change nothing
  /verify           only check that the bundle is whole and nothing was added to it
  /set:NAME=VALUE   a site value; may be given several times, and wins over site.toml
  /quiet            print errors only, and ask nothing
  /log:FILE         write the log there
  /?                this text

Exit codes:
""" + "\n".join("  %-5d %s" % each for each in MEANINGS)


class Options(object):
    def __init__(self):
        # type: () -> None
        self.mode = "install"  # or "plan", "verify", "help"
        self.quiet = False
        self.log = None  # type: str | None
        self.values = {}  # type: dict[str, str]


def parse(arguments):
    # type: (list[str]) -> Options
    """Every fault at once, as one InstallError (1639)."""
    options = Options()
    faults = []  # type: list[str]
    modes = []  # type: list[str]
    for argument in arguments:
        match = _ARGUMENT.match(argument)
        if match is None:
            faults.append("%s is no argument of this program" % argument)
            continue
        name, value = match.group(1).lower(), match.group(2)
        if name in LATER:
            faults.append("/%s is not supported by this version" % name)
        elif name in ("plan", "verify", "quiet", "help", "h", "?"):
            if value is not None:
                faults.append("/%s takes no value" % name)
            if name == "quiet":
                options.quiet = True
            else:
                modes.append("help" if name in ("h", "?") else name)
        elif name == "log":
            if not value:
                faults.append("/log needs a file: /log:FILE")
            options.log = value
        elif name == "set":
            _set(options, value or "", faults)
        else:
            faults.append("%s is no argument of this program" % argument)
    if "help" in modes:
        options.mode = "help"
    elif len(set(modes)) > 1:
        faults.append("/plan and /verify exclude each other")
    elif modes:
        options.mode = modes[0]
    if faults:
        raise InstallError(BAD_ARGUMENTS, "The arguments are wrong:", ["- " + each for each in faults] + ["", USAGE])
    return options


def _set(options, text, faults):
    # type: (Options, str, list[str]) -> None
    match = _SITE.match(text)
    if match is None:
        # what was given may be a secret: it isn't repeated
        faults.append("/set needs a name and a value: /set:NAME=VALUE")
    elif match.group(1) in options.values:
        faults.append("/set:%s is given twice" % match.group(1))
    else:
        options.values[match.group(1)] = match.group(2)
