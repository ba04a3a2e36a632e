"""What a site places on each machine, so that it says itself whose bundles it takes: nothing of it comes out of a bundle."""

from __future__ import annotations

import importlib.resources
from typing import TYPE_CHECKING

from bundler.atomic import write_whole
from bundler.errors import InputError
from bundler.trust.site_policy import policy_text
from bundler.trust.ssh_keygen import NAMESPACE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bundler.trust.site_policy import PolicyLine

SIGNERS, POLICY = "allowed_signers", "policy"
_SCRIPTS = ("bundle-check.cmd", "place.cmd")
_MARK, _UTF_16 = "utf16-mark", b"\xff\xfe"
"""With it before them, cmd reads the lists of rights that icacls writes."""
_NO_SIGNERS = f"""\
# Whose signatures count, in OpenSSH's format: name, options, public key. For example:
# build@example.com  namespaces="{NAMESPACE}" ssh-ed25519 AAAA...
"""


def write_site_folder(
    folder: Path, allowed: bytes | None, lines: Sequence[PolicyLine], *, force: bool
) -> tuple[Path, ...]:
    """Write what is to be placed; gives its files. ``allowed``: the content of the file of allowed signers, None: one to fill in.

    Raises InputError (``trust-policy-invalid``, ``trust-folder-taken``), OSError.
    """
    signers = _NO_SIGNERS.encode() if allowed is None else allowed
    policy = policy_text(lines, signers, NAMESPACE)
    contents = {name: _script(name) for name in _SCRIPTS}
    contents |= {SIGNERS: signers, POLICY: policy.replace("\n", "\r\n").encode("ascii"), _MARK: _UTF_16}
    folder.mkdir(parents=True, exist_ok=True)
    taken = [name for name in contents if (folder / name).exists() or (folder / name).is_symlink()]
    if taken and not force:
        raise InputError(
            "trust-folder-taken",
            f"{folder} has {', '.join(taken)} already",
            hint="--force writes them anew; what you have filled in there would be lost",
        )
    for name, content in contents.items():
        write_whole(folder / name, content)
    return tuple(folder / name for name in contents)


def _script(name: str) -> bytes:
    """With the line ends of Windows, whatever the checkout has."""
    content = importlib.resources.files("bundler.trust").joinpath("site", name).read_bytes()
    return content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
