"""What is written down of a release, against what lies there."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from tests.support import only_linux
from tests.support.packages import make_wheel
from tests.target.bundles import bootstrap, demo_wheel, lay_bundle

if TYPE_CHECKING:
    from pathlib import Path

    from tests.target.interpreters import Interpreter

pytestmark = only_linux.SIMULATED


def test_every_file_is_recorded_as_it_lies_there(tmp_path: Path, few: Interpreter) -> None:
    """Also the one that two wheels bring, of one size: the RECORD of one of them says something else."""
    made = tmp_path / "made"
    packages = [
        demo_wheel(made),
        make_wheel(made, "helper", "2.5", tag="py2.py3-none-any"),
        make_wheel(made, "first", files={"shared.txt": b"one"}, tag="py2.py3-none-any"),
        make_wheel(made, "second", files={"shared.txt": b"two"}, tag="py2.py3-none-any"),
    ]
    laid = lay_bundle(tmp_path, boot=few, packages=packages)
    ran = bootstrap(laid, "/set:password=secret-words")
    assert ran.code == 0, ran.out + ran.err
    told = {
        name: (size, sha256) for name, size, sha256 in json.loads((laid.release / "release.json").read_text())["files"]
    }
    own = {laid.release / "release.json", laid.release / "spares.zip"}
    there = {
        path.relative_to(laid.release).as_posix(): (len(content), hashlib.sha256(content).hexdigest())
        for path in laid.release.rglob("*")
        if path.is_file() and path.suffix != ".pyc" and path not in own
        for content in [path.read_bytes()]
    }
    assert told == there
    assert any(name.endswith("shared.txt") for name in told)
    assert any(name.startswith("runtime/") for name in told)
