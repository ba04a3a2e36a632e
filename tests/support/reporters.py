"""A reporter that remembers what it was told."""

from __future__ import annotations

from bundler.report import Reporter


class Remembering(Reporter):
    """Keeps notes, and warnings as pairs of reference and message."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.warnings: list[tuple[str, str]] = []

    def note(self, message: str) -> None:
        self.notes.append(message)

    def warn(self, reference: str, message: str) -> None:
        self.warnings.append((reference, message))
