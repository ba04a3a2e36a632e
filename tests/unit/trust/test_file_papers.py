"""What is read of files once, and remembered by their hash."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest

from bundler.errors import IntegrityError
from bundler.model.artifact import StoredFile
from bundler.trust.file_papers import sha512_of, tree_programs, wheel_papers
from tests.support.bundles import make_boot, wheel_file
from tests.support.packages import make_wheel
from tests.support.programs import make_program
from tests.support.shelf import MemoryCache
from tests.support.wheels import OWN_BILL

if TYPE_CHECKING:
    from pathlib import Path


def test_a_sha512_is_made_once(tmp_path: Path) -> None:
    path, cache = tmp_path / "file", MemoryCache()
    path.write_bytes(b"content")
    file = StoredFile.of(path)
    wanted = hashlib.sha512(b"content").hexdigest()
    assert sha512_of(file, cache) == wanted
    path.unlink()
    assert sha512_of(file, cache) == wanted


@pytest.mark.parametrize("content", [b"other", None])
def test_a_file_that_is_another_by_now(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"content")
    file = StoredFile.of(path)
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(IntegrityError) as caught:
        sha512_of(file, MemoryCache())
    assert caught.value.reference == "source-changed"


def test_papers_of_a_wheel_are_made_once(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "a/a.dll": make_program(dll=True, version=(1, 2, 3, 4), product="A\0\tB"),
        "a/b.dll": b"no program",
        "a/c.dll": b"",
        "a-1.0.dist-info/sboms/a.json": OWN_BILL,
        "a-1.0.dist-info/sboms/b.json": b"\xff",
        "a-1.0.dist-info/sboms/c.json": "{" * 5000,
    }
    wheel, cache = wheel_file(make_wheel(tmp_path, "a", files=files)), MemoryCache()
    found = wheel_papers(wheel, cache)
    assert [(each.path, each.version) for each in found.programs] == [("a/a.dll", "1.2.3.4"), ("a/b.dll", "")]
    assert "\0" not in found.programs[0].product
    assert [each.name for each in found.components] == ["openssl-sys", "inner", "[2Jodd"]
    assert [each.partition(":")[0] for each in found.unread] == ["b.json", "c.json"]
    wheel.file.path.unlink()
    assert wheel_papers(wheel, cache) == found


def test_a_wheel_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "a-1.0-py3-none-any.whl"
    path.write_bytes(b"no zip")
    with pytest.raises(IntegrityError, match="is not a valid wheel"):
        wheel_papers(wheel_file(path), MemoryCache())


def test_programs_of_a_python(tmp_path: Path) -> None:
    tree = make_boot(
        tmp_path,
        {"python.exe": make_program(), "DLLs/libssl.dll": make_program(dll=True), "x.pyd": make_program(dll=True)},
    )
    cache = MemoryCache()
    found = tree_programs(tree, cache)
    assert sorted(each.path for each in found) == ["DLLs/libssl.dll", "python.exe"]
    assert found[0].sha256 in {each.sha256 for each in tree.files}
    tree.content.path.unlink()
    assert tree_programs(tree, cache) == found


def test_the_same_bytes_cut_otherwise_are_another_python(tmp_path: Path) -> None:
    """A stranger's archive, or the Python of a stranger's bundle that is reproduced, may consist of the same bytes under other names."""
    cache, dll = MemoryCache(), make_program(dll=True)
    strange = make_boot(tmp_path / "a", {"DLLs/libcrypto-3.dat": dll, "python.exe": make_program()})
    true = make_boot(tmp_path / "b", {"DLLs/libcrypto-3.dll": dll, "python.exe": make_program()})
    assert strange.content.sha256 == true.content.sha256
    assert [each.path for each in tree_programs(strange, cache)] == ["python.exe"]
    assert [each.path for each in tree_programs(true, cache)] == ["DLLs/libcrypto-3.dll", "python.exe"]


def test_too_many_components(tmp_path: Path) -> None:
    deep: dict[str, object] = {"name": "x"}
    for _ in range(30):
        deep = {"name": "x", "components": [deep]}
    wide = [{"name": f"x{number}"} for number in range(6000)]
    for number, components in enumerate(([deep], wide)):
        text = json.dumps({"bomFormat": "CycloneDX", "components": components})
        made = wheel_file(make_wheel(tmp_path / str(number), "a", files={"a-1.0.dist-info/sboms/a.json": text}))
        found = wheel_papers(made, MemoryCache())
        assert not found.components
        assert len(found.unread) == 1
