"""What can't be right about a recipe's prerequisites and post-install commands, though each key by itself is well formed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bundler.errors import BundleError, Fault, quoted
from bundler.model.artifact import SHA256
from bundler.model.source import IndexSource, PathSource, parse_source

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from bundler.model.prerequisite import DetectTable, PostInstallTable, PrerequisiteTable

LOG = "log"
"""``{log}`` in the arguments of a prerequisite: a file beside the log of bootstrap.bat."""

_KEY = re.compile(r"(?:HKLM|HKCU|HKEY_LOCAL_MACHINE|HKEY_CURRENT_USER)(?:\\[^\\]+)+")
_FILE = re.compile(r"(?:[A-Za-z]:|%[A-Za-z][A-Za-z0-9_()]*%)(?:\\[^<>:\"/|?*\\]+)+")
_VERSION = re.compile(r"\d{1,9}(?:\.\d{1,9}){0,3}")
_PROPERTY = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*=.*", re.DOTALL)
_DLL = re.compile(r"[A-Za-z0-9_.+*-]+\.(?:dll|drv|ocx)", re.IGNORECASE)
_BY_US = ("/i", "/x", "/qn", "/qb", "/quiet", "/passive", "/norestart", "/package")


def prerequisite_texts(where: str, table: PrerequisiteTable) -> Iterator[tuple[str, str]]:
    """Every text in which ``{...}`` may stand, and where it is."""
    yield from ((f"{where}.arguments[{i}]", word) for i, word in enumerate(table.arguments))


def post_install_texts(where: str, table: PostInstallTable) -> Iterator[tuple[str, str]]:
    """The same for a post-install command."""
    yield from ((f"{where}.command[{i}]", word) for i, word in enumerate(table.command))
    yield from ((f"{where}.undo[{i}]", word) for i, word in enumerate(table.undo))


def prerequisite_faults(where: str, table: PrerequisiteTable, *, earlier: Collection[str]) -> Iterator[Fault]:
    """``earlier``: the names of the prerequisites before it, folded."""
    if not table.name.strip() or not table.name.isprintable():
        yield Fault(f"{where}.name", "must be a name that can be shown")
    if table.name.casefold() in earlier:
        yield Fault(f"{where}.name", f"{table.name} is there twice")
    yield from _source_faults(where, table)
    yield from _argument_faults(where, table)
    yield from _detect_faults(f"{where}.detect", table.detect)
    for i, code in enumerate(table.exit_codes):
        if not 0 <= code < 2**32:
            yield Fault(f"{where}.exit-codes[{i}]", "an exit code of Windows is a number from 0 to 4294967295")
    for i, dll in enumerate(table.provides):
        if not _DLL.fullmatch(dll):
            yield Fault(f"{where}.provides[{i}]", f"{dll!r} is not a valid DLL name, such as msvcp140.dll")
    if table.unsigned and table.signer is not None:
        yield Fault(f"{where}.unsigned", "contradicts signer: take one of the two out")
    if not table.unsigned and table.signer is None:
        yield Fault(f"{where}.signer", "is missing: say whose signature is expected, or write unsigned = true")


def _source_faults(where: str, table: PrerequisiteTable) -> Iterator[Fault]:
    if table.sha256 is not None and not SHA256.fullmatch(table.sha256):
        yield Fault(f"{where}.sha256", "must be 64 lower-case hexadecimal digits")
    try:
        source = parse_source(table.source)
    except BundleError as error:
        yield Fault(f"{where}.source", error.message + (f"; {error.hint}" if error.hint else ""))
        return
    if isinstance(source, IndexSource) and source.filename is None:
        yield Fault(f"{where}.source", "must name a file: index:NAME==VERSION/FILENAME")
    if table.sha256 is None and not isinstance(source, PathSource) and "#sha256=" not in table.source:
        yield Fault(f"{where}.sha256", "is missing: what is fetched from elsewhere must be known by its hash")


def _argument_faults(where: str, table: PrerequisiteTable) -> Iterator[Fault]:
    if table.kind == "exe" and not table.arguments:
        yield Fault(
            f"{where}.arguments",
            "is missing: without silent arguments an installer asks questions that can't be answered",
        )
    for i, word in enumerate(table.arguments):
        if not word or not word.isprintable():
            yield Fault(f"{where}.arguments[{i}]", "must be a word without line ends or control characters")
        elif table.kind == "msi" and word.lower() in _BY_US:
            yield Fault(f"{where}.arguments[{i}]", f"{word} is given by bootstrap.bat itself: take it out")
        elif table.kind == "msi" and not word.startswith("/") and not _PROPERTY.fullmatch(word):
            yield Fault(f"{where}.arguments[{i}]", f"{word!r} is neither a property (NAME=VALUE) nor an option (/…)")


def _detect_faults(where: str, detect: DetectTable) -> Iterator[Fault]:
    if (detect.registry is None) == (detect.file is None):
        yield Fault(where, "must have either registry or file")
    if detect.registry is not None and not _KEY.fullmatch(detect.registry):
        yield Fault(
            f"{where}.registry",
            f"{quoted(detect.registry)} is not a valid key, such as 'HKLM\\SOFTWARE\\Maker\\Product' (in single quotes)",
        )
    if detect.file is not None and not _FILE.fullmatch(detect.file):
        yield Fault(
            f"{where}.file",
            f"{quoted(detect.file)} is not an absolute path, such as '%SystemRoot%\\System32\\msvcp140.dll' (in single quotes)",
        )
    if detect.registry is None:
        for key in (key for key, given in (("value", detect.value), ("view", detect.view)) if given is not None):
            yield Fault(f"{where}.{key}", "goes with registry only")
    if detect.view not in (None, 32, 64):
        yield Fault(f"{where}.view", "must be 32 or 64")
    if detect.at_least is not None:
        if not _VERSION.fullmatch(detect.at_least):
            yield Fault(
                f"{where}.at-least",
                f"{detect.at_least!r} is not a version as Windows writes it: up to four numbers with dots",
            )
        if detect.registry is not None and detect.value is None:
            yield Fault(f"{where}.value", "is missing: at-least is compared with a value of the key")


def post_install_faults(where: str, table: PostInstallTable) -> Iterator[Fault]:
    if not table.command:
        yield Fault(f"{where}.command", "must not be empty")
    for key, text in post_install_texts(where, table):
        if not text or not text.isprintable():
            yield Fault(key, "must be a word without line ends or control characters")
