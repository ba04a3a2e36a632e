"""Is the bundle older than one that was in use on this machine, or past its last day? A signature says neither."""

from __future__ import absolute_import, unicode_literals

from ..errors import FAILED, OTHER_VERSION, REFUSED, InstallError, Problem
from ..state.seen_bundles import file_of, seen, target_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..state.receipt import State
    from .run import Run

_ADVICE = "Use a newer one; /rollback leads to the release before, and /allow-older takes this bundle all the same"
_ANEW = "a bundle that is built anew gets a new number. Ask who built it; /allow-older takes it all the same"


def staleness(run, state):
    # type: (Run, State) -> list[Problem]
    """What is in use already isn't judged again. With ``/allow-older`` it is said and taken: then nothing speaks against it."""
    manifest = run.bundle.manifest
    if (
        state.receipt is not None
        and state.pointer is not None
        and state.receipt.manifest_sha256 == run.bundle.manifest_sha256
    ):
        return []
    try:
        problems = _against_seen(run)
    except InstallError as error:  # of others, or of a newer program
        return [Problem(error.code, "\n  ".join((error.message,) + error.details))]
    last, today = manifest.bundle.not_after, run.host.clock.today()
    if last is not None and today > last:
        words = (manifest.bundle.name, manifest.bundle.version, last, today, _ADVICE)
        run.is_barred = True
        problems.append(Problem(REFUSED, "%s %s may be installed until %s, and today is %s (UTC). %s" % words))
    if not run.options.allow_older:
        return problems
    for each in problems:
        run.console.line("Taken all the same (/allow-older): %s" % each.text)
        run.log.write("/allow-older: %s" % each.text)
    return []


def _against_seen(run):
    # type: (Run) -> list[Problem]
    info = run.bundle.manifest.bundle
    try:
        found = seen(run.host, info.name)
    except InstallError as error:
        if error.code != FAILED:
            raise
        words = (error.message, file_of(run.host, info.name))
        text = "%s: which bundles were in use here isn't known. Remove %s, or start with /allow-older, which writes it anew"
        return [Problem(FAILED, text % words)]
    if found is None:
        return []
    named = "%s %s" % (info.name, info.version)
    if info.sequence is None:
        text = "%s has no sequence number, and one with %d was in use on this machine. %s"
        return [Problem(OTHER_VERSION, text % (named, found.sequence, _ADVICE))]
    if info.sequence < found.sequence:
        text = "%s has the sequence number %d, and %d was in use on this machine. %s"
        return [Problem(OTHER_VERSION, text % (named, info.sequence, found.sequence, _ADVICE))]
    known = found.manifests.get(target_of(run.bundle.manifest), run.bundle.manifest_sha256)
    if info.sequence == found.sequence and known != run.bundle.manifest_sha256:
        text = "%s has the sequence number %d, which another one had that was in use on this machine: %s"
        return [Problem(OTHER_VERSION, text % (named, info.sequence, _ANEW))]
    return []
