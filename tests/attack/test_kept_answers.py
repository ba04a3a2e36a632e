"""What is remembered under a key that a stranger has a hand in: answers of servers, small derived data, files under their own names."""

from __future__ import annotations

import hashlib
import itertools
import shutil
import types
from typing import TYPE_CHECKING, Any, cast

import pytest

from bundler.fetch import DiskCache
from bundler.fetch.httpcache import HttpCache
from bundler.model.artifact import StoredFile
from bundler.model.ports import Response
from bundler.pipeline.session import Session

if TYPE_CHECKING:
    from pathlib import Path

HOUR, YEAR = 3600, 365 * 24 * 3600
URL = "https://index.test/simple/demo/"


def kept(folder: Path, control: str, **headers: str) -> Any:
    cache = HttpCache(DiskCache(folder))
    cache.save(
        "key", Response(url=URL, status=200, headers={"cache-control": control, **headers}, content=b"evil"), now=0
    )
    return cache.load("key")


@pytest.mark.parametrize("control", ["max-age=999999999", "public, max-age=31536000, immutable", 'max-age="86400"'])
def test_no_answer_is_believed_for_longer_than_an_hour(tmp_path: Path, control: str) -> None:
    """Whoever could answer once, on a plain connection or in a stolen hour, would answer for years."""
    found = kept(tmp_path, control)
    assert found.fresh(HOUR - 1)
    assert not found.fresh(HOUR)
    assert not found.fresh(YEAR)


def test_what_an_earlier_version_kept_for_years_is_asked_for_again(tmp_path: Path) -> None:
    DiskCache(tmp_path).save("http", "key", b'["%s", 200, {"etag": "x"}, %d]\nevil' % (URL.encode(), 31 * YEAR))
    found = HttpCache(DiskCache(tmp_path)).load("key")
    assert found is not None
    assert not found.fresh(YEAR)
    assert found.conditions() == {"if-none-match": "x"}


def test_a_clock_that_was_set_back(tmp_path: Path) -> None:
    cache = HttpCache(DiskCache(tmp_path))
    headers = {"cache-control": "max-age=600"}
    cache.save("key", Response(url=URL, status=200, headers=headers, content=b""), now=2 * YEAR)
    found = cache.load("key")
    assert found is not None
    assert not found.fresh(YEAR)


def test_nobody_gets_what_anothers_password_opened(tmp_path: Path) -> None:
    cache = HttpCache(DiskCache(tmp_path))
    keys = [cache.key(URL, {"accept": "*/*"}, each) for each in (None, "Basic a", "Basic b")]
    assert len(set(keys)) == 3
    # no address can be made to look like another one's with a range or a reader
    urls, accepts, ranges = (URL, URL + "\n"), ("*/*", "*/*\nbytes=1-2"), ("", "bytes=1-2")
    made = [
        cache.key(u, {"accept": a, "range": r}, None) for u, a, r in itertools.product(urls[:1], accepts[:1], ranges)
    ]
    assert len(set(made)) == len(made)


def test_an_entry_under_another_name_is_none(tmp_path: Path) -> None:
    """The checksum is of the key too."""
    cache = DiskCache(tmp_path)
    cache.save("metadata", "theirs", b"Name: evil")
    (theirs,) = (tmp_path / "cache" / "metadata").iterdir()
    cache.save("metadata", "ours", b"x")
    (ours,) = (each for each in (tmp_path / "cache" / "metadata").iterdir() if each != theirs)
    shutil.copyfile(theirs, ours)
    assert cache.load("metadata", "ours") is None
    assert cache.load("metadata", "theirs") == b"Name: evil"


def test_two_files_whose_hashes_begin_alike_stay_two(tmp_path: Path) -> None:
    """Sixteen digits in common are four billion tries for whoever makes both files."""
    session = cast("Session", types.SimpleNamespace(work=tmp_path))
    found = []
    for number in range(2):
        path = tmp_path / str(number)
        path.write_bytes(b"%d" % number)
        digest = "0" * 16 + hashlib.sha256(path.read_bytes()).hexdigest()[16:]
        file = StoredFile(path=path, sha256=digest, size=1, seal=StoredFile.of(path).seal, crc32=0)
        found.append(Session.named(session, file, "demo.whl").read_bytes())
    assert found == [b"0", b"1"]
