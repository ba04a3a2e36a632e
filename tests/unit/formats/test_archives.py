from __future__ import annotations

import errno
import gzip
import io
import lzma
import os
import stat
import struct
import tarfile
import tracemalloc
import warnings
import zipfile
import zlib
from typing import TYPE_CHECKING

import py7zr
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bundler.errors import BundleError, HostError, IntegrityError
from bundler.formats.archives.archive_formats import is_archive
from bundler.formats.archives.guard import Limits
from bundler.formats.archives.unpacking import extracted, list_all, list_files, newest_entry, unpack, walk
from tests.support import only_linux
from tests.support.archives import KINDS, entry, make_archive, make_tar
from tests.support.cases import cases

if TYPE_CHECKING:
    from pathlib import Path

FILES = {
    "python.exe": b"MZ" * 400,
    "Lib/os.py": b"import sys\n",
    "Lib/empty/__init__.py": b"",
    "Lib/big.bin": os.urandom(700_000),
}
SMALL = Limits(entries=100, size=1 << 20, ratio=50, small=1 << 16)


def names_in(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def refused(archive: Path, folder: Path, limits: Limits = SMALL) -> IntegrityError:
    """The error, after a look that nothing was left behind, in the folder, beside it or above."""
    before = sorted(folder.parent.parent.rglob("*"))
    with pytest.raises(IntegrityError) as caught:
        unpack(archive, folder, limits=limits)
    folder.parent.mkdir(exist_ok=True)
    assert sorted(folder.parent.parent.rglob("*")) == sorted({*before, folder.parent})
    assert archive.name in caught.value.message
    assert caught.value.hint
    return caught.value


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "work" / "python"


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_unpacked(kind: str, tmp_path: Path, folder: Path) -> None:
    archive = make_archive(tmp_path / f"some.{kind}", FILES)
    assert unpack(archive, folder) == tuple(sorted(FILES))
    assert {path: (folder / path).read_bytes() for path in FILES} == FILES
    assert list_files(archive) == tuple(sorted(FILES))
    assert is_archive(archive.name)
    assert names_in(folder.parent) == ["python"]


@pytest.mark.parametrize("kind", ["tar.gz", "zip"])
def test_how_old_it_is(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"x.{kind}"
    moments = [1_600_000_000, 1_700_000_000, 0]
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(zipfile.ZipInfo("a", (2020, 9, 13, 12, 26, 40)), b"")
            archive.writestr(zipfile.ZipInfo("b", (2023, 11, 14, 22, 13, 20)), b"")
    else:
        with tarfile.open(path, "w:gz") as tar:
            for number, moment in enumerate(moments):
                member = tarfile.TarInfo(f"x/{number}")
                member.mtime = moment
                tar.addfile(member)
    assert newest_entry(path) == 1_700_000_000
    path.write_bytes(path.read_bytes()[:30])
    with pytest.raises(IntegrityError):
        newest_entry(path)


@pytest.mark.parametrize("kind", KINDS)
def test_the_kind_is_known_by_the_content(kind: str, tmp_path: Path, folder: Path) -> None:
    archive = make_archive(tmp_path / f"some.{kind}", FILES).rename(tmp_path / "download")
    assert unpack(archive, folder) == tuple(sorted(FILES))
    assert not is_archive(archive.name)


@pytest.mark.parametrize("kind", KINDS)
def test_single_files(kind: str, tmp_path: Path) -> None:
    archive = make_archive(tmp_path / f"some.{kind}", FILES)
    with extracted(archive, lambda path: path.startswith("Lib/b")) as found:
        assert {path: file.read_bytes() for path, file in found.items()} == {"Lib/big.bin": FILES["Lib/big.bin"]}
        kept = list(found.values())
    assert not kept[0].exists()


def test_a_single_file_with_the_longest_name(tmp_path: Path) -> None:
    name = "a" * 255
    archive = make_archive(tmp_path / "some.zip", {f"x/{name}": b"1", f"y/{name}": b"2"})
    with extracted(archive, lambda _: True) as found:
        assert [found[f"{folder}/{name}"].read_bytes() for folder in "xy"] == [b"1", b"2"]


@pytest.mark.parametrize("kind", KINDS)
def test_one_that_was_cut_anywhere(kind: str, tmp_path: Path, folder: Path) -> None:
    whole = make_archive(tmp_path / f"some.{kind}", FILES).read_bytes()
    archive = tmp_path / "cut"
    # the last bytes of a plain tar are padding that nobody needs
    for size in (0, 3, 300, len(whole) // 3, len(whole) // 2, len(whole) - (10_000 if kind == "tar" else 3)):
        archive.write_bytes(whole[:size])
        assert refused(archive, folder).reference == "archive-unreadable"


def test_a_tar_that_was_cut_between_two_files(tmp_path: Path, folder: Path) -> None:
    archive = tmp_path / "some.tar"
    archive.write_bytes(make_tar(entry("a", b"x" * 512), entry("b", b"y" * 512))[:1024])
    assert refused(archive, folder).reference == "archive-unreadable"


def test_a_wrong_checksum_after_the_last_file(tmp_path: Path, folder: Path) -> None:
    archive = make_archive(tmp_path / "some.tar.gz", FILES)
    data = bytearray(archive.read_bytes())
    data[-8] ^= 1
    archive.write_bytes(data)
    assert refused(archive, folder).reference == "archive-unreadable"


def test_a_tar_with_much_padding(tmp_path: Path, folder: Path) -> None:
    archive = tmp_path / "some.tar.gz"
    archive.write_bytes(gzip.compress(make_tar(entry("a", b"x")) + bytes(1 << 20)))
    assert unpack(archive, folder) == ("a",)


@pytest.mark.parametrize("kind", ["zip", "tar", "7z"])
def test_one_with_nothing_in_it(kind: str, tmp_path: Path, folder: Path) -> None:
    archive = make_archive(tmp_path / f"some.{kind}", {})
    if kind == "tar":  # not even a header tells that it is one
        assert refused(archive, folder).reference == "archive-unreadable"
    else:
        assert unpack(archive, folder) == ()
        assert folder.is_dir()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("name", "reference"),
    [
        ("../out.txt", "archive-unsafe"),
        ("a/../../out.txt", "archive-unsafe"),
        ("/tmp/out.txt", "archive-unsafe"),  # noqa: S108
        ("C:/out.txt", "archive-unsafe"),
        ("..\\out.txt", "archive-unsafe"),
        ("Lib/NUL.txt", "archive-unsafe"),
        ("Lib/trailing.", "archive-unsafe"),
        ("lib/OS.PY", "archive-duplicate"),
        ("Lib/os.py/inner", "archive-duplicate"),
        ("Lib", "archive-duplicate"),
    ],
)
def test_names_that_mean_harm(kind: str, name: str, reference: str, tmp_path: Path, folder: Path) -> None:
    archive = make_archive(tmp_path / f"some.{kind}", {"Lib/os.py": b"good", name: b"bad"})
    assert refused(archive, folder).reference == reference


def test_the_same_name_twice(tmp_path: Path, folder: Path) -> None:
    archive = tmp_path / "some.zip"
    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("a.txt", "one")
        opened.writestr("a.txt", "two")
    assert refused(archive, folder).reference == "archive-duplicate"
    archive = tmp_path / "some.tar"
    archive.write_bytes(make_tar(entry("a.txt", b"one"), entry("./a.txt", b"two")))
    assert refused(archive, folder).reference == "archive-duplicate"


@pytest.mark.parametrize(
    ("kind", "link"),
    [
        (tarfile.SYMTYPE, "/etc/passwd"),
        (tarfile.LNKTYPE, "Lib/os.py"),
        (tarfile.CHRTYPE, ""),
        (tarfile.BLKTYPE, ""),
        (tarfile.FIFOTYPE, ""),
        (tarfile.CONTTYPE, ""),
        (tarfile.GNUTYPE_SPARSE, ""),
        (b"Z", ""),
    ],
)
def test_what_is_no_file_in_a_tar(kind: bytes, link: str, tmp_path: Path, folder: Path) -> None:
    archive = tmp_path / "some.tar"
    archive.write_bytes(make_tar(entry("Lib/os.py", b"good"), entry("Lib/x", kind=kind, link=link)))
    assert refused(archive, folder).reference in {"archive-unsafe", "archive-unreadable"}


def test_a_file_below_a_link(tmp_path: Path, folder: Path) -> None:
    archive = tmp_path / "some.tar"
    archive.write_bytes(make_tar(entry("a", kind=tarfile.SYMTYPE, link=".."), entry("a/out.txt", b"bad")))
    assert refused(archive, folder).reference == "archive-unsafe"


def link(name: str, to: str, kind: bytes = tarfile.SYMTYPE) -> tuple[tarfile.TarInfo, bytes]:
    return entry(name, kind=kind, link=to)


def test_links_are_copied_where_they_are_wanted(tmp_path: Path, folder: Path) -> None:
    archive = tmp_path / "some.tar"
    members = (
        link("a/NEWS.txt", "CHANGELOG"),  # before what it leads to
        entry("a/CHANGELOG", b"changes"),
        entry("a/docs/one.txt", b"one"),
        entry("a/docs/two.txt", b"two"),
        entry("a/docs.txt", b"beside"),
        link("a/hard.txt", "./a/CHANGELOG", tarfile.LNKTYPE),
        link("a/b/chain.txt", "../NEWS.txt"),
        link("a/manual", "./docs"),
        link("a/docs/itself", ".."),
        link("a/round", "about"),
        link("a/about", "round"),
        link("a/nothing", "missing.txt"),
    )
    archive.write_bytes(make_tar(*members))
    inside = ("a/CHANGELOG", "a/NEWS.txt", "a/b/chain.txt", "a/docs.txt", "a/docs/one.txt", "a/docs/two.txt")
    copied = ("a/hard.txt", "a/manual/one.txt", "a/manual/two.txt")
    assert unpack(archive, folder, sdist=True) == (*inside, *copied)
    assert not any(each.is_symlink() for each in folder.rglob("*"))
    assert {(folder / each).read_bytes() for each in ("a/NEWS.txt", "a/hard.txt", "a/b/chain.txt")} == {b"changes"}
    assert (folder / "a/manual/two.txt").read_bytes() == b"two"


@pytest.mark.parametrize(
    ("kind", "to"),
    [
        (tarfile.SYMTYPE, "/etc/passwd"),
        (tarfile.SYMTYPE, "../../out.txt"),
        (tarfile.SYMTYPE, "../x/../../out.txt"),
        (tarfile.LNKTYPE, "../out.txt"),
        (tarfile.LNKTYPE, "/etc/passwd"),
        (tarfile.FIFOTYPE, ""),
    ],
)
def test_links_that_lead_out_are_never_copied(kind: bytes, to: str, tmp_path: Path, folder: Path) -> None:
    archive = tmp_path / "some.tar"
    archive.write_bytes(make_tar(entry("a/good", b"good"), link("a/bad", to, kind)))
    with pytest.raises(IntegrityError) as caught:
        unpack(archive, folder, sdist=True)
    assert caught.value.reference == "archive-unsafe"
    assert not folder.exists()


@pytest.mark.parametrize("parts", [["d"] * 60, ["d" * 200] * 6], ids=["deeper than any path", "longer than any path"])
def test_copies_whose_paths_no_entry_may_have(parts: list[str], tmp_path: Path, folder: Path) -> None:
    """Of the link, and of what lies where it leads, together."""
    place = "/".join(parts)
    archive = tmp_path / "some.tar"
    archive.write_bytes(make_tar(entry(f"a/{place}/file", b"x"), link(f"b/{place}", "../" * len(parts) + "a")))
    with pytest.raises(IntegrityError) as caught:
        unpack(archive, folder, sdist=True)
    assert caught.value.reference == "archive-unsafe"
    assert not folder.exists()


@pytest.mark.parametrize("limits", [Limits(entries=100, size=1000), Limits(entries=30, size=1 << 20)])
def test_links_that_multiply(limits: Limits, tmp_path: Path, folder: Path) -> None:
    archive = tmp_path / "some.tar"
    files = [entry(f"a/{number}", b"x" * 20) for number in range(10)]
    archive.write_bytes(make_tar(*files, *(link(f"link-{number}", "a") for number in range(10))))
    with pytest.raises(IntegrityError) as caught:
        unpack(archive, folder, sdist=True, limits=limits)
    assert caught.value.reference == "archive-bomb"
    assert not folder.exists()


@pytest.mark.parametrize("mode", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO])
def test_what_is_no_file_in_a_zip(mode: int, tmp_path: Path, folder: Path) -> None:
    archive = tmp_path / "some.zip"
    with zipfile.ZipFile(archive, "w") as opened:
        info = zipfile.ZipInfo("Lib/x")
        info.create_system, info.external_attr = 3, (mode | 0o777) << 16
        opened.writestr(info, "/etc/passwd")
    assert refused(archive, folder).reference == "archive-unsafe"


@only_linux.LINKS
def test_a_link_in_a_7z(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "link").symlink_to("/etc/passwd")
    archive = tmp_path / "some.7z"
    with py7zr.SevenZipFile(archive, "w") as opened:
        opened.write(tmp_path / "link", "Lib/x")
    assert refused(archive, folder).reference == "archive-unsafe"


def test_folders_and_windows_separators(tmp_path: Path, folder: Path) -> None:
    archive = tmp_path / "some.zip"
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("cp311/", "")
        opened.writestr("cp311\\Lib\\", "")
        opened.writestr("cp311\\Lib\\os.py", "x")
    assert unpack(archive, folder) == ("cp311/Lib/os.py",)
    archive = tmp_path / "some.tar"
    archive.write_bytes(
        make_tar(entry("./", kind=tarfile.DIRTYPE), entry("./a/", kind=tarfile.DIRTYPE), entry("./a/b", b"x"))
    )
    assert unpack(archive, folder.with_name("two")) == ("a/b",)


def test_encrypted_ones(tmp_path: Path, folder: Path) -> None:
    archive = tmp_path / "some.7z"
    with py7zr.SevenZipFile(archive, "w", password="secret") as opened:
        opened.writestr(b"x", "a.txt")
    assert refused(archive, folder).reference == "archive-encrypted"
    archive = make_archive(tmp_path / "some.zip", {"a.txt": b"x"})
    data = bytearray(archive.read_bytes())
    data[data.index(b"PK\1\2") + 8] |= 1
    archive.write_bytes(data)
    assert refused(archive, folder).reference == "archive-encrypted"


def test_a_method_that_nobody_uses(tmp_path: Path, folder: Path) -> None:
    archive = tmp_path / "some.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_LZMA) as opened:
        opened.writestr("a.txt", "x")
    error = refused(archive, folder)
    assert error.reference == "archive-unreadable"
    assert "method 14" in error.message


@pytest.mark.parametrize("kind", KINDS)
def test_bombs(kind: str, tmp_path: Path, folder: Path) -> None:
    archive = make_archive(tmp_path / f"some.{kind}", {"zeros": bytes(3 << 20)})
    assert refused(archive, folder).reference == "archive-bomb"
    archive = make_archive(tmp_path / f"many.{kind}", {f"{i}": b"x" for i in range(101)})
    assert refused(archive, folder).reference == "archive-bomb"


def test_a_bomb_that_lies_about_its_size(tmp_path: Path, folder: Path) -> None:
    archive = make_archive(tmp_path / "some.zip", {"zeros": bytes(3 << 20)})
    data = bytearray(archive.read_bytes())
    for signature, place in ((b"PK\3\4", 22), (b"PK\1\2", 24)):
        start = data.index(signature) + place
        data[start : start + 4] = struct.pack("<I", 10)
    archive.write_bytes(data)
    assert refused(archive, folder).reference == "archive-unreadable"  # no more than it promised is unpacked


def test_a_tar_header_that_claims_gigabytes_takes_no_memory(tmp_path: Path, folder: Path) -> None:
    header = tarfile.TarInfo("pax")
    header.type, header.size = tarfile.XHDTYPE, 7 << 30
    archive = tmp_path / "some.tar.xz"
    archive.write_bytes(lzma.compress(header.tobuf(tarfile.USTAR_FORMAT) + bytes(20 << 20), preset=0))
    tracemalloc.start()
    try:
        assert refused(archive, folder, Limits()).reference == "archive-bomb"
        assert tracemalloc.get_traced_memory()[1] < 12 << 20
    finally:
        tracemalloc.stop()


def test_xz_with_a_huge_dictionary(tmp_path: Path, folder: Path) -> None:
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 1 << 20}]
    packed = bytearray(lzma.compress(make_tar(entry("a", b"x")), filters=filters))
    assert packed[16] == 16  # 1 MiB, as LZMA2 writes it
    packed[16] = 37  # 1.5 GiB
    size = (packed[12] + 1) * 4
    packed[12 + size - 4 : 12 + size] = struct.pack("<I", zlib.crc32(bytes(packed[12 : 12 + size - 4])))
    archive = tmp_path / "some.tar.xz"
    archive.write_bytes(packed)
    error = refused(archive, folder)
    assert error.reference == "archive-unreadable"
    assert "emory" in error.message


def test_entries_that_share_bytes(tmp_path: Path, folder: Path) -> None:
    archive = make_archive(tmp_path / "some.zip", {"a.txt": b"x" * 50, "b.txt": b"y" * 50})
    data = bytearray(archive.read_bytes())
    second = data.index(b"PK\1\2", data.index(b"PK\1\2") + 1)
    data[second + 42 : second + 46] = bytes(4)  # the second entry's bytes are the first one's
    archive.write_bytes(data)
    error = refused(archive, folder)
    assert error.reference == "archive-unsafe"
    assert "over another entry" in error.message


def test_an_entry_over_the_directory(tmp_path: Path, folder: Path) -> None:
    archive = tmp_path / "some.zip"
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("a.txt", b"x" * 50)
    data = bytearray(archive.read_bytes())
    place = data.index(b"PK\1\2") + 20
    data[place : place + 4] = struct.pack("<I", 5000)
    archive.write_bytes(data)
    assert refused(archive, folder).reference == "archive-unsafe"


def test_a_folder_that_is_there_already_stays_as_it_is(tmp_path: Path, folder: Path) -> None:
    archive = make_archive(tmp_path / "some.zip", FILES)
    folder.mkdir(parents=True)
    (folder / "mine.txt").write_text("mine")
    with pytest.raises(HostError) as caught:
        unpack(archive, folder)
    assert caught.value.reference == "folder-exists"
    assert names_in(folder.parent) == ["python"]
    assert names_in(folder) == ["mine.txt"]


def test_what_is_no_archive(tmp_path: Path, folder: Path) -> None:
    for content in (b"", b"MZ" + bytes(600), b"<html>Not found</html>"):
        archive = tmp_path / "python.zip"
        archive.write_bytes(content)
        assert refused(archive, folder).reference == "archive-unreadable"


@settings(max_examples=cases(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), kind=st.sampled_from(KINDS))
def test_damage_anywhere_ends_in_our_error_or_in_whole_files(
    data: st.DataObject, kind: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    place = tmp_path_factory.mktemp("damage")
    archive = make_archive(place / f"some.{kind}", {"Lib/os.py": b"import sys\n" * 20, "b/c.txt": b"0123456789" * 30})
    content = bytearray(archive.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    archive.write_bytes(content)
    folder = place / "work" / "python"
    try:
        files = unpack(archive, folder, limits=SMALL)
    except BundleError:
        assert names_in(folder.parent) == []
    else:
        assert sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()) == list(files)
    assert names_in(place) == [archive.name, "work"]


def test_memory_stays_small_for_a_large_file(tmp_path: Path, folder: Path) -> None:
    data = os.urandom(1 << 20) * 24
    for kind in ("zip", "tar.gz"):
        archive = make_archive(tmp_path / f"some.{kind}", {"big": data})
        tracemalloc.start()
        try:
            unpack(archive, folder.with_name(kind))
            assert tracemalloc.get_traced_memory()[1] < 4 << 20
        finally:
            tracemalloc.stop()
        assert (folder.with_name(kind) / "big").read_bytes() == data


def test_a_full_disk(tmp_path: Path) -> None:
    class Full(io.BytesIO):
        def write(self, _: object, /) -> int:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/some/where")

    for kind in KINDS:
        archive = make_archive(tmp_path / f"some.{kind}", FILES)
        with pytest.raises(HostError, match=r"no space .* some\.") as caught:
            walk(archive, lambda _: Full())
        assert caught.value.reference == "disk-full"
        assert caught.value.context == ("/some/where",)


def test_archives_side_by_side_have_no_more_together_than_one_may(tmp_path: Path) -> None:
    """A zip of 240 kB has a thousand, each of which unpacks to 64 MB of nothing: eight minutes."""
    whole = make_archive(tmp_path / "whole.tar.bz2", {"nothing": bytes(300_000)})
    broken = tmp_path / "broken.zip"
    broken.write_bytes(b"PK\3\4 and no more")
    limits = Limits(size=1_000_000, entries=100)
    assert list(list_all([whole, broken, whole, whole], limits=limits)) == [
        ("nothing",),
        None,
        ("nothing",),
        ("nothing",),
    ]
    with pytest.raises(IntegrityError) as caught:
        list(list_all([whole] * 4, limits=limits))
    assert caught.value.reference == "archive-bomb"
    with pytest.raises(IntegrityError, match="entries"):
        list(list_all([whole] * 101, limits=Limits(entries=100)))
