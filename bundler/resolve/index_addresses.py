"""The address of an index, or on its pages, as it may be fetched and shown."""

from __future__ import annotations

import re
from urllib.parse import urlsplit, urlunsplit

from bundler.model.secret_queries import without_secrets


def shown_url(url: str) -> str:
    """``url`` for people and for what is written down: without credentials, fragment, signatures and tokens."""
    return without_secrets(clean_url(url))


def clean_url(url: str) -> str:
    """``url`` without credentials and fragment, to be fetched; also of one that can't be taken apart."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return re.sub(r"(?<=//)[^/]*@", "", url.partition("#")[0])
    rest = urlunsplit(("", parts.netloc.rpartition("@")[2], parts.path, parts.query, ""))
    # urlunsplit forgets an empty host where it doesn't know the scheme (git+file)
    slashes = "//" if not rest.startswith("//") and url.startswith(f"{parts.scheme}://") else ""
    return f"{parts.scheme}:{slashes}{rest}" if parts.scheme else rest
