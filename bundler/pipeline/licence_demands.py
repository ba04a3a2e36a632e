"""Which licences a recipe takes: what packages state in their wheels, against ``[acceptance] licenses``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.version import Version

from bundler.errors import ResolutionError
from bundler.model.acceptance_rules import LICENSE
from bundler.model.licences import is_allowed, read_licence
from bundler.pipeline.acceptance_demands import exemptions_of
from bundler.resolve.file_gate import Gate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bundler.formats.core_metadata import CoreMetadata
    from bundler.model.lock import Lock
    from bundler.model.recipe import Recipe
    from bundler.pipeline.session import Session


def check_licences(session: Session, recipe: Recipe, lock: Lock, metadata: Mapping[str, CoreMetadata]) -> None:
    """Warn of licences that the recipe doesn't take, or raise ResolutionError (``licence-refused``) with all of them. Projects of one's own aren't asked.

    ``metadata``: what each wheel of the bundle says of itself, by normalized name.
    """
    table = recipe.acceptance
    if not table.licenses:
        return
    allowed = frozenset(map(read_licence, table.licenses))
    gate = Gate(exempted=exemptions_of(table))
    own = {each.name for each in lock.packages if each.kind == "directory"}
    refused: list[str] = []
    for name in sorted(metadata.keys() - own):
        expression, reason = _stated(metadata[name])
        if expression and is_allowed(expression, allowed):
            continue
        who, version = f"{name} {metadata[name].version}", Version(metadata[name].version)
        exempted = gate.exemption(name, version, LICENSE)
        if exempted is not None:
            session.reporter.note(f"{who}: {reason}; {exempted.words}")
        elif (table.other_licenses if expression else table.unstated_licenses) == "refuse":
            refused.append(f"{who}: {reason}")
        else:
            session.reporter.warn("licence-not-allowed", f"{who}: {reason}")
    if refused:
        raise ResolutionError(
            "licence-refused",
            "packages have licences that the recipe doesn't take",
            context=tuple(refused),
            hint="add the licence to acceptance.licenses, or let one package through with a reason: "
            '[[acceptance.exceptions]] with allow = ["license"]',
        )


def _stated(metadata: CoreMetadata) -> tuple[str, str]:
    """A package's licence as SPDX writes it, empty: none can be read; and words for one that isn't allowed."""
    # late: it reads SPDX's list, and few recipes ask
    from bundler.trust.stated_facts import expression_of, stated_licence

    stated = stated_licence(metadata, expression_of)
    names = [stated.expression] if stated.expression else list(stated.names)
    expression = read_licence(names[0]) if len(names) == 1 else ""
    if expression:
        return expression, f"its licence is {expression}"
    if names:
        return "", f"it says {', '.join(map(repr, names))}, which is not a licence of SPDX's list"
    return "", "it states no licence"
