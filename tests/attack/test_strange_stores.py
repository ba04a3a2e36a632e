"""A store in which folders lie where files belong."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from bundler.errors import HostError
from bundler.fetch import Downloads, HttpTransport, NetworkSettings, Store
from bundler.model.artifact import Artifact, StoredFile
from bundler.report import Reporter
from tests.support.index import LocalIndex
from tests.support.packages import make_wheel
from tests.support.shelf import Told

if TYPE_CHECKING:
    from pathlib import Path


def sha256_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def fetch(folder: Path, store: Store) -> StoredFile:
    wheel = make_wheel(folder / "published")
    with LocalIndex(wheel) as index, HttpTransport(NetworkSettings()) as client:
        wanted = Artifact(filename=wheel.name, url=index.file_url(wheel.name), sha256=sha256_of(wheel))
        return Downloads(client, store).fetch([wanted], Reporter())[wanted]


@pytest.mark.parametrize("full", [False, True])
def test_a_folder_in_the_place_of_a_file(tmp_path: Path, *, full: bool) -> None:
    told = Told()
    store = Store(tmp_path / "store", reporter=told)
    place = store.path_of(sha256_of(make_wheel(tmp_path / "published")))
    place.mkdir(parents=True)
    if full:
        (place / "somebody's").write_text("own", encoding="utf-8")
    assert fetch(tmp_path, store).path == place
    assert place.is_file()
    ((reference, words),) = told.warnings
    assert reference == "store-corrupt"
    assert "is a folder; it is moved to" in words
    assert bool(list(store.root.rglob("somebody's"))) is full


@pytest.mark.parametrize("what", ["{}.part", "{}.lock"])
def test_folders_in_the_place_of_what_is_half_fetched(tmp_path: Path, what: str) -> None:
    store = Store(tmp_path / "store")
    place = store.partial / what.format(sha256_of(make_wheel(tmp_path / "published")))
    place.mkdir(parents=True)
    with pytest.raises(HostError) as caught:
        fetch(tmp_path, store)
    assert caught.value.reference == "store-unwritable"
    assert str(place) in caught.value.context


@pytest.mark.parametrize("what", ["", "sha256", "sha256/{}", "partial", "temp"])
def test_files_in_the_place_of_folders(tmp_path: Path, what: str) -> None:
    store = Store(tmp_path / "store")
    sha256 = sha256_of(make_wheel(tmp_path / "published"))
    place = store.root / what.format(sha256[:2])
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("a file", encoding="utf-8")
    if what == "temp":
        fetch(tmp_path, store)
        return
    with pytest.raises(HostError) as caught:
        fetch(tmp_path, store)
    assert caught.value.reference == "store-unwritable"
