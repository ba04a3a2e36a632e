from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from bundler.fetch.diskcache import DiskCache
from bundler.fetch.httpcache import HttpCache
from bundler.model.ports import Response

if TYPE_CHECKING:
    from pathlib import Path

URL = "https://host/simple/demo/"


def response(headers: dict[str, str] | None = None, *, status: int = 200, content: bytes = b"page") -> Response:
    return Response(url=URL, status=status, headers=headers or {}, content=content)


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path)
    assert cache.load("metadata", "k") is None
    cache.save("metadata", "k", b"value")
    cache.save("metadata", "empty", b"")
    assert cache.load("metadata", "k") == b"value"
    assert cache.load("metadata", "empty") == b""
    assert cache.load("other", "k") is None
    cache.save("metadata", "k", b"newer")
    assert DiskCache(tmp_path).load("metadata", "k") == b"newer"
    assert not list(tmp_path.rglob("*.tmp"))


@pytest.mark.parametrize("damage", [b"", b"bundle-cache-1\n", b"x" * 200])
def test_a_damaged_entry_is_a_miss(tmp_path: Path, damage: bytes) -> None:
    cache = DiskCache(tmp_path)
    cache.save("metadata", "k", b"value")
    (entry,) = (each for each in tmp_path.rglob("*") if each.is_file())
    entry.write_bytes(damage)
    assert cache.load("metadata", "k") is None


def test_an_entry_of_another_key_is_a_miss(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path)
    cache.save("metadata", "k", b"value")
    (entry,) = (each for each in tmp_path.rglob("*") if each.is_file())
    flipped = bytearray(entry.read_bytes())
    flipped[-1] ^= 1
    entry.write_bytes(flipped)
    assert cache.load("metadata", "k") is None


@pytest.mark.linux_only("a file with a hole in it")
def test_an_entry_larger_than_any_is_a_miss_and_is_not_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is read as a whole: a file with a hole in it took all memory."""
    cache = DiskCache(tmp_path)
    cache.save("metadata", "k", b"value")
    (entry,) = (each for each in tmp_path.rglob("*") if each.is_file())
    os.truncate(entry, 1 << 40)
    assert cache.load("metadata", "k") is None
    monkeypatch.setattr("bundler.fetch.diskcache._LARGEST", 40)
    cache.save("metadata", "k", b"value")
    cache.save("metadata", "k", b"v" * 40)
    assert cache.load("metadata", "k") == b"value"


def test_a_folder_that_can_not_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "cache").write_bytes(b"a file where a folder should be")
    cache = DiskCache(tmp_path)
    cache.save("metadata", "k", b"value")
    assert cache.load("metadata", "k") is None


def key(cache: HttpCache, authorization: str | None = None, accept: str = "text/html", **more: str) -> str:
    return cache.key(URL, {"accept": accept, **more}, authorization)


def test_entries_are_apart_by_representation_range_and_reader(tmp_path: Path) -> None:
    cache = HttpCache(DiskCache(tmp_path))
    keys = {
        key(cache),
        key(cache, "Basic a"),
        key(cache, "Basic b"),
        key(cache, accept="application/json"),
        key(cache, range="bytes=-5"),
    }
    assert len(keys) == 5
    assert not any("Basic" in each for each in keys)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"cache-control": "max-age=600, public"}, 600),
        ({"cache-control": "max-age=600", "age": "100"}, 500),
        ({"cache-control": "max-age=600, no-cache", "etag": '"x"'}, 0),
        ({"etag": '"x"'}, 0),
        ({"last-modified": "Mon, 01 Jan 2024 00:00:00 GMT"}, 0),
    ],
)
def test_how_long_an_answer_is_fresh(tmp_path: Path, headers: dict[str, str], seconds: float) -> None:
    cache = HttpCache(DiskCache(tmp_path))
    cache.save("k", response(headers), 1000.0)
    kept = cache.load("k")
    assert kept is not None
    assert kept.until - 1000.0 == seconds
    assert kept.fresh(1000.0 + seconds / 2) is (seconds > 0)
    assert not kept.fresh(1000.0 + seconds)
    assert kept.response.content == b"page"
    assert kept.response.url == URL


@pytest.mark.parametrize(
    "answer",
    [
        response({"cache-control": "no-store, max-age=600"}),
        response({"vary": "*", "cache-control": "max-age=600"}),
        response(),
        response({"cache-control": "max-age=600"}, status=404),
        response({"cache-control": "max-age=0"}),
    ],
)
def test_what_is_not_kept(tmp_path: Path, answer: Response) -> None:
    cache = HttpCache(DiskCache(tmp_path))
    cache.save("k", answer, 0.0)
    assert cache.load("k") is None


def test_a_kept_answer_is_asked_for_again_and_refreshed(tmp_path: Path) -> None:
    cache = HttpCache(DiskCache(tmp_path))
    cache.save("k", response({"etag": '"1"', "last-modified": "then"}), 0.0)
    kept = cache.load("k")
    assert kept is not None
    assert kept.conditions() == {"if-none-match": '"1"', "if-modified-since": "then"}
    answer = cache.refresh("k", kept, response({"cache-control": "max-age=60"}, status=304, content=b""), 100.0)
    assert (answer.status, answer.content) == (200, b"page")
    again = cache.load("k")
    assert again is not None
    assert again.fresh(150.0)


def test_an_entry_that_is_no_answer_is_a_miss(tmp_path: Path) -> None:
    disk = DiskCache(tmp_path)
    disk.save("http", "k", b"no json\nbody")
    assert HttpCache(disk).load("k") is None
