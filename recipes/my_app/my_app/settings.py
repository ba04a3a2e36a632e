"""Where the application listens: environment variables, else an ini file, else the defaults."""

import io

try:
    from configparser import Error as IniError
    from configparser import RawConfigParser
except ImportError:  # Python 2.7
    from ConfigParser import Error as IniError
    from ConfigParser import RawConfigParser

DEFAULTS = {"port": "8080", "interface": "127.0.0.1"}
SECTION = "my_app"
HIGHEST_PORT = 65535


class SettingsError(Exception):
    """A setting is wrong; the message says which, where and why."""


def load(environ):
    """``(interface, port)`` of a mapping such as ``os.environ``; raises SettingsError."""
    values, origin = dict(DEFAULTS), "the defaults"
    path = environ.get("MY_APP_CONFIG")
    if path:
        values.update(_read(path))
        origin = path
    for name in values:
        variable = "MY_APP_" + name.upper()
        if environ.get(variable):
            values[name] = environ[variable]
            if name == "port":
                origin = variable
    return values["interface"], _port(values["port"], origin)


def _read(path):
    parser = RawConfigParser()
    try:
        with io.open(path, encoding="utf-8-sig") as stream:
            if hasattr(parser, "read_file"):
                parser.read_file(stream)
            else:
                parser.readfp(stream)
    except (IOError, OSError, UnicodeError, IniError) as error:
        raise SettingsError("MY_APP_CONFIG: {0} can't be read: {1}".format(path, error))
    if not parser.has_section(SECTION):
        raise SettingsError("{0} has no section [{1}]".format(path, SECTION))
    return {name: parser.get(SECTION, name) for name in DEFAULTS if parser.has_option(SECTION, name)}


def _port(text, origin):
    if not text.strip().isdigit() or int(text) > HIGHEST_PORT:
        raise SettingsError(
            "{0!r}, from {1}, is no TCP port: write a number up to {2}".format(str(text), origin, HIGHEST_PORT)
        )
    return int(text)
