from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from bundler.fetch import Store
from bundler.model.artifact import Tree
from bundler.runtime.tree_content import Gathered, keep, spread, spread_out
from tests.support.trees import content_of

if TYPE_CHECKING:
    from pathlib import Path

FILES = {"python.exe": b"MZ" * 900_000, "Lib/os.py": b"import sys\n", "Lib/empty.py": b"", "LICENSE.txt": b"PSF"}


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    stream = io.BytesIO()
    gathered = Gathered(stream)
    for path, data in {**FILES, "Doc/python.chm": b"not wanted"}.items():
        sink = gathered.visit(path)
        for start in range(0, len(data), 300_000):
            sink.write(data[start : start + 300_000])
        sink.close()
    places = {path: gathered.places[path] for path in FILES}
    content, files = keep(stream, places, Store(tmp_path / "store"))
    return Tree(content=content, python="python.exe", files=tuple(files))


def test_one_file_of_the_store_holds_them_all(tree: Tree, tmp_path: Path) -> None:
    assert tree.paths == tuple(sorted(FILES))
    assert content_of(tree) == FILES
    assert tree.installed_size == sum(map(len, FILES.values()))
    assert Store(tmp_path / "store").get(tree.content.sha256, tree.content.size) == tree.content


def test_laid_out_where_programs_must_lie_in_folders(tree: Tree, tmp_path: Path) -> None:
    spread(tree, tmp_path / "out")
    assert {path: (tmp_path / "out" / path).read_bytes() for path in FILES} == FILES
    with spread_out(tree, ["python.exe"], tmp_path / "work") as folder:
        assert [each.name for each in folder.rglob("*")] == ["python.exe"]
        assert (folder / "python.exe").read_bytes() == FILES["python.exe"]
    assert not folder.exists()


def test_a_reader_that_hands_out_two_at_once() -> None:
    gathered = Gathered(io.BytesIO())
    one, two = gathered.visit("one"), gathered.visit("two")
    one.write(b"1")
    two.write(b"2")
    with pytest.raises(ValueError, match="one is not in one piece"):
        one.close()


def test_a_file_that_was_cut(tmp_path: Path) -> None:
    with pytest.raises(EOFError, match=r"python\.exe"):
        keep(io.BytesIO(b"MZ"), {"python.exe": (0, 3)}, Store(tmp_path / "store"))
    assert not list((tmp_path / "store" / "temp").iterdir())
