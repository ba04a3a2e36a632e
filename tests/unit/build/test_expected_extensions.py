from __future__ import annotations

from typing import TYPE_CHECKING

from bundler.build.expected_extensions import making_of
from bundler.formats.machine_code import binaries_in
from tests.support.programs import make_program

if TYPE_CHECKING:
    from pathlib import Path

LOG = """\
running build_ext
building 'demo._fast' extension
cl.exe /c demo/_fast.c
building 'demo._slow' extension
cl.exe /c demo/_slow.c
WARNING: building extension "demo._slow" failed: command 'cl.exe' failed with exit code 2
building 'z' library
warning: build_ext: building extension "old" failed
"""


def logged(folder: Path, text: str) -> Path:
    path = folder / "build_wheel.log"
    path.write_bytes(text.encode() + b"\xff\xfe\n")
    return path


def test_what_setuptools_says(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    making = making_of(logged(tmp_path, LOG), tree, frozenset())
    assert making.modules == {
        "demo._fast": "its build set out to compile it, and went on without it",
        "demo._slow": "its build calls it optional, and failed to compile it: command 'cl.exe' failed with exit code 2",
        "old": "its build calls it optional, and failed to compile it",
    }
    assert making.files == {}


def test_a_build_that_compiles_nothing_owes_nothing(tmp_path: Path) -> None:
    making = making_of(logged(tmp_path, "running bdist_wheel\n"), tmp_path, frozenset({"x"}))
    assert (making.modules, making.files, making.carried) == ({}, {}, frozenset({"x"}))


def test_what_lies_compiled_in_the_tree(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    (tree / "prebuilt").mkdir(parents=True)
    (tree / "prebuilt" / "_old.pyd").write_bytes(make_program(dll=True))
    carried = binaries_in(tree)
    (tree / "build" / "lib").mkdir(parents=True)
    (tree / "build" / "lib" / "_new.pyd").write_bytes(make_program(dll=True, filler=b"new"))
    (tree / "link.pyd").symlink_to("nowhere")
    making = making_of(logged(tmp_path, ""), tree, carried)
    assert making.files == {"_new.pyd": "its build compiled build/lib/_new.pyd and left it out"}
    assert making.carried == carried
