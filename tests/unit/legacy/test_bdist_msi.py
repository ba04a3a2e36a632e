from __future__ import annotations

import hashlib
import struct
from typing import TYPE_CHECKING

import pytest

from bundler.formats.msi.cabinet import Cabinet
from bundler.formats.msi.database import unpacked_name
from bundler.legacy import Kind, identify
from tests.support.legacy import extension
from tests.support.legacy_msi import make_bdist_msi, make_cabinet
from tests.support.programs import make_msi
from tests.unit.legacy.looking import converted, refused

if TYPE_CHECKING:
    from pathlib import Path

BIG = (
    b"".join(hashlib.sha256(bytes([i % 256, i // 256])).digest() for i in range(1600)) * 2
)  # refers back over the border of a block
FILES = {
    "Lib/site-packages/foo/__init__.py": b"x = 1\n",
    "Lib/site-packages/foo/big.bin": BIG,
    "Lib/site-packages/foo/a rather long name.txt": b"",
    "Scripts/run.py": b"#!C:\\Python27\\python.exe\r\nprint 1\r\n",
    "Include/Foo.Bar/foo.h": b"int foo;",
    "share/doc/readme.txt": b"read",
}


def test_every_file_has_its_place(tmp_path: Path) -> None:
    file = make_bdist_msi(tmp_path / "a.msi", {**FILES, "Lib/site-packages/foo/_c.pyd": extension()})
    seen = converted(file)
    data = "Foo.Bar-1.0.data"
    assert seen.converted.wheel.name == "Foo.Bar-1.0-cp27-cp27m-win32.whl"
    assert seen.installed == {
        "foo/__init__.py": b"x = 1\n",
        "foo/big.bin": BIG,
        "foo/a rather long name.txt": b"",
        "foo/_c.pyd": extension(),
        f"{data}/scripts/run.py": b"#!python\r\nprint 1\r\n",
        f"{data}/headers/foo.h": b"int foo;",
        f"{data}/data/share/doc/readme.txt": b"read",
    }


def test_a_pure_one_for_one_python(tmp_path: Path) -> None:
    assert converted(make_bdist_msi(tmp_path / "a.msi", FILES)).converted.tag == "cp27-none-any"


def test_a_pure_one_for_any_python(tmp_path: Path) -> None:
    files = {"Lib/site-packages/foo.py": b"print 1\n"}
    pythons = ("2.6", "2.7", "3.1", "3.2")
    assert converted(make_bdist_msi(tmp_path / "a.msi", files, pythons=pythons)).converted.tag == "py2-none-any"


def test_a_post_install_script(tmp_path: Path) -> None:
    seen = converted(make_bdist_msi(tmp_path / "a.msi", FILES, install_script="run.py"))
    assert seen.converted.post_install == "run.py"
    assert any("run.py -install" in each for each in seen.warnings)


def test_the_platform_of_the_summary_and_of_the_extension(tmp_path: Path) -> None:
    files = {"Lib/site-packages/foo.pyd": extension("2.7", "win_amd64")}
    right = make_bdist_msi(tmp_path / "a.msi", files, template="x64;1033")
    assert converted(right).converted.tag == "cp27-cp27m-win_amd64"


@pytest.mark.parametrize("template", ["Intel;1033", ";1033", "Arm64;1033"])
def test_machine_code_outweighs_the_summary(tmp_path: Path, template: str) -> None:
    """msilib writes the summary by the Python that runs it: a 32-bit one made packages for 64 bits."""
    files = {f"Lib/site-packages/foo{i}.pyd": extension("2.7", "win_amd64") for i in (1, 2)}
    seen = converted(make_bdist_msi(tmp_path / "foo-1.0.win-amd64-py2.7.msi", files, template=template))
    assert seen.converted.tag == "cp27-cp27m-win_amd64"
    assert "which outweighs" in " ".join(seen.converted.why)
    assert seen.warnings == ()


def test_a_summary_that_something_else_agrees_with_is_heard(tmp_path: Path) -> None:
    wide, narrow = extension("2.7", "win_amd64"), extension("2.7", "win32")
    one = {"Lib/site-packages/foo.pyd": wide}
    assert refused(make_bdist_msi(tmp_path / "foo-1.0.win32-py2.7.msi", one)).reference == "legacy-disagrees"
    two = {"Lib/site-packages/foo.pyd": wide, "Lib/site-packages/bar.pyd": narrow}
    assert refused(make_bdist_msi(tmp_path / "a.msi", two)).reference == "legacy-disagrees"


def test_what_the_configuration_says_where_there_is_no_egg_info(tmp_path: Path) -> None:
    seen = converted(make_bdist_msi(tmp_path / "a.msi", FILES, egg_info=False))
    assert (seen.converted.name, seen.converted.version) == ("Foo.Bar", "1.0")


def test_others_of_msilib_are_no_bdist_msi(tmp_path: Path) -> None:
    assert identify(make_bdist_msi(tmp_path / "a.msi", FILES, media="#python")) is Kind.MSI
    other = tmp_path / "b.msi"
    other.write_bytes(make_msi())
    assert identify(other) is Kind.OLE
    error = refused(make_bdist_msi(tmp_path / "c.msi", FILES, media="#python"))
    assert (error.reference, "[target.runtime]" in error.hint) == ("installer-other-kind", True)
    assert '[[prerequisite]] with kind = "msi"' in error.hint


def test_a_code_page_that_nobody_knows(tmp_path: Path) -> None:
    file = make_bdist_msi(tmp_path / "a.msi", FILES, egg_info=False)
    pool = struct.pack("<HH", 1252, 0)
    data = file.read_bytes()
    assert data.count(pool) == 1
    file.write_bytes(data.replace(pool, struct.pack("<HH", 1044, 0)))
    assert converted(file).converted.name == "Foo.Bar"


@pytest.mark.parametrize(("offset", "kind"), [(44, "<I"), (64, "<I"), (72, "<I"), (30, "<H")])
def test_a_header_that_tells_of_more_than_there_is(tmp_path: Path, offset: int, kind: str) -> None:
    """Reading believes these counts: memory would be taken before the first sector is missed."""
    file = make_bdist_msi(tmp_path / "a.msi", FILES)
    data = bytearray(file.read_bytes())
    struct.pack_into(kind, data, offset, 0x7FFF if kind == "<H" else 0x00FFFFFF)
    file.write_bytes(data)
    assert identify(file) is Kind.DAMAGED
    assert refused(file).reference == "installer-malformed"


def test_folders_in_a_circle(tmp_path: Path) -> None:
    error = refused(make_bdist_msi(tmp_path / "a.msi", FILES, circle=True))
    assert error.reference == "installer-malformed"


@pytest.mark.parametrize("path", ["Lib/site-packages/../../evil.py", "Lib/site-packages/nul.txt", "Scripts/C:evil.py"])
def test_names_that_lead_out(tmp_path: Path, path: str) -> None:
    assert refused(make_bdist_msi(tmp_path / "a.msi", {**FILES, path: b"x"})).reference == "archive-unsafe"


def test_a_cabinet_that_lacks_a_file_or_has_one_too_many(tmp_path: Path) -> None:
    files = {"Lib/site-packages/foo.py": b"x"}
    lacking = make_cabinet({"file1": b"x"})
    assert refused(make_bdist_msi(tmp_path / "a.msi", files, cabinet=lacking)).reference == "installer-malformed"
    more = make_cabinet({"file1": b"x", "file2": b"y", "file3": b"z"})
    assert refused(make_bdist_msi(tmp_path / "b.msi", files, cabinet=more)).reference == "archive-unsafe"


def test_a_bomb(tmp_path: Path) -> None:
    cabinet = make_cabinet({"file1": bytes(80 << 20), "file2": b""})
    file = make_bdist_msi(tmp_path / "a.msi", {"Lib/site-packages/foo.py": b"x"}, cabinet=cabinet)
    assert refused(file).reference == "archive-bomb"


def unpacked(cabinet: bytes) -> dict[str, bytes]:
    found: dict[str, bytes] = {}

    class Sink:
        def __init__(self, name: str) -> None:
            self.name = name
            found[name] = b""

        def write(self, data: bytes, /) -> None:
            found[self.name] += data

        def close(self) -> None:
            pass

    Cabinet(cabinet).extract(lambda file: Sink(file.name))
    return found


@pytest.mark.parametrize("method", [0, 1])
@pytest.mark.parametrize("checksum", [True, False])
def test_cabinets_stored_and_packed(method: int, *, checksum: bool) -> None:
    files = {"a": b"", "b": BIG, "c": b"x", "d": bytes(70_001)}
    assert unpacked(make_cabinet(files, method=method, checksum=checksum)) == files


def broken(offset: int, kind: str, value: int) -> bytes:
    data = bytearray(make_cabinet({"a": b"x" * 100, "b": b"y"}))
    struct.pack_into(kind, data, offset, value)
    return bytes(data)


@pytest.mark.parametrize(
    "cabinet",
    [
        b"MSCF",
        make_cabinet({"a": b"x" * 100})[:-1],
        make_cabinet({"a": b"x"}, method=3),
        broken(0, "<I", 0),
        broken(30, "<H", 1),  # goes on in another file
        broken(44 + 4, "<I", 5),  # the first file begins too late
        broken(44, "<I", 5000),  # the first file is longer than the folder
        broken(44 + 8, "<H", 7),  # in a folder that isn't there
        broken(44 + 18 + 18 + 0, "<I", 1),  # another checksum
        broken(44 + 18 + 18 + 6, "<H", 0),
        broken(44 + 18 + 18 + 6, "<H", 50),
        broken(44 + 18 + 18 + 4, "<H", 60000),
    ],
)
def test_false_cabinets(cabinet: bytes) -> None:
    with pytest.raises((ValueError, struct.error)):
        unpacked(cabinet)


def test_names_of_streams() -> None:
    assert unpacked_name("\u4840\u3f3f\u4577\u446c\u3b6a\u45e4\u4824") == "!_StringData"
    assert unpacked_name("\x05SummaryInformation") == "\x05SummaryInformation"
