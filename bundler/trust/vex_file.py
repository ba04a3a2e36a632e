"""Files of statements about vulnerabilities: OpenVEX (0.0.1 to 0.2.0) or CycloneDX in JSON. Whoever names one decides by it, so that one which isn't
whole is refused; but who wrote it may be anybody.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

from bundler.errors import InputError, reason_of
from bundler.foreign import MalformedJsonError, TooLargeError, UndecodableTextError, decode_text, read_file, read_json
from bundler.trust.cyclonedx_vex import read_cyclonedx
from bundler.trust.foreign_bill import line_of
from bundler.trust.openvex import read_openvex
from bundler.trust.vex_statement import Statement
from bundler.trust.vex_values import MalformedStatementError


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class VexFile:
    """``content``: as it was read, for whoever keeps it: the file may be another one by then."""

    path: Path
    statements: tuple[Statement, ...]
    content: bytes = dataclasses.field(repr=False)


def read_vex(path: Path) -> VexFile:
    """Raises InputError (``vex-unreadable``)."""
    try:
        content = read_file(path)
        statements = _statements(read_json(decode_text(content)), line_of(path.name))
        return VexFile(path=path, statements=statements, content=content)
    except OSError as error:
        raise _unreadable(path, reason_of(error)) from None
    except (MalformedJsonError, TooLargeError, UndecodableTextError, MalformedStatementError) as error:
        raise _unreadable(path, str(error)) from None


def _statements(data: object, source: str) -> tuple[Statement, ...]:
    if not isinstance(data, dict):
        raise MalformedStatementError("it is neither OpenVEX nor CycloneDX")
    if data.get("bomFormat") == "CycloneDX":
        return tuple(read_cyclonedx(data, source))
    if str(data.get("@context")).startswith("https://openvex.dev/ns"):
        return tuple(read_openvex(data, source))
    raise MalformedStatementError("it is neither OpenVEX nor CycloneDX in JSON")


def _unreadable(path: Path, reason: str) -> InputError:
    hint = "ask its author for a valid OpenVEX or CycloneDX document, or leave it out"
    return InputError("vex-unreadable", f"the statements in {path} can't be used: {reason}", hint=hint)
