"""Files of a bundle that is built again: by their addresses, out of the user's folder, out of the bundle, and from nowhere else of this host."""

from __future__ import annotations

import hashlib
import io
import os
from typing import TYPE_CHECKING, Any

import pytest

from bundler.errors import BuildError, NetworkError
from bundler.fetch import Store
from bundler.model.artifact import Artifact, StoredFile
from bundler.pipeline.bundle_sources import BundleSources
from bundler.report import Reporter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

CONTENT = b"content"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Addresses:
    """Has what was put in; ``asked``: the names that were asked for, in their order."""

    def __init__(self, store: Store, reference: str = "index-unreachable") -> None:
        self.has: dict[str, bytes] = {}
        self.asked: list[str] = []
        self._store, self._reference = store, reference

    def fetch(self, artifacts: Sequence[Artifact], reporter: Reporter) -> Mapping[Artifact, StoredFile]:
        del reporter
        found = {}
        for each in artifacts:
            self.asked.append(each.filename)
            if each.filename not in self.has:
                raise NetworkError(self._reference, f"{each.filename} isn't there")
            found[each] = self._store.add(io.BytesIO(self.has[each.filename]))
        return found


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store", reporter=Reporter())


def sources(addresses: Any, store: Store, *, members: dict[str, Path] | None = None, folder: Path | None = None) -> Any:
    return BundleSources(addresses, store, members=members or {}, folder=folder)


def at(name: str = "x.whl", **keys: Any) -> Artifact:
    return Artifact(filename=name, **{"url": f"https://a.test/{name}", "sha256": SHA256} | keys)


def local(path: Path | str) -> Artifact:
    return Artifact(filename=os.path.basename(path), path=str(path), sha256=SHA256)  # noqa: PTH119 - a stranger's


def one(found: Any, artifact: Artifact) -> bytes:
    return bytes(found.fetch([artifact], Reporter())[artifact].path.read_bytes())


@pytest.fixture
def member(tmp_path: Path) -> dict[str, Path]:
    path = tmp_path / "member"
    path.write_bytes(CONTENT)
    return {SHA256: path}


def test_the_address_comes_first(store: Store, member: dict[str, Path]) -> None:
    addresses = Addresses(store)
    addresses.has["x.whl"] = CONTENT
    found = sources(addresses, store, members=member)
    assert one(found, at()) == CONTENT
    assert found.taken == {}


def test_then_the_folder_then_the_bundle(store: Store, tmp_path: Path, member: dict[str, Path]) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "x.whl").write_bytes(CONTENT)
    given = sources(Addresses(store), store, members=member, folder=folder)
    assert one(given, at()) == CONTENT
    assert given.taken == {}


def test_other_bytes_in_the_folder_are_said(store: Store, tmp_path: Path, member: dict[str, Path]) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "x.whl").write_bytes(b"other")
    found = sources(Addresses(store), store, members=member, folder=folder)
    assert one(found, at()) == CONTENT
    assert found.taken == {"x.whl": f"{folder / 'x.whl'} has other bytes"}


def test_what_is_nowhere_is_one_error_each_time(store: Store) -> None:
    found = sources(Addresses(store), store)
    for _ in range(2):
        with pytest.raises(BuildError) as caught:
            found.fetch([at()], Reporter())
        assert caught.value.reference == "input-nowhere"
        assert "x.whl isn't there" in caught.value.message
    assert found.had([at()], Reporter()) == {}


def test_a_host_that_is_silent_is_asked_once(store: Store, member: dict[str, Path]) -> None:
    addresses = Addresses(store)
    found = sources(addresses, store, members=member)
    names = [f"{number}.whl" for number in range(20)]
    assert len(found.had([at(each) for each in names], Reporter())) == 20
    assert len(addresses.asked) == 2


def test_a_host_that_answers_is_asked_for_each(store: Store, member: dict[str, Path]) -> None:
    addresses = Addresses(store, "file-missing")
    addresses.has["b.whl"] = b"b"
    found = sources(addresses, store, members=member)
    found.had([at("a.whl"), at("b.whl", sha256=hashlib.sha256(b"b").hexdigest()), at("c.whl")], Reporter())
    assert sorted(found.taken) == ["a.whl", "c.whl"]


@pytest.mark.parametrize("url", ["file:///etc/hostname", "FILE:///etc/hostname", "git+file:///srv/x.git@0"])
def test_addresses_of_this_hosts_files_are_not_asked(store: Store, member: dict[str, Path], url: str) -> None:
    addresses = Addresses(store)
    found = sources(addresses, store, members=member)
    assert one(found, at(url=url)) == CONTENT
    assert addresses.asked == []
    assert found.taken == {"x.whl": "it has no address: it lay beside the recipe"}


def test_paths_lead_into_the_folder_or_nowhere(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    (folder / "deep").mkdir(parents=True)
    outside = tmp_path / "outside.ini"
    for path in (outside, folder / "deep" / "inside.ini"):
        path.write_bytes(CONTENT)
    found = sources(Addresses(store), store, folder=folder)
    assert one(found, local(folder / "deep" / "inside.ini")) == CONTENT
    for wrong in (outside, folder / ".." / "outside.ini", folder / "deep" / ".." / ".." / "outside.ini"):
        with pytest.raises(BuildError):
            found.fetch([local(wrong)], Reporter())
    without = sources(Addresses(store), store)
    with pytest.raises(BuildError):
        without.fetch([local(folder / "deep" / "inside.ini")], Reporter())


def test_a_checkout_around_the_folder_belongs_to_it(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "checkout" / "recipes"
    folder.mkdir(parents=True)
    beside = folder.parent / "x.ini"
    beside.write_bytes(CONTENT)
    with pytest.raises(BuildError):
        sources(Addresses(store), store, folder=folder).fetch([local(beside)], Reporter())
    (folder.parent / ".git").mkdir()
    assert one(sources(Addresses(store), store, folder=folder), local(beside)) == CONTENT


def test_what_the_bundle_alone_is_asked_for(store: Store, member: dict[str, Path]) -> None:
    addresses = Addresses(store)
    found = sources(addresses, store, members=member)
    there, lacking = at("x.json"), at("y.json", sha256="0" * 64)
    assert {each: stored.path for each, stored in found.inside([there, lacking]).items()} == {there: member[SHA256]}
    assert (addresses.asked, found.taken) == ([], {})
