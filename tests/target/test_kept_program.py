"""The copy of the program that stays on the machine: what runs of ``boot`` and ``target``, and not what only an application may need."""

from __future__ import annotations

import ast
import dataclasses
from typing import TYPE_CHECKING, Any

from bundler.target.bundle.verification import UNUSED, is_program
from tests.support import only_linux
from tests.target.bundles import Laid, Ran, bootstrap
from tests.target.forks import TARGET
from tests.target.interpreters import running

if TYPE_CHECKING:
    from tests.target.interpreters import Interpreter

PASSWORD = "/set:password=secret-words"
QUICK: dict[str, Any] = {"quick": str(running().path), "minor": running().minor, "identity": f"{running().version} 64"}
PACKAGES = sorted(each.partition("/")[2] for each in UNUSED if each.startswith("lib/"))

IMPORTING = """
import os, sys
unused, folder = sys.argv[1].split(","), sys.argv[2]
sys.path.insert(0, os.path.dirname(folder))
class Refusing(object):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in unused:
            raise ImportError("not kept: " + name)
    find_module = find_spec
sys.meta_path.insert(0, Refusing())
for root, _, names in os.walk(folder):
    for name in sorted(names):
        place = os.path.relpath(os.path.join(root, name), os.path.dirname(folder))
        if name.endswith(".py") and "windows" not in place and name != "__main__.py":
            __import__(place[:-3].replace(os.sep, "."))
found = sorted(each for each in sys.modules if each.partition(".")[0] in unused)
sys.stdout.write(",".join(found))
"""


def did(laid: Laid, *arguments: str, code: int = 0) -> Ran:
    ran = bootstrap(laid, *arguments, **QUICK)
    assert ran.code == code, ran.out + ran.err
    return ran


def test_what_is_left_out() -> None:
    for path in (
        "boot/tcl/tk8.6/x.tcl",
        "boot/Lib/idlelib/run.py",
        "boot/lib/lib-tk/Tkinter.py",
        "README.txt",
        "wheels/x.whl",
    ):
        assert not is_program(path)
    for path in ("boot/python.exe", "boot/Lib/tclass.py", "boot/DLLs/tcl86t.dll", "target/tcl/x.py", "bootstrap.bat"):
        assert is_program(path)


def test_nothing_of_the_program_imports_what_is_left_out(interpreter: Interpreter) -> None:
    """Nor what it imports; windows' own modules are looked at below."""
    done = interpreter.run("-S", "-B", "-c", IMPORTING, ",".join(PACKAGES), str(TARGET))
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_no_function_imports_it_either() -> None:
    imported = set()
    for path in TARGET.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Import):
                imported |= {each.name.partition(".")[0] for each in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                imported.add(str(node.module).partition(".")[0])
    assert {"ctypes", "os", "zipfile"} <= imported
    assert imported & set(PACKAGES) == set()


@only_linux.SIMULATED
def test_it_serves_without_it(laid: Laid) -> None:
    for name in ("boot/Lib/idlelib/run.py", "boot/tcl/init.tcl", "boot/Lib/kept.py"):
        path = laid.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x = 1\n")
    laid.rewrite()
    did(laid, PASSWORD)
    copy = laid.environment / "uninstall" / laid.manifest.bundle.release
    names = {path.relative_to(copy).as_posix() for path in copy.rglob("*") if path.is_file()}
    assert "boot/Lib/kept.py" in names
    assert not [each for each in names if "tcl" in each or "idlelib" in each]
    runtime = laid.release / "runtime"
    assert (runtime / "tcl" / "init.tcl").is_file()  # the application's
    kept = dataclasses.replace(laid, folder=copy)
    assert "The kept copy is whole." in did(kept, "/verify").out
    (copy / "boot" / "Lib" / "kept.py").write_text("x = 2\n")
    assert "boot/Lib/kept.py was changed" in did(kept, "/verify", code=1603).err
    did(laid, "/repair")
    did(kept, "/verify")
    did(kept, "/uninstall", "/purge")
    assert not laid.environment.exists()


@only_linux.SIMULATED
def test_a_copy_of_an_earlier_version_that_has_it_serves_as_well(laid: Laid) -> None:
    for folder in (laid.folder, laid.environment / "uninstall" / laid.manifest.bundle.release):
        if folder != laid.folder:
            did(laid, PASSWORD)
        path = folder / "boot" / "tcl" / "init.tcl"
        path.parent.mkdir(parents=True)
        path.write_text("x = 1\n")
        if folder == laid.folder:
            laid.rewrite()
    kept = dataclasses.replace(laid, folder=laid.environment / "uninstall" / laid.manifest.bundle.release)
    did(kept, "/verify")
    did(kept, "/uninstall", "/purge")
    assert not laid.environment.exists()
