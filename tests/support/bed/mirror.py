"""A copy of python.org's download tree, made of stand-ins: `ROOT/3.11.7/python-3.11.7-amd64.exe` and the like."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.bed import host
from tests.support.bed.cache import copy_tree, recipe_of
from tests.support.bed.installers import make_exe, make_msi
from tests.support.bed.layouts import make_embed, make_nupkg
from tests.support.bed.signing import make_signer
from tests.support.bed.winpython import Release, find_release, make_tree

if TYPE_CHECKING:
    from tests.support.bed.bed import Bed

# The names in python.org's tree, and the kind of file. An MSI of a Python 3 and the .nupkg are not to be found there.
_NAMES = (
    (re.compile(r"python-(\d+\.\d+\.\d+)(?:-(amd64))?\.exe"), "exe"),
    (re.compile(r"python-(\d+\.\d+\.\d+)(?:\.(amd64))?\.msi"), "msi"),
    (re.compile(r"python-(\d+\.\d+\.\d+)-embed-(amd64|win32)\.zip"), "embed"),
    (re.compile(r"python\.(\d+\.\d+\.\d+)()\.nupkg"), "nupkg"),
)
_RECIPE = ("mirror.py", "installers.py", "wix.py", "layouts.py", "toolchain.py", "src/installer.c")


class Mirror:
    """Files come into being when they are asked for; what a server of ROOT is to give must have been asked for before.

    Installers, programs and Python's own DLLs are signed by the bed's signer, whose root certificate is `ca_pem`.
    """

    def __init__(self, bed: Bed, root: Path) -> None:
        self.root = root
        self._bed = bed
        self._signer = make_signer(bed.cache)

    @property
    def ca_pem(self) -> Path:
        """The certificate (PEM) of the root that the signatures chain to."""
        return self._signer.root

    def file(self, name: str) -> Path:
        """The path of NAME in the mirror, `ROOT/x.y.z/NAME`.

        Names: python-3.11.7-amd64.exe, python-3.11.7.exe (32-bit), python-3.11.7-embed-amd64.zip (or -win32),
        python-2.7.18.amd64.msi, python-2.7.18.msi (32-bit; also for 3.11.7), python.3.11.7.nupkg.
        """
        for pattern, kind in _NAMES:
            match = pattern.fullmatch(name)
            if match:
                arch = match[2] if match[2] is not None else "win32"
                release = find_release(match[1], arch or "amd64")
                return self._published(name, release, kind)
        raise host.BedError(f"The mirror has no file of the name {name}.")

    def tree(self, version: str, arch: str) -> Path:
        """An installed Python as a directory (arch: amd64 or win32); shared between tests: copy it before changing it."""
        return make_tree(self._bed.cache, find_release(version, arch), self._signer)

    def _published(self, name: str, release: Release, kind: str) -> Path:
        path = self.root / release.version / name
        if not path.exists():
            tree = self.tree(release.version, release.arch)

            def make(output: Path) -> None:
                match kind:
                    case "exe":
                        self._make_exe(release, output)
                    case "msi":
                        self._make_msi(tree, release, output)
                    case "embed":
                        self._make_embed(tree, release, output)
                    case "nupkg":
                        make_nupkg(tree, release, output)

            made = self._bed.cache.made(name, recipe_of(*_RECIPE, tree.parent.name), make)
            path.parent.mkdir(parents=True, exist_ok=True)
            copy_tree(made, path)
        return path

    def _make_msi(self, tree: Path, release: Release, output: Path) -> None:
        make_msi(tree, release, output)
        self._signer.sign(output)

    def _make_exe(self, release: Release, output: Path) -> None:
        suffix = ".amd64" if release.arch == "amd64" else ""
        msi = self._published(f"python-{release.version}{suffix}.msi", release, "msi")
        make_exe(msi, release, output)
        self._signer.sign(output)

    def _make_embed(self, tree: Path, release: Release, output: Path) -> None:
        def compile_library(library: Path) -> None:
            with tempfile.TemporaryDirectory() as work, self._bed.session(Path(work, "prefix")) as windows:
                windows.copy_in(tree, r"C:\Python")
                inside = windows.copy_in(library, r"C:\Lib")
                compiling = ("-m", "compileall", "-q", "-b", "-s", "C:\\Lib\\", r"C:\Lib")
                done = windows.run([r"C:\Python\python.exe", *compiling])
                if done.returncode:
                    raise host.BedError(f"The library of {release.version} could not be compiled.\n{done.output}")
                shutil.rmtree(library)
                copy_tree(inside, library)

        make_embed(tree, release, output, compile_library)
