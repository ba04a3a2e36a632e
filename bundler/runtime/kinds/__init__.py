"""What the build host does with each kind of runtime, one module each; ``bundler.model.runtime_kinds`` has what is known of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bundler.runtime.kinds import archive_runtime, embed_runtime, exe_runtime, msi_runtime, nuget_runtime

if TYPE_CHECKING:
    from bundler.runtime.kinds.behaviour import Behaviour

BEHAVIOURS: dict[str, Behaviour] = {
    "msi": msi_runtime.BEHAVIOUR,
    "exe": exe_runtime.BEHAVIOUR,
    "nuget": nuget_runtime.BEHAVIOUR,
    "embed": embed_runtime.BEHAVIOUR,
    "archive": archive_runtime.BEHAVIOUR,
}
"""By the kind's name; the kinds that no recipe can have are missing."""
