"""A rehearsal as JUnit XML, which CI systems read: a test case for each step, in the elements that all of their schemas have."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, tostring

from bundler import __version__
from bundler.present.console import UNSEEN
from bundler.present.rehearsal_words import (
    NOTHING_UNPROVEN,
    UNKNOWN_PROGRAM,
    began,
    counted,
    total_seconds,
    verdict_text,
)
from bundler.rehearse.results import Outcome

if TYPE_CHECKING:
    from bundler.rehearse.results import Rehearsal, Step

_NOT_IN_XML = re.compile("[^\t\n\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd\U00010000-\U0001fffd]")
"""What XML 1.0 forbids or advises against: control characters, halves of characters, noncharacters, planes without letters."""
_REPLACED = dict.fromkeys(UNSEEN, "\N{REPLACEMENT CHARACTER}")
_NO_TIME = "1970-01-01T00:00:00"


def as_junit(found: Rehearsal) -> str:
    """The whole file, with its declaration. What was printed and what was tried stands in the failure's text."""
    steps, moment = found.steps, began(found)
    failed = sum(each.outcome is Outcome.FAILED for each in steps)
    numbers = {
        "tests": str(len(steps)),
        "failures": str(failed),
        "errors": "0",
        "time": f"{total_seconds(found):.3f}",
    }
    root = Element("testsuites")
    suite = SubElement(
        root,
        "testsuite",
        {
            "name": _clean(f"{found.bundle} in {found.engine}"),
            "package": "rehearsal",
            "id": "0",
            "hostname": "localhost",
            "timestamp": moment.strftime("%Y-%m-%dT%H:%M:%S") if moment else _NO_TIME,
            **numbers,
            "skipped": str(sum(each.outcome is Outcome.SKIPPED for each in steps)),
        },
    )
    properties = SubElement(suite, "properties")
    for name, value in _properties(found):
        SubElement(properties, "property", {"name": name, "value": _clean(value)})
    for each in steps:
        suite.append(_case(each, found.engine))
    SubElement(suite, "system-out").text = _clean(_summary(found))
    SubElement(suite, "system-err")
    text: str = tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _properties(found: Rehearsal) -> list[tuple[str, str]]:
    named = [
        ("bundle", found.bundle),
        ("release", found.release),
        ("sha256", found.sha256),
        ("previous", found.previous or ""),
        ("engine", found.engine_words),
        ("version", f"offline-bundler {__version__}"),
    ]
    return named + [(f"unproven.{number}", each) for number, each in enumerate(found.unproven, 1)]


def _case(step: Step, engine: str) -> Element:
    case = Element(
        "testcase",
        {"classname": f"rehearse.{_clean(engine)}", "name": _clean(step.name), "time": f"{step.seconds:.3f}"},
    )
    if step.outcome is Outcome.SKIPPED:
        SubElement(case, "skipped", {"message": _clean(step.reason)})
    elif step.outcome is Outcome.FAILED:
        words = {"message": _clean(step.reason or step.title), "type": "failed"}
        SubElement(case, "failure", words).text = _clean("\n".join(_details(step)))
    return case


def _details(step: Step) -> list[str]:
    lines = [step.title, step.reason]
    for attempt, times in counted(step.attempts):
        allowed = ", allowed" if attempt.allowed else ""
        often = "once" if times == 1 else f"{times} times"
        lines.append(f"tried {often}{allowed}: {attempt.address} by {attempt.program or UNKNOWN_PROGRAM}")
        lines += [f"    {each}" for each in attempt.stack]
    return [*lines, step.output, *([f"whole log: {step.log}"] if step.log else [])]


def _summary(found: Rehearsal) -> str:
    unproven = found.unproven or (NOTHING_UNPROVEN,)
    return "\n".join([verdict_text(found), "What this engine could not prove:", *unproven])


def _clean(text: str) -> str:
    """What no reader of XML stumbles over and no screen shows otherwise than it is."""
    return _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text).translate(_REPLACED)
