"""Keys of the file of allowed signers by which signatures over bare bytes are judged: cosign's, which ssh-keygen doesn't verify.

It stays ssh-keygen that says whose a key is, and whether it is allowed now. Here a line is only left out: one that names another key, or that says more than
is understood here. So whatever ssh-keygen would take of a line, too much can't come of it.
"""

from __future__ import annotations

import base64
import binascii
import fnmatch
import re
from typing import TYPE_CHECKING

from bundler.formats.p256_key import P256Key, key_of_ssh
from bundler.trust.ssh_keygen import NAMESPACE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MOST_KEYS = 64
"""Of the curve P-256 in one file: each is tried with each signature."""
_LINE = re.compile(
    r"""(?P<names>[^\s"!*?,#]+(?:,[^\s"!*?,]+)*)[ \t]+"""
    r"""(?:(?P<options>(?:[^\s"]|"[^"\\]*")+)[ \t]+)?"""
    r"""ecdsa-sha2-nistp256[ \t]+(?P<key>[A-Za-z0-9+/]+={0,2})(?:[ \t].*)?"""
)
"""Names without patterns: who ``*@example.com`` is, only ssh-keygen says, of signatures of its own."""
_OPTION = re.compile(r"""(?P<name>[A-Za-z-]+)="(?P<value>[^"]*)"(?:,|$)""")
_DATES = frozenset({"valid-after", "valid-before"})


def p256_keys(allowed: bytes) -> Mapping[P256Key, Sequence[str]]:
    """Each with its lines, in their order; those beyond ``MOST_KEYS`` are left out."""
    found: dict[P256Key, list[str]] = {}
    for line in allowed.decode("utf-8", "replace").split("\n"):  # as ssh-keygen does
        parts = _LINE.fullmatch(line.strip(" \t\r"))
        if parts is None or not _for_bundles(parts["options"] or ""):
            continue
        try:
            key = key_of_ssh(base64.b64decode(parts["key"], validate=True))
        except (binascii.Error, ValueError):
            continue
        if key is not None and (key in found or len(found) < MOST_KEYS):
            found.setdefault(key, []).append(parts[0])
    return found


def _for_bundles(options: str) -> bool:
    """Whether all of them are understood, and the line is for our namespace: what ssh-keygen asks of a signature, of which cosign's say nothing."""
    place = 0
    while place < len(options):
        option = _OPTION.match(options, place)
        if option is None:
            return False
        place = option.end()
        name = option["name"].lower()
        if name == "namespaces":
            patterns = option["value"].split(",")
            if any(each.startswith("!") for each in patterns):
                return False
            if not any(fnmatch.fnmatchcase(NAMESPACE, each.replace("[", "[[]")) for each in patterns):
                return False
        elif name not in _DATES:
            return False
    return True
