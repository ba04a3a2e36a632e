"""What Wine's server writes of a registry."""

from __future__ import annotations

import pytest

from bundler.formats.wine_registry import MOST_LEVELS, OversizedRegistryError, read_wine_registry

ROOT = r"HKLM\Software"
TEXT = r"""WINE REGISTRY Version 2
;; All keys relative to REGISTRY\\Machine\\Software

#arch=win64

[] 1796020693
#time=1dd80955ffd6eee
@="of the root"

[Vendor\\Tool\[1\]] 1796020693
#class="x"
#time=1dd80955ffc280e
@="the default"
"Path"="C:\\a \"b\""
"Bytes"=hex(2):25,00,53,00,25,\
  00,00
"quo\"te=\x20acA\xd83d\xde00\t\1\\"=dword:00000001

[Vendor\\Empty] 1796020693
"""


def test_keys_and_values() -> None:
    assert read_wine_registry(TEXT.encode("ascii"), ROOT) == {
        ROOT: "",
        rf"{ROOT}|": '"of the root"',
        rf"{ROOT}\Vendor": "",
        rf"{ROOT}\Vendor\Tool[1]": "",
        rf"{ROOT}\Vendor\Tool[1]|": '"the default"',
        rf"{ROOT}\Vendor\Tool[1]|Path": r'"C:\\a \"b\""',
        rf"{ROOT}\Vendor\Tool[1]|Bytes": "hex(2):25,00,53,00,25,00,00",
        rf"{ROOT}\Vendor\Tool[1]|" + 'quo"te=\u20acA\U0001f600\t\x01\\': "dword:00000001",
        rf"{ROOT}\Vendor\Empty": "",
    }


def test_half_a_character_can_be_written() -> None:
    (name,) = read_wine_registry(b'[A] 1\n"\\xd83d"="x"\n', "HKCU").keys() - {"HKCU", r"HKCU\A"}
    assert name.encode("utf-8")


def test_what_is_no_such_file_has_no_keys() -> None:
    for content in (b"", b"\xff\xfe\xff", b'"x"=1\n', b"[A", b"[A\\] 1\n", b"\\\n" * 9):
        assert read_wine_registry(content, "HKCU") == {"HKCU": ""}


def test_keys_deeper_than_windows_has_them_are_refused() -> None:
    """Each level is named with all above it: 24 kB of one key took 64 MB, 300 kB took 10 GB."""

    def key(levels: int) -> bytes:
        return b"WINE REGISTRY Version 2\n\n[" + b"\\\\".join([b"a"] * levels) + b"] 1\n"

    assert len(read_wine_registry(key(MOST_LEVELS), ROOT)) == MOST_LEVELS + 1
    with pytest.raises(OversizedRegistryError):
        read_wine_registry(key(MOST_LEVELS + 1), ROOT)


def test_long_names_are_not_told_without_end() -> None:
    values = b"".join(b'"%d"=dword:00000001\n' % number for number in range(100))
    with pytest.raises(OversizedRegistryError):
        read_wine_registry(b"[" + b"a" * 200 + b"] 1\n" + values, ROOT, most=10_000)
