"""Policy that the build host shows and the target follows: who needs administrator's rights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bundler.model.runtime_kinds import RUNTIME_KINDS

if TYPE_CHECKING:
    from bundler.model.manifest import Manifest


def needs_admin(manifest: Manifest) -> bool:
    """Whether the installation asks for an administrator's token whatever the folders allow."""
    return bool(admin_reasons(manifest))


def admin_reasons(manifest: Manifest) -> tuple[str, ...]:
    """What asks for that token, in words."""
    runtime = manifest.runtime
    reasons = (
        (
            "Python is installed for all users of the machine",
            RUNTIME_KINDS[runtime.kind].installed and runtime.all_users,
        ),
        ("services are made", bool(manifest.services)),
        ("rights are given", bool(manifest.permissions)),
        *((f"{each.name} is installed", each.needs_admin) for each in manifest.prerequisites),
        *((f"{' '.join(each.command)} is run", each.needs_admin) for each in manifest.post_install),
    )
    return tuple(dict.fromkeys(reason for reason, applies in reasons if applies))
