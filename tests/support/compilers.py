"""Stand-ins of Microsoft's compilers on a Windows of the test bed: scripts that really set variables, and a vswhere.exe.

They compile nothing. What they print and set is what the real ones do, as far as anybody asks.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.support.bed import toolchain

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.support.bed import Session

VSWHERE = r"C:\Program Files (x86)\Microsoft Visual Studio\Installer\vswhere.exe"
COMPONENT = "Microsoft.VisualStudio.Component.VC.Tools.x86.x64"

_SCRIPT = """\
@echo off
rem {title}: vcvarsall.bat ARCHITECTURE
echo **********************************************************************
echo ** {title}
echo **********************************************************************
if "%~1"=="" goto usage
for %%a in ({architectures}) do if /i "%~1"=="%%a" goto found
:usage
echo [ERROR:%~nx0] Error in script usage. The correct usage is: %~nx0 {usage}
exit /b 1
:found
echo [%~nx0] Environment initialized for: '%~1'
set "VCINSTALLDIR=%~dp0"
set "VSCMD_ARG_TGT_ARCH=%~1"
set "VCToolsVersion={tools}"
set "INCLUDE=%~dp0include;%INCLUDE%"
set "LIB=%~dp0lib\\%~1;%LIB%"
set "Path=%~dp0bin\\%~1;%Path%"
>>"%~dp0runs.txt" echo %~1
exit /b 0
"""


def make_compiler(
    folder: Path,
    *,
    title: str = "Visual Studio 2022 Developer Command Prompt v17.9.0",
    architectures: Sequence[str] = ("x86", "amd64", "x86_amd64", "amd64_x86"),
    tools: str = "14.39.33519",
) -> Path:
    """A folder with a ``vcvarsall.bat`` and what it leads to; ``runs.txt`` in it has a line for each time that it ran."""
    words = {
        "title": title,
        "architectures": " ".join(architectures),
        "usage": ", ".join(architectures),
        "tools": tools,
    }
    folder.mkdir(parents=True)
    script = folder / "vcvarsall.bat"
    script.write_text(_SCRIPT.format(**words), encoding="ascii", newline="\r\n")
    (folder / "include").mkdir()
    (folder / "include" / "windows.h").write_text("", encoding="ascii")
    for each in architectures:
        (folder / "bin" / each).mkdir(parents=True)
        (folder / "bin" / each / "cl.exe").write_bytes(b"")
    return script


def make_build_tools(
    windows: Session, path: str, version: str, *, name: str, prerelease: bool = False
) -> dict[str, object]:
    """Build Tools in the folder ``path``; gives what vswhere says of them."""
    make_compiler(windows.host_path(path) / "VC" / "Auxiliary" / "Build")
    return {
        "instanceId": "f6e4a8b2",
        "installDate": "2024-02-14T10:11:12Z",
        "installationName": f"VisualStudio/{version}",
        "installationPath": path,
        "installationVersion": version,
        "productId": "Microsoft.VisualStudio.Product.BuildTools",
        "productPath": rf"{path}\Common7\Tools\LaunchDevCmd.bat",
        "state": 4294967295,
        "isComplete": True,
        "isLaunchable": True,
        "isPrerelease": prerelease,
        "isRebootRequired": False,
        "displayName": name,
        "channelId": "VisualStudio.17.Release",
        "catalog": {"productLine": "Dev17", "productLineVersion": "2022"},
        "properties": {"campaignId": "", "nickname": "", "setupEngineFilePath": ""},
    }


def make_vswhere(windows: Session, *instances: dict[str, object], component: str = COMPONENT) -> Path:
    """A vswhere.exe where Microsoft's is, which tells of ``instances`` when asked for those with ``component``."""
    program = windows.host_path(VSWHERE)
    program.parent.mkdir(parents=True, exist_ok=True)
    if not program.exists():
        toolchain.compile_exe("amd64", program, "-municode", toolchain.SOURCES / "vswhere.c")
    answer = json.dumps(instances, indent=2, ensure_ascii=False)
    (program.parent / f"{component}.json").write_text(answer, encoding="utf-8", newline="\r\n")
    return program


def register(windows: Session, key: str, name: str, value: str, *, view: int) -> None:
    """Write a text value into the registry; ``key`` begins with its hive."""
    named = ("/v", name) if name else ("/ve",)
    done = windows.run(["reg.exe", "add", key, *named, "/t", "REG_SZ", "/d", value, f"/reg:{view}", "/f"])
    assert done.returncode == 0, done.output


def forget(windows: Session, key: str) -> None:
    """Remove a key of the registry, wherever it is."""
    for view in (32, 64):
        windows.run(["reg.exe", "delete", key, f"/reg:{view}", "/f"])
