"""Installers of things that a bundle needs: an MSI of a driver, and a silent exe that ends as it is told to."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.support.bed import host, toolchain

DRIVER_KEY = r"SOFTWARE\Maker\Driver"
_DRIVER = """\
<Wix xmlns="http://schemas.microsoft.com/wix/2006/wi">
  <Product Id="9C1F5E52-6F57-4C0B-9C0E-0C2E4B8B5E01" Name="Driver of Maker" Language="1033" Version="{version}"
      Manufacturer="Maker" UpgradeCode="9C1F5E52-6F57-4C0B-9C0E-0C2E4B8B5E02">
    <Package InstallerVersion="200" Compressed="yes" InstallScope="perMachine"/>
    <Media Id="1" Cabinet="driver.cab" EmbedCab="yes"/>
    <Directory Id="TARGETDIR" Name="SourceDir">
      <Directory Id="ProgramFiles64Folder">
        <Directory Id="INSTALLDIR" Name="Maker Driver">
          <Component Id="Driver" Guid="9C1F5E52-6F57-4C0B-9C0E-0C2E4B8B5E03" Win64="yes">
            <File Id="driver.dll" Name="driver.dll" Source="driver.dll" KeyPath="yes"/>
            <RegistryValue Root="HKLM" Key="{key}" Name="Version" Type="string" Value="{version}"/>
            <RegistryValue Root="HKLM" Key="{key}" Name="Where" Type="string" Value="[WHERE]"/>
          </Component>
        </Directory>
      </Directory>
    </Directory>
    <Feature Id="Main" Level="1"><ComponentRef Id="Driver"/></Feature>
  </Product>
</Wix>
"""
_RESOURCE = """\
1 VERSIONINFO
FILEVERSION {version}
FILETYPE 1
{{
}}
"""


def make_driver(output: Path, version: str) -> Path:
    """An MSI (64-bit) that installs a file and writes the values Version and Where (its property WHERE) below ``DRIVER_KEY``."""
    host.require("wixl")
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        (work / "driver.dll").write_bytes(b"a driver")
        (work / "driver.wxs").write_text(_DRIVER.format(version=version, key=DRIVER_KEY), encoding="ascii")
        host.run("wixl", "--arch", "x64", "--output", output.resolve(), "driver.wxs", cwd=work)
    return output


def make_installer(output: Path, version: str) -> Path:
    """A program (64-bit) with a version resource; its options are in src/prerequisite.c."""
    with tempfile.TemporaryDirectory() as name:
        text = _RESOURCE.format(version=version.replace(".", ","))
        resource = toolchain.compile_resource("amd64", text, Path(name))
        source = toolchain.SOURCES / "prerequisite.c"
        toolchain.compile_exe("amd64", output, "-municode", "-mwindows", source, resource, "-lshell32")
    return output
