"""What all parts of one resolution share."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from bundler.report import Reporter
from bundler.resolve.dependencies import Dependency
from bundler.resolve.direct import Sources
from bundler.resolve.file_checks import FileJudge
from bundler.resolve.markers import MarkerEvaluator
from bundler.resolve.prefetch import Library
from bundler.resolve.request import Request
from bundler.resolve.solver_bounds import Bounds
from bundler.resolve.supplies import Supplies


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class ResolutionContext:
    """One request and those who answer questions about it. ``constraints`` by normalized name, for the target only;
    the ``text`` of each also says where it stands.
    """

    request: Request
    evaluator: MarkerEvaluator
    judge: FileJudge
    library: Library
    sources: Sources
    supplies: Supplies
    reporter: Reporter
    constraints: Mapping[str, Sequence[Dependency]]
    bounds: Bounds

    def limits(self, name: str) -> Sequence[Dependency]:
        """The constraints on ``name``."""
        return self.constraints.get(name, ())
