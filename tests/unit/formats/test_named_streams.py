from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from bundler.formats.named_streams import MARK_OF_THE_WEB, named_streams

if TYPE_CHECKING:
    from pathlib import Path


def test_a_plain_file_and_its_folder_have_none(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"x")
    assert named_streams(tmp_path / "plain") == named_streams(tmp_path) == ()


@pytest.mark.skipif(sys.platform != "win32", reason="only Windows has named streams")
def test_streams_of_ntfs(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    try:
        for name in (MARK_OF_THE_WEB, "evil.py"):
            with open(f"{tmp_path / 'file'}:{name}", "wb") as stream:  # noqa: PTH123 - no path to pathlib
                stream.write(b"y")
    except OSError:
        pytest.skip("this file system has no named streams")
    if [each.name for each in tmp_path.iterdir()] != ["file"]:
        pytest.skip("this system takes a colon for part of a name")
    assert set(named_streams(tmp_path / "file")) == {MARK_OF_THE_WEB, "evil.py"}
