"""What ``--json`` prints, compared with what was recorded: a change of anything inside changes none of it."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from bundler.doctor import Finding
from bundler.errors import HostError
from bundler.legacy import Converted
from bundler.model.target import Target
from bundler.pack.comparison import Comparison
from bundler.pack.inspection import Inspection
from bundler.pack.reasons import Reason
from bundler.pack.verify import VerifyReport
from bundler.pipeline.app_control import ControlRules
from bundler.pipeline.fetch_advisories import FetchedSnapshot
from bundler.pipeline.lock_recipe import Locked
from bundler.pipeline.locked_bundle import Built
from bundler.pipeline.reproduction import Reproduction
from bundler.pipeline.verified_publishers import VerifiedPublisher
from bundler.present import (
    app_control_json,
    audit_json,
    build_json,
    comparison_json,
    conversion_json,
    doctor_json,
    error_json,
    inspection_json,
    lock_json,
    reason_json,
    reproduction_json,
    verification_json,
)
from bundler.present.bootstrap_shapes import BootstrapOutput
from bundler.present.console import show_json
from bundler.present.explanation_json import explain_output
from bundler.present.explanations import explanations
from bundler.present.json_outputs import OUTPUTS, output_schema
from bundler.present.rehearsal_json import rehearsal_output
from bundler.rehearse.results import Rehearsal
from bundler.resolve import Accepted, Rejected
from bundler.trust.findings import Audit
from bundler.trust.signature_check import Verdict
from bundler.trust.statement_file import CheckedStatement
from tests.support.samples import sample

if TYPE_CHECKING:
    from collections.abc import Callable

RECORDED = Path(__file__).parent / "recorded"


def filled_and_bare_locks() -> tuple[Locked, Locked]:
    locked: Locked = sample(Locked)
    packages = tuple(dataclasses.replace(each, file=None) for each in locked.lock.packages)
    return locked, dataclasses.replace(locked, lock=dataclasses.replace(locked.lock, packages=packages, boot=None))


FILLED: dict[str, Callable[[], Any]] = {
    "lock": lambda: lock_json.lock_output(filled_and_bare_locks()),
    "lock-why": lambda: lock_json.lock_why_output({sample(Target): (sample(Accepted), sample(Rejected))}),
    "build": lambda: build_json.build_output([sample(Built), sample(Built)], [Path("x.zip.0.sig")]),
    "inspect": lambda: inspection_json.inspect_output(sample(Inspection)),
    "verify": lambda: verification_json.verify_output(
        Path("x.zip"),
        sample(VerifyReport),
        [sample(Verdict), Verdict(file=Path("y.sig"), why="unknown")],
        sample(CheckedStatement),
        [sample(VerifiedPublisher)],
    ),
    "sign": lambda: verification_json.sign_output(Path("x.zip"), Path("x.zip.0.sig"), Path("x.zip.intoto.jsonl")),
    "app-control": lambda: app_control_json.app_control_output(sample(ControlRules)),
    "diff": lambda: comparison_json.diff_output(sample(Comparison)),
    "why": lambda: reason_json.why_output(Path("x.zip"), [sample(Reason)]),
    "audit": lambda: audit_json.audit_output(Path("x.zip"), sample(Audit)),
    "reproduce": lambda: reproduction_json.reproduce_output(sample(Reproduction)),
    "audit-fetch": lambda: audit_json.audit_fetch_output([sample(FetchedSnapshot)]),
    "convert": lambda: conversion_json.convert_output(sample(Converted)),
    "doctor": lambda: doctor_json.doctor_output([sample(Finding)]),
    "rehearse": lambda: rehearsal_output(sample(Rehearsal), Path("logs")),
    "error": lambda: error_json.error_output(HostError("some-fault", "words", context=("where",), hint="do it")),
}


@pytest.mark.parametrize("name", FILLED)
def test_json_is_what_was_recorded(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    show_json(FILLED[name]())
    assert capsys.readouterr().out == (RECORDED / f"{name}.json").read_text(encoding="utf-8")


def closed(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema without room for keys that it doesn't know."""
    parts = {name: {**each, "additionalProperties": False} for name, each in schema.get("$defs", {}).items()}
    return {**schema, "$defs": parts, "additionalProperties": False}


ALL: dict[str, Callable[[], Any]] = {
    **FILLED,
    "explain": lambda: explain_output(list(explanations().values())),
    "bootstrap": lambda: sample(BootstrapOutput),
}


def test_every_output_is_filled_here() -> None:
    assert sorted(ALL) == sorted(OUTPUTS)


@pytest.mark.parametrize("name", OUTPUTS)
def test_json_is_what_its_schema_says(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    show_json(ALL[name]())
    data = json.loads(capsys.readouterr().out)
    schema = closed(output_schema(name))
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(data)
    for key in data:
        assert not Draft202012Validator(schema).is_valid({each: data[each] for each in data if each != key})
    assert not Draft202012Validator(schema).is_valid(data | {"more": 1})


def test_every_key_of_every_output_is_described() -> None:
    for name in OUTPUTS:
        schema = output_schema(name)
        for part in (schema, *schema.get("$defs", {}).values()):
            assert part["description"], name
            assert all(each["description"] for each in part["properties"].values()), name
