"""Requirements and the repairs of old ones."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet

from bundler.formats.core_metadata import MalformedMetadataError
from bundler.model.specifier_repairs import read_specifier, repaired
from bundler.model.target import Target
from bundler.resolve.dependencies import active, read_dependency, split
from bundler.resolve.markers import MarkerEvaluator


@pytest.mark.parametrize(
    ("requirement", "expected"),
    [
        ("a>=1; os_name == 'nt'", ("a>=1", "os_name == 'nt'")),
        ("a", ("a", "")),
        ("a @ https://x.test/a;b.whl ; os_name == 'nt'", ("a @ https://x.test/a;b.whl", "os_name == 'nt'")),
        ("a @ https://x.test/a;b.whl", ("a @ https://x.test/a;b.whl", "")),
    ],
)
def test_split(requirement: str, expected: tuple[str, str]) -> None:
    assert split(requirement) == expected


def test_what_counts_on_the_target() -> None:
    requires = [
        "A_b[Y,x] (>=1.0)",
        "c; extra == 'more'",
        "d; os_name == 'posix'",
        "e; os_name == 'nt' and extra == 'More'",
    ]
    evaluator = MarkerEvaluator(Target.of("3.11.9", "win32"))
    (first,) = active(requires, "", evaluator)
    assert (first.name, first.extras, str(first.specifier), first.url) == ("a-b", ("x", "y"), ">=1.0", None)
    assert [each.name for each in active(requires, "more", evaluator)] == ["a-b", "c", "e"]


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("a>=2.7.*", "a>=2.7"),
        ("a (>=1.0.*,<2.*)", "a<2,>=1.0"),
        ("a!=3.0*,>=2.7,", "a!=3.0.*,>=2.7"),
        ("a>=1 <2", "a<2,>=1"),
        ("a=>1", "a>=1"),
        ("a =< 2.", "a<=2"),
        ('a>="1.0"', "a>=1.0"),
        ("a~=1.4.*", "a~=1.4"),
    ],
)
def test_old_requirements_are_repaired_and_say_so(written: str, text: str) -> None:
    dependency = read_dependency(written)
    assert (dependency.text, dependency.written) == (text, written)


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("pytz (>dev)", "pytz"),  # Celery 4.4.7
        ("pytz >dev", "pytz"),
        ("a >= what", "a"),
        ("a (!=dev,>1)", "a>1"),
        ("pytz (>=2011k)", "pytz>=2011"),
        ("a (<2011k)", "a<=2011"),
        ("a[x,y] (>=1.0-SNAPSHOT,<2)", "a[x,y]<2,>=1.0"),
        ("torch >=1.13+cu117", "torch>=1.13"),
        ("pep8 >=1.*", "pep8>=1"),
        ("py2 (>=1.0<2.0)", "py2<2.0,>=1.0"),
        # what 3223 requirements of 870 releases for 2.7 (197 packages, the last ones among them) hold besides, and a snapshot of 7525 others
        ("azure-datalake-store (>=0.0.45azure-mgmt-datalake-store>=0.5.0)", "azure-datalake-store>=0.0.45"),  # Airflow
        ("setuptools (>=18.5decorator)", "setuptools>=18.5"),  # IPython: a line end lost
        ("future (>+0.16.0)", "future"),
        ("click (>=7.*)", "click>=7"),
        ("tornado (>=5.0<6.0)", "tornado<6.0,>=5.0"),
    ],
)
def test_versions_of_old_are_read_by_their_release(written: str, text: str) -> None:
    """As pip took them until 24.1: a text sorts below every number, and what follows the numbers between two releases."""
    dependency = read_dependency(written)
    assert (dependency.text, dependency.written) == (text, written)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([">=", "<=", ">", "<", "==", "!="]),
            st.from_regex(r"[0-9]{1,3}(\.[0-9]{1,3}){0,2}((a|rc|\.post|\.dev)[0-9])?", fullmatch=True),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_repairs_leave_what_can_be_read_as_it_means(clauses: list[tuple[str, str]]) -> None:
    text = ",".join(f"{operator} {version}" for operator, version in clauses)
    assert SpecifierSet(repaired(text)) == SpecifierSet(text)


@given(st.text(alphabet="ab1.*<>=!~,()[] -+", max_size=40))
def test_repairs_end(text: str) -> None:
    with contextlib.suppress(MalformedMetadataError):
        read_dependency(text)


def test_a_good_requirement_is_left_as_it_is() -> None:
    assert read_dependency("a==1.*,!=1.5").written == ""


@pytest.mark.parametrize(
    "body", ["", "==1", "a b", "a (<dev)", "a (==dev)", "a (==2011k)", "a ~=1", "a (>=1.0)(<2)", "a >=1 (<2)"]
)
def test_what_cannot_be_repaired(body: str) -> None:
    with pytest.raises(MalformedMetadataError):
        read_dependency(body)


@pytest.mark.parametrize(
    ("text", "read"),
    [(">=3.8", ""), (">=2.7.*", ">=2.7"), (">=2.7, !=3.0*, !=3.1*,", ">=2.7, !=3.0.*, !=3.1.*"), ("'>=3'", ">=3")],
)
def test_specifiers(text: str, read: str) -> None:
    specifier, repaired = read_specifier(text)
    assert specifier is not None
    assert repaired == read


def test_a_specifier_that_nobody_can_read() -> None:
    assert read_specifier("three") == (None, "")
