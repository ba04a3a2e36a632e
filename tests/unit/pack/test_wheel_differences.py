from __future__ import annotations

from typing import TYPE_CHECKING

from bundler.pack.wheel_differences import wheel_differences
from tests.support.forged import forged
from tests.support.packages import make_wheel

if TYPE_CHECKING:
    from pathlib import Path

NAME = "demo-1.0-py3-none-any.whl"


def wheel(folder: Path, files: dict[str, str]) -> Path:
    return make_wheel(folder, "demo", "1.0", files=dict(files))


def test_the_files_that_differ_are_named(tmp_path: Path) -> None:
    before = wheel(tmp_path / "a", {"demo/x.py": "1", "demo/y.py": "1", "demo/z.py": "1"})
    after = wheel(tmp_path / "b", {"demo/x.py": "2", "demo/y.py": "1", "demo/w.py": "1"})
    assert wheel_differences(before, after, NAME) == (
        "demo-1.0.dist-info/RECORD differs",
        "demo/w.py is only in what was made here",
        "demo/x.py differs",
        "demo/z.py is missing in what was made here",
    )


def test_many_are_counted(tmp_path: Path) -> None:
    before = wheel(tmp_path / "a", {f"demo/{number}.py": "1" for number in range(50)})
    after = wheel(tmp_path / "b", {f"demo/{number}.py": "2" for number in range(50)})
    found = wheel_differences(before, after, NAME)
    assert (len(found), found[-1]) == (21, "and 31 more")


def test_a_file_that_only_looks_the_same(tmp_path: Path) -> None:
    good = b"VALUE = 1\n" * 3
    before = make_wheel(tmp_path / "a", "demo", "1.0", files={"demo/x.py": good})
    after = make_wheel(tmp_path / "b", "demo", "1.0", files={"demo/x.py": forged(b"VALUE = 2\n#", good)})
    assert "demo/x.py differs" in wheel_differences(before, after, NAME)


def test_the_same_files_otherwise_packed(tmp_path: Path) -> None:
    path = wheel(tmp_path / "a", {"demo/x.py": "1"})
    assert "order" in wheel_differences(path, path, NAME)[0]


def test_what_is_no_wheel_is_said(tmp_path: Path) -> None:
    path = wheel(tmp_path / "a", {"demo/x.py": "1"})
    (tmp_path / "broken").write_bytes(b"PK nonsense")
    assert "can't be compared" in wheel_differences(path, tmp_path / "broken", NAME)[0]
