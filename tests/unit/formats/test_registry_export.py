"""Exports of Windows' registry."""

from __future__ import annotations

from bundler.formats.registry_export import read_registry

TEXT = r"""Windows Registry Editor Version 5.00

[HKEY_LOCAL_MACHINE\Software\Vendor]
@="the default"
"Path"="C:\\a \"b\""
"Bytes"=hex(2):25,00,\
  53,00
"quo\"te"=dword:00000001

[HKEY_CURRENT_USER]
no value
"""


def test_keys_and_values() -> None:
    content = TEXT.replace("\n", "\r\n").encode("utf-16")
    assert read_registry(content) == {
        r"HKLM\Software\Vendor": "",
        r"HKLM\Software\Vendor|": '"the default"',
        r"HKLM\Software\Vendor|Path": r'"C:\\a \"b\""',
        r"HKLM\Software\Vendor|Bytes": "hex(2):25,00,  53,00",
        r'HKLM\Software\Vendor|quo"te': "dword:00000001",
        "HKCU": "",
    }


def test_what_is_no_export_has_no_keys() -> None:
    assert read_registry(b"") == {}
    assert read_registry(b"\xff\xfe\xff") == {}
    assert read_registry('"x"=1\n'.encode("utf-16")) == {}
