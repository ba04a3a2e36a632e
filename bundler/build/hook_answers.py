"""What a build hook answered and left behind: a stranger's, so each file is looked at before anything of it is read or believed."""

from __future__ import annotations

import contextlib
import dataclasses
import stat
from typing import TYPE_CHECKING

from bundler.errors import BuildError
from bundler.foreign import MalformedJsonError, read_json
from bundler.isolation.leavings import UnsafeLeavingError, names_in, plain_file, read_plain

if TYPE_CHECKING:
    from pathlib import Path

_MIB = 2**20
_LARGEST_ANSWER = 4 * _MIB
_LARGEST_METADATA = 16 * _MIB
_LARGEST_WHEEL = 8 * 1024 * _MIB


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class HookAnswer:
    """What a hook returned; ``missing`` says instead, in the words of a traceback, why its backend can't be imported."""

    value: object = None
    missing: str | None = None
    warnings: tuple[str, ...] = ()


def read_answer(folder: Path, filename: str, what: str) -> HookAnswer | None:
    """The answer in a file, by pyproject_hooks' script or by ``old_hooks.py``; None: there is none.

    Raises BuildError (``build-output-unsafe``); ``what`` was built.
    """
    try:
        answered = read_json(read_plain(folder, filename, largest=_LARGEST_ANSWER).decode("utf-8"))
    except FileNotFoundError:
        return None
    except (UnsafeLeavingError, UnicodeDecodeError, MalformedJsonError) as error:
        raise unsafe_output(what, f"its backend's answer can't be read: {error}") from None
    if not isinstance(answered, dict):
        raise unsafe_output(what, "its backend's answer is not an object")
    if answered.get("no_backend") or "missing" in answered:
        traces = (answered.get(key) for key in ("missing", "traceback", "backend_error"))
        return HookAnswer(missing=next((str(each) for each in traces if each), ""))
    said = answered.get("warnings")
    warnings = tuple(
        f"{each.get('filename')}:{each.get('lineno')}: {each.get('message')}"
        for each in (said if isinstance(said, list) else ())
        if isinstance(each, dict)
    )
    return HookAnswer(value=answered.get("return_val", answered.get("answer")), warnings=warnings)


def answered_name(value: object, what: str) -> str:
    """The name that a hook returned of what it wrote; raises BuildError (``build-output-unsafe``)."""
    if not isinstance(value, str):
        raise unsafe_output(what, f"its backend answered {str(value)[:100]!r}, which is not a name")
    return value


def read_metadata(folder: Path, name: str, what: str) -> bytes:
    """METADATA of the folder ``name`` that a hook wrote into ``folder``; raises BuildError (``build-output-unsafe``, ``metadata-invalid``)."""
    try:
        return read_plain(folder, name, "METADATA", largest=_LARGEST_METADATA)
    except UnsafeLeavingError as error:
        raise unsafe_output(what, str(error)) from None
    except OSError:
        raise BuildError("metadata-invalid", f"the build backend of {what} wrote no METADATA") from None


def written_wheel(folder: Path, name: str, what: str) -> Path:
    """The wheel ``name`` that a hook wrote into ``folder``, as the only one; raises BuildError (``build-output-unsafe``, ``build-failed``)."""
    try:
        wheel = plain_file(folder, name, largest=_LARGEST_WHEEL)
        others = [each for each in names_in(folder) if each != wheel.name and _is_odd(folder / each)]
    except UnsafeLeavingError as error:
        raise unsafe_output(what, str(error)) from None
    except OSError:
        raise BuildError(
            "build-failed", f"the build backend of {what} named a wheel that it didn't write: {name[:300]}"
        ) from None
    if others or not name.endswith(".whl"):
        raise unsafe_output(
            what, f"beside {name} it wrote {', '.join(map(repr, others[:5]))}" if others else f"{name} is not a wheel"
        )
    return wheel


def unsafe_output(what: str, fault: str) -> BuildError:
    """The error for what no honest build leaves."""
    return BuildError(
        "build-output-unsafe",
        f"building {what} left what can't be taken: {fault}",
        hint="a build writes one wheel, a plain file; look at what its build script does before you build it again, or take another release",
    )


def _is_odd(path: Path) -> bool:
    """Another wheel, or what is neither file nor folder; scratch files beside a wheel do no harm."""
    with contextlib.suppress(OSError):
        mode = path.lstat().st_mode
        return path.name.endswith(".whl") or not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))
    return True
