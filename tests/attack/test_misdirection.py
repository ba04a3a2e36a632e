"""Requests that are led elsewhere: credentials that follow redirects, packages that a second index could give."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bundler.fetch import Downloads, HttpTransport, NetworkOptions, NetworkSettings, PipSettings, Retry, Store
from bundler.model.artifact import Artifact
from bundler.report import Reporter
from tests.support.commandline import make_bench
from tests.support.index import Fault, LocalIndex
from tests.support.packages import make_wheel

if TYPE_CHECKING:
    from pathlib import Path

PAGE = "/simple/demo/"
TOKEN = "BUNDLE_INDEX_TOKEN_127_0_0_1"


def transport(environ: dict[str, str]) -> HttpTransport:
    settings = NetworkSettings.of(PipSettings(), environ, NetworkOptions())
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
        with transport(environ) as client, transport(environ | {f"{TOKEN}_{other.port}": "own"}) as another:
            client.get(index.base + PAGE)
            Downloads(client, Store(tmp_path)).fetch([artifact], Reporter())
            another.get(index.base + PAGE)
        assert all("authorization" in each.headers for each in index.requests)
        assert [each.headers.get("authorization") for each in other.requests] == [None, None, "Bearer own"]


def test_a_redirect_on_the_same_port_keeps_them(tmp_path: Path) -> None:
    with LocalIndex(make_wheel(tmp_path), token="abc") as index, transport({TOKEN: "abc"}) as client:
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
