"""Signatures and tokens in the query of an address: whoever has them may read what lies there, as with a password.

An address that is written down keeps the name without the value, so that it can be seen that something is lacking.
"""

from __future__ import annotations

import re

# those of S3, Google Cloud Storage, CloudFront, Azure's SAS, and what package servers call their own
_NAME = (
    r"[?&](?:x-(?:amz|goog)-(?:signature|credential|security-token)|awsaccesskeyid|googleaccessid|key-pair-id|signature|sig"
    r"|(?:[a-z]+[_-]?)?token|api[_-]?key|apikey|auth|authorization|credentials?|password|passwd|pwd|(?:client[_-]?)?secret)="
)
_FULL = re.compile(f"({_NAME})[^&#\\s]+", re.IGNORECASE)
_EMPTY = re.compile(f"{_NAME}(?=[&#]|$)", re.IGNORECASE)


def has_secrets(text: str) -> bool:
    """Whether an address in a text has one."""
    return _FULL.search(text) is not None


def without_secrets(text: str) -> str:
    """A text whose addresses have none."""
    return _FULL.sub(r"\1", text)


def lacks_secrets(url: str) -> bool:
    """Whether an address had one before it was written down."""
    return _EMPTY.search(url) is not None
