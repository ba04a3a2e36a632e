"""Which packages that come from source may want a compiler: a release that has a pure wheel on its index wants none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name
from packaging.version import Version

from bundler.errors import BundleError
from bundler.pipeline.inputs import index_routes
from bundler.resolve import FileJudge, explain_files

if TYPE_CHECKING:
    from bundler.model.lock import Lock
    from bundler.model.recipe import Recipe
    from bundler.model.target import Target
    from bundler.pipeline.session import Session

_PURE = "-none-any.whl"


def may_compile(session: Session, recipe: Recipe, target: Target, lock: Lock | None) -> tuple[str, ...] | None:
    """The names of what comes from source and may have extension modules; ``lock``: one that fits the recipe; None: that is unknown yet.

    Local projects are named only where the recipe wants nothing else from source: the recipe does not ask for those.
    """
    from_source = bool(recipe.packages.build) or recipe.packages.sdists == "prefer"
    if lock is None:
        if not from_source or recipe.packages.sdists == "prefer":
            return None
        names = sorted(map(canonicalize_name, recipe.packages.build))
        return tuple(each for each in names if not _pure(session, recipe, target, each, None))
    kinds = ("sdist", "archive", "vcs") if from_source else ("sdist", "archive", "vcs", "directory")
    packages = [each for each in lock.packages if each.kind in kinds]
    return tuple(
        each.name
        for each in packages
        if not (
            from_source and each.kind == "sdist" and _pure(session, recipe, target, each.name, Version(each.version))
        )
    )


def _pure(session: Session, recipe: Recipe, target: Target, name: str, version: Version | None) -> bool:
    """Whether that version, None: the newest, has a wheel for every platform; an index that can't be asked is reported elsewhere."""
    try:
        files = explain_files(name, FileJudge(target), index_routes(session, recipe), session.transport)
    except BundleError:
        return False
    versions = [(Version(each.version), each.filename) for each in files if each.version is not None]
    if version is None and versions:
        final = [each for each, _ in versions if not each.is_prerelease]
        version = max(final or [each for each, _ in versions])
    return any(each == version and filename.endswith(_PURE) for each, filename in versions)
