"""Requirements that are a path or an address and no name, as pip takes them: which package each means, or what to write in its place."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import unquote

from packaging.utils import InvalidSdistFilename, InvalidWheelFilename, is_normalized_name

from bundler.foreign import read_sdist_name, read_wheel_name, split_address

ARCHIVES = (".whl", ".tar.gz", ".zip")
_EGG = re.compile(r"[#&]egg=([A-Za-z0-9._-]+)(\[[A-Za-z0-9._, -]*\])?")
_EXTRAS = re.compile(r"(.+?)(\[[A-Za-z0-9._, -]*\])?")
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")


def is_address(line: str) -> bool:
    """Whether it begins with the scheme of an address."""
    return bool(re.match(r"[a-z+]+://", line))


def is_path(line: str) -> bool:
    """Whether it is a path in the eyes of a person, and of pip."""
    return line.startswith((".", "/", "~")) or "/" in line or "\\" in line or line.endswith(ARCHIVES)


def address_of(body: str, folder: Path) -> tuple[str, str]:
    """The address that a path or an address means, and what the path has of extras (``[a,b]``)."""
    if "://" in body:
        return body, ""
    found = _EXTRAS.fullmatch(body)
    path, extras = (found[1], found[2] or "") if found else (body, "")
    return Path(os.path.abspath(folder / path)).as_uri(), extras  # noqa: PTH100 - a link stays what it is


def name_in(address: str) -> str | None:
    """The package that ``#egg=`` or the name of a file says, with its extras; None: neither does."""
    found = _EGG.search(unquote(address))
    if found:
        return found[1] + (found[2] or "")
    filename = unquote(_path_of(address).rpartition("/")[2])
    try:
        name = read_wheel_name(filename)[0] if filename.endswith(".whl") else read_sdist_name(filename)[0]
    except (InvalidWheelFilename, InvalidSdistFilename):
        return None
    return name if is_normalized_name(name) else None


def without_name(body: str, address: str) -> str:
    """Why nobody knows which package it is, and what to write."""
    if "://" in body:
        return f"doesn't say which package it is; write NAME @ {body}"
    if os.name != "nt" and _DRIVE.match(body):
        return "is a path of Windows: write where it lies on this host"
    if not os.path.lexists(unquote(_path_of(address))):
        return "leads to nothing on this host"
    if body.endswith(".whl"):
        return "is not a valid name of a wheel, NAME-VERSION-PYTHON-ABI-PLATFORM.whl: give it the one that it was built with"
    if not body.endswith(ARCHIVES):
        return "is not a wheel, an sdist or a project's folder; -r names a requirements file"
    return f"doesn't say which package it is; write NAME @ {address}"


def _path_of(address: str) -> str:
    """Its path; empty where it can't be taken apart."""
    try:
        return split_address(address.partition("#")[0]).path
    except ValueError:
        return ""
