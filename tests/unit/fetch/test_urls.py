from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bundler.errors import NetworkError
from bundler.fetch.urls import Origin, basic_of, file_path, origin_of, redact, strip_credentials


@pytest.mark.parametrize(
    ("url", "stripped"),
    [
        ("https://u:p@host/simple/", "https://host/simple/"),
        ("https://u:p@ss@host/x@y", "https://host/x@y"),
        ("https://host/x@y?a=b@c#sha256=1", "https://host/x@y?a=b@c"),
        ("https://user@host:8443", "https://host:8443"),
        ("https://u:p@host?x=1", "https://host?x=1"),
        ("file:///folder/a.whl", "file:///folder/a.whl"),
        ("no address", "no address"),
    ],
)
def test_credentials_are_stripped(url: str, stripped: str) -> None:
    assert strip_credentials(url) == stripped


@given(st.text(alphabet=st.characters(codec="ascii", exclude_characters="/?#"), max_size=20))
def test_no_credentials_survive(secret: str) -> None:
    url = f"https://user:secret{secret}terces@host/path?signature=abc"
    assert strip_credentials(url) == "https://host/path?signature=abc"
    assert redact(url) == "https://host/path?…"


def test_origins() -> None:
    assert origin_of("HTTPS://Host.example/x") == Origin("https", "host.example", 443)
    assert origin_of("http://host:8080") == Origin("http", "host", 8080)


@pytest.mark.parametrize("url", ["ftp://host/x", "host/x", "https:///x", "https://host:port/", "https://[::1/"])
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(NetworkError) as caught:
        origin_of(url)
    assert caught.value.reference == "network-address"


def test_basic_credentials_are_unquoted() -> None:
    assert basic_of("https://host/") is None
    assert basic_of("https://a%40b:c%3Ad@host/") == "Basic YUBiOmM6ZA=="
    assert basic_of("https://token@host/") == "Basic dG9rZW46"


def test_file_addresses() -> None:
    assert file_path("https://host/x") is None
    assert file_path("file:///a%20folder/x.whl") == str(Path("/a folder/x.whl"))
    assert file_path("file://localhost/x.whl") == str(Path("/x.whl"))
