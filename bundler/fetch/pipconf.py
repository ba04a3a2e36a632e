"""pip's configuration on this host, read as pip reads it: files of the machine, the user and the environment, variables.

Source: pip's documentation, "Configuration", and what pip does where that says nothing.
"""

from __future__ import annotations

import configparser
import dataclasses
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bundler.errors import HostError, InputError
from bundler.foreign import TooLargeError, UndecodableTextError, read_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_LONGEST_TIMEOUT = 24 * 3600
_SECTIONS = ("global", "install", "download")  # the later wins


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class PipSettings:
    """What of pip's configuration concerns the network and builds; ``files`` are those that were there and read.

    ``build_constraints`` are files or addresses, as they are written. ``extra_index_urls`` are for telling the user only: a package that two indexes have could come from the wrong one.
    """

    index_url: str | None = None
    extra_index_urls: tuple[str, ...] = ()
    cert: str | None = None
    client_cert: str | None = None
    proxy: str | None = None
    trusted_hosts: tuple[str, ...] = ()
    timeout: float | None = None
    build_constraints: tuple[str, ...] = ()
    files: tuple[Path, ...] = ()


def read_pip_settings(
    environ: Mapping[str, str], *, platform: str, home: Path, prefix: Path, root: Path = Path("/")
) -> PipSettings:
    """Read pip's settings. ``platform`` as sys.platform, ``prefix`` as sys.prefix, ``root`` where ``etc`` lies.

    Raises InputError (``pip-config``).
    """
    values: dict[str, str] = {}
    read = []
    by_section: dict[str, dict[str, str]] = {each: {} for each in _SECTIONS}
    for path in config_files(environ, platform=platform, home=home, prefix=prefix, root=root):
        if path.is_file():
            read.append(path)
            for section, items in _sections(path):
                by_section[section].update(items)
    for section in _SECTIONS:
        values |= by_section[section]
    values |= {
        name.removeprefix("PIP_").lower().replace("_", "-"): value
        for name, value in environ.items()
        if name.startswith("PIP_")
    }
    timeout = values.get("timeout") or values.get("default-timeout")
    index = values.get("index-url") or values.get("pypi-url")
    return PipSettings(
        index_url=index.strip() or None if index else None,
        extra_index_urls=tuple(values.get("extra-index-url", "").split()),
        cert=values.get("cert") or None,
        client_cert=values.get("client-cert") or None,
        proxy=values.get("proxy") or None,
        trusted_hosts=tuple(each.lower() for each in values.get("trusted-host", "").split()),
        build_constraints=tuple(values.get("build-constraint", "").split()),
        timeout=_seconds(timeout) if timeout else None,
        files=tuple(read),
    )


def pip_settings(environ: Mapping[str, str]) -> PipSettings:
    """The settings of the pip that belongs to this Python, with ``environ`` as its environment."""
    return read_pip_settings(environ, platform=sys.platform, home=home_of(environ), prefix=Path(sys.prefix))


def home_of(environ: Mapping[str, str]) -> Path:
    """The user's folder."""
    return Path(environ.get("HOME") or environ.get("USERPROFILE") or Path.home())


def default_index(settings: PipSettings) -> str:
    """The index that pip on this host uses: the configured one, else pip's own default.

    Raises HostError (``default-index-unknown``) where a pip of this Python doesn't say its default.
    """
    return settings.index_url or _default_of_pip()


def _default_of_pip() -> str:
    try:
        # pip prints it (`pip install --help`), which takes half a second; this imports nothing of pip's but a few constants
        from pip._internal.models.index import PyPI
    except ImportError as error:
        raise HostError(
            "default-index-unknown",
            f"no index is configured, and this Python's pip doesn't say its default one: {error}",
            hint="name an index with --index, or in pip's configuration: pip config set global.index-url ADDRESS",
        ) from error
    return PyPI.simple_url.rstrip("/") + "/"


def config_files(
    environ: Mapping[str, str], *, platform: str, home: Path, prefix: Path, root: Path = Path("/")
) -> Iterator[Path]:
    """Where configuration may lie, in rising precedence."""
    name = "pip.ini" if platform == "win32" else "pip.conf"
    chosen = environ.get("PIP_CONFIG_FILE")
    if chosen is not None and chosen == os.devnull:
        # pip loads no file at all then
        return
    yield from _machine_files(environ, platform, name, root)
    if not (chosen and Path(chosen).exists()):
        yield from _user_files(environ, platform, home, name)
    yield prefix / name
    if chosen:
        yield Path(chosen)


def _machine_files(environ: Mapping[str, str], platform: str, name: str, root: Path) -> Iterator[Path]:
    if platform == "win32":
        yield Path(environ.get("PROGRAMDATA", r"C:\ProgramData"), "pip", name)
    elif platform == "darwin":
        yield root / "Library" / "Application Support" / "pip" / name
    else:
        for folder in (environ.get("XDG_CONFIG_DIRS") or str(root / "etc" / "xdg")).split(":"):
            yield Path(folder, "pip", name)
        yield root / "etc" / name


def _user_files(environ: Mapping[str, str], platform: str, home: Path, name: str) -> Iterator[Path]:
    if platform == "win32":
        yield home / "pip" / name
        yield Path(environ.get("APPDATA") or home / "AppData" / "Roaming", "pip", name)
        return
    yield home / ".pip" / name
    support = home / "Library" / "Application Support" / "pip"
    if platform == "darwin":
        yield (support if support.is_dir() else home / ".config" / "pip") / name
    else:
        yield Path(environ.get("XDG_CONFIG_HOME") or home / ".config", "pip", name)


def _sections(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(read_text(path))
    except (OSError, UndecodableTextError, TooLargeError, configparser.Error) as error:
        raise InputError(
            "pip-config",
            f"pip's configuration {path} can't be read: {error}",
            hint="fix it, or set PIP_CONFIG_FILE to another file",
        ) from None
    for section in _SECTIONS:
        if parser.has_section(section):
            items = parser.items(section)
            yield section, {re.sub("_", "-", name).removeprefix("--"): value for name, value in items}


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds <= _LONGEST_TIMEOUT:  # not a number is neither
        raise InputError(
            "pip-config", f"pip's timeout {text[:40]!r} is not a valid number of seconds", hint="see `pip config debug`"
        )
    return seconds
