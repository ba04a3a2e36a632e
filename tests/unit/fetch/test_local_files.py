from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bundler.errors import NetworkError
from bundler.fetch.settings import NetworkSettings
from bundler.fetch.transport import HttpTransport

if TYPE_CHECKING:
    from pathlib import Path


def test_files_folders_and_ranges(tmp_path: Path) -> None:
    (tmp_path / "a file").write_bytes(b"0123456789")
    (tmp_path / "index.html").write_text("<html></html>")
    transport = HttpTransport(NetworkSettings())
    url = (tmp_path / "a file").as_uri()
    assert transport.get(url).content == b"0123456789"
    assert transport.get(url, byte_range=(2, 4)).content == b"234"
    tail = transport.get(url, suffix=3)
    assert (tail.status, tail.content, tail.headers["content-range"]) == (206, b"789", "bytes 7-9/10")
    assert transport.get(url, suffix=100).content == b"0123456789"
    assert transport.get(url, byte_range=(10, 12)).status == 416
    folder = transport.get(tmp_path.as_uri())
    assert folder.content == b"<html></html>"
    assert folder.headers["content-type"] == "text/html"
    assert folder.url.endswith("/")
    assert transport.get((tmp_path / "none").as_uri()).status == 404


def test_a_file_too_large_for_a_page(tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(b"x" * 101)
    with pytest.raises(NetworkError) as caught:
        HttpTransport(NetworkSettings(max_body=100)).get((tmp_path / "big").as_uri())
    assert caught.value.reference == "network-too-large"
