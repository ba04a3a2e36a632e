"""What an index has and nobody takes: too new, without a time, yanked, of withdrawn projects; and what exceptions let through."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Literal

import pytest
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from bundler.errors import ResolutionError
from bundler.model.target import Target
from bundler.resolve import IndexRoute, Rejected, Request, explain_files, judge_of
from bundler.resolve.file_gate import Exempted, Gate
from tests.support.packages import make_sdist, make_wheel
from tests.support.reporters import Remembering
from tests.support.shelf import ROOT, Shelf, answer, pins

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CUT = datetime.datetime(2024, 6, 8, tzinfo=datetime.UTC)
WEEK = Gate(before=CUT, cooldown=7)
"""On the 15th of June."""
TIMES = {"1.0": "2024-06-01T00:00:00Z", "2.0": "2024-06-07T23:59:59.999Z", "3.0": "2024-06-08T00:00:00Z"}


def shelf_of(folder: Path, times: dict[str, object], format: Literal["json", "html"] = "json") -> Shelf:  # noqa: A002
    """``demo`` in some versions, with what the index says of their upload."""
    shelf = Shelf(format=format)
    for version, moment in times.items():
        shelf.add(make_wheel(folder, version=version), upload_time=moment)
    return shelf


def exempt(*allow: str, versions: str = "") -> tuple[Exempted, ...]:
    said = Exempted(
        package="demo", allow=frozenset(allow), reason="we looked", where="there", versions=SpecifierSet(versions)
    )
    return (said,)


def refused(shelf: Shelf, folder: Path, gate: Gate, *wanted: str) -> ResolutionError:
    with pytest.raises(ResolutionError) as caught:
        answer(shelf, *(wanted or ("demo",)), folder=folder, gate=gate)
    return caught.value


def reasons(shelf: Shelf, gate: Gate) -> dict[str, str]:
    """Of the files that aren't taken."""
    request = Request(target=Target.of("3.11.9", "win_amd64"), wanted=(), indexes=(IndexRoute(ROOT),), gate=gate)
    files = explain_files("demo", judge_of(request), request.indexes, shelf)
    return {each.filename: each.reason for each in files if isinstance(each, Rejected) and each.held}


def test_a_file_must_have_been_uploaded_before_the_moment_and_not_at_it(tmp_path: Path) -> None:
    shelf = shelf_of(tmp_path, dict(TIMES))
    told = Remembering()
    assert pins(answer(shelf, "demo", folder=tmp_path, gate=WEEK, told=told)) == {"demo": "2.0"}
    assert told.notes == [
        (
            "demo 2.0 is taken although 3.0 is newer: it was uploaded on 2024-06-08 00:00 UTC, and 7 days must have passed: "
            "it is accepted from 2024-06-15 00:00 UTC"
        )
    ]
    assert list(reasons(shelf, WEEK)) == ["demo-3.0-py3-none-any.whl"]


def test_what_was_locked_before_is_held_too(tmp_path: Path) -> None:
    shelf = shelf_of(tmp_path, dict(TIMES))
    assert pins(answer(shelf, "demo", folder=tmp_path, gate=WEEK, preferences={"demo": "3.0"})) == {"demo": "2.0"}
    assert pins(answer(shelf, "demo", folder=tmp_path, gate=WEEK, preferences={"demo": "1.0"})) == {"demo": "1.0"}


def test_a_file_of_a_version_that_came_later_is_held_alone(tmp_path: Path) -> None:
    """Somebody adds a better wheel to an old release: that file is as new as any."""
    shelf = shelf_of(tmp_path, {"1.0": TIMES["1.0"]})
    shelf.add(make_wheel(tmp_path, tag="cp311-cp311-win_amd64"), upload_time=TIMES["3.0"])
    shelf.add(make_sdist(tmp_path, version="4.0"), upload_time=TIMES["3.0"])
    (package,) = answer(shelf, "demo", folder=tmp_path, gate=WEEK).packages
    assert package.file is not None
    assert package.file.filename == "demo-1.0-py3-none-any.whl"


def test_the_error_names_the_newest_and_from_when_it_is_accepted(tmp_path: Path) -> None:
    later = {"3.0": "2024-06-08T00:00:00Z", "4.0": "2024-06-09T12:00:01Z"}
    error = refused(shelf_of(tmp_path, {**TIMES, **later}), tmp_path, WEEK, "demo>=3")
    assert error.reference == "not-accepted"
    assert error.context[1] == (
        "demo 3.0 to 4.0 aren't accepted; 4.0: it was uploaded on 2024-06-09 12:00 UTC, and 7 days must have passed: "
        "it is accepted from 2024-06-16 12:01 UTC"
    )
    assert "acceptance.exceptions" in error.hint


def test_what_doesnt_fit_anyway_is_said_as_ever(tmp_path: Path) -> None:
    shelf = shelf_of(tmp_path, {"1.0": TIMES["1.0"]})
    shelf.add(make_wheel(tmp_path, version="2.0", tag="cp312-cp312-win_amd64"), upload_time=TIMES["3.0"])
    error = refused(shelf, tmp_path, WEEK, "demo>=2")
    assert error.reference == "no-file-fits"
    assert "cp312" in error.context[1]


def test_a_day_that_stays_is_named(tmp_path: Path) -> None:
    gate = Gate(before=CUT, limit=CUT, cooldown=7)
    error = refused(shelf_of(tmp_path, dict(TIMES)), tmp_path, gate, "demo==3")
    assert "it was uploaded on 2024-06-08 00:00 UTC, not before 2024-06-08 00:00 UTC" in error.context[1]


NOTHING: list[object] = [
    None,
    "",
    5,
    1.5,
    True,
    [],
    {},
    "yesterday",
    "2024-99-99T00:00:00Z",
    "0001-01-01T00:00:00Z",
    "1970-01-01T00:00:00Z",
]
NOTHING += [
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-23:59",
    "2024-06-01T00:00:00Z" + " " * 100,
    "x" * 10_000,
    10**300,
]


@pytest.mark.parametrize("moment", NOTHING, ids=lambda each: repr(each)[:30])
def test_a_time_that_isnt_one_is_none_and_none_isnt_accepted(tmp_path: Path, moment: object) -> None:
    shelf = shelf_of(tmp_path, {"2.0": moment})
    error = refused(shelf, tmp_path, WEEK)
    assert error.reference == "not-accepted"
    assert "its index doesn't say when it was uploaded" in error.context[1]
    assert 'acceptance.undated = "warn"' in error.hint
    assert pins(answer(shelf, "demo", folder=tmp_path)) == {"demo": "2.0"}, "nobody asked"
    shelf.add(make_wheel(tmp_path, version="1.0"), upload_time=TIMES["1.0"])
    assert pins(answer(shelf, "demo", folder=tmp_path, gate=WEEK)) == {"demo": "1.0"}
    told = Remembering()
    undated = Gate(before=CUT, cooldown=7, undated=True)
    assert pins(answer(shelf, "demo", folder=tmp_path, gate=undated, told=told)) == {"demo": "2.0"}
    assert [reference for reference, _ in told.warnings] == ["upload-time-unknown"]


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59Z", "2124-01-01", "2024-06-08T02:00:00+02:00"])
def test_times_that_are_to_come_are_no_accepted_ones(tmp_path: Path, moment: str) -> None:
    assert refused(shelf_of(tmp_path, {"1.0": moment}), tmp_path, WEEK).reference == "not-accepted"


def test_an_index_of_html_has_no_times(tmp_path: Path) -> None:
    error = refused(shelf_of(tmp_path, dict(TIMES), format="html"), tmp_path, WEEK)
    assert error.reference == "not-accepted"
    assert "pages in HTML have none" in error.hint


def test_an_exception_lets_one_package_through_and_is_shown(tmp_path: Path) -> None:
    shelf = shelf_of(tmp_path, dict(TIMES))
    told = Remembering()
    gate = Gate(before=CUT, cooldown=7, exempted=exempt("upload-time", versions="==3.0"))
    assert pins(answer(shelf, "demo", folder=tmp_path, gate=gate, told=told)) == {"demo": "3.0"}
    assert told.notes[-1].endswith("; there allows it: we looked")
    for other in (exempt("upload-time", versions="<3"), exempt("yanked")):
        gate = Gate(before=CUT, cooldown=7, exempted=other)
        assert pins(answer(shelf, "demo", folder=tmp_path, gate=gate)) == {"demo": "2.0"}


def test_yanked_files_may_be_refused_even_to_those_who_pin_them(tmp_path: Path) -> None:
    shelf = Shelf(make_wheel(tmp_path, "motor", requires=["demo==2"]))
    shelf.add(make_wheel(tmp_path, version="2.0"), yanked="it\u001b[31m eats data")
    assert pins(answer(shelf, "motor", folder=tmp_path))["demo"] == "2.0"
    for wanted in ("demo==2.0", "motor"):
        error = refused(shelf, tmp_path, Gate(yanked=False), wanted)
        assert error.reference == "not-accepted"
        assert "it was yanked: it [31m eats data; yanked files aren't accepted" in "\n".join(error.context)
    told = Remembering()
    assert pins(answer(shelf, "motor", folder=tmp_path, gate=Gate(yanked=False, exempted=exempt("yanked")), told=told))
    assert "demo 2.0: it was yanked; there allows it: we looked" in told.notes


def status_in_json(shelf: Shelf, status: str) -> None:
    shelf.say("demo", status, "go\u0007 elsewhere")


def status_in_html(shelf: Shelf, status: str) -> None:
    shelf.format = "html"
    shelf.say("demo", status.upper(), "go\u0007 elsewhere")


@pytest.mark.parametrize("say", [status_in_json, status_in_html])
def test_the_status_of_a_project(tmp_path: Path, say: Callable[[Shelf, str], None]) -> None:
    for status in ("archived", "deprecated"):
        shelf = Shelf(make_wheel(tmp_path))
        say(shelf, status)
        told = Remembering()
        assert pins(answer(shelf, "demo", folder=tmp_path, told=told))
        assert told.warnings == [("project-withdrawn", f"demo is {status} by its makers: go elsewhere")]
        quiet = Remembering()
        assert pins(answer(shelf, "demo", folder=tmp_path, gate=Gate(treatments={status: "accept"}), told=quiet))
        assert (quiet.warnings, quiet.notes) == ([], [])
        error = refused(shelf, tmp_path, Gate(treatments={status: "refuse"}))
        assert error.reference == "not-accepted"
        assert f"demo: the project is {status}: go elsewhere" in error.context
        assert list(reasons(shelf, Gate(treatments={status: "refuse"})).values()) == [
            f"the project is {status}: go elsewhere"
        ]
        gate = Gate(treatments={status: "refuse"}, exempted=exempt(status))
        assert pins(answer(shelf, "demo", folder=tmp_path, gate=gate, told=quiet))
        assert quiet.notes == [f"demo is {status}: go elsewhere; there allows it: we looked"]


@pytest.mark.parametrize("say", [status_in_json, status_in_html])
def test_nothing_helps_what_is_quarantined(tmp_path: Path, say: Callable[[Shelf, str], None]) -> None:
    shelf = Shelf(make_wheel(tmp_path))
    say(shelf, "quarantined")
    gate = Gate(exempted=exempt("quarantined", "upload-time", "yanked", "archived"))
    assert refused(shelf, tmp_path, gate, "demo==1.0").reference == "project-quarantined"
    assert list(reasons(shelf, gate).values()) == ["the project is in quarantine on its index: go elsewhere"]


@pytest.mark.parametrize("status", ["obsolete", "", "activ\u0000e"])
def test_a_status_that_nobody_knows_is_none(tmp_path: Path, status: str) -> None:
    shelf = Shelf(make_wheel(tmp_path))
    shelf.say("demo", status)
    told = Remembering()
    assert pins(answer(shelf, "demo", folder=tmp_path, told=told))
    assert told.warnings == []


def test_another_version_of_a_package_that_needs_what_is_held(tmp_path: Path) -> None:
    """The solver goes on as if the index hadn't it."""
    shelf = shelf_of(tmp_path, dict(TIMES))
    shelf.add(make_wheel(tmp_path, "motor", "2.0", requires=["demo>=3"]), upload_time=TIMES["1.0"])
    shelf.add(make_wheel(tmp_path, "motor", "1.0", requires=["demo"]), upload_time=TIMES["1.0"])
    assert pins(answer(shelf, "motor", folder=tmp_path, gate=WEEK)) == {"demo": "2.0", "motor": "1.0"}


def test_times_without_an_end() -> None:
    gate = Gate(before=CUT, cooldown=3650)
    last = datetime.datetime(9999, 12, 31, tzinfo=datetime.UTC)
    assert gate.too_new(last) == "it was uploaded on 9999-12-31 00:00 UTC, not before 2024-06-08 00:00 UTC"
    assert gate.exemption("demo", Version("1"), "yanked") is None
