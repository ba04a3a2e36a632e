"""Addresses (``NAME @ URL``) in what strangers wrote: they could name files of this host, or another server than a name's own."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bundler.errors import BundleError, InputError, NetworkError, ResolutionError
from bundler.fetch import Downloads, HttpTransport, NetworkSettings, Store
from bundler.model.artifact import Artifact
from bundler.model.target import Target
from bundler.report import Reporter
from bundler.resolve import IndexRoute, LocalProject, Request, Resolution, ResolverPorts, Wanted, resolve
from tests.support.packages import make_sdist, make_wheel
from tests.support.reporters import Remembering
from tests.support.shelf import ROOT, Hall, MemoryCache, Shelf, answer, pins
from tests.support.sources import make_project

if TYPE_CHECKING:
    from bundler.model.ports import SourceMetadata
    from tests.support.commandline import Bench

ADDRESSES = [
    "file:///proc/self/cwd/../../victim",
    "FILE:///victim",
    "file:/victim",
    "file:///dev/zero",
    "file://host/share/x-1.0-py3-none-any.whl",
    "https://elsewhere.test/victim-1.0-py3-none-any.whl",
    "git+https://elsewhere.test/victim",
    "git+file:///victim",
    "ftp://elsewhere.test/victim.zip",
    "https://[elsewhere.test/victim.zip",
]


def opened(artifact: Artifact) -> Path:
    raise AssertionError(f"{artifact.origin} was opened")


def looked_at(source: Path, *, name: str) -> SourceMetadata:
    raise AssertionError(f"{source} was looked at for {name}")


def resolved(shelf: Shelf | Hall, *wanted: str, constraints: tuple[str, ...] = ()) -> Resolution:
    """Where nothing may be opened."""
    request = Request(
        target=Target.of("3.11.9", "win_amd64"),
        wanted=tuple(Wanted(each, "recipe") for each in wanted),
        constraints=tuple(Wanted(each, "constraints") for each in constraints),
        indexes=(IndexRoute(ROOT),),
    )
    ports = ResolverPorts(
        transport=shelf, cache=MemoryCache(), inspect=looked_at, fetch_source=opened, reporter=Reporter()
    )
    return resolve(request, ports)


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_wheel_of_an_index_names_no_address(tmp_path: Path, address: str) -> None:
    text = f"Metadata-Version: 2.1\nName: evil\nVersion: 2.0\nRequires-Dist: victim @ {address}\n\n"
    shelf = Shelf(make_wheel(tmp_path, "evil", "1.0"), make_wheel(tmp_path, "evil", "2.0", metadata_text=text))
    found = resolved(shelf, "evil")
    assert pins(found) == {"evil": "1.0"}
    (rejected,) = found.rejected["evil"]
    assert rejected.version == "2.0"
    assert "what an index has may name no address" in rejected.reason
    assert [each for each, _ in shelf.asked if "victim" in each] == []


@pytest.mark.parametrize("address", ADDRESSES[:4])
def test_nor_does_an_extra_of_it(tmp_path: Path, address: str) -> None:
    text = f"Name: evil\nVersion: 1.0\nProvides-Extra: more\nRequires-Dist: victim @ {address} ; extra == 'more'\n\n"
    shelf = Shelf(make_wheel(tmp_path, "evil", metadata_text=f"Metadata-Version: 2.1\n{text}"))
    with pytest.raises(ResolutionError) as caught:
        resolved(shelf, "evil[more]")
    assert any("may name no address" in each for each in caught.value.context)
    assert pins(resolved(shelf, "evil")) == {"evil": "1.0"}


def test_nor_does_an_sdist(tmp_path: Path) -> None:
    secret = make_wheel(tmp_path / "here", "secret")
    shelf = Shelf(make_sdist(tmp_path, "evil", requires=[f"secret @ {secret.as_uri()}"]))
    with pytest.raises(ResolutionError) as caught:
        answer(shelf, "evil", folder=tmp_path / "here")
    assert any("may name no address" in each for each in caught.value.context)


def test_nor_does_a_dependency_of_a_local_project(tmp_path: Path) -> None:
    secret = make_wheel(tmp_path / "here", "secret")
    shelf = Shelf(make_wheel(tmp_path, "evil", requires=[f"secret @ {secret.as_uri()}"]))
    project = tmp_path / "app"
    project.mkdir()
    (project / "pyproject.toml").write_text('[project]\nname = "app"\nversion = "1.0"\ndependencies = ["evil"]\n')
    with pytest.raises(ResolutionError) as caught:
        answer(shelf, folder=tmp_path / "here", projects=(LocalProject(project),))
    assert any("may name no address" in each for each in caught.value.context)


def test_what_the_user_wrote_too_is_taken(tmp_path: Path) -> None:
    lib = make_wheel(tmp_path / "here", "lib")
    shelf = Shelf(make_wheel(tmp_path, "demo", requires=[f"lib @ {lib.as_uri()}"]))
    assert pins(answer(shelf, "demo", f"lib @ {lib.as_uri()}", folder=tmp_path)) == {"demo": "1.0", "lib": "1.0"}
    constraints = (f"lib @ {lib.as_uri()}",)
    assert pins(answer(shelf, "demo", folder=tmp_path, constraints=constraints)) == {"demo": "1.0", "lib": "1.0"}


def test_beside_the_users_own_address_a_strangers_does_not_count(tmp_path: Path) -> None:
    lib = make_wheel(tmp_path / "here", "lib")
    shelf, told = Shelf(make_wheel(tmp_path, "demo", requires=["lib @ file://host/share/lib"])), Remembering()
    found = answer(shelf, "demo", f"lib @ {lib.as_uri()}", folder=tmp_path, told=told)
    assert pins(found) == {"demo": "1.0", "lib": "1.0"}
    assert any("not from file://host/share/lib as demo 1.0 has it" in each for each in told.notes)


@pytest.mark.parametrize(
    ("address", "patterns", "words"),
    [
        ("https://index.test/files/lib-1.0-py3-none-any.whl", (), ""),
        ("https://index.test/files/lib-1.0-py3-none-any.whl", ("lib",), "the recipe says which index gives it"),
        ("https://index.test/files/lib-1.0-py3-none-any.whl", ("l*",), "the recipe says which index gives it"),
        ("file:///victim", (), "may name no place on this host"),
        ("file://host/share", (), "may name no place on this host"),
        ("https://[x", (), "may name no place on this host"),
    ],
)
def test_an_archive_that_the_user_names(tmp_path: Path, address: str, patterns: tuple[str, ...], words: str) -> None:
    """It may lead to other servers, as it always could, but neither to this host nor around a recipe's own indexes."""
    text = f"Metadata-Version: 2.1\nName: demo\nVersion: 1.0\nRequires-Dist: lib @ {address}\n\n"
    shelf = Shelf(make_wheel(tmp_path, "demo", metadata_text=text), make_wheel(tmp_path, "lib"))
    wanted = f"demo @ {shelf.file_url('demo-1.0-py3-none-any.whl')}"
    own = IndexRoute("https://own.test/simple/", patterns)
    indexes = (IndexRoute(ROOT), own) if patterns else (IndexRoute(ROOT),)
    downloads = tmp_path / "downloads"
    downloads.mkdir()
    if not words:
        assert pins(answer(shelf, wanted, folder=downloads, indexes=indexes)) == {"demo": "1.0", "lib": "1.0"}
        return
    with pytest.raises(ResolutionError) as caught:
        answer(shelf, wanted, folder=downloads, indexes=indexes)
    assert any(words in each for each in caught.value.context), caught.value.context


def test_an_index_for_some_names_leads_no_other_name_to_itself(tmp_path: Path) -> None:
    own = "https://other.test/simple/"
    good = Shelf(make_wheel(tmp_path / "good", "alpha", requires=["beta"]), make_wheel(tmp_path / "good", "beta"))
    evil = Shelf(make_wheel(tmp_path / "evil", "beta", "9.0"), root=own)
    evil.add(make_wheel(tmp_path / "evil", "evil-x", requires=[f"beta @ {evil.file_url('beta-9.0-py3-none-any.whl')}"]))
    indexes = (IndexRoute(ROOT), IndexRoute(own, ("evil-*",)))
    with pytest.raises(ResolutionError, match="no file of evil-x fits"):
        answer(Hall(good, evil), "alpha", "evil-x", folder=tmp_path, indexes=indexes)


@pytest.mark.parametrize("place", ["static", "dynamic"])
@pytest.mark.parametrize(
    "address", ["file:///tmp", "file:///dev/zero", "https://elsewhere.test/x-1.0-py3-none-any.whl"]
)
def test_what_builds_an_sdist_comes_from_no_address(bench: Bench, place: str, address: str) -> None:
    more = {"build_requires" if place == "static" else "hook_requires": [f"x @ {address}"]}
    bench.index.add(make_sdist(bench.published, "evil", **more))  # type: ignore[arg-type]
    bench.write(requirements=["evil"])
    done = bench.run("lock", bench.recipe)
    assert (done.code, done.reference) == (3, "requirement-unusable"), done.err
    assert "an sdist may name no address for what builds it" in done.err
    assert not bench.lock.exists()


def test_what_builds_an_sdist_needs_no_address_by_itself(bench: Bench) -> None:
    """Also not further down, where a wheel of an index helps to build."""
    secret = make_wheel(bench.root / "here", "secret")
    bench.publish("helper", requires=[f"secret @ {secret.as_uri()}"])
    bench.index.add(make_sdist(bench.published, "evil", build_requires=["helper"]))
    bench.write(requirements=["evil"])
    done = bench.run("lock", bench.recipe)
    assert (done.code, done.reference) == (3, "no-file-fits"), done.err
    assert "may name no address" in done.err


@pytest.mark.parametrize("wheel", [True, False])
def test_what_builds_a_local_project_may_be_a_wheel_of_this_host(bench: Bench, wheel: bool) -> None:
    made = make_wheel(bench.root / "here", "helper")
    made = made if wheel else make_project(bench.root / "helper", "helper")
    make_project(bench.root / "mine", "mine", build_requires=[f"helper @ {made.as_uri()}"])
    bench.write(packages='projects = ["../mine"]', requirements=[])
    done = bench.run("lock", bench.recipe)
    assert done.code == (0 if wheel else 3), done.err
    if not wheel:
        assert done.reference == "requirement-unusable"
        assert "what builds others comes as a wheel" in done.err


def test_the_recipe_may_name_the_address_of_what_builds_an_sdist(bench: Bench) -> None:
    helper = f"helper @ {make_wheel(bench.root / 'here', 'helper').as_uri()}"
    bench.index.add(make_sdist(bench.published, "demo", build_requires=[helper]))
    bench.write(requirements=["demo"], packages=f"source = {{ demo = {{ build-requires = ['{helper}'] }} }}")
    done = bench.run("lock", bench.recipe)
    assert done.code == 0, done.err


def fetched(tmp_path: Path, path: Path, **settings: int) -> BundleError:
    """What taking ``path`` ends with."""
    with HttpTransport(NetworkSettings(**settings)) as transport:  # type: ignore[arg-type]
        store = Store(tmp_path / "store")
        with pytest.raises(BundleError) as caught:
            Downloads(transport, store).fetch([Artifact(filename="x.whl", path=str(path))], Reporter())
    assert not [each for each in store.root.rglob("*") if each.is_file()]
    return caught.value


@pytest.mark.skipif(os.name == "nt", reason="Windows has other devices")
@pytest.mark.parametrize("kind", ["pipe", "device", "folder", "link to a device"])
def test_what_is_no_regular_file_is_neither_waited_for_nor_copied(tmp_path: Path, kind: str) -> None:
    path = {"device": Path("/dev/zero"), "folder": tmp_path}.get(kind, tmp_path / "x.whl")
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "link to a device":
        path.symlink_to("/dev/zero")
    error = fetched(tmp_path, path)
    assert isinstance(error, InputError)
    assert error.reference == "file-missing"
    assert kind == "folder" or "it is not a regular file" in error.message
    with HttpTransport(NetworkSettings()) as transport, pytest.raises((NetworkError, AssertionError)):
        assert transport.get(path.as_uri()).status == 200


def test_a_file_of_this_host_has_the_bound_of_a_download(tmp_path: Path) -> None:
    path = tmp_path / "x.whl"
    path.write_bytes(bytes(3_000_000))
    assert fetched(tmp_path, path, max_download=2_999_999).reference == "network-too-large"


def test_a_file_that_grows_is_read_no_further_than_it_was_said_to_be_long(tmp_path: Path) -> None:
    class Endless:
        blocks = 0

        def read(self, size: int) -> bytes:
            self.blocks += 1
            return bytes(size)

    stream = Endless()
    with pytest.raises(BundleError) as caught:
        Store(tmp_path).add(stream, size=3_000_000)  # type: ignore[arg-type]
    assert (caught.value.reference, stream.blocks) == ("size-mismatch", 3)
