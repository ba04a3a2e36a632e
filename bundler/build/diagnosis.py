"""What a failed build means for people: it needs a compiler, or it is broken."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING

from bundler.build.backend import tail
from bundler.build.compilers import ways_out
from bundler.build.isolated import Native
from bundler.build.missing_compiler import REFUSED
from bundler.errors import BuildError

if TYPE_CHECKING:
    from bundler.model.target import Target

_MAX_EVIDENCE = 5
_SOURCE = re.compile(r"\.(?:c|cc|cpp|cxx|f|f90|rs)$", re.IGNORECASE)
_COMPILING = re.compile(
    r"^building '[^']+' extension"
    r"|error: command '[^']*(?:gcc|cc|clang|g\+\+|c\+\+|cl(?:\.exe)?|link(?:\.exe)?)(?:\.bat)?' failed"
    r"|Microsoft Visual C\+\+ [\d.]+ (?:or greater )?is required|Unable to find vcvarsall\.bat"
    r"|can't find Rust compiler|Rust toolchain|Cargo, the Rust package manager, is not installed"
    r"|\b(?:need|requires?) a C(?:\+\+)? compiler\b|\bno C(?:\+\+)? compiler\b"
    r"|Cython\.Compiler\.|, in (?:build_ext|build_extensions?|cythonize)$"
    r"|Could not find (?:CMake|ninja)\b|CMake must be installed|CMAKE_C(?:XX)?_COMPILER not set|Unknown compiler\(s\)|compiler cannot create executables",
    re.MULTILINE | re.IGNORECASE,
)
_LONGEST = 259
# cl, link, rc and mt: "cannot open" (Microsoft's compiler and linker error references)
_UNOPENED = re.compile(
    r"\b(?:C1083|LNK1104|LNK1181|RC\d{4}|c101008[a-d])\b[^'\"\n]*['\"]([^'\"\n]+)['\"]", re.IGNORECASE
)
_TABLE = "[packages.source.{name}]"
# setuptools' history: 82 took out pkg_resources, 58 use_2to3
_ADVICE = (
    (
        re.compile(r"No module named ['\"]?pkg_resources\b"),
        f'its build uses pkg_resources, which setuptools 82 took out: {_TABLE} build-constraints = ["setuptools<82"]',
    ),
    (
        re.compile(r"use_2to3 is invalid"),
        f'its build uses 2to3, which setuptools 58 took out: {_TABLE} build-constraints = ["setuptools<58"]',
    ),
    (
        re.compile(r"No module named ['\"]?distutils\b"),
        f'its build uses distutils, which setuptools has for Python 3.12 and later: {_TABLE} build-requires = ["setuptools"]',
    ),
    (
        re.compile(
            r"setuptools-scm was unable to detect version|Versioning for this project requires either an sdist tarball"
        ),
        (
            f"its version comes from a repository's tags, which no build sees: {_TABLE} environment = "
            '{{ SETUPTOOLS_SCM_PRETEND_VERSION = "VERSION" }}, or PBR_VERSION where pbr asks for it'
        ),
    ),
    (
        re.compile(
            r"Temporary failure in name resolution|Name or service not known|getaddrinfo failed|Network is unreachable"
            r"|[Cc]ould not resolve host|NameResolutionError"
        ),
        f"its build fetches something, and a build has no network unless the recipe gives it one: {_TABLE} network = true",
    ),
    (
        re.compile(
            r"Missing parentheses in call to 'print'|No module named ['\"]?(?:ConfigParser|urllib2|__builtin__)\b"
        ),
        "its build is written for Python 2, and runs by the Python of this host: a newer release may be for Python 3",
    ),
    (
        re.compile(r"No module named ['\"]?_?(?:winreg|msvcrt|winapi)\b"),
        "its build asks Windows itself, which this host hasn't: build it on a Windows host",
    ),
    (
        re.compile(r"No module named ['\"]?wheel\b"),
        f'its build imports wheel, which no build gets unasked: {_TABLE} build-requires = ["wheel"]',
    ),
    (
        re.compile(r"No module named ['\"]((\w+)\.[\w.]+)"),
        f'its build imports {{0}}: if {{1}} is among what it asks for, an older one may have it: {_TABLE} build-constraints = ["{{1}}<…"]',
    ),
    (
        re.compile(r"No module named ['\"]?(\w+)"),
        f'its build imports {{0}} and doesn\'t ask for it: {_TABLE} build-requires = ["NAME"], the package that has it',
    ),
)


def compiler_evidence(attempts: Sequence[str], log: str) -> tuple[str, ...]:
    """The lines that show that a build wanted to compile something; empty when none does."""
    lines = [line.strip()[:200] for line in log.splitlines() if _COMPILING.search(line)]
    return tuple(dict.fromkeys((*lines, *(f"it ran: {_brief(each)}" for each in attempts))))[:_MAX_EVIDENCE]


def _brief(command: str) -> str:
    """A compiler's command line by its program and sources; one that names no source as it is."""
    program, *arguments = command.split()
    sources = [each for each in arguments if _SOURCE.search(each)]
    return " ".join((program, *sources) if sources else (program, *arguments))[:200]


def needs_compiler(
    what: str, name: str, evidence: Sequence[str], target: Target, *, optional: bool = False
) -> BuildError:
    """``what``: name and version, for people; ``optional``: its build ended well without what it couldn't compile."""
    ways = list(ways_out(name, target, windows=target.windows))
    if optional:
        ways.append(f'going without the extension modules, if its modules do: packages.incomplete = ["{name}"]')
    return BuildError(
        "needs-compiler",
        f"{what} comes as source, its build needs a compiler, and there is none here for {target}",
        context=tuple(evidence),
        hint="one of:\n" + "\n".join(f"  - {each}" for each in ways),
    )


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class FailedBuild:
    """A hook that failed on ``what`` (name and version, for people), the end of its ``log``, the compilers that it tried to run.

    ``native``: a compiler was there, so the want of one isn't the reason. ``tree``: where it was built.
    """

    what: str
    name: str
    log: str
    attempts: Sequence[str] = ()
    log_path: Path | None = None
    native: Native | None = None
    tree: Path | None = None


def build_failed(failed: FailedBuild, target: Target) -> BuildError:
    """The error for a hook that failed: ``needs-compiler`` if that shows, else ``build-failed`` with the log's end."""
    # one that only asked for a version, and failed for the answer, wanted to go on with it
    refused = (line.strip()[:200] for line in failed.log.splitlines() if REFUSED in line)
    evidence = compiler_evidence(failed.attempts, failed.log) or tuple(refused)[:_MAX_EVIDENCE]
    if evidence and failed.native is None:
        return needs_compiler(failed.what, failed.name, evidence, target)
    return BuildError(
        "build-failed",
        f"building {failed.what} failed" + (f", with {failed.native.description}" if failed.native else ""),
        context=tail(failed.log),
        log=failed.log_path,
        hint=_advice(failed)
        + "the lines above are what its build printed; an older or newer release may build, or one that has a wheel",
    )


def _longest_path(log: str, tree: Path) -> int:
    """Characters of the longest path that a compiler couldn't open; 0: there is none."""
    found = (PureWindowsPath(tree, each) for each in _UNOPENED.findall(log))
    return max((len(str(each)) for each in found), default=0)


def _advice(failed: FailedBuild) -> str:
    """What helps where a build lacks something that it didn't ask for; empty: nothing that is known."""
    end = "\n".join(tail(failed.log))
    if (
        failed.native is not None
        and failed.tree is not None
        and (longest := _longest_path(failed.log, failed.tree)) > _LONGEST
    ):
        return (
            f"a path of {longest} characters is in it, and Microsoft's compilers take {_LONGEST} whatever Windows is set to: let TEMP and TMP "
            r"name a short folder that is yours alone, such as C:\b; "
        )
    for pattern, words in _ADVICE:
        if found := pattern.search(end):
            return f"{words.format(*found.groups(), name=failed.name)}; "
    return ""
