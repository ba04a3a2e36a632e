"""What a failed build means for people: it needs a compiler, or it is broken."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bundler.convert.backend import tail
from bundler.errors import BuildError

if TYPE_CHECKING:
    from collections.abc import Sequence

_MAX_EVIDENCE = 5
_COMPILING = re.compile(
    r"^building '[^']+' extension"
    r"|error: command '[^']*(?:gcc|cc|clang|g\+\+|c\+\+|cl(?:\.exe)?|link(?:\.exe)?)(?:\.bat)?' failed"
    r"|Microsoft Visual C\+\+ [\d.]+ (?:or greater )?is required|Unable to find vcvarsall\.bat"
    r"|can't find Rust compiler|Rust toolchain|Cargo, the Rust package manager, is not installed"
    r"|Cython\.Compiler\.|, in (?:build_ext|build_extensions?|cythonize)$"
    r"|CMake must be installed|CMAKE_C(?:XX)?_COMPILER not set|Unknown compiler\(s\)|compiler cannot create executables",
    re.MULTILINE | re.IGNORECASE,
)


def compiler_evidence(attempts: Sequence[str], log: str) -> tuple[str, ...]:
    """The lines that show that a build wanted to compile something; empty when none does."""
    lines = [line.strip()[:200] for line in log.splitlines() if _COMPILING.search(line)]
    return tuple(dict.fromkeys((*lines, *(f"it ran: {each[:200]}" for each in attempts))))[:_MAX_EVIDENCE]


def needs_compiler(what: str, name: str, evidence: Sequence[str]) -> BuildError:
    """``what``: name and version, for people."""
    return BuildError(
        "needs-compiler",
        f"{what} comes as source only and its build needs a compiler, which this version doesn't run for a foreign target",
        context=tuple(evidence),
        hint=f"take a release that has a wheel for the target (packages.constraints: {name}<…), or name an index that has one "
        "(packages.indexes)",
    )


def build_failed(what: str, name: str, log: str, attempts: Sequence[str], log_path: str = "") -> BuildError:
    """The error for a hook that failed: ``needs-compiler`` if that shows, else ``build-failed`` with the log's end."""
    evidence = compiler_evidence(attempts, log)
    if evidence:
        return needs_compiler(what, name, evidence)
    return BuildError(
        "build-failed",
        f"building {what} failed",
        context=(*tail(log), *((f"the whole log: {log_path}",) if log_path else ())),
        hint="the lines above are what its build printed; an older or newer release may build, or one that has a wheel",
    )
