"""The stable name of a script, under every Python: which release it is taken from, and what the script sees."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

import bundler.target.steps.script_launcher as stub
from bundler.pack.shipped import target_folder
from bundler.target.steps.service_settings import ASTRAY
from tests.support import only_linux

if TYPE_CHECKING:
    from pathlib import Path

    from tests.target.interpreters import Interpreter

# one line of JSON, read the same by all Pythons
SHOW = """\
# -*- coding: utf-8 -*-
from __future__ import print_function
import __main__, json, os, sys
shown = {
    "file": __file__, "argv": sys.argv, "path": sys.path[0], "name": __name__, "prefix": sys.prefix, "release": %r,
    "doc": __doc__, "main": __main__.__file__, "others": sorted(n for n in globals() if not n.startswith("__")),
    "floats": 1 / 2,
}
print(json.dumps(shown))
sys.exit(7)
"""


class Environment:
    """Two releases with a Python and a script each, ``one`` in use, and the script's stable name."""

    def __init__(self, root: Path, interpreter: Interpreter) -> None:
        self.root = root
        for release in ("1.0-one", "1.1-two"):
            scripts = self.scripts(release)
            scripts.mkdir(parents=True)
            (scripts / "show.py").write_text(SHOW % release, encoding="utf-8")
            (scripts / "python").symlink_to(interpreter.path)
            # what makes sys.prefix the release's; 2.7 has no such file, it starts the script in a process of its own
            (scripts.parent / "pyvenv.cfg").write_text(f"home = {interpreter.path.parent}\n", encoding="utf-8")
        self.stub = root / "bin" / "show.py"
        self.stub.parent.mkdir()
        shutil.copyfile(stub.__file__, self.stub)
        self.use("1.0-one")

    def scripts(self, release: str) -> Path:
        return self.root / "releases" / release / "bin"

    def use(self, release: str) -> None:
        (self.root / "current").write_bytes(release.encode() + b"\n")

    def run(
        self, python: Path, *arguments: str, more: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [python, self.stub, *arguments],
            capture_output=True,
            encoding="utf-8",
            check=False,
            stdin=subprocess.DEVNULL,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **(more or {})},
        )


@pytest.fixture
def environment(tmp_path: Path, interpreter: Interpreter) -> Environment:
    only_linux.require(only_linux.LINKS)
    return Environment(tmp_path / "My Environment", interpreter)


def test_a_foreign_python_starts_the_script_with_the_releases_own(
    environment: Environment, interpreter: Interpreter
) -> None:
    done = environment.run(interpreter.path, "--rundir", "a b", "é", "")
    assert (done.returncode, done.stderr) == (7, "")
    shown = json.loads(done.stdout)
    script = str(environment.scripts("1.0-one") / "show.py")
    assert (shown["file"], shown["main"]) == (script, script)
    assert shown["argv"] == [script, "--rundir", "a b", "é", ""]
    assert shown["path"] == str(environment.scripts("1.0-one"))
    environment.use("1.1-two")
    assert json.loads(environment.run(interpreter.path).stdout)["release"] == "1.1-two"


def test_all_launchers_drop_the_same_variables() -> None:
    source = (target_folder() / "shims" / "shim.c").read_text("ascii")
    told = source.partition("astray[] = {")[2].partition("}")[0]
    assert tuple(re.findall(r'L"(\w+)"', told)) == ASTRAY
    assert stub.ASTRAY == ASTRAY


def test_what_would_lead_python_astray_is_dropped(environment: Environment, interpreter: Interpreter) -> None:
    script = environment.scripts("1.0-one") / "show.py"
    script.write_text("import json, os\nprint(json.dumps(sorted(os.environ)))\n")
    # with a wrong home this very Python wouldn't start
    astray = dict.fromkeys([each for each in ASTRAY if each != "PYTHONHOME"], "")
    done = environment.run(interpreter.path, more={**astray, "PYTHONHASHSEED": "7", "OTHER": "é"})
    assert (done.returncode, done.stderr) == (0, "")
    seen = json.loads(done.stdout)
    assert not set(seen) & set(ASTRAY)
    assert {"PYTHONHASHSEED", "OTHER", "PATH"} <= set(seen)


def test_the_releases_own_python_becomes_the_script(environment: Environment, interpreter: Interpreter) -> None:
    python = environment.scripts("1.0-one") / "python"
    direct = subprocess.run(
        [python, environment.scripts("1.0-one") / "show.py", "a b"],
        capture_output=True,
        encoding="utf-8",
        check=False,
        env={"PATH": os.environ["PATH"]},
    )
    done = environment.run(python, "a b")
    assert (done.returncode, done.stderr) == (7, "")
    assert json.loads(done.stdout) == json.loads(direct.stdout)
    # the world switches while a Python of the old release starts: its packages are the old release's, and so is the script
    environment.use("1.1-two")
    expected = "1.1-two" if interpreter.minor == "2.7" else "1.0-one"
    assert json.loads(environment.run(python).stdout)["release"] == expected


@pytest.mark.parametrize(
    "content", [None, b"", b"..\n", b"../x\n", b".hidden", b"a b", b"x" * 129, b"\xff\xfe", b"a\\b"]
)
def test_no_release_is_in_use(environment: Environment, interpreter: Interpreter, content: bytes | None) -> None:
    if content is None:
        (environment.root / "current").unlink()
    else:
        (environment.root / "current").write_bytes(content)
    done = environment.run(interpreter.path)
    assert done.returncode == stub.NO_RELEASE & 0xFF
    assert "No release is in use" in done.stderr
    assert "bootstrap.bat" in done.stderr
    assert done.stdout == ""


def test_a_release_that_lacks_the_script(environment: Environment, interpreter: Interpreter) -> None:
    (environment.scripts("1.0-one") / "show.py").unlink()
    done = environment.run(interpreter.path)
    assert done.returncode == stub.NO_RELEASE & 0xFF
    assert "The current release can't run" in done.stderr


def test_what_the_script_raises_is_shown_as_its_own(environment: Environment) -> None:
    script = environment.scripts("1.0-one") / "show.py"
    script.write_text("def fail():\n    raise ValueError('mine')\n\n\nfail()\n", encoding="utf-8")
    done = environment.run(environment.scripts("1.0-one") / "python")
    assert done.returncode == 1
    assert f'File "{script}", line 2, in fail' in done.stderr
    assert done.stderr.rstrip().endswith("ValueError: mine")
