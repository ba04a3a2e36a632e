"""What build/windows_host.py downloads, from a server on loopback."""

from __future__ import annotations

import importlib
import sys
import urllib.error
import urllib.request
from email.message import Message
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.commandline import ROOT
from tests.support.index import Fault, LocalIndex

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONTENT = b"MZ" + bytes(range(256)) * 20_000


@pytest.fixture(scope="module")
def installing() -> Iterator[Any]:
    sys.path.insert(0, str(ROOT / "build"))
    try:
        yield importlib.import_module("windows.installing")
    finally:
        sys.path.remove(str(ROOT / "build"))


@pytest.fixture
def server() -> Iterator[LocalIndex]:
    with LocalIndex() as index:
        index.serve("/vs_BuildTools.exe", CONTENT)
        yield index


def test_a_whole_file(installing: Any, server: LocalIndex, tmp_path: Path) -> None:
    installing.fetch(f"{server.base}/vs_BuildTools.exe", tmp_path / "tools.exe")
    assert (tmp_path / "tools.exe").read_bytes() == CONTENT
    assert [each.name for each in tmp_path.iterdir()] == ["tools.exe"]


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault(status=503), "answers with status 503"),
        (Fault(cut=100_000), "was cut: 100000 of"),
    ],
)
def test_a_server_that_fails(installing: Any, server: LocalIndex, tmp_path: Path, fault: Fault, words: str) -> None:
    server.fault("/vs_BuildTools.exe", fault)
    with pytest.raises(installing.SetupError, match=words):
        installing.fetch(f"{server.base}/vs_BuildTools.exe", tmp_path / "tools.exe")
    assert not (tmp_path / "tools.exe").exists()


def test_a_file_that_is_not_there(installing: Any, server: LocalIndex, tmp_path: Path) -> None:
    with pytest.raises(installing.SetupError, match="status 404: is there such a release"):
        installing.fetch(f"{server.base}/python-3.11.14-amd64.exe", tmp_path / "python.exe")


def test_a_server_that_is_not_there(installing: Any, tmp_path: Path) -> None:
    with LocalIndex() as gone:
        base = gone.base
    with pytest.raises(installing.SetupError, match="can't be fetched"):
        installing.fetch(f"{base}/x.exe", tmp_path / "x.exe")


def test_an_address_that_is_none(installing: Any, tmp_path: Path) -> None:
    with pytest.raises(installing.SetupError, match="can't be fetched"):
        installing.fetch("gopher://x", tmp_path / "x.exe")


@pytest.mark.parametrize(
    ("begins", "leads", "followed"), [("https", "http", False), ("https", "https", True), ("http", "http", True)]
)
def test_https_is_never_left(installing: Any, begins: str, leads: str, followed: bool) -> None:
    handler = installing.StaysSecure()
    request = urllib.request.Request(f"{begins}://example.org/a")

    def redirected() -> urllib.request.Request | None:
        found: urllib.request.Request | None = handler.redirect_request(
            request, None, 302, "Found", Message(), f"{leads}://example.com/b"
        )
        return found

    if followed:
        assert redirected() is not None
    else:
        with pytest.raises(urllib.error.URLError, match="isn't HTTPS"):
            redirected()
