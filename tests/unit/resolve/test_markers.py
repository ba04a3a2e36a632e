"""Markers are answered for the target, and nothing of this host answers in its place."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.markers import InvalidMarker, Marker, UndefinedComparison

from bundler.model.target import Target
from bundler.resolve.markers import MalformedMarkerError, MarkerEvaluator, UnstatedMarkerError

WINDOWS = MarkerEvaluator(Target.of("3.11.9", "win_amd64"))
COMPLETE = Target.of("3.11.9", "win_amd64", markers={"platform_release": "10", "platform_version": "10.0.17763"})


@pytest.mark.parametrize(
    ("marker", "expected"),
    [
        ('sys_platform == "win32"', True),
        ("'linux' in sys_platform", False),
        ('os_name == "nt" and (python_version < "3" or python_version >= "3.11")', True),
        ('python_full_version == "3.11.9"', True),
        ('python_version not in "2.7 3.6"', True),
        ('"2.7" >= python_version', False),
        ('implementation_name ~= "cpython"', None),
        ("os.name == 'nt' and sys.platform == 'win32' and python_implementation == 'CPython'", True),
        ('platform_machine === "AMD64"', None),
        ('sys_platform == "linux" and platform_release >= "5"', False),
        ('platform_version == "x" or sys_platform == "win32"', True),
    ],
)
def test_answers(marker: str, expected: bool | None) -> None:
    if expected is None:
        with pytest.raises(MalformedMarkerError):
            WINDOWS.holds(marker)
    else:
        assert WINDOWS.holds(marker) is expected


@pytest.mark.parametrize(
    ("marker", "extra", "expected"),
    [
        ('extra == "some.Thing"', "some-thing", True),
        ('"Some_Thing" == extra', "some-thing", True),
        ('extra == "other"', "some-thing", False),
        ('extra != "other"', "", True),
        ('extra == "x" and sys_platform == "linux"', "x", False),
        ('extra == "x"', "", False),
    ],
)
def test_extras_are_compared_normalized(marker: str, extra: str, expected: bool) -> None:
    assert WINDOWS.holds(marker, extra) is expected


@pytest.mark.parametrize(
    "marker",
    [
        'platform_release == "5"',
        'platform_version >= "1" and os_name == "nt"',
        'os_name == "x" or platform_release == ""',
    ],
)
def test_what_nobody_stated_is_an_error_and_never_the_hosts_value(marker: str) -> None:
    with pytest.raises(UnstatedMarkerError, match=r"platform_(release|version)") as caught:
        WINDOWS.holds(marker)
    assert caught.value.variable in marker


@pytest.mark.parametrize(
    "marker",
    [
        "",
        "os_name",
        "os_name ==",
        'os_name == "nt" and',
        '(os_name == "nt"',
        'os_name == "nt")',
        'os_name = "nt"',
        'os_name not "nt"',
        '"a" == "b"',
        "os_name == sys_platform",
        'colour == "red"',
        'extra >= "x"',
        "os_name == 'nt",
        'and == "x"',
        "(" * 5000 + 'os_name == "nt"' + ")" * 5000,
    ],
)
def test_what_is_no_marker(marker: str) -> None:
    with pytest.raises(MalformedMarkerError):
        WINDOWS.holds(marker)


_ATOMS = st.sampled_from(
    [
        'os_name == "nt"',
        '"posix" == os_name',
        'python_version < "3.9"',
        'python_full_version >= "3.11.9"',
        'sys_platform in "win32 cygwin"',
        'platform_release >= "9"',
        'platform_version != "x"',
        'platform_machine not in "x86"',
    ]
)
_MARKERS = st.recursive(
    _ATOMS,
    lambda inner: st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda t: f"({t[0]}) {t[1]} {t[2]}"),
)


@given(_MARKERS)
def test_with_everything_stated_the_answer_is_packagings(marker: str) -> None:
    try:
        expected = Marker(marker).evaluate(dict(COMPLETE.environment()))  # type: ignore[arg-type]
    except (InvalidMarker, UndefinedComparison):
        return
    assert MarkerEvaluator(COMPLETE).holds(marker) is expected


@given(st.text(alphabet="()\"' =<>~!andorextraos_name"))
def test_nonsense_is_malformed_and_nothing_else(marker: str) -> None:
    with contextlib.suppress(MalformedMarkerError):
        WINDOWS.holds(marker)
