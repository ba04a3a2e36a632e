from __future__ import annotations

import errno
import hashlib
import io
import os
import time
import zlib
from pathlib import Path
from typing import BinaryIO, Self

import pytest

from bundler.errors import BundleError, HostError, IntegrityError, NetworkError
from bundler.fetch.disk_errors import disk_full, free_bytes
from bundler.fetch.store import STALE_SECONDS, Store, default_store_root
from bundler.model.artifact import Checksum, Seal, StoredFile
from bundler.report import Reporter

DATA = b"some bytes" * 1000
SHA = hashlib.sha256(DATA).hexdigest()


class Warnings(Reporter):
    def __init__(self) -> None:
        self.seen: list[str] = []

    def warn(self, reference: str, message: str) -> None:
        self.seen.append(f"{reference}: {message}")


def leftovers(root: Path) -> list[str]:
    return [each.name for each in root.rglob("*") if each.is_file()]


def test_what_comes_in_is_handed_out(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert store.get(SHA) is None
    added = store.add(io.BytesIO(DATA), sha256=SHA, size=len(DATA))
    assert added.path == tmp_path / "sha256" / SHA[:2] / SHA
    assert store.get(SHA) == store.get(SHA, len(DATA)) == added
    assert added.path.read_bytes() == DATA
    assert leftovers(tmp_path) == [SHA]


def test_what_is_handed_out_is_known_by_its_bytes_and_by_the_file_system(tmp_path: Path) -> None:
    store = Store(tmp_path)
    added = store.add(io.BytesIO(DATA))
    for each in (added, store.get(SHA), StoredFile.of(added.path)):
        assert each is not None
        assert (each.seal, each.crc32) == (Seal.of(added.path.stat()), zlib.crc32(DATA))


def test_a_file_of_unknown_hash_and_one_twice(tmp_path: Path) -> None:
    source = tmp_path / "file.bin"
    source.write_bytes(DATA)
    store = Store(tmp_path / "store")
    assert store.add(source).sha256 == SHA
    assert store.add(source).size == len(DATA)


@pytest.mark.parametrize(
    ("sha256", "size", "reference"), [("0" * 64, None, "hash-mismatch"), (None, 1, "size-mismatch")]
)
def test_wrong_bytes_never_get_in(tmp_path: Path, sha256: str | None, size: int | None, reference: str) -> None:
    store = Store(tmp_path)
    with pytest.raises(IntegrityError) as caught:
        store.add(io.BytesIO(DATA), sha256=sha256, size=size, origin="https://host/demo.whl")
    assert caught.value.reference == reference
    assert caught.value.message.startswith("demo.whl")
    assert "from: https://host/demo.whl" in caught.value.context
    assert leftovers(tmp_path) == []


def test_each_read_is_checked(tmp_path: Path) -> None:
    reporter = Warnings()
    store = Store(tmp_path, reporter=reporter)
    path = store.add(io.BytesIO(DATA)).path
    path.write_bytes(b"X" + DATA[1:])
    assert store.get(SHA) is None
    assert [each.partition(":")[0] for each in reporter.seen] == ["store-corrupt"]
    assert not path.exists()


def test_what_another_run_has_put_in_the_place_of_a_corrupt_file_stays(tmp_path: Path) -> None:
    store = Store(tmp_path)
    path = store.add(io.BytesIO(DATA)).path
    path.write_bytes(b"damaged")

    class Faster(Reporter):
        """Another run finds the same, and fetches the file, before this one removes it."""

        def warn(self, reference: str, message: str) -> None:
            del reference, message
            path.unlink()
            store.add(io.BytesIO(DATA))

    assert Store(tmp_path, reporter=Faster()).get(SHA) is None
    assert path.read_bytes() == DATA


def test_a_wrong_expectation_is_no_corruption(tmp_path: Path) -> None:
    store = Store(tmp_path)
    path = store.add(io.BytesIO(DATA)).path
    with pytest.raises(IntegrityError) as caught:
        store.get(SHA, 5)
    assert caught.value.reference == "size-mismatch"
    assert path.exists()


class _Full(io.BytesIO):
    def write(self, _data: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk(tmp_path: Path) -> None:
    def opener(path: Path, mode: str) -> BinaryIO:
        del path, mode
        return _Full()

    store = Store(tmp_path, opener=opener)
    with pytest.raises(HostError) as caught:
        store.add(io.BytesIO(DATA), size=len(DATA))
    assert caught.value.reference == "disk-full"
    assert f"needed: {len(DATA)} bytes" in caught.value.context
    assert any(each.startswith("free: ") for each in caught.value.context)
    assert leftovers(tmp_path) == []


def test_a_store_that_can_not_be_written(tmp_path: Path) -> None:
    (tmp_path / "store").write_bytes(b"a file")
    with pytest.raises(BundleError) as caught:
        Store(tmp_path / "store").add(io.BytesIO(DATA))
    assert caught.value.reference == "store-unwritable"


def test_what_can_not_be_read_is_absent(tmp_path: Path) -> None:
    reporter = Warnings()
    store = Store(tmp_path, reporter=reporter)
    store.path_of(SHA).mkdir(parents=True)
    assert store.get(SHA) is None
    assert [each.partition(":")[0] for each in reporter.seen] == ["store-corrupt"]


def test_a_folder_in_the_place_of_a_file_whose_hash_nobody_knew_before(tmp_path: Path) -> None:
    place = Store(tmp_path).path_of(SHA)
    place.mkdir(parents=True)
    (place / "work").write_bytes(b"mine")
    reporter = Warnings()
    assert Store(tmp_path, reporter=reporter).add(io.BytesIO(DATA)).path.read_bytes() == DATA
    assert [each.partition(":")[0] for each in reporter.seen] == ["store-corrupt"]
    assert [each.read_bytes() for each in tmp_path.rglob("work")] == [b"mine"]


class HeldPath(type(Path())):  # type: ignore[misc]
    """A file whose place in the store another process holds open, as Windows has it."""

    def replace(self, target: object) -> Self:
        raise PermissionError(errno.EACCES, "held", str(target))


def test_a_sound_file_that_is_held_open_is_as_good(tmp_path: Path) -> None:
    store = Store(tmp_path)
    there = store.add(io.BytesIO(DATA))
    new = HeldPath(tmp_path / "temp" / "new")
    new.write_bytes(DATA)
    assert store.adopt(new, Checksum.of(io.BytesIO(DATA))) == there
    assert not new.exists()
    there.path.unlink()
    new.write_bytes(DATA)
    with pytest.raises(HostError) as caught:
        store.adopt(new, Checksum.of(io.BytesIO(DATA)))
    assert caught.value.reference == "store-unwritable"


def test_only_old_leftovers_are_swept(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for folder in ("temp", "partial"):
        for name, age in (("old", STALE_SECONDS + 10), ("new", 0)):
            path = tmp_path / folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(b"")
            os.utime(path, (time.time() - age,) * 2)
    store.sweep()
    assert leftovers(tmp_path) == ["new", "new"]


def test_an_interrupt_leaves_nothing(tmp_path: Path) -> None:
    class Interrupted(io.BytesIO):
        def read(self, _size: int | None = -1) -> bytes:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Store(tmp_path).add(Interrupted())
    assert leftovers(tmp_path) == []


def test_room_on_a_disk(tmp_path: Path) -> None:
    room = free_bytes(tmp_path)
    assert room is not None
    assert free_bytes(tmp_path / "not" / "there" / "yet") is not None
    (tmp_path / "file").write_bytes(b"")
    if os.name != "nt":  # Windows looks at the drive
        assert free_bytes(tmp_path / "file" / "below") is None
    assert disk_full(tmp_path, needed=None, free=None).context == (str(tmp_path),)


def test_where_the_store_is(tmp_path: Path) -> None:
    assert default_store_root({"BUNDLE_STORE": str(tmp_path)}) == tmp_path
    assert "bundle" in default_store_root({}).parts
    assert default_store_root({"BUNDLE_STORE": "~/bundles"}) == Path.home() / "bundles"
    if os.name == "posix":  # Windows takes any name for that of a neighbour of one's own home
        assert default_store_root({"BUNDLE_STORE": "~nobody-here/x"}) == Path("~nobody-here/x")


def test_what_nobody_said_the_size_of_has_a_bound(tmp_path: Path) -> None:
    """Of a file of this host that the system makes up while it is read, such as those of /proc."""
    store = Store(tmp_path / "store")
    assert store.add(io.BytesIO(b"x" * 10), most=10).size == 10
    with pytest.raises(NetworkError) as caught:
        store.add(io.BytesIO(b"x" * 11), most=10)
    assert caught.value.reference == "network-too-large"
    assert store.add(io.BytesIO(b"x" * 11), size=11, most=10).size == 11
    assert not list((tmp_path / "store" / "temp").iterdir())
