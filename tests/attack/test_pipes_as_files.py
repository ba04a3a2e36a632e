"""A named pipe in the place of every file that somebody names: it would be waited for until somebody writes into it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bundler.errors import BundleError, InputError, reason_of
from bundler.fetch import Store
from bundler.fetch.authorities import checking
from bundler.fetch.connections import Connections
from bundler.fetch.diskcache import DiskCache
from bundler.fetch.settings import NetworkSettings
from bundler.fetch.urls import origin_of
from bundler.foreign import read_file
from bundler.formats.archives.unpacking import unpack
from bundler.formats.authenticode import read_signature
from bundler.formats.bounded_zip import open_zip
from bundler.formats.pyproject_file import load_pyproject
from bundler.formats.wheel_reader import open_wheel
from bundler.legacy.identify import identify
from bundler.model.lock_file import load_lock
from bundler.model.recipe_file import load_recipe
from bundler.model.target import Target
from bundler.pack.reading import open_bundle
from bundler.pipeline.new_recipe import write_recipe
from bundler.pipeline.recipe_beginning import Origin
from tests.support import only_linux

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = only_linux.LINKS
TARGET = Target.of("3.11.9", "win_amd64")


def opened_zip(path: Path) -> None:
    with open_zip(path):
        pass


def opened_wheel(path: Path) -> None:
    with open_wheel(path, "x-1.0-py3-none-any.whl"):
        pass


READERS: dict[str, Callable[[Path], object]] = {
    "text": read_file,
    "recipe": load_recipe,
    "lock": load_lock,
    "project": lambda path: load_pyproject(path.parent, path.name),
    "bundle": open_bundle,
    "archive": lambda path: unpack(path, path.parent / "unpacked"),
    "zip": opened_zip,
    "wheel": opened_wheel,
    "legacy installer": identify,
    "signed": read_signature,
    "authorities": lambda path: checking(str(path), windows=False),
    "client certificate": lambda path: Connections(NetworkSettings(client_certificate=str(path))).for_origin(
        origin_of("https://index.test/")
    ),
    "replaced recipe": lambda path: write_recipe(path, target=TARGET, force=True),
    "into the store": lambda path: Store(path.parent / "store").add(path),
}


@pytest.mark.parametrize("what", READERS)
def test_it_is_an_error_at_once(tmp_path: Path, what: str) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with pytest.raises((BundleError, OSError)) as caught:
        READERS[what](path)
    words = caught.value.message if isinstance(caught.value, BundleError) else reason_of(caught.value)
    assert "not a regular file" in words


@pytest.mark.parametrize("name", ["pyproject.toml", "Pipfile", "environment.yml"])
def test_nor_does_a_new_recipe_begin_with_one(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    with pytest.raises(InputError, match="not a regular file"):
        write_recipe(tmp_path / "new.toml", origin=Origin(path=tmp_path / name), target=TARGET)


def test_one_in_the_store_is_a_miss(tmp_path: Path) -> None:
    store, cache = Store(tmp_path), DiskCache(tmp_path)
    for place in (store.path_of("0" * 64), Path(cache._path("kind", "key"))):
        place.parent.mkdir(parents=True)
        os.mkfifo(place)
    assert store.get("0" * 64) is None
    assert cache.load("kind", "key") is None
