from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bundler.target.errors import BAD_ARGUMENTS, InstallError
from bundler.target.state.site_toml import read_site_toml
from tests.support.cases import cases

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """\
# of this server
port = "8080"   # a comment
dsn='DRIVER={SQL Server};SERVER=a#b'
count = 1_000
less = -3
on = true

"quoted" = "a\\tb \\u00e9 \\"c\\" \\\\ \\U0001F40D"
empty = ""
"""


def test_it_reads_what_toml_reads(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_bytes(GOOD.encode("utf-8-sig").replace(b"\n", b"\r\n"))
    expected = {name: str(value) if value is not True else "true" for name, value in tomllib.loads(GOOD).items()}
    assert read_site_toml(str(path)) == expected


@given(st.dictionaries(st.from_regex(r"[A-Za-z_][A-Za-z0-9_]*", fullmatch=True), st.text(), max_size=4))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=cases(50))
def test_any_text_survives(tmp_path: Path, values: dict[str, str]) -> None:
    def quoted(text: str) -> str:
        return "".join(
            each if each.isalnum() and each.isascii() else f"\\U{ord(each):08x}" for each in text.replace("\ud800", "")
        )

    alike = {name.lower(): (name, value) for name, value in values.items()}  # case doesn't count in names
    values = {name: value.encode("utf-8", "ignore").decode() for name, value in alike.values()}
    path = tmp_path / "site.toml"
    path.write_text("".join(f'{name} = "{quoted(value)}"\n' for name, value in values.items()), "utf-8")
    assert read_site_toml(str(path)) == values


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("[site]", "tables are not known here"),
        ("port 8080", "write lines such as"),
        ("port = 8080 90", "something after the value of port"),
        ('port = "80', "a value is"),
        ("port = 08", "a value is"),
        ("port = 1.5", "a value is"),
        ("port = [1]", "a value is"),
        ('port = """x"""', "one line long"),
        ('path = "C:\\Users"', "goes into '...'"),
        ('a.b = "x"', "write lines such as"),
        ('first = "again"', "duplicate name: first"),
        ('port = "\\U00110000"', "\\U00110000 is no letter"),
    ],
)
def test_a_fault_names_its_line(tmp_path: Path, line: str, words: str) -> None:
    path = tmp_path / "site.toml"
    path.write_text(f'first = "1"\n\n{line}\nlast = nothing\n', "utf-8")
    with pytest.raises(InstallError) as caught:
        read_site_toml(str(path))
    assert caught.value.code == BAD_ARGUMENTS
    assert str(path) in caught.value.message
    assert [each.partition(":")[0] for each in caught.value.details] == ["- line 3", "- line 4"]
    assert words in caught.value.details[0]


def test_a_file_without_end_and_faults_without_end(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_bytes(b"x\n" * 200_000)
    with pytest.raises(InstallError) as caught:
        read_site_toml(str(path))
    assert caught.value.details[19:] == ('- line 20: write lines such as port = "8080"', "- and 199980 more")
    path.write_bytes(b"\n" * (1 << 20) + b"\n")
    with pytest.raises(InstallError, match="is larger than 1048576 bytes"):
        read_site_toml(str(path))


def test_other_encodings_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_bytes("a = 'x'\nb = 'é'\n".encode("cp1252"))
    with pytest.raises(InstallError, match="line 2: is not UTF-8"):
        read_site_toml(str(path))
