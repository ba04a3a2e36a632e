"""Which ``.dist-info`` is a wheel's own: our two readers (build host and target) and pip's over the same wheels."""

from __future__ import annotations

import contextlib
import zipfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pip._internal.exceptions import UnsupportedWheel
from pip._internal.utils.wheel import wheel_dist_info_dir

from bundler.formats.core_metadata import MalformedMetadataError
from bundler.formats.wheel_reader import (
    EntryPoint,
    MalformedWheelError,
    dist_info_of,
    is_even,
    looks_like_wheel,
    open_wheel,
    placed_in,
    read_entry_points,
    split_dist_info,
    wheel_metadata,
)
from bundler.target.errors import InstallError
from bundler.target.wheels import wheel_file
from tests.support import only_linux
from tests.support.packages import make_wheel, metadata

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

CONTENTS = {
    "METADATA": metadata(),
    "WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    "RECORD": "demo.py,,\n",
    "PKG-INFO": "Metadata-Version: 1.0\nName: older\nVersion: 1.0\n",
}


def whole(info: str) -> list[str]:
    return [f"{info}/METADATA", f"{info}/WHEEL", f"{info}/RECORD"]


def archive(folder: Path, filename: str, members: Sequence[str]) -> Path:
    """A zip with members of these names in this order."""
    path = folder / filename
    with zipfile.ZipFile(path, "w") as file:
        for each in members:
            file.writestr(each, CONTENTS.get(each.rpartition("/")[2], ""))
    return path


OWN = "demo-1.0.dist-info"
FILE = "demo-1.0-py3-none-any.whl"
VENDORED = [*whole("demo/_vendor/other-2.0.dist-info"), "demo/_vendor/older.egg-info/PKG-INFO"]

SOUND = {
    "plain": (FILE, ["demo.py", *whole(OWN)], OWN),
    "its own last": (FILE, [*VENDORED, *whole(OWN)], OWN),
    "its own first": (FILE, [*whole(OWN), *VENDORED], OWN),
    "vendored at the second level": (FILE, [*whole("demo/x-1.dist-info"), *whole(OWN)], OWN),
    "an egg-info beside it": (FILE, ["demo.egg-info/PKG-INFO", *whole(OWN)], OWN),
    "capitals": (FILE, whole("Demo-1.0.dist-info"), "Demo-1.0.dist-info"),
    "an unnormalized name": (
        "my_pkg-1.0-py3-none-any.whl",
        whole("My.Pkg-1.0.dist-info"),
        "My.Pkg-1.0.dist-info",
    ),
    "hyphens in the name": ("my_pkg-1.0-py3-none-any.whl", whole("my-pkg-1.0.dist-info"), "my-pkg-1.0.dist-info"),
    "a hyphen in the version": ("demo-1.0.post1-py3-none-any.whl", whole("demo-1.0-1.dist-info"), "demo-1.0-1.dist-info"),
    "a local version": ("demo-1.0+cu118-py3-none-any.whl", whole("demo-1.0+cu118.dist-info"), "demo-1.0+cu118.dist-info"),
    "a local version with a hyphen": (
        "demo-1.0+ab.1-py3-none-any.whl",
        whole("demo-1.0+ab-1.dist-info"),
        "demo-1.0+ab-1.dist-info",
    ),
    "another spelling of the version": (FILE, whole("demo-1.0.0.dist-info"), "demo-1.0.0.dist-info"),
    "no version": (FILE, whole("demo.dist-info"), "demo.dist-info"),
    "its folder listed too": (FILE, [f"{OWN}/", *whole(OWN)], OWN),
    "a build tag": ("demo-1.0-2-py3-none-any.whl", whole(OWN), OWN),
}  # fmt: skip
REFUSED = {
    "none": (FILE, ["demo.py"], "no folder"),
    "none but a vendored one": (FILE, VENDORED, "no folder"),
    "two": (FILE, [*whole(OWN), *whole("x-2.dist-info")], "2 folders .*demo-1.0.dist-info, x-2.dist-info"),
    "two, its own behind": (FILE, [*whole("a-2.dist-info"), *whole(OWN)], "2 folders .*a-2.dist-info, demo-1.0.dist-info"),
    "two spellings": (FILE, [*whole(OWN), *whole("Demo-1.0.dist-info")], "Demo-1.0.dist-info, demo-1.0.dist-info"),
    "two versions": (FILE, [*whole(OWN), *whole("demo-2.0.dist-info")], "demo-1.0.dist-info, demo-2.0.dist-info"),
    "another's empty folder": (FILE, [*whole(OWN), "x-2.dist-info/"], "2 folders"),
    "a file of such a name": (FILE, [*whole(OWN), "x-2.dist-info"], "2 folders"),
    "another's": (FILE, whole("other-1.0.dist-info"), "its folder other-1.0.dist-info is not that of demo"),
    "the suffix in capitals": (FILE, whole("demo-1.0.DIST-INFO"), "no folder"),
    "backslashes": (FILE, [each.replace("/", "\\") for each in whole(OWN)], "no folder"),
}  # fmt: skip


@pytest.mark.parametrize(("filename", "members", "info"), SOUND.values(), ids=SOUND)
def test_all_find_the_same_folder(tmp_path: Path, filename: str, members: list[str], info: str) -> None:
    path = archive(tmp_path, filename, members)
    name = filename.partition("-")[0]
    with zipfile.ZipFile(path) as file:
        assert wheel_dist_info_dir(file, name) == info
    assert wheel_file.read_wheel(str(path), name).info == info
    with open_wheel(path) as wheel:
        assert wheel.dist_info == info
        assert wheel.metadata().name == "demo"


@pytest.mark.parametrize(
    ("filename", "members", "words"),
    [
        pytest.param(*case, id=name, marks=only_linux.BACKSLASHES if name == "backslashes" else ())
        for name, case in REFUSED.items()
    ],
)
def test_all_refuse_the_same(tmp_path: Path, filename: str, members: list[str], words: str) -> None:
    path = archive(tmp_path, filename, members)
    with zipfile.ZipFile(path) as file, pytest.raises(UnsupportedWheel):
        wheel_dist_info_dir(file, "demo")
    with pytest.raises(InstallError, match=words):
        wheel_file.read_wheel(str(path), "demo")
    with pytest.raises(MalformedWheelError, match=words):
        wheel_metadata(path)


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("wheel-version : 1.0\nTAG: py3-none-any\n", "1.0"),
        ("Wheel-Version: 1.0\nTag: py3-none-any\n\nTag: cp311-cp311-win32\n", "1.0"),
        ("Wheel-Version: 1.0\nTag: py3-none-any\nWheel-Version: 2.0\n", "1.0"),
        ("\nWheel-Version: 1.0\n", ""),
        ("\x0cWheel-Version: 1.0\n", ""),
    ],
)
def test_both_halves_read_the_same_header(tmp_path: Path, text: str, version: str) -> None:
    path = tmp_path / FILE
    with zipfile.ZipFile(path, "w") as file:
        for each in whole(OWN):
            file.writestr(each, text if each.endswith("WHEEL") else CONTENTS[each.rpartition("/")[2]])
    with open_wheel(path) as wheel:
        fields = wheel.fields()
    assert fields.version == version
    assert fields.tags == (frozenset({"py3-none-any"}) if version else frozenset())
    with contextlib.nullcontext() if version else pytest.raises(InstallError, match="its Wheel-Version is"):
        wheel_file.read_wheel(str(path), "demo")


def test_a_name_that_only_begins_alike_is_another(tmp_path: Path) -> None:
    """pip takes it; the specification doesn't."""
    path = archive(tmp_path, FILE, whole("demolition-1.0.dist-info"))
    for read in (wheel_metadata, lambda each: wheel_file.read_wheel(str(each), "demo")):
        with pytest.raises(
            (MalformedWheelError, InstallError), match=r"demolition-1\.0\.dist-info is not that of demo"
        ):
            read(path)


_PART = st.sampled_from(["demo", "Demo", "x", "1.0", "2", "a.b", "", "_vendor", "METADATA"])
_FOLDER = st.lists(_PART, min_size=1, max_size=3).map("-".join) | _PART
_MEMBER = st.tuples(_FOLDER, st.sampled_from([".dist-info", ".egg-info", "", ".DIST-INFO"]), st.sampled_from(["", "/", "/METADATA", "/x.dist-info/METADATA"]))  # fmt: skip


@given(st.lists(_MEMBER.map("".join).filter(bool), max_size=4))
def test_both_halves_decide_alike_on_any_names(names: list[str]) -> None:
    try:
        found: str | None = dist_info_of(names, FILE)
    except MalformedWheelError:
        found = None
    try:
        target: str | None = wheel_file._dist_info(names, "demo", FILE)
    except InstallError:
        target = None
    assert found == target


@pytest.mark.parametrize("name", ["METADATA", "WHEEL", "RECORD"])
def test_the_case_of_a_files_name_counts(tmp_path: Path, name: str) -> None:
    members = [each for each in whole(OWN) if not each.endswith(name)] + [f"{OWN}/{name.lower()}"]
    with open_wheel(archive(tmp_path, FILE, members)) as wheel:
        assert not wheel.has(name)
        with pytest.raises(MalformedWheelError, match=f"it has no {OWN}/{name}"):
            wheel.read(name)


def test_what_a_wheel_says(tmp_path: Path) -> None:
    points = {"console_scripts": {"run": "demo:main"}, "other": {"a": "b"}}
    path = make_wheel(tmp_path, files={"demo.py": "", "deep/x.py": "1"}, entry_points=points, tag="py2.py3-none-any")
    with open_wheel(path) as wheel:
        assert wheel.fields().version == "1.0"
        assert wheel.fields().tags == {"py2-none-any", "py3-none-any"}
        assert {"demo.py", "deep/x.py", f"{OWN}/METADATA"} <= wheel.record().keys()
        assert wheel.record()[f"{OWN}/RECORD"] == ""
        assert wheel.entry_points() == (
            EntryPoint(group="console_scripts", name="run", value="demo:main"),
            EntryPoint(group="other", name="a", value="b"),
        )
        assert wheel.metadata().version == "1.0"


def test_a_wheel_without_entry_points(tmp_path: Path) -> None:
    with open_wheel(make_wheel(tmp_path)) as wheel:
        assert wheel.entry_points() == ()


def test_entry_points_with_odd_lines() -> None:
    text = "orphan = x\n# no = comment\n\n [ console_scripts ]\n run=a:b [x]\n"
    assert read_entry_points(text) == (
        EntryPoint(group="", name="orphan", value="x"),
        EntryPoint(group="console_scripts", name="run", value="a:b [x]"),
    )
    with pytest.raises(MalformedWheelError, match="the line 'nothing'"):
        read_entry_points("[console_scripts]\nnothing\n")


def test_a_wheel_may_lie_under_another_name(tmp_path: Path) -> None:
    path = make_wheel(tmp_path).rename(tmp_path / "0123abcd")
    with open_wheel(path, FILE) as wheel:
        assert wheel.dist_info == OWN
    with pytest.raises(MalformedWheelError, match="is not that of 0123abcd"):
        wheel_metadata(path)


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\3\4" + bytes(100), b"PK\5\6" + b"\xff" * 18])
def test_what_is_no_zip(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / FILE
    path.write_bytes(content)
    with pytest.raises(MalformedWheelError):
        wheel_metadata(path)


def test_what_the_disk_does_is_left_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        wheel_metadata(tmp_path / FILE)


@given(place=st.integers(0, 1200), patch=st.binary(min_size=1, max_size=8))
def test_any_damage_is_an_error_or_harms_nothing(
    tmp_path_factory: pytest.TempPathFactory, place: int, patch: bytes
) -> None:
    folder = tmp_path_factory.mktemp("wheel")
    content = make_wheel(folder).read_bytes()
    (folder / FILE).write_bytes(content[:place] + patch + content[place + len(patch) :])
    with contextlib.suppress(MalformedMetadataError), open_wheel(folder / FILE) as wheel:
        wheel.metadata()
        wheel.record()
        wheel.fields()


def test_the_parts_of_a_folders_name() -> None:
    assert split_dist_info("my_pkg-1.0+x.dist-info") == ("my_pkg", "1.0+x")
    assert split_dist_info("demo.dist-info") == ("", "demo")


def test_a_zip_that_is_a_wheel_whatever_it_is_called() -> None:
    assert looks_like_wheel(whole("x-1.dist-info"))
    assert not looks_like_wheel([*VENDORED, "x-1.dist-info/METADATA"])


@given(st.text("ab./D", max_size=10).map(lambda each: each.replace("D", ".data/")))
def test_a_name_that_needs_no_taking_apart_is_known_at_once(member: str) -> None:
    parts = [each for each in member.split("/") if each not in ("", ".")]
    placed = ("", "/".join(parts))
    if len(parts) > 2 and parts[0].endswith(".data"):
        placed = (parts[1].lower(), "/".join(parts[2:]))
    assert placed_in(member) == placed
    if is_even(member):
        assert not {"", ".", ".."} & set(member.split("/"))
