"""The kinds of files that people take for installers, and what to do about those that can't be converted."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from bundler.errors import BuildError, InputError, IntegrityError

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.errors import BundleError

_RUN_IT = (
    "only its own program can unpack it: look for a wheel, an sdist or a bdist_wininst file of the same release; what brings no Python "
    'package, such as a driver, the target runs: [[prerequisite]] with kind = "exe", its silent arguments and detect'
)


class Kind(enum.Enum):
    """``value`` is how people call it."""

    WININST = "bdist_wininst installer"
    BDIST_MSI = "bdist_msi installer"
    EGG = "egg"
    NSIS = "NSIS installer"
    INNO = "Inno Setup installer"
    WISE = "Wise installer"
    INSTALLSHIELD = "InstallShield installer"
    BURN = "WiX bundle"
    MSI = "Windows Installer package that bdist_msi didn't make"
    SEVEN_ZIP_SFX = "7z self-extractor"
    RAR_SFX = "RAR self-extractor"
    ZIP_SFX = "zip self-extractor"
    FROZEN = "application with a Python of its own (py2exe, cx_Freeze, PyInstaller, Nuitka)"
    PROGRAM = "Windows program of an unknown kind"
    WHEEL = "wheel"
    SDIST = "source distribution"
    ZIP = "plain zip"
    ARCHIVE = "plain archive"
    OLE = "OLE file that is not a Windows Installer package"
    PAGE = "web page"
    EMPTY = "empty file"
    UNKNOWN = "file of an unknown kind"
    DAMAGED = "damaged installer"

    @property
    def convertible(self) -> bool:
        """Whether it can become a wheel."""
        return self in (Kind.WININST, Kind.BDIST_MSI, Kind.EGG)


_ADVICE = {
    Kind.NSIS: _RUN_IT,
    Kind.INNO: _RUN_IT,
    Kind.WISE: _RUN_IT,
    Kind.INSTALLSHIELD: _RUN_IT,
    Kind.PROGRAM: _RUN_IT,
    Kind.FROZEN: "it holds no package that another Python could import: bring it along as it is, as a [[file]], or take the project's sdist",
    Kind.BURN: "python.org's installers are of this kind: name one in [target.runtime]; anything else the target runs: "
    '[[prerequisite]] with kind = "exe", its silent arguments and detect',
    Kind.MSI: "python.org's older installers are of this kind: name one in [target.runtime]; anything else the target runs: "
    '[[prerequisite]] with kind = "msi" and detect',
    Kind.SEVEN_ZIP_SFX: "unpack it (7z x FILE) and look whether a wheel or an installer of Python's kind is inside",
    Kind.RAR_SFX: "unpack it (unrar x FILE) and look whether a wheel or an installer of Python's kind is inside",
    Kind.ZIP_SFX: "unpack it (it opens as a zip) and look whether a wheel or an installer of Python's kind is inside",
    Kind.WHEEL: "it needs no conversion: write NAME @ file:///… into packages.requirements",
    Kind.SDIST: "write NAME @ file:///… into packages.requirements, and it is built",
    Kind.ZIP: "unpack it; if it holds a setup.py or a pyproject.toml, name the folder in packages.projects",
    Kind.ARCHIVE: "unpack it; if it holds a setup.py or a pyproject.toml, name the folder in packages.projects",
    Kind.PAGE: "an error page was saved instead of the file: fetch it again",
    Kind.EMPTY: "the download failed: fetch it again",
    Kind.DAMAGED: "it was cut or changed on its way: fetch it again and compare its hash",
}


def not_convertible(file: Path, kind: Kind) -> BundleError:
    """Why a file of this kind isn't converted, and what to do instead.

    BuildError (``installer-other-kind``), for broken files IntegrityError (``installer-malformed``), for files that
    are no installers at all InputError (``installer-none``).
    """
    article = "an" if kind.value[0].lower() in "aeio" or kind in (Kind.NSIS, Kind.RAR_SFX) else "a"
    article = "a" if kind is Kind.RAR_SFX else article
    message = f"{file.name} is {article} {kind.value}"
    context = (str(file),) if str(file) != file.name else ()
    hint = _ADVICE.get(kind, "what can be converted: bdist_wininst .exe, bdist_msi .msi, .egg")
    if kind in (Kind.DAMAGED, Kind.EMPTY, Kind.PAGE):
        return IntegrityError("installer-malformed", message, context=context, hint=hint)
    if kind in (Kind.WHEEL, Kind.SDIST, Kind.ZIP, Kind.ARCHIVE, Kind.OLE, Kind.UNKNOWN):
        return InputError("installer-none", f"{message}, and no installer", context=context, hint=hint)
    return BuildError(
        "installer-other-kind", f"{message}, which can't be made into a wheel", context=context, hint=hint
    )
