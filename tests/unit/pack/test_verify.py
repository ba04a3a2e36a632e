from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import struct
import zipfile
from typing import TYPE_CHECKING

import py7zr
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bundler.errors import BundleError, InputError, IntegrityError
from bundler.formats.zip_records import END_SIZE
from bundler.pack.forms import FORMATS
from bundler.pack.forms.folder_form import FolderReader
from bundler.pack.inspection import bundle_contents
from bundler.pack.reading import open_bundle
from bundler.pack.sums import encode_sums
from bundler.pack.verify import SITE, VerifyReport, verify_bundle
from bundler.report import Reporter
from bundler.target.bundle import verification as target
from bundler.target.state import site_toml
from tests.support import only_linux
from tests.support.bundles import make_inputs, write_made
from tests.support.cases import cases
from tests.support.strict_archives import strict_7z, strict_zip

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ARCHIVES = [name for name, each in FORMATS.items() if not each.is_folder]


def make(folder: Path, kind: str) -> Path:
    layout = make_inputs(folder / "inputs").lay_out()
    return write_made(layout, folder / "out", kind).path


def verify(path: Path) -> VerifyReport:
    return verify_bundle(path, Reporter())


def faults(path: Path) -> list[str]:
    with pytest.raises(IntegrityError) as caught:
        verify(path)
    assert caught.value.reference == "bundle-damaged"
    return list(caught.value.context)


def contents(folder: Path) -> dict[str, bytes]:
    root = make(folder, "dir")
    return {each.relative_to(root).as_posix(): each.read_bytes() for each in root.rglob("*") if each.is_file()}


def put(files: dict[str, bytes] | list[tuple[str, bytes]], path: Path) -> Path:
    """Any files in a form that is sound itself; ``path``'s suffix says in which."""
    pairs = files if isinstance(files, list) else list(files.items())
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".zip":
        path.write_bytes(strict_zip(pairs))
    elif path.suffix == ".7z":
        path.write_bytes(strict_7z(pairs))
    else:
        for name, content in pairs:
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_bytes(content)
    return path


def test_all_forms_of_a_whole_bundle(tmp_path: Path) -> None:
    layout = make_inputs(tmp_path / "inputs").lay_out()
    for kind in FORMATS:
        report = verify(make(tmp_path / kind, kind))
        assert report.manifest == layout.manifest
        assert (report.members, report.bytes) == (len(layout.entries), layout.size)


def pack_again(files: dict[str, bytes], path: Path, *, packed: bool) -> None:
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED) as archive:
            for name, content in files.items():
                archive.writestr(name, content)
    else:
        with py7zr.SevenZipFile(path, "w", filters=None if packed else [{"id": py7zr.FILTER_COPY}]) as seven:
            seven.set_encoded_header_mode(packed)
            for name, content in files.items():
                seven.writestr(content, name)


@pytest.mark.parametrize("kind", ARCHIVES)
@pytest.mark.parametrize("packed", [False, True])
def test_an_archive_that_was_packed_again_is_refused_and_its_folder_isn_t(
    tmp_path: Path, kind: str, packed: bool
) -> None:
    """Unpackers agree on what we write; what they make of others' archives nobody can say."""
    files = contents(tmp_path)
    path = tmp_path / f"again.{kind}"
    pack_again(files, path, packed=packed)
    with pytest.raises(IntegrityError) as caught:
        verify(path)
    assert caught.value.reference == "bundle-damaged"
    assert "another program packed it" in str(caught.value)
    assert "unpack it and verify the folder" in caught.value.hint
    assert verify(put(files, tmp_path / "folder")).members == len(files)


@pytest.mark.parametrize("kind", ["zip", "7z", "folder"])
def test_what_an_operator_may_add(tmp_path: Path, kind: str) -> None:
    files = contents(tmp_path)
    added = {"site.toml": b"port = 1\n"}
    path = put(files | added, tmp_path / f"more.{kind}")
    if kind == "folder":
        assert verify(path).members == len(files)
    else:
        assert faults(path) == [f"{each}: is there, but the manifest doesn't list it" for each in added]


def test_no_more_of_an_operators_values_than_the_target_takes(tmp_path: Path) -> None:
    """A hole of a terabyte takes no room where it lies, and all of the disk where it is unpacked."""
    path = put(contents(tmp_path), tmp_path / "large.folder")
    with (path / SITE).open("wb") as stream:
        stream.truncate(site_toml._LARGEST)
    verify(path)
    os.truncate(path / SITE, site_toml._LARGEST + 1)
    assert faults(path) == [f"{SITE}: is larger than {site_toml._LARGEST:,} bytes"]


@pytest.mark.parametrize("name", ["SHA256SUMS.asc", "SHA256SUMS.sig"])
def test_no_signature_is_let_through_unchecked(tmp_path: Path, name: str) -> None:
    path = put(contents(tmp_path) | {name: b"signature"}, tmp_path / "signed.folder")
    assert faults(path) == [f"{name}: is there, but the manifest doesn't list it"]


def test_the_target_allows_the_same() -> None:
    assert {SITE} == target.OPERATORS


def test_named_streams(tmp_path: Path) -> None:
    """NTFS has them; what reads them is given here."""
    root = put(contents(tmp_path), tmp_path / "streams.folder")
    hidden = {
        root / "README.txt": ("Zone.Identifier", "evil.py"),
        root / "boot": ("x",),
        root / "boot" / "python.exe": ("zone.identifier",),
        root: ("y",),
    }
    assert sorted(map(str, FolderReader(root, lambda path: hidden.get(path, ())).faults)) == [
        "README.txt: has the named stream evil.py, which no file of a bundle has",
        "boot: has the named stream x, which no file of a bundle has",
        "has the named stream y, which no file of a bundle has",
    ]

    def denied(path: Path) -> tuple[str, ...]:
        if path.name == "README.txt":
            raise PermissionError(13, "Permission denied")
        return ()

    assert list(map(str, FolderReader(root, denied).faults)) == ["README.txt: can't be read: Permission denied"]


def flip(content: bytes) -> bytes:
    return content[:-1] + bytes([content[-1] ^ 1])


@pytest.mark.parametrize("kind", ["zip", "7z", "folder"])
def test_every_fault_is_told_at_once(tmp_path: Path, kind: str) -> None:
    files = contents(tmp_path)
    files["boot/python.exe"] = flip(files["boot/python.exe"])
    files["README.txt"] += b"more"
    del files["target/part/main.py"]
    files["boot/evil.dll"] = b"MZ"
    files["SHA256SUMS"] = files["SHA256SUMS"].replace(b" *pylock", b"  pylock")
    assert sorted(faults(put(files, tmp_path / f"bad.{kind}"))) == sorted(
        [
            "SHA256SUMS: line 9 is malformed",
            "SHA256SUMS: doesn't list pylock.toml, which the manifest does",
            "boot/python.exe: has other content than the manifest says",
            f"README.txt: has {len(files['README.txt']):,} bytes and should have {len(files['README.txt']) - 4:,}",
            "target/part/main.py: is missing",
            "boot/evil.dll: is there, but the manifest doesn't list it",
        ]
    )


@pytest.mark.parametrize("kind", ARCHIVES)
@settings(max_examples=cases(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_byte_of_an_archive_can_be_flipped_unseen(tmp_path: Path, kind: str, data: st.DataObject) -> None:
    path = tmp_path / "out" / f"example-4.14.2-3.11.9-win_amd64.{kind}"
    if not path.exists():
        make(tmp_path, kind)
    content = bytearray(path.read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= 1 << data.draw(st.integers(0, 7))
    bad = tmp_path / f"flipped.{kind}"
    bad.write_bytes(content)
    with pytest.raises((InputError, IntegrityError)):
        verify(bad)


def test_no_bit_of_what_ends_a_zip_can_be_flipped_unseen(tmp_path: Path) -> None:
    """A few bytes among many, and unpackers believe them: how many files there are, where their directory is and how long."""
    whole, bad = make(tmp_path, "zip").read_bytes(), tmp_path / "flipped.zip"
    for at in range(len(whole) - END_SIZE, len(whole)):
        for bit in range(8):
            content = bytearray(whole)
            content[at] ^= 1 << bit
            bad.write_bytes(content)
            with pytest.raises((InputError, IntegrityError)):
                verify(bad)


@pytest.mark.parametrize("kind", ARCHIVES)
def test_cut_short_anywhere_it_is_refused(tmp_path: Path, kind: str) -> None:
    content = make(tmp_path, kind).read_bytes()
    for length in (0, 1, 5, 6, 31, 100, len(content) // 2, len(content) - 30, len(content) - 1):
        bad = tmp_path / f"short.{kind}"
        bad.write_bytes(content[:length])
        with pytest.raises((IntegrityError, InputError)):
            verify(bad)


@pytest.mark.parametrize("kind", ["zip", "7z", "folder"])
def test_without_a_manifest(tmp_path: Path, kind: str) -> None:
    files = contents(tmp_path)
    del files["manifest.json"]
    with pytest.raises(BundleError) as caught:
        verify(put(files, tmp_path / f"bad.{kind}"))
    assert caught.value.reference == ("bundle-unreadable" if kind == "folder" else "bundle-damaged")


def test_a_manifest_of_another_format(tmp_path: Path) -> None:
    files = contents(tmp_path)
    files["manifest.json"] = files["manifest.json"].replace(b'"format": 1', b'"format": 99')
    with pytest.raises(IntegrityError) as caught:
        verify(put(files, tmp_path / "bad.zip"))
    assert caught.value.reference == "manifest-format"


@pytest.mark.parametrize(
    "content", [b"{", b"\xff", b"[" * 100_000, b'{"a":' * 100_000, rb'{"format": 1, "a": "\ud800"}']
)
def test_a_manifest_that_is_no_json(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(IntegrityError) as caught:
        verify(put(contents(tmp_path) | {"manifest.json": content}, tmp_path / "bad.zip"))
    assert caught.value.reference == "manifest-malformed"


def change_manifest(files: dict[str, bytes], change: Callable[[dict[str, object]], None]) -> None:
    """Change the manifest and make the sums fit again, as somebody would who knows how."""
    data = json.loads(files["manifest.json"])
    change(data)
    files["manifest.json"] = (json.dumps(data, indent=1, sort_keys=True) + "\n").encode()
    sums = {each["path"]: each["sha256"] for each in data["members"]}
    files["SHA256SUMS"] = encode_sums(sums | {"manifest.json": hashlib.sha256(files["manifest.json"]).hexdigest()})


INSTALLER: dict[str, object] = {
    "name": "driver",
    "kind": "msi",
    "file": "prerequisites/none",
    "source": "driver.msi",
    "signer": None,
    "arguments": [],
    "detect": {"registry": None, "value": None, "view": None, "file": "C:\\driver.dll", "at_least": None},
    "exit_codes": [],
    "provides": [],
    "needs_admin": False,
}


def test_what_a_manifest_says_against_itself(tmp_path: Path) -> None:
    files = contents(tmp_path)

    def change(data: dict[str, object]) -> None:
        data["boot"]["python"] = "boot/other.exe"  # type: ignore[index]
        data["boot"]["placeholders"] = ["boot/none"]  # type: ignore[index]
        data["runtime"]["file"] = "runtime/none"  # type: ignore[index]
        data["seeds"][0]["file"] = "wheels/none"  # type: ignore[index]
        data["files"][0]["file"] = "files/none"  # type: ignore[index]
        data["prerequisites"] = [INSTALLER]
        data["frozen"] = ["alpha==1.0"]

    change_manifest(files, change)
    assert sorted(faults(put(files, tmp_path / "bad.zip"))) == sorted(
        [
            "manifest.json: boot.python names boot/other.exe, which is not a member",
            "manifest.json: boot.placeholders[0] names boot/none, which is not a member",
            "manifest.json: runtime.file names runtime/none, which is not a member",
            "manifest.json: seeds[0].file names wheels/none, which is not a member",
            "manifest.json: files[0].file names files/none, which is not a member",
            "manifest.json: prerequisites[0].file names prerequisites/none, which is not a member",
            "manifest.json: frozen and packages disagree",
        ]
    )


@pytest.mark.parametrize(
    ("table", "key"),
    [("bundle", "name"), ("bundle", "version"), ("bundle", "release"), ("target", "python"), ("target", "platform")],
)
def test_what_names_files_of_this_host(tmp_path: Path, table: str, key: str) -> None:
    """Policies, evidence and what is built again are written under names made of these."""
    files = contents(tmp_path)

    def change(data: dict[str, dict[str, object]]) -> None:
        data[table][key] = "../../x"

    change_manifest(files, change)  # type: ignore[arg-type]
    said = [each for each in faults(put(files, tmp_path / "bad.zip")) if "can't name a file" in each]
    assert said == [f"manifest.json: {table}.{key} '../../x' can't name a file: holds '/'"]


@pytest.mark.parametrize("stamp", [(0, 0), (24 << 11, 1 << 5 | 1), (0, 13 << 5 | 1)])
def test_a_time_that_no_clock_shows(tmp_path: Path, stamp: tuple[int, int]) -> None:
    """The same in all records, so that nothing else is wrong: unpackers differ about such a time."""
    time = struct.pack("<2H", *stamp)
    path = tmp_path / "bad.zip"
    path.write_bytes(
        strict_zip(
            contents(tmp_path).items(),
            local=lambda _, record: record[:10] + time + record[14:],
            central=lambda _, record: record[:12] + time + record[16:],
        )
    )
    assert faults(path) == ["its files have a time that no clock shows"]


def test_members_whose_names_are_not_ascii(tmp_path: Path) -> None:
    files = contents(tmp_path)

    def change(data: dict[str, object]) -> None:
        data["members"][0]["path"] = "boot/\u00e9"  # type: ignore[index]

    change_manifest(files, change)
    assert "boot/\u00e9: is not plain ASCII" in faults(put(files, tmp_path / "bad.zip"))


def test_a_manifest_written_in_another_form(tmp_path: Path) -> None:
    files = contents(tmp_path)
    files["manifest.json"] += b" "
    found = faults(put(files, tmp_path / "bad.zip"))
    assert "manifest.json: is not in the one form that it has" in found


def test_a_manifest_of_before_some_keys(tmp_path: Path) -> None:
    files = contents(tmp_path)

    def change(data: dict[str, object]) -> None:
        del data["rehearse"], data["shared"], data["target"]["tags"]  # type: ignore[index]

    change_manifest(files, change)
    assert verify(put(files, tmp_path / "old.zip")).manifest.target.tags == ()
    files["manifest.json"] = files["manifest.json"].replace(b'"format": 1,', b'"format": 1,\n "format": 1,')
    assert "manifest.json: is not in the one form that it has" in faults(put(files, tmp_path / "bad.zip"))


@pytest.mark.parametrize("kind", ["zip", "7z", "folder"])
def test_an_empty_member(tmp_path: Path, kind: str) -> None:
    files = contents(tmp_path)
    files["README.txt"] = b""

    def change(data: dict[str, object]) -> None:
        for each in data["members"]:  # type: ignore[attr-defined]
            if each["path"] == "README.txt":
                each.update(size=0, sha256="e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")

    change_manifest(files, change)
    found = faults(put(files, tmp_path / f"bad.{kind}"))
    assert "README.txt: is empty, and a bundle holds no empty file" in found


@pytest.mark.parametrize("name", ["../outside", "/etc/evil", "boot/../../x", "C:/evil", "boot\\evil", "é", "nul"])
def test_names_that_lead_elsewhere(tmp_path: Path, name: str) -> None:
    files = [*contents(tmp_path).items(), (name, b"evil")]
    found = faults(put(files, tmp_path / "bad.zip"))
    assert any(each.startswith(f"{name}: ") for each in found)
    assert not (tmp_path.parent / "outside").exists()


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("kind", ARCHIVES)
def test_a_member_that_is_there_twice(tmp_path: Path, kind: str) -> None:
    files = [*contents(tmp_path).items(), ("bootstrap.bat", b"format c:\r\n")]
    assert "bootstrap.bat: is there twice" in faults(put(files, tmp_path / f"bad.{kind}"))


@only_linux.LINKS
def test_links_and_empty_folders_in_a_folder(tmp_path: Path) -> None:
    root = put(contents(tmp_path), tmp_path / "bad")
    (root / "boot" / "empty").mkdir()
    (root / "README.txt").unlink()
    (root / "README.txt").symlink_to("/etc/passwd")
    (root / "linked").symlink_to(root / "boot")
    assert faults(root) == [
        "README.txt: is a link or a device and should be a file",
        "boot/empty/: is an empty folder, which no bundle has",
        "linked: is a link or a device and should be a file",
        "README.txt: is missing",
    ]


@only_linux.LINKS
def test_folders_that_no_bundle_has(tmp_path: Path) -> None:
    root = put(contents(tmp_path), tmp_path / "bad")
    (root / "/".join("d" * 300)).mkdir(parents=True)
    (root / os.fsdecode(b"boot/\xff")).write_bytes(b"x")
    (root / "boot" / "linked").symlink_to(root / "target", target_is_directory=True)
    os.mkfifo(root / "boot" / "pipe")
    found = faults(root)
    assert f"{'d/' * 100}d: lies deeper than any folder of a bundle" in found
    assert any(each.startswith("boot/\\udcff: ") for each in found)
    assert "boot/linked: is a link or a device and should be a file" in found
    assert "boot/pipe: is a link or a device and should be a file" in found
    "".join(found).encode("utf-8")


def test_a_manifest_that_is_far_too_large_is_not_read(tmp_path: Path) -> None:
    files = contents(tmp_path) | {"manifest.json": b" " * 65_000_000 + os.urandom(3_000_000)}
    assert any("is larger than" in each for each in faults(put(files, tmp_path / "bad.zip")))


def test_a_file_that_is_no_bundle(tmp_path: Path) -> None:
    for content in (b"", b"hello", b"MZ"):
        path = tmp_path / "x.zip"
        path.write_bytes(content)
        with pytest.raises(InputError) as caught:
            open_bundle(path)
        assert caught.value.reference == "bundle-unreadable"
    with pytest.raises(InputError):
        open_bundle(tmp_path / "nowhere.zip")


@pytest.mark.parametrize("kind", FORMATS)
def test_one_file_can_be_read(tmp_path: Path, kind: str) -> None:
    bundle = open_bundle(make(tmp_path, kind))
    assert bundle.format.name == kind
    assert bundle.read("boot/python.exe") == b"MZ" * 500
    with pytest.raises(IntegrityError):
        bundle.read("boot/python.exe", limit=10)
    with pytest.raises(IntegrityError):
        bundle.read("boot/none.exe")


def test_what_inspect_tells(tmp_path: Path) -> None:
    layout = make_inputs(tmp_path).lay_out()
    seen = bundle_contents(layout.manifest)
    assert [(each.name, each.version, each.origin) for each in seen.packages] == [
        ("alpha", "1.0", "https://index/alpha-1.0-py3-none-any.whl"),
        ("Zeta", "2.0", "https://index/Zeta-2.0-py3-none-any.whl".replace("Zeta", "zeta")),
    ]
    by_path = {each.path: each for each in layout.entries}
    for line in seen.packages:
        entry = by_path[f"wheels/{line.name.lower()}-{line.version}-py3-none-any.whl"]
        assert (line.packed, line.sha256) == (entry.size, entry.sha256)
    assert seen.runtime.signer == "Python Software Foundation"
    assert seen.admin
    assert seen.totals.packages == 2
    assert seen.totals.files == len(layout.manifest.members)
    assert seen.totals.longest_path == layout.longest_path
    assert seen.totals.installed == 90_000_000 + sum(each.size for each in layout.manifest.packages)


def test_inspect_of_a_manifest_that_lists_no_members(tmp_path: Path) -> None:
    manifest = dataclasses.replace(make_inputs(tmp_path).lay_out().manifest, members=())
    seen = bundle_contents(manifest)
    assert {each.packed for each in seen.packages} == {0}


@pytest.mark.parametrize("kind", ARCHIVES)
def test_what_is_said_of_a_part_of_an_archive(tmp_path: Path, kind: str) -> None:
    """The detail doesn't contradict the sentence that it stands in: an archive wasn't complete, and none."""
    path = make(tmp_path, kind)
    content = path.read_bytes()
    for length in (8, 20, 31, 32, 100, len(content) // 2, len(content) - 1):
        path.write_bytes(content[:length])
        (said,) = faults(path)
        assert said.startswith(f"is not a complete {kind} archive, it may be truncated: it"), said
        assert said.count("archive") == 1, said


@pytest.mark.parametrize("kind", ARCHIVES)
def test_what_can_not_be_read_is_not_called_truncated(tmp_path: Path, kind: str) -> None:
    with pytest.raises(IntegrityError) as caught:
        FORMATS[kind].load().read(tmp_path)
    assert caught.value.context == ("can't be read: it is a folder",)
