"""Which steps lead from what stands on the target to what the bundle wants."""

from __future__ import absolute_import, unicode_literals

from .step_checks import ChecksStep
from .step_commit import CommitStep
from .step_environment import EnvironmentStep, WheelsStep
from .step_files import FilesStep
from .step_prepare import PrepareStep
from .step_record import RecordStep
from .step_runtime import ClaimRuntimeStep, CopyRuntimeStep, InstallRuntimeStep
from .step_switch import SwitchStep

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .layout import Layout
    from .manifest import Manifest
    from .preflight import Findings
    from .receipt import State
    from .step import Step


def make_plan(manifest, layout, state, findings):
    # type: (Manifest, Layout, State, Findings) -> list[Step]
    """A release that is complete and not in use is checked again and switched to; any other one is made anew."""
    if state.release_complete:
        return [ChecksStep(), SwitchStep(), CommitStep()]
    steps = [PrepareStep()]  # type: list[Step]
    if layout.private_runtime:
        steps.append(CopyRuntimeStep())
    elif not findings.runtime_there:
        steps.append(InstallRuntimeStep())
    elif findings.runtime_ours:
        steps.append(ClaimRuntimeStep())
    steps += [EnvironmentStep(), WheelsStep()]
    if manifest.files:
        steps.append(FilesStep())
    return steps + [ChecksStep(), RecordStep(), SwitchStep(), CommitStep()]
