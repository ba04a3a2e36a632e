"""Old metadata read and written again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.metadata import Metadata, parse_email

from bundler.errors import BuildError
from bundler.formats.core_metadata import CoreMetadata
from bundler.legacy.old_metadata import Requirements, read_pkg_info, read_requires, scripts_of, write_metadata


def written(info: CoreMetadata, warnings: list[str] | None = None) -> bytes:
    told = warnings if warnings is not None else []
    return write_metadata(info, name="foo", version="1.0", requirements=Requirements(), where="x", warnings=told)


def test_unknown_fields_are_none() -> None:
    info = read_pkg_info(b"Name: foo\nVersion: 1.0\nLicense: UNKNOWN\nDescription: UNKNOWN\nPlatform: UNKNOWN\n")
    assert (info.first("License"), info.every("Platform"), info.description) == ("", (), "")


@pytest.mark.parametrize(
    "content", ["Author: J\u00f6rgen\n".encode(), b"Author: J\xf6rgen\n", b"\xef\xbb\xbfAuthor: J\xc3\xb6rgen\r\n"]
)
def test_encodings(content: bytes) -> None:
    assert read_pkg_info(content).first("Author") == "J\u00f6rgen"


def test_a_description_is_unindented() -> None:
    info = read_pkg_info(b"Name: foo\nDescription: one\n        two\n        \n          four\nPlatform: any\n")
    assert info.description == "one\ntwo\n\n  four"
    assert info.every("Platform") == ("any",)


def test_values_that_run_on_without_being_indented() -> None:
    info = read_pkg_info(b"Name: foo\nLicense: first\nsecond line\n\nthird: line\nClassifier: A :: B\n")
    assert info.first("License") == "first\nsecond line\n\nthird: line"
    assert info.every("Classifier") == ("A :: B",)
    raw, unparsed = parse_email(written(info))
    assert not unparsed
    assert raw["classifiers"] == ["A :: B"]


def test_fields_of_later_versions_are_left_out() -> None:
    info = read_pkg_info(b"Name: foo\nLicense: MIT\nLicense-File: LICENSE\nDynamic: version\n")
    assert info.first("License") == "MIT"
    assert b"License-File" not in written(info)


def test_a_million_empty_lines_take_no_time_to_speak_of() -> None:
    assert read_pkg_info(b"Name: foo\n" + b"\n" * 300_000 + b"Version: 1.0\n").first("Version") == "1.0"


def test_a_body() -> None:
    assert read_pkg_info(b"Name: foo\n\nA body\nof two lines\n").description == "A body\nof two lines"


def test_requirements_with_extras_and_markers() -> None:
    warnings: list[str] = []
    found = read_requires(
        b"a>=1\n# comment\nb[x] # why\n[Fast Lane]\nc\n[:python_version=='2.6']\nd\n[fast:os_name=='nt']\ne; python_version<'3'\n"
        b"[empty]\n",
        "x",
        warnings,
    )
    assert found.requires == (
        "a>=1",
        "b[x]",
        'c; extra == "fast-lane"',
        'd; python_version == "2.6"',
        'e; python_version < "3" and os_name == "nt" and extra == "fast"',
    )
    assert found.extras == ("fast-lane", "fast", "empty")
    assert not warnings


@pytest.mark.parametrize(("line", "read"), [("a>=2.7.*", "a>=2.7"), ("pytz >= 2011k", "pytz"), ("a == 1.0 dev x", "a")])
def test_repairs_are_told(line: str, read: str) -> None:
    warnings: list[str] = []
    assert read_requires(line.encode(), "x", warnings).requires == (read,)
    assert len(warnings) == 1


def test_a_line_that_is_no_requirement() -> None:
    with pytest.raises(BuildError) as caught:
        read_requires(b"???", "x", [])
    assert caught.value.reference == "metadata-invalid"


def test_requires_python() -> None:
    warnings: list[str] = []
    info = CoreMetadata.of([("Requires-Python", ">=2.6.*")])
    assert b"Requires-Python: >=2.6\n" in written(info, warnings)
    assert b"Requires-Python" not in written(CoreMetadata.of([("Requires-Python", "new")]), warnings)
    assert len(warnings) == 2


def test_commands() -> None:
    content = b"[console_scripts]\na = b:c\n; no\nnothing\n[odd\n# x = y\n[other]\nd = e\n[gui_scripts]\nf=g:h\n"
    assert scripts_of(content) == {"a": "b:c", "f": "g:h"}


@given(st.binary(max_size=300))
def test_any_bytes_become_valid_metadata(content: bytes) -> None:
    head = b"Name: foo\nVersion: 1.0\nSummary: x\nDescription: y\nAuthor: "
    metadata = Metadata.from_email(written(read_pkg_info(head + content)), validate=True)
    assert metadata.name == "foo"


@given(st.text(max_size=80))
def test_any_text_of_requirements_is_read_or_refused(text: str) -> None:
    try:
        requirements = read_requires(text.encode("utf-8", "replace"), "x", [])
    except BuildError:
        return
    content = write_metadata(
        CoreMetadata.of(()), name="foo", version="1.0", requirements=requirements, where="x", warnings=[]
    )
    Metadata.from_email(content, validate=True)


@pytest.mark.parametrize("line", ["x; " + "(" * 10_000 + "python_version", "(" * 10_000])
def test_a_requirement_that_no_parser_gets_through(line: str) -> None:
    with pytest.raises(BuildError) as caught:
        read_requires(line.encode(), "x", [])
    assert caught.value.reference == "metadata-invalid"
    assert len(caught.value.message) < 300
