"""The exit codes of ``bundle``, each with its meaning: the one list that ``--help`` and the documentation are made from."""

from __future__ import annotations

import dataclasses

from bundler.errors import (
    EXIT_INTERRUPTED,
    AuditError,
    BuildError,
    BundleError,
    HostError,
    InputError,
    IntegrityError,
    NetworkError,
    RehearsalError,
    ResolutionError,
    SignatureError,
)

PIPE_CLOSED = 141
"""What a shell reports for a command whose output nobody reads any more."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class ExitCode:
    code: int
    meaning: str


def _of(error: type[BundleError], meaning: str) -> ExitCode:
    return ExitCode(code=error.exit_code, meaning=meaning)


EXIT_CODES = (
    ExitCode(code=0, meaning="done"),
    _of(BundleError, "internal error: a defect of the product"),
    _of(InputError, "invalid input: an argument, a recipe, a lock, a file"),
    _of(ResolutionError, "no set of files satisfies the requirements"),
    _of(NetworkError, "network: an index, a mirror or a proxy"),
    _of(IntegrityError, "bytes are not what they should be: hash, size, signature, structure"),
    _of(BuildError, "a package can't be built or converted"),
    _of(HostError, "this build host lacks something: disk space, rights, a tool"),
    _of(RehearsalError, "a rehearsal failed"),
    _of(
        AuditError,
        "an audit found something that is known to be vulnerable, or couldn't judge the packages or the Python",
    ),
    _of(SignatureError, "a signature is missing, can't be made, or isn't accepted"),
    ExitCode(code=129, meaning="the terminal was closed (SIGHUP)"),
    ExitCode(code=EXIT_INTERRUPTED, meaning="interrupted by Ctrl-C"),
    ExitCode(code=PIPE_CLOSED, meaning="the output isn't read any more, as with `| head`"),
    ExitCode(code=143, meaning="ended by SIGTERM"),
    ExitCode(code=149, meaning="Windows: ended by Ctrl-Break or a closed console"),
)
