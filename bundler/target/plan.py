"""Which steps lead from what stands on the target to what the bundle wants."""

from __future__ import absolute_import, unicode_literals

from .step_checks import ChecksStep
from .step_environment import EnvironmentStep, WheelsStep
from .step_files import FilesStep
from .step_prepare import PrepareStep
from .step_runtime import CopyRuntimeStep, InstallRuntimeStep
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
        return [ChecksStep(), SwitchStep()]
    steps = [PrepareStep()]  # type: list[Step]
    if layout.private_runtime:
        steps.append(CopyRuntimeStep())
    elif not findings.runtime_there:
        steps.append(InstallRuntimeStep())
    steps += [EnvironmentStep(), WheelsStep()]
    files = FilesStep() if manifest.files else None
    if files is not None:
        steps.append(files)
    return steps + [ChecksStep(), SwitchStep(files)]
