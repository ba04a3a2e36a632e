"""The one form of wheels that are made here: our reader reads it, and the same entries give the same bytes."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from bundler.formats.wheel_reader import open_wheel
from bundler.formats.wheel_writer import WheelEntry, wheel_text, with_tags, write_wheel
from tests.support.packages import metadata

if TYPE_CHECKING:
    from pathlib import Path

FILES = {
    "demo.py": b"VALUE = 1\n",
    "demo-1.0.data/scripts/run": b"#!python\n",
    "demo-1.0.dist-info/METADATA": metadata().encode(),
    "demo-1.0.dist-info/WHEEL": wheel_text(["py2-none-any", "py3-none-any"], pure=True),
}


def written(folder: Path, *, reverse: bool = False) -> Path:
    entries = [
        WheelEntry(name=name, size=len(content), open=lambda content=content: io.BytesIO(content))  # type: ignore[misc]
        for name, content in sorted(FILES.items(), reverse=reverse)
    ]
    return write_wheel(folder / "demo-1.0-py2.py3-none-any.whl", "demo-1.0.dist-info", entries, epoch=0)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    with open_wheel(written(tmp_path)) as wheel:
        assert [each.filename for each in wheel.members][-3:] == [
            f"demo-1.0.dist-info/{each}" for each in ("METADATA", "WHEEL", "RECORD")
        ]
        assert wheel.fields().tags == {"py2-none-any", "py3-none-any"}
        assert wheel.record().keys() == {*FILES, "demo-1.0.dist-info/RECORD"}
        assert wheel.metadata().name == "demo"


def test_the_order_of_the_entries_does_not_matter(tmp_path: Path) -> None:
    one, other = written(tmp_path / "a"), written(tmp_path / "b", reverse=True)
    assert one.read_bytes() == other.read_bytes()
    assert [each.name for each in one.parent.iterdir()] == [one.name]


def test_other_tags() -> None:
    content = wheel_text(["py3-none-any"], pure=False)
    assert with_tags(content, ["py27-none-any"]) == wheel_text(["py27-none-any"], pure=False)


def test_the_longest_name(tmp_path: Path) -> None:
    name = f"{'a' * 234}-1.0-py3-none-any.whl"
    assert write_wheel(tmp_path / name, "a-1.0.dist-info", [], epoch=0).name == name
