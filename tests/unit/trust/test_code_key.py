"""How a user names the key that signs programs, and where its passphrase comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bundler.errors import BundleError
from bundler.trust.code_key import CodeKey, read_code_key, read_passphrase

if TYPE_CHECKING:
    from pathlib import Path


def refused(text: str, certificates: Path | None = None) -> BundleError:
    with pytest.raises(BundleError) as caught:
        read_code_key(text, certificates)
    assert caught.value.hint
    return caught.value


def test_a_file(tmp_path: Path) -> None:
    file = tmp_path / "a.pfx"
    file.write_bytes(b"x")
    assert read_code_key(str(file)) == CodeKey(kind="file", name=str(file))
    assert refused(str(tmp_path / "b.pfx")).reference == "authenticode-key-missing"
    assert refused(str(tmp_path)).reference == "authenticode-key-missing"
    assert refused("x" * 5000).reference == "authenticode-key-missing"
    assert refused(str(file), tmp_path / "chain.pem").reference == "authenticode-key-missing"


def test_what_a_tool_would_wait_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some of the kernel's files are regular ones, give nothing and have no end (/proc/kmsg)."""
    file, kmsg = tmp_path / "a.pfx", tmp_path / "kmsg"
    file.write_bytes(b"x")
    kmsg.write_bytes(b"")

    def waits(*_: object) -> bytes:
        raise BlockingIOError

    monkeypatch.setattr("os.pread", waits, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    assert refused(str(file), kmsg).reference == "authenticode-key-missing"
    assert refused(str(kmsg)).reference == "authenticode-key-missing"
    assert refused(f"pkcs11:token=a?module-path={kmsg}").reference == "authenticode-key-missing"
    assert read_code_key(str(file), file).certificates == file


def test_a_token(tmp_path: Path) -> None:
    module = tmp_path / "soft hsm.so"
    module.write_bytes(b"x")
    place = str(module).replace(" ", "%20")
    found = read_code_key(f"pkcs11:token=release;object=sign?module-path={place}&pin-source=file:/run/pin")
    assert found == CodeKey(
        kind="token", name="pkcs11:token=release;object=sign?pin-source=file:/run/pin", module=str(module)
    )
    assert read_code_key(f"pkcs11:token=a?module-path={place}").name == "pkcs11:token=a"


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("pkcs11:token=a", "authenticode-key-malformed"),
        ("pkcs11:token=a?module-path=/nowhere/a.so", "authenticode-key-missing"),
        ("pkcs11:token=a?pin-value=1234&module-path=/nowhere/a.so", "authenticode-key-malformed"),
        ("pkcs11:token=a;pin-value=1234", "authenticode-key-malformed"),
        ("store:", "authenticode-key-malformed"),
        ("store:12 34", "authenticode-key-malformed"),
    ],
)
def test_what_names_no_key(text: str, reference: str) -> None:
    error = refused(text)
    assert error.reference == reference
    assert "1234" not in f"{error.message} {error.hint}", "a PIN isn't repeated"


def test_a_certificate_of_windows_store() -> None:
    assert read_code_key("store:ab " + "0c" * 19) == CodeKey(kind="store", name="AB" + "0C" * 19)


def test_a_pass_phrase_is_the_first_line(tmp_path: Path) -> None:
    file = tmp_path / "pass"
    file.write_bytes("gehéim \r\nmore\n".encode())
    assert read_passphrase(file) == "gehéim "
    file.write_bytes(b"\xff\xff")
    for each in (file, tmp_path, tmp_path / "nothing"):
        with pytest.raises(BundleError) as caught:
            read_passphrase(each)
        assert caught.value.reference == "authenticode-passphrase-unreadable"
