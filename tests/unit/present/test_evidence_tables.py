"""Tables for spreadsheets: read back by any reader of CSV, and no cell is a formula."""

from __future__ import annotations

import csv
import io

from bundler.model.manifest import Member
from bundler.pack.inspection import PackageLine
from bundler.present.evidence_tables import hashes_table, licences_table
from tests.support.rehearsals import HOSTILE


def line(licence: str, *texts: str) -> PackageLine:
    return PackageLine(
        name="alpha",
        version="1.0",
        license=licence,
        size=1,
        packed=1,
        origin="",
        made_from=None,
        requested=True,
        sha256="",
        startup=(),
        license_files=texts,
    )


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


def test_each_file_has_its_hash() -> None:
    text = hashes_table([Member(path="wheels/a.whl", size=7, sha256="ab")])
    assert text == '"file","size","sha256"\r\n"wheels/a.whl","7","ab"\r\n'


def test_each_package_has_its_licence() -> None:
    found = rows(licences_table([line('MIT, "or so"\nof it', "licenses/a/LICENSE", "licenses/a/NOTICE"), line("")]))
    assert found[1:] == [
        ["alpha", "1.0", 'MIT, "or so"\nof it', "licenses/a/LICENSE licenses/a/NOTICE"],
        ["alpha", "1.0", "", ""],
    ]


def test_nothing_is_a_formula_or_a_control() -> None:
    for begin in ("=", "+", "-", "@", "\t", "\n"):
        assert rows(licences_table([line(f"{begin}HYPERLINK(1)")]))[1][2].startswith("'")
    for begin in (
        "\uff1d",
        "MIT;=",
        'MIT;""=',
        "MIT\t +",
        "MIT;\n@",
    ):  # cells end at semicolons in countries whose commas are decimal
        shown = licences_table([line(f"{begin}HYPERLINK(1)")])
        assert f"'{begin[-1]}HYPERLINK(1)" in shown
    assert not set("\x1b\x00\u202e\ud800") & set(licences_table([line(HOSTILE)]))
