"""A recipe's file as tables that nobody has looked at."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bundler.errors import InputError, reason_of
from bundler.foreign import MalformedTomlError, TooLargeError, UndecodableTextError, read_text, read_toml

if TYPE_CHECKING:
    from pathlib import Path


def read_document(path: Path) -> dict[str, Any]:
    """The recipe's tables, short forms written out; raises InputError (``recipe-unreadable``, ``recipe-malformed``)."""
    data = _read(path)
    packages = data.get("packages")
    for key, short in (("indexes", "url"), ("projects", "path")):
        if isinstance(packages, dict) and isinstance(written := packages.get(key), list):
            packages[key] = [{short: each} if isinstance(each, str) else each for each in written]
    return data


_SINGLE_QUOTES = (
    r"between double quotes a backslash begins an escape: write paths of Windows in single ones, 'C:\PythonEnvs'"
)


def _read(path: Path) -> dict[str, Any]:
    try:
        text = read_text(path)
        return read_toml(text, nul=True)
    except FileNotFoundError:
        hint = "`bundle init` writes one to start from"
        raise InputError("recipe-unreadable", f"there is no recipe {path}", hint=hint) from None
    except OSError as error:
        raise InputError("recipe-unreadable", f"the recipe {path} can't be read: {reason_of(error)}") from None
    except UndecodableTextError as error:
        hint = "save it as UTF-8"
        raise InputError("recipe-unreadable", f"the recipe {path} can't be read: {error}", hint=hint) from None
    except TooLargeError as error:
        raise InputError("recipe-unreadable", f"the recipe {path} can't be read: {error}") from None
    except MalformedTomlError as error:
        context = _quoted_line(text, str(error))
        hint = _SINGLE_QUOTES if any(re.search(r'"[^"]*\\', each) for each in context) else ""
        raise InputError("recipe-malformed", f"{path} is not valid TOML: {error}", context=context, hint=hint) from None


def _quoted_line(text: str, message: str) -> tuple[str, ...]:
    found = re.search(r"at line (\d+)", message)
    lines = text.splitlines()
    if found is None or int(found[1]) > len(lines):
        return ()
    return (f"line {found[1]}: {lines[int(found[1]) - 1].strip()}",)
