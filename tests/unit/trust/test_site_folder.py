from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bundler.errors import InputError
from bundler.trust.site_folder import write_site_folder
from bundler.trust.site_policy import PolicyLine

if TYPE_CHECKING:
    from pathlib import Path

LINE = PolicyLine(bundle="*", threshold=1, namespace="n@x", principals=("build@example.com",))


def test_what_is_placed(tmp_path: Path) -> None:
    files = write_site_folder(tmp_path / "new" / "trust", b"build@example.com ssh-ed25519 AAAA\n", [LINE], force=False)
    assert sorted(each.name for each in files) == [
        "allowed_signers",
        "bundle-check.cmd",
        "place.cmd",
        "policy",
        "utf16-mark",
    ]
    contents = {each.name: each.read_bytes() for each in files}
    assert contents["allowed_signers"] == b"build@example.com ssh-ed25519 AAAA\n"
    assert contents["policy"].endswith(b"\r\n* 1 n@x build@example.com\r\n")
    for name in ("bundle-check.cmd", "place.cmd"):
        assert contents[name].startswith(b"@echo off\r\n")
        assert contents[name].isascii()
        assert contents[name].count(b"\n") == contents[name].count(b"\r\n")
    # folders in which others may have put something are never gone through: what was a folder may be a link a moment later
    assert b"rmdir /s" not in contents["place.cmd"].lower()


def test_what_is_there_stays_unless_it_is_to_be_replaced(tmp_path: Path) -> None:
    (tmp_path / "policy").write_text("mine")
    with pytest.raises(InputError) as raised:
        write_site_folder(tmp_path, None, [], force=False)
    assert raised.value.reference == "trust-folder-taken"
    assert [each.name for each in tmp_path.iterdir()] == ["policy"]
    write_site_folder(tmp_path, None, [], force=True)
    assert (tmp_path / "policy").read_text().startswith("# Who must have signed")


def test_what_is_to_be_filled_in_allows_nobody(tmp_path: Path) -> None:
    write_site_folder(tmp_path, None, [], force=False)
    for name in ("policy", "allowed_signers"):
        assert all(each.startswith("#") for each in (tmp_path / name).read_text("ascii").splitlines())


def test_a_policy_that_is_wrong_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        write_site_folder(tmp_path / "trust", b"", [LINE], force=False)
    assert not (tmp_path / "trust").exists()
