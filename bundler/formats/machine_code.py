"""Which files are machine code, and of which kind of system."""

from __future__ import annotations

import enum
import hashlib
from typing import IO, TYPE_CHECKING

from bundler.formats.pe.pe_header import is_program
from bundler.plain_file import open_plain

if TYPE_CHECKING:
    from pathlib import Path

_CHUNK = 1 << 20
_SUFFIXES = (".so", ".pyd", ".dll", ".dylib")
_MACH_O = (b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe")
_FAT_MACH_O = b"\xca\xfe\xba\xbe"
_JAVA = 40  # a fat binary has fewer architectures than this, a Java class of the same magic a higher version


class Code(enum.Enum):
    """What a file's first bytes say; ``NAMED``: only its name says that it is a program."""

    WINDOWS = "a program of Windows"
    LINUX = "a program of Linux (ELF)"
    MACOS = "a program of macOS (Mach-O)"
    NAMED = "not a program of a known kind"


def code_of(name: str, stream: IO[bytes]) -> Code | None:
    """The kind of machine code: ELF, Mach-O or PE by its first bytes, an extension or a library by its name; None: it is none."""
    head = stream.read(4096)
    if head.startswith(b"\x7fELF"):
        return Code.LINUX
    if head.startswith(_MACH_O) or (head.startswith(_FAT_MACH_O) and int.from_bytes(head[4:8], "big") < _JAVA):
        return Code.MACOS
    if is_program(head):
        return Code.WINDOWS
    return Code.NAMED if name.lower().endswith(_SUFFIXES) else None


def binaries_in(tree: Path) -> frozenset[str]:
    """The sha256 (hex) of every file of machine code that a source tree brings along."""
    found = set()
    for path in sorted(tree.rglob("*")):
        if path.is_symlink() or not path.is_file():
            continue
        with open_plain(path) as stream:
            if code_of(path.name, stream):
                stream.seek(0)
                found.add(digest_of(stream))
    return frozenset(found)


def digest_of(stream: IO[bytes]) -> str:
    """The sha256 (hex) of what is left of ``stream``."""
    digest = hashlib.sha256()
    while chunk := stream.read(_CHUNK):
        digest.update(chunk)
    return digest.hexdigest()
