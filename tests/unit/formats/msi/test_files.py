from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bundler.errors import IntegrityError
from bundler.formats.archives.guard import Limits
from bundler.formats.archives.unpacking import unpack
from bundler.formats.msi.installed_files import walk_msi
from tests.support.legacy_msi import make_cabinet
from tests.support.msi import make_python_msi

if TYPE_CHECKING:
    from collections.abc import Callable

NOISE = hashlib.shake_128(b"noise").digest(100_000)
FILES = {
    "python.exe": b"MZ the program",
    "python27.dll": NOISE,
    "Lib/os.py": b"import sys\n" * 9000,
    "Lib/encodings/__init__.py": b"",
    "DLLs/_socket.pyd": b"MZ a module",
}
WINDOWS = (
    ("DLLDIR", "TARGETDIR", "."),
    ("DOC", "TARGETDIR", "DOCS~1|Manual:Doc"),
    ("SystemFolder", "TARGETDIR", "."),
    ("WindowsFolder.98CB24AD_52FB_DB5F", "TARGETDIR", ".:Windows"),
    ("SXS", "WindowsFolder.98CB24AD_52FB_DB5F", "winsxs"),
    ("ProgramMenuFolder", "TARGETDIR", "PMenu"),
    ("OTHER", "", "Elsewhere"),
)


def content_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def taken(msi: Path, folder: Path, **options: Any) -> dict[str, bytes]:
    files = unpack(msi, folder, reader=walk_msi, **options)
    found = content_of(folder)
    assert files == tuple(sorted(found))
    return found


def refused(msi: Path, folder: Path, **options: Any) -> IntegrityError:
    with pytest.raises(IntegrityError) as caught:
        unpack(msi, folder, reader=walk_msi, **options)
    assert not folder.exists()
    assert not list(folder.parent.glob(".unpack-*"))
    assert msi.name in caught.value.message
    return caught.value


def test_every_file_has_its_long_name_and_its_place(tmp_path: Path) -> None:
    assert taken(make_python_msi(tmp_path / "p.msi", FILES), tmp_path / "out") == FILES


def test_folders_that_are_others_and_those_of_windows(tmp_path: Path) -> None:
    """python27.dll is in a folder of its own, which is TARGETDIR's or System32; the C runtime's merge module is Windows' own."""
    more = [
        ("dll", "DLLDIR", "MSVCR90.DLL|msvcr90.dll", b"MZ crt"),
        ("doc", "DOC", "python.chm", b"help"),
        ("system", "SystemFolder", "python27.dll", b"not here"),
        ("sxs", "SXS", "msvcr90.dll", b"not here"),
        ("menu", "ProgramMenuFolder", "idle.lnk", b"not here"),
        ("other", "OTHER", "x.txt", b"not here"),
    ]
    msi = make_python_msi(tmp_path / "p.msi", FILES, folders=WINDOWS, more=more)
    assert taken(msi, tmp_path / "out") == {**FILES, "msvcr90.dll": b"MZ crt", "Manual/python.chm": b"help"}


def test_two_cabinets_one_of_them_stored(tmp_path: Path) -> None:
    keys = {f"F{number}": content for number, content in enumerate(FILES.values())}
    first = {key: keys[key] for key in ("F0", "F1")}
    rest = {key: keys[key] for key in ("F2", "F3", "F4")}
    msi = make_python_msi(
        tmp_path / "p.msi",
        FILES,
        media=[(1, 2, "#one"), (2, 5, "#two")],
        cabinets={"one": make_cabinet(first, method=0), "two": make_cabinet(rest, checksum=False)},
    )
    assert taken(msi, tmp_path / "out") == FILES


def test_what_a_merge_module_brought_is_passed_over(tmp_path: Path) -> None:
    """The real MSI has the C runtime's assembly in cabinets of their own, packed as Microsoft likes."""
    merged = "msvcr90.dll.98CB24AD_52FB_DB5F_FF1F_C8B3B9A1E18E"
    keys = {f"F{number}": content for number, content in enumerate(FILES.values())}
    msi = make_python_msi(
        tmp_path / "p.msi",
        FILES,
        more=[(merged, "TARGETDIR", "msvcr90.dll", b"x")],
        media=[(1, 5, "#python"), (2, 6, "#merged5")],
        cabinets={"python": make_cabinet(keys), "merged5": make_cabinet({merged: b"x"}, method=2)},
    )
    assert taken(msi, tmp_path / "out") == FILES


def test_one_file_of_two_components_is_taken_once(tmp_path: Path) -> None:
    twice = [("again", "DLLDIR", "python.exe", FILES["python.exe"])]
    msi = make_python_msi(tmp_path / "p.msi", FILES, folders=WINDOWS, more=twice)
    assert taken(msi, tmp_path / "out") == FILES
    other = [("again", "DLLDIR", "Python.exe", b"another one")]
    msi = make_python_msi(tmp_path / "q.msi", FILES, folders=WINDOWS, more=other)
    assert refused(msi, tmp_path / "other").reference == "archive-duplicate"


@pytest.mark.parametrize(
    "name", ["..", "../x", "..\\x", "C:\\x", "/x", "\\\\host\\x", "nul.txt", "COM1", "a\0b", "x.", "a:b", "x" * 256]
)
def test_a_name_that_leads_elsewhere(name: str, tmp_path: Path) -> None:
    msi = make_python_msi(tmp_path / "p.msi", FILES, more=[("evil", "TARGETDIR", f"SHORT|{name}", b"x")])
    assert refused(msi, tmp_path / "out").reference == "archive-unsafe"
    msi = make_python_msi(
        tmp_path / "q.msi",
        FILES,
        folders=[("EVIL", "TARGETDIR", name.partition(":")[0] or "..")],
        more=[("evil", "EVIL", "..", b"x")],
    )
    assert refused(msi, tmp_path / "out").reference == "archive-unsafe"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"folders": [("A", "B", "a"), ("B", "A", "b")], "more": [("f", "A", "f", b"")]}, "circle"),
        ({"more": [("f", "NOWHERE", "f", b"")]}, "NOWHERE"),
        ({"media": [(1, 5, "#missing.cab")]}, "missing.cab"),
        ({"media": [(number + 1, 5, "#python.cab") for number in range(1001)]}, "more than 1000 media"),
        ({"cabinets": {"python.cab": make_cabinet({"F0": b"x"})}}, "lack"),
        ({"cabinets": {"python.cab": b"MSCF"}}, ""),
        (
            {"cabinets": {"python.cab": make_cabinet({f"F{i}": x for i, x in enumerate(FILES.values())}, method=2)}},
            "method 2",
        ),
        ({"cabinets": {"python.cab": make_cabinet({"F0": NOISE})[:-9]}}, "truncated"),
    ],
)
def test_what_does_not_fit_together(options: dict[str, Any], said: str, tmp_path: Path) -> None:
    error = refused(make_python_msi(tmp_path / "p.msi", FILES, **options), tmp_path / "out")
    assert error.reference in ("installer-malformed", "archive-unreadable")
    assert said in error.message


def test_files_that_lie_beside_it(tmp_path: Path) -> None:
    for cabinet in ("python.cab", ""):
        msi = make_python_msi(tmp_path / "p.msi", FILES, media=[(1, 5, cabinet)])
        error = refused(msi, tmp_path / "out")
        assert error.reference == "archive-unreadable"
        assert "beside" in error.message


def test_it_grows_no_further_than_it_may(tmp_path: Path) -> None:
    msi = make_python_msi(tmp_path / "p.msi", {"zeros": bytes(1 << 20)})
    assert refused(msi, tmp_path / "out", limits=Limits(size=1 << 19, small=0)).reference == "archive-bomb"
    assert refused(msi, tmp_path / "out", limits=Limits(ratio=10, small=0)).reference == "archive-bomb"
    msi = make_python_msi(tmp_path / "q.msi", {f"{number}": b"" for number in range(50)})
    assert refused(msi, tmp_path / "out", limits=Limits(entries=49)).reference == "archive-bomb"


def test_no_msi(tmp_path: Path) -> None:
    msi = tmp_path / "p.msi"
    msi.write_bytes(b"PK\3\4 and so on")
    assert refused(msi, tmp_path / "out").reference in ("installer-malformed", "archive-unreadable")


@pytest.fixture(scope="module")
def damaged(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Callable[[bytearray], None]], None]:
    """Unpacks an MSI that something was done to: it works or it is refused, and nothing else happens."""
    folder = tmp_path_factory.mktemp("damaged")
    small = {**FILES, "python27.dll": NOISE[:3000], "Lib/os.py": b"import sys\n"}
    whole = make_python_msi(
        folder / "whole.msi", small, folders=WINDOWS, more=[("x", "DLLDIR", "x", b"x")]
    ).read_bytes()

    def run(change: Callable[[bytearray], None]) -> None:
        content = bytearray(whole)
        change(content)
        with tempfile.TemporaryDirectory(dir=folder) as name:
            msi, out = Path(name, "p.msi"), Path(name, "out")
            msi.write_bytes(content)
            try:
                unpack(msi, out, reader=walk_msi)
            except IntegrityError:
                assert [each.name for each in Path(name).iterdir()] == ["p.msi"]

    return run


@given(changes=st.lists(st.tuples(st.integers(0, 1 << 14), st.integers(0, 255)), min_size=1, max_size=6))
def test_changed_bytes(damaged: Callable[[Callable[[bytearray], None]], None], changes: list[tuple[int, int]]) -> None:
    def change(content: bytearray) -> None:
        for place, value in changes:
            content[place % len(content)] = value

    damaged(change)


@given(length=st.integers(0, 1 << 14))
def test_cut_short(damaged: Callable[[Callable[[bytearray], None]], None], length: int) -> None:
    def change(content: bytearray) -> None:
        del content[length:]

    damaged(change)
