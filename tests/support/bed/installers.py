"""Stand-ins of python.org's installers: an MSI with the properties and features of 2.7's, and an exe with 3.5's options."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.bed import host, toolchain
from tests.support.bed.wix import describe, registry_key

if TYPE_CHECKING:
    from tests.support.bed.winpython import Release

_ENVIRONMENT_TABLE = (
    "Environment\tName\tValue\tComponent_\r\ns72\tl255\tL255\ts72\r\nEnvironment\tEnvironment\r\n"
    "PathAddition\t=-*Path\t[TARGETDIR];[TARGETDIR]Scripts\\;[~]\tREGISTRY.path\r\n"
)


def make_msi(tree: Path, release: Release, output: Path) -> None:
    """An MSI that takes TARGETDIR, ALLUSERS, ADDLOCAL and REMOVE; PATH is left alone unless PrependPath is asked for."""
    host.require("wixl", "msibuild")
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        source = work / "python.wxs"
        source.write_bytes(describe(tree, release))
        arch = "x64" if release.arch == "amd64" else "x86"
        host.run("wixl", "--arch", arch, "--output", output.resolve(), source, cwd=tree)
        table = work / "Environment.idt"
        table.write_text(_ENVIRONMENT_TABLE, newline="")
        host.run("msibuild", output, "-i", table)
        for statement in _statements(release):
            host.run("msibuild", output, "-q", statement)


def _statements(release: Release) -> list[str]:
    """What wixl can't say."""
    key = registry_key(release)
    raw = 2 + (16 if release.arch == "amd64" else 0)  # msidbLocatorTypeRawValue, msidbLocatorType64bit
    into_sequence = "INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`) VALUES"
    into_locators = "INSERT INTO `RegLocator` (`Signature_`, `Root`, `Key`, `Name`, `Type`) VALUES"
    into_actions = "INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`) VALUES"
    return [
        "UPDATE `Registry` SET `Root` = -1",  # HKLM or HKCU, as ALLUSERS says
        "UPDATE `InstallExecuteSequence` SET `Sequence` = 750 WHERE `Action` = 'InitialTargetDir'",
        "UPDATE `CustomAction` SET `Type` = 307 WHERE `Action` = 'InitialTargetDir'",
        f"{into_sequence} ('RemoveEnvironmentStrings', '', 3300)",
        f"{into_sequence} ('WriteEnvironmentStrings', '', 5200)",
        # Wine does not find out where an installed product lies: uninstalling would work on the default directory. So
        # the registry is asked (AppSearch), and the directory set before it is used.
        f"{into_locators} ('PyDir', 2, '{key}\\InstallPath', '', {raw})",
        "INSERT INTO `AppSearch` (`Property`, `Signature_`) VALUES ('PYDIR', 'PyDir')",
        f"{into_actions} ('RememberedDir', 307, 'TARGETDIR', '[PYDIR]')",
        f"{into_sequence} ('AppSearch', '', 50)",
        f"{into_sequence} ('RememberedDir', 'TARGETDIR=\"\" AND PYDIR AND Installed', 740)",
    ]


def make_exe(msi: Path, release: Release, output: Path) -> None:
    """A silent installer around an MSI; its options are in src/installer.c."""
    nodot = release.nodot + ("-32" if release.arch == "win32" else "")
    with tempfile.TemporaryDirectory() as name:
        resource = toolchain.compile_resource(release.arch, f'1 RCDATA "{msi.resolve()}"\n', Path(name))
        toolchain.compile_exe(
            release.arch,
            output,
            *("-municode", "-mwindows", f'-DVERSION=L"{release.version}"', f'-DNODOT=L"{nodot}"'),
            *(toolchain.SOURCES / "installer.c", resource, "-lshell32", "-lole32"),
        )
