"""Our own installer of wheels: what it does with odd and hostile ones, under every Python, with and without processes."""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import importlib.util
import marshal
import os
import stat
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bundler.target.errors import InstallError
from bundler.target.steps.install_wheels import moment
from bundler.target.wheels.record import recorded
from bundler.target.wheels.unpacking import record_hash
from tests.support import only_linux
from tests.support.installed_trees import Asked, Place, compiled, install, tree
from tests.support.packages import make_wheel
from tests.target.bundles import pip_wheel
from tests.target.interpreters import running

if TYPE_CHECKING:
    from tests.target.interpreters import Interpreter

STUB = b"MZ a stub"
MODULE = "VALUE = 1\n"


@pytest.fixture
def pip(tmp_path: Path) -> Path:
    stubs = {f"pip/_vendor/distlib/{kind}64.exe": STUB + kind.encode() for kind in "tw"}
    return make_wheel(tmp_path / "pip", "pip", "26.3", files=stubs)


def place(root: Path, *, windows: bool = False) -> Place:
    library = root / ("Lib" if windows else "lib/python3.11") / "site-packages"
    scripts = root / ("Scripts" if windows else "bin")
    library.mkdir(parents=True)
    scripts.mkdir()
    return Place(
        root=root,
        library=library,
        scripts=scripts,
        executable="C:\\Envs x\\Scripts\\python.exe" if windows else str(scripts / "python"),
        python="3.11.7",
        stub="64" if windows else None,
    )


def asked(path: Path) -> Asked:
    return Asked(name=path.name.split("-")[0].replace("_", "-"), path=path, requested=True)


@pytest.mark.parametrize("windows", [False, True], ids=["posix", "windows"])
@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ({"record": "wrong"}, "is not what RECORD says"),
        ({"record": "missing"}, "RECORD"),
        ({"wheel_version": "2.0"}, "its Wheel-Version is 2.0; this installer knows 1"),
        ({"dist_info": "other-1.0.dist-info"}, "its folder other-1.0.dist-info is not that of demo"),
        ({"files": {"../evil.py": MODULE}}, "../evil.py leads outside"),
        ({"files": {"a/../../../evil.py": MODULE}}, "leads outside"),
        ({"files": {"/evil.py": MODULE}}, "leads outside"),
        ({"data": {"scripts/../../evil": "x"}}, "leads outside"),
        ({"data": {"nowhere/evil": "x"}}, "is for an unknown place, nowhere"),
        ({"data": {"evil": "x"}}, "lies directly in its data folder"),
        ({"files": {"x-1.dist-info/METADATA": "x"}}, "it has 2 folders *.dist-info and should have one"),
        (
            {"entry_points": {"console_scripts": {"run": "module"}}},
            "the program run = module, which is not a valid function",
        ),
        ({"entry_points": {"gui_scripts": {"run": "a:b c"}}}, "which is not a valid function"),
        ({"entry_points": {"console_scripts": {"../run": "a:b"}}}, "leads outside"),
    ],
    ids=str,
)
def test_what_is_no_right_wheel_is_refused(
    tmp_path: Path, pip: Path, broken: dict[str, Any], words: str, windows: bool
) -> None:
    refused(tmp_path, pip, make_wheel(tmp_path / "made", "demo", **broken), words, windows=windows)


def refused(tmp_path: Path, pip: Path, wheel: Path, words: str, *, windows: bool) -> None:
    there = place(tmp_path / "environments" / "one", windows=windows)
    with pytest.raises(InstallError) as caught:
        install(there, [asked(wheel)], pip=pip)
    assert caught.value.code == 1603
    assert caught.value.message.startswith("demo-1.0-py3-none-any.whl can't be installed: ")
    assert words in caught.value.message
    assert [each.name for each in (tmp_path / "environments").iterdir()] == ["one"]
    assert not list(tmp_path.rglob("evil*"))


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["..\\evil.py"], "leads outside"),
        (["C:evil.py"], "has a name that Windows can't have"),
        (["evil.py:stream"], "has a name that Windows can't have"),
        (["evil?.py"], "has a name that Windows can't have"),
        (["evil./x.py"], "has a name that Windows can't have"),
        (["evil /x.py"], "has a name that Windows can't have"),
        (["nul.py"], "has the name of a device"),
        (["Aux/evil.py"], "has the name of a device"),
        (["demo/COM1.txt"], "has the name of a device"),
        (["demo.py", "Demo.py"], "demo.py and Demo.py would be one file here"),
        (["\u03a9\u03a3/x.py", "\u03c9\u03c3/x.py"], "would be one file here"),
    ],
    ids=str,
)
def test_what_windows_can_not_have_is_refused_there_and_taken_elsewhere(
    tmp_path: Path, pip: Path, names: list[str], words: str
) -> None:
    wheel = make_wheel(tmp_path / "made", "demo", files={each: f"# {each}\n" for each in names})
    if os.name == "posix":
        there = place(tmp_path / "posix")
        install(there, [asked(wheel)], pip=pip)
        assert [name for name in names if not (there.library / name).is_file()] == []
    with pytest.raises(InstallError, match="can't be installed") as caught:
        install(place(tmp_path / "windows", windows=True), [asked(wheel)], pip=pip)
    assert words in caught.value.message


def test_names_that_differ_in_case_only_may_hold_the_same(tmp_path: Path, pip: Path) -> None:
    there = place(tmp_path / "environment", windows=True)
    wheel = make_wheel(tmp_path / "made", "demo", files={"demo.py": MODULE, "Demo.py": MODULE})
    assert install(there, [asked(wheel)], pip=pip) == []


def test_names_that_differ_in_case_only_and_have_one_crc(tmp_path: Path, pip: Path) -> None:
    """Anybody makes two files of one CRC: which of them lay there would be the order's choice."""
    first, second = b"a = 1 #plumless", b"a = 1 #buckeroo"
    assert zlib.crc32(first) == zlib.crc32(second)
    wheel = make_wheel(tmp_path / "made", "demo", files={"demo.py": first, "Demo.py": second})
    refused(tmp_path, pip, wheel, "demo.py and Demo.py would be one file here", windows=True)


@pytest.mark.parametrize("windows", [False, True], ids=["posix", "windows"])
def test_metadata_that_another_would_replace(tmp_path: Path, pip: Path, *, windows: bool) -> None:
    """Of two modules at one place the later one stays, as with pip."""
    files = {"demo-1.0.data/purelib/demo-1.0.dist-info/METADATA": "Name: other\n", "demo.py": ""}
    wheel = make_wheel(tmp_path / "made", "demo", files=files)
    refused(tmp_path, pip, wheel, "would be one file here", windows=windows)
    modules = make_wheel(
        tmp_path / "modules", "demo", files={"demo.py": "a = 1", "demo-1.0.data/purelib/demo.py": "b = 1"}
    )
    there = place(tmp_path / "taken", windows=windows)
    assert install(there, [asked(modules)], pip=pip) == []
    assert (there.library / "demo.py").read_text() == "b = 1"


@pytest.mark.parametrize("windows", [False, True], ids=["posix", "windows"])
@pytest.mark.parametrize("name", ["METADATA", "RECORD", "INSTALLER", "entry_points.txt"])
def test_metadata_of_another_package(tmp_path: Path, pip: Path, name: str, *, windows: bool) -> None:
    """By what it says there a package that lacks what it needs would be one that has all."""
    wheel = make_wheel(tmp_path / "made", "demo", data={f"purelib/other-1.0.dist-info/{name}": "Name: other\n"})
    words = f"other-1.0.dist-info/{name} would lie in the metadata of another package"
    refused(tmp_path, pip, wheel, words, windows=windows)
    older = make_wheel(tmp_path / "older", "demo", files={"other.egg-info/PKG-INFO": "Name: other\n"})
    words = "other.egg-info/PKG-INFO would lie in the metadata of another package"
    refused(tmp_path / "older", pip, older, words, windows=windows)


@pytest.mark.parametrize("windows", [False, True], ids=["posix", "windows"])
def test_site_packages_by_way_of_the_environment(tmp_path: Path, pip: Path, *, windows: bool) -> None:
    """It is the same file: another package has it, or the wheel's own metadata would be replaced."""
    below = "data/LIB/Site-Packages" if windows else "data/lib/python3.11/site-packages"
    both = [
        make_wheel(tmp_path / "made", "alpha", files={"shared.py": "OF = 'alpha'\n"}),
        make_wheel(tmp_path / "made", "beta", data={f"{below}/shared.py": "OF = 'beta'\n", f"{below}/own.py": MODULE}),
    ]
    there = place(tmp_path / "environment", windows=windows)
    (warned,) = install(there, [asked(each) for each in both], pip=pip)
    assert warned.endswith("/shared.py; that of alpha is taken")
    assert (there.library / "shared.py").read_text() == "OF = 'alpha'\n"
    record = (there.library / "beta-1.0.dist-info" / "RECORD").read_text()
    assert "\nown.py,sha256=" in record.replace("\r", "")
    files = {f"demo-1.0.data/{below}/demo-1.0.dist-info/METADATA": "Name: other\n"}
    wheel = make_wheel(tmp_path / "own", "demo", files=files)
    refused(tmp_path, pip, wheel, "would be one file here", windows=windows)


@pytest.mark.parametrize("windows", [False, True], ids=["posix", "windows"])
def test_a_file_that_is_anothers_folder_is_refused_before_anything_is_written(
    tmp_path: Path, pip: Path, *, windows: bool
) -> None:
    both = [
        make_wheel(tmp_path / "made", "alpha", files={"Shared" if windows else "shared": "x", "shared.py": ""}),
        make_wheel(tmp_path / "made", "beta", data={"purelib/shared/deep/x.py": MODULE}),
    ]
    there = place(tmp_path / "environment", windows=windows)
    with pytest.raises(InstallError, match=r"^alpha brings .hared as a file, and beta beta-1.0.data/purelib/shared/"):
        install(there, [asked(each) for each in both], pip=pip)
    assert list(there.library.iterdir()) == []


@pytest.mark.parametrize("brings", ["alpha", "zeta"])
def test_no_package_brings_what_another_module_is_compiled_to(tmp_path: Path, pip: Path, brings: str) -> None:
    """Python takes such a file without a look at the source, if it says so itself (PEP 552)."""
    tag = sys.implementation.cache_tag
    evil = importlib.util.MAGIC_NUMBER + (1).to_bytes(4, "little") + bytes(8) + marshal.dumps(compile("", "x", "exec"))
    files = {f"pkg/__pycache__/{name}.pyc": evil for name in (f"own.{tag}", f"own.{tag}.opt-1", f"else.{tag}")}
    both = [
        make_wheel(tmp_path / "made", brings, files=files),
        make_wheel(tmp_path / "made", "middle", files={"pkg/own.py": MODULE}),
    ]
    there = place(tmp_path / "environment")
    assert sorted(install(there, [asked(each) for each in both], pip=pip)) == [
        f"middle and {brings} both bring pkg/__pycache__/own.{tag}{opt}.pyc; that of middle is taken"
        for opt in (".opt-1", "")
    ]
    left = {each.name: each.read_bytes() == evil for each in (there.library / "pkg" / "__pycache__").iterdir()}
    assert left == {f"own.{tag}.pyc": False, f"else.{tag}.pyc": True}


@pytest.mark.parametrize("kind", ["shake_128", "shake_256", "sha-256", "md5-sha1", "none"])
def test_a_hash_that_no_installer_knows(tmp_path: Path, pip: Path, kind: str) -> None:
    """Of any length, or known to some builds of a Python only."""
    wheel = make_wheel(tmp_path / "made", "demo", files={"demo.py": MODULE}, hashed_by=kind)
    refused(tmp_path, pip, wheel, f"demo.py has a hash of an unknown kind in RECORD, {kind}", windows=False)


@pytest.mark.parametrize("size", ["\u00b2", "\u0663", "9" * 5000, "-1", ""])
def test_a_size_that_is_none_is_left_out(size: str) -> None:
    row = record_hash(b"")
    assert recorded(f"a.py,{row},{size}\nb.py,{row},12\n".encode()) == [("b.py", hashlib.sha256().hexdigest(), 12)]


@pytest.mark.parametrize("where", ["content", "header", "end"])
def test_a_damaged_wheel_is_refused(tmp_path: Path, pip: Path, where: str) -> None:
    """Its sum is that of the bundle, which was verified; it was damaged before, or its maker lied."""
    wheel = make_wheel(tmp_path / "made", "demo", files={"demo.py": MODULE * 100}, record="incomplete", stored=True)
    with zipfile.ZipFile(wheel) as archive:
        begin = archive.getinfo("demo.py").header_offset
    content = bytearray(wheel.read_bytes())
    if where == "end":
        content = content[: len(content) // 2]
    else:
        content[begin + (80 if where == "content" else 0)] ^= 1
    wheel.write_bytes(content)
    with pytest.raises(InstallError, match="can't be installed"):
        install(place(tmp_path / "environment"), [asked(wheel)], pip=pip)


def test_a_zip_bomb_stays_small(tmp_path: Path, pip: Path) -> None:
    """The directory says one byte, the content would be a gigabyte."""
    wheel = make_wheel(tmp_path / "made", "demo", files={"bomb": b"\0" * 50_000_000})
    content = wheel.read_bytes()
    size = (50_000_000).to_bytes(4, "little")
    assert content.count(size) == 2
    wheel.write_bytes(content.replace(size, (1).to_bytes(4, "little")))
    with pytest.raises(InstallError, match="has not the size that the wheel says"):
        install(place(tmp_path / "environment"), [asked(wheel)], pip=pip)


def test_large_files_are_written_piecewise(tmp_path: Path, pip: Path) -> None:
    large = os.urandom(1 << 20) * 6
    module = "VALUE = 1\n" + "# a comment\n" * 400_000
    script = "#!python\n" + module
    files: dict[str, str | bytes] = {"large.bin": large, "demo.py": module}
    wheel = make_wheel(tmp_path / "made", "demo", files=files, data={"scripts/large": script})
    there = place(tmp_path / "environment")
    install(there, [asked(wheel)], pip=pip)
    assert (there.library / "large.bin").read_bytes() == large
    assert (there.library / "demo.py").read_text() == module
    assert (there.scripts / "large").read_text() == f"#!{there.executable}\n" + module
    assert len(compiled(there.root)) == 1


def test_of_two_wheels_with_one_file_the_first_by_name_has_it(tmp_path: Path, pip: Path) -> None:
    """As pip leaves it, which installs from Z to A, and whichever is ready first; and whoever reads the log knows."""
    both = [
        make_wheel(
            tmp_path / "made",
            name,
            files={"tests/__init__.py": f"OF = {name!r}\n", f"{name}.bin": bytes(size)},
            entry_points={"console_scripts": {"run": f"{name}:main"}},
        )
        for name, size in (("beta", 1), ("alpha", 48 << 20))  # so that beta is ready first
    ]
    there = place(tmp_path / "environment")
    warned = install(there, [asked(each) for each in both], pip=pip)
    assert (there.library / "tests" / "__init__.py").read_text() == "OF = 'alpha'\n"
    assert "from alpha import main" in (there.scripts / "run").read_text()
    assert sorted(warned) == [
        "alpha and beta both bring ../../../bin/run; that of alpha is taken",
        "alpha and beta both bring tests/__init__.py; that of alpha is taken",
    ]


def test_what_is_for_another_python_stays_uncompiled(tmp_path: Path, pip: Path) -> None:
    files: dict[str, str | bytes] = {"demo.py": MODULE, "old.py": "print 'two'\n", "null.py": b"x = '\0'\n"}
    there = place(tmp_path / "environment")
    warned = install(there, [asked(make_wheel(tmp_path / "made", "demo", files=files))], pip=pip)
    assert [Path(each).name.partition(".")[0] for each in compiled(there.root)] == ["demo"]
    record = (there.library / "demo-1.0.dist-info" / "RECORD").read_text()
    assert "__pycache__/demo." in record
    assert "__pycache__/old." not in record
    assert sorted(each.partition(" was not compiled: ")[0] for each in warned) == ["null.py", "old.py"]


def everything(folder: Path) -> Path:
    return make_wheel(
        folder,
        "demo",
        tag="py2.py3-none-any",
        files={"demo/__init__.py": MODULE, "demo/ä/data.txt": "é", "demo-nspkg.pth": "import os\n", "empty.py": ""},
        data={
            "scripts/run": "#!python -E\nprint(1)\n",
            "scripts/window.py": "#!pythonw\nprint(1)\n",
            "scripts/shell": "#!/bin/sh\n",
            "scripts/main-script.py": "made for an entry point\n",
            "data/share/x": "x",
            "headers/demo.h": "x",
            "purelib/more.py": MODULE,
            "platlib/native.py": MODULE,
        },
        entry_points={"console_scripts": {"main": "demo:main [extra]"}, "gui_scripts": {"wmain": "demo.gui:App.main"}},
    )


def test_under_every_python(tmp_path: Path, pip: Path, interpreter: Interpreter) -> None:
    there = place(tmp_path / "environment é")
    assert install(there, [asked(everything(tmp_path / "made"))], pip=pip, worker=interpreter.path) == []
    info = there.library / "demo-1.0.dist-info"
    assert (info / "INSTALLER").read_bytes() == b"offline-bundler\n"
    assert (info / "REQUESTED").read_bytes() == b""
    assert (there.scripts / "run").read_text("utf-8") == f"#!{there.executable}\nprint(1)\n"
    assert (there.scripts / "window.py").read_text("utf-8") == f"#!{there.executable}\nprint(1)\n"
    assert (there.scripts / "shell").read_bytes() == b"#!/bin/sh\n"
    assert not (there.scripts / "main-script.py").exists()
    assert (there.include / "demo" / "demo.h").is_file()
    assert (there.root / "share" / "x").is_file()
    if os.name == "posix":
        assert stat.S_IMODE((there.scripts / "main").stat().st_mode) & 0o555 == 0o555
    # what it compiled is what this Python takes
    program = "import sys; sys.path.insert(0, sys.argv[1]); import demo, more, native, empty"
    done = interpreter.run("-B", "-v", "-E", "-s", "-S", "-c", program, str(there.library))
    assert done.returncode == 0, done.stderr
    assert done.stderr.count(" matches ") >= 4
    for name in ("demo/__init__", "more", "native", "empty"):
        assert any(f"{Path(name)}.py" in line and " matches " in line for line in done.stderr.splitlines()), name
        # a time that every file system can keep: else the compiled files would match no longer
        assert (there.library / f"{name}.py").stat().st_mtime_ns % 2_000_000_000 == 0
    record = (info / "RECORD").read_bytes().decode("utf-8").split("\r\n")
    assert [each for each in record if each.startswith("../../../bin/run,")] != []
    assert "demo-1.0.dist-info/RECORD,," in record
    assert len([each for each in record if each.endswith("c,,")]) == 5


def test_without_processes_it_is_the_same(tmp_path: Path, pip: Path) -> None:
    trees = []
    for number, (worker, processes) in enumerate(((Path(sys.executable), 3), (Path(sys.executable), 0), (tmp_path, 2))):
        there = place(tmp_path / f"environment{number}")
        install(there, [asked(everything(tmp_path / "made"))], pip=pip, worker=worker, processes=processes)
        found = tree(there.root)
        trees.append({name: found[name] for name in found if not name.startswith("bin/")})
        assert set(compiled(there.root)) == set(compiled(tmp_path / "environment0"))
        assert not any(name.endswith("RECORD") for name in trees[-1]) or len(trees[-1]) == len(trees[0])
    without_scripts = [{name: value for name, value in each.items() if "RECORD" not in name} for each in trees]
    assert without_scripts[0] == without_scripts[1] == without_scripts[2]


@only_linux.SHELL
@pytest.mark.parametrize("program", ["import sys; sys.exit(3)", "print('{}')", "import os; os.kill(os.getpid(), 9)"])
def test_a_worker_that_dies_is_told(tmp_path: Path, pip: Path, program: str) -> None:
    worker = tmp_path / "worker"
    worker.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{program}"\n')
    worker.chmod(0o755)
    with pytest.raises(InstallError, match="ended before its work was done"):
        install(place(tmp_path / "environment"), [asked(everything(tmp_path / "made"))], pip=pip, worker=worker)


def test_what_can_not_be_written_is_told(tmp_path: Path, pip: Path) -> None:
    there = place(tmp_path / "environment")
    (there.library / "demo").write_text("a file where a folder shall be")
    with pytest.raises(InstallError) as caught:
        install(there, [asked(everything(tmp_path / "made"))], pip=pip)
    assert caught.value.code == 1603
    assert str(there.library / "demo") in caught.value.message


def test_launchers_of_windows_hold_the_stub_of_their_kind(tmp_path: Path, pip: Path) -> None:
    there = place(tmp_path / "environment", windows=True)
    install(there, [asked(everything(tmp_path / "made"))], pip=pip)
    console, window = (there.scripts / "main.exe").read_bytes(), (there.scripts / "wmain.exe").read_bytes()
    assert console.startswith(STUB + b't#!"C:\\Envs x\\Scripts\\python.exe"\nPK\3\4')
    assert window.startswith(STUB + b'w#!"C:\\Envs x\\Scripts\\pythonw.exe"\nPK\3\4')
    with zipfile.ZipFile(there.scripts / "wmain.exe") as archive:
        assert archive.read("__main__.py").startswith(b"import sys\nfrom demo.gui import App\n")
        assert archive.getinfo("__main__.py").date_time == (2026, 11, 1, 2, 4, 6)
    # the wheel's own script names the Python as it is, and ends its line as Windows does
    assert (there.scripts / "run").read_bytes() == b"#!C:\\Envs x\\Scripts\\python.exe\r\nprint(1)\n"


def test_a_pip_without_stubs_is_told(tmp_path: Path) -> None:
    pip = make_wheel(tmp_path / "pip", "pip", "26.3")
    with pytest.raises(InstallError, match=r"has no pip/_vendor/distlib/t64\.exe"):
        install(place(tmp_path / "x", windows=True), [asked(everything(tmp_path / "made"))], pip=pip)


@pytest.mark.parametrize(
    ("created", "expected"),
    [("2026-11-01T02:04:06Z", (2026, 11, 1, 2, 4, 6)), ("1970-01-01T00:00:00Z", (1980, 1, 1, 0, 0, 0))],
)
def test_the_moment_inside_a_launcher(created: str, expected: tuple[int, ...]) -> None:
    assert moment(created) == expected


@pytest.mark.parametrize(
    ("requires", "words"),
    [
        (["helper>=3"], "demo 1.0 has requirement helper>=3, but you have helper 2.5."),
        (["absent; python_version>'2'"], "demo 1.0 requires absent, which is not installed."),
        (["absent; python_version<'2'", "helper", "Helper==2.5", "other; extra == 'x'"], ""),
        (["helper !!"], "demo 1.0 requires helper !!, which can't be understood"),
    ],
    ids=str,
)
def test_packages_must_fit_together(tmp_path: Path, requires: list[str], words: str) -> None:
    import ensurepip

    there = place(tmp_path / "environment")
    wheels = [
        make_wheel(tmp_path / "made", "demo", requires=requires),
        make_wheel(tmp_path / "made", "helper", "2.5", files={"helper.py": MODULE}),
    ]
    bundled = next((Path(ensurepip.__file__).parent / "_bundled").glob("pip-*.whl"))
    install(there, [asked(each) for each in wheels], pip=bundled)
    program = Path(__file__).parents[2] / "bundler" / "target" / "wheels" / "pip_check.py"
    done = subprocess.run(
        [running().path, "-E", "-s", "-B", program, bundled, there.library],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert (done.returncode, words in done.stdout) == (1 if words else 0, True)
    assert words or done.stdout == ""


def test_the_check_asks_no_pip_which_wheels_this_python_takes(tmp_path: Path, interpreter: Interpreter) -> None:
    """The build host said so, and what an old pip says of cpXY-none-any is wrong."""
    version = "".join(map(str, interpreter.version_info[:2]))
    there = place(tmp_path / "environment")
    bundled = pip_wheel(tmp_path / "made", interpreter)
    install(there, [asked(make_wheel(tmp_path / "made", "demo", tag=f"cp{version}-none-any"))], pip=bundled)
    program = Path(__file__).parents[2] / "bundler" / "target" / "wheels" / "pip_check.py"
    done = subprocess.run(
        [interpreter.path, "-E", "-s", "-B", program, bundled, there.library],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


# -- launchers that are separate from what they run

OWN = (b"MZ for consoles, signed", b"MZ for windows, signed")
PRINT = "import sys\n\n\ndef main():\n    print(sys.argv)\n"


def separate(root: Path) -> Place:
    return dataclasses.replace(place(root, windows=True), own=OWN)


def test_separate_launchers_are_what_lies_in_the_bundle_to_the_byte(tmp_path: Path, pip: Path) -> None:
    points = {"console_scripts": {"run": "demo:main", "run.py": "demo:main"}, "gui_scripts": {"show": "demo:main"}}
    wheel = make_wheel(tmp_path / "made", "demo", files={"demo.py": PRINT}, entry_points=points)
    there = separate(tmp_path / "environment")
    assert install(there, [asked(wheel)], pip=pip) == []
    found = {each.name: each.read_bytes() for each in there.scripts.iterdir()}
    assert sorted(found) == ["run.exe", "run.pyz", "show.exe", "show.pyz"]
    assert (found["run.exe"], found["show.exe"]) == OWN
    rows = {
        row[0]: row[1] for row in csv.reader((there.library / "demo-1.0.dist-info" / "RECORD").read_text().splitlines())
    }
    for name, content in found.items():
        assert rows[f"../../Scripts/{name}"] == record_hash(content)


@pytest.mark.parametrize("version", ["9.0", "25.2", "26.3"])
def test_what_lies_beside_a_launcher_runs_under_its_name(tmp_path: Path, version: str) -> None:
    pip = make_wheel(tmp_path / "pip", "pip", version)
    wheel = make_wheel(
        tmp_path / "made", "demo", files={"demo.py": PRINT}, entry_points={"console_scripts": {"run": "demo:main"}}
    )
    there = separate(tmp_path / "environment")
    install(there, [asked(wheel)], pip=pip)
    if sys.version_info < (3, 9) and version == "26.3":
        return  # which pip of that version doesn't support either
    environ = {**os.environ, "PYTHONPATH": str(there.library)}
    done = subprocess.run(
        [sys.executable, there.scripts / "run.pyz", "a b"], env=environ, capture_output=True, text=True, check=True
    )
    assert done.stdout == f"{[str(there.scripts / 'run'), 'a b']}\n"


def test_what_a_launcher_would_run_is_no_other_packages(tmp_path: Path, pip: Path) -> None:
    point = {"console_scripts": {"run": "beta:main"}}
    own = make_wheel(tmp_path / "made", "beta", files={"beta.py": PRINT}, entry_points=point)
    for name, refused_ in (("alpha", True), ("gamma", False)):
        other = make_wheel(tmp_path / "made", name, data={"scripts/run.pyz": "another"})
        there = separate(tmp_path / name)
        if refused_:
            with pytest.raises(InstallError, match="another package brings"):
                install(there, [asked(own), asked(other)], pip=pip)
        else:  # whose name comes first has it, and that is said
            assert len(install(there, [asked(own), asked(other)], pip=pip)) == 1
            assert zipfile.is_zipfile(there.scripts / "run.pyz")


def test_one_that_brings_it_itself_has_the_launchers(tmp_path: Path, pip: Path) -> None:
    point = {"console_scripts": {"run": "demo:main"}}
    for number, content in enumerate(
        ["another", "#!python\nanother"]
    ):  # the latter is written otherwise than it is in the wheel
        wheel = make_wheel(
            tmp_path / f"made{number}",
            "demo",
            files={"demo.py": PRINT},
            data={"scripts/run.pyz": content},
            entry_points=point,
        )
        there = separate(tmp_path / f"environment{number}")
        written: dict[str, tuple[str, int]] = {}
        install(there, [asked(wheel)], pip=pip, written=written)
        own = (there.scripts / "run.pyz").read_bytes()
        assert zipfile.is_zipfile(there.scripts / "run.pyz")
        # what is recorded of it is what lies there, once: /verify would have it changed else, and no /repair would end that
        assert written["../../Scripts/run.pyz"] == (hashlib.sha256(own).hexdigest(), len(own))
        record = (there.library / "demo-1.0.dist-info" / "RECORD").read_text().splitlines()
        assert [row[1] for row in csv.reader(record) if row[0] == "../../Scripts/run.pyz"] == [record_hash(own)]
