"""A store in which folders lie where files belong, and one that others may write to."""

from __future__ import annotations

import gc
import hashlib
import json
import os
from typing import TYPE_CHECKING

import pytest

from bundler.__main__ import set_up
from bundler.atomic import scratch_folder
from bundler.cli.running import run
from bundler.errors import BuildError, HostError
from bundler.fetch import DiskCache, Downloads, HttpTransport, NetworkSettings, Store
from bundler.model.artifact import Artifact, StoredFile
from bundler.pipeline.kept_logs import logs_kept
from bundler.pipeline.rehearse_bundle import RehearsalWishes, prepare
from bundler.pipeline.session import Options, open_session
from bundler.report import Reporter
from tests.support import only_linux
from tests.support.index import LocalIndex
from tests.support.packages import make_wheel
from tests.support.reporters import Remembering

if TYPE_CHECKING:
    from collections.abc import Iterator
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
    told = Remembering()
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


@pytest.fixture
def common() -> Iterator[Path]:
    """A folder that everybody may write to, where others reach it, as pytest's own aren't; it holds what an honest run left there."""
    with scratch_folder("store-of-others-") as folder:
        folder.chmod(0o755)
        store = folder / "store"
        DiskCache(store).save("metadata", "key", b"evil")
        wheel = make_wheel(folder / "published")
        Store(store).add(wheel)
        store.chmod(0o777)
        yield store


def contents(folder: Path) -> dict[str, bytes | None]:
    return {str(each): each.read_bytes() if each.is_file() else None for each in sorted(folder.rglob("*"))}


@only_linux.MODES
@pytest.mark.parametrize("way", ["itself", "above", "by a link"])
def test_nothing_of_a_store_that_others_may_write_to_is_used_or_changed(common: Path, way: str) -> None:
    """What is remembered has no signature; links in it led our own files elsewhere, and had those of the user removed that are old."""
    theirs = common.parent / "theirs"
    theirs.mkdir()
    for name in ("old", "x.part"):
        (theirs / name).write_text("precious", encoding="utf-8")
        os.utime(theirs / name, (0, 0))
    for name in ("temp", "partial", "logs"):
        (common / name).symlink_to(theirs) if not (common / name).exists() else None
    used = common
    if way == "above":
        common.chmod(0o755)
        common.parent.chmod(0o777)
    elif way == "by a link":
        used = common.parent / "link"
        used.symlink_to("store")
    before, told = contents(common.parent), Remembering()
    wheel = common.parent / "published" / "demo-1.0-py3-none-any.whl"
    with open_session(Options(store=used), told) as session:
        assert session.cache.load("metadata", "key") is None
        assert session.shelf.get(sha256_of(wheel)) is None
        with wheel.open("rb") as stream:
            stored = session.shelf.add(stream)
        assert stored.path.is_relative_to(session.work)
        session.fetcher.fetch([Artifact(filename=wheel.name, path=str(wheel))], told)
        log = session.work / "build.log"
        log.write_text("why", encoding="utf-8")
        with pytest.raises(BuildError) as caught, logs_kept(session, "demo"):
            raise BuildError("build-failed", "it failed", log=log)
        assert caught.value.context == (f"its log wasn't kept: others may change what is in {used}",)
    assert contents(common.parent) == before
    ((reference, words),) = told.warnings
    assert reference == "store-open"
    assert str(used) in words


@only_linux.MODES
def test_rehearsals_run_nothing_out_of_it(common: Path) -> None:
    for environ in ({}, {"BUNDLE_TESTBED": str(common / "bed")}):
        with pytest.raises(HostError) as caught:
            prepare(RehearsalWishes(store=common, environ=environ), Reporter())
        assert caught.value.reference == "store-open"


@only_linux.MODES
@pytest.mark.parametrize("inside", ["cache", "cache/metadata", "sha256/ab", "rehearsal/012345"])
def test_what_a_umask_opened_in_it(common: Path, inside: str) -> None:
    """In some containers everybody may write to what is made there; the store's own folder was made before."""
    store = common.parent / "own"
    store.mkdir(mode=0o755)
    place = store
    for name in inside.split("/"):
        place /= name
        place.mkdir(mode=0o755)
    told = Remembering()
    with open_session(Options(store=store), told):
        assert told.warnings == []
    place.chmod(0o777)
    with open_session(Options(store=store), told) as session:
        assert session.store_open is not None
        assert session.store_open.path == place
    assert [reference for reference, _ in told.warnings] == ["store-open"]
    store.chmod(0o700)
    with open_session(Options(store=store), told) as session:
        assert session.store_open is None


@only_linux.MODES
def test_an_entry_that_everybody_may_write_is_none(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path)
    cache.save("metadata", "key", b"x")
    assert cache.load("metadata", "key") == b"x"
    (entry,) = (tmp_path / "cache" / "metadata").iterdir()
    entry.chmod(0o666)
    assert cache.load("metadata", "key") is None


@only_linux.MODES
@pytest.mark.parametrize(("given", "used"), [(0, 0o022), (0o020, 0o022), (0o002, 0o002), (0o077, 0o077)])
def test_a_umask_that_lets_everybody_write_is_not_taken(given: int, used: int) -> None:
    before, threshold = os.umask(given), gc.get_threshold()
    try:
        set_up()
        assert os.umask(before) == used
    finally:
        os.umask(before)
        gc.set_threshold(*threshold)


@only_linux.MODES
def test_a_store_that_is_made_is_closed(common: Path) -> None:
    made = common.parent / "new" / "store"
    before = os.umask(0o002)
    try:
        with open_session(Options(store=made), Remembering()) as session:
            session.cache.save("metadata", "key", b"x")
    finally:
        os.umask(before)
    assert made.stat().st_mode & 0o777 == 0o700
    with open_session(Options(store=made), Remembering()) as session:
        assert session.cache.load("metadata", "key") == b"x"


@only_linux.MODES
def test_doctor_says_whose_it_is(common: Path, capfd: pytest.CaptureFixture[str]) -> None:
    run(["doctor", "--json", "--store", str(common), "--index", common.parent.as_uri()])
    found = [each for each in json.loads(capfd.readouterr().out)["findings"] if each["what"] == "store"]
    assert [each["verdict"] for each in found] == ["note"]
    assert f"{common}: owner {os.geteuid()}, mode 0777" in found[0]["detail"]
    assert "chmod go-w" in found[0]["mend"]
