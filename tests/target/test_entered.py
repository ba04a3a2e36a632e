"""The first lines that the bundle's own Python runs, on a Windows whose registry names folders for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.target.forks import TARGET

if TYPE_CHECKING:
    from pathlib import Path

    from tests.target.interpreters import Interpreter

_AS_ON_WINDOWS = """\
import sys
place = sys.argv[2]
code = compile(open(place, "rb").read(), place, "exec")
sys.platform = "win32"
sys.path.insert(0, sys.argv[1])
exec(code, {"__name__": "entered", "__file__": place})
assert sys.argv[1] not in sys.path
"""


def test_nothing_is_imported_from_a_folder_that_the_registry_names(interpreter: Interpreter, tmp_path: Path) -> None:
    for name in ("__future__", "importlib", "os"):
        (tmp_path / f"{name}.py").write_text("print('planted ' + __name__)\n")
    done = interpreter.run("-E", "-s", "-S", "-B", "-c", _AS_ON_WINDOWS, str(tmp_path), str(TARGET / "__main__.py"))
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
