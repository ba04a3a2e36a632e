"""Whom a host trusts: on Windows as Windows itself does, unless the user names an authority."""

from __future__ import annotations

import ssl
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

import certifi
import pytest
from requests.adapters import HTTPAdapter

from bundler.fetch.authorities import checking
from bundler.fetch.connections import Connections
from bundler.fetch.pipconf import PipSettings
from bundler.fetch.settings import NetworkOptions, NetworkSettings
from bundler.fetch.urls import origin_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ORIGIN = origin_of("https://packages.example.com/simple/")


class OfWindows(ssl.SSLContext):
    """Stands for truststore's, which leaves the verification to Windows: it counts nothing, and remembers what else may be trusted."""

    def load_verify_locations(self, cafile: Any = None, capath: Any = None, cadata: Any = None) -> None:
        self.also = cafile
        super().load_verify_locations(cafile, capath, cadata)

    def cert_store_stats(self) -> dict[str, int]:
        raise NotImplementedError


@pytest.fixture
def truststore(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("truststore")
    module.SSLContext = OfWindows  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "truststore", module)


def context_of(settings: NetworkSettings, *, windows: bool = True) -> ssl.SSLContext:
    adapter = Connections(settings, windows=windows).for_origin(ORIGIN).get_adapter("https://packages.example.com")
    assert isinstance(adapter, HTTPAdapter)
    context: ssl.SSLContext = adapter.poolmanager.connection_pool_kw["ssl_context"]
    return context


@pytest.mark.usefixtures("truststore")
def test_windows_verifies_itself_and_what_it_lacks_may_be_certifis() -> None:
    context = context_of(NetworkSettings())
    assert isinstance(context, OfWindows)
    assert context.also == certifi.where()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert not context.verify_flags & ssl.VERIFY_X509_STRICT


@pytest.mark.usefixtures("truststore")
def test_other_systems_are_asked_by_openssl() -> None:
    assert not isinstance(context_of(NetworkSettings(), windows=False), OfWindows)


@pytest.mark.usefixtures("truststore")
@pytest.mark.parametrize("variable", ["PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "--ca-file"])
def test_an_authority_that_the_user_names_is_the_only_one(variable: str) -> None:
    file = certifi.where()
    environ: Mapping[str, str] = {} if variable in ("PIP_CERT", "--ca-file") else {variable: file}
    pip = PipSettings(cert=file) if variable == "PIP_CERT" else PipSettings()
    options = NetworkOptions(ca_file=file) if variable == "--ca-file" else None
    context = context_of(NetworkSettings.of(pip, environ, options))
    assert not isinstance(context, OfWindows)
    assert context.verify_mode is ssl.CERT_REQUIRED


@pytest.mark.usefixtures("truststore")
def test_a_folder_of_authorities_is_one(tmp_path: Path) -> None:
    assert not isinstance(checking(str(tmp_path), windows=True), OfWindows)


def test_without_truststore_openssl_gets_certifis(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "truststore", None)  # as if it weren't installed
    context = checking(None, windows=True)
    assert context.cert_store_stats()["x509_ca"] > 50
    assert context.verify_mode is ssl.CERT_REQUIRED


@pytest.mark.usefixtures("truststore")
def test_a_trusted_host_is_asked_for_no_certificate() -> None:
    context = context_of(NetworkSettings(trusted_hosts=(ORIGIN.host,)))
    assert context.verify_mode is ssl.CERT_NONE
    assert not context.check_hostname
