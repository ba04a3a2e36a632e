"""Where a runtime, a legacy installer, a prerequisite or a file comes from: one grammar for all.

``https://…`` (also http and file), a path, or ``index:NAME==VERSION[/FILENAME]``: a file of a release on the package
index, or without FILENAME the content of its sdist.
"""

from __future__ import annotations

import dataclasses
import re

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion

from bundler.errors import InputError
from bundler.foreign import read_version, split_address
from bundler.model.secret_queries import has_secrets

_INDEX = re.compile(r"index:(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)==(?P<version>[^/\s]+)(?:/(?P<filename>[^/\\\s]+))?")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class UrlSource:
    """An address, maybe with ``#sha256=…``."""

    url: str

    def __str__(self) -> str:
        return self.url


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class PathSource:
    """A file of the build host, relative to the recipe's folder."""

    path: str

    def __str__(self) -> str:
        return self.path


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class IndexSource:
    """A file of the release ``name==version`` on the index; without ``filename`` its sdist."""

    name: str
    version: str
    filename: str | None = None

    def __str__(self) -> str:
        return f"index:{self.name}=={self.version}" + (f"/{self.filename}" if self.filename else "")


Source = UrlSource | PathSource | IndexSource


def is_address(url: str) -> bool:
    """Whether ``url`` can be taken apart: brackets that don't close and ports that are no numbers can't."""
    try:
        parts = split_address(url)
        return bool(parts.hostname or parts.scheme == "file") and parts.port != 0
    except ValueError:
        return False


def has_credentials(text: str) -> bool:
    """Whether an address in ``text`` has a name or a password before its host, of a repository's a name alone may be the user's; or a
    signature or a token in its query.
    """
    return re.search(r"(?<!\+)\bhttps?://[^/?#\s]*@|\+\w+://[^/?#\s@:]*:[^/?#\s@]*@", text) is not None or has_secrets(
        text
    )


def parse_source(text: str) -> Source:
    """Read one source; raises InputError (``source-malformed``)."""
    if has_credentials(text):
        raise InputError(
            "source-malformed",
            "holds credentials",
            hint="put them into netrc or the environment, a recipe is shared; a file behind a signed address is downloaded first, and its path named",
        )
    if text.startswith("index:"):
        found = _INDEX.fullmatch(text)
        if found is None:
            raise InputError(
                "source-malformed",
                f"{text!r} is not a valid index source",
                hint="write index:NAME==VERSION or index:NAME==VERSION/FILENAME",
            )
        try:
            read_version(found["version"])
        except InvalidVersion:
            raise InputError("source-malformed", f"{found['version']!r} in {text!r} is not a valid version") from None
        return IndexSource(name=canonicalize_name(found["name"]), version=found["version"], filename=found["filename"])
    if re.match(r"(https?|file)://", text):
        if not is_address(text):
            raise InputError("source-malformed", f"{text!r} is not a valid address")
        return UrlSource(url=text)
    if re.match(r"[a-z][a-z0-9+.-]+:", text) or not text.strip():
        raise InputError(
            "source-malformed",
            f"{text!r} is not a valid source",
            hint="write https://…, a path, or index:NAME==VERSION[/FILENAME]",
        )
    return PathSource(path=text)
