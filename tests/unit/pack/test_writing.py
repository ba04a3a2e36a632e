from __future__ import annotations

import contextlib
import dataclasses
import datetime
import errno
import hashlib
import io
import json
import os
import re
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import py7zr
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bundler.atomic import move
from bundler.errors import HostError, InputError, IntegrityError, RehearsalError
from bundler.model.artifact import StoredFile
from bundler.pack import writing
from bundler.pack.copying import CHUNK, Digest, HashedFile, Sources, checked
from bundler.pack.entry import Entry
from bundler.pack.forms import FORMATS
from bundler.pack.forms.zip_form import ZipReader, write_zip
from bundler.pack.verify import verify_bundle
from bundler.pack.writing import host_error, write_report
from bundler.report import Reporter, Track
from tests.support import only_linux
from tests.support.bundles import BUILT, CREATED, make_inputs, write_made

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bundler.pack.layout import Layout
    from bundler.pack.writing import Written


def replace_entry(layout: Layout, path: str, **changes: object) -> Layout:
    entries = tuple(
        dataclasses.replace(each, **changes) if each.path == path else each  # type: ignore[arg-type]
        for each in layout.entries
    )
    return dataclasses.replace(layout, entries=entries)


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return make_inputs(tmp_path / "inputs").lay_out()


def test_the_zip_is_read_by_others_as_it_was_meant(layout: Layout, tmp_path: Path) -> None:
    written = write_made(layout, tmp_path / "out", "zip")
    assert written.path == tmp_path / "out" / "example-4.14.2-3.11.9-win_amd64.zip"
    assert written.sha256 == hashlib.sha256(written.path.read_bytes()).hexdigest()
    assert written.size == written.path.stat().st_size
    with zipfile.ZipFile(written.path) as archive:
        assert archive.testzip() is None
        infos = archive.infolist()
        assert [each.filename for each in infos] == [each.path for each in layout.entries]
        assert {(each.compress_type, each.create_system, each.external_attr >> 16) for each in infos} == {
            (zipfile.ZIP_STORED, 3, 0o100644)
        }
        assert {each.date_time for each in infos} == {(2026, 3, 4, 5, 6, 6)}
        assert not any(each.flag_bits or each.extra or each.comment for each in infos)
        for each in layout.entries:
            assert hashlib.sha256(archive.read(each.path)).hexdigest() == each.sha256


def test_the_7z_is_read_by_others_as_it_was_meant(layout: Layout, tmp_path: Path) -> None:
    written = write_made(layout, tmp_path / "out", "7z")
    assert written.sha256 == hashlib.sha256(written.path.read_bytes()).hexdigest()
    with py7zr.SevenZipFile(written.path) as archive:
        assert archive.archiveinfo().method_names == ["COPY"]
        assert {each.creationtime for each in archive.list()} == {CREATED}
        archive.extractall(tmp_path / "unpacked")
    for each in layout.entries:
        assert hashlib.sha256((tmp_path / "unpacked" / each.path).read_bytes()).hexdigest() == each.sha256


def test_the_folder_holds_the_same(layout: Layout, tmp_path: Path) -> None:
    written = write_made(layout, tmp_path / "out", "dir")
    assert written.path == tmp_path / "out" / "example-4.14.2-3.11.9-win_amd64"
    assert (written.size, written.sha256) == (layout.size, layout.entries[1].sha256)
    found = {each.relative_to(written.path).as_posix(): each for each in written.path.rglob("*") if each.is_file()}
    assert sorted(found) == sorted(each.path for each in layout.entries)
    for each in layout.entries:
        assert hashlib.sha256(found[each.path].read_bytes()).hexdigest() == each.sha256
        assert found[each.path].stat().st_mtime == CREATED.timestamp()


@pytest.mark.parametrize("kind", FORMATS)
def test_written_twice_it_is_the_same(layout: Layout, tmp_path: Path, kind: str) -> None:
    first = write_made(layout, tmp_path / "one", kind)
    again = make_inputs(tmp_path / "other inputs").lay_out()
    second = write_made(again, tmp_path / "two", kind, built_at=BUILT + datetime.timedelta(days=9))
    assert first.sha256 == second.sha256
    if kind != "dir":
        assert first.path.read_bytes() == second.path.read_bytes()


@pytest.mark.parametrize("kind", FORMATS)
def test_the_note_beside_it_says_who_and_when(layout: Layout, tmp_path: Path, kind: str) -> None:
    written = write_made(layout, tmp_path, kind)
    note = json.loads((tmp_path / f"{written.path.name}.build.json").read_text())
    assert (note["archive"], note["sha256"], note["size"]) == (written.path.name, written.sha256, written.size)
    assert note["built-at"] == "2026-05-06T07:08:09+00:00"
    assert note["release"] == layout.manifest.bundle.release
    assert {"host", "python", "built-by", "created"} <= note.keys()


@pytest.mark.parametrize("kind", FORMATS)
def test_one_that_is_there_is_replaced(layout: Layout, tmp_path: Path, kind: str) -> None:
    old = write_made(layout, tmp_path / "out", kind)
    new = write_made(make_inputs(tmp_path / "new", kind="embed").lay_out(), tmp_path / "out", kind)
    assert new.path == old.path
    assert new.sha256 != old.sha256
    assert sorted(each.name for each in (tmp_path / "out").iterdir()) == sorted(
        [new.path.name, f"{new.path.name}.build.json"]
    )


def test_an_empty_folder_may_be_taken(layout: Layout, tmp_path: Path) -> None:
    (tmp_path / layout.manifest.stem).mkdir()
    assert write_made(layout, tmp_path, "dir").path.is_dir()


@pytest.mark.parametrize("kind", ["folder", "file", pytest.param("link", marks=only_linux.LINKS)])
def test_what_is_no_bundle_is_not_replaced(layout: Layout, tmp_path: Path, kind: str) -> None:
    place = tmp_path / layout.manifest.stem
    if kind == "folder":
        place.mkdir()
        (place / "thesis.txt").write_text("years of work")
    elif kind == "file":
        place.write_text("years of work")
    else:
        place.symlink_to(tmp_path / "nowhere")
    with pytest.raises(InputError) as caught:
        write_made(layout, tmp_path, "dir")
    assert caught.value.reference == "output-occupied"
    assert place.is_symlink() or place.exists()


def test_a_folder_where_the_archive_should_be(layout: Layout, tmp_path: Path) -> None:
    (tmp_path / f"{layout.manifest.stem}.zip").mkdir()
    with pytest.raises(InputError) as caught:
        write_made(layout, tmp_path, "zip")
    assert caught.value.reference == "output-occupied"


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("change", ["shorter", "longer", "other", "gone"])
def test_a_source_that_changed_meanwhile(layout: Layout, tmp_path: Path, kind: str, change: str) -> None:
    entry = next(each for each in layout.entries if each.path.startswith("wheels/alpha"))
    source = entry.source
    assert isinstance(source, Path)
    content = source.read_bytes()
    new = {"shorter": content[:-1], "longer": content + b"more", "other": content[:-1] + b"\xff", "gone": b""}[change]
    source.write_bytes(new)
    if change == "gone":
        source.unlink()
    with pytest.raises(IntegrityError) as caught:
        write_made(layout, tmp_path / "out", kind)
    assert caught.value.reference == "source-changed"
    assert str(source) in caught.value.message
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("kind", FORMATS)
def test_a_source_that_was_only_touched(layout: Layout, tmp_path: Path, kind: str) -> None:
    before = write_made(layout, tmp_path / "one", kind)
    for entry in layout.entries:
        if isinstance(entry.source, Path):
            os.utime(entry.source, (1, 1))
    assert write_made(layout, tmp_path / "two", kind).sha256 == before.sha256


@pytest.mark.parametrize("kind", FORMATS)
def test_a_source_that_changes_while_it_is_copied(layout: Layout, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "large"
    path.write_bytes(b"r" * 3 * CHUNK)
    file = StoredFile.of(path)
    changes = {"source": path, "size": file.size, "sha256": file.sha256, "seal": file.seal}
    large = replace_entry(layout, "README.txt", **changes)

    def spoil(amount: int) -> None:
        if amount == CHUNK:
            path.write_bytes(b"w" * 3 * CHUNK)

    with pytest.raises(IntegrityError) as caught:
        write_made(large, tmp_path / "out", kind, reporter=Hooked(spoil))
    assert caught.value.reference == "source-changed"


# Windows replaces no file that somebody reads
TOUCHES = ["a link", "times", *(["another build's copy"] if os.name != "nt" else [])]


def large_entry(layout: Layout, path: Path) -> Layout:
    """The layout with a source of three chunks, hashed and sealed."""
    path.write_bytes(b"r" * 3 * CHUNK)
    file = StoredFile.of(path)
    changes = {"source": path, "size": file.size, "sha256": file.sha256, "seal": file.seal, "crc32": file.crc32}
    return replace_entry(layout, "README.txt", **changes)


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("change", TOUCHES)
def test_a_source_of_which_only_the_file_system_says_something_else(
    layout: Layout, tmp_path: Path, kind: str, change: str
) -> None:
    """As a build beside this one does to a file of the store: its bytes stay, and so does the bundle."""
    path = tmp_path / "large"
    large = large_entry(layout, path)
    untouched = write_made(large, tmp_path / "untouched", kind)
    copy = tmp_path / "copy"
    copy.write_bytes(path.read_bytes())
    times: list[int] = []

    def touch(amount: int) -> None:
        if amount == CHUNK and not times:
            times.append(path.stat().st_ctime_ns)
            if change == "a link":
                os.link(path, tmp_path / "named")
            elif change == "times":
                os.utime(path, (1, 1))
            else:
                copy.replace(path)

    assert write_made(large, tmp_path / "touched", kind, reporter=Hooked(touch)).sha256 == untouched.sha256
    assert times, "it was touched in between"


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("part", [0, 1, 2])
def test_a_byte_that_changes_in_between_is_noticed_wherever_it_is(
    layout: Layout, tmp_path: Path, kind: str, part: int
) -> None:
    path = tmp_path / "large"
    large = large_entry(layout, path)

    def spoil(amount: int) -> None:
        if amount == CHUNK:
            with path.open("r+b") as stream:
                stream.seek(part * CHUNK + 1)
                stream.write(b"w")

    with pytest.raises(IntegrityError) as caught:
        write_made(large, tmp_path / "out", kind, reporter=Hooked(spoil))
    assert caught.value.reference == "source-changed"


@only_linux.CHANGES
@pytest.mark.parametrize("kind", FORMATS)
def test_bytes_that_changed_though_the_file_system_does_not_know(layout: Layout, tmp_path: Path, kind: str) -> None:
    """A failing disk, or whoever sets the times back: the checksum from the hashing tells."""
    path = tmp_path / "large"
    path.write_bytes(b"r" * 3 * CHUNK)
    file, times = StoredFile.of(path), path.stat()
    with path.open("r+b") as stream:
        stream.seek(CHUNK)
        stream.write(b"w")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    changes = {"source": path, "size": file.size, "sha256": file.sha256, "seal": file.seal, "crc32": file.crc32}
    with pytest.raises(IntegrityError) as caught:
        write_made(replace_entry(layout, "README.txt", **changes), tmp_path / "out", kind)
    assert caught.value.reference == "source-changed"


def test_content_made_by_us_is_checked_too(layout: Layout, tmp_path: Path) -> None:
    wrong = replace_entry(layout, "README.txt", source=b"x" * 10)
    with pytest.raises(IntegrityError, match=r"content of README\.txt"):
        write_made(wrong, tmp_path, "zip")


class Hooked(Reporter):
    """Does something whenever progress is told."""

    def __init__(self, action: Callable[[int], object]) -> None:
        self.action = action

    @contextlib.contextmanager
    def track(self, label: str, total: int | None = None, *, unit: str = "bytes") -> Iterator[Track]:
        del label, total, unit
        yield self

    def advance(self, amount: int) -> None:
        self.action(amount)

    def resize(self, total: int) -> None:
        del total


def test_a_failing_reporter_leaves_nothing(layout: Layout, tmp_path: Path) -> None:
    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    for kind in FORMATS:
        with pytest.raises(KeyboardInterrupt):
            write_made(layout, tmp_path / "out", kind, reporter=Hooked(interrupt))
        assert list((tmp_path / "out").iterdir()) == []


def test_a_source_that_was_wrong_only_at_first_sight(layout: Layout, tmp_path: Path) -> None:
    """The checksum's reading saw other bytes than the copy's."""
    path = tmp_path / "large"
    right = b"r" * (CHUNK + 10)
    path.write_bytes(right[:-1] + b"w")
    sha256 = hashlib.sha256(right).hexdigest()
    wrong = replace_entry(layout, "README.txt", source=path, size=len(right), sha256=sha256)

    def mend(amount: int) -> None:
        if amount == CHUNK:
            path.write_bytes(right)

    with pytest.raises(IntegrityError) as caught:
        write_made(wrong, tmp_path / "out", "zip", reporter=Hooked(mend))
    assert caught.value.reference == "source-changed"


def test_an_old_bundle_survives_a_failure(layout: Layout, tmp_path: Path) -> None:
    for kind in FORMATS:
        old = write_made(layout, tmp_path / "out", kind)
        with pytest.raises(IntegrityError):
            write_made(replace_entry(layout, "README.txt", sha256="0" * 64), tmp_path / "out", kind)
        assert old.path.exists()
    assert sum(1 for _ in (tmp_path / "out").iterdir()) == 2 * len(FORMATS)


@pytest.mark.parametrize("kind", FORMATS)
def test_what_does_not_meet_a_demand_gets_no_name(layout: Layout, tmp_path: Path, kind: str) -> None:
    asked: list[tuple[Path, Path]] = []

    def met(bundle: Path, written: Written) -> None:
        assert verify_bundle(bundle, Reporter(), summed=True).signed_sha256 == written.sha256
        asked.append((bundle, written.path))

    def unmet(bundle: Path, written: Written) -> None:
        met(bundle, written)
        raise RehearsalError("rehearsal-failed", "no")

    with pytest.raises(RehearsalError):
        write_made(layout, tmp_path / "out", kind, demand=unmet)
    assert list((tmp_path / "out").iterdir()) == []
    written = write_made(layout, tmp_path / "out", kind, demand=met)
    before = sorted((tmp_path / "out").iterdir())
    assert written.path in before
    with pytest.raises(RehearsalError):
        write_made(layout, tmp_path / "out", kind, demand=unmet)
    assert sorted((tmp_path / "out").iterdir()) == before
    assert {final for _, final in asked} == {written.path}
    assert written.path not in {bundle for bundle, _ in asked}


def test_too_little_room_is_said_before_anything_is_written(layout: Layout, tmp_path: Path) -> None:
    with pytest.raises(HostError) as caught:
        write_made(layout, tmp_path / "out", "zip", free=lambda _: layout.size)
    assert caught.value.reference == "disk-full"
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize(
    ("number", "reference"),
    [
        (errno.ENOSPC, "disk-full"),
        (errno.EDQUOT, "disk-full"),
        (errno.EFBIG, "output-unwritable"),
        (errno.EACCES, "output-unwritable"),
    ],
)
def test_what_the_system_says_while_writing(number: int, reference: str) -> None:
    assert host_error(OSError(number, os.strerror(number)), Path("out")).reference == reference


def test_a_report_that_can_not_be_written_is_named_as_the_user_did(tmp_path: Path) -> None:
    place = tmp_path / "absent" / "page.html"
    with pytest.raises(HostError, match=re.escape(f"{place} can't be written")) as caught:
        write_report(place, "x")
    assert caught.value.reference == "output-unwritable"


def test_a_destination_that_is_a_file(layout: Layout, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("x")
    with pytest.raises(HostError) as caught:
        write_made(layout, tmp_path / "out", "zip")
    assert caught.value.reference == "output-unwritable"


@given(st.lists(st.binary(max_size=200_000), max_size=8), st.lists(st.binary(max_size=10), max_size=3))
def test_a_digest_beside_is_the_digest(first: list[bytes], second: list[bytes]) -> None:
    with Digest() as digest:
        for parts in (first, second):
            for part in parts:
                digest.update(part)
            assert digest.take() == hashlib.sha256(b"".join(parts)).hexdigest()


@pytest.mark.parametrize("kind", FORMATS)
def test_an_archive_is_shown_as_soon_as_it_is_whole(layout: Layout, tmp_path: Path, kind: str) -> None:
    """A folder isn't: what is signed of it has its name already."""
    out = tmp_path / "out"
    seen: list[tuple[bytes, str]] = []

    def whole(archive: Path, sha256: str) -> None:
        assert not [*out.glob(f"*.{kind}")]
        seen.append((archive.read_bytes(), sha256))

    written = write_made(layout, out, kind, whole=whole)
    assert seen == ([] if kind == "dir" else [(written.path.read_bytes(), written.sha256)])


@given(st.lists(st.binary(max_size=400_000), max_size=8))
def test_a_file_is_hashed_as_it_is_written(parts: list[bytes]) -> None:
    file = io.BytesIO()
    with Digest() as digest:
        out = HashedFile(file, digest)
        for part in parts:
            out.write(part)
        assert out.take() == hashlib.sha256(b"".join(parts)).hexdigest()
    assert file.getvalue() == b"".join(parts)


def test_no_more_is_handed_out_than_the_layout_says(tmp_path: Path) -> None:
    path = tmp_path / "grown"
    path.write_bytes(b"x" * 10_000_000)
    entry = Entry(path="grown", source=path, size=100, sha256="0" * 64)
    with Sources() as sources, pytest.raises(IntegrityError):
        assert list(checked(entry, sources)) == []


def test_more_than_65535_members_are_zip64(tmp_path: Path) -> None:
    path, count = tmp_path / "many.zip", 70_000
    entries = [Entry(path=f"{n}", source=b"x", size=1, sha256=hashlib.sha256(b"x").hexdigest()) for n in range(count)]
    with Reporter().track("") as track:
        write_zip(entries, path, CREATED, track)
    with zipfile.ZipFile(path) as archive:
        assert len(archive.infolist()) == count
    assert ZipReader(path).faults == ()


@only_linux.ELSEWHERE
def test_a_bundle_and_what_lies_beside_it_get_their_names_in_one_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two builds at once, one's statement would be about the other's bundle."""
    import fcntl

    moved: list[str] = []

    def moving(work: Path, final: Path) -> None:
        handle = os.open(final.parent, os.O_RDONLY)
        with pytest.raises(BlockingIOError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.close(handle)
        moved.append(final.name)
        move(work, final)

    monkeypatch.setattr(writing, "move", moving)
    write_made(make_inputs(tmp_path / "work").lay_out(), tmp_path / "out", "zip")
    assert len(moved) > 1


@only_linux.ELSEWHERE
def test_who_holds_the_turn_for_ever_stops_no_build(tmp_path: Path) -> None:
    """Another account that may read the folder can."""
    import fcntl

    slept: list[float] = []
    handle = os.open(tmp_path, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        with writing._in_turn(tmp_path, slept.append):
            assert sum(slept) == pytest.approx(30)
    finally:
        os.close(handle)
    with writing._in_turn(tmp_path, slept.append):
        assert len(slept) == len(writing._TURNS), "nobody holds it"


@only_linux.ELSEWHERE
def test_a_folder_whose_names_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some are for handing in only."""
    opened = os.open

    def refusing(path: Path, flags: int, *more: int) -> int:
        if path == tmp_path:
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, flags, *more)

    monkeypatch.setattr(os, "open", refusing)
    with writing._in_turn(tmp_path):
        (tmp_path / "written").write_bytes(b"")
    assert (tmp_path / "written").exists()
