"""The command line of bootstrap.bat: ``/name``, ``-name`` and ``--name`` are the same, and so are ``:`` and ``=`` before a value."""

from __future__ import absolute_import, unicode_literals

import difflib
import re

from .compat import text_type
from .errors import BAD_ARGUMENTS, MEANINGS, InstallError

MODES = ("add", "verify", "repair", "rollback", "uninstall", "stop", "start", "status", "set")
INSTALL = "install"
_FLAGS = ("allow-older", "plan", "purge", "quiet", "reset-services", "trust-data")
_PATHS = {"log": "file", "json": "file", "add": "folder of wheels"}
_WITH_VALUE = {"add": "FOLDER", "instance": "NAME", "set": "NAME=VALUE", "log": "FILE", "json": "FILE"}
_HELP = ("help", "h", "?")
_ALL = frozenset(MODES + (INSTALL,) + _FLAGS + tuple(_WITH_VALUE) + _HELP)
_REST_OF_VALUE = 'unknown argument after /set; a value with blanks needs quotes: "/set:NAME=VALUE"'
_NEAR = 0.7
"""How like an argument must be to one that there is, so that it is taken for a slip: as difflib counts."""
_ARGUMENT = re.compile(r"(?:/|--?)([A-Za-z?][A-Za-z-]*)(?:[:=](.*))?\Z", re.DOTALL)
_SITE = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(=.*)?\Z", re.DOTALL)
_INSTANCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_]{0,31}\Z")

USAGE = """\
bootstrap.bat [/install | /add:FOLDER | /verify | /repair [/reset-services] | /rollback | /uninstall [/purge] | /stop | /start | /status | /set]
              [/plan] [/trust-data] [/allow-older] [/instance:NAME] [/set:NAME=VALUE ...] [/quiet] [/log:FILE] [/json:FILE]

  /install          or nothing: verify the bundle, check this machine, install or upgrade, and switch to what was installed
  /add:FOLDER       add the wheels in FOLDER to what is installed, if the recipe allows it: a release of its own, which /rollback undoes
  /verify           check that the bundle is whole, and that what is installed is as it was installed
  /repair           put back what was changed or is missing in the installed release; its services are made and started again
  /reset-services   with /repair: what this site changed in the service manager (account, start, recovery) is as in the bundle
  /rollback         switch back to the release that was in use before; again: forward
  /uninstall        remove what was installed; the data folder and what else is there stays
  /purge            with /uninstall: remove the data folder too
  /stop             stop its services; no run starts them until /start
  /start            start its services, and wait until they are healthy
  /status           say what is in use, how its services are, when it was changed last, and how much room is left
  /set              list the site values: what each is for, what it must be, and what it is now; secrets aren't shown
  /trust-data       for installing and /repair: take a data folder over that others own or may change, with all that is in it; lists whose it is
  /allow-older      for installing and /repair: take a bundle that is older than one that was in use here, or past its last day
  /plan             alone or with one of the above: say everything that would be done, and change nothing
  /instance:NAME    one of several installations of this bundle beside each other: -NAME ends the names of its folders
  /set:NAME=VALUE   a site value; may be given several times, and wins over site.toml. Others on this machine can see it while this runs:
  /set:NAME         asks for it; a secret isn't shown
  /set:NAME=@FILE   reads it from a file in UTF-8, without its last line end; @@ begins a value that begins with @
  /quiet            print errors only, and ask nothing
  /log:FILE         write the log there
  /json:FILE        write there, for programs, what was done and found, and the exit code
  /?                this text

Exit codes:
""" + "\n".join("  %-5d %s" % each for each in MEANINGS)


class Options(object):
    def __init__(self):
        # type: () -> None
        self.mode = "install"  # or one of MODES, or "help"
        self.plan = False
        self.purge = False
        self.reset_services = False
        self.trust_data = False
        self.allow_older = False
        self.quiet = False
        self.instance = None  # type: str | None
        self.add = None  # type: str | None
        self.log = None  # type: str | None
        self.json = None  # type: str | None
        self.values = {}  # type: dict[str, str]
        self.value_files = {}  # type: dict[str, str]
        self.asked = []  # type: list[str]


def parse(arguments, options=None):
    # type: (list[str], Options | None) -> Options
    """Every fault at once, as one InstallError (1639). ``options``: what is filled in, so that it is known of faulty ones too."""
    options = options or Options()
    faults = []  # type: list[str]
    modes, follows_value = [], False  # type: list[str], bool
    for argument in arguments:
        match = _ARGUMENT.match(argument)
        if match is None or match.group(1).lower() not in _ALL:
            faults.append(_unknown(argument, follows_value))
            continue
        name, value = match.group(1).lower(), match.group(2)
        follows_value = name == "set"
        if name == "set" and value is not None:
            _set(options, value, faults)
        elif name in _PATHS:
            if not value:
                faults.append("/%s needs a %s: /%s:%s" % (name, _PATHS[name], name, _WITH_VALUE[name]))
            setattr(options, str(name), value or None)
            modes += [name] if name in MODES else []
        elif name in MODES + (INSTALL,) + _HELP:
            _valueless(name, value, faults)
            modes.append("help" if name in _HELP else name)
        elif name in _FLAGS:
            _valueless(name, value, faults)
            setattr(options, str(name.replace("-", "_")), True)
        else:
            _instance(options, value or "", faults)
    if "help" in modes:
        options.mode = "help"
    else:
        _choose(options, modes, faults)
    if faults:
        shown = ["- " + each for each in faults]
        raise InstallError(BAD_ARGUMENTS, "Invalid arguments:", shown + ["bootstrap.bat /? lists all of them."])
    return options


def _choose(options, modes, faults):
    # type: (Options, list[str], list[str]) -> None
    chosen = [each for each in (INSTALL,) + MODES if each in modes]
    if len(chosen) > 1:
        shown = ["/" + each for each in chosen]
        faults.append("%s and %s exclude each other" % (", ".join(shown[:-1]), shown[-1]))
    elif chosen:
        options.mode = chosen[0]
    if options.plan and options.mode in ("verify", "status", "set"):
        faults.append("/plan and /%s exclude each other: /%s changes nothing anyway" % (options.mode, options.mode))
    if options.purge and options.mode != "uninstall":
        faults.append("/purge goes with /uninstall only")
    if options.reset_services and options.mode != "repair":
        faults.append("/reset-services goes with /repair only")
    if options.trust_data and options.mode not in ("install", "repair"):
        faults.append("/trust-data goes with installing and /repair only")
    if options.allow_older and options.mode not in ("install", "repair"):
        faults.append("/allow-older goes with installing and /repair only")
    if (options.values or options.value_files or options.asked) and options.mode in MODES:
        words = "/set:NAME is for installing and goes with no other mode: leave it out, or /%s" % options.mode
        faults.append("/set alone lists the values: leave it out to give some" if options.mode == "set" else words)


def _unknown(argument, follows_value):
    # type: (str, bool) -> str
    """With the nearest one that there is. What was given may be a secret: its value isn't repeated, nor what may be the rest of one."""
    name = re.split("[:=]", argument.lstrip("/-"))[0]
    shown = argument[: len(argument) - len(argument.lstrip("/-")) + len(name)]
    known = sorted(set(MODES + (INSTALL,) + _FLAGS + tuple(_WITH_VALUE)))
    near = difflib.get_close_matches(name.lower(), known, 1, _NEAR)
    if not near:
        return _REST_OF_VALUE if follows_value else "unknown argument: %s" % shown
    right = near[0] + (":" + _WITH_VALUE[near[0]] if near[0] in _WITH_VALUE else "")
    return "unknown argument: %s; did you mean /%s?" % (shown, right)


def _valueless(name, value, faults):
    # type: (str, str | None, list[str]) -> None
    if value is not None:
        faults.append("/%s takes no value" % name)


def is_instance(text):
    # type: (object) -> bool
    """Whether it can end the names of folders and services."""
    return isinstance(text, text_type) and _INSTANCE.match(text) is not None


def _instance(options, text, faults):
    # type: (Options, str, list[str]) -> None
    if not is_instance(text):
        faults.append("/instance needs a name of up to 32 letters, digits and _ without accents: /instance:NAME")
    elif options.instance is not None:
        faults.append("duplicate argument: /instance")
    else:
        options.instance = text


def _set(options, text, faults):
    # type: (Options, str, list[str]) -> None
    match = _SITE.match(text)
    if match is None:
        # what was given may be a secret: it isn't repeated
        faults.append("/set needs a name: /set:NAME=VALUE, /set:NAME=@FILE, or /set:NAME to be asked")
        return
    name, value = match.group(1), (match.group(2) or "")[1:]
    if name.lower() in [each.lower() for each in list(options.values) + list(options.value_files) + options.asked]:
        faults.append("duplicate argument: /set:%s" % name)
    elif match.group(2) is None:
        options.asked.append(name)
    elif value == "@":
        faults.append("/set:%s=@ needs a file" % name)
    elif value[:1] == "@" and value[:2] != "@@":
        options.value_files[name] = value[1:]
    else:
        options.values[name] = value[1:] if value[:1] == "@" else value
