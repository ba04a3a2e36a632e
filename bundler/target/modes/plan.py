"""Which steps lead from what stands on the target to what the bundle wants."""

from __future__ import absolute_import, unicode_literals

from ..bundle.added_bundle import has_added
from ..state.release_commands import recorded
from ..state.release_services import read_services, services_file
from ..steps.added_wheels import KeepWheelsStep
from ..steps.checks import ChecksStep
from ..steps.close_landmark import CloseLandmarkStep
from ..steps.commit import CommitStep
from ..steps.extra_files import FilesStep
from ..steps.grant_rights import ContentsStep, GuardStep, RightsStep
from ..steps.install_wheels import WheelsStep
from ..steps.post_install import with_commands
from ..steps.prepare import PrepareStep
from ..steps.prerequisites import PrerequisiteStep
from ..steps.present_runtime import UsePythonStep
from ..steps.record_release import RecordStep
from ..steps.runtime import ClaimRuntimeStep, CopyRuntimeStep, InstallRuntimeStep
from ..steps.service_settings import ServiceFilesStep
from ..steps.switch import SwitchStep
from ..steps.switch_services import CreateServicesStep, StartServicesStep, StopServicesStep
from ..steps.trust_data import TrustDataStep
from ..steps.virtual_environment import EnvironmentStep

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..bundle.manifest import Manifest
    from ..layout import Layout
    from ..state.receipt import State
    from ..steps.base import Step
    from ..steps.context import Context
    from ..steps.data_files import DataFilesStep
    from ..steps.later_settings import SettingsStep
    from .preflight import Findings


def make_plan(context, findings, later, refilled):
    # type: (Context, Findings, SettingsStep | None, DataFilesStep | None) -> list[Step]
    """A release that is complete and not in use is checked again and switched to; any other one is made anew. ``later``: other settings for
    it; ``refilled``: files in the data folder that change.
    """
    manifest, layout, state = context.manifest, context.layout, context.state
    switched = (layout, state, context.values, manifest, refilled)
    before = [PrerequisiteStep(each) for each in manifest.prerequisites]  # type: list[Step]
    narrowed = [ContentsStep(*each) for each in findings.movable]  # type: list[Step]
    trusted = [TrustDataStep(layout.data)] if findings.taken and layout.data else []  # type: list[Step]
    if state.release_complete:
        settings = [later] if later is not None else []  # type: list[Step]
        return trusted + narrowed + before + [ChecksStep()] + settings + switching(*switched)
    # what is made in the environment is guarded because that is, from its first moment on
    steps = trusted + [GuardStep(each) for each in findings.unguarded]
    steps += [CloseLandmarkStep()] if findings.landmark else []
    steps += narrowed + before + [PrepareStep()]
    if layout.private_runtime:
        steps.append(CopyRuntimeStep())
    elif layout.present_runtime:
        steps.append(UsePythonStep())
    elif not findings.runtime_there:
        steps.append(InstallRuntimeStep())
    elif findings.runtime_ours:
        steps.append(ClaimRuntimeStep())
    steps += [EnvironmentStep()] + ([KeepWheelsStep()] if has_added(manifest) else []) + [WheelsStep()]
    if manifest.files:
        steps.append(FilesStep())
    if manifest.services or manifest.permissions:
        steps.append(ServiceFilesStep())
    return steps + [ChecksStep(), RecordStep()] + switching(*switched)


def switching(layout, state, values, manifest=None, refilled=None):
    # type: (Layout, State, dict[str, str], Manifest | None, DataFilesStep | None) -> list[Step]
    """From a release that is complete to one that is in use, with these site values; ``manifest``: the release's own, unless it was made long
    ago.
    """
    services, grants = read_services(services_file(layout))
    if manifest is not None and (manifest.services or manifest.permissions):
        has_services, has_rights = bool(manifest.services), True
    else:
        has_services, has_rights = bool(services), bool(grants)
    steps = [CreateServicesStep()] if has_services else []  # type: list[Step]
    steps += [RightsStep()] if has_rights else []
    commands = manifest.post_install if manifest is not None else recorded(layout.release)
    exchange = [refilled] if refilled is not None else []  # type: list[Step]
    switch = with_commands(exchange + [SwitchStep()], layout, state, commands, values)
    if has_services or (state.receipt is not None and state.receipt.services):
        switch = [StopServicesStep()] + switch + [StartServicesStep()]
    return steps + switch + [CommitStep()]
