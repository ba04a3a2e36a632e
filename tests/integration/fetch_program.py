"""Fetches one file into a store: ``python -m tests.integration.fetch_program STORE URL SHA256``; tests kill and race it."""

from __future__ import annotations

import sys
from pathlib import Path

from bundler.errors import BundleError
from bundler.fetch import Downloads, HttpTransport, NetworkSettings, Store
from bundler.model.artifact import Artifact
from bundler.report import Reporter


def main(root: str, url: str, sha256: str, limit: str = "") -> int:
    """``limit``: no file may grow beyond so many bytes."""
    if limit:
        import resource
        import signal

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
    artifact = Artifact(filename=url.rpartition("/")[2], url=url, sha256=sha256)
    try:
        with HttpTransport(NetworkSettings()) as transport:
            found = Downloads(transport, Store(Path(root))).fetch([artifact], Reporter())
    except BundleError as error:
        sys.stdout.write(f"{error.reference}\n")
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    sys.stdout.write(f"{found[artifact].path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
