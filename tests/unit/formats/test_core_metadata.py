"""Core metadata: the one reader, against hostile bytes and against the standard library's parser."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.metadata import parse_email
from packaging.version import Version

from bundler.formats.core_metadata import CoreMetadata, MalformedMetadataError, parse_metadata, reduced, same_version
from tests.support.packages import metadata as metadata_text


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


def test_a_field_by_its_name_in_any_case() -> None:
    content = metadata_text(extra_lines=["Classifier: One", "Project-URL: a, b", "Classifier: Two", "License-File: X"])
    metadata = parse_metadata(content.encode())
    assert metadata.every("Classifier") == ("One", "Two")
    assert (metadata.first("project-url"), metadata.first("License-File"), metadata.first("Author")) == (
        "a, b",
        "X",
        "",
    )


def test_the_lines_of_a_licence_are_kept_and_those_of_other_values_are_joined() -> None:
    metadata = parse_metadata(b"Name: x\nVersion: 1\nLicense: The first\n        the second\nSummary: a\n\tb\n")
    assert metadata.first("License").splitlines()[0] == "The first"
    assert metadata.first("Summary") == "a b"


def test_two_are_equal_where_resolving_needs_the_same() -> None:
    one = metadata_text(requires=["a"], extra_lines=["Classifier: One"])
    other = metadata_text(requires=["a"], extra_lines=["Classifier: Two"])
    assert parse_metadata(one.encode()) == parse_metadata(other.encode())
    assert parse_metadata(one.encode()) != parse_metadata(metadata_text(requires=["b"]).encode())


def test_what_was_never_in_a_file() -> None:
    made = CoreMetadata.of((("Name", "x"), ("REQUIRES-DIST", "a"), ("Provides-Extra", "B_c")))
    assert (made.name, made.version, made.requires_dist) == ("x", "", ("a",))
    assert made.extras == {"b-c"}


_WORD = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1)
_FIELDS = st.lists(st.tuples(st.sampled_from(["Requires-Dist", "Provides-Extra", "Classifier"]), _WORD))


@given(_WORD, _WORD, _FIELDS, st.text())
def test_it_reads_what_packaging_reads(name: str, version: str, fields: list[tuple[str, str]], body: str) -> None:
    lines = [f"Name: {name}", f"Version: {version}", *(f"{key}: {value}" for key, value in fields)]
    content = "\n".join((*lines, "", body)).encode("utf-8", "replace")
    raw, _ = parse_email(content)
    found = parse_metadata(content)
    assert (found.name, found.version) == (raw["name"], raw["version"])
    assert found.requires_dist == tuple(raw.get("requires_dist", ()))
    assert found.provides_extra == tuple(raw.get("provides_extra", ()))
    assert found.every("Classifier") == tuple(raw.get("classifiers", ()))


def test_same_version() -> None:
    assert same_version("1.0.0", Version("1"))
    assert not same_version("1.0.1", Version("1"))
    assert not same_version("one", Version("1"))
