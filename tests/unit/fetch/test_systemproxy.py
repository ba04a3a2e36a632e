from __future__ import annotations

import pytest

from bundler.fetch.pipconf import PipSettings
from bundler.fetch.settings import NetworkOptions, NetworkSettings
from bundler.fetch.systemproxy import proxies_of, system_proxies
from bundler.fetch.urls import Origin

ON = {"ProxyEnable": 1, "ProxyServer": "proxy:3128", "ProxyOverride": "*.example.com;10.*;<local>"}
HERE = Origin("https", "index.test", 443)


def settings(values: dict[str, object], **environ: str) -> NetworkSettings:
    return NetworkSettings.of(PipSettings(), {"HOME": "/nonexistent", **environ}, system=proxies_of(values))


def test_one_server_is_for_everything() -> None:
    assert settings(dict(ON)).proxy_for(HERE) == "http://proxy:3128"
    assert settings(dict(ON)).proxy_for(Origin("http", "index.test", 80)) == "http://proxy:3128"


@pytest.mark.parametrize("host", ["a.example.com", "example.com", "10.1.2.3", "intranet", "localhost", "127.0.0.1"])
def test_what_is_reached_directly(host: str) -> None:
    assert settings(dict(ON)).proxy_for(Origin("https", host, 443)) is None


def test_a_list_of_servers_by_protocol() -> None:
    values = {**ON, "ProxyServer": "ftp=f:1;http=h:80; https=s:443".replace("; ", ";"), "ProxyOverride": None}
    assert settings(values).proxy_for(HERE) == "http://s:443"
    assert settings(values).proxy_for(Origin("http", "a.example.com", 80)) == "http://h:80"
    assert proxies_of({**ON, "ProxyServer": "ftp=f:1"}) == {}


@pytest.mark.parametrize("values", [{}, {**ON, "ProxyEnable": 0}, {**ON, "ProxyServer": ""}, {**ON, "ProxyServer": 7}])
def test_switched_off(values: dict[str, object]) -> None:
    assert proxies_of(values) == {}


def test_variables_win() -> None:
    assert settings(dict(ON), HTTPS_PROXY="http://mine").proxy_for(HERE) == "http://mine"
    assert settings(dict(ON), HTTPS_PROXY="http://mine").proxy_for(Origin("https", "intranet", 443)) == "http://mine"
    assert settings(dict(ON), NO_PROXY="index.test").proxy_for(HERE) is None
    explicit = NetworkSettings.of(
        PipSettings(), {"HOME": "/nonexistent"}, NetworkOptions(proxy="http://mine"), system=proxies_of(ON)
    )
    assert explicit.proxy_for(Origin("https", "intranet", 443)) == "http://mine"


def test_elsewhere_there_is_none() -> None:
    assert system_proxies() == {}


def test_a_script_that_finds_the_proxy_is_known_and_not_read() -> None:
    found = settings({"AutoConfigURL": "http://wpad.test/proxy.pac"})
    assert found.proxy_script == "http://wpad.test/proxy.pac"
    assert found.proxy_for(HERE) is None
    assert settings({**ON, "AutoConfigURL": "http://wpad.test/proxy.pac"}).proxy_script is None, (
        "a named proxy is taken"
    )
    assert settings({"AutoConfigURL": "http://wpad.test/x"}, HTTPS_PROXY="http://p:1").proxy_script is None
