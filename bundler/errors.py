"""The one family of errors: what was wrong, where, what to do, and the exit code of the command.

The command line is the only place that catches them and the only one that exits.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import ClassVar


@dataclasses.dataclass(frozen=True, slots=True)
class Fault:
    """One fault of an input: ``where`` is a key path (``target[0].runtime.sha256``), ``message`` says what is wrong."""

    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.where else self.message


class BundleError(Exception):
    """An error that a user can understand and act on.

    ``reference`` is stable and kebab-case, for searching and for tests; ``context`` are lines that say where
    (file, key, package, address); ``hint`` says what to do. ``exit_code`` belongs to the kind of error.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, reference: str, message: str, *, context: tuple[str, ...] = (), hint: str = "") -> None:
        super().__init__(message)
        self.reference = reference
        self.message = message
        self.context = context
        self.hint = hint


class InputError(BundleError):
    """A recipe, a lock, a requirements file or an argument is wrong; ``faults`` are all of them at once."""

    exit_code = 2

    def __init__(
        self,
        reference: str,
        message: str,
        *,
        context: tuple[str, ...] = (),
        hint: str = "",
        faults: tuple[Fault, ...] = (),
    ) -> None:
        super().__init__(reference, message, context=(*context, *map(str, faults)), hint=hint)
        self.faults = faults


class ResolutionError(BundleError):
    """No set of files satisfies the requirements on the target."""

    exit_code = 3


class NetworkError(BundleError):
    """An index, a mirror or a proxy can't be reached, or answers with an error."""

    exit_code = 4


class IntegrityError(BundleError):
    """Bytes are not what they should be: a hash, a size, a signature, an archive's structure."""

    exit_code = 5


class BuildError(BundleError):
    """Something that is no wheel could not be made into a right one; ``log``: a file of the build's whole output, as it wrote it."""

    exit_code = 6

    def __init__(
        self,
        reference: str,
        message: str,
        *,
        context: tuple[str, ...] = (),
        hint: str = "",
        log: Path | None = None,
    ) -> None:
        super().__init__(reference, message, context=context, hint=hint)
        self.log = log


class HostError(BundleError):
    """This build host lacks something: disk space, rights, a compiler, a tool."""

    exit_code = 7


class RehearsalError(BundleError):
    """A bundle was rehearsed, and a step failed."""

    exit_code = 8


class AuditError(BundleError):
    """Something in a bundle is known to be vulnerable, or its packages or its Python couldn't be judged."""

    exit_code = 9


class SignatureError(BundleError):
    """A signature is missing, can't be made, or isn't accepted."""

    exit_code = 10


def quoted(text: str) -> str:
    """For messages: as its author wrote it, with each backslash once; what doesn't show is escaped."""
    return "'" + "".join(each if each.isprintable() else repr(each)[1:-1] for each in text) + "'"


def reason_of(error: Exception) -> str:
    """Why a file can't be read: of a folder, Windows only says that it denies permission."""
    if not isinstance(error, OSError):
        return str(error)
    denied = isinstance(error, (IsADirectoryError, PermissionError)) and isinstance(error.filename, str)
    if denied and Path(error.filename).is_dir():
        return "it is a folder"
    return error.strerror or str(error)


EXIT_INTERRUPTED = 130
"""What a shell reports for a command ended by Ctrl-C."""
