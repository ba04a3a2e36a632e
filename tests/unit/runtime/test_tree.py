from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bundler.errors import IntegrityError
from bundler.fetch import Store
from bundler.formats.pe.binary import python_version, read_binary
from bundler.model.artifact import Artifact, StoredFile, Tree
from bundler.model.lock import LockedRuntime
from bundler.model.target import Target
from bundler.runtime.kinds import behaviour_of
from bundler.runtime.python_installer import check_exe, check_msi
from bundler.runtime.runtime_file import RuntimeFile
from bundler.runtime.tree import core_dll, find_member
from tests.support.archives import make_archive
from tests.support.msi import make_python_msi
from tests.support.programs import make_msi, make_program
from tests.support.reporters import Remembering
from tests.support.trees import content_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Literal

TARGET = Target.of("3.11.9", "win_amd64")


@pytest.fixture
def heard() -> Remembering:
    return Remembering()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "unpacked" / "python"


def a_python(
    prefix: str = "", *, platform: str = "win_amd64", micro: int = 9, dll: str = "python311.dll"
) -> dict[str, bytes]:
    """The files of a runtime that complies."""
    version = (3, 11, micro * 1000 + 150, 1013)
    files = {
        "python.exe": make_program(platform=platform, version=version, imports=("VCRUNTIME140.dll", dll)),
        dll: make_program(platform=platform, version=version, dll=True, imports=("VCRUNTIME140.dll", "KERNEL32.dll")),
        "vcruntime140.dll": make_program(platform=platform, version=(14, 38, 0, 0), dll=True),
        "Lib/os.py": b"import sys\n",
        "Lib/venv/__init__.py": b"import os\n",
        "Lib/venv/scripts/nt/python.exe": make_program(platform=platform),
        "LICENSE.txt": b"PSF\n",
    }
    return {prefix + name: data for name, data in files.items()}


def unpacked(
    archive: Path,
    folder: Path,
    heard: Remembering,
    *,
    target: Target = TARGET,
    kind: Literal["archive", "nuget", "embed", "msi"] = "archive",
    member: str | None = None,
) -> Tree:
    file = Artifact(filename=archive.name, path=str(archive))
    locked = LockedRuntime(kind=kind, source=str(archive), file=file, signer=None, member=member)
    return behaviour_of(kind).tree(
        RuntimeFile(
            locked=locked,
            stored=StoredFile.of(archive),
            target=target,
            folder=folder,
            shelf=Store(folder.parent / "store"),
            reporter=heard,
        )
    )


def refused(files: Mapping[str, bytes], tmp_path: Path, folder: Path, target: Target = TARGET) -> IntegrityError:
    archive = make_archive(tmp_path / "some.zip", files)
    with pytest.raises(IntegrityError) as caught:
        unpacked(archive, folder, Remembering(), target=target)
    assert not folder.exists()
    assert "some.zip" in caught.value.message
    return caught.value


@pytest.mark.parametrize(
    ("name", "prefix", "kind"),
    [
        ("cpython-3.11.9+20240814-x86_64-pc-windows-msvc-install_only.tar.gz", "python/", "archive"),
        ("cpython-3.11.9-x86_64-pc-windows-msvc-full.tar.zst", "python/install/", "archive"),
        ("winpython.zip", "cp311/", "archive"),
        ("python.7z", "", "archive"),
        ("python.3.11.9.nupkg", "tools/", "nuget"),
    ],
)
def test_wherever_it_lies_in_an_archive(
    name: str, prefix: str, kind: Literal["archive", "nuget"], tmp_path: Path, heard: Remembering
) -> None:
    files = {**a_python(prefix), "readme.txt": b"beside it"}
    tree = unpacked(make_archive(tmp_path / name, files), tmp_path / "python", heard, kind=kind)
    expected = {path.removeprefix(prefix): data for path, data in files.items() if path.startswith(prefix)}
    assert tree.paths == tuple(sorted(expected))
    assert tree.python == "python.exe"
    assert content_of(tree) == expected
    assert tree.installed_size == sum(map(len, expected.values()))
    assert tree.has_venv
    assert (heard.notes, heard.warnings) == ([], [])


def test_the_embeddable_zip_has_its_library_in_a_zip(tmp_path: Path, folder: Path, heard: Remembering) -> None:
    files = {name: data for name, data in a_python().items() if not name.startswith("Lib")}
    files |= {"python311.zip": b"PK", "python311._pth": b"python311.zip\n.\n"}
    tree = unpacked(make_archive(tmp_path / "embed.zip", files), folder, heard, kind="embed")
    assert tree.paths == tuple(sorted(files))
    assert not tree.has_venv


def test_the_files_of_an_msi_that_start_an_installation(tmp_path: Path, folder: Path, heard: Remembering) -> None:
    """Python 2.7 has no embeddable zip; its C runtime lies beside it, with the manifest that makes it private."""
    version = (2, 7, 18150, 1013)
    files = {
        "python.exe": make_program(version=version, imports=("MSVCR90.dll", "python27.dll")),
        "python27.dll": make_program(version=version, dll=True, imports=("MSVCR90.dll",)),
        "msvcr90.dll": make_program(version=(9, 0, 21022, 8), dll=True),
        "Microsoft.VC90.CRT.manifest": b"<assembly/>",
        "DLLs/_socket.pyd": b"MZ",
        "Lib/os.py": b"import sys\n",
        "Lib/json/__init__.py": b"",
    }
    bloat = [
        *("DLLs/_tkinter.pyd", "DLLs/tcl85.dll", "DLLs/tk85.dll", "DLLs/_testcapi.pyd", "DLLs/_ctypes_test.pyd"),
        *("Doc/python2718.chm", "include/Python.h", "libs/python27.lib", "Tools/Scripts/2to3.py"),
        *("Lib/lib-tk/Tkinter.py", "Lib/idlelib/idle.py", "tcl/tcl8.5/init.tcl"),
        *("Lib/test/test_os.py", "Lib/json/tests/test_x.py", "Lib/site-packages/README.txt"),
    ]
    msi = make_python_msi(tmp_path / "python-2.7.18.amd64.msi", files | dict.fromkeys(bloat, b"x"))
    tree = unpacked(msi, folder, heard, target=Target.of("2.7.18", "win_amd64"), kind="msi")
    assert tree.paths == tuple(sorted(files))
    assert content_of(tree) == files
    assert heard.warnings == []
    assert "Tcl/Tk (6)" in heard.notes[0]


def test_an_msi_of_another_python(tmp_path: Path, folder: Path, heard: Remembering) -> None:
    program = {name: make_program(version=(2, 7, 17150, 1013), dll=True) for name in ("python.exe", "python27.dll")}
    msi = make_python_msi(tmp_path / "some.msi", program | {"Lib/os.py": b"x"})
    for target, said in (("2.7.18", "Python 2.7.17"), ("3.4.4", "python27.dll")):
        with pytest.raises(IntegrityError) as caught:
            unpacked(msi, folder, heard, target=Target.of(target, "win_amd64"), kind="msi")
        assert caught.value.reference == "runtime-other-python"
        assert said in caught.value.message
        assert not folder.exists()


def test_a_launcher_is_needed_for_venv(tmp_path: Path, folder: Path, heard: Remembering) -> None:
    files = a_python()
    del files["Lib/venv/scripts/nt/python.exe"]
    assert not unpacked(make_archive(tmp_path / "some.zip", files), folder, heard).has_venv


def test_what_a_release_has_no_use_for(tmp_path: Path, folder: Path, heard: Remembering) -> None:
    files = a_python("py/") | dict.fromkeys(
        [
            "py/Lib/site-packages/pip/__init__.py",
            "py/Lib/site-packages/pip/__pycache__/a.pyc",
            "py/Lib/__pycache__/os.cpython-311.pyc",
            "py/Lib/os.pyc",
            "py/Lib/test/test_os.py",
            "py/Lib/sqlite3/test/dbapi.py",
            "py/Lib/idlelib/idle_test/x.py",
            "py/Scripts/pip.exe",
        ],
        b"x",
    )
    kept = [
        "Lib/only_compiled.pyc",
        "Lib/ensurepip/__init__.py",
        "Lib/unittest/mock.py",
        "test/data.txt",
        "Tools/test.py",
    ]
    files |= {f"py/{name}": b"x" for name in kept}
    tree = unpacked(make_archive(tmp_path / "some.zip", files), folder, heard)
    assert set(tree.paths) == {*a_python(), *kept}
    assert heard.notes == [
        "Left out of the runtime, in files: Scripts (1), byte code (2), site-packages (2), test suites (3)"
    ]


def test_a_launcher_deep_inside_is_not_taken_for_python(tmp_path: Path, folder: Path, heard: Remembering) -> None:
    files = a_python("z/deep/")
    files["a/python.exe"] = make_program()
    files |= {f"z/deep/backup/{name}": b"older" for name in ("python.exe", "python311.dll")}
    tree = unpacked(make_archive(tmp_path / "some.zip", files), folder, heard)
    assert content_of(tree) == {
        **a_python(),
        **{f"backup/{name}": b"older" for name in ("python.exe", "python311.dll")},
    }


@pytest.mark.parametrize(
    ("made", "target", "said"),
    [
        ({"micro": 8}, TARGET, "Python 3.11.8"),
        ({"platform": "win32"}, TARGET, "win32"),
        ({"platform": "win_arm64"}, TARGET, "win_arm64"),
        ({}, Target.of("3.11.9", "win32"), "win_amd64"),
        ({}, Target.of("3.12.1", "win_amd64"), "python311.dll"),
        ({"dll": "python311t.dll"}, TARGET, "python311t.dll"),
    ],
)
def test_another_python(made: dict[str, object], target: Target, said: str, tmp_path: Path, folder: Path) -> None:
    error = refused(a_python("py/", **made), tmp_path, folder, target)  # type: ignore[arg-type]
    assert error.reference == "runtime-other-python"
    assert said in error.message
    assert str(target) in error.message


def test_a_python_exe_of_another_machine(tmp_path: Path, folder: Path) -> None:
    files = a_python() | {"python.exe": make_program(platform="win32")}
    error = refused(files, tmp_path, folder)
    assert error.reference == "runtime-other-python"
    assert "python.exe runs on win32" in error.message


def test_a_prerelease_and_one_of_no_version(tmp_path: Path, folder: Path) -> None:
    files = a_python() | {"python311.dll": make_program(dll=True, version=(3, 11, 9122, 1013))}
    assert "Python 3.11.9rc2" in refused(files, tmp_path, folder).message
    files = a_python() | {"python311.dll": make_program(dll=True, version=None)}
    assert "no known version" in refused(files, tmp_path, folder).message


def test_free_threaded(tmp_path: Path, folder: Path, heard: Remembering) -> None:
    target = Target.of("3.11.9", "win_amd64", abi="cp311t")
    assert core_dll(target) == "python311t.dll"
    archive = make_archive(tmp_path / "some.zip", a_python(dll="python311t.dll"))
    assert unpacked(archive, folder, heard, target=target).python == "python.exe"


def test_no_python_at_all(tmp_path: Path, folder: Path) -> None:
    for files in ({"setup.py": b"x"}, {"python.exe": b"MZ"}):
        error = refused(files, tmp_path, folder)
        assert error.reference == "runtime-missing"
        assert "python311.dll" in error.message


def test_no_library(tmp_path: Path, folder: Path) -> None:
    files = {name: data for name, data in a_python().items() if name != "Lib/os.py"}
    assert refused(files, tmp_path, folder).reference == "runtime-incomplete"


def test_a_damaged_dll(tmp_path: Path, folder: Path) -> None:
    archive = make_archive(tmp_path / "some.zip", a_python() | {"python311.dll": b"MZ" + bytes(100)})
    with pytest.raises(IntegrityError, match=r"python311\.dll") as caught:
        unpacked(archive, folder, Remembering())
    assert caught.value.reference == "program-malformed"
    assert not folder.exists()


def test_names_that_are_not_ascii(tmp_path: Path, folder: Path, heard: Remembering) -> None:
    error = refused(a_python() | {"Lib/münchen.py": b"x"}, tmp_path, folder)
    assert error.reference == "name-not-ascii"
    assert "Lib/münchen.py" in error.message
    dropped = a_python() | {"Lib/test/münchen.py": b"x"}
    assert "Lib/os.py" in unpacked(make_archive(tmp_path / "good.zip", dropped), folder, heard).paths


def test_a_c_runtime_that_is_missing_is_told(tmp_path: Path, folder: Path, heard: Remembering) -> None:
    files = {name: data for name, data in a_python().items() if name != "vcruntime140.dll"}
    unpacked(make_archive(tmp_path / "some.zip", files), folder, heard)
    assert [reference for reference, _ in heard.warnings] == ["runtime-lacks-dll"]
    assert "vcruntime140.dll" in heard.warnings[0][1]


class TestMember:
    def sdist(self, tmp_path: Path, **members: bytes) -> Path:
        files = {"pkg-1.0/setup.py": b"x"} | {f"pkg-1.0/{name}.zip": data for name, data in members.items()}
        return make_archive(tmp_path / "pkg-1.0.tar.gz", files)

    def python(self, tmp_path: Path) -> bytes:
        return make_archive(tmp_path / "inner.zip", a_python("cp311/")).read_bytes()

    def test_the_archive_inside_an_sdist(self, tmp_path: Path, folder: Path, heard: Remembering) -> None:
        other = make_archive(tmp_path / "other.zip", {"a": b"b"}).read_bytes()
        sdist = self.sdist(tmp_path, broken=b"PK\3\4 and no more", data=self.python(tmp_path), other=other)
        member = find_member(sdist, TARGET)
        assert member == "pkg-1.0/data.zip"
        tree = unpacked(sdist, folder, heard, member=member)
        assert content_of(tree) == a_python()

    def test_a_python_that_lies_open_in_it(self, tmp_path: Path) -> None:
        assert find_member(make_archive(tmp_path / "pkg-1.0.tar.gz", a_python("pkg-1.0/py/")), TARGET) is None

    def test_none_or_several(self, tmp_path: Path) -> None:
        python = self.python(tmp_path)
        for members, reference in (({}, "runtime-missing"), ({"a": python, "b": python}, "runtime-ambiguous")):
            with pytest.raises(IntegrityError) as caught:
                find_member(self.sdist(tmp_path, **members), TARGET)
            assert caught.value.reference == reference

    def test_a_lock_of_another_file(self, tmp_path: Path, folder: Path, heard: Remembering) -> None:
        sdist = self.sdist(tmp_path, data=self.python(tmp_path))
        with pytest.raises(IntegrityError, match=r"pkg-1\.0/gone\.zip") as caught:
            unpacked(sdist, folder, heard, member="pkg-1.0/gone.zip")
        assert caught.value.reference == "runtime-missing"


class TestInstaller:
    OLD = Target.of("2.7.18", "win_amd64")

    def check(self, path: Path, content: bytes, kind: Literal["msi", "exe"], target: Target) -> str:
        path.write_bytes(content)
        try:
            (check_msi if kind == "msi" else check_exe)(path, target)
        except IntegrityError as error:
            return error.reference if path.name in error.message and error.hint else "says not enough"
        return "fine"

    def test_right_ones(self, tmp_path: Path) -> None:
        msi, exe = tmp_path / "python.msi", tmp_path / "python.exe"
        assert self.check(msi, make_msi(), "msi", self.OLD) == "fine"
        old_32 = make_msi(subject="Python 2.7.18", template="Intel;1033")
        assert self.check(msi, old_32, "msi", Target.of("2.7.18", "win32")) == "fine"
        # a bootstrapper is a 32-bit program whatever it installs
        burn = make_program(platform="win32", product="Python 3.11.9 (64-bit)")
        assert self.check(exe, burn, "exe", TARGET) == "fine"
        unknown = make_program(platform="win32", version=None)
        assert self.check(exe, unknown, "exe", TARGET) == "fine"
        assert self.check(msi, make_msi(subject="", template=";1033"), "msi", self.OLD) == "fine"

    @pytest.mark.parametrize(
        ("subject", "template"),
        [
            ("Python 2.7.17 (64-bit)", "x64;1033"),
            ("Python 2.7.18", "Intel;1033"),
            ("Python 2.7.18 (64-bit)", "Arm64;1033"),
            ("Python 2.7.18 (64-bit)", "Intel64;1033"),
            ("Python 2.7.18 (32-bit)", ""),
        ],
    )
    def test_an_msi_of_another_python(self, subject: str, template: str, tmp_path: Path) -> None:
        content = make_msi(subject=subject, template=template)
        assert self.check(tmp_path / "python.msi", content, "msi", self.OLD) == "runtime-other-python"

    @pytest.mark.parametrize("product", ["Python 3.11.8 (64-bit)", "Python 3.11.9 (32-bit)", "Python 3.11.9 (ARM64)"])
    def test_an_exe_of_another_python(self, product: str, tmp_path: Path) -> None:
        content = make_program(platform="win32", product=product)
        assert self.check(tmp_path / "python.exe", content, "exe", TARGET) == "runtime-other-python"

    def test_files_of_another_kind(self, tmp_path: Path) -> None:
        for content in (b"", b"<html>", make_msi()):
            assert self.check(tmp_path / "a.exe", content, "exe", TARGET) == "installer-other-kind"
        for content in (b"", b"<html>", make_program()):
            assert self.check(tmp_path / "a.msi", content, "msi", self.OLD) == "installer-other-kind"

    def test_damaged_ones(self, tmp_path: Path) -> None:
        assert self.check(tmp_path / "a.exe", b"MZ" + bytes(500), "exe", TARGET) == "program-malformed"
        whole = make_msi()
        for size in (100, 600, 1500, 4000):
            assert self.check(tmp_path / "a.msi", whole[:size], "msi", self.OLD) == "installer-malformed"


def test_versions_of_the_third_number(tmp_path: Path) -> None:
    file = tmp_path / "python.dll"
    for numbers, version in (
        ((2, 7, 18150, 1013), "2.7.18"),
        ((3, 13, 150, 1013), "3.13.0"),
        ((3, 14, 101, 1013), "3.14.0a1"),
        ((3, 14, 114, 1013), "3.14.0b4"),
    ):
        file.write_bytes(make_program(dll=True, version=numbers))
        assert python_version(read_binary(file, file.name)) == version


def test_what_a_program_says_of_itself(tmp_path: Path) -> None:
    file = tmp_path / "a.dll"
    file.write_bytes(make_program(platform="win_arm64", dll=True, product="Thing", imports=("A.dll", "b.DLL")))
    found = read_binary(file, file.name)
    assert (found.platform, found.dll, found.product) == ("win_arm64", True, "Thing")
    assert found.imports == {"a.dll", "b.dll"}
