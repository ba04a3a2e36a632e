from __future__ import annotations

import base64
import hashlib
import io
import stat
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bundler.build.wheel_gate import CheckedWheel, check_wheel, repack
from bundler.errors import BuildError
from bundler.formats.machine_code import Code, binaries_in, code_of
from bundler.model.target import Target
from tests.support.packages import make_wheel, metadata

if TYPE_CHECKING:
    from pathlib import Path

WINDOWS = Target.of("3.11.9", "win_amd64")
LINUX = Target.of("3.11.9", "manylinux_2_28_x86_64")
EPOCH = 1_700_000_000
PE = b"MZ" + bytes(58) + (64).to_bytes(4, "little") + b"PE\0\0" + bytes(20)


def check(path: Path, *, name: str = "demo", version: str = "1.0", target: Target = WINDOWS) -> CheckedWheel:
    return check_wheel(path, name=name, version=version, target=target)


def with_wheel_text(path: Path, old: str, new: str) -> Path:
    """The same wheel with another WHEEL, and a RECORD that fits."""
    with zipfile.ZipFile(path) as archive:
        contents = {each: archive.read(each) for each in archive.namelist()}
    info = "demo-1.0.dist-info"
    before = contents[f"{info}/WHEEL"]
    contents[f"{info}/WHEEL"] = before.replace(old.encode(), new.encode())
    assert contents[f"{info}/WHEEL"] != before
    old_hash, new_hash = (
        base64.urlsafe_b64encode(hashlib.sha256(each).digest()).rstrip(b"=")
        for each in (before, contents[f"{info}/WHEEL"])
    )
    contents[f"{info}/RECORD"] = contents[f"{info}/RECORD"].replace(old_hash, new_hash)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return path


def test_another_tag_inside_than_in_the_name(tmp_path: Path) -> None:
    path = with_wheel_text(make_wheel(tmp_path, tag="cp311-cp311-win_amd64"), "cp311-cp311", "cp312-cp312")
    assert refused(path).context == ("its WHEEL says cp312-cp312-win_amd64, its name cp311-cp311-win_amd64",)


def test_a_format_of_the_future(tmp_path: Path) -> None:
    path = with_wheel_text(make_wheel(tmp_path), "Wheel-Version: 1.0", "Wheel-Version: 2.0")
    assert "version '2.0' of the format" in refused(path).context[0]


def test_several_tags_in_one_name(tmp_path: Path) -> None:
    assert check(make_wheel(tmp_path, tag="py2.py3-none-any"))


def refused(path: Path, *, name: str = "demo", version: str = "1.0") -> BuildError:
    with pytest.raises(BuildError) as caught:
        check(path, name=name, version=version)
    return caught.value


def rewritten(path: Path, name: str, content: bytes, *, mode: int = 0o100644) -> Path:
    """The same wheel with one more entry."""
    with zipfile.ZipFile(path, "a") as archive:
        entry = zipfile.ZipInfo(name)
        entry.external_attr = mode << 16
        archive.writestr(entry, content)
    return path


def test_a_sound_wheel(tmp_path: Path) -> None:
    wheel = check(make_wheel(tmp_path, data={"scripts/run": "#!python\n"}, licenses={"LICENSE": "x"}))
    assert (wheel.name, str(wheel.version), wheel.dist_info) == ("demo", "1.0", "demo-1.0.dist-info")
    assert len(wheel.files) == 5
    assert not wheel.compiled


@pytest.mark.parametrize("version", ["1.0", "1", "1.0.0"])
def test_versions_are_compared_as_versions(tmp_path: Path, version: str) -> None:
    assert str(check(make_wheel(tmp_path), version=version).version) == "1.0"


@pytest.mark.parametrize(
    ("record", "words"),
    [("missing", "RECORD is missing"), ("wrong", "another hash"), ("incomplete", "is not in its RECORD")],
)
def test_record(tmp_path: Path, record: Any, words: str) -> None:
    error = refused(make_wheel(tmp_path, record=record))
    assert error.reference == "wheel-broken"
    assert words in "\n".join(error.context)


def test_all_faults_at_once(tmp_path: Path) -> None:
    path = make_wheel(tmp_path, metadata_text="Metadata-Version: 2.1\nName: other\nVersion: 2.0\n")
    error = refused(rewritten(path, "extra.py", b""))
    assert len(error.context) == 3


@pytest.mark.parametrize(
    "name", ["../evil.py", "/evil.py", "a//b.py", "a/./b.py", "C:/evil.py", "a:stream", "a/../../b"]
)
def test_names_that_lead_out(tmp_path: Path, name: str) -> None:
    error = refused(rewritten(make_wheel(tmp_path), name, b""))
    assert error.reference == "wheel-broken"
    assert "is not a safe file name" in error.context[0]


def test_links_are_refused(tmp_path: Path) -> None:
    error = refused(rewritten(make_wheel(tmp_path), "link.py", b"/etc/passwd", mode=stat.S_IFLNK | 0o777))
    assert "link.py is a link" in error.context[0]


def test_names_that_windows_cannot_tell_apart(tmp_path: Path) -> None:
    path = make_wheel(tmp_path, files={"demo/A.py": "", "demo/a.py": ""})
    assert "there twice" in refused(path).context[0]
    assert check(path, target=LINUX)


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\3\4" + bytes(100)])
def test_no_zip(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "demo-1.0-py3-none-any.whl"
    path.write_bytes(content)
    assert refused(path).reference == "wheel-broken"


def test_a_flipped_bit(tmp_path: Path) -> None:
    path = make_wheel(tmp_path, files={"demo.py": "x" * 1000}, stored=True)
    content = bytearray(path.read_bytes())
    content[content.index(b"xxxx") + 5] ^= 1
    path.write_bytes(content)
    assert refused(path).reference == "wheel-broken"


def test_no_or_two_dist_infos(tmp_path: Path) -> None:
    path = rewritten(make_wheel(tmp_path), "other-1.0.dist-info/METADATA", b"")
    assert (
        "2 folders *.dist-info and should have one: demo-1.0.dist-info, other-1.0.dist-info"
        in refused(path).context[-1]
    )


def test_a_dist_info_of_another_name(tmp_path: Path) -> None:
    error = refused(make_wheel(tmp_path, dist_info="other-1.0.dist-info"))
    assert "its folder other-1.0.dist-info is not that of demo" in error.context


@pytest.mark.parametrize(
    ("changes", "reference"),
    [({"name": "other"}, "wheel-name"), ({"version": "1.1"}, "wheel-name"), ({"version": "no version"}, "wheel-name")],
)
def test_another_wheel_than_asked_for(tmp_path: Path, changes: dict[str, str], reference: str) -> None:
    assert refused(make_wheel(tmp_path), **changes).reference == reference


@pytest.mark.parametrize(
    "tag", ["py2-none-any", "cp312-cp312-win_amd64", "cp311-cp311-manylinux_2_17_x86_64", "py3-none-win32"]
)
def test_a_tag_that_the_target_refuses(tmp_path: Path, tag: str) -> None:
    assert refused(make_wheel(tmp_path, tag=tag)).reference == "wheel-not-for-target"


OLD = Target.of("2.7.18", "win32")


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"requires_python": ">=2.6, !=3.0.*"},
        {"requires_python": ">=2.7.*"},  # old metadata holds such things
        {"extra_lines": ["Classifier: Programming Language :: Python", "Classifier: License :: OSI Approved"]},
        {"extra_lines": ["Classifier: Programming Language :: Python :: 2"]},
        {"extra_lines": [f"Classifier: Programming Language :: Python :: {each}" for each in ("2.7", "3", "3.3")]},
        {"extra_lines": ["Classifier: Programming Language :: Python :: 2 :: Only"]},
    ],
)
def test_a_pure_wheel_is_tagged_for_the_target_and_not_for_who_built_it(tmp_path: Path, said: dict[str, Any]) -> None:
    made = make_wheel(tmp_path, metadata_text=metadata(**said), data={"scripts/run": "#!python\n"})
    assert made.name == "demo-1.0-py3-none-any.whl"
    checked = check(made, target=OLD)
    assert (checked.retagged, checked.filename) == (True, "demo-1.0-py27-none-any.whl")
    wheel = repack(checked, tmp_path / "out", epoch=EPOCH, target=OLD)
    again = check(wheel, target=OLD)
    assert (wheel.name, again.retagged) == (checked.filename, False)
    with zipfile.ZipFile(wheel) as archive, zipfile.ZipFile(made) as before:
        text = archive.read("demo-1.0.dist-info/WHEEL").decode()
        assert [line for line in text.splitlines() if line.startswith("Tag:")] == ["Tag: py27-none-any"]
        assert "Root-Is-Purelib: true" in text
        assert archive.read("demo-1.0.data/scripts/run") == before.read("demo-1.0.data/scripts/run")
    assert {name for name, _ in again.files} == {name for name, _ in checked.files}


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"requires_python": ">=3.6"}, "Requires-Python: >=3.6"),
        ({"requires_python": "<2.7"}, "Requires-Python: <2.7"),
        ({"extra_lines": ["Classifier: Programming Language :: Python :: 3 :: Only"]}, "3 :: Only"),
        ({"extra_lines": [f"Classifier: Programming Language :: Python :: {each}" for each in ("3", "3.4")]}, "3, 3.4"),
        ({"extra_lines": ["Classifier: Programming Language :: Python :: 2.5"]}, "2.5"),
    ],
)
def test_a_pure_wheel_that_says_it_is_for_others(tmp_path: Path, said: dict[str, Any], why: str) -> None:
    with pytest.raises(BuildError) as caught:
        check(make_wheel(tmp_path, metadata_text=metadata(**said)), target=OLD)
    assert caught.value.reference == "wheel-not-for-target"
    assert why in caught.value.context[0]


@pytest.mark.parametrize("tag", ["py31-none-any", "cp35-none-any", "py3-none-win32", "py3-abi3-any"])
def test_only_the_tag_that_the_builder_gives_by_itself_is_changed(tmp_path: Path, tag: str) -> None:
    with pytest.raises(BuildError) as caught:
        check(make_wheel(tmp_path, tag=tag), target=Target.of("2.7.18", "win_amd64", abi="cp27mu"))
    assert caught.value.reference == "wheel-not-for-target"


def test_a_name_that_is_no_wheels(tmp_path: Path) -> None:
    assert refused(make_wheel(tmp_path, filename="demo.whl")).reference == "wheel-broken"


@pytest.mark.parametrize(
    ("name", "content", "compiled"),
    [
        ("a.pyd", b"", True),
        ("a.cpython-311-x86_64-linux-gnu.so", b"", True),
        ("A.DLL", b"", True),
        ("run", b"\x7fELF" + bytes(60), True),
        ("run", b"\xcf\xfa\xed\xfe" + bytes(60), True),
        ("fat", b"\xca\xfe\xba\xbe\0\0\0\2", True),
        ("Main.class", b"\xca\xfe\xba\xbe\0\0\0\x34", False),
        ("run.exe", PE, True),
        ("MZ.txt", b"MZ is how programs begin", False),
        ("a.py", b"import x", False),
        ("empty", b"", False),
    ],
)
def test_machine_code_is_known(name: str, content: bytes, compiled: bool) -> None:
    assert (code_of(name, io.BytesIO(content)) is not None) is compiled


@given(st.binary(max_size=200))
def test_any_bytes_can_be_asked_about(content: bytes) -> None:
    assert code_of("MZ", io.BytesIO(b"MZ" + content)) in (Code.WINDOWS, None)


def test_compiled_files_and_those_that_a_source_brings(tmp_path: Path) -> None:
    tree = tmp_path / "tree" / "deep"
    tree.mkdir(parents=True)
    (tree / "tool.exe").write_bytes(PE)
    (tree / "a.py").write_text("")
    (tree / "link").symlink_to("tool.exe")
    wheel = check(make_wheel(tmp_path, files={"demo/tool.exe": PE, "demo/other.exe": PE + b"x"}))
    assert wheel.compiled == ("demo/tool.exe", "demo/other.exe")
    digests = dict(wheel.files)
    assert binaries_in(tmp_path / "tree") == {digests["demo/tool.exe"]}


def test_one_form_whatever_it_was(tmp_path: Path) -> None:
    files = {"demo/__init__.py": "", "demo/b.py": "b", "demo/a.py": "a" * 10_000}
    plain = make_wheel(tmp_path / "plain", files=files)
    other = make_wheel(tmp_path / "other", files=dict(reversed(files.items())), stored=True)
    made = [repack(check(each), each.parent / "out", epoch=EPOCH, target=WINDOWS) for each in (plain, other)]
    assert plain.read_bytes() != other.read_bytes()
    assert made[0].read_bytes() == made[1].read_bytes()
    assert list(made[0].parent.iterdir()) == [made[0]], "nothing else is left"


def test_what_a_backend_wrote_has_the_same_line_ends_wherever_it_ran(tmp_path: Path) -> None:
    text = metadata(body="Made for tests.\n\nTwo lines.\n")
    files = {"demo.py": "x = 1\r\n"}
    texts = {"linux": text, "windows": text.replace("\n", "\r\n")}
    made = []
    for host, each in texts.items():
        wheel = make_wheel(tmp_path / host, metadata_text=each, files=files)
        made.append(repack(check(wheel), tmp_path / host / "out", epoch=EPOCH, target=WINDOWS))
    assert made[0].read_bytes() == made[1].read_bytes()
    with zipfile.ZipFile(made[0]) as archive:
        assert archive.read("demo.py") == b"x = 1\r\n", "what the author wrote stays as it is"
        assert b"\r" not in archive.read("demo-1.0.dist-info/METADATA")


def test_folders_of_this_host_are_left_out_of_metadata(tmp_path: Path) -> None:
    """However many blanks a build has put there: where each was looked at from each, this took an hour."""
    lines = [
        "Requires-Dist: a @ file:///home/x/a ; os_name == 'nt'",
        "requires-dist: b[x,y]@file:///b",
        "Requires-Dist: c  @  file:c",
        "Requires-Dist: d @ https://a.test/d-1.zip",
        "Requires-Dist: e" + " " * 1_000_000 + "; os_name == 'nt'",
    ]
    path = make_wheel(tmp_path, metadata_extra=lines)
    made = repack(check(path), tmp_path / "out", epoch=EPOCH, target=WINDOWS)
    with zipfile.ZipFile(made) as archive:
        text = archive.read("demo-1.0.dist-info/METADATA").decode()
    found = [each for each in text.splitlines() if each.lower().startswith("requires-dist")]
    expected = ["Requires-Dist: a ; os_name == 'nt'", "requires-dist: b[x,y]", "Requires-Dist: c", *lines[3:]]
    assert found == expected


def test_the_form(tmp_path: Path) -> None:
    path = rewritten(
        make_wheel(tmp_path, data={"scripts/run": "#!python\n"}, record="right"), "demo/", b"", mode=0o40755
    )
    made = repack(check(path), tmp_path / "out", epoch=EPOCH, target=WINDOWS)
    again = check(made)
    assert dict(again.files) == dict(check(path).files), "its new RECORD is right too"
    with zipfile.ZipFile(made) as archive:
        entries = archive.infolist()
    assert entries[-1].filename == "demo-1.0.dist-info/RECORD"
    assert {each.compress_type for each in entries} == {zipfile.ZIP_STORED}
    assert {each.date_time for each in entries} == {(2023, 11, 14, 22, 13, 20)}
    assert {each.create_system for each in entries} == {3}
    modes = {each.filename: each.external_attr >> 16 for each in entries}
    assert modes.pop("demo-1.0.data/scripts/run") == 0o100755
    assert set(modes.values()) == {0o100644}


def test_a_time_before_1980_is_the_first_that_a_zip_knows(tmp_path: Path) -> None:
    made = repack(check(make_wheel(tmp_path)), tmp_path / "out", epoch=0, target=WINDOWS)
    with zipfile.ZipFile(made) as archive:
        assert archive.infolist()[0].date_time == (1980, 1, 1, 0, 0, 0)


def test_executable_files_stay_so_where_that_means_something(tmp_path: Path) -> None:
    source = make_wheel(tmp_path, files={"demo/tool": "x"})
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(tmp_path / "new", "w") as new:
        for entry in old.infolist():
            content = old.read(entry)
            entry.external_attr = (0o100755 if entry.filename == "demo/tool" else 0o100600) << 16
            new.writestr(entry, content)
    (tmp_path / "new").replace(source)
    modes = {}
    for target in (WINDOWS, LINUX):
        with zipfile.ZipFile(
            repack(check(source, target=target), tmp_path / target.slug, epoch=EPOCH, target=target)
        ) as made:
            modes[target] = made.getinfo("demo/tool").external_attr >> 16
    assert modes == {WINDOWS: 0o100644, LINUX: 0o100755}
