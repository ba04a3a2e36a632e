"""What ``--json`` prints: each output is declared as a shape of its own, which no change of anything inside changes.

A field's name is its key, unless it says another one. Keys are added; none is renamed, removed or given another meaning.
Sizes are bytes, times seconds. The module of each output has its shapes and what fills them.
"""

from __future__ import annotations

from typing import Any

from bundler.present.app_control_json import AppControlOutput
from bundler.present.audit_json import AuditFetchOutput, AuditOutput
from bundler.present.bootstrap_shapes import BootstrapOutput
from bundler.present.build_json import BuildOutput
from bundler.present.comparison_json import DiffOutput
from bundler.present.conversion_json import ConvertOutput
from bundler.present.doctor_json import DoctorOutput
from bundler.present.error_json import ErrorOutput
from bundler.present.explanation_json import ExplainOutput
from bundler.present.inspection_shapes import InspectOutput
from bundler.present.lock_json import LockOutput, LockWhyOutput
from bundler.present.reason_json import WhyOutput
from bundler.present.rehearsal_json import RehearseOutput
from bundler.present.reproduction_json import ReproduceOutput
from bundler.present.verification_json import SignOutput, VerifyOutput

OUTPUTS: dict[str, type] = {
    "lock": LockOutput,
    "lock-why": LockWhyOutput,
    "build": BuildOutput,
    "inspect": InspectOutput,
    "verify": VerifyOutput,
    "sign": SignOutput,
    "app-control": AppControlOutput,
    "diff": DiffOutput,
    "why": WhyOutput,
    "audit": AuditOutput,
    "reproduce": ReproduceOutput,
    "audit-fetch": AuditFetchOutput,
    "convert": ConvertOutput,
    "doctor": DoctorOutput,
    "rehearse": RehearseOutput,
    "explain": ExplainOutput,
    "error": ErrorOutput,
    "bootstrap": BootstrapOutput,
}
"""Every output by its name for ``bundle schema --json-of``."""


def output_schema(name: str) -> dict[str, Any]:
    """The JSON Schema of one of ``OUTPUTS``; keys that it doesn't know may be added later."""
    from bundler.model.json_schema import schema_of

    return schema_of(OUTPUTS[name], title=f"Output {name} of offline-bundler")
