"""Addresses with a signature or a token: a lock holds them without, so the index is asked for them again."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from bundler.errors import ResolutionError
from bundler.model.secret_queries import lacks_secrets

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bundler.model.artifact import Artifact
    from bundler.model.lock import Lock, LockedPackage
    from bundler.pipeline.session import Session
    from bundler.resolve.request import IndexRoute


def with_fresh_addresses(session: Session, lock: Lock, routes: Callable[[], Sequence[IndexRoute]]) -> Lock:
    """The lock with addresses that its index gives today, for packages whose files aren't in the store and whose address lacks something.

    ``routes`` is called if there is one. A file that its index doesn't have any more keeps its address. Raises what the index raises.
    """
    own = (each for each in lock.packages if each.index is not None)
    packages = (*own, *lock.seeds, *(each.package for each in lock.build))
    wanted = [(each, file) for each in packages if (file := each.file) is not None and _must_be_asked(session, file)]
    if not wanted:
        return lock
    indexes = tuple(routes())
    fresh = {file: _asked(session, each, file, indexes) for each, file in wanted}

    def renewed(package: LockedPackage) -> LockedPackage:
        return dataclasses.replace(package, file=fresh.get(package.file, package.file)) if package.file else package

    return dataclasses.replace(
        lock,
        packages=tuple(map(renewed, lock.packages)),
        seeds=tuple(map(renewed, lock.seeds)),
        build=tuple(dataclasses.replace(each, package=renewed(each.package)) for each in lock.build),
    )


def _asked(session: Session, package: LockedPackage, file: Artifact, indexes: Sequence[IndexRoute]) -> Artifact:
    """The address only: size and hash are the lock's."""
    from bundler.resolve import find_file  # late: hardly any index has such addresses

    try:
        found = find_file(package.name, package.version, file.filename, indexes, transport=session.transport)
    except ResolutionError:  # whoever fetches it says that it can't be had
        return file
    return dataclasses.replace(file, url=found.url) if found.url is not None else file


def _must_be_asked(session: Session, file: Artifact) -> bool:
    return (
        file.url is not None
        and lacks_secrets(file.url)
        and (file.sha256 is None or session.shelf.get(file.sha256, file.size) is None)
    )
