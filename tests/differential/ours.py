"""Our own answer to a requirement set, out of a snapshot of an index."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from packaging.version import Version

from bundler.errors import ResolutionError
from bundler.resolve import ResolverPorts, resolve
from tests.differential.cases import request_of
from tests.differential.opinions import NO_SOLUTION
from tests.support.reporters import Remembering
from tests.support.shelf import MemoryCache

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bundler.model.artifact import Artifact
    from bundler.model.ports import SourceMetadata, Transport
    from bundler.model.target import Target
    from tests.differential.cases import RequirementSet
    from tests.differential.opinions import Answer

_CONFLICTS = frozenset({"no-file-fits", "requirements-conflict", "package-unknown"})


def our_answer(
    wanted: RequirementSet, target: Target, index: Transport, *, sdists: Mapping[str, SourceMetadata] | None = None
) -> Answer:
    """``name==version``, sorted; or NO_SOLUTION. Errors that are about something else than the requirements are raised.

    Wheels only, like the opinions: no host may build anything to find an answer. ``sdists``: they are taken where there is no wheel, and
    those of these projects say this.
    """

    def inspect(source: Path, *, name: str) -> SourceMetadata:
        assert sdists is not None, f"{source} must not be built"
        return sdists[name]

    def fetch(artifact: Artifact) -> Path:
        assert artifact.filename.endswith((".tar.gz", ".zip")), f"{artifact.filename}: its metadata is enough"
        return Path(artifact.filename)

    try:
        found = resolve(
            request_of(wanted, target, sdists="never" if sdists is None else "fallback"),
            ResolverPorts(
                transport=index, cache=MemoryCache(), inspect=inspect, fetch_source=fetch, reporter=Remembering()
            ),
        )
    except ResolutionError as error:
        if error.reference not in _CONFLICTS:
            raise
        return (NO_SOLUTION,)
    return tuple(sorted(f"{each.name}=={Version(each.version)}" for each in found.packages))
