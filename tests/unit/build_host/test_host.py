"""build/host.py: what it installs of the host's programs."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support import only_linux
from tests.support.commandline import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = only_linux.NAMESPACES


@pytest.fixture
def host() -> Iterator[Any]:
    sys.path.insert(0, str(ROOT / "build"))
    try:
        yield importlib.import_module("host")
    finally:
        sys.path.remove(str(ROOT / "build"))


@pytest.mark.parametrize(("missing", "user"), [("debootstrap", 0), ("", 0), ("debootstrap", 1000)])
def test_what_rehearsals_need_is_installed_before_the_first(
    host: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str, user: int
) -> None:
    """A fresh machine has no debootstrap; who may install does, and to others the rehearsal itself says it."""
    for name in {"debootstrap", "ip", "nsenter", "prlimit", "setpriv", "unshare", "apt-get"} - {missing}:
        (tmp_path / name).write_text("#!/bin/sh\n", encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    installed: list[tuple[str, ...]] = []
    monkeypatch.setattr(host, "_installed", lambda *packages: installed.append(packages))
    monkeypatch.setattr(os, "geteuid", lambda: user)
    monkeypatch.setenv("PATH", str(tmp_path))
    only_there = f"from bundler.rehearse.wine import host_tools; host_tools._SYSTEM_PATH = {str(tmp_path)!r}; "
    ran = subprocess.run
    monkeypatch.setattr(
        host.subprocess, "run", lambda words, **options: ran([*words[:2], only_there + words[2]], **options)
    )
    host.ready_to_rehearse(Path(sys.executable))
    assert installed == ([("debootstrap",)] if missing and user == 0 else [])
