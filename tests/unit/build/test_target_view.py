from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bundler.build import target_view
from bundler.build.backend import view_facts
from bundler.build.target_view import make_views
from bundler.model.target import Target

WINDOWS = Target.of("3.8.10", "win32")
LINUX = Target.of("3.12.1", "manylinux_2_28_aarch64", markers={"platform_release": "5.14"})


def views(target: Target = WINDOWS) -> dict[str, Any]:
    return dict(make_views(view_facts(target, Path("/tree"))))


def test_what_a_32_bit_windows_says() -> None:
    seen = views()
    assert (seen["os"].name, seen["sys"].platform) == ("nt", "win32")
    assert seen["sys"].version_info >= (3, 8)
    assert seen["sys"].version_info[:3] == (3, 8, 10)
    assert seen["sys"].version_info.major == 3
    assert seen["sys"].version.startswith("3.8.10 ")
    assert seen["sys"].hexversion == 0x03080AF0
    assert seen["sys"].maxsize == 2**31 - 1
    assert seen["sys"].winver == "3.8-32"
    assert seen["platform"].system() == "Windows"
    assert seen["platform"].uname().system == "Windows"
    assert seen["platform"].machine() == "AMD64", "a 32-bit Python on a 64-bit Windows"
    assert seen["platform"].architecture() == ("32bit", "WindowsPE")
    assert seen["platform"].python_version_tuple() == ("3", "8", "10")
    assert seen["struct"].calcsize("P") == 4
    assert seen["sysconfig"].get_platform() == "win32"


def test_what_a_linux_says() -> None:
    seen = views(LINUX)
    assert (seen["os"].name, seen["sys"].platform) == ("posix", "linux")
    assert seen["platform"].machine() == "aarch64"
    assert seen["platform"].release() == "5.14"
    assert seen["struct"].calcsize("P") == 8
    assert seen["sysconfig"].get_platform() == "linux-aarch64"
    assert hasattr(seen["sys"], "winver") is hasattr(sys, "winver")


def test_what_nobody_knows_is_empty_and_never_the_hosts() -> None:
    seen = views()["platform"]
    assert (seen.release(), seen.version()) == ("", "")
    assert platform.release() not in seen.platform()


def test_all_else_is_the_real_modules() -> None:
    seen = views()
    assert seen["os"].path is os.path
    assert seen["os"].sep == os.sep
    assert seen["sys"].path is sys.path
    assert seen["struct"].calcsize("i") == 4
    assert {"path", "name", "environ"} <= set(dir(seen["os"]))
    with pytest.raises(AttributeError):
        _ = seen["os"].nothing_of_that_name


def test_assignments_reach_the_real_module() -> None:
    seen = views()["sys"]
    seen.a_test_was_here = 1
    assert vars(sys)["a_test_was_here"] == 1
    del seen.a_test_was_here
    assert "a_test_was_here" not in vars(sys)


def run(folder: Path, script: str, **modules: str) -> list[str]:
    """Run ``script`` outside the tree that holds ``modules``, with the view of a 32-bit Windows; the words it prints."""
    tree = folder / "tree"
    tree.mkdir()
    for name, text in modules.items():
        (tree / f"{name}.py").write_text(text)
    (folder / "facts.json").write_text(json.dumps(view_facts(WINDOWS, tree)))
    (folder / "outside.py").write_text("import sys\nWHERE = sys.platform\n")
    (folder / "script.py").write_text(f"import sys\nsys.path[:0] = [{str(tree)!r}, {str(folder)!r}]\n{script}")
    command = [
        sys.executable,
        "-P",
        target_view.__file__,
        str(folder / "facts.json"),
        str(folder / "script.py"),
        "argument",
    ]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_only_files_of_the_tree_see_the_target(tmp_path: Path) -> None:
    inside = "import sys\nimport outside\nWHERE = sys.platform\nTHERE = outside.WHERE\n"
    script = "import inside\nprint(inside.WHERE, inside.THERE, sys.platform, *sys.argv[1:])"
    assert run(tmp_path, script, inside=inside) == ["win32", sys.platform, sys.platform, "argument"]


@pytest.mark.parametrize(
    "text",
    [
        "import os as o\nSEEN = o.name",
        "from os import name as SEEN",
        "import os.path\nSEEN = os.name",
        "import sysconfig, os\nSEEN = os.name",
        "def late():\n    import os\n    return os.name\nSEEN = late()",
        "scope = {}\nexec('import os\\nSEEN = os.name', scope)\nSEEN = scope['SEEN']",
        "SEEN = __import__('os').name",
    ],
)
def test_every_way_to_import(tmp_path: Path, text: str) -> None:
    assert run(tmp_path, "import inside\nprint(inside.SEEN)", inside=text) == ["nt"]


def test_the_standard_library_keeps_working(tmp_path: Path) -> None:
    inside = (
        "import pathlib, subprocess, sys, tempfile, shutil, datetime\n"
        "with tempfile.TemporaryDirectory() as folder:\n"
        "    path = pathlib.Path(folder, 'x'); path.write_text('y')\n"
        "    SEEN = subprocess.run([sys.executable, '-c', 'print(1)'], capture_output=True, text=True).stdout.strip()\n"
        "datetime.datetime.strptime('2020', '%Y')\n"
    )
    assert run(tmp_path, "import inside\nprint(inside.SEEN)", inside=inside) == ["1"]


def test_relative_imports_of_modules_with_such_names_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "tree" / "package").mkdir(parents=True)
    (tmp_path / "tree" / "package" / "__init__.py").write_text("from . import platform\nSEEN = platform.MINE\n")
    (tmp_path / "tree" / "package" / "platform.py").write_text("MINE = 'mine'\n")
    (tmp_path / "run").mkdir()
    facts = tmp_path / "facts.json"
    facts.write_text(json.dumps(view_facts(WINDOWS, tmp_path / "tree")))
    script = tmp_path / "script.py"
    script.write_text(
        f"import sys\nsys.path.insert(0, {str(tmp_path / 'tree')!r})\nimport package\nprint(package.SEEN)\n"
    )
    command = [sys.executable, "-P", target_view.__file__, str(facts), str(script)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() == "mine"
