"""Scripts that use the target's half by itself, under a Windows Python in Wine."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

from bundler.pack.shipped import target_folder

if TYPE_CHECKING:
    from tests.support.bed import Mirror, Session


def what_it_saw(windows: Session, mirror: Mirror, version: str, arch: str, script: str) -> dict[str, Any]:
    r"""What SCRIPT has written to C:\seen.json; it finds the package ``target`` in C:\code."""
    windows.copy_in(mirror.tree(version, arch), r"C:\Python")
    code = windows.host_path(r"C:\code\target")
    shutil.copytree(target_folder(), code, ignore=shutil.ignore_patterns("shims", "__pycache__"))
    windows.host_path(r"C:\script.py").write_text(script, encoding="utf-8")
    done = windows.run([r"C:\Python\python.exe", r"C:\script.py"])
    assert done.returncode == 0, done.output
    seen: dict[str, Any] = json.loads(windows.host_path(r"C:\seen.json").read_bytes())
    return seen
