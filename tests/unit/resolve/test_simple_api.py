"""Pages of indexes, good and bad."""

from __future__ import annotations

import contextlib
import datetime
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bundler.errors import NetworkError
from bundler.model.ports import Response
from bundler.resolve.index_addresses import clean_url
from bundler.resolve.simple_api import Page, read_page

URL = "https://me:secret@index.test/simple/demo/"
JSON = "application/vnd.pypi.simple.v1+json"
DIGEST = "aB" * 32


def page(content: Any, kind: str = JSON) -> Page:
    body = (
        content
        if isinstance(content, bytes)
        else (content if isinstance(content, str) else json.dumps(content)).encode()
    )
    return read_page(
        Response(url=URL, status=200, headers={"content-type": kind} if kind else {}, content=body), "demo"
    )


def files(*entries: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"meta": {"api-version": "1.3"}, "name": "Demo", "files": list(entries), **more}


def test_json_has_all_that_the_standards_say() -> None:
    found = page(
        files(
            {
                "filename": "demo-1.0.tar.gz",
                "url": "../../files/demo-1.0.tar.gz#sha256=ff",
                "hashes": {"sha256": DIGEST},
                "requires-python": ">=3.8",
                "size": 12,
                "upload-time": "2024-01-02T03:04:05.678Z",
                "yanked": "bad",
                "core-metadata": {"sha256": DIGEST},
            },
            **{"project-status": {"status": "archived", "reason": "done"}},
        )
    )
    file = found.file(0)
    assert found.filenames == ("demo-1.0.tar.gz",)
    assert (found.status, found.status_reason) == ("archived", "done")
    assert file.url == "https://index.test/files/demo-1.0.tar.gz"
    assert (file.sha256, file.size, file.requires_python, file.yanked) == (DIGEST.lower(), 12, ">=3.8", "bad")
    assert (file.metadata, file.metadata_sha256) == (True, DIGEST.lower())
    assert file.upload_time == datetime.datetime(2024, 1, 2, 3, 4, 5, 678000, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("entry", "field", "expected"),
    [
        ({"yanked": True}, "yanked", ""),
        ({"yanked": False}, "yanked", None),
        ({"yanked": None}, "yanked", None),
        ({"size": -1}, "size", None),
        ({"size": True}, "size", None),
        ({"size": "12"}, "size", None),
        ({"hashes": None}, "sha256", None),
        ({"requires-python": ""}, "requires_python", None),
        ({"core-metadata": True}, "metadata", True),
        ({"core-metadata": False, "dist-info-metadata": {"sha256": DIGEST}}, "metadata", False),
        ({"dist-info-metadata": {"sha256": DIGEST}}, "metadata_sha256", DIGEST.lower()),
        ({"data-dist-info-metadata": True}, "metadata", True),
        (
            {"upload-time": "2024-01-02T03:04:05"},
            "upload_time",
            datetime.datetime(2024, 1, 2, 3, 4, 5, tzinfo=datetime.UTC),
        ),
    ],
)
def test_json_in_small(entry: dict[str, Any], field: str, expected: Any) -> None:
    file = page(files({"filename": "demo.whl", "url": "https://f.test/demo.whl", **entry})).file(0)
    assert getattr(file, field) == expected


@pytest.mark.parametrize(
    "entry",
    [
        {"url": "demo.whl", "hashes": {"sha256": "short"}},
        {"url": "demo.whl", "hashes": {"sha256": 7}},
        {"url": "demo.whl", "hashes": "sha256"},
        {"url": 7},
        {},
        {"url": "javascript:alert(1)"},
        {"url": "demo.whl", "requires-python": 3},
        {"url": "demo.whl", "filename": 7},
        {"url": "file:///etc/demo.whl"},
        {"url": "file://server/share/demo.whl"},
    ],
)
def test_an_entry_that_makes_no_sense_is_an_error_that_hides_credentials(entry: dict[str, Any]) -> None:
    found = page(files({"filename": "demo.whl", **entry}))
    with pytest.raises(NetworkError) as caught:
        found.file(0)
    assert caught.value.reference == "index-malformed"
    assert "secret" not in "".join(caught.value.context)


def test_html_that_leads_to_files_of_this_host() -> None:
    for text in (
        "<a href='file:///etc/demo.zip'>demo.zip</a>",
        "<base href='file:///etc/'><a href=demo.zip>demo.zip</a>",
    ):
        with pytest.raises(NetworkError) as caught:
            page(text, "text/html").file(0)
        assert "its address begins with file:" in caught.value.message


def test_an_index_in_a_folder_leads_to_its_files() -> None:
    content = b"<a href='demo.zip'>demo.zip</a><a href='https://files.test/demo.whl'>demo.whl</a>"
    found = read_page(
        Response(
            url="file:///index/demo/index.html", status=200, headers={"content-type": "text/html"}, content=content
        ),
        "demo",
    )
    assert [found.file(i).url for i in range(2)] == ["file:///index/demo/demo.zip", "https://files.test/demo.whl"]


def test_an_entry_without_a_name_has_an_empty_one() -> None:
    assert page(files({"filename": 7}, {})).filenames == ("", "")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ("{", JSON),
        ("[]", JSON),
        ({"files": 1}, JSON),
        (files(1), JSON),  # type: ignore[arg-type]
        ({"meta": {"api-version": "2.0"}, "files": []}, JSON),
        ({"name": "other", "files": []}, JSON),
        ('<meta name="pypi:repository-version" content="2.0">', "text/html"),
        (b"\xff", "text/html"),
        ("x", "text/html; charset=none-such"),
        ("x", "image/png"),
    ],
)
def test_what_is_no_page(content: Any, kind: str) -> None:
    with pytest.raises(NetworkError) as caught:
        page(content, kind)
    assert caught.value.reference == "index-malformed"
    assert "secret" not in "".join(caught.value.context)


def test_html_has_all_that_it_can_say() -> None:
    found = page(
        f"""<!DOCTYPE html><html><head><meta name="pypi:repository-version" content="1.4">
        <meta name="pypi:project-status" content="deprecated"><meta name="pypi:project-status-reason" content="old &amp; done">
        <base href="https://files.test/all/"></head><body><a name=top></a>
        <a href="d/demo-1.0-py3-none-any.whl#sha256={DIGEST}" data-requires-python="&gt;=3.8" data-yanked="b&lt;d"
           data-core-metadata="sha256={DIGEST}">demo-1.0-py3-none-any.whl</a></b>
        <a href="demo-2.0%2Bx.zip#md5=00" data-yanked data-dist-info-metadata="true"></a>
        <a href="demo-3.0.zip" data-core-metadata="false"> demo-3.0.zip </a></a>""",
        "text/html; charset=UTF-8",
    )
    assert (found.status, found.status_reason) == ("deprecated", "old & done")
    assert found.filenames == ("", "demo-1.0-py3-none-any.whl", "demo-2.0+x.zip", "demo-3.0.zip")
    _, first, second, third = (found.file(number) for number in range(4))
    assert first.url == "https://files.test/all/d/demo-1.0-py3-none-any.whl"
    assert (first.sha256, first.requires_python, first.yanked) == (DIGEST.lower(), ">=3.8", "b<d")
    assert (first.metadata, first.metadata_sha256) == (True, DIGEST.lower())
    assert (second.sha256, second.yanked, second.metadata, second.metadata_sha256) == (None, "", True, None)
    assert (third.yanked, third.metadata) == (None, False)


@pytest.mark.parametrize(("content", "count"), [('{"files": []}', 0), ("<a href='demo.zip'>demo.zip</a>", 1)])
def test_without_a_content_type_it_is_seen_what_it_is(content: str, count: int) -> None:
    assert len(page(content, "").filenames) == count


def test_clean_url() -> None:
    assert clean_url("https://a:b@x.test:8080/y?z=1#sha256=0") == "https://x.test:8080/y?z=1"
    assert clean_url("https://a:b@[x.test/y#z") == "https://[x.test/y"


@given(st.binary(), st.sampled_from([JSON, "text/html", ""]))
def test_any_bytes_are_a_page_or_an_error(content: bytes, kind: str) -> None:
    with contextlib.suppress(NetworkError):
        page(content, kind)


def test_where_it_says_who_published_a_file() -> None:
    one = {"filename": "demo-1.0.tar.gz", "url": "demo-1.0.tar.gz"}
    where = "https://index.test/integrity/demo"
    assert page(files(one | {"provenance": "/integrity/demo#x"})).file(0).provenance == where
    assert [page(files(one | {"provenance": each})).file(0).provenance for each in (None, "")] == [None, None]
    html = '<a href="demo-1.0.tar.gz" data-provenance="/integrity/demo">demo-1.0.tar.gz</a>'
    assert page(html, "text/html").file(0).provenance == where
    for bad in ("file:///etc/passwd", 3, ["x"]):
        with pytest.raises(NetworkError, match="can't be read"):
            page(files(one | {"provenance": bad})).file(0)
