from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING

import pytest
import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3 import exceptions as faults
from urllib3.connection import HTTPConnection

from bundler.errors import NetworkError
from bundler.fetch.authorities import accept_old_forms
from bundler.fetch.connections import Connections
from bundler.fetch.network_errors import refused, transport_failure
from bundler.fetch.retry import TransientError
from bundler.fetch.settings import NetworkSettings
from bundler.fetch.urls import Origin
from tests.support import only_linux

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.fetch.auth import Withheld

URL = "https://me:secret@packages.example.com/simple/?key=secret"
ORIGIN = Origin("https", "packages.example.com", 443)
POOL = urllib3.HTTPConnectionPool("h")
UNKNOWN_NAME = faults.NameResolutionError("h", HTTPConnection("h"), socket.gaierror())


def given_up(fault: Exception) -> faults.MaxRetryError:
    """As urllib3 tells it after its last attempt, and requests wraps it."""
    return faults.MaxRetryError(POOL, "u", fault)


@pytest.mark.parametrize(
    ("authorized", "withheld", "words"),
    [
        (True, None, "check the name and password"),
        (False, "plain", "trusted-host"),
        (False, "port", "BUNDLE_INDEX_TOKEN_PACKAGES_EXAMPLE_COM_443"),
        (False, None, "BUNDLE_INDEX_TOKEN_PACKAGES_EXAMPLE_COM"),
    ],
)
def test_who_lacks_credentials_is_told_what_to_do(authorized: bool, withheld: Withheld, words: str) -> None:
    error = refused(401, URL, ORIGIN, authorized=authorized, withheld=withheld)
    assert error.reference == "network-unauthorized"
    assert words in error.hint
    assert "packages.example.com" in error.message
    assert error.context == ("https://packages.example.com/simple/?…",)


def test_the_proxy_may_refuse_too() -> None:
    assert refused(407, URL, ORIGIN, authorized=False, withheld=None).reference == "network-proxy"


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (faults.ProtocolError("x"), "the connection broke"),
        (faults.DecodeError("x"), "the answer can't be unpacked"),
        (faults.ReadTimeoutError(POOL, "u", "x"), "nothing came for 20 seconds"),
        (faults.ConnectTimeoutError("x"), "no connection within 20 seconds"),
        (faults.SSLError(ssl.SSLError("handshake")), "the request failed (SSLError)"),
        (faults.ProxyError("x", OSError("refused")), "the proxy on the way"),
        (requests.ConnectionError(faults.ProtocolError("x")), "the connection broke"),
        (requests.ConnectionError(OSError("x")), "the connection broke"),
        (requests.ConnectTimeout(given_up(faults.ConnectTimeoutError("x"))), "no connection within 20 seconds"),
        (requests.ConnectionError(given_up(UNKNOWN_NAME)), "is not known here"),
        (requests.exceptions.ProxyError(given_up(faults.ProxyError("x", OSError("refused")))), "the proxy on the way"),
        (requests.exceptions.InvalidHeader("secret"), "the request failed (InvalidHeader)"),
    ],
)
def test_what_may_pass_is_tried_again(fault: Exception, words: str) -> None:
    found = transport_failure(fault, URL, NetworkSettings())
    assert isinstance(found, TransientError)
    assert words in found.message
    assert "secret" not in found.message


def refused_by_windows() -> OSError:
    """As in Wine: it refuses the certificate, and has no way to ask those that were added."""
    error = OSError("Invalid parameter.")
    error.__context__ = ssl.SSLCertVerificationError("Certificate chain policy error 0x800b010f [0]")
    return error


@pytest.mark.parametrize(
    "fault",
    [
        faults.SSLError(ssl.SSLCertVerificationError("0x800b010f")),
        requests.exceptions.SSLError(given_up(faults.SSLError(ssl.SSLCertVerificationError("0x800b010f")))),
        requests.ConnectionError(faults.ProtocolError("Connection aborted.", refused_by_windows())),
        faults.ProxyError("x", refused_by_windows()),
    ],
)
def test_a_certificate_that_is_refused_is_said_at_once(fault: Exception) -> None:
    found = transport_failure(fault, URL, NetworkSettings())
    assert isinstance(found, NetworkError)
    assert found.reference == "network-certificate"
    assert "0x800b010f" in found.message


@pytest.mark.parametrize(
    "fault",
    [
        faults.LocationParseError("x"),
        requests.exceptions.InvalidURL(faults.LocationParseError("x")),
        requests.exceptions.InvalidURL("no host"),
    ],
)
def test_an_address_that_is_none(fault: Exception) -> None:
    found = transport_failure(fault, URL, NetworkSettings())
    assert isinstance(found, NetworkError)
    assert found.reference == "network-address"


@only_linux.ELSEWHERE
def test_a_host_without_certificates_uses_those_of_the_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # OpenSSL itself reads these two
    (tmp_path / "empty.pem").write_bytes(b"")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "empty.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "none"))
    adapter = Connections(NetworkSettings()).for_origin(ORIGIN).get_adapter("https://packages.example.com")
    assert isinstance(adapter, HTTPAdapter)
    context: ssl.SSLContext = adapter.poolmanager.connection_pool_kw["ssl_context"]
    assert context.cert_store_stats()["x509_ca"] > 50
    assert context.verify_mode is ssl.CERT_REQUIRED


def test_a_proxy_that_only_a_script_names() -> None:
    settings = NetworkSettings(proxy_script="http://me:secret@wpad.test/proxy.pac")
    found = transport_failure(faults.ConnectTimeoutError("x"), URL, settings)
    assert "Windows finds its proxy by a script (http://wpad.test/proxy.pac), which isn't read" in found.message
    assert "script" not in transport_failure(faults.DecodeError("x"), URL, settings).message
    assert "NTLM or Negotiate isn't supported" in refused(407, URL, ORIGIN, authorized=False, withheld=None).hint


def test_certificates_of_old_forms_are_taken() -> None:
    context = ssl.create_default_context()
    context.verify_flags |= ssl.VERIFY_X509_STRICT  # as Python 3.13 makes it
    accept_old_forms(context)
    assert not context.verify_flags & ssl.VERIFY_X509_STRICT
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED
