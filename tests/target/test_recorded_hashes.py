"""release.json has the hashes of what lies on the disk: those known from writing aren't taken again, and a wheel's word for a file that it
doesn't have isn't taken at all.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import zipfile
from typing import TYPE_CHECKING

from tests.support import only_linux
from tests.support.packages import make_wheel
from tests.target.bundles import Laid, demo_wheel, lay_bundle
from tests.target.interpreters import Interpreter, running
from tests.target.test_modes import PASSWORD, did

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = only_linux.SIMULATED
POINTS = {"console_scripts": {"demo": "demo:main"}}


def recorded(laid: Laid) -> dict[str, tuple[int, str]]:
    table = json.loads((laid.release / "release.json").read_bytes())
    return {path: (size, sha256) for path, size, sha256 in table["files"]}


def on_disk(laid: Laid) -> dict[str, tuple[int, str]]:
    found = {}
    for path in recorded(laid):
        content = (laid.release / path).read_bytes()
        found[path] = (len(content), hashlib.sha256(content).hexdigest())
    return found


def test_they_are_those_of_the_disk(tmp_path: Path, few: Interpreter) -> None:
    made = tmp_path / "made"
    script = {"demo-1.0.data/scripts/hello": "#!python\nprint('hello')\n"}
    files = {"demo.py": "x = 1\n", **script}
    demo = make_wheel(made, "demo", "1.0", tag="py2.py3-none-any", files=files, entry_points=POINTS)
    laid = lay_bundle(tmp_path, boot=few, packages=[demo, make_wheel(made, "helper", "2.5", tag="py2.py3-none-any")])
    did(laid, PASSWORD)
    found = recorded(laid)
    assert {"bin/hello", "runtime/python.exe", "etc/settings.ini"} <= set(found)
    assert found == on_disk(laid)
    assert "as they were installed" in did(laid, "/verify").out


def test_what_is_known_is_not_read_again(tmp_path: Path) -> None:
    opened = []
    for number, count in enumerate((10, 300)):
        root = tmp_path / str(number)
        root.mkdir()
        files = {"demo.py": "x = 1\n", **{f"demo_parts/m{each}.py": "x = 1\n" for each in range(count)}}
        demo = make_wheel(root / "made", "demo", "1.0", tag="py2.py3-none-any", files=files, entry_points=POINTS)
        helper = make_wheel(root / "made", "helper", "2.5", tag="py2.py3-none-any")
        laid = lay_bundle(root, packages=[demo, helper])
        did(laid, PASSWORD, calls=str(root / "calls"))
        opened.append(json.loads((root / "calls").read_bytes())["open"])
        assert recorded(laid) == on_disk(laid)
    assert opened[0] == opened[1]


def test_a_wheel_says_nothing_of_files_that_it_does_not_have(tmp_path: Path) -> None:
    made = tmp_path / "made"
    demo = demo_wheel(made)
    wrong = "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(b"other").digest()).decode().rstrip("=")
    with zipfile.ZipFile(demo) as archive:
        entries = [(each, archive.read(each)) for each in archive.infolist()]
    with zipfile.ZipFile(demo, "w") as archive:
        for info, content in entries:
            if info.filename.endswith("/RECORD"):
                rows = io.StringIO(content.decode(), newline="")
                more = [["../../../pyvenv.cfg", wrong, "15"], ["../../../etc/data.txt", wrong, "6"]]
                text = io.StringIO(newline="")
                csv.writer(text, lineterminator="\n").writerows([*csv.reader(rows), *more])
                content = text.getvalue().encode()  # noqa: PLW2901 - the one that is written
            archive.writestr(info, content)
    place = {"files/data.txt": ("first\n", "{release}\\etc\\data.txt", False)}
    helper = make_wheel(made, "helper", "2.5", tag="py2.py3-none-any")
    laid = lay_bundle(tmp_path, boot=running(), packages=[demo, helper], files=place)
    did(laid, PASSWORD)
    assert (laid.release / "pyvenv.cfg").stat().st_size == 15
    assert recorded(laid) == on_disk(laid)
    assert "as they were installed" in did(laid, "/verify").out
