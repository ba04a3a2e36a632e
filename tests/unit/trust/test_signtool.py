"""How signtool is called, by Microsoft's documentation of its options; tests/native has it sign."""

from __future__ import annotations

from pathlib import Path

import pytest

from bundler.errors import BundleError
from bundler.trust.code_key import CodeKey
from bundler.trust.signtool import Signtool
from tests.support import only_linux

STORE = CodeKey(kind="store", name="AB" * 20)


def kits(folder: Path) -> dict[str, str]:
    """Three Windows SDKs, the newest without signtool."""
    for version in ("10.0.9.0", "10.0.19041.0", "10.0.22621.0"):
        place = folder / "Windows Kits" / "10" / "bin" / version / "x64"
        place.mkdir(parents=True)
        if version != "10.0.22621.0":
            (place / "signtool.exe").write_text("#!/bin/sh\n")
    return {"PATH": "", "ProgramFiles(x86)": str(folder)}


def test_it_is_found_in_the_newest_sdk_that_has_it(tmp_path: Path) -> None:
    assert "10.0.19041.0" in Signtool(STORE, kits(tmp_path)).program


def test_without_the_tool(tmp_path: Path) -> None:
    with pytest.raises(BundleError) as caught:
        Signtool(STORE, {"PATH": "", "ProgramFiles": str(tmp_path)})
    assert caught.value.reference == "authenticode-tool-missing"


def test_its_options(tmp_path: Path) -> None:
    environ = kits(tmp_path)
    assert Signtool(STORE, environ).options("") == ("sign", "/fd", "SHA256", "/sha1", "AB" * 20)
    key = CodeKey(kind="file", name="a.pfx", certificates=Path("chain.cer"))
    assert Signtool(key, environ).options("http://127.0.0.1/") == (
        *("sign", "/fd", "SHA256", "/f", "a.pfx", "/ac", "chain.cer"),
        *("/tr", "http://127.0.0.1/", "/td", "SHA256"),
    )


@only_linux.SHELL
@pytest.mark.parametrize(
    ("words", "reference", "hint"),
    [
        ("SignTool Error: The specified PFX password is not correct.", "authenticode-passphrase-wrong", "-importpfx"),
        ("SignTool Error: No certificates were found that met all the given criteria.", "authenticode-key-missing", ""),
        (
            "SignTool Error: The specified timestamp server either could not be reached",
            "authenticode-timestamp-failed",
            "",
        ),
        ("SignTool Error: An unexpected internal error has occurred.", "authenticode-failed", ""),
    ],
)
def test_its_words_become_errors(tmp_path: Path, words: str, reference: str, hint: str) -> None:
    tool = tmp_path / "signtool"
    tool.write_text(f'#!/bin/sh\necho "{words}"\nexit 1\n')
    tool.chmod(0o755)
    (tmp_path / "a.exe").write_bytes(b"MZ")
    here = Signtool(STORE, {"PATH": str(tmp_path)})
    with pytest.raises(BundleError) as caught:
        here.sign(tmp_path / "a.exe", tmp_path / "b.exe", "http://127.0.0.1/")
    assert caught.value.reference == reference
    assert hint in caught.value.hint
    assert (tmp_path / "a.exe").read_bytes() == b"MZ"
