"""Stand-ins of Microsoft's compilers on a Windows of the test bed: scripts that really set variables, and a vswhere.exe.

They compile nothing. What they print and set is what the real ones do, as far as anybody asks.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.support.bed import host, toolchain

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


def stage_build_tools(windows: Session, program: Path, folder: str, version: str) -> None:
    """A ``vs_BuildTools.exe`` at ``program`` that installs Build Tools into ``folder`` and the vswhere.exe that tells of them."""
    make_vswhere(windows, make_build_tools(windows, folder, version, name="Visual Studio Build Tools 2022"))
    staged = windows.host_path(r"C:\staged")
    staged.mkdir()
    installer = VSWHERE.rpartition("\\")[0]
    windows.host_path(folder).rename(staged / "BuildTools")
    windows.host_path(installer).rename(staged / "Installer")
    places = {"FOLDER": folder, "INSTALLER": installer}
    quoted = (f'-D{name}=L"{path}"'.replace("\\", "\\\\") for name, path in places.items())
    toolchain.compile_exe("amd64", program, "-municode", *quoted, toolchain.SOURCES / "buildtools.c")


_FOR_PYTHON_27 = """\
<?xml version="1.0" encoding="utf-8"?>
<Wix xmlns="http://schemas.microsoft.com/wix/2006/wi">
  <Product Id="{2D8B0E0B-5D5C-4C6B-9C50-9C9E2C7B1A27}" Name="Visual C++ for Python" Language="1033" Version="9.0.30729"
           Manufacturer="test bed" UpgradeCode="{2D8B0E0B-5D5C-4C6B-9C50-9C9E2C7B1A28}">
    <Package InstallerVersion="200" Compressed="yes"/>
    <Media Id="1" Cabinet="vc.cab" EmbedCab="yes"/>
    <Directory Id="TARGETDIR" Name="SourceDir">
      <Directory Id="CommonFilesFolder"><Directory Id="M" Name="Microsoft"><Directory Id="V" Name="Visual C++ for Python">
      <Directory Id="INSTALLDIR" Name="9.0">
        <Component Id="Script" Guid="{2D8B0E0B-5D5C-4C6B-9C50-9C9E2C7B1A29}">
          <File Id="vcvarsall.bat" Name="vcvarsall.bat" Source="vcvarsall.bat" KeyPath="yes"/>
          <RegistryValue Root="HKLM" Key="Software\\Microsoft\\DevDiv\\VCForPython\\9.0" Name="installdir" Type="string"
                         Value="[INSTALLDIR]"/>
        </Component>
        <Directory Id="INC" Name="include"><Component Id="Header" Guid="{2D8B0E0B-5D5C-4C6B-9C50-9C9E2C7B1A30}">
          <File Id="windows.h" Name="windows.h" Source="include/windows.h" KeyPath="yes"/>
        </Component></Directory>
        <Directory Id="BIN" Name="bin"><Directory Id="X86" Name="x86">
        <Component Id="Tools" Guid="{2D8B0E0B-5D5C-4C6B-9C50-9C9E2C7B1A31}">
          <File Id="cl.exe" Name="cl.exe" Source="bin/x86/cl.exe" KeyPath="yes"/>
        </Component></Directory></Directory>
      </Directory></Directory></Directory></Directory>
    </Directory>
    <Feature Id="All" Level="1"><ComponentRef Id="Script"/><ComponentRef Id="Header"/><ComponentRef Id="Tools"/></Feature>
  </Product>
</Wix>
"""


def make_vc27_msi(output: Path, work: Path) -> None:
    """A VCForPython27.msi: it registers itself as Microsoft's does, and lies where that lies when it is for all users."""
    host.require("wixl")
    make_compiler(work, title="Visual C++ for Python", architectures=["x86"])
    (work / "vc.wxs").write_text(_FOR_PYTHON_27, encoding="utf-8")
    host.run("wixl", "--arch", "x86", "--output", output.resolve(), work / "vc.wxs", cwd=work)
