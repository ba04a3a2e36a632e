from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bundler.errors import InputError
from bundler.fetch.auth import Credentials
from bundler.fetch.pipconf import PipSettings
from bundler.fetch.settings import NetworkOptions, NetworkSettings, bypassed
from bundler.fetch.urls import Origin, basic, origin_of

if TYPE_CHECKING:
    from pathlib import Path

HERE = Origin("https", "packages.example.com", 443)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("*", True),
        ("example.com", True),
        (".example.com", True),
        ("*.example.com", True),
        ("packages.example.com:443", True),
        ("packages.example.com:8443", False),
        ("ample.com", False),
        ("", False),
        ("10.0.0.0/8", False),
    ],
)
def test_no_proxy_by_name(entry: str, expected: bool) -> None:
    assert bypassed(HERE, [entry]) is expected


def test_no_proxy_by_address() -> None:
    origin = Origin("http", "10.1.2.3", 80)
    assert bypassed(origin, ["10.0.0.0/8"])
    assert bypassed(origin, ["10.1.2.3"])
    assert not bypassed(origin, ["192.168.0.0/16", "10.1.2.3:81"])


def test_proxies_by_scheme_and_explicit_ones(tmp_path: Path) -> None:
    environ = {
        "HTTPS_PROXY": "http://upper",
        "https_proxy": "lower:3128",
        "ALL_PROXY": "http://all",
        "HOME": str(tmp_path),
    }
    settings = NetworkSettings.of(PipSettings(), environ)
    assert settings.proxy_for(HERE) == "http://lower:3128"
    assert settings.proxy_for(Origin("http", "x", 80)) == "http://all"
    explicit = NetworkSettings.of(PipSettings(proxy="http://pip"), environ, NetworkOptions(proxy="http://mine"))
    assert explicit.proxy_for(HERE) == "http://mine"
    assert NetworkSettings.of(PipSettings(proxy="http://pip"), environ).proxy_for(HERE) == "http://pip"
    assert NetworkSettings.of(PipSettings(), {"HOME": str(tmp_path)}).proxy_for(HERE) is None
    bare = NetworkSettings.of(PipSettings(), environ | {"NO_PROXY": "other, .example.com"})
    assert bare.proxy_for(HERE) is None


def test_authority_of_the_argument_pip_and_the_environment(tmp_path: Path) -> None:
    environ = {"SSL_CERT_FILE": "ssl.pem", "HOME": str(tmp_path)}
    assert NetworkSettings.of(PipSettings(), environ).authority == "ssl.pem"
    environ["REQUESTS_CA_BUNDLE"] = "requests.pem"
    assert NetworkSettings.of(PipSettings(), environ).authority == "requests.pem"
    assert NetworkSettings.of(PipSettings(cert="pip.pem"), environ).authority == "pip.pem"
    assert NetworkSettings.of(
        PipSettings(cert="pip.pem"), environ, NetworkOptions(ca_file=tmp_path / "ca")
    ).authority == str(tmp_path / "ca")


def test_credentials_of_addresses_variables_and_netrc(tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text("machine by-netrc login n password m\ndefault login d password e\n")
    environ = {
        "HOME": str(tmp_path),
        "BUNDLE_INDEX_TOKEN_PACKAGES_EXAMPLE_COM": "abc",
        "BUNDLE_INDEX_TOKEN_PACKAGES_EXAMPLE_COM_8443": "def",
        "BUNDLE_INDEX_USER_NAMED": "u",
        "BUNDLE_INDEX_PASSWORD_NAMED": "p",
    }
    settings = NetworkSettings.of(
        PipSettings(index_url="https://a:b@pips/simple"), environ, NetworkOptions(urls=["https://c:d@mine:1/x"])
    )
    credentials = Credentials(settings)
    answers = {
        "https://packages.example.com/": "Bearer abc",
        "https://packages.example.com:8443/": "Bearer def",
        "https://named/": basic("u", "p"),
        "https://pips/": basic("a", "b"),
        "https://mine:1/": basic("c", "d"),
        "https://mine/": basic("d", "e"),  # netrc's default, for hosts that the user named
        "https://elsewhere/": None,
        "https://by-netrc/": basic("n", "m"),
    }
    assert {url: credentials.of(origin_of(url)) for url in answers} == answers


def test_credentials_of_the_environment_stay_off_plain_connections(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path), "BUNDLE_INDEX_TOKEN_HOST": "abc", "BUNDLE_INDEX_TOKEN_LOCALHOST": "xyz"}
    far, near = Origin("http", "host", 80), Origin("http", "localhost", 80)
    credentials = Credentials(NetworkSettings.of(PipSettings(), environ))
    assert credentials.of(far) is None
    assert credentials.withheld(far)
    assert credentials.of(near) == "Bearer xyz"
    assert not credentials.withheld(Origin("http", "other", 80))
    trusting = Credentials(NetworkSettings.of(PipSettings(trusted_hosts=("host",)), environ))
    assert trusting.of(far) == "Bearer abc"


def test_credentials_are_learned_for_their_origin_only() -> None:
    credentials = Credentials(NetworkSettings())
    credentials.learn(HERE, "Basic x")
    assert credentials.of(HERE) == "Basic x"
    assert credentials.of(HERE._replace(port=444)) is None
    assert credentials.of(HERE._replace(scheme="http", port=80)) is None


def test_a_broken_netrc_is_named(tmp_path: Path) -> None:
    path = tmp_path / "my-netrc"
    path.write_text("machine x nonsense y\n")
    settings = NetworkSettings.of(PipSettings(), {"HOME": str(tmp_path), "NETRC": str(path)})
    with pytest.raises(InputError, match="my-netrc") as caught:
        Credentials(settings).of(HERE)
    assert caught.value.reference == "netrc-unreadable"
