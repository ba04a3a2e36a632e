"""Programs of an environment that lie outside of its releases (launchers, the service host, the kept copy): whether they are what bundles brought."""

from __future__ import absolute_import, unicode_literals

import os

from ..bundle.verification import read_sums
from ..errors import InstallError
from ..machine.file_contents import hash_file
from ..machine.parallel import in_parallel
from ..state.formats import read_or_none
from ..state.inventory import MISSING
from ..state.release_services import host_program
from .kept_program import changed_copy, name_of, program_faults
from .switch import CONSOLE, SCRIPT, WINDOW
from .switch_services import HOST
from .templates import templates_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..bundle.verification import Bundle
    from ..layout import Layout
    from ..state.receipt import Receipt

_CHANGED = "was changed"
_LAUNCHERS = (CONSOLE, WINDOW, SCRIPT)


def changed_programs(layout, receipt, bundle):
    # type: (Layout, Receipt, Bundle) -> list[tuple[str, str]]
    """Launchers, and the service host, and what happened to each. The last switch took them from the bundle that ran, which is this one, the
    release's own or the one whose program is kept; where one of these can't be asked any more, nothing can be told of what they hold.
    """
    wanted = [(os.path.join(layout.shims, each), _LAUNCHERS) for each in receipt.shims]  # type: list[tuple[str, tuple[str, ...]]]
    wanted += [(host_program(layout), (HOST,))] if receipt.services else []
    gone = [(path, MISSING) for path, _ in wanted if not os.path.isfile(path)]
    hashes = _hashes([path for path, _ in wanted if os.path.isfile(path)])
    own = {each.path: each.sha256 for each in bundle.manifest.members}
    known = [own]  # type: list[dict[str, str] | None]
    if not all(_is_known(hashes[path], names, known) for path, names in wanted if path in hashes):
        known += [_of_kept_program(layout, receipt), _of_release(layout, bundle)]
    changed = [
        (path, _CHANGED)
        for path, names in wanted
        if path in hashes and None not in known and not _is_known(hashes[path], names, known)
    ]
    return gone + changed


def changed_kept_program(layout, receipt, bundle):
    # type: (Layout, Receipt, Bundle) -> list[str]
    """Files of the copy that Windows' list of installed programs starts. One that runs was verified."""
    program = receipt.program
    if program is None or os.path.normcase(bundle.folder) == os.path.normcase(layout.kept(program)):
        return []
    return program_faults(bundle, layout) if program == name_of(bundle) else changed_copy(layout, program)


def _hashes(paths):
    # type: (list[str]) -> dict[str, str]
    """SHA-256 in hex; empty for what this account may not read, which isn't accused."""
    found = {}  # type: dict[str, str]

    def look(path):
        # type: (str) -> None
        try:
            found[path] = hash_file(path)[0]
        except EnvironmentError:
            pass

    in_parallel(look, paths)
    return found


def _is_known(sha256, names, known):
    # type: (str, tuple[str, ...], list[dict[str, str] | None]) -> bool
    return any(each is not None and each.get(name) == sha256 for each in known for name in names)


def _of_kept_program(layout, receipt):
    # type: (Layout, Receipt) -> dict[str, str] | None
    return read_or_none(read_sums, layout.kept(receipt.program or layout.release_id))  # type: ignore[no-any-return]


def _of_release(layout, bundle):
    # type: (Layout, Bundle) -> dict[str, str] | None
    try:
        templates = templates_of(layout, bundle)
    except (EnvironmentError, InstallError):
        return None
    return {each.path: each.sha256 for each in templates.manifest.members} if templates is not None else None
