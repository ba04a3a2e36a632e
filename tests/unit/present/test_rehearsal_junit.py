"""A rehearsal's JUnit XML: what its readers' schemas have in common, and no text that breaks them."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from bundler.present.rehearsal_junit import as_junit
from tests.support.rehearsals import ATTACK, FAILED, PASSED

if TYPE_CHECKING:
    from bundler.rehearse.results import Rehearsal

ALL = pytest.mark.parametrize("found", [PASSED, FAILED, ATTACK], ids=["passed", "failed", "attack"])


def parsed(found: Rehearsal) -> ET.Element:
    return ET.fromstring(as_junit(found))  # noqa: S314 -- our own


@ALL
def test_it_is_what_the_common_schemas_say(found: Rehearsal) -> None:
    """Ant's (windyroad) is the strictest: attributes that must be there and in which form, and the order of elements."""
    root = parsed(found)
    assert (root.tag, root.attrib, [each.tag for each in root]) == ("testsuites", {}, ["testsuite"])
    suite = root[0]
    assert set(suite.attrib) == {
        *("name", "package", "id", "hostname", "timestamp"),
        *("tests", "failures", "errors", "skipped", "time"),
    }
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", suite.attrib["timestamp"])
    tags = [each.tag for each in suite]
    assert tags == ["properties", *["testcase"] * len(found.steps), "system-out", "system-err"]
    for case in suite.findall("testcase"):
        assert set(case.attrib) == {"classname", "name", "time"}
        assert [each.tag for each in case] in ([], ["skipped"], ["failure"])
        float(case.attrib["time"])
    assert all(set(each.attrib) == {"message", "type"} for each in suite.iter("failure"))
    assert all(set(each.attrib) == {"name", "value"} for each in suite.iter("property"))
    assert int(suite.attrib["failures"]) == len(list(suite.iter("failure")))
    assert int(suite.attrib["skipped"]) == len(list(suite.iter("skipped")))


@pytest.mark.parametrize(
    ("began", "expected"),
    [
        ("2026-11-29T22:45:00Z", "2026-11-29T22:45:00"),
        ("2026-11-30T00:45:00.25+02:00", "2026-11-29T22:45:00"),
        ("yesterday", "1970-01-01T00:00:00"),
        ("", "1970-01-01T00:00:00"),
    ],
)
def test_its_time_is_written_as_all_read_it(began: str, expected: str) -> None:
    assert parsed(dataclasses.replace(PASSED, began=began))[0].attrib["timestamp"] == expected


def test_a_failure_has_its_cause() -> None:
    failure = next(parsed(FAILED).iter("failure"))
    assert failure.attrib["message"] == "the module late.binding can't be imported: DLL load failed"
    text = failure.text or ""
    assert "Traceback\nImportError: DLL load failed\nwhole log: checks.log" in text
    assert "tried once, allowed: dns db.example by an unknown program" in text


def test_what_was_not_proven_is_in_it() -> None:
    assert parsed(PASSED).findall(".//property[@name='unproven.1']")[0].attrib["value"] == PASSED.unproven[0]


def test_hostile_text_is_text() -> None:
    written = as_junit(ATTACK)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\ud800-\udfff\ufffe\uffff]", written)
    assert "<script" not in written
    assert {each.tag for each in parsed(ATTACK).iter()} == {
        *("testsuites", "testsuite", "properties", "property", "testcase"),
        *("failure", "skipped", "system-out", "system-err"),
    }
