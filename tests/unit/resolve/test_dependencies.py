"""Core metadata, requirements and the repairs of old ones."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from bundler.model.specifier_repairs import read_specifier
from bundler.model.target import Target
from bundler.resolve.dependencies import (
    MalformedMetadataError,
    active,
    parse_metadata,
    read_dependency,
    reduced,
    same_version,
    split,
)
from bundler.resolve.markers import MarkerEvaluator


def test_only_the_head_counts_and_folded_lines_are_one() -> None:
    metadata = parse_metadata(
        b"\xef\xbb\xbfMetadata-Version: 2.1\r\nNAME: Demo\r\nVersion: 1.0\r\nRequires-Dist: a;\r\n  os_name == 'nt'\r\n"
        b"no header\r\nProvides-Extra: Some_Thing\r\nRequires-Python:\r\n\r\nRequires-Dist: not this\r\nName: nor this\r\n"
    )
    assert (metadata.name, metadata.version, metadata.requires_python) == ("Demo", "1.0", None)
    assert metadata.requires_dist == ("a; os_name == 'nt'",)
    assert metadata.extras == {"some-thing"}


@pytest.mark.parametrize("content", [b"", b"Name: x\n\n", b"Version: 1\n", b"\n\nName: x\nVersion: 1\n", b"\xff\xfe"])
def test_without_name_or_version_it_is_none(content: bytes) -> None:
    with pytest.raises(MalformedMetadataError):
        parse_metadata(content)


_LINE = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1)


@given(_LINE, _LINE, st.none() | _LINE, st.lists(_LINE))
def test_what_is_kept_reads_the_same(name: str, version: str, python: str | None, requires: list[str]) -> None:
    text = f"Name: {name}\nVersion: {version}\n" + (f"Requires-Python: {python}\n" if python else "")
    metadata = parse_metadata((text + "".join(f"Requires-Dist: {each}\n" for each in requires)).encode())
    assert parse_metadata(reduced(metadata)) == metadata


@given(st.binary())
def test_any_bytes_are_metadata_or_malformed(content: bytes) -> None:
    with contextlib.suppress(MalformedMetadataError):
        parse_metadata(content)


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


def test_a_good_requirement_is_left_as_it_is() -> None:
    assert read_dependency("a==1.*,!=1.5").written == ""


@pytest.mark.parametrize("body", ["", "==1", "a b", "a >= what"])
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


def test_same_version() -> None:
    assert same_version("1.0.0", Version("1"))
    assert not same_version("1.0.1", Version("1"))
    assert not same_version("one", Version("1"))
