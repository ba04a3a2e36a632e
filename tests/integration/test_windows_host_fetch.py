"""What build/windows_host.py downloads, from a server on loopback."""

from __future__ import annotations

import importlib
import sys
import urllib.error
import urllib.request
from email.message import Message
from typing import TYPE_CHECKING, Any

import pytest

from tests.support import only_linux
from tests.support.certificates import make_certificates
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


CURL = """#!/bin/sh
printf '%s\\n' "$@" > '{folder}/said.txt'
{then}
while [ "$1" != --output ]; do shift; done
printf 'MZ by Windows' > "$2"
"""


def system_client(folder: Path, then: str = "") -> dict[str, str]:
    """A stand-in of Windows' own client."""
    program = folder / "System32" / "curl.exe"
    program.parent.mkdir(parents=True)
    program.write_text(CURL.format(folder=folder, then=then), encoding="ascii")
    program.chmod(0o755)
    return {"SYSTEMROOT": str(folder)}


@only_linux.ELSEWHERE
def test_windows_own_client_knows_more_authorities(installing: Any, tmp_path: Path) -> None:
    certificates = make_certificates(tmp_path / "tls")
    environ, into = system_client(tmp_path / "windows"), tmp_path / "x.exe"
    with LocalIndex(tls=certificates) as index:
        index.serve("/x.exe", CONTENT)
        with pytest.raises(installing.SetupError, match="CERTIFICATE_VERIFY_FAILED"):
            installing.fetch(f"{index.base}/x.exe", into, {"SYSTEMROOT": str(tmp_path)})
        installing.fetch(f"{index.base}/x.exe", into, environ)
        said = (tmp_path / "windows" / "said.txt").read_text(encoding="ascii").split()
        assert into.read_bytes() == b"MZ by Windows"
        assert said[-1] == f"{index.base}/x.exe"
        assert {"--fail", "--proto", "=https", "--proxy-anyauth"} <= set(said)


@only_linux.ELSEWHERE
def test_what_windows_own_client_says(installing: Any, tmp_path: Path) -> None:
    environ = system_client(tmp_path / "windows", "echo 'schannel: no' >&2; exit 60")
    with (
        LocalIndex(tls=make_certificates(tmp_path / "tls")) as index,
        pytest.raises(installing.SetupError, match="schannel: no"),
    ):
        installing.fetch(f"{index.base}/x.exe", tmp_path / "x.exe", environ)
    assert not (tmp_path / "x.exe").exists()


def test_what_python_can_do_is_not_asked_of_windows(installing: Any, server: LocalIndex, tmp_path: Path) -> None:
    with pytest.raises(installing.SetupError, match="status 404"):
        installing.fetch(f"{server.base}/none.exe", tmp_path / "x.exe", system_client(tmp_path / "windows"))
    assert not (tmp_path / "windows" / "said.txt").exists()


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
