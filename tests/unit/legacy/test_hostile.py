"""Bytes changed, cut, put in and taken out: every answer is a right wheel or an error of ours, in bounded memory."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bundler.errors import BundleError
from bundler.legacy import convert_installer, identify
from tests.support.cases import cases
from tests.support.legacy import extension, make_egg, make_wininst
from tests.support.legacy_msi import make_bdist_msi

_EDITS = st.lists(
    st.tuples(
        st.sampled_from(("set", "cut", "insert", "copy", "number")),
        st.floats(0, 1),
        st.one_of(
            st.binary(min_size=1, max_size=8), st.sampled_from((b"\xff\xff\xff\xff", b"\0\0\0\0", b"PK\3\4", b"PK\1\2"))
        ),
    ),
    min_size=1,
    max_size=6,
)


def edited(data: bytes, edits: list[tuple[str, float, bytes]]) -> bytes:
    for how, where, what in edits:
        at = int(where * max(len(data) - 1, 0))
        if how == "set":
            data = data[:at] + what + data[at + len(what) :]
        elif how == "cut":
            data = data[:at]
        elif how == "insert":
            data = data[:at] + what + data[at:]
        elif how == "copy":
            data = data[:at] + data[at : at + 64 * len(what)] + data[at:]
        else:
            aligned = at // 4 * 4
            data = data[:aligned] + what[:4].ljust(4, b"\0") + data[aligned + 4 :]
    return data


def survives(data: bytes, name: str) -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        file = folder / name
        file.write_bytes(data)
        identify(file)
        try:
            found = convert_installer(file, folder=folder / "out", epoch=0)
        except BundleError:
            assert not (folder / "out").exists() or not list((folder / "out").iterdir())
        else:
            assert found.wheel.parent == folder / "out"
    finally:
        shutil.rmtree(folder)


def _made(maker: object, name: str, files: dict[str, bytes], **options: object) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path: Path = maker(Path(folder) / name, files, **options)  # type: ignore[operator]
        return path.read_bytes()


WININST = _made(
    make_wininst,
    "a.exe",
    {"PLATLIB/foo.pyd": extension(), "PLATLIB/foo.py": b"print 1", "SCRIPTS/run.py": b"#!python\n"},
    install_script="run.py",
    egg_info="PLATLIB/Foo.Bar-1.0-py2.7.egg-info",
)
EGG = _made(
    make_egg,
    "a.egg",
    {
        "EGG-INFO/requires.txt": b"a\n[b]\nc",
        "EGG-INFO/entry_points.txt": b"[console_scripts]\na=b:c",
        "foo.py": b"x",
        "a/b.pyd": extension(),
    },
)
MSI = _made(make_bdist_msi, "a.msi", {"Lib/site-packages/foo.py": b"x" * 5000, "Scripts/run.py": b"#!python\n"})

slow = settings(max_examples=cases(150), deadline=None, suppress_health_check=[HealthCheck.too_slow])


@slow
@given(_EDITS)
def test_a_wininst_changed_anywhere(edits: list[tuple[str, float, bytes]]) -> None:
    survives(edited(WININST, edits), "a.exe")


@slow
@given(_EDITS)
def test_an_egg_changed_anywhere(edits: list[tuple[str, float, bytes]]) -> None:
    survives(edited(EGG, edits), "a-1.0-py2.7.egg")


@slow
@given(_EDITS)
def test_an_msi_changed_anywhere(edits: list[tuple[str, float, bytes]]) -> None:
    survives(edited(MSI, edits), "a.msi")


@slow
@given(st.binary(max_size=400), st.sampled_from((WININST[:600], EGG[:40], MSI[:512], b"MZ", b"PK\3\4", b"")))
def test_any_bytes_behind_a_right_beginning(rest: bytes, beginning: bytes) -> None:
    survives(beginning + rest, "a.bin")
