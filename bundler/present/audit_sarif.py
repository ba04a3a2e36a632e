"""What an audit found as SARIF 2.1.0, which code hosts and editors read."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import bundler
from bundler.trust.build_statement import PROGRAM

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.trust.cvss import Severity
    from bundler.trust.findings import Audit, Finding
    from bundler.trust.vex_statement import Statement, Status

_LEVELS: dict[Severity, str] = {
    "unknown": "warning", "none": "note", "low": "note", "medium": "warning", "high": "error", "critical": "error",
}  # fmt: skip
_SCORES: dict[Severity, str] = {"low": "3.9", "medium": "6.9", "high": "8.9", "critical": "10.0"}
"""``security-severity`` is a number: the highest of what a word stands for."""
_SUPPRESSIONS: dict[Status, str] = {
    "not_affected": "accepted",
    "fixed": "accepted",
    "under_investigation": "underReview",
}
"""A result is suppressed where it has one that is accepted (3.27.23, 3.35)."""


def audit_sarif(bundle: Path, found: Audit) -> bytes:
    """One rule an advisory, one result a package that it concerns."""
    rules = {each.advisory: _rule(each) for each in found.findings}
    run = {
        "tool": {
            "driver": {
                "name": PROGRAM,
                "semanticVersion": bundler.__version__,
                "rules": [rules[each] for each in sorted(rules)],
            }
        },
        "results": [_result(bundle, each) for each in found.findings],
        "invocations": [
            {
                "executionSuccessful": not found.unread and found.is_complete,
                "toolExecutionNotifications": [
                    {"level": "error", "message": {"text": _linkless(f"{each.name} can't be read: {each.reason}")}}
                    for each in found.unread
                ]
                + [
                    {
                        "level": "error" if each.counts else "note",
                        "message": {"text": _linkless(f"not judged: {each.place}: {each.reason}")},
                    }
                    for each in found.not_judged
                ],
            }
        ],
    }
    document = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
    return f"{json.dumps(document, indent=1)}\n".encode("ascii")


def _linkless(words: str) -> str:
    """Others' words in which a reader of SARIF finds no link: ``[text](address)`` is one in plain messages too (3.11.6)."""
    return words.replace("](", "] (")


def _rule(each: Finding) -> dict[str, Any]:
    properties: dict[str, Any] = {"tags": ["security", *each.aliases]}
    if each.severity in _SCORES:
        properties["security-severity"] = _SCORES[each.severity]
    return {
        "id": each.advisory,
        "shortDescription": {"text": _linkless(each.summary or each.advisory)},
        "properties": properties,
    }


def _result(bundle: Path, each: Finding) -> dict[str, Any]:
    fixed = f"; fixed in {', '.join(each.fixed)}" if each.fixed else ""
    told = {
        "ruleId": each.advisory,
        "level": _LEVELS[each.severity],
        "message": {"text": _linkless(f"{each.place}: {each.summary or each.advisory}{fixed}")},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": quote(os.fsencode(bundle.name))}}}],
        "partialFingerprints": {"package": "/".join(filter(None, (each.owner, f"{each.package}=={each.version}")))},
    }
    return told if each.statement is None else told | _stated(each.statement)


def _stated(said: Statement) -> dict[str, Any]:
    words = f"{': '.join(filter(None, (said.status, said.reason)))} ({said.source}, {said.time.isoformat()})"
    kept = {"properties": {"vex": words}}
    if (status := _SUPPRESSIONS.get(said.status)) is None:
        return kept
    return kept | {"suppressions": [{"kind": "external", "status": status, "justification": words}]}
