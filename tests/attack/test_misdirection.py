"""Requests that are led elsewhere: credentials that follow redirects, packages that a second index could give."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from bundler.errors import NetworkError
from bundler.fetch import Downloads, HttpTransport, NetworkOptions, NetworkSettings, PipSettings, Retry, Store
from bundler.fetch.auth import Credentials
from bundler.fetch.network_errors import refused
from bundler.fetch.urls import basic, origin_of
from bundler.model.artifact import Artifact
from bundler.report import Reporter
from tests.support.commandline import make_bench, make_runtime
from tests.support.index import Fault, LocalIndex
from tests.support.packages import make_wheel

if TYPE_CHECKING:
    from pathlib import Path

PAGE = "/simple/demo/"
TOKEN = "BUNDLE_INDEX_TOKEN_127_0_0_1"


def transport(environ: dict[str, str], *urls: str) -> HttpTransport:
    """``urls``: what the user named."""
    settings = NetworkSettings.of(PipSettings(), environ, NetworkOptions(urls=urls))
    return HttpTransport(settings, retry=Retry(attempts=1))


@pytest.mark.parametrize("source", ["netrc", "variable"])
def test_another_port_of_a_host_gets_what_is_its_own_only(tmp_path: Path, source: str) -> None:
    wheel = make_wheel(tmp_path / "published")
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password secret\n" if source == "netrc" else "")
    environ = {"HOME": str(tmp_path)} | ({TOKEN: "abc"} if source == "variable" else {})
    with LocalIndex(wheel) as index, LocalIndex(wheel) as other:
        index.fault(PAGE, Fault(redirect=other.base + PAGE, times=None))
        index.fault(wheel.name, Fault(redirect=other.file_url(wheel.name), times=None))
        artifact = Artifact(filename=wheel.name, url=index.file_url(wheel.name))
        own = environ | {f"{TOKEN}_{other.port}": "own"}
        with transport(environ, index.url) as client, transport(own, index.url) as another:
            client.get(index.base + PAGE)
            Downloads(client, Store(tmp_path)).fetch([artifact], Reporter())
            another.get(index.base + PAGE)
        assert all("authorization" in each.headers for each in index.requests)
        assert [each.headers.get("authorization") for each in other.requests] == [None, None, "Bearer own"]


@pytest.mark.parametrize("source", ["netrc", "variable"])
def test_a_link_to_another_port_gets_what_is_its_own_only(tmp_path: Path, source: str) -> None:
    """Whoever runs the index chooses where its page leads, as with a redirect."""
    wheel = make_wheel(tmp_path / "published")
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password secret\n" if source == "netrc" else "")
    environ = {"HOME": str(tmp_path)} | ({TOKEN: "abc"} if source == "variable" else {})
    with LocalIndex(wheel) as index, LocalIndex(wheel, token="own") as other:
        artifact = Artifact(filename=wheel.name, url=other.file_url(wheel.name))
        with transport(environ, index.url) as client, pytest.raises(NetworkError) as caught:
            Downloads(client, Store(tmp_path / "a")).fetch([artifact], Reporter())
        assert caught.value.reference == "network-unauthorized"
        assert "only an index or a server names" in caught.value.message
        assert f"{TOKEN}_{other.port}" in caught.value.hint
        with transport(environ | {f"{TOKEN}_{other.port}": "own"}, index.url) as client:
            Downloads(client, Store(tmp_path / "b")).fetch([artifact], Reporter())
        with transport(environ, index.url) as client:
            client.name([other.url])  # as for an address in a recipe
            with pytest.raises(NetworkError, match="refuses the credentials"):
                Downloads(client, Store(tmp_path / "c")).fetch([artifact], Reporter())
        sent = [each.headers.get("authorization") for each in other.requests]
        assert sent[:2] == [None, "Bearer own"]
        assert sent[2] not in (None, "Bearer own")


PLACES = (
    "https://host/",
    "https://host:8443/",
    "http://host/",
    "http://host:8080/",
    "https://other/",
    "http://localhost/",
    "http://localhost:8080/",
)


@pytest.mark.parametrize(
    ("named", "environ", "reached"),
    [
        ((), {}, {"https://host/": "netrc"}),
        (("https://host:8443/simple/",), {}, {"https://host/": "netrc", "https://host:8443/": "netrc"}),
        (("https://a:b@host:8443/simple/",), {}, {"https://host/": "netrc", "https://host:8443/": "userinfo"}),
        (("https://a:b@host/simple/",), {}, {"https://host/": "userinfo"}),
        (("http://host:8080/",), {}, {"https://host/": "netrc"}),
        (("http://a:b@host:8080/",), {}, {"https://host/": "netrc", "http://host:8080/": "userinfo"}),
        ((), {"BUNDLE_INDEX_TOKEN_HOST_8443": "t"}, {"https://host/": "netrc", "https://host:8443/": "token"}),
        ((), {"BUNDLE_INDEX_TOKEN_HOST": "t"}, {"https://host/": "token"}),
        ((), {"BUNDLE_INDEX_TOKEN_LOCALHOST": "t"}, {"https://host/": "netrc", "http://localhost/": "token"}),
        (
            ("http://localhost:8080/",),
            {"BUNDLE_INDEX_TOKEN_LOCALHOST": "t"},
            {"https://host/": "netrc", "http://localhost/": "token", "http://localhost:8080/": "token"},
        ),
    ],
)
def test_which_credentials_reach_which_place(
    tmp_path: Path, named: tuple[str, ...], environ: dict[str, str], reached: dict[str, str]
) -> None:
    """Each source of credentials beside each scheme, host and port; all others get none."""
    (tmp_path / ".netrc").write_text("machine host login n password m\n")
    settings = NetworkSettings.of(PipSettings(), {"HOME": str(tmp_path), **environ}, NetworkOptions(urls=named))
    values = {"netrc": basic("n", "m"), "userinfo": basic("a", "b"), "token": "Bearer t", "": None}
    credentials = Credentials(settings)
    for place in PLACES:
        assert credentials.of(origin_of(place)) == values[reached.get(place, "")], place


@pytest.mark.parametrize(
    ("named", "reached"),
    [
        ((), {"https://packages.example.com/"}),
        (("https://packages.example.com/simple/",), {"https://packages.example.com/"}),
        (("https://packages-example.com/simple/",), {"https://packages-example.com/"}),
        (
            ("https://packages-example.com/simple/", "https://packages.example.com/simple/"),
            {"https://packages-example.com/", "https://packages.example.com/"},
        ),
    ],
)
@pytest.mark.parametrize("port", ["", "_443"])
def test_a_variable_is_for_one_of_the_hosts_that_its_name_stands_for(
    tmp_path: Path, named: tuple[str, ...], reached: set[str], port: str
) -> None:
    """Whoever registers packages-example.com and has one page lead there would get what is for packages.example.com."""
    environ = {"HOME": str(tmp_path), f"BUNDLE_INDEX_TOKEN_PACKAGES_EXAMPLE_COM{port}": "t"}
    settings = NetworkSettings.of(PipSettings(), environ, NetworkOptions())
    credentials = Credentials(settings)
    places = [f"https://{each}/" for each in ("packages.example.com", "packages-example.com", "packages_example.com")]
    assert {each: credentials.withheld(origin_of(each)) for each in places[1:]} == dict.fromkeys(places[1:], "name")
    for each in (*places, *named):  # asked before they are named: that answer isn't kept
        credentials.of(origin_of(each))
    for each in named:
        credentials.name(origin_of(each))
    assert {each for each in places if credentials.of(origin_of(each)) == "Bearer t"} == reached


def test_whose_variable_is_not_meant_is_told_so(tmp_path: Path) -> None:
    with LocalIndex(make_wheel(tmp_path), token="abc") as index:
        url = index.url.replace("127.0.0.1", "localhost")
        environ = {"HOME": str(tmp_path), "BUNDLE_INDEX_TOKEN_LOCALHOST": "abc"}
        with transport(environ, url.replace("localhost", "LOCALHOST")) as client:
            assert client.get(url).status == 200
    error = refused(401, "https://a-b/x", origin_of("https://a-b/x"), authorized=False, withheld="name")
    assert "BUNDLE_INDEX_TOKEN_A_B and its kin go to a host with another name" in error.message
    assert "into netrc" in error.hint


def test_what_netrc_has_for_all_goes_to_hosts_that_the_user_named(tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text("machine own login n password m\ndefault login a password b\n")
    settings = NetworkSettings.of(
        PipSettings(index_url="https://index/simple/"), {"HOME": str(tmp_path)}, NetworkOptions()
    )
    credentials = Credentials(settings)
    found = {each: credentials.of(origin_of(f"https://{each}/")) for each in ("own", "index", "elsewhere", "default")}
    assert found == {"own": basic("n", "m"), "index": basic("a", "b"), "elsewhere": None, "default": None}
    credentials.name(origin_of("https://elsewhere/x"))
    assert credentials.of(origin_of("https://elsewhere/")) == basic("a", "b")


def test_a_redirect_on_the_same_port_keeps_them(tmp_path: Path) -> None:
    with LocalIndex(make_wheel(tmp_path), token="abc") as index, transport({TOKEN: "abc"}, index.url) as client:
        assert client.get(index.base + "/simple/Demo").status == 200
        assert len(index.requests) == 2


def test_what_two_indexes_have_is_reported(tmp_path: Path) -> None:
    """alpha and beta are on the first; the second has a newer alpha, which isn't taken, and could be one day."""
    with LocalIndex() as first, LocalIndex() as second:
        bench = make_bench(tmp_path / "bench", first)
        second.add(make_wheel(tmp_path / "second", "alpha", "99.0"))
        done = bench.run("lock", bench.recipe, "--index", first.url, index=second.url)
        assert done.code == 0
        said = " ".join(done.err.split())
        assert "[index-shared]" in said
        assert f"alpha could come from {first.url} or {second.url}" in said
        assert 'version = "99.0"' not in bench.lock.read_text("utf-8")
        named = f'indexes = [{{ url = "{second.url}", packages = ["gamma"] }}]'
        bench.write(packages=named)
        assert "[index-shared]" not in bench.run("lock", bench.recipe).err


def test_what_two_indexes_have_is_reported_of_runtimes_too(tmp_path: Path) -> None:
    """A runtime or a legacy installer of an index is given by the first that has it, as packages are."""
    runtime = make_runtime(tmp_path / "runtime-1.0.zip")
    with LocalIndex(runtime) as first, LocalIndex(runtime) as second:
        bench = make_bench(tmp_path / "bench", first)
        source = f'source = "index:runtime==1.0/{runtime.name}"\nunsigned = true\n'
        bench.write(runtime=source)
        done = bench.run("lock", bench.recipe, "--index", first.url, index=second.url)
        assert done.code == 0, done.err
        assert f"runtime could come from {first.url} or {second.url}" in " ".join(done.err.split())
        bench.write(runtime=source + f'sha256 = "{hashlib.sha256(runtime.read_bytes()).hexdigest()}"\n')
        done = bench.run("lock", bench.recipe, "--index", first.url, index=second.url)
        assert done.code == 0, done.err
        assert "[index-shared]" not in done.err
