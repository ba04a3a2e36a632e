from __future__ import annotations

import zipfile
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest

from bundler.errors import IntegrityError
from bundler.model.target import Target
from bundler.pack.wheels import read_wheel
from tests.support.bundles import wheel_file
from tests.support.packages import make_wheel

if TYPE_CHECKING:
    from pathlib import Path

TARGET = Target.of("3.11.9", "win_amd64")


@pytest.mark.parametrize(
    ("lines", "licence"),
    [
        (["License-Expression: MIT  OR\tApache-2.0", "License: other"], "MIT OR Apache-2.0"),
        (["License: long text", "Classifier: License :: OSI Approved :: MIT License"], "MIT License"),
        (
            ["Classifier: License :: OSI Approved", "Classifier: License :: Public Domain", "License: x"],
            "Public Domain",
        ),
        (
            [
                "Classifier: License :: OSI Approved :: BSD License",
                "Classifier: License :: OSI Approved :: MIT License",
            ],
            "BSD License AND MIT License",
        ),
        (["License: BSD-3-Clause"], "BSD-3-Clause"),
        (["License: " + "x" * 500], "x" * 100),
        (["License: UNKNOWN"], ""),
        ([], ""),
    ],
)
def test_the_licence_is_the_best_that_is_stated(tmp_path: Path, lines: list[str], licence: str) -> None:
    wheel = make_wheel(tmp_path, metadata_extra=lines)
    assert read_wheel(wheel_file(wheel), TARGET).info.license == licence


def test_what_is_told_of_a_wheel(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "Demo.App", "1.0.0rc01", files={"demo/x.py": "12345"})
    read = read_wheel(wheel_file(wheel, requested=True, made_from="sdist"), TARGET)
    assert (read.info.name, read.info.version, read.frozen) == ("Demo.App", "1.0.0rc1", "demo-app==1.0.0rc1")
    assert (read.info.requested, read.info.made_from, read.info.file) == (True, "sdist", f"wheels/{wheel.name}")
    with zipfile.ZipFile(wheel) as archive:
        assert read.info.size == sum(each.file_size for each in archive.infolist())


@pytest.mark.parametrize("tag", ["py2-none-any", "cp310-none-any", "py3-none-win32"])
def test_a_wheel_for_another_python_is_not_packed(tmp_path: Path, tag: str) -> None:
    with pytest.raises(IntegrityError, match=f"is for {tag}, and CPython 3.11.9 on win_amd64 takes no such wheel"):
        read_wheel(wheel_file(make_wheel(tmp_path, tag=tag)), TARGET)


@pytest.mark.parametrize("tag", ["cp311-none-any", "py2.py3-none-any", "cp37-abi3-win_amd64.win32"])
def test_a_wheel_for_the_python_is_packed(tmp_path: Path, tag: str) -> None:
    assert read_wheel(wheel_file(make_wheel(tmp_path, tag=tag)), TARGET).info.name == "demo"


def test_a_version_that_is_none_is_kept(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, metadata_text="Metadata-Version: 1.0\nName: demo\nVersion: 2004d\n")
    assert read_wheel(wheel_file(wheel), TARGET).info.version == "2004d"


def test_the_longest_path_counts_compiled_files_and_drops_the_scheme(tmp_path: Path) -> None:
    deep = "package/sub/module_with_a_rather_long_name_of_its_own.py"
    plain = read_wheel(wheel_file(make_wheel(tmp_path / "a", files={deep: "1"})), TARGET)
    compiled = "package/sub/__pycache__/module_with_a_rather_long_name_of_its_own.cpython-311.pyc"
    assert plain.info.longest_path == len(compiled)
    long = "x" * 90 + ".dat"
    data = read_wheel(wheel_file(make_wheel(tmp_path / "b", data={f"purelib/{long}": "1"})), TARGET)
    assert data.info.longest_path == len(long)
    folder = "package/" + "x" * 90
    short = read_wheel(wheel_file(make_wheel(tmp_path / "c", files={f"{folder}/a.dat": "1"})), TARGET)
    assert short.info.longest_path == len(folder) + 12  # 259 for a file are 247 for its folder


def _length(member: str) -> int:
    path = PurePosixPath(member)
    if path.suffix == ".py":
        path = path.with_name("__pycache__") / f"{path.stem}.cpython-311.pyc"
    return max(len(str(path)), len(str(path.parent)) + 12)


@pytest.mark.parametrize(
    "member",
    ["a.py", ".py", "a/.py", "a/b/c.d.py", "a/b.pyc", "long/er/t", "x", "deep/er/and/deep/er/a", "a/py", "a.PY"],
)
def test_the_longest_path_of_each_kind(tmp_path: Path, member: str) -> None:
    wheel = make_wheel(tmp_path, "d", "1", files={f"a_folder_that_is_longer_than_dist_info/{member}": "1"})
    assert read_wheel(wheel_file(wheel), TARGET).info.longest_path == _length(
        f"a_folder_that_is_longer_than_dist_info/{member}"
    )


def test_licence_files_of_all_conventions(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, licenses={"LICENSE": "one", "vendor/LICENSE": "two", "vendor-LICENSE": "three"})
    with zipfile.ZipFile(wheel, "a") as archive:
        archive.writestr("demo-1.0.dist-info/COPYING.txt", "four")
        archive.writestr("demo-1.0.dist-info/AUTHORS é.rst", "five")
        archive.writestr("demo-1.0.dist-info/NOTICE", "")
        archive.writestr("demo/LICENSE", "inside the package: not ours to find")
    found = {each.path: each.content for each in read_wheel(wheel_file(wheel), TARGET).licences}
    assert found == {
        "licenses/demo-1.0/LICENSE": b"one",
        "licenses/demo-1.0/vendor-LICENSE": b"three",
        "licenses/demo-1.0/vendor-LICENSE-2": b"two",
        "licenses/demo-1.0/COPYING.txt": b"four",
        "licenses/demo-1.0/AUTHORS_.rst": b"five",
    }


def test_files_that_license_file_names_are_taken(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, metadata_extra=["License-File: Words.txt"])
    with zipfile.ZipFile(wheel, "a") as archive:
        archive.writestr("demo-1.0.dist-info/Words.txt", "words")
    assert [each.path for each in read_wheel(wheel_file(wheel), TARGET).licences] == ["licenses/demo-1.0/Words.txt"]


def not_a_zip(folder: Path) -> Path:
    path = folder / "demo-1.0-py3-none-any.whl"
    path.write_bytes(b"nothing of the kind")
    return path


def no_dist_info(folder: Path) -> Path:
    return make_wheel(folder, dist_info="demo-1.0.info")


def no_metadata(folder: Path) -> Path:
    path = folder / "demo-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("demo-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\n")
    return path


def no_name(folder: Path) -> Path:
    return make_wheel(folder, metadata_text="Metadata-Version: 2.1\nVersion: 1.0\n")


@pytest.mark.parametrize("broken", [not_a_zip, no_dist_info, no_metadata, no_name])
def test_a_wheel_that_is_none(tmp_path: Path, broken: type) -> None:
    with pytest.raises(IntegrityError) as caught:
        read_wheel(wheel_file(broken(tmp_path)), TARGET)
    assert caught.value.reference == "wheel-malformed"
    assert "demo-1.0-py3-none-any.whl" in caught.value.message


def test_an_entry_point_that_the_target_would_refuse(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path)
    with zipfile.ZipFile(wheel, "a") as archive:
        archive.writestr("demo-1.0.dist-info/entry_points.txt", "[console_scripts]\nno value\n")
    with pytest.raises(IntegrityError) as caught:
        read_wheel(wheel_file(wheel), TARGET)
    assert caught.value.reference == "wheel-malformed"
    assert "'no value'" in caught.value.message


def test_two_dist_infos_are_both_named(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, files={"other-2.0.dist-info/METADATA": "Name: other\n"})
    with pytest.raises(IntegrityError, match=r"demo-1\.0\.dist-info, other-2\.0\.dist-info"):
        read_wheel(wheel_file(wheel), TARGET)
