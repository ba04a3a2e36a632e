"""What the policies of both kinds have alike: identifiers that are the same for the same bundle, and XML."""

from __future__ import annotations

import uuid
from xml.etree import ElementTree

_SPACE = uuid.UUID("9d1c2f5a-6f0e-5a58-9a53-0f3a52f6c7b1")
"""Ours, for identifiers in policies."""


def identifier(sums: str, *words: str) -> str:
    """Of something that ``words`` say, in the policy of the bundle whose ``SHA256SUMS`` has this sha256."""
    return str(uuid.uuid5(_SPACE, "\n".join((sums, *words))))


def seen(text: str) -> str:
    """A stranger's name without what XML can't hold or nobody sees."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)


def document(root: ElementTree.Element) -> str:
    """In lines, as an administrator reads it."""
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'
