"""Pages of an index that would take minutes, or the machine's memory: what is made of them is counted, not timed."""

from __future__ import annotations

import contextlib
import json
import random
from typing import TYPE_CHECKING

import pytest

from bundler.build.wheel_gate import check_wheel
from bundler.errors import BuildError, NetworkError
from bundler.foreign import LONGEST, MOST_TAGS
from bundler.model.ports import Response
from bundler.model.specifier_repairs import read_specifier
from bundler.model.target import Target
from bundler.resolve import FileJudge, IndexRoute, Rejected, explain_files
from bundler.resolve.file_checks import MOST_STATED
from bundler.resolve.page_bounds import MOST_FILES, MOST_MARKS, MOST_VALUES, PagesTaken
from bundler.resolve.releases import releases_of
from bundler.resolve.simple_api import read_page
from tests.support.packages import make_wheel
from tests.support.shelf import ROOT, Shelf, answer, pins

if TYPE_CHECKING:
    from pathlib import Path

WINDOWS = Target.of("3.11.9", "win_amd64")
PART = ".".join(f"a{number}" for number in range(250))
BOMB = f"demo-2.0-py3.{PART}-none.{PART}-any.{PART}.whl"
"""3.5 kB that stand for 16 million tags."""


def renamed(wheel: Path, name: str) -> Path:
    return wheel.rename(wheel.with_name(name))


def test_a_name_of_millions_of_tags_is_no_wheel(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path)
    shelf = Shelf(wheel)
    names = (BOMB, wheel.name)
    page = {"files": [{"filename": each, "url": shelf.file_url(each), "hashes": {}} for each in names]}
    headers = {"content-type": "application/vnd.pypi.simple.v1+json"}
    url = ROOT + "demo/"
    shelf.answers[url] = Response(url=url, status=200, headers=headers, content=json.dumps(page).encode())
    assert pins(answer(shelf, "demo", folder=tmp_path)) == {"demo": "1.0"}
    verdicts = explain_files("demo", FileJudge(WINDOWS), (IndexRoute(ROOT),), shelf)
    (bomb,) = (each for each in verdicts if isinstance(each, Rejected))
    assert f"more than {MOST_TAGS} tags" in bomb.reason


def test_a_built_wheel_of_too_many_tags(tmp_path: Path) -> None:
    part = ".".join("abcdefghijkl")
    wheel = renamed(make_wheel(tmp_path), f"demo-1.0-py3.{part}-none.{part}-any.{part}.whl")
    with pytest.raises(BuildError, match="not a valid wheel") as caught:
        check_wheel(wheel, name="demo", version="1.0", target=WINDOWS)
    assert f"more than {MOST_TAGS} tags" in caught.value.context[0]


JSON = "application/vnd.pypi.simple.v1+json"
HTML = "text/html"


def page(content: bytes, kind: str) -> Response:
    return Response(url=ROOT + "demo/", status=200, headers={"content-type": kind}, content=content)


@pytest.mark.parametrize(
    ("content", "kind", "words"),
    [
        (b'{"files": [' + b"{}," * MOST_FILES + b"{}]}", JSON, "more than 100,000 files"),
        (b'{"files": [' + b"[]," * MOST_VALUES + b"[]]}", JSON, "more than 3,200,000 values"),
        (b'{"files": ' + b"[" * (MOST_VALUES + 1), JSON, "more than 3,200,000 values"),
        (b"<a href=x>x</a>" * (MOST_FILES + 1), HTML, "more than 100,000 files"),
        (b"<a>" * (MOST_FILES + 2), HTML, "more than 100,000 files"),
        (b"<b>" * (MOST_MARKS + 1), HTML, "more than 1,000,000 tags"),
        (b"<" * (MOST_MARKS + 1), HTML, "more than 1,000,000 tags"),
        (b"&#9;" * (MOST_MARKS + 1), HTML, "character references"),
        (b"<b " + b"a " * (MOST_MARKS // 2) + b"><b " + b"a " * MOST_MARKS, HTML, "1,000,000 tags, attributes"),
        (bytes(129 * 1024 * 1024), HTML, "more than 134.2 MB"),
    ],
    ids=[
        "files",
        "values",
        "nesting",
        "anchors",
        "unfinished anchors",
        "tags",
        "signs",
        "references",
        "attributes",
        "bytes",
    ],
)
def test_pages_with_more_than_any_project_has(content: bytes, kind: str, words: str) -> None:
    with pytest.raises(NetworkError) as caught:
        read_page(page(content, kind), "demo")
    assert caught.value.reference == "index-too-large"
    assert words in caught.value.message


def test_pages_that_are_too_many_together() -> None:
    """An index may make up one of a hundred thousand files for every name: ninety of them took 9 GB."""
    taken = PagesTaken(most=25_000)
    ten = page(json.dumps({"files": [{"filename": f"{number}", "url": "x"} for number in range(10)]}).encode(), JSON)
    for _ in range(2):
        assert len(read_page(ten, "demo", taken).filenames) == 10
    with pytest.raises(NetworkError, match="no room left: with those of other packages it takes more than") as caught:
        read_page(ten, "demo", taken)
    assert caught.value.reference == "index-too-large"
    anchors = page(b"<a href=x>x</a>" * 30, HTML)
    with pytest.raises(NetworkError, match="no room left"):
        read_page(anchors, "demo", PagesTaken(most=25_000))


def test_values_of_pages_are_counted_when_there_are_many_bytes() -> None:
    full = b'{"files": [{"filename": "x", "url": "x", "y": [%s]}]}' % b",".join([b"[]"] * 1000)
    read_page(page(full, JSON), "demo", PagesTaken(most=50_000))
    with pytest.raises(NetworkError, match="no room left"):
        read_page(page(full, JSON), "demo", PagesTaken(most=50_000, counted=1000))


def test_a_resolution_bounds_its_pages(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(PagesTaken.__init__, "__defaults__", (100,))
    with pytest.raises(NetworkError, match="no room left"):
        answer(Shelf(make_wheel(tmp_path)), "demo", folder=tmp_path)


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("url", "../" * LONGEST, "its address has 12288 characters"),
        ("provenance", "a/" * LONGEST, "its address has 8192 characters"),
        ("filename", "demo-1.0-py3-none-" + "ab." * LONGEST + "any.whl", "its name has 12313 characters"),
    ],
)
def test_a_name_and_an_address_as_long_as_a_page(key: str, value: str, words: str) -> None:
    entry = {"filename": "demo-1.0-py3-none-any.whl", "url": "demo", key: value}
    content = json.dumps({"files": [entry]}).encode()
    page = read_page(Response(url=ROOT, status=200, headers={"content-type": JSON}, content=content), "demo")
    assert page.filenames == ("" if key == "filename" else entry["filename"],)
    assert releases_of("demo", page, FileJudge(WINDOWS)) == () or key != "filename"
    with pytest.raises(NetworkError, match=words):
        page.file(0)


def test_pythons_in_a_million_words() -> None:
    judge, long = FileJudge(WINDOWS), ",".join(f"!=3.{number}.*" for number in range(200, 600))
    for number in range(MOST_STATED // len(long) + 1):
        reason = judge.python_reason(f">=3.8,!=4.{number},{long}")
    assert "isn't read" in reason
    assert judge.python_reason(f">=3.8,!=4.0,{long}") == ""
    assert judge.python_reason(">=3.12") != ""
    assert read_specifier(">=3.12" + "," * LONGEST) == (None, "")


@pytest.mark.parametrize("charset", ["punycode", "idna", "unicode_escape", "utf-7", "hex", "undefined", "none-such"])
def test_encodings_that_python_knows_and_pages_have_not(charset: str) -> None:
    with pytest.raises(NetworkError, match=f"its HTML is in {charset}"):
        read_page(page(rb"\ud800", f"text/html; charset={charset}"), "demo")


PIECES = [
    b"<!--",
    b"-->",
    b"<![CDATA[",
    b"<![foo[",
    b"<a ",
    b"</a>",
    b"href=",
    b"'",
    b'"',
    b">",
    b"<base href=//[x>",
    b"\0",
    b"&#",
]
PIECES += [
    b"9" * 5000,
    b"\xff",
    b"demo-1.0-py3-none-any.whl",
    b"#sha256=",
    b"data-yanked",
    b"<script>",
    b"\r\n",
    b"https://[x/",
    b"%00",
]
VALUES = [
    "\0",
    "x" * 5000,
    "https://[x",
    10**400,
    -1,
    None,
    True,
    [],
    {},
    "²",
    "2024-99-99",
    "file:///etc",
    1.5,
    "demo-1.0.zip",
]
KEYS = ["filename", "url", "hashes", "size", "upload-time", "yanked", "core-metadata", "requires-python"]


def test_pages_of_pieces_are_read_or_an_error_of_ours() -> None:
    chosen = random.Random(5)  # noqa: S311 - the same pages each time
    for _ in range(1500):
        html = b"".join(chosen.choices(PIECES, k=chosen.randrange(30)))
        files = [{key: chosen.choice(VALUES) for key in chosen.sample(KEYS, 6)} for _ in range(3)]
        for content, kind in ((html, HTML), (json.dumps({"files": files}).encode(), JSON)):
            try:
                found = read_page(page(content, kind), "demo")
            except NetworkError:
                continue
            for number in range(len(found.filenames)):
                with contextlib.suppress(NetworkError):
                    FileJudge(WINDOWS).judge("demo", found.file(number))


@pytest.mark.parametrize(
    "metadata",
    [
        b"Name: demo\nVersion: 2.0\nRequires-Dist: evil\n" + b"Requires-Dist: b\n" * 10_000,
        b"Name: demo\nVersion: 2.0\nSummary: " + b"x" * 17_000_000,
        b"Name: demo\nVersion: " + b"2" * 5000,
        b"Name: demo\nVersion: 2.0\nRequires-Dist: a @ https://x.test/a.zip" + b" " * 60_000 + b"x",
        b"Name: demo\nVersion: 2.0\nRequires-Dist: a" + b" " * 60_000 + b"(>=1",
        b"Name: demo\nVersion: 2.0\nRequires-Dist: a>=" + b"1" * 5000,
        b"Name: demo\nVersion: 2.0\nRequires-Dist: a; python_version > '" + b"1" * 5000 + b"'",
        b"Name: demo\nVersion: 2.0\nRequires-Dist: a; " + b"(" * 2000 + b"os_name == 'x'" + b")" * 2000,
        b"Name: demo\nVersion: 2.0\nRequires-Dist: a; " + b"os_name == 'x' or " * 5000 + b"os_name == 'x'",
    ],
    ids=["dependencies", "bytes", "version", "blanks", "repaired", "specifier", "marker", "parentheses", "terms"],
)
def test_metadata_that_nobody_can_have_written(tmp_path: Path, metadata: bytes) -> None:
    """The version is passed over, as one whose metadata is damaged."""
    shelf = Shelf(make_wheel(tmp_path))
    shelf.add(make_wheel(tmp_path, version="2.0"), metadata=metadata + b"\n\n")
    assert pins(answer(shelf, "demo", folder=tmp_path)) == {"demo": "1.0"}
