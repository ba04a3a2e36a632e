"""Keys of ssh-keygen itself, and files of allowed signers: made by the program that verifies."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

needs_ssh_keygen = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="needs ssh-keygen (openssh-client)")


def keygen(*arguments: str | Path, content: bytes = b"") -> bytes:
    """Run ssh-keygen, which must go well."""
    return subprocess.run(["ssh-keygen", *map(str, arguments)], input=content, capture_output=True, check=True).stdout


def make_key(path: Path, kind: str = "ed25519") -> Path:
    """A private key without a passphrase; its public one lies beside it, with ``.pub``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    bits = ("-b", "2048") if kind == "rsa" else ()  # fewer are made sooner
    keygen("-q", "-t", kind, *bits, "-N", "", "-C", "comment", "-f", path)
    return path


def public(key: Path) -> str:
    """Kind and key, as a line of allowed signers has them."""
    return " ".join(key.with_name(f"{key.name}.pub").read_text(encoding="ascii").split()[:2])


def allow(path: Path, *lines: str) -> Path:
    """A file of allowed signers that only its owner can write."""
    path.write_text("".join(f"{each}\n" for each in lines), encoding="utf-8")
    path.chmod(0o600)
    return path
