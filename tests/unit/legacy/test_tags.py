"""Which Python accepts the wheel: what all sources say, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bundler.legacy import python_syntax
from bundler.model.target import Target
from tests.support.legacy import extension, make_egg, make_wininst
from tests.unit.legacy.looking import converted, refused

if TYPE_CHECKING:
    from pathlib import Path

BOTH = b"Classifier: Programming Language :: Python :: 2\nClassifier: Programming Language :: Python :: 3\n"
ONLY_3 = b"Classifier: Programming Language :: Python :: 3.4\n"


def pure(
    folder: Path, source: bytes = b"x = 1\n", classifiers: bytes = b"", name: str = "a.exe", built: str = "2.7.2"
) -> Path:
    files = {
        "PURELIB/foo/__init__.py": source,
        "PURELIB/Foo.Bar-1.0-py2.7.egg-info": b"Metadata-Version: 1.1\nName: Foo.Bar\nVersion: 1.0\n" + classifiers,
    }
    return make_wininst(folder / name, files, target_version=None, built_with=built)


@pytest.mark.parametrize(
    ("python", "platform", "tag"),
    [
        ("2.6", "win32", "cp26-cp26m-win32"),
        ("2.7", "win_amd64", "cp27-cp27m-win_amd64"),
        ("3.7", "win32", "cp37-cp37m-win32"),
        ("3.8", "win_amd64", "cp38-cp38-win_amd64"),
        ("3.10", "win_amd64", "cp310-cp310-win_amd64"),
    ],
)
def test_an_extension_spells_its_abi_out(tmp_path: Path, python: str, platform: str, tag: str) -> None:
    files = {"PLATLIB/foo.pyd": extension(python, platform)}
    seen = converted(make_wininst(tmp_path / "a.exe", files, target_version=python, platform=platform))
    assert seen.converted.tag == tag
    accepting = [each for each in range(5, 14) if tag in {str(t) for t in Target.of(f"3.{each}.0", platform).tags()}]
    assert accepting == ([int(python[2:])] if python[0] == "3" and int(python[2:]) >= 5 else [])


def test_an_extension_that_is_no_program(tmp_path: Path) -> None:
    file = make_wininst(tmp_path / "a.exe", {"PLATLIB/foo.pyd": b"MZ" + b"\0" * 100})
    error = refused(file)
    assert (error.reference, error.context) == ("installer-malformed", (str(file),))
    assert "a.exe is damaged: foo.pyd is not a Windows program" in error.message


def test_what_is_only_called_a_library_says_no_platform(tmp_path: Path) -> None:
    files = {"PURELIB/foo.py": b"", "PURELIB/fake.dll": b"a file of a test"}
    assert converted(make_wininst(tmp_path / "a.exe", files)).converted.tag == "cp27-none-any"
    real = {**files, "PURELIB/real.dll": extension()}
    assert converted(make_wininst(tmp_path / "b.exe", real)).converted.tag == "cp27-none-win32"


@pytest.mark.parametrize("python", ["2.6", "2.7", "3.4", "3.9"])
def test_a_pure_package_for_one_python_is_taken_by_no_other(tmp_path: Path, python: str) -> None:
    tag = converted(make_wininst(tmp_path / "a.exe", {"PURELIB/foo.py": b""}, target_version=python)).converted.tag
    others = [f"2.{each}" for each in (6, 7)] + [f"3.{each}" for each in range(3, 15)]
    taking = [each for each in others if tag in {str(t) for t in Target.of(f"{each}.0", "win32").tags()}]
    assert taking == [python]


def test_the_extension_tells_where_the_installer_does_not(tmp_path: Path) -> None:
    seen = converted(make_wininst(tmp_path / "a.exe", {"PLATLIB/foo.pyd": extension("3.3")}, target_version=None))
    assert seen.converted.tag == "cp33-cp33m-win32"


def test_the_metadatas_file_name_tells_nothing(tmp_path: Path) -> None:
    file = make_wininst(tmp_path / "a.exe", {"PURELIB/foo.py": b""}, egg_info="PURELIB/Foo.Bar-1.0-py3.5.egg-info")
    assert converted(file).converted.tag == "cp27-none-any"


@pytest.mark.parametrize(
    ("name", "python", "platform", "about"),
    [
        ("a.exe", "2.6", "win32", "Python"),
        ("a.win32-py2.5.exe", "2.7", "win32", "Python"),
        ("a.exe", "2.7", "win_amd64", "platform"),
        ("a.win-amd64-py2.7.exe", "2.7", "win32", "platform"),
    ],
)
def test_sources_that_disagree(tmp_path: Path, name: str, python: str, platform: str, about: str) -> None:
    file = make_wininst(tmp_path / name, {"PLATLIB/foo.pyd": extension(python, platform)})
    error = refused(file)
    assert (error.reference, about in error.message, len(error.context)) == ("legacy-disagrees", True, 2)
    seen = converted(file, python=python, platform=platform)
    assert seen.converted.tag == f"cp{python.replace('.', '')}-cp{python.replace('.', '')}m-{platform}"
    assert any("overrules" in each for each in seen.warnings)


def test_another_python_than_any_source_says(tmp_path: Path) -> None:
    file = make_wininst(tmp_path / "a.exe", {"PLATLIB/foo.pyd": extension()})
    assert refused(file, python="3.6").reference == "legacy-other-python"
    assert refused(file, platform="win_amd64").reference == "legacy-other-platform"
    assert refused(file, python="3").reference == "arguments-wrong"
    assert refused(file, platform="linux").reference == "arguments-wrong"


def test_the_stable_abi(tmp_path: Path) -> None:
    files = {"PLATLIB/foo.pyd": extension(None)}
    known = make_wininst(tmp_path / "a.exe", files, target_version="3.5")
    assert converted(known).converted.tag == "cp35-cp35m-win32"
    unknown = make_wininst(tmp_path / "b.exe", files, target_version=None)
    assert refused(unknown).reference == "legacy-undecided"
    assert converted(unknown, python="3.6").converted.tag == "cp36-cp36m-win32"


def test_platlib_without_an_extension(tmp_path: Path) -> None:
    seen = converted(make_wininst(tmp_path / "a.exe", {"PLATLIB/foo.py": b""}))
    assert seen.converted.tag == "cp27-none-win32"


def test_a_pure_package_with_a_library(tmp_path: Path) -> None:
    files = {"PURELIB/foo/__init__.py": b"", "PURELIB/foo/lib.dll": extension(None, "win_amd64")}
    assert converted(make_wininst(tmp_path / "a.exe", files)).converted.tag == "cp27-none-win_amd64"
    beside = {"PURELIB/foo/__init__.py": b"", "DATA/DLLs/lib.dll": extension(None, "win32")}
    assert converted(make_wininst(tmp_path / "c.exe", beside)).converted.tag == "cp27-none-win32"
    files["PURELIB/foo/lib32.dll"] = extension(None, "win32")
    assert converted(make_wininst(tmp_path / "b.exe", files)).converted.tag == "cp27-none-any"


@pytest.mark.parametrize(
    "source",
    [b"print 'x'\n", b"try:\n    pass\nexcept Exception, e:\n    pass\n", b"import ConfigParser\n", b"x = 0777\n"],
)
def test_sources_that_only_python_2_reads(tmp_path: Path, source: bytes) -> None:
    assert converted(pure(tmp_path, source, ONLY_3)).converted.tag == "py2-none-any"


@pytest.mark.parametrize(
    "source",
    [
        b"import queue\n",
        b"def f(*, a):\n    pass\n",
        b"def f():\n    nonlocal_ = 1\n    def g():\n        nonlocal nonlocal_\n",
        "# \u00e9\n".encode(),
        b"print('x', file=None)\n",
        b"raise A from B\n",
        b"class A(metaclass=B):\n    pass\n",
        b"def f(async: int):\n    pass\n",
        b"x: int = 1\n",
        b"first, *rest = range(3)\n",
    ],
)
def test_sources_that_only_python_3_reads(tmp_path: Path, source: bytes) -> None:
    assert converted(pure(tmp_path, source)).converted.tag == "py3-none-any"


@pytest.mark.parametrize(
    ("source", "classifiers", "built", "tag"),
    [
        (b"x = 1\n", BOTH, "3.3.1", "py2.py3-none-any"),
        (b"x = 1\n", b"", "3.3.1", "py3-none-any"),
        (b"x = 1\n", b"", "2.4", "py2-none-any"),
        (b"async = 1\n", BOTH, "2.7.2", "py2.py3-none-any"),
        (
            b"try:\n    import ConfigParser\nexcept ImportError:\n    import configparser\n",
            BOTH,
            "2.7.2",
            "py2.py3-none-any",
        ),
    ],
)
def test_sources_that_either_reads(tmp_path: Path, source: bytes, classifiers: bytes, built: str, tag: str) -> None:
    assert converted(pure(tmp_path, source, classifiers, built=built)).converted.tag == tag


def test_a_pair_of_modules_of_which_one_is_imported(tmp_path: Path) -> None:
    files = {
        "PURELIB/foo/__init__.py": b"try:\n    from ._new import x\nexcept SyntaxError:\n    from ._old import x\n",
        "PURELIB/foo/_new.py": b"def f(*, a):\n    pass\n",
        "PURELIB/foo/_old.py": b"print 1\n",
        "PURELIB/foo/tests/test_a.py": b"print 1\n",
        "PURELIB/Foo.Bar.egg-info": b"Metadata-Version: 1.1\nName: Foo.Bar\nVersion: 1.0\n" + BOTH,
    }
    seen = converted(make_wininst(tmp_path / "a.exe", files, target_version=None))
    assert seen.converted.tag == "py2.py3-none-any"


def test_a_name_that_says_the_major_version(tmp_path: Path) -> None:
    assert converted(pure(tmp_path, name="a.win32_py3k.exe")).converted.tag == "py3-none-any"
    assert converted(pure(tmp_path, name="a.py2-win32.exe")).converted.tag == "py2-none-any"
    assert refused(pure(tmp_path, b"print 1\n", name="a.win32-py3k.exe")).reference == "legacy-disagrees"


@pytest.mark.parametrize(
    ("name", "source", "python", "told"),
    [
        ("a.exe", b"print 'x'\n", "3.11", ["foo/__init__.py is not valid Python 3"]),
        ("a.py2-win32.exe", b"x = 1\n", "3.11", ["the name a.py2-win32.exe"]),
        ("a.py3-win32.exe", b"x = 1\n", "2.7", ["the name a.py3-win32.exe"]),
        ("a.exe", b"print 'x'\n", "2.7", []),
        ("a.exe", b"x = 1\n", "3.11", []),
    ],
)
def test_a_decision_against_the_sources_is_told(
    tmp_path: Path, name: str, source: bytes, python: str, told: list[str]
) -> None:
    seen = converted(pure(tmp_path, source, name=name), python=python)
    assert seen.converted.tag == f"cp{python.replace('.', '')}-none-any"
    assert list(seen.warnings) == [f"legacy-installer: --python {python} overrules: {each}" for each in told]


def test_more_sources_than_are_looked_at_prove_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = pure(tmp_path, b"print 'x'\n", name="a.exe", built="")
    assert converted(file).converted.tag == "py2-none-any"
    monkeypatch.setattr(python_syntax, "_ENOUGH", 5)
    assert refused(file).reference == "legacy-undecided"


def test_nothing_says_anything(tmp_path: Path) -> None:
    file = pure(tmp_path, built="")
    assert refused(file).reference == "legacy-undecided"
    assert converted(file, python="2.7").converted.tag == "cp27-none-any"
    assert converted(file, python="2.7", platform="win32").converted.tag == "cp27-none-win32"
    assert refused(pure(tmp_path, classifiers=ONLY_3)).reference == "legacy-disagrees"


def test_an_eggs_compiled_files(tmp_path: Path) -> None:
    files = {"foo.py": b"", "foo.pyc": b"\x03\xf3\r\n", "gone.pyc": b"\x03\xf3\r\n"}
    seen = converted(make_egg(tmp_path / "renamed.egg", files))
    assert seen.converted.tag == "cp27-none-any"
    assert set(seen.installed) == {"foo.py", "gone.pyc"}
    assert refused(make_egg(tmp_path / "a-1-py3.3.egg", files)).reference == "legacy-disagrees"


def test_an_egg_of_another_system(tmp_path: Path) -> None:
    file = make_egg(tmp_path / "foo-1.0-py2.7-linux-x86_64.egg", {"foo.so": b"\x7fELF"})
    assert refused(file).reference == "legacy-other-platform"
