from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bundler.pack.names import path_fault, path_faults, safe_name, unique


@pytest.mark.parametrize(
    "path", ["a", "boot/python.exe", "wheels/a-1.0+local-py3-none-any.whl", "a b/(c)/d!", "console"]
)
def test_good_paths(path: str) -> None:
    assert path_fault(path) is None


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("", "relative"),
        ("/etc/passwd", "relative"),
        ("folder/", "relative"),
        ("é", "ASCII"),
        ("a\nb", "ASCII"),
        ("C:/x", "':'"),
        ("a\\b", "doesn't allow"),
        ("../x", "leaves"),
        ("a/./b", "leaves"),
        ("a//b", "leaves"),
        ("a./b", "drops"),
        ("a/b ", "drops"),
        ("a/b;1", "version"),
        ("a;/b", "version"),
        ("a/NUL", "device"),
        ("com1.txt/x", "device"),
        ("aux .c", "device"),
    ],
)
def test_bad_paths_have_a_reason(path: str, words: str) -> None:
    reason = path_fault(path)
    assert reason is not None
    assert words in reason


def test_faults_that_paths_have_together() -> None:
    found = [str(each) for each in path_faults(["a/B", "A/b", "x", "x", "y", "y/z", "nul"])]
    assert found == [
        "A/b: differs from a/B only in upper and lower case",
        "x: is there twice",
        "nul: has the part 'nul', the name of a device on Windows",
        "y: is a file and a folder at once: y/z",
    ]


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("BOOTST~1.BAT", "bootstrap.bat"),
        ("MANIFE~1.JSO", "manifest.json"),
        ("wheels/FO1234~2.WHL", "wheels/foo-1-py3-none-any.whl"),
        ("SITE-P~1/x", "site-packages/y"),
        ("A~1", "a b"),
        ("X~1", ".x"),
        ("_A~1", "+a"),
    ],
)
def test_a_short_name_of_another(short: str, long: str) -> None:
    """Where Windows makes them, the second that is unpacked is written into the first."""
    assert [each.where for each in path_faults([long, short])] == [short]
    assert not any(path_faults([f"elsewhere/{long}", short]))
    assert not any(path_faults(["notes.md", short]))
    assert not any(path_faults([short]))


@pytest.mark.parametrize("name", ["a+b~1.py", "x y~2", "abcdef~12.py", "#x#~1.bak~", ".x~1"])
def test_a_name_with_a_tilde_that_no_short_name_is(name: str) -> None:
    """Windows gives none with such signs, nor a longer one: it can't be that of a file beside it, nor its own."""
    assert not any(path_faults([name, f"{name[0]}-and-a-long-one.txt"]))


def test_safe_names() -> None:
    assert safe_name("python 3.11 é.exe") == "python_3.11_.exe"
    assert safe_name("con") == "_con"
    assert safe_name("...") == "_"
    assert safe_name("fine-1.0.txt") == "fine-1.0.txt"


@given(st.text(max_size=30))
def test_a_safe_name_is_always_fit(name: str) -> None:
    assert path_fault(safe_name(name)) is None
    assert safe_name(safe_name(name)) == safe_name(name)


def test_unique_counts_before_the_extension() -> None:
    taken: dict[str, int] = {}
    names = ["files/a.txt", "files/A.TXT", "files/a.txt", "files/.rc", "files/.rc", "b", "b"]
    assert [unique(each, taken) for each in names] == [
        "files/a.txt",
        "files/A-2.TXT",
        "files/a-3.txt",
        "files/.rc",
        "files/.rc-2",
        "b",
        "b-2",
    ]
