"""Ways to an index that isn't open to all: credentials, proxies, certificates of one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bundler.errors import HostError, InputError, NetworkError
from bundler.fetch import Downloads, HttpTransport, NetworkSettings, PipSettings, Retry, Store
from bundler.fetch.settings import NetworkOptions
from bundler.model.artifact import Artifact
from bundler.report import Reporter
from tests.support.certificates import Certificates, hashed_folder, make_certificates
from tests.support.index import Fault, LocalIndex
from tests.support.packages import make_wheel
from tests.support.proxy import LocalProxy

if TYPE_CHECKING:
    from pathlib import Path

PAGE = "/simple/demo/"
BASIC = "Basic bWU6c2VjcmV0"


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    return make_wheel(tmp_path / "published")


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("tls"))


def transport(environ: dict[str, str] | None = None, pip: Any = None, **more: Any) -> HttpTransport:
    settings = NetworkSettings.of(
        pip or PipSettings(), {"HOME": "/nonexistent", **(environ or {})}, NetworkOptions(**more)
    )
    return HttpTransport(settings, retry=Retry(attempts=2, first_delay=0))


def port(index: LocalIndex) -> str:
    return index.base.rpartition(":")[2]


class TestCredentials:
    def test_of_an_address(self, wheel: Path) -> None:
        with LocalIndex(wheel, auth=("me", "secret")) as index:
            given = index.url.replace("//", "//me:secret@")
            client = HttpTransport(
                NetworkSettings.of(PipSettings(), {"HOME": "/nonexistent"}, NetworkOptions(urls=[given]))
            )
            answer = client.get(index.base + PAGE)
            assert answer.status == 200
            with transport() as other:
                answer = other.get(given + "demo/")
                assert answer.url == index.base + PAGE, "what is handed on holds no credentials"
                assert other.get(index.file_url(wheel.name)).status == 200, "learned for the whole host"

    def test_of_pips_index(self, wheel: Path) -> None:
        with LocalIndex(wheel, auth=("me", "secret")) as index:
            pip = PipSettings(index_url=index.url.replace("//", "//me:secret@"))
            assert transport(pip=pip).get(index.base + PAGE).status == 200

    def test_of_netrc(self, wheel: Path, tmp_path: Path) -> None:
        (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password secret\n")
        with (
            LocalIndex(wheel, auth=("me", "secret")) as index,
            transport({"HOME": str(tmp_path)}, urls=[index.url]) as client,
        ):
            assert client.get(index.base + PAGE).status == 200

    def test_a_token_of_the_environment(self, wheel: Path) -> None:
        with LocalIndex(wheel, token="abc") as index:
            for name in ("127_0_0_1", f"127_0_0_1_{port(index)}"):
                with transport({f"BUNDLE_INDEX_TOKEN_{name}": "abc"}, urls=[index.url]) as client:
                    assert client.get(index.base + PAGE).status == 200

    def test_a_name_and_password_of_the_environment(self, wheel: Path) -> None:
        environ = {"BUNDLE_INDEX_USER_127_0_0_1": "me", "BUNDLE_INDEX_PASSWORD_127_0_0_1": "secret"}
        with LocalIndex(wheel, auth=("me", "secret")) as index, transport(environ, urls=[index.url]) as client:
            assert client.get(index.base + PAGE).status == 200

    def test_a_download_uses_them_too(self, wheel: Path, tmp_path: Path) -> None:
        with LocalIndex(wheel, token="abc") as index:
            client = transport({"BUNDLE_INDEX_TOKEN_127_0_0_1": "abc"}, urls=[index.url])
            artifact = Artifact(filename=wheel.name, url=index.file_url(wheel.name))
            found = Downloads(client, Store(tmp_path)).fetch([artifact], Reporter())
            assert found[artifact].path.read_bytes() == wheel.read_bytes()

    def test_none_and_wrong_ones(self, wheel: Path) -> None:
        with LocalIndex(wheel, auth=("me", "secret")) as index:
            with transport() as client, pytest.raises(NetworkError) as caught:
                client.get(index.base + PAGE)
            assert caught.value.reference == "network-unauthorized"
            assert "BUNDLE_INDEX_TOKEN_127_0_0_1" in caught.value.hint
            with transport() as client, pytest.raises(NetworkError) as caught:
                client.get(index.base.replace("//", "//me:wrong@") + PAGE)
            assert "refuses the credentials" in caught.value.message
            assert "wrong" not in repr((caught.value.message, caught.value.context, caught.value.hint))
            assert len(index.requests) == 2, "asking again would lock the account"

    def test_another_host_gets_none_of_them(self, wheel: Path, tmp_path: Path) -> None:
        with LocalIndex(wheel, auth=("me", "secret")) as index, LocalIndex(wheel, host="localhost") as other:
            index.fault(PAGE, Fault(redirect=other.base + PAGE))
            index.fault(wheel.name, Fault(redirect=other.file_url(wheel.name)))
            client = transport(urls=[index.base.replace("//", "//me:secret@")])
            assert client.get(index.base + PAGE).url == other.base + PAGE
            artifact = Artifact(filename=wheel.name, url=index.file_url(wheel.name))
            Downloads(client, Store(tmp_path)).fetch([artifact], Reporter())
            assert [each.headers["authorization"] for each in index.requests] == [BASIC, BASIC]
            assert len(other.requests) == 2
            assert not any("authorization" in each.headers for each in other.requests)

    def test_another_port_is_another_host(self, wheel: Path) -> None:
        with LocalIndex(wheel) as index, LocalIndex(wheel) as other:
            index.fault(PAGE, Fault(redirect=other.base + PAGE))
            transport().get(index.base.replace("//", "//me:secret@") + PAGE)
            assert "authorization" not in other.requests[0].headers

    def test_credentials_inside_a_redirect_are_not_taken(self, wheel: Path) -> None:
        with LocalIndex(wheel) as index, LocalIndex(wheel) as other, transport() as client:
            index.fault(PAGE, Fault(redirect=other.base.replace("//", "//evil:evil@") + PAGE))
            assert client.get(index.base + PAGE).url == other.base + PAGE
            assert "authorization" not in other.requests[0].headers


def test_nothing_is_read_from_the_environment_by_itself(
    wheel: Path, tls: Certificates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # the library below reads these itself unless it is told not to
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password secret\n")
    with LocalProxy() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
        for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
            monkeypatch.setenv(name, str(tls.authority))
        with LocalIndex(wheel) as index, transport() as client:
            assert client.get(index.base + PAGE).status == 200
            assert "authorization" not in index.requests[0].headers
        with LocalIndex(wheel, tls=tls) as index, transport() as client:
            with pytest.raises(NetworkError) as caught:
                client.get(index.base + PAGE)
            assert caught.value.reference == "network-certificate"
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "none.pem"))
        with LocalIndex(wheel, tls=tls) as index, transport(ca_file=str(tls.authority)) as client:
            assert client.get(index.base + PAGE).status == 200
        assert proxy.seen == []


class TestProxies:
    @pytest.mark.parametrize("how", ["argument", "pip", "environment"])
    def test_requests_go_through(self, wheel: Path, how: str) -> None:
        with LocalIndex(wheel) as index, LocalProxy() as proxy:
            clients = {
                "argument": lambda: transport(proxy=proxy.url),
                "pip": lambda: transport(pip=PipSettings(proxy=proxy.address)),
                "environment": lambda: transport({"http_proxy": proxy.url}),
            }
            with clients[how]() as client:
                assert client.get(index.base + PAGE).status == 200
            assert proxy.seen == [("GET", index.base + PAGE)]

    def test_no_proxy(self, wheel: Path) -> None:
        with LocalIndex(wheel) as index, LocalProxy() as proxy:
            with transport({"HTTP_PROXY": proxy.url, "NO_PROXY": "example.com,127.0.0.1"}) as client:
                assert client.get(index.base + PAGE).status == 200
            assert proxy.seen == []

    def test_tls_is_tunnelled(self, wheel: Path, tls: Certificates) -> None:
        with LocalIndex(wheel, tls=tls) as index, LocalProxy(auth=("p", "q")) as proxy:
            through = proxy.url.replace("//", "//p:q@")
            with transport({"HTTPS_PROXY": through}, ca_file=str(tls.authority)) as client:
                assert client.get(index.base + PAGE).status == 200
            assert proxy.seen == [("CONNECT", index.base.removeprefix("https://"))]

    def test_its_credentials_go_no_further(self, wheel: Path, tls: Certificates) -> None:
        for secure in (False, True):
            with LocalIndex(wheel, tls=tls if secure else None) as index, LocalProxy(auth=("p", "q")) as proxy:
                through = proxy.url.replace("//", "//p:q@")
                with transport(proxy=through, ca_file=str(tls.authority)) as client:
                    assert client.get(index.base + PAGE).status == 200
                assert not {"authorization", "proxy-authorization"} & set(index.requests[0].headers)

    @pytest.mark.parametrize("secure", [False, True])
    def test_the_proxy_wants_credentials(self, wheel: Path, tls: Certificates, *, secure: bool) -> None:
        with LocalIndex(wheel, tls=tls if secure else None) as index, LocalProxy(auth=("p", "q")) as proxy:
            with (
                transport(proxy=proxy.url.replace("//", "//p:hidden@")) as client,
                pytest.raises(NetworkError) as caught,
            ):
                client.get(index.base + PAGE)
            assert caught.value.reference == "network-proxy"
            assert "hidden" not in repr((caught.value.message, caught.value.context, caught.value.hint))
            assert len(proxy.seen) == 1

    def test_the_proxy_is_away(self, wheel: Path) -> None:
        with LocalProxy() as gone:
            pass
        with LocalIndex(wheel) as index, transport(proxy=gone.url) as client:
            with pytest.raises(NetworkError) as caught:
                client.get(index.base + PAGE)
            assert caught.value.reference == "index-unreachable"
            assert "proxy" in caught.value.message

    @pytest.mark.parametrize(
        "proxy", ["socks5://127.0.0.1:1", "http://", "http://[", "http://127.0.0.1:99999", "http://host:x"]
    )
    def test_a_proxy_that_is_none(self, wheel: Path, proxy: str) -> None:
        with LocalIndex(wheel) as index, transport(proxy=proxy) as client:
            with pytest.raises(InputError) as caught:
                client.get(index.base + PAGE)
            assert caught.value.reference == "network-proxy"


class TestCertificates:
    @pytest.mark.parametrize("how", ["argument", "folder", "pip", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"])
    def test_an_authority_of_ones_own(self, wheel: Path, tls: Certificates, tmp_path: Path, how: str) -> None:
        environ = {how: str(tls.authority)} if how.isupper() else {}
        pip = PipSettings(cert=str(tls.authority)) if how == "pip" else PipSettings()
        more = {"ca_file": str(tls.authority)} if how == "argument" else {}
        if how == "folder":
            # OpenSSL finds certificates in a folder by the hash of their subject
            folder = tmp_path / "authorities"
            more = {"ca_file": str(hashed_folder(folder, tls.authority))}
        with LocalIndex(wheel, tls=tls) as index, transport(environ, pip, **more) as client:
            assert client.get(index.base + PAGE).status == 200

    def test_an_unknown_authority(self, wheel: Path, tls: Certificates) -> None:
        with LocalIndex(wheel, tls=tls) as index, transport() as client:
            with pytest.raises(NetworkError) as caught:
                client.get(index.base + PAGE)
            assert caught.value.reference == "network-certificate"
            assert "127.0.0.1" in caught.value.message
            assert "REQUESTS_CA_BUNDLE" in caught.value.hint
            assert index.requests == []

    def test_a_certificate_of_another_host(self, wheel: Path, tls: Certificates) -> None:
        with LocalIndex(wheel, tls=tls) as index, transport(ca_file=str(tls.authority)) as client:
            other = index.base.replace("127.0.0.1", "127.1")
            with pytest.raises(NetworkError) as caught:
                client.get(other + PAGE)
            assert caught.value.reference == "network-certificate"

    def test_a_trusted_host(self, wheel: Path, tls: Certificates) -> None:
        with LocalIndex(wheel, tls=tls) as index, transport(pip=PipSettings(trusted_hosts=("127.0.0.1",))) as client:
            assert client.get(index.base + PAGE).status == 200

    def test_a_trusted_host_behind_a_proxy(self, wheel: Path, tls: Certificates) -> None:
        pip = PipSettings(trusted_hosts=("127.0.0.1",))
        with LocalIndex(wheel, tls=tls) as index, LocalProxy() as proxy:
            with transport(pip=pip, proxy=proxy.url) as client:
                assert client.get(index.base + PAGE).status == 200
            with transport(proxy=proxy.url) as client, pytest.raises(NetworkError) as caught:
                client.get(index.base + PAGE)
            assert caught.value.reference == "network-certificate"
            assert len(proxy.seen) == 2

    def test_a_client_certificate(self, wheel: Path, tls: Certificates) -> None:
        with LocalIndex(wheel, tls=tls, client_certificate=True) as index:
            with transport(ca_file=str(tls.authority), client_certificate=str(tls.client)) as client:
                assert client.get(index.base + PAGE).status == 200
            with transport(ca_file=str(tls.authority)) as client, pytest.raises(NetworkError):
                client.get(index.base + PAGE)

    @pytest.mark.parametrize("which", ["ca_file", "client_certificate"])
    def test_a_file_that_is_not_there(self, wheel: Path, which: str, tmp_path: Path) -> None:
        with LocalIndex(wheel) as index, transport({}, None, **{which: str(tmp_path / "none.pem")}) as client:
            with pytest.raises(HostError) as caught:
                client.get(index.base + PAGE)
            assert caught.value.reference == "network-certificate-file"
            assert str(tmp_path / "none.pem") in caught.value.context

    def test_no_way_down_from_tls(self, wheel: Path, tls: Certificates) -> None:
        with LocalIndex(wheel, tls=tls) as index, LocalIndex(wheel) as plain:
            index.fault(PAGE, Fault(redirect=plain.base + PAGE))
            with transport(ca_file=str(tls.authority)) as client, pytest.raises(NetworkError) as caught:
                client.get(index.base + PAGE)
            assert caught.value.reference == "network-redirect"
            assert plain.requests == []
