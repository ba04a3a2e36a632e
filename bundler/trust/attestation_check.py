"""Whether who published a file really signed for it: by ``pypi-attestations``, where that is installed, offline, with the roots that come with it."""

from __future__ import annotations

import contextlib
import importlib
import io
from collections.abc import Callable
from typing import Any

from bundler.errors import HostError
from bundler.foreign import one_line

EXTRA = "offline-bundler[attestations]"
"""What brings the library: it and what it needs are larger than all else, and building needs none of it."""

Check = Callable[[bytes, str, str], str]
"""Of a document, the name and the sha256 of the file that it is about: why it isn't valid, empty if it is."""


def attestation_check() -> Check | None:
    """None where the library isn't installed."""
    try:
        library = importlib.import_module("pypi_attestations")
    except ImportError:
        return None
    return LibraryCheck(library)


def demanded_check() -> Check:
    """Raises HostError (``attestations-need-package``)."""
    found = attestation_check()
    if found is None:
        raise HostError(
            "attestations-need-package",
            "attestations can't be verified here: pypi-attestations is not installed",
            hint=f"install it beside this program: pip install '{EXTRA}'",
        )
    return found


class LibraryCheck:
    """Each attestation of a document: its signature and certificate up to Sigstore's root, its entry in the log, its publisher, its file."""

    def __init__(self, library: Any) -> None:
        self._library = library

    def __call__(self, document: bytes, filename: str, sha256: str) -> str:
        try:
            provenance = self._library.Provenance.model_validate_json(document)
            file = self._library.Distribution(name=filename, digest=sha256)
            for bundle in provenance.attestation_bundles:
                if not bundle.attestations:
                    return "a publisher has attested to nothing"
                for attestation in bundle.attestations:
                    with contextlib.redirect_stderr(
                        io.StringIO()
                    ):  # it warns each time that it stays offline, as it was told to
                        attestation.verify(bundle.publisher, file, offline=True)
        except Exception as error:  # noqa: BLE001 - a stranger's document, and five libraries that read it
            return one_line(str(error) or type(error).__name__)
        return ""
