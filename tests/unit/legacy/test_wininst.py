from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bundler.formats.wheel_reader import open_wheel
from bundler.legacy import Kind, identify
from bundler.model.platforms.windows_platform import WINDOWS
from bundler.pack.environment_files import installed_files
from tests.support.legacy import extension, make_wininst
from tests.unit.legacy.looking import converted, refused

if TYPE_CHECKING:
    from pathlib import Path

PURE = {"PURELIB/foo/__init__.py": b"x = 1\n"}
EGG_INFO = "PURELIB/Foo.Bar-1.0-py2.7.egg-info"


def test_a_pure_package(tmp_path: Path) -> None:
    seen = converted(make_wininst(tmp_path / "a.exe", PURE, egg_info=EGG_INFO))
    assert seen.converted.wheel.name == "Foo.Bar-1.0-cp27-none-any.whl"
    assert seen.installed == {"foo/__init__.py": b"x = 1\n"}
    assert b"Root-Is-Purelib: true" in seen.files[f"{seen.info}/WHEEL"]
    assert (seen.metadata.name, str(seen.metadata.version), seen.metadata.license) == ("Foo.Bar", "1.0", None)
    assert seen.warnings == ()


def test_every_scheme_has_its_place(tmp_path: Path) -> None:
    files = {
        **PURE,
        "PLATLIB/foo/_c.pyd": extension("2.7", "win_amd64"),
        "PLATLIB/foo.pth": b"import os\n",
        "SCRIPTS/run.py": b"#!C:\\Python27\\python.exe -u\r\nprint 1\r\n",
        "SCRIPTS/window.pyw": b'#!"C:\\Program Files\\Python27\\pythonw.exe"\nprint 1\n',
        "SCRIPTS/plain.bat": b"@echo off\r\n",
        "DATA/share/doc/foo/readme.txt": b"read",
        "HEADERS/Include/Foo.Bar/foo.h": b"int foo;",
        "HEADERS/Include/other/bar.h": b"int bar;",
    }
    seen = converted(make_wininst(tmp_path / "a.exe", files, platform="win_amd64"))
    data = "Foo.Bar-1.0.data"
    assert seen.converted.wheel.name == "Foo.Bar-1.0-cp27-cp27m-win_amd64.whl"
    assert seen.installed == {
        f"{data}/purelib/foo/__init__.py": files["PURELIB/foo/__init__.py"],
        "foo/_c.pyd": files["PLATLIB/foo/_c.pyd"],
        "foo.pth": b"import os\n",
        f"{data}/scripts/run.py": b"#!python\r\nprint 1\r\n",
        f"{data}/scripts/window.pyw": b"#!pythonw\nprint 1\n",
        f"{data}/scripts/plain.bat": b"@echo off\r\n",
        f"{data}/data/share/doc/foo/readme.txt": b"read",
        f"{data}/headers/foo.h": b"int foo;",
        f"{data}/data/Include/other/bar.h": b"int bar;",
    }
    assert b"Root-Is-Purelib: false" in seen.files[f"{seen.info}/WHEEL"]


def test_metadata_of_the_configuration_where_there_is_no_egg_info(tmp_path: Path) -> None:
    seen = converted(make_wininst(tmp_path / "a.exe", PURE))
    assert (seen.metadata.author, seen.metadata.summary) == ("J\u00f6rgen", "A package")


def test_a_folder_of_metadata(tmp_path: Path) -> None:
    folder = "PURELIB/Foo.Bar-1.0-py2.7.egg-info"
    files = {
        **PURE,
        f"{folder}/PKG-INFO": b"Metadata-Version: 1.1\nName: Foo.Bar\nVersion: 1.0\n",
        f"{folder}/requires.txt": b"baz >= 2\n\n[fast:python_version<'3']\nspeed",
        f"{folder}/top_level.txt": b"foo\n",
        f"{folder}/namespace_packages.txt": b"ns\n",
        f"{folder}/SOURCES.txt": b"setup.py\n",
        f"{folder}/dependency_links.txt": b"\n",
        f"{folder}/paster_plugins.txt": b"x\n",
        "PURELIB/Foo.Bar-1.0-py2.7-nspkg.pth": b"import sys\n",
        "PURELIB/other-3.0-py2.7.egg-info": b"Metadata-Version: 1.0\nName: other\nVersion: 3.0\n",
    }
    seen = converted(make_wininst(tmp_path / "a.exe", files))
    kept = {name.partition("/")[2] for name in seen.files if name.startswith(seen.info)}
    assert kept == {
        "METADATA",
        "WHEEL",
        "RECORD",
        "legacy.json",
        "top_level.txt",
        "namespace_packages.txt",
        "paster_plugins.txt",
    }
    assert "Foo.Bar-1.0-py2.7-nspkg.pth" in seen.installed
    assert seen.converted.dropped == ("purelib/other-3.0-py2.7.egg-info",)
    assert [str(each) for each in seen.metadata.requires_dist or ()] == [
        "baz>=2",
        'speed; python_version < "3" and extra == "fast"',
    ]
    assert seen.metadata.provides_extra == ["fast"]


def test_launchers_and_compiled_files_stay_behind(tmp_path: Path) -> None:
    folder = "PURELIB/Foo.Bar.egg-info"
    files = {
        **PURE,
        "PURELIB/foo/__init__.pyc": b"\x03\xf3\r\n",
        "PURELIB/foo/__init__.pyo": b"\x03\xf3\r\n",
        "PURELIB/foo/__pycache__/a.cpython-36.pyc": b"",
        f"{folder}/PKG-INFO": b"Metadata-Version: 1.1\nName: Foo.Bar\nVersion: 1.0\n",
        f"{folder}/entry_points.txt": b"[console_scripts]\nrun = foo:main\n[gui_scripts]\nwin = foo:main\n[x]\nlost = y\n",
        "SCRIPTS/run.exe": b"MZ launcher",
        "SCRIPTS/run-script.py": b"#!python\n",
        "SCRIPTS/run.exe.manifest": b"<assembly/>",
        "SCRIPTS/win.exe": b"MZ launcher",
        "SCRIPTS/win-script.pyw": b"#!pythonw\n",
        "SCRIPTS/lost.exe": b"MZ launcher",
        "SCRIPTS/lost-script.py": b"#!python\n",
        "SCRIPTS/tool.exe": b"MZ a real program",
    }
    seen = converted(make_wininst(tmp_path / "a.exe", files))
    assert set(seen.installed) == {
        "foo/__init__.py",
        "Foo.Bar-1.0.data/scripts/lost-script.py",
        "Foo.Bar-1.0.data/scripts/tool.exe",
    }
    assert f"{seen.info}/entry_points.txt" in seen.files
    assert len(seen.converted.dropped) == 9


def test_a_post_install_script_is_carried_and_told(tmp_path: Path) -> None:
    files = {**PURE, "SCRIPTS/foo_postinstall.py": b"import sys\n"}
    seen = converted(make_wininst(tmp_path / "a.exe", files, install_script="foo_postinstall.py"))
    assert seen.converted.post_install == "foo_postinstall.py"
    assert seen.installed["Foo.Bar-1.0.data/scripts/foo_postinstall.py"] == b"import sys\n"
    assert json.loads(seen.files[f"{seen.info}/legacy.json"])["post_install"] == "foo_postinstall.py"
    assert any("foo_postinstall.py -install" in each for each in seen.warnings)


def test_a_post_install_script_that_is_not_there(tmp_path: Path) -> None:
    seen = converted(make_wininst(tmp_path / "a.exe", PURE, install_script="gone.py"))
    assert seen.converted.post_install is None
    assert any("doesn't hold it" in each for each in seen.warnings)


def test_a_pre_install_script_is_kept(tmp_path: Path) -> None:
    seen = converted(make_wininst(tmp_path / "a.exe", PURE, pre_install=b"print 'before'\n"))
    assert seen.files[f"{seen.info}/pre_install.py"] == b"print 'before'"
    assert any("pre_install.py" in each for each in seen.warnings)


@pytest.mark.parametrize("tag", [0x12345679, 0x1234567A])
def test_older_headers_and_bitmaps(tmp_path: Path, tag: int) -> None:
    seen = converted(make_wininst(tmp_path / "a.exe", PURE, tag=tag, bitmap=b"BM" * 40))
    assert seen.converted.tag == "cp27-none-any"


def test_a_signature_behind_the_zip(tmp_path: Path) -> None:
    file = make_wininst(tmp_path / "a.exe", PURE)
    file.write_bytes(file.read_bytes() + b"\x30\x82" + b"s" * 5000)
    assert converted(file).converted.tag == "cp27-none-any"


def test_old_names_are_in_windows_own_code_page(tmp_path: Path) -> None:
    file = make_wininst(tmp_path / "a.exe", {**PURE, "DATA/caf?.txt": b"x"})
    file.write_bytes(file.read_bytes().replace(b"caf?", b"caf\xe9"))
    assert "Foo.Bar-1.0.data/data/caf\u00e9.txt" in converted(file).installed


def test_the_same_bytes_whenever_and_wherever(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    one = converted(make_wininst(tmp_path / "a.exe", PURE, egg_info=EGG_INFO))
    other = converted(make_wininst(tmp_path / "other" / "a.exe", PURE, egg_info=EGG_INFO))
    assert one.converted.wheel.read_bytes() == other.converted.wheel.read_bytes()


def test_two_metadata_that_disagree(tmp_path: Path) -> None:
    files = {**PURE, "PURELIB/Foo.egg-info": b"Metadata-Version: 1.0\nName: Foo\nVersion: 2.0\n"}
    seen = converted(make_wininst(tmp_path / "a.exe", files))
    assert (seen.converted.name, seen.converted.version) == ("Foo", "2.0")
    assert len(seen.warnings) == 2


def test_metadata_of_others_is_left_out_and_told(tmp_path: Path) -> None:
    other = ("PURELIB/other-1.0.dist-info/METADATA", "PURELIB/other.EGG-INFO/PKG-INFO", "PLATLIB/third-1.0.egg-info")
    again = "PURELIB/Foo.Bar.egg-info/top_level.txt"
    files = {**PURE, **dict.fromkeys((*other, again), b"x"), "PURELIB/foo.data/scripts/evil.py": b"x"}
    file = make_wininst(tmp_path / "a.exe", files, egg_info=EGG_INFO)
    seen = converted(file)
    assert seen.installed.keys() == {"foo/__init__.py", "Foo.Bar-1.0.data/purelib/foo.data/scripts/evil.py"}
    assert seen.converted.dropped == (
        "platlib/third-1.0.egg-info",
        "purelib/Foo.Bar.egg-info/top_level.txt",
        "purelib/other-1.0.dist-info/METADATA",
        "purelib/other.EGG-INFO/PKG-INFO",
    )
    with open_wheel(seen.converted.wheel) as wheel:
        _, faults = installed_files(wheel, WINDOWS)
    assert not faults


def test_one_place_taken_twice(tmp_path: Path) -> None:
    same = {**PURE, "PLATLIB/foo/__init__.py": b"x = 1\n"}
    assert len(converted(make_wininst(tmp_path / "a.exe", same)).installed) == 1
    other = {**PURE, "PLATLIB/Foo/__init__.py": b"x = 2\n"}
    assert refused(make_wininst(tmp_path / "b.exe", other)).reference == "installer-malformed"


def test_a_version_that_no_wheel_can_have(tmp_path: Path) -> None:
    assert refused(make_wininst(tmp_path / "a.exe", PURE, version="2004d")).reference == "legacy-version"


@pytest.mark.parametrize("length", [0, 5, 1 << 20, 0xFFFFFFFF])
def test_false_lengths(tmp_path: Path, length: int) -> None:
    file = make_wininst(tmp_path / "a.exe", PURE, length=length)
    assert identify(file) is Kind.WININST
    assert refused(file).reference == "installer-malformed"


@pytest.mark.parametrize(
    "config",
    [b"", b"\0\0", b"[metadata]\nname=x\0\0", b"[Setup]\ntarget_version=../..\n[metadata]\nname=x\nversion=1\0\0"],
)
def test_false_configurations(tmp_path: Path, config: bytes) -> None:
    assert refused(make_wininst(tmp_path / "a.exe", PURE, config=config)).reference == "installer-malformed"


@pytest.mark.parametrize(
    "name",
    [
        "PURELIB/../evil.py",
        "PURELIB/C:/evil.py",
        "PURELIB//evil.py",
        "DATA/aux.txt",
        "EVIL/x.py",
        "/PURELIB/x.py",
        "x.py",
    ],
)
def test_members_without_a_right_place(tmp_path: Path, name: str) -> None:
    file = make_wininst(tmp_path / "a.exe", {**PURE, name: b"x"})
    assert refused(file).reference in ("archive-unsafe", "installer-malformed")


def test_a_wininst_that_was_cut(tmp_path: Path) -> None:
    whole = make_wininst(tmp_path / "a.exe", PURE).read_bytes()
    cut = tmp_path / "cut.exe"
    cut.write_bytes(whole[:-30])
    assert identify(cut) is Kind.DAMAGED
    assert refused(cut).reference == "installer-malformed"


@pytest.mark.parametrize("appended", [1, 70_000, 200_000, 3_000_000])
def test_what_lies_behind_the_zip_is_passed_over(tmp_path: Path, appended: int) -> None:
    """A signature, a catalogue, what a download left: zipfile looks for the end in the last 64 kB."""
    whole = make_wininst(tmp_path / "a.exe", {**PURE, "SCRIPTS/\x82.py": b"#!python\n"}, egg_info=EGG_INFO)
    longer = tmp_path / "b.exe"
    longer.write_bytes(whole.read_bytes() + b"PK\5\6 no end of a zip" + bytes(appended))
    assert identify(longer) is Kind.WININST
    assert converted(longer).installed == converted(whole).installed


def test_what_is_cut_stays_damaged_however_much_is_appended(tmp_path: Path) -> None:
    whole = make_wininst(tmp_path / "a.exe", PURE).read_bytes()
    file = tmp_path / "b.exe"
    file.write_bytes(whole[:-30] + bytes(200_000))
    assert identify(file) is Kind.DAMAGED
    file.write_bytes(whole[:-22] + b"PK\5\6" * 5000 + bytes(200_000))
    assert identify(file) is Kind.DAMAGED


@pytest.mark.parametrize("place", ["SCRIPTS/tool.exe", "PLATLIB/py2exe/run.exe", "DATA/bin/tool.dll"])
def test_one_that_holds_only_programs(tmp_path: Path, place: str) -> None:
    words = "a.exe holds only programs: nothing of the wheel can be imported"
    assert words in " ".join(converted(make_wininst(tmp_path / "a.exe", {place: extension()})).warnings)
    assert converted(make_wininst(tmp_path / "a.exe", {place: extension(), **PURE})).warnings == ()
