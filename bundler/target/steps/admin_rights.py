"""Which parts of an installation need an administrator's token, whatever the folders allow. The build host says the same of a bundle."""

from __future__ import absolute_import, unicode_literals

from ..errors import REFUSED, Problem
from ..layout import INSTALLER_KINDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..bundle.manifest import Manifest, PrerequisiteInfo
    from ..machine.host import Host

_TEXT = "%s needs administrator rights: start bootstrap.bat from an administrator's command prompt"


def admin_reasons(manifest, missing, runtime_there=False, in_use=False):
    # type: (Manifest, Sequence[PrerequisiteInfo], bool, bool) -> list[str]
    """In words, none for a bundle that any account can install. ``missing``: prerequisites that aren't there; ``runtime_there``: the Python
    that would be installed is; ``in_use``: the release is, so that its commands have run.
    """
    runtime = manifest.runtime
    reasons = []
    if runtime.kind in INSTALLER_KINDS and runtime.all_users and not runtime_there:
        reasons.append("installing Python for all users")
    if manifest.services or manifest.permissions:
        reasons.append("making services and giving rights")
    reasons += prerequisite_reasons(missing)
    if not in_use:
        reasons += [" ".join(each.command) for each in manifest.post_install if each.needs_admin]
    return reasons


def prerequisite_reasons(missing):
    # type: (Sequence[PrerequisiteInfo]) -> list[str]
    return ["installing %s" % each.name for each in missing if each.needs_admin]


def lacking_rights(host, reasons):
    # type: (Host, list[str]) -> list[Problem]
    """What this account can't do."""
    return [] if host.rights.is_admin() else [Problem(REFUSED, _TEXT % each) for each in reasons]
