"""What programs print, in the letters of whoever wrote it."""

from __future__ import annotations

from bundler.build.compilers.program_output import decoded


def test_each_line_in_its_own_letters() -> None:
    raw = "Größe\n".encode() + "nicht möglich\r\n".encode("cp850") + b"plain"
    assert decoded(raw, "cp850") == "Größe\nnicht möglich\r\nplain"


def test_where_there_is_no_code_page() -> None:
    assert decoded("Gr\xf6ber".encode("latin-1"), "") == "Gr\ufffdber"
    assert decoded(b"", "") == ""
