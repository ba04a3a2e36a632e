"""``pyproject.toml`` of a source tree, as TOML's values."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bundler.errors import BuildError, reason_of
from bundler.foreign import MalformedTomlError, TooLargeError, UndecodableTextError, read_text, read_toml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def load_pyproject(tree: Path, filename: str = "pyproject.toml") -> Mapping[str, Any]:
    """``pyproject.toml`` of a source tree, or a tool's own file beside it; empty if there is none. Raises BuildError (``pyproject-invalid``)."""
    path = tree / filename
    try:
        return read_toml(read_text(path))
    except FileNotFoundError:
        return {}
    except (OSError, UndecodableTextError, TooLargeError, MalformedTomlError) as error:
        raise BuildError(
            "pyproject-invalid",
            f"{path} can't be read: {reason_of(error)}",
            hint="a local project: fix it; a package: take another release",
        ) from None


_HATCH = re.compile(r"\{root((?::(?:uri|real|parent))*)\}")
_PDM = "file:///${PROJECT_ROOT}"


def with_root(text: str, folder: Path) -> str:
    """A requirement with its project's ``folder`` filled in, where hatch (``{root:uri}``) and PDM (``${PROJECT_ROOT}``) write a place for it."""

    def filled(found: re.Match[str]) -> str:
        place, uri = folder.absolute(), False
        for each in found[1].split(":"):
            if each == "parent":
                place = place.parent
            uri = uri or each == "uri"
        return place.as_uri() if uri else place.as_posix()

    return _HATCH.sub(filled, text.replace(_PDM, folder.absolute().as_uri()))


def table_in(value: object) -> Mapping[str, Any]:
    """The table; an empty one where it is something else, which its own tool refuses."""
    return value if isinstance(value, dict) else {}


def tables_in(value: object) -> list[Mapping[str, Any]]:
    """The tables of a list."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def texts_in(value: object) -> tuple[str, ...]:
    """The texts of a list; a single one may stand for a list."""
    if isinstance(value, str):
        return (value,)
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()
