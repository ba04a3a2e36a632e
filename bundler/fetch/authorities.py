"""Whom this host trusts: the authorities that the user names, or those of the system."""

from __future__ import annotations

import os
import ssl
from pathlib import Path

from bundler.plain_file import open_plain


def checking(authority: str | None, *, windows: bool) -> ssl.SSLContext:
    """A context that checks certificates against ``authority`` (a file or folder), else as the system itself does. Raises OSError."""
    if authority is None:
        context = (_of_windows() if windows else None) or _of_openssl(windows=windows)
    elif os.path.isdir(authority):  # noqa: PTH112
        context = ssl.create_default_context(capath=authority)
    else:
        open_plain(Path(authority)).close()  # OpenSSL waits for a pipe
        context = ssl.create_default_context(cafile=authority)
    accept_old_forms(context)
    return context


def accept_old_forms(context: ssl.SSLContext) -> None:
    """Python 3.13 and later refuse certificates that don't have every field of RFC 5280, as those of proxies that look into TLS often don't;
    Windows' own verification, browsers, and Python before it, take them.
    """
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT


def _of_windows() -> ssl.SSLContext | None:
    """Windows itself verifies, as for its own programs, and fetches authorities that it doesn't have yet; what it doesn't trust may be
    certifi's. The same as pip does. None where truststore isn't installed.
    """
    try:
        import truststore
    except ImportError:
        return None
    import certifi

    context: ssl.SSLContext = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(certifi.where())
    return context


def _of_openssl(*, windows: bool) -> ssl.SSLContext:
    context = ssl.create_default_context()
    # Windows keeps few authorities and fetches others when its own programs meet them, which OpenSSL can't ask for
    if windows or not (context.cert_store_stats()["x509_ca"] or _has_folder()):
        import certifi

        context.load_verify_locations(certifi.where())
    return context


def _has_folder() -> bool:
    """Whether OpenSSL has a folder of certificates, which it reads as they are needed and doesn't count."""
    folder = ssl.get_default_verify_paths().capath
    return folder is not None and any(os.scandir(folder))
