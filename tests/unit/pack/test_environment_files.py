"""What wheels would become on the target, against the target's own rules for the same wheels."""

from __future__ import annotations

import dataclasses
import os
import re
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest

from bundler.errors import IntegrityError
from bundler.formats.wheel_reader import open_wheel
from bundler.model.platforms.windows_platform import WINDOWS
from bundler.model.target import Target
from bundler.pack import wheel_bytes
from bundler.pack.environment_files import check_installed, installed_files
from bundler.pack.record_check import check_records
from bundler.target.errors import InstallError
from bundler.target.wheels.destinations import Scheme
from bundler.target.wheels.launchers import Launchers
from bundler.target.wheels.wheel_file import read_wheel
from tests.support.bundles import wheel_file
from tests.support.forged import forged
from tests.support.packages import make_wheel
from tests.support.shelf import MemoryCache

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from bundler.formats.wheel_reader import Wheel
    from bundler.model.manifest import SharedFiles

NAMES = [
    *("demo/aux.py", "demo/AUX.tar.gz", "con", "demo/nul/x.py", "lpt1.txt", "demo/com\xb9.py", "demo/conin$.py"),
    *("demo/trail. /x.py", "demo/trail./x.py", "demo/a?.py", "demo/a:b", "demo/a|b.txt", "demo/a\x07.py", 'demo/a".py'),
    *("demo-1.0.data/data/prn.txt", "demo-1.0.data/scripts/nul", "demo-1.0.data/x.txt", "demo-1.0.data/weird/x.txt"),
    *("demo-1.0.data/Scripts/tool.py", "demo-1.0.data/PURELIB/demo.py", "demo-1.0.data/Headers/demo.h"),
    *("demo/auxiliary.py", "demo/console.py", "demo/a.b.c", "demo/.hidden", "demo-1.0.data/scripts/tool"),
]

TARGET = Target.of("3.11.9", "win_amd64")


def checked(*wheels: Path) -> tuple[SharedFiles, ...]:
    files = {}
    for each in wheels:
        with open_wheel(each) as opened:
            files[each.name] = installed_files(opened, WINDOWS)
    return check_installed([wheel_file(each) for each in wheels], files, WINDOWS)


def refused(*wheels: Path) -> Sequence[str]:
    with pytest.raises(IntegrityError) as caught:
        checked(*wheels)
    assert caught.value.reference == "wheel-unfit"
    return caught.value.context


def target_refuses(wheel: Path) -> bool:
    read = read_wheel(str(wheel), "demo")
    root = os.sep + "env"
    library = root + os.sep + "Lib" + os.sep + "site-packages"
    scheme = Scheme(library, root + os.sep + "Scripts", root + os.sep + "include", root, windows=True)
    try:
        for member in read.members:
            scheme.place(read, member.name)
    except InstallError:
        return True
    return False


@pytest.mark.parametrize("name", NAMES)
def test_names_are_judged_as_the_target_judges_them(tmp_path: Path, name: str) -> None:
    wheel = make_wheel(tmp_path, files={name: "x", "demo/__init__.py": ""})
    if target_refuses(wheel):
        assert name.rsplit("/", maxsplit=1)[-1][:3] in "".join(refused(wheel)), "the words name the file"
    else:
        assert checked(wheel) == ()


def test_files_that_would_be_one_are_named_with_their_package(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, files={"Readme.md": "a", "README.md": "b"})
    assert refused(wheel) == ("demo: Readme.md and README.md would be one file",)
    same = make_wheel(tmp_path / "same", files={"Readme.md": "a", "README.md": "a"})
    assert checked(same) == ()
    by_data = make_wheel(tmp_path / "x", files={"x.py": "a", "demo-1.0.data/data/lib/site-packages/X.py": "b"})
    assert "would be one file" in refused(by_data)[0]


def test_metadata_that_another_would_replace_is_refused(tmp_path: Path) -> None:
    """What is said of the package in inspections, SBOM and checks is what its METADATA says, and not what is installed over it."""
    for number, place in enumerate(("purelib", "platlib", "data/Lib/site-packages")):
        twice = {
            f"demo-1.0.data/{place}/demo-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: other\n",
            "demo.py": "",
        }
        wheel = make_wheel(tmp_path / str(number), files=twice)
        assert "would be one file" in refused(wheel)[0]
    module = make_wheel(tmp_path / "module", files={"x.py": "a", "demo-1.0.data/purelib/x.py": "b"})
    assert checked(module) == ()


@pytest.mark.parametrize(
    "name",
    [
        "demo-1.0.data/purelib/victim-1.0.dist-info/METADATA",
        "demo-1.0.data/data/LIB/site-packages/Victim-1.0.dist-info/RECORD",
        "Victim-1.0.DIST-INFO/METADATA",
        "demo-1.0.data/platlib/victim-1.0.dist-info",
        "victim.egg-info",
        "demo-1.0.data/purelib/Victim.EGG-info/PKG-INFO",
    ],
)
def test_metadata_of_another_package_is_not_in_a_wheel(tmp_path: Path, name: str) -> None:
    wheel = make_wheel(tmp_path, files={name: "Name: victim\nVersion: 1.0\n", "demo.py": ""})
    assert refused(wheel) == (f"demo: {name} would lie in the metadata of another package",)
    assert target_refuses(wheel)
    elsewhere = {"demo/vendored-1.0.dist-info/METADATA": "", "demo-1.0.data/data/share/x.dist-info/METADATA": ""}
    own = {"demo-1.0.data/purelib/demo-1.0.dist-info/more.txt": ""}
    fine = make_wheel(tmp_path / "fine", files={"demo.py": "", **elsewhere, **own})
    assert checked(fine) == ()
    assert not target_refuses(fine)


METADATA = b"Metadata-Version: 2.1\nName: demo\nVersion: 1.0\nSummary: not much\n\n"


def test_metadata_that_only_looks_like_the_other_is_refused(tmp_path: Path) -> None:
    """By size and CRC-32 it is the same, which anybody can arrange."""
    inside = "demo-1.0.data/purelib/demo-1.0.dist-info/METADATA"
    other = forged(b"Metadata-Version: 2.1\nName: evil\nVersion: 1\n#", METADATA)
    for name, content, words in (("same", METADATA, ()), ("evil", other, ("demo-1.0.dist-info/METADATA and",))):
        wheel = make_wheel(
            tmp_path / name,
            metadata_text=METADATA.decode(),
            files={inside: content},
        )
        found = refused(wheel) if words else checked(wheel)
        assert all(each in "".join(map(str, found)) for each in words)
        assert bool(found) is bool(words)


def test_a_file_of_another_package_that_only_looks_the_same(tmp_path: Path) -> None:
    good = b"def check(word):\n    return word == SECRET\n"
    evil = forged(b"def check(word):\n    return True\n#", good)
    one = make_wheel(tmp_path, "one", files={"shared/check.py": good, "shared/same.py": good})
    two = make_wheel(tmp_path, "two", files={"shared/check.py": evil, "shared/same.py": good})
    (found,) = checked(one, two)
    assert (found.winner, found.loser, found.paths) == ("one", "two", ("site-packages/shared/check.py",))


def test_a_damaged_file_that_two_packages_bring(tmp_path: Path) -> None:
    content = os.urandom(3000)
    one, two = (make_wheel(tmp_path, name, files={"shared.bin": content}, stored=True) for name in ("one", "two"))
    for damaged, place in ((two, 700), (one, 700)):
        whole = damaged.read_bytes()
        damaged.write_bytes(whole[:place] + b"odd" + whole[place + 3 :])
        with pytest.raises(IntegrityError) as caught:
            checked(one, two)
        assert caught.value.reference == "wheel-malformed"
        damaged.write_bytes(whole)


def test_wheels_that_share_much_are_opened_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Opening one takes as long as it has files: once for each of them would be hours."""
    opened = []

    def opening(path: Path, filename: str) -> AbstractContextManager[Wheel]:
        opened.append(path)
        return open_wheel(path, filename)

    monkeypatch.setattr(wheel_bytes, "open_wheel", opening)
    wheels = [
        make_wheel(tmp_path, name, files={f"p{number}/__init__.py": f"# {name}" for number in range(50)})
        for name in ("one", "two", "three")
    ]
    assert checked(*wheels) == ()
    assert len(opened) == 3


def test_a_program_with_a_name_without_end(tmp_path: Path) -> None:
    """A wheel of a kilobyte: all folders above such a path together would take 20 GB."""
    endless = {"demo-1.0.dist-info/entry_points.txt": "[console_scripts]\n" + "a/" * 100_000 + "x = a:b\n"}
    tracemalloc.start()
    try:
        checked(make_wheel(tmp_path, files=endless))
        assert tracemalloc.get_traced_memory()[1] < 64 << 20
    finally:
        tracemalloc.stop()


def test_a_file_and_a_folder_of_one_name(tmp_path: Path) -> None:
    one = make_wheel(tmp_path, "one", files={"thing": "x"})
    two = make_wheel(tmp_path, "two", files={"Thing/__init__.py": "x"})
    assert refused(one, two) == ("one: site-packages/thing is a folder of another package",)
    assert "is a file and a folder" in refused(make_wheel(tmp_path / "b", files={"a": "x", "A/b": "x"}))[0]


def test_all_faults_of_all_wheels_at_once(tmp_path: Path) -> None:
    one = make_wheel(tmp_path, "one", files={"aux.py": "x", "nul.py": "x"})
    assert len(refused(one, make_wheel(tmp_path, "two", files={"two/con": "x"}))) == 3


def test_the_same_file_with_other_bytes(tmp_path: Path) -> None:
    files: dict[str, Any] = {"jwt/__init__.py": "a = 1\n", "jwt/api.py": "a\n", "jwt/same.py": "same\n"}
    pyjwt = make_wheel(tmp_path, "PyJWT", files=files)
    jwt = make_wheel(
        tmp_path,
        "jwt",
        files={**files, "JWT/__init__.py": "b = 1\n", "jwt/api.py": "b\n"} | {"jwt/__init__.py": "b = 1\n"},
    )
    assert checked(pyjwt, jwt) == checked(jwt, pyjwt)
    (found,) = checked(pyjwt, jwt)
    assert (found.winner, found.loser, len(found.paths)) == ("jwt", "pyjwt", 2)
    assert str(found).startswith("jwt and pyjwt both bring site-packages/jwt/__init__.py and 1 more file, with other")


def test_a_folder_that_two_spell_otherwise(tmp_path: Path) -> None:
    one = make_wheel(tmp_path, "crypto", files={"crypto/__init__.py": "", "crypto/app.py": "", "data-of-it/a": "1"})
    two = make_wheel(
        tmp_path, "pycrypto", files={"Crypto/__init__.py": "", "Crypto/Cipher/x.py": "", "Data-Of-It/b": "1"}
    )
    assert checked(one, two) == checked(two, one)
    (found,) = checked(one, two)
    assert (found.winner, found.loser, found.paths) == ("crypto", "pycrypto", ("Crypto/",))
    assert "pycrypto can't be imported from there" in str(found)
    assert checked(one, make_wheel(tmp_path, "more", files={"crypto/more.py": ""})) == ()


@pytest.mark.parametrize(
    ("one", "two", "shared"),
    [
        ("__import__('pkg_resources').declare_namespace(__name__)\n", "import pkg_resources as p\np.declare_namespace(__name__)", False),
        ("from pkgutil import extend_path\n__path__ = extend_path(__path__, __name__)\n", "__path__ = __import__('pkgutil').extend_path(__path__, __name__)", False),
        ("# a\n", "\n# b\n", False),
        ("", "x = 1\n", True),
        ("from pkgutil import extend_path\n", "x = 1\n", True),
    ],
)  # fmt: skip
def test_the_init_of_a_namespace_is_shared_by_design(tmp_path: Path, one: str, two: str, shared: bool) -> None:
    wheels = [
        make_wheel(tmp_path, name, files={"google/__init__.py": text, f"google/{name}.py": ""})
        for name, text in (("one", one), ("two", two))
    ]
    assert bool(checked(*wheels)) is shared


def test_a_program_whose_function_has_no_end(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "demo", entry_points={"console_scripts": {"run": "a." * 3000 + "b:c"}})
    assert refused(wheel) == ("demo: it declares the program run, whose function has more than 4096 characters",)


def test_programs_of_one_name(tmp_path: Path) -> None:
    points = {"console_scripts": {"tool": "one:main"}}
    one = make_wheel(tmp_path, "one", entry_points=points)
    two = make_wheel(tmp_path, "two", entry_points={"console_scripts": {"Tool": "two:main"}})
    same = make_wheel(tmp_path, "same", entry_points=points)
    (found,) = checked(one, two)
    assert found.paths == ("Scripts/Tool.exe",)
    assert checked(one, same) == ()
    assert "the program nul" in refused(make_wheel(tmp_path, "bad", entry_points={"gui_scripts": {"nul": "a:b"}}))[0]


def test_a_record_that_lies_is_found_once_and_remembered(tmp_path: Path) -> None:
    cache = MemoryCache()
    good, bad = make_wheel(tmp_path, "good"), make_wheel(tmp_path, "bad", record="wrong")
    check_records([wheel_file(good)], TARGET, cache)
    assert len(cache.kept) == 1
    with pytest.raises(IntegrityError) as caught:
        check_records([wheel_file(good), wheel_file(bad)], TARGET, cache)
    assert caught.value.reference == "wheel-unfit"
    assert all(each.startswith("bad: ") for each in caught.value.context)
    assert len(cache.kept) == 1


@pytest.mark.parametrize("kind", ["shake_128", "shake_256", "sha-256", "md5-sha1", "none"])
def test_a_record_with_a_hash_that_the_target_does_not_know(tmp_path: Path, kind: str) -> None:
    wheel = make_wheel(tmp_path, "demo", files={"demo.py": ""}, hashed_by=kind)
    with pytest.raises(IntegrityError) as caught:
        check_records([wheel_file(wheel)], TARGET, MemoryCache())
    assert f"demo: demo.py has a hash of a kind in RECORD that is unknown on the target, {kind}" in caught.value.context


@pytest.mark.parametrize("kind", ["sha3_256", "blake2b", "blake2s"])
def test_hashes_that_only_later_pythons_have(tmp_path: Path, kind: str) -> None:
    """They passed the build, also where they had been looked at for a later Python, and Python 2.7 refused them on the target."""
    wheel, cache = wheel_file(make_wheel(tmp_path, "demo", files={"demo.py": ""}, hashed_by=kind)), MemoryCache()
    check_records([wheel], TARGET, cache)
    for python in ("2.7.18", "3.5.4"):
        with pytest.raises(IntegrityError, match="RECORD"):
            check_records([wheel], dataclasses.replace(TARGET, python=python), cache)
    for each in ("md5", "sha1", "sha512"):
        old = make_wheel(tmp_path / each, "demo", files={"demo.py": ""}, hashed_by=each)
        check_records([wheel_file(old)], dataclasses.replace(TARGET, python="2.7.18"), cache)


def test_what_another_packages_module_is_compiled_to_is_named(tmp_path: Path) -> None:
    names = ("pkg/__pycache__/own.cpython-311.pyc", "pkg/__pycache__/else.cpython-311.pyc", "pkg/own.pyc")
    one = make_wheel(tmp_path, "one", files=dict.fromkeys(names, "x"))
    two = make_wheel(tmp_path, "two", files={"pkg/own.py": "", "pkg/__pycache__/own.cpython-311.opt-1.pyc": "x"})
    (found,) = checked(one, two)
    assert (found.winner, found.loser) == ("two", "one")
    assert sorted(found.paths) == [f"site-packages/{each}" for each in (names[0], names[2])]


@pytest.mark.parametrize(
    ("name", "value", "is_valid"),
    [
        ("run", "demo", False),
        ("run", "demo:", False),
        ("run", "demo:main extra", False),
        ("run", "demo.:main", False),
        ("run x", "demo:main", False),
        ("[run", "demo:main", False),
        ("", "demo:main", False),
        ("run", "demo.m : App.main [extra, more]", True),
        ("run-1.x", "d\u00e9mo:main", True),
    ],
)
@pytest.mark.parametrize("group", ["console_scripts", "gui_scripts", "demo.plugins"])
def test_programs_that_the_target_can_not_make(
    tmp_path: Path, group: str, name: str, value: str, *, is_valid: bool
) -> None:
    wheel = make_wheel(tmp_path, "demo", entry_points={group: {name: value}})
    launchers = Launchers("python", ("26.3", ""), "3.11", "64", (2026, 1, 1, 0, 0, 0))
    is_taken = is_valid or group == "demo.plugins"
    if is_taken:
        assert checked(wheel) == ()
        launchers.programs(read_wheel(str(wheel), "demo"))
        return
    said = f"it declares the program {name} = {value}, which is not a valid function"
    assert said in refused(wheel)[0]
    with pytest.raises(InstallError, match=re.escape(said)):
        launchers.programs(read_wheel(str(wheel), "demo"))
