"""What the installation changes on the machine, as a part of the review page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bundler.present.bundle_words import given_text, kind_text
from bundler.present.html_page import code, heading, stacked, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bundler.pack.machine_changes import Kind
    from bundler.pipeline.review import Review

_NONE = "None."
KINDS: tuple[tuple[Kind, str, str, str], ...] = (
    ("service", "Services", "Service", "None: nothing is started with Windows."),
    ("right", "Rights", "Where", _NONE),
    ("port", "Ports", "Port", "None is named: what a program opens by itself isn't known."),
    ("registry", "Registry", "Key", _NONE),
    ("folder", "Folders", "Folder", _NONE),
    ("file", "Files outside of packages", "File", _NONE),
    ("variable", "Environment variables", "Variable", "None: PATH stays as it is."),
    ("installer", "Installers of others", "File in the bundle", _NONE),
    ("command", "Commands that are run", "Command", _NONE),
    ("check", "Checks before the release is used", "What", _NONE),
    (
        "task",
        "Scheduled tasks, firewall rules",
        "What",
        "None by the bundle itself. Installers and commands above may make some.",
    ),
)
"""Kind, title, name of the first column, words where there are none."""
_PASSING = frozenset({"port", "check"})
"""Kinds of which nothing is left to remove."""


def changes_section(found: Review) -> Iterator[str]:
    """Everything by kind; a kind of which there is nothing says so."""
    yield heading("changes", "What the installation changes")
    yield (
        "<p>As the manifest has it. <code>bootstrap.bat /plan</code> says on the machine what would be done there, and changes "
        "nothing. Names are those without <code>/instance</code>; words in braces are filled in there.</p>"
    )
    for kind, title, column, none in KINDS:
        rows = [each for each in found.changes if each.kind == kind]
        yield f"<h3>{title}</h3>"
        if not rows:
            yield f"<p>{none}</p>"
            continue
        if kind in _PASSING:
            yield from stacked((column, "What is done"), [(code(each.name), text(each.words)) for each in rows])
            continue
        yield from stacked(
            (column, "What is done", "When removed"),
            [(code(each.name), text(each.words), "stays" if each.stays else "goes") for each in rows],
        )
    yield from _site_values(found)


def _site_values(found: Review) -> Iterator[str]:
    yield "<h3>What the site decides</h3>"
    if not found.contents.site:
        yield "<p>Nothing: there are no site values.</p>"
        return
    yield from stacked(
        ("Site value", "Must be", "If nothing is said", "Help"),
        [
            (code(each.name), text(kind_text(each)), text(given_text(each)), text(each.help))
            for each in found.contents.site
        ],
    )
