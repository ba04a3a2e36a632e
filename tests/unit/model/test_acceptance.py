"""``[acceptance]`` of a recipe: what it may say, and what of it makes a lock stale."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import pytest

from bundler.errors import InputError
from bundler.model.acceptance import AcceptanceTable, limit_of
from bundler.model.moments import in_utc, moment_of, moment_text
from bundler.model.recipe_file import load_recipe
from tests.support.commandline import recipe_text

if TYPE_CHECKING:
    from pathlib import Path


def table(folder: Path, text: str) -> AcceptanceTable:
    path = folder / "example.toml"
    path.write_text(recipe_text(more=f"[acceptance]\n{text}"), encoding="utf-8")
    return load_recipe(path).acceptance


def faults(folder: Path, text: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        table(folder, text)
    return [str(each) for each in caught.value.faults]


def exception(text: str) -> str:
    return f"[[acceptance.exceptions]]\n{text}"


def test_nothing_said_is_what_was_always_done(tmp_path: Path) -> None:
    assert table(tmp_path, "") == AcceptanceTable()
    assert AcceptanceTable().said() == {}


def test_a_whole_table(tmp_path: Path) -> None:
    found = table(
        tmp_path,
        'cooldown = 7\nuploaded-before = "2027-06-30T12:00:00+02:00"\nundated = "warn"\nyanked = "refuse"\narchived = "refuse"\n'
        'deprecated = "accept"\nshared = "refuse"\nadvisories = ["osv.zip"]\nseverity = "high"\n'
        + exception(
            'package = "Re.quests"\nversions = "==2.32.5"\nallow = ["upload-time", "CVE-2024-1"]\nreason = "a fix"'
        ),
    )
    assert limit_of(found) == datetime.datetime(2027, 6, 30, 10, tzinfo=datetime.UTC)
    assert found.treatments == {"archived": "refuse", "deprecated": "accept"}
    assert "2.32.5" in found.exceptions[0].specifier


def test_what_a_lock_can_be_judged_by_itself_makes_it_stale_never(tmp_path: Path) -> None:
    said = table(
        tmp_path, 'cooldown = 7\nuploaded-before = "2027-06-30"\nundated = "warn"\nadvisories = ["x"]\nseverity = "low"'
    ).said()
    assert said == {}
    one = exception('package = "Re.quests"\nallow = ["yanked"]\nreason = "a"')
    assert table(tmp_path, 'yanked = "refuse"\n' + one).said() == {
        "yanked": "refuse",
        "exceptions": [["re-quests", "", "yanked"]],
    }
    assert table(tmp_path, one).said() == table(tmp_path, one.replace('"a"', '"b"')).said(), "words decide nothing"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("cooldown = 0", "acceptance.cooldown: "),
        ("cooldown = 3651", "acceptance.cooldown: "),
        ('cooldown = "7"', "acceptance.cooldown: must be a whole number"),
        ("cooldown = 1.5", "acceptance.cooldown: "),
        ('uploaded-before = "soon"', "acceptance.uploaded-before: 'soon' is neither a day"),
        ('uploaded-before = "2027-02-30"', "acceptance.uploaded-before: there is no day or moment '2027-02-30'"),
        ('uploaded-before = "2027-02-28T10:00:00"', "is neither a day, YYYY-MM-DD, nor a moment"),
        ('uploaded-before = "0001-01-01T00:00:00+10:00"', "there is no day or moment"),
        ("uploaded-before = 2027-02-28", "acceptance.uploaded-before: must be a string"),
        ('undated = "accept"', "acceptance.undated: must be 'warn' or 'refuse'"),
        ('archived = "error"', "acceptance.archived: must be 'accept', 'warn' or 'refuse'"),
        ('quarantined = "accept"', "acceptance.quarantined: unknown key"),
        ('severity = "none"', "acceptance.severity: "),
        (exception('package = "a"\nallow = ["yanked"]'), "acceptance.exceptions[0].reason: is missing"),
        (
            exception('package = "a"\nallow = ["yanked"]\nreason = " "'),
            "acceptance.exceptions[0].reason: must be a line",
        ),
        (
            exception('package = "a"\nallow = ["yanked"]\nreason = "a\\u001b"'),
            "acceptance.exceptions[0].reason: must be a line",
        ),
        (exception('package = "a"\nallow = []\nreason = "b"'), "acceptance.exceptions[0].allow: must name a rule"),
        (
            exception('package = "a"\nallow = ["quarantined"]\nreason = "b"'),
            "acceptance.exceptions[0].allow[0]: 'quarantined'",
        ),
        (exception('package = "a b"\nallow = ["yanked"]\nreason = "b"'), "acceptance.exceptions[0].package: "),
        (
            exception('package = "a"\nversions = "2.0"\nallow = ["yanked"]\nreason = "b"'),
            "exceptions[0].versions: is not a valid",
        ),
        (
            exception(f'package = "a"\nversions = "=={"1" * 5000}"\nallow = ["yanked"]\nreason = "b"'),
            "versions: is not a valid",
        ),
        (
            exception('package = "a"\nversions = "==2"\nallow = ["archived"]\nreason = "b"'),
            "versions: a project is archived",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_key(tmp_path: Path, text: str, fault: str) -> None:
    (said,) = faults(tmp_path, text)
    assert fault in said


def test_moments() -> None:
    assert moment_text(moment_of("2027-06-30")) == "2027-06-30 00:00 UTC"
    assert moment_text(moment_of("2027-06-30T23:30:00-01:00")) == "2027-07-01 00:30 UTC"
    assert in_utc(datetime.datetime(2027, 1, 1)).tzinfo is datetime.UTC  # noqa: DTZ001 - what somebody wrote without one
    for text in ("\u0662027-01-01", "2027-1-1", "2027-01-01T25:00:00Z", ""):
        with pytest.raises(ValueError, match="moment"):
            moment_of(text)


def test_licences_make_no_lock_stale(tmp_path: Path) -> None:
    """They are compared with what wheels say of themselves, which no index is asked for."""
    one = exception('package = "alpha"\nallow = ["license"]\nreason = "a"')
    assert (
        table(tmp_path, f'licenses = ["mit"]\nother-licenses = "warn"\nunstated-licenses = "warn"\n{one}').said() == {}
    )
    two = exception('package = "alpha"\nallow = ["license", "yanked"]\nreason = "a"')
    assert table(tmp_path, two).said() == table(tmp_path, two.replace('"license", ', "")).said()


def test_licences_are_those_of_spdx(tmp_path: Path) -> None:
    found = faults(
        tmp_path, 'licenses = ["MIT", "BSD License", "MIT OR Zlib", "GPL-2.0-only WITH Classpath-exception-2.0"]'
    )
    assert found == [
        "acceptance.licenses[1]: 'BSD License' is not a licence of SPDX's list, such as Apache-2.0",
        "acceptance.licenses[2]: must be one licence: give each by itself",
    ]
