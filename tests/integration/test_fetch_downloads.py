"""Downloads into a store, over lines that break, from servers that lie."""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import hashlib
import random
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import pytest
from filelock import FileLock
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bundler.errors import BundleError, HostError, InputError, IntegrityError, NetworkError
from bundler.fetch import Downloads, HttpTransport, NetworkSettings, Retry, Store
from bundler.model.artifact import Artifact
from bundler.report import Reporter
from tests.support.cases import cases
from tests.support.index import Fault, LocalIndex
from tests.support.packages import make_wheel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bundler.model.artifact import StoredFile
    from bundler.report import Track

SIZE = 600_000


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    return large_wheel(tmp_path / "published")


def large_wheel(folder: Path, name: str = "demo", size: int = SIZE) -> Path:
    noise = random.Random(name).randbytes(size)  # noqa: S311 - bytes that don't pack
    return make_wheel(folder, name, files={f"{name}/noise.bin": noise}, stored=True)


def artifact(index: LocalIndex, wheel: Path, **changes: str | int | None) -> Artifact:
    right = Artifact(
        filename=wheel.name,
        url=index.file_url(wheel.name),
        size=wheel.stat().st_size,
        sha256=hashlib.sha256(wheel.read_bytes()).hexdigest(),
    )
    return dataclasses.replace(right, **changes)  # type: ignore[arg-type]


def client(timeout: float = 20, attempts: int = 4) -> HttpTransport:
    return HttpTransport(NetworkSettings(timeout=timeout), retry=Retry(attempts=attempts, first_delay=0))


def files_in(root: Path) -> list[str]:
    return sorted(each.name for each in root.rglob("*") if each.is_file())


class Recording(Reporter):
    """Adds up what each bar was told."""

    def __init__(self) -> None:
        self.bars: dict[str, list[int]] = {}
        self.warnings: list[str] = []

    def warn(self, reference: str, message: str) -> None:
        del message
        self.warnings.append(reference)

    @contextlib.contextmanager
    def track(self, label: str, total: int | None = None, *, unit: str = "bytes") -> Iterator[Track]:
        assert unit == "bytes"
        bar = self.bars[label] = [0, total or 0]

        class Counting:
            def advance(self, amount: int) -> None:
                bar[0] += amount

            def resize(self, total: int) -> None:
                bar[1] = total

        yield Counting()


def test_many_files_and_their_bars(tmp_path: Path) -> None:
    wheels = [large_wheel(tmp_path / "in", f"demo{i}", 1000 * (i + 1)) for i in range(20)]
    reporter = Recording()
    with LocalIndex(*wheels) as index, client() as transport:
        artifacts = [artifact(index, each) for each in wheels]
        downloads = Downloads(transport, Store(tmp_path / "store"), parallel=1)
        found = downloads.fetch(artifacts, reporter)
        assert [found[each].path.read_bytes() for each in artifacts] == [each.read_bytes() for each in wheels]
        assert all(done == total for done, total in reporter.bars.values())
        assert len(reporter.bars) == 21
        total = sum(each.stat().st_size for each in wheels)
        assert reporter.bars["20 files"] == [total, total]
        asked = [each.path.rpartition("/")[2] for each in index.requests]
        assert asked == [each.name for each in reversed(wheels)], "the largest first"
        again = Recording()
        assert downloads.fetch(artifacts, again) == found
        assert len(index.requests) == 20, "nothing is fetched twice"
        assert again.bars == {"20 files": [total, total]}


def test_the_same_file_under_two_names_is_fetched_once(wheel: Path, tmp_path: Path) -> None:
    with LocalIndex(wheel) as index, client() as transport:
        first, second = artifact(index, wheel), artifact(index, wheel, filename="other.whl")
        found = Downloads(transport, Store(tmp_path / "store")).fetch([first, second, first], Reporter())
        assert found[first] == found[second]
        assert len(index.requests) == 1


@pytest.mark.parametrize("etags", [False, True])
def test_a_cut_download_is_resumed(wheel: Path, tmp_path: Path, *, etags: bool) -> None:
    reporter = Recording()
    with LocalIndex(wheel, etags=etags) as index, client() as transport:
        index.fault(wheel.name, Fault(cut=400_000), Fault(cut=100_000))
        wanted = artifact(index, wheel)
        Downloads(transport, Store(tmp_path / "store")).fetch([wanted], reporter)
        assert [each.headers.get("range") for each in index.requests] == [None, "bytes=400000-", "bytes=500000-"]
        assert [each.sent for each in index.requests] == [400_000, 100_000, wheel.stat().st_size - 500_000]
        assert all(("if-range" in each.headers) is etags for each in index.requests[1:])
    assert reporter.bars[wheel.name] == [wheel.stat().st_size] * 2
    assert files_in(tmp_path / "store") == [wanted.sha256]


def test_a_server_without_ranges_sends_it_all_again(wheel: Path, tmp_path: Path) -> None:
    reporter = Recording()
    with LocalIndex(wheel, ranges=False) as index, client() as transport:
        index.fault(wheel.name, Fault(cut=400_000))
        Downloads(transport, Store(tmp_path / "store")).fetch([artifact(index, wheel)], reporter)
        assert [each.sent for each in index.requests] == [400_000, wheel.stat().st_size]
    assert reporter.bars[wheel.name] == [wheel.stat().st_size] * 2, "a bar never shows more than there is"


def test_a_rest_that_begins_elsewhere_is_not_taken(wheel: Path, tmp_path: Path) -> None:
    elsewhere = (("content-range", f"bytes 5-11/{wheel.stat().st_size}"),)
    with LocalIndex(wheel) as index, client() as transport:
        index.fault(wheel.name, Fault(cut=400_000), Fault(status=206, headers=elsewhere))
        wanted = artifact(index, wheel)
        found = Downloads(transport, Store(tmp_path / "store")).fetch([wanted], Reporter())
        assert [each.headers.get("range") for each in index.requests] == [None, "bytes=400000-", None]
        assert found[wanted].path.read_bytes() == wheel.read_bytes()


def test_a_rest_that_is_too_long_is_not_taken(wheel: Path, tmp_path: Path) -> None:
    size = wheel.stat().st_size
    right = (("content-range", f"bytes {size - 3}-{size - 1}/{size}"),)
    with LocalIndex(wheel) as index, client() as transport:
        index.fault(wheel.name, Fault(cut=size - 3), Fault(status=206, headers=right))
        with pytest.raises(IntegrityError) as caught:
            Downloads(transport, Store(tmp_path / "store")).fetch([artifact(index, wheel)], Reporter())
        assert caught.value.reference == "size-mismatch"


def test_a_stalled_download_is_resumed(wheel: Path, tmp_path: Path) -> None:
    with LocalIndex(wheel) as index, client(timeout=0.3) as transport:
        index.fault(wheel.name, Fault(stall=True), Fault(stall=True, cut=200_000))
        Downloads(transport, Store(tmp_path / "store")).fetch([artifact(index, wheel)], Reporter())
        assert [each.headers.get("range") for each in index.requests] == [None, None, "bytes=200000-"]


def test_the_next_run_resumes(wheel: Path, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    with LocalIndex(wheel) as index, client(attempts=1) as transport:
        index.fault(wheel.name, Fault(cut=400_000))
        wanted = artifact(index, wheel)
        with pytest.raises(NetworkError) as caught:
            Downloads(transport, store).fetch([wanted], Reporter())
        assert caught.value.reference == "index-unreachable"
        assert not store.path_of(wanted.sha256 or "").exists()
        found = Downloads(transport, Store(tmp_path / "store")).fetch([wanted], Reporter())
        assert index.requests[-1].headers["range"] == "bytes=400000-"
        assert found[wanted].path.read_bytes() == wheel.read_bytes()


@pytest.mark.parametrize("left", [b"x" * 1000, b"x" * (SIZE * 2)])
def test_what_an_earlier_run_left_is_not_trusted(wheel: Path, tmp_path: Path, left: bytes) -> None:
    store = Store(tmp_path / "store")
    with LocalIndex(wheel) as index, client() as transport:
        wanted = artifact(index, wheel)
        store.partial.mkdir(parents=True)
        (store.partial / f"{wanted.sha256}.part").write_bytes(left)
        found = Downloads(transport, store).fetch([wanted], Reporter())
        assert found[wanted].path.read_bytes() == wheel.read_bytes()


def test_a_whole_part_needs_no_request(wheel: Path, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    with LocalIndex(wheel) as index, client() as transport:
        wanted = artifact(index, wheel, size=None)
        store.partial.mkdir(parents=True)
        (store.partial / f"{wanted.sha256}.part").write_bytes(wheel.read_bytes())
        assert Downloads(transport, store).fetch([wanted], Reporter())[wanted].size == wheel.stat().st_size
        assert index.requests == []


def test_a_wrong_part_longer_than_the_file_of_unknown_size(wheel: Path, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    with LocalIndex(wheel) as index, client() as transport:
        wanted = artifact(index, wheel, size=None)
        store.partial.mkdir(parents=True)
        (store.partial / f"{wanted.sha256}.part").write_bytes(bytes(SIZE * 2))
        assert Downloads(transport, store).fetch([wanted], Reporter())[wanted].size == wheel.stat().st_size
        assert [each.status for each in index.requests] == [416, 200]


def test_who_waits_for_another_run_says_so(wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that was stopped holds its lock."""
    monkeypatch.setattr("bundler.fetch.download._TOLD_AFTER", 1)
    store, heard = Store(tmp_path / "store"), list[str]()
    with LocalIndex(wheel) as index, client() as transport:
        wanted = artifact(index, wheel)
        store.partial.mkdir(parents=True)
        lock = FileLock(store.partial / f"{wanted.sha256}.lock", thread_local=False)
        lock.acquire()

        class Heard(Reporter):
            def note(self, message: str) -> None:
                heard.append(message)
                lock.release()

        assert Downloads(transport, store).fetch([wanted], Heard())[wanted].size == wheel.stat().st_size
    assert heard == [f"another run fetches {wheel.name} into this store: waiting for it"]


@pytest.mark.linux_only("a file with a hole in it")
@pytest.mark.parametrize("size", [True, False])
def test_a_part_larger_than_any_file_is_not_read(wheel: Path, tmp_path: Path, *, size: bool) -> None:
    """It has a hole in it: hashing what no download could have made took an hour."""
    store = Store(tmp_path / "store")
    with LocalIndex(wheel) as index, client() as transport:
        wanted = artifact(index, wheel) if size else artifact(index, wheel, size=None)
        store.partial.mkdir(parents=True)
        with (store.partial / f"{wanted.sha256}.part").open("wb") as stream:
            stream.truncate(1 << 40)
        assert Downloads(transport, store).fetch([wanted], Reporter())[wanted].size == wheel.stat().st_size
        assert [each.status for each in index.requests] == [200]


@pytest.mark.parametrize("fault", [Fault(flip=True, times=None), None])
def test_a_wrong_hash(wheel: Path, tmp_path: Path, fault: Fault | None) -> None:
    with LocalIndex(wheel) as index, client() as transport:
        wanted = artifact(index, wheel) if fault else artifact(index, wheel, sha256="0" * 64)
        index.fault(wheel.name, *([fault] if fault else []))
        with pytest.raises(IntegrityError) as caught:
            Downloads(transport, Store(tmp_path / "store")).fetch([wanted], Reporter())
    error = caught.value
    assert error.reference == "hash-mismatch"
    assert error.message.startswith(wheel.name)
    assert f"from: {wanted.url}" in error.context
    assert f"expected: {wanted.sha256}" in error.context
    assert any(each.startswith("got: ") for each in error.context)
    assert [each for each in files_in(tmp_path / "store") if not each.endswith(".lock")] == []


@pytest.mark.parametrize("announced", [10, SIZE * 3])
def test_a_wrong_size_is_seen_before_the_body(wheel: Path, tmp_path: Path, announced: int) -> None:
    with LocalIndex(wheel) as index, client() as transport:
        with pytest.raises(IntegrityError) as caught:
            Downloads(transport, Store(tmp_path / "store")).fetch([artifact(index, wheel, size=announced)], Reporter())
        assert caught.value.reference == "size-mismatch"
        assert len(index.requests) == 1


def test_a_short_file_that_calls_itself_whole(wheel: Path, tmp_path: Path) -> None:
    with LocalIndex(wheel) as index, client() as transport:
        index.fault(wheel.name, Fault(truncate=1000, times=None))
        with pytest.raises(IntegrityError) as caught:
            Downloads(transport, Store(tmp_path / "store")).fetch([artifact(index, wheel, size=None)], Reporter())
        assert caught.value.reference == "hash-mismatch"


def test_what_is_gone(wheel: Path, tmp_path: Path) -> None:
    with LocalIndex(wheel) as index, client() as transport:
        wanted = artifact(index, wheel)
        index.remove(wheel.name)
        with pytest.raises(NetworkError) as caught:
            Downloads(transport, Store(tmp_path / "store")).fetch([wanted], Reporter())
        assert caught.value.reference == "download-missing"
        assert len(index.requests) == 1


def test_an_unknown_hash_is_learned(wheel: Path, tmp_path: Path) -> None:
    with LocalIndex(wheel) as index, client() as transport:
        index.fault(wheel.name, Fault(cut=400_000))
        wanted = artifact(index, wheel, sha256=None, size=None)
        found = Downloads(transport, Store(tmp_path / "store")).fetch([wanted], Reporter())
        assert found[wanted].sha256 == hashlib.sha256(wheel.read_bytes()).hexdigest()
        assert index.requests[-1].headers["range"] == "bytes=400000-"
    assert files_in(tmp_path / "store") == [found[wanted].sha256]


@pytest.mark.parametrize("kind", ["path", "url"])
def test_local_files_are_copied_in(wheel: Path, tmp_path: Path, kind: str) -> None:
    where = {"path": str(wheel)} if kind == "path" else {"url": wheel.as_uri()}
    sha256 = hashlib.sha256(wheel.read_bytes()).hexdigest()
    with client() as transport:
        downloads = Downloads(transport, Store(tmp_path / "store"))
        for known in (None, sha256):
            wanted = Artifact(filename=wheel.name, sha256=known, **where)  # type: ignore[arg-type]
            assert downloads.fetch([wanted], Reporter())[wanted].sha256 == sha256
        wrong = dataclasses.replace(wanted, sha256="0" * 64)
        with pytest.raises(IntegrityError):
            downloads.fetch([wrong], Reporter())
        wheel.unlink()
        missing = dataclasses.replace(wanted, sha256=None)
        with pytest.raises(InputError) as caught:
            downloads.fetch([missing], Reporter())
        assert caught.value.reference == "file-missing"


def test_a_changed_file_of_the_store_is_fetched_again(wheel: Path, tmp_path: Path) -> None:
    reporter = Recording()
    store = Store(tmp_path / "store", reporter=reporter)
    with LocalIndex(wheel) as index, client() as transport:
        wanted = artifact(index, wheel)
        path = Downloads(transport, store).fetch([wanted], reporter)[wanted].path
        path.write_bytes(path.read_bytes()[:-1])
        assert Downloads(transport, store).fetch([wanted], reporter)[wanted].path.read_bytes() == wheel.read_bytes()
        assert reporter.warnings == ["store-corrupt"]
        assert len(index.requests) == 2


def test_the_first_error_ends_the_others(tmp_path: Path) -> None:
    good, bad = large_wheel(tmp_path / "in", "good", 900_000), large_wheel(tmp_path / "in", "bad", 1000)
    with LocalIndex(good, bad) as index, client(timeout=60) as transport:
        index.fault(good.name, Fault(stall=True, cut=300_000, times=None))
        with pytest.raises(IntegrityError, match=r"^bad"):
            Downloads(transport, Store(tmp_path / "store")).fetch(
                [artifact(index, good), artifact(index, bad, sha256="0" * 64)], Reporter()
            )
        # the stalled one was woken by its connection's end, not by its timeout
        assert not [each for each in threading.enumerate() if "_worker" in each.name and each.is_alive()]
    assert hashlib.sha256(good.read_bytes()).hexdigest() not in files_in(tmp_path / "store")


def test_no_room_is_said_before_anything_is_fetched(wheel: Path, tmp_path: Path) -> None:
    with LocalIndex(wheel) as index, client() as transport:
        downloads = Downloads(transport, Store(tmp_path / "store"), free=lambda _: 1000)
        with pytest.raises(HostError) as caught:
            downloads.fetch([artifact(index, wheel)], Reporter())
        assert caught.value.reference == "disk-full"
        assert f"needed: {wheel.stat().st_size} bytes" in caught.value.context
        assert "free: 1000 bytes" in caught.value.context
        assert index.requests == []


def test_the_disk_fills_up_on_the_way(wheel: Path, tmp_path: Path) -> None:
    class Filling:
        """A file on a disk with room for 200 KB."""

        def __init__(self, file: BinaryIO) -> None:
            self._file = file

        def __getattr__(self, name: str) -> object:
            return getattr(self._file, name)

        def write(self, data: bytes) -> int:
            if self._file.tell() + len(data) > 200_000:
                raise OSError(errno.ENOSPC, "No space left on device")
            return self._file.write(data)

    def opener(path: Path, mode: str) -> BinaryIO:
        return Filling(open(path, mode))  # type: ignore[arg-type, return-value]  # noqa: PTH123

    with LocalIndex(wheel) as index, client() as transport:
        with pytest.raises(BundleError) as caught:
            Downloads(transport, Store(tmp_path / "store", opener=opener)).fetch([artifact(index, wheel)], Reporter())
        assert caught.value.reference == "disk-full"
        assert len(index.requests) == 1
    assert [each for each in files_in(tmp_path / "store") if not each.endswith(".lock")] == []


def test_two_builds_in_one_process_share_a_download(wheel: Path, tmp_path: Path) -> None:
    with LocalIndex(wheel) as index, client() as transport, ThreadPoolExecutor(2) as threads:
        index.fault(wheel.name, Fault(pause=0.02, times=None))
        wanted = artifact(index, wheel)
        runs = [
            threads.submit(Downloads(transport, Store(tmp_path / "store")).fetch, [wanted], Reporter())
            for _ in range(2)
        ]
        first, second = (each.result(60)[wanted] for each in runs)
        assert first == second
        assert len(index.requests) == 1
    assert files_in(tmp_path / "store") == [wanted.sha256]


FAULTS = st.lists(
    st.one_of(
        st.builds(Fault, cut=st.integers(0, SIZE)),
        st.builds(Fault, status=st.sampled_from([429, 500, 503])),
        st.builds(Fault, truncate=st.integers(0, 1000)),
        st.just(Fault(flip=True)),
    ),
    max_size=6,
)


@settings(max_examples=cases(40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(faults=FAULTS, known_size=st.booleans(), ranges=st.booleans())
def test_whatever_happens_only_right_bytes_get_in(
    wheel: Path, tmp_path: Path, faults: list[Fault], *, known_size: bool, ranges: bool
) -> None:
    with tempfile.TemporaryDirectory(dir=tmp_path) as folder, LocalIndex(wheel, ranges=ranges) as index:
        index.fault(wheel.name, *faults)
        wanted = artifact(index, wheel, **({} if known_size else {"size": None}))
        store = Store(Path(folder))
        for _ in range(len(faults) + 1):
            with client() as transport, contextlib.suppress(NetworkError, IntegrityError):
                found = Downloads(transport, store).fetch([wanted], Reporter())
                break
        assert found[wanted].path.read_bytes() == wheel.read_bytes()
        assert files_in(Path(folder)) == [wanted.sha256]


def test_what_another_run_brought_just_before_is_not_fetched_again(wheel: Path, tmp_path: Path) -> None:
    """It let go of the lock between the first look into the store and the lock: two would write into one part file if it were."""

    class Late(Store):
        looks = 0

        def get(self, sha256: str, size: int | None = None) -> StoredFile | None:
            self.looks += 1
            return super().get(sha256, size) if self.looks > 1 else None

    with LocalIndex(wheel) as index, client() as transport:
        wanted = artifact(index, wheel)
        store = Late(tmp_path / "store")
        stored = store.add(wheel)
        found = Downloads(transport, store).fetch([wanted], Reporter())
        assert found[wanted] == stored
        assert index.requests == []
