"""Resolving from an index on loopback by the product's own transport: both formats, metadata files or not, and faults."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Literal

import pytest

from bundler.errors import IntegrityError, NetworkError, ResolutionError
from bundler.fetch import DiskCache, HttpTransport, NetworkSettings, PipSettings, Retry
from bundler.fetch.settings import NetworkOptions
from bundler.model.target import Target
from bundler.resolve import (
    Accepted,
    FileJudge,
    IndexRoute,
    Request,
    Resolution,
    ResolverPorts,
    Wanted,
    explain_files,
    find_file,
    resolve,
)
from tests.support.index import Fault, LocalIndex
from tests.support.packages import make_sdist, make_wheel
from tests.support.reporters import Remembering
from tests.support.shelf import inspect, pins

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bundler.model.artifact import Artifact

Format = Literal["html", "json", "negotiated"]
TARGET = Target.of("3.11.9", "win_amd64")


def packages(folder: Path) -> list[Path]:
    return [
        make_wheel(folder, "app", "1.0", requires=["lib[fast]>=1", 'unix; sys_platform != "win32"']),
        make_wheel(folder, "lib", "1.4", extras={"fast": ["leaf"]}),
        make_wheel(folder, "lib", "2.0", requires_python=">=3.12"),
        make_wheel(folder, "leaf", "0.1", files={"leaf/big.bin": bytes(300_000)}, stored=True),
        make_sdist(folder, "leaf", "0.2"),
    ]


EXPECTED = {"app": "1.0", "leaf": "0.1", "lib": "1.4"}


def run(
    folder: Path,
    *wanted: str,
    indexes: Sequence[str],
    told: Remembering | None = None,
    attempts: int = 3,
    url: str | None = None,
) -> Resolution:
    settings = NetworkSettings.of(
        PipSettings(), {}, NetworkOptions(urls=(url or indexes[0],), ca_file=None, proxy=None)
    )
    retry = Retry(attempts=attempts, sleep=lambda _: False)
    request = Request(
        target=TARGET,
        wanted=tuple(Wanted(each, "recipe") for each in wanted),
        indexes=tuple(IndexRoute(each) for each in indexes),
    )
    store = folder / "store"
    with HttpTransport(settings, cache=store, retry=retry) as transport:

        def fetch(artifact: Artifact) -> Path:
            path = folder / artifact.filename
            path.write_bytes(transport.get(artifact.url or "").content)
            return path

        return resolve(
            request,
            ResolverPorts(
                transport=transport,
                cache=DiskCache(store),
                inspect=inspect,
                fetch_source=fetch,
                reporter=told or Remembering(),
            ),
        )


@pytest.mark.parametrize("kind", ["html", "json", "negotiated"])
@pytest.mark.parametrize("metadata", [True, False])
@pytest.mark.parametrize("ranges", [True, False])
def test_the_same_from_every_kind_of_index(tmp_path: Path, kind: Format, metadata: bool, ranges: bool) -> None:
    with LocalIndex(*packages(tmp_path), format=kind, metadata=metadata, ranges=ranges) as index:
        resolution = run(tmp_path, "app", indexes=[index.url])
        assert pins(resolution) == EXPECTED
        assert bool(index.asked(".metadata")) is metadata
        wheels = [each for each in index.requests if each.path.endswith(".whl")]
        assert bool(wheels) is not metadata
        if ranges and wheels:
            assert all(each.sent < 100_000 for each in wheels)
    for package in resolution.packages:
        assert package.file is not None
        path = tmp_path / package.file.filename
        assert package.file.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_second_run_reads_no_wheel_again(tmp_path: Path) -> None:
    with LocalIndex(*packages(tmp_path), metadata=False) as index:
        first = run(tmp_path, "app", indexes=[index.url])
        index.requests.clear()
        assert run(tmp_path, "app", indexes=[index.url]) == first
        assert not [each for each in index.requests if "/files/" in each.path]


def test_an_index_without_digests_is_pinned_by_what_it_sends(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path / "there")
    with LocalIndex(wheel, digests=False, sizes=False) as index:
        (package,) = run(tmp_path, "demo", indexes=[index.url]).packages
    assert package.file is not None
    assert package.file.sha256 == hashlib.sha256(wheel.read_bytes()).hexdigest()
    assert package.file.size == wheel.stat().st_size


@pytest.mark.parametrize("fault", [Fault(status=503), Fault(cut=10), Fault(truncate=10)])
def test_a_page_that_fails_once_is_asked_for_again(tmp_path: Path, fault: Fault) -> None:
    with LocalIndex(*packages(tmp_path)) as index:
        index.fault("lib", fault)
        if fault.truncate:
            with pytest.raises(NetworkError, match="not a page of a package index"):
                run(tmp_path, "app", indexes=[index.url])
        else:
            assert pins(run(tmp_path, "app", indexes=[index.url])) == EXPECTED


def test_a_page_that_always_fails_is_a_network_error(tmp_path: Path) -> None:
    with LocalIndex(*packages(tmp_path)) as index:
        index.fault("lib", Fault(status=503, times=None))
        with pytest.raises(NetworkError) as caught:
            run(tmp_path, "app", indexes=[index.url])
    assert caught.value.exit_code == 4


def test_a_failure_of_something_that_is_not_needed_is_none(tmp_path: Path) -> None:
    """The newest version is looked at ahead; when another one is chosen, its troubles are nobody's."""
    with LocalIndex(make_wheel(tmp_path, "app", requires=["lib"]), make_wheel(tmp_path, "lib", "1.0")) as index:
        newest = make_wheel(tmp_path, "lib", "2.0", requires=["broken"])
        index.add(newest)
        index.fault(newest.name + ".metadata", Fault(status=503, times=None))
        assert pins(run(tmp_path, "app", "lib<2", indexes=[index.url])) == {"app": "1.0", "lib": "1.0"}


@pytest.mark.parametrize("metadata", [True, False])
def test_bytes_that_are_not_what_the_index_says(tmp_path: Path, metadata: bool) -> None:
    with LocalIndex(make_wheel(tmp_path), metadata=metadata, ranges=False) as index:
        index.fault("demo-1.0-py3-none-any.whl" + (".metadata" if metadata else ""), Fault(flip=True, times=None))
        with (
            pytest.raises(IntegrityError) if metadata else pytest.raises(ResolutionError, match="no file of demo fits")
        ):
            run(tmp_path, "demo", indexes=[index.url])


def test_an_index_that_moved(tmp_path: Path) -> None:
    with LocalIndex(*packages(tmp_path)) as index:
        index.fault("/old/simple/app/", Fault(redirect=index.url + "app/", times=None))
        for name in ("lib", "leaf"):
            index.fault(f"/old/simple/{name}/", Fault(redirect=index.url + f"{name}/", times=None))
        resolution = run(tmp_path, "app", indexes=[index.base + "/old/simple"])
    assert pins(resolution) == EXPECTED
    assert {
        each.file.url.startswith(index.base + "/files/") for each in resolution.packages if each.file and each.file.url
    } == {True}


def test_credentials_open_the_index_and_appear_nowhere(tmp_path: Path) -> None:
    with LocalIndex(*packages(tmp_path), auth=("me", "s3cret"), metadata=False) as index:
        url = index.url.replace("://", "://me:s3cret@")
        resolution = run(tmp_path, "app", indexes=[url])
        sent = {each.headers.get("authorization") for each in index.requests if each.status < 400}
    assert pins(resolution) == EXPECTED
    assert sent == {"Basic " + base64.b64encode(b"me:s3cret").decode()}
    assert "s3cret" not in repr(resolution)
    assert {each.index for each in resolution.packages} == {index.url}


def test_the_second_index_gives_what_the_first_does_not_have(tmp_path: Path) -> None:
    private = make_wheel(tmp_path / "private", "app", "0.1", requires=["lib"])
    with LocalIndex(private) as first, LocalIndex(*packages(tmp_path)) as second:
        resolution = run(tmp_path, "app", indexes=[first.url, second.url])
    assert pins(resolution) == {"app": "0.1", "lib": "1.4"}
    assert [each.index for each in resolution.packages] == [first.url, second.url]


def test_a_folder_of_pages_is_an_index(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path / "files")
    page = tmp_path / "simple" / "demo" / "index.html"
    page.parent.mkdir(parents=True)
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    page.write_text(f'<a href="../../files/{wheel.name}#sha256={digest}">{wheel.name}</a>', encoding="utf-8")
    (package,) = run(tmp_path, "demo", indexes=[(tmp_path / "simple").as_uri() + "/"]).packages
    assert package.file is not None
    assert (package.file.url, package.file.sha256) == (wheel.as_uri(), digest)


def test_verdicts_and_named_files(tmp_path: Path) -> None:
    with LocalIndex(*packages(tmp_path)) as index:
        settings = NetworkSettings.of(PipSettings(), {}, NetworkOptions(urls=(index.url,), ca_file=None, proxy=None))
        with HttpTransport(settings) as transport:
            routes = (IndexRoute(index.url),)
            verdicts = explain_files("lib", FileJudge(TARGET), routes, transport)
            assert [isinstance(each, Accepted) for each in verdicts] == [True, False]
            assert find_file("leaf", "0.2", None, routes, transport).url == index.file_url("leaf-0.2.tar.gz")
