"""A wheel that brings what starts or steers the environment's Python is refused on both sides."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

import pytest

from bundler.build.wheel_gate import check_wheel
from bundler.errors import BuildError, IntegrityError
from bundler.formats.interpreter_files import placement_fault
from bundler.model.target import Target
from bundler.pack.wheels import read_wheel, read_wheels
from bundler.target.bundle.manifest import decode_manifest
from bundler.target.errors import InstallError
from bundler.target.layout import Layout
from bundler.target.state.release_services import services_file
from tests.support import only_linux
from tests.support.bundles import wheel_file
from tests.support.installed_trees import Asked, Place, install
from tests.support.packages import make_wheel
from tests.target.bundles import lay_bundle
from tests.target.interpreters import Interpreter, interpreters
from tests.target.own_host import own_host

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.commandline import Bench

TARGET = Target.of("3.11.9", "win_amd64")
STEERS = r"would start or steer the environment's Python|has a short name, by which Windows may find another file"
HOSTILE: list[dict[str, Any]] = [
    *({"data": {name: "x"}} for name in ("scripts/Python.exe", "data/Scripts/pythonw.exe", "data/pyvenv.cfg")),
    *({"data": {name: "x"}} for name in ("scripts/PYVENV.CFG", "data/SCRIPTS/Python3.11.exe", "data/python.exe")),
    *({"data": {name: "x"}} for name in ("data/scripts/PYTHON311.dll", "scripts/vcruntime140_1.dll")),
    *({"data": {name: "x"}} for name in ("scripts/python311._PTH", "scripts/activate_this.py", "scripts/PYTHON~1.DLL")),
    *({"data": {name: "x"}} for name in ("scripts/python.exe.local/vcruntime140.dll", "scripts/python")),
    *({"data": {name: "x"}} for name in ("data/runtime/python.exe", "data/Runtime/Lib/os.py", "data/Lib/os.py")),
    *(
        {"data": {name: "x"}}
        for name in ("data/LIB/encodings/utf_8.py", "data/DLLs/_socket.pyd", "data/Lib/email/x.py")
    ),
    *({"data": {name: "x"}} for name in ("data/lib/python3.11/json/decoder.py", "data/Lib/lib-tk/Tkinter.py")),
    *({"data": {f"data/Lib/{name}/__init__.py": "x"}} for name in ("site", "OS", "tempfile", "demo")),
    *({"data": {f"data/lib/{name}": "x"}} for name in ("os/__init__.cp311-win_amd64.pyd", "orig-prefix.txt")),
    *({"data": {f"data/lib/python3.11/{name}": "x"}} for name in ("site/__init__.py", "demo/x.txt", "orig-prefix.txt")),
    # of 2.7: its library is where this one is, beginning beside the program; and DLLs is searched for modules before the library. A folder
    # of the archive's name is searched as it is, by 3.6 too
    *(
        {"data": {name: "x"}}
        for name in ("scripts/Lib/os.py", "data/Scripts/lib/OS.pyc", "scripts/lib/python2.7/os.pyo")
    ),
    *({"data": {name: "x"}} for name in ("data/DLLs/site.py", "data/dlls/encodings/__init__.py")),
    *({"data": {name: "x"}} for name in ("scripts/python36.zip/os.py", "data/Scripts/PYTHON27.ZIP/encodings/x.py")),
    # by these Windows finds the library's `encodings`, and a module of another package, where it makes short names
    *({"data": {name: "x"}} for name in ("data/Lib/ENCODI~1/utf_8.py", "headers/DEMO~1.H", "platlib/DJANGO~1/x.py")),
    *({"files": {name: "x"}} for name in ("other/MY_MOD~1.PY", "SITE-P~2/x.py", "a~10.py")),
    {"entry_points": {"console_scripts": {"Python": "demo:main"}}},
    {"entry_points": {"gui_scripts": {"pythonw.py": "demo:main"}}},
    {"entry_points": {"console_scripts": {"python3.13t": "demo:main"}}},
    {"entry_points": {"console_scripts": {"activate": "demo:main"}}},
]
OWN: list[dict[str, Any]] = [
    {"data": {f"data/{name}": "x"}}
    for name in (
        *(
            "release.json",
            "Site.JSON",
            "spares.zip",
            ".incomplete",
            "site.json.new",
            "current",
            "journal",
            "receipt.json",
        ),
        *("services/services.json", "SERVICES/web.conf", "uninstall/x", "releases/x/release.json", "leftovers.json"),
    )
]
"""What bootstrap.bat writes itself, and believes later: services and commands to run, site values."""
HARMLESS: list[dict[str, Any]] = [
    {"data": {"scripts/activate-global-python-argcomplete": "#!python\n", "scripts/python-argcomplete-check": "x"}},
    {"data": {"scripts/pythonize.exe": "x", "scripts/ipython.exe": "x", "data/share/python.exe": "x"}},
    {"data": {"data/Library/bin/vcruntime140.dll": "x", "data/etc/pyvenv.cfg": "x", "headers/python.exe": "x"}},
    {"data": {"data/lib/site-packages/demo.py": "x", "data/lib/cmake/demo.py": "x", "data/share/runtime/x.py": "x"}},
    {"data": {"data/lib/demo.lib": "x", "data/runtimes/x.py": "x", "scripts/runtime/demo.txt": "x"}},
    {"data": {f"scripts/{name}": "x" for name in ("lib/demo.py", "lib/json/demo.py", "demo.zip/os.py", "dlls/x.py")}},
    {"data": {"data/DLLs/demo.dll": "x", "data/DLLs/demo/x.py": "x"}},
    {"data": {f"data/{name}": "x" for name in ("lib/cmake/demo/__init__.py", "lib/site-packages/demo/__init__.py")}},
    {"data": {f"data/lib/python3.11/{name}/demo/__init__.py": "x" for name in ("site-packages", "dist-packages")}},
    {"files": {"demo/python.exe": "x", "python3.dll": "x", "demo/pyvenv.cfg": "x", "python/__init__.py": ""}},
    {"entry_points": {"console_scripts": {"pythons": "demo:main", "activate-global-python-argcomplete": "demo:main"}}},
    {"entry_points": {"anything": {"python": "demo:main"}}},
    {"files": {f"demo/{name}": "x" for name in ("x.py~", "x~.py", "a~b.txt", "longer-name~1.txt", "x~1.json", "~1")}},
]


def windows_place(root: Path) -> Place:
    library, scripts = root / "Lib" / "site-packages", root / "Scripts"
    library.mkdir(parents=True)
    scripts.mkdir()
    (scripts / "python.exe").write_text("the release's own")
    python = "C:\\env\\Scripts\\python.exe"
    return Place(root=root, library=library, scripts=scripts, executable=python, python="3.11.7", stub="64")


def installed(tmp_path: Path, *wheels: Path) -> Path:
    stubs = {f"pip/_vendor/distlib/{kind}64.exe": b"MZ" for kind in "tw"}
    pip = make_wheel(tmp_path / "pip", "pip", "26.3", files=stubs)
    root = tmp_path / "environment"
    asked = [Asked(name=each.name.partition("-")[0], path=each, requested=True) for each in wheels]
    install(windows_place(root), asked, pip=pip)
    return root


@pytest.mark.parametrize("broken", HOSTILE, ids=str)
def test_the_build_host_refuses_it(tmp_path: Path, broken: dict[str, Any]) -> None:
    wheel = make_wheel(tmp_path, "demo", **broken)
    with pytest.raises(IntegrityError, match=STEERS) as caught:
        read_wheel(wheel_file(wheel), TARGET)
    assert caught.value.reference == "wheel-malformed"
    with pytest.raises(BuildError) as gate:
        check_wheel(wheel, name="demo", version="1.0", target=TARGET)
    assert any(re.search(STEERS, each) for each in gate.value.context)


@pytest.mark.parametrize("broken", HOSTILE, ids=str)
def test_the_target_refuses_it_before_anything_of_it_is_there(tmp_path: Path, broken: dict[str, Any]) -> None:
    wheel = make_wheel(tmp_path / "made", "demo", **broken)
    with pytest.raises(InstallError, match=STEERS) as caught:
        installed(tmp_path, wheel)
    assert caught.value.code == 1603
    root = tmp_path / "environment"
    assert (root / "Scripts" / "python.exe").read_text() == "the release's own"
    assert not list(root.rglob("demo*"))


@pytest.mark.parametrize("broken", OWN, ids=str)
def test_a_wheel_does_not_speak_for_the_release(tmp_path: Path, broken: dict[str, Any]) -> None:
    wheel = make_wheel(tmp_path / "made", "demo", **broken)
    words = "would stand for what bootstrap.bat itself writes"
    with pytest.raises(IntegrityError, match=words):
        read_wheel(wheel_file(wheel), TARGET)
    with pytest.raises(InstallError, match=words):
        installed(tmp_path, wheel)


@only_linux.SIMULATED
def test_all_that_is_written_there_is_among_them(tmp_path: Path) -> None:
    laid = lay_bundle(tmp_path)
    place = Layout(decode_manifest((laid.folder / "manifest.json").read_bytes()), own_host())
    inside = (place.marker, place.inventory, place.spares, place.own_site, place.runtime, services_file(place))
    beside = (
        place.pointer,
        place.receipt,
        place.journal,
        place.leftovers,
        place.releases,
        place.services,
        place.keeping,
        place.site,
    )
    for root, paths in ((place.release, inside), (place.environment, beside)):
        for path in paths:
            assert placement_fault(os.path.relpath(path, root), "Scripts"), path


@pytest.mark.parametrize("interpreter", interpreters(), ids=str)
def test_no_package_of_the_standard_library_is_written_over(interpreter: Interpreter) -> None:
    for each in interpreter.library.iterdir():
        fine = each.name in ("site-packages", "python" + interpreter.minor) or each.name.startswith("config")
        if each.is_dir() and not fine:
            for library in ("Lib", "lib64", f"lib/python{interpreter.minor}"):
                assert placement_fault(f"{library}/{each.name}/x.py", "Scripts"), each.name


def test_everything_that_is_refused_is_said_at_once(tmp_path: Path) -> None:
    """Of all wheels, and before the first of them is unpacked."""
    fine = make_wheel(tmp_path / "made", "alpha", files={"alpha.py": "x"})
    one = make_wheel(tmp_path / "made", "beta", data={"data/site.json": "x", "data/Lib/email/x.py": "x"})
    two = make_wheel(tmp_path / "made", "gamma", entry_points={"console_scripts": {"python": "gamma:main"}})
    with pytest.raises(InstallError) as caught:
        installed(tmp_path, fine, one, two)
    assert len(caught.value.details) == 3
    assert not list((tmp_path / "environment").rglob("alpha*"))
    with pytest.raises(IntegrityError, match="2 packages can't be put into a bundle") as packed:
        read_wheels([wheel_file(each) for each in (fine, one, two)], TARGET)
    assert len(packed.value.context) == 3


@pytest.mark.parametrize("fine", HARMLESS, ids=str)
def test_both_take_what_only_looks_like_it(tmp_path: Path, fine: dict[str, Any]) -> None:
    wheel = make_wheel(tmp_path / "made", "demo", **fine)
    read_wheel(wheel_file(wheel), TARGET)
    installed(tmp_path, wheel)


@pytest.mark.parametrize(
    ("made", "named"),
    [
        ({"files": {"demo.pth": "import demo; demo.start()\n"}}, ["demo.pth"]),
        ({"files": {"demo.pth": "\n# text\nsrc\nimport\tdemo\n"}}, ["demo.pth"]),
        # of no code, but it leads to places, in which another wheel may have some
        ({"files": {"demo.pth": "src\n# import\n  import x\nimportant\n"}}, ["demo.pth"]),
        ({"files": {"demo.pth": "x\n" * (1 << 20)}}, ["demo.pth"]),
        ({"files": {"demo/demo.pth": "import demo\n", "demo/sitecustomize.py": ""}}, []),
        ({"files": {"sitecustomize.py": "", "usercustomize/__init__.py": ""}}, ["sitecustomize.py", "usercustomize/__init__.py"]),
        ({"files": {"sitecustomize.cp311-win_amd64.pyd": "x"}}, ["sitecustomize.cp311-win_amd64.pyd"]),
        ({"data": {"purelib/demo.pth": "import demo\n"}}, ["demo-1.0.data/purelib/demo.pth"]),
        # Windows' site searches the environment's folder too
        ({"data": {"data/demo.pth": "import demo\n"}}, ["demo-1.0.data/data/demo.pth"]),
        ({"data": {"data/sitecustomize.py": ""}}, ["demo-1.0.data/data/sitecustomize.py"]),
        ({"data": {"scripts/sitecustomize.py": ""}}, ["demo-1.0.data/scripts/sitecustomize.py"]),
        ({"data": {"data/Scripts/sitecustomize.pyc": ""}}, ["demo-1.0.data/data/Scripts/sitecustomize.pyc"]),
        ({"data": {"scripts/demo/sitecustomize.py": "", "headers/sitecustomize.py": ""}}, []),
        ({"data": {"data/Lib/Site-Packages/usercustomize.py": ""}}, ["demo-1.0.data/data/Lib/Site-Packages/usercustomize.py"]),
        ({"data": {"data/share/demo.pth": "import demo\n", "data/share/sitecustomize.py": "", "scripts/demo.pth": "import demo\n"}}, []),
        # from 3.13 on site takes these for lines of their own
        ({"files": {"demo.pth": b"\xef\xbb\xbfimport demo\n"}}, ["demo.pth"]),
        ({"files": {"demo.pth": b"# text\x0cimport demo\n"}}, ["demo.pth"]),
        ({"files": {"demo.pth": "# text\u2028import demo\n"}}, ["demo.pth"]),
        # a folder that a .pth file leads to is searched for them
        ({"files": {"demo.pth": "demo/hidden\n", "demo/hidden/sitecustomize.py": ""}}, ["demo.pth", "demo/hidden/sitecustomize.py"]),
        ({"files": {"demo.pth": "..\\..\\share\n"}, "data": {"data/share/usercustomize/__init__.py": ""}}, ["demo-1.0.data/data/share/usercustomize/__init__.py", "demo.pth"]),
        ({"files": {"demo.pth": "# text\n", "demo/hidden/sitecustomize.py": ""}}, []),
        # a package begins by whatever file Python can import
        ({"files": {"sitecustomize/__init__.pyc": "x"}}, ["sitecustomize/__init__.pyc"]),
        ({"files": {"usercustomize/__init__.cp311-win_amd64.pyd": "x"}}, ["usercustomize/__init__.cp311-win_amd64.pyd"]),
        ({"files": {"sitecustomize/__init__.pyw": "", "sitecustomize/other.py": ""}}, ["sitecustomize/__init__.pyw"]),
        ({"files": {"demo/sitecustomize/__init__.pyd": "x"}}, []),
        # environments that virtualenv makes import it by a .pth file of their own
        ({"files": {"_virtualenv.py": ""}}, ["_virtualenv.py"]),
        ({"files": {"virtualenv/create/_virtualenv.py": ""}}, []),
    ],
)  # fmt: skip
def test_what_runs_whenever_python_starts_is_named(tmp_path: Path, made: dict[str, Any], named: list[str]) -> None:
    found = read_wheel(wheel_file(make_wheel(tmp_path, "demo", "1.0", **made)), TARGET)
    assert list(found.info.startup) == named


def test_inspect_says_so(bench: Bench) -> None:
    bench.publish("hooked", files={"hooked.pth": "import hooked\n"})
    bench.write(requirements=["hooked"])
    assert bench.run("build", bench.recipe).code == 0
    (archive,) = bench.folder.rglob("*.zip")
    shown = bench.run("inspect", archive)
    assert "code at Python's start" in shown.out
    assert "hooked.pth" in shown.out
    packages = {each["name"]: each["startup"] for each in bench.run("inspect", archive, "--json").json["packages"]}
    assert packages["hooked"] == ["hooked.pth"]
    assert {name for name, startup in packages.items() if startup} == {"hooked"}
