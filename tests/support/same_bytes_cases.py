"""What ``same_bytes`` makes bundles of: recipes, with all that they name."""

from __future__ import annotations

import hashlib
import re
import shutil
from typing import TYPE_CHECKING

from tests.support.archives import entry, make_archive, make_tar
from tests.support.icons import make_bitmap, make_icon, make_png
from tests.support.legacy import make_egg, make_wininst
from tests.support.legacy_msi import make_bdist_msi
from tests.support.msi import make_python_msi
from tests.support.packages import make_project, make_sdist
from tests.support.programs import make_program
from tests.support.recipes import LEFT_BY_BUILDS, RECIPES
from tests.support.same_bytes import HOST, Case

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.commandline import Bench


def _recipes(bench: Bench, name: str) -> Path:
    """A copy of the tree's recipes, and the path of one."""
    shutil.copytree(RECIPES, bench.folder, dirs_exist_ok=True, ignore=LEFT_BY_BUILDS)
    return bench.folder / name


def _quickstart(bench: Bench) -> Path:
    return _recipes(bench, "quickstart.toml")


def _twisted_2015(bench: Bench) -> Path:
    """With a stand-in of Python's MSI: the real one isn't on the index."""
    recipe = _recipes(bench, "twisted-2015.toml")
    make_python_msi(bench.folder / "python-2.7.18.msi", _python("2.7.18", "win32"), template="Intel;1033")
    source = 'kind         = "msi"\nsource       = "python-2.7.18.msi"\nunsigned     = true\n'
    _rewrite(recipe, (r'kind         = "msi" .*\n', source))
    return recipe


def _legacy(bench: Bench) -> Path:
    """The same with other formats of legacy installers, for 64 bits, out of an archive."""
    recipe = _recipes(bench, "twisted-2015.toml")
    make_archive(bench.folder / "python-2.7.18.zip", _python("2.7.18", "win_amd64"))
    make_bdist_msi(
        bench.folder / "old-1.0.win-amd64-py2.7.msi",
        {"Lib/site-packages/old.py": b"x = 1\n", "Scripts/old.py": b"#!python\n"},
        name="old",
        template="x64;1033",
    )
    source = '[target.runtime]\nkind = "archive"\nsource = "python-2.7.18.zip"\nunsigned = true\n\n[packages]'
    legacy = """legacy = [
    { source = "index:zope.interface==4.1.2/zope.interface-4.1.2-py2.7-win-amd64.egg" },
    { source = "index:pyreadline==2.1/pyreadline-2.1.win-amd64.exe" },
    { source = "old-1.0.win-amd64-py2.7.msi" },
]
"""
    _rewrite(
        recipe,
        (r'"win32" .*\n', '"win_amd64"\n'),
        (r"(?s)\[target\.runtime\].*\[packages\]", source),
        (r"(?s)legacy       = .*?\n\]\n", legacy),
        ('"MySQLdb"', '"pyreadline", "old"'),
    )
    return recipe


def _rewrite(recipe: Path, *changes: tuple[str, str]) -> None:
    text = recipe.read_text(encoding="utf-8")
    for old, new in changes:
        text, count = re.subn(old, lambda _, new=new: new, text)  # type: ignore[misc]
        assert count == 1, old
    recipe.write_text(text, encoding="utf-8")


def _python(version: str, platform: str) -> dict[str, bytes]:
    """The files that a CPython for Windows consists of, as far as a build looks at them."""
    major, minor, micro = map(int, version.split("."))
    own = (major, minor, micro * 1000 + 150, 1013)
    crt = "msvcr90.dll" if major == 2 else "vcruntime140.dll"
    dll = f"python{major}{minor}.dll"
    return {
        "python.exe": make_program(platform=platform, version=own, imports=(crt, dll)),
        dll: make_program(platform=platform, version=own, dll=True, imports=(crt, "KERNEL32.dll")),
        crt: make_program(platform=platform, version=(9 if major == 2 else 14, 0, 21022, 8), dll=True),
        "Lib/os.py": b"import sys\n",
        "Lib/json/__init__.py": b"",
        "Lib/test/test_os.py": b"import os\n",
        "Lib/venv/__init__.py": b"import os\n",
        "Lib/venv/scripts/nt/python.exe": make_program(platform=platform, filler=b"launcher"),
        "LICENSE.txt": b"PSF\n",
    }


def _embeddable(path: Path, version: str, platform: str) -> bytes:
    files = {name: data for name, data in _python(version, platform).items() if not name.startswith("Lib/")}
    stem = "python" + "".join(version.split(".")[:2])
    library = make_archive(path.with_name(f"{stem}.zip"), {"os.pyc": b"os", "encodings/__init__.pyc": b""}).read_bytes()
    paths = f"{stem}.zip\n.\n".encode()
    return make_archive(path, {**files, f"{stem}.zip": library, f"{stem}._pth": paths}).read_bytes()


_SERVICES = r"""
[bundle]
name = "example"
version = "1.0"
publisher = "Maker"
display-name = "Example by Maker"
icon = "app.ico"

[[target]]
python = "3.11.9"
platform = "win_amd64"
[target.runtime]
kind = "exe"
directory = 'C:\Python311'
all-users = true
prepend-path = true
unsigned = true

[[target]]
python = "3.12.9"
platform = "win_amd64"
[target.runtime]
kind = "embed"
unsigned = true

[[target]]
python = "3.13.2"
platform = "win_amd64"
[target.runtime]
kind = "nuget"
source = "python.3.13.2.nupkg"
unsigned = true

[[target]]
python = "3.8.10"
platform = "win32"
[target.runtime]
kind = "archive"
source = "python-3.8.10.tar"
unsigned = true

[packages]
requirements = ["alpha[more]", "gamma; python_version < '3.13'"]
projects = ["project"]
legacy = [{ source = "old-1.0.win32.exe" }, { source = "older-2.0-py2.py3.egg", sha256 = "@EGG@" }]

[environment]
path = 'C:\Program Files\Example'
data = 'C:\ProgramData\Example'
keep = 3

[site]
port = { default = "8080", help = "TCP port" }
dsn = { secret = true, help = "connection string" }

[[file]]
source = "app.ini"
destination = '{data}\app.ini'
template = true

[[file]]
source = "notes.txt"
destination = '{release}\notes.txt'

[[prerequisite]]
name = "Runtime of Maker"
source = "@HOST@/files/maker_redist.exe"
sha256 = "@REDIST@"
kind = "exe"
unsigned = true
arguments = ["/quiet", "/log", "{log}"]
detect = { file = '%SystemRoot%\System32\msvcp140.dll', at-least = "14.38" }
provides = ["MSVCP140*.dll"]

[[prerequisite]]
name = "Driver"
source = "driver.msi"
kind = "msi"
unsigned = true
arguments = ["ACCEPT=YES"]
detect = { registry = 'HKLM\SOFTWARE\Maker\Driver', value = "Version", at-least = "18.3", view = 64 }
exit-codes = [17]

[[post-install]]
command = ["alpha-register", "{release}"]
undo = ["alpha-register", "--remove"]

[[service]]
name = "page"
command = ["alpha", "--port", "{site.port}"]
directory = "{package.demo}"
start = "delayed"
display-name = "Page é"
description = "Serves the page."
environment = { CONFIG = '{data}\app.ini' }
dependencies = ["worker", "MSSQLSERVER"]
stop-timeout = 9
recovery = { restart = [10, 60], reset = 3600 }
log = { directory = '{data}\logs\page', size = 1_000_000, count = 3 }
health = { http = "http://127.0.0.1:{site.port}/", timeout = 9 }

[[service]]
name = "worker"
command = ["alpha.py"]
account = "LocalService"
health = { tcp = "127.0.0.1:8081" }

[[permission]]
path = '{data}\inbox'
account = "page"
rights = "modify"

[[permission]]
path = '{data}\outbox'
account = "S-1-5-32-545"
rights = "read"

[checks]
imports = ["alpha", "demo"]
commands = [["alpha", "--help"]]
"""


def _services(bench: Bench) -> Path:
    """Every table of a recipe, and the kinds of runtime that the other cases don't have; nothing real in it."""
    index, folder, made = bench.index, bench.folder, bench.root / "made"
    made.mkdir()
    for name, version in (("pip", "24.0"), ("virtualenv", "20.26.0")):
        bench.publish(name, version)
    points = {
        "console_scripts": {"alpha": "alpha:main", "alpha-register": "alpha:register"},
        "gui_scripts": {"alphaw": "alpha:main"},
    }
    library = make_program(dll=True, version=None, imports=("KERNEL32.dll", "MSVCP140.dll", "maker.dll"))
    bench.publish(
        "Alpha",
        requires=["beta>=1", "colorama; sys_platform == 'win32'"],
        extras={"more": ["delta"]},
        entry_points=points,
        licenses={"LICENSE": "Do as you like.", "more/NOTICE": "Notice."},
        data={"scripts/alpha.py": "#!python\n", "headers/alpha.h": "", "data/share/alpha.txt": "x"},
        metadata_extra=["License: MIT"],
    )
    for tag in ("py3-none-win_amd64", "py3-none-win32"):
        bench.publish("beta", "1.1", tag=tag, purelib=False, files={"beta/lib.dll": library, "beta/__init__.py": ""})
    bench.publish("colorama")
    bench.publish("delta", tag="py2.py3-none-any", build_tag="2")
    index.add(make_sdist(made, "gamma", "1.0", requires=["beta"]))
    make_project(
        folder / "project", "demo", files={"demo/__init__.py": "", "demo/page.py": "x = 1\n"}, requires=["alpha"]
    )
    make_wininst(
        folder / "old-1.0.win32.exe",
        {"PURELIB/old.py": b"x = 1\n", "SCRIPTS/old_run.py": b"#!python\n", "DATA/share/old.txt": b"old"},
        name="old",
        target_version=None,
        built_with="",
        install_script="old_run.py",
        egg_info="PURELIB/old-1.0.egg-info",
    )
    egg = make_egg(folder / "older-2.0-py2.py3.egg", {"older.py": b""}, name="older", version="2.0")
    redist = make_program(filler=b"an installer")
    index.serve("/files/maker_redist.exe", redist)
    make_python_msi(folder / "driver.msi", {"driver.dll": b"a driver"})
    (folder / "app.ini").write_bytes(b"[app]\nport = {site.port}\n")
    (folder / "app.ico").write_bytes(make_icon(make_bitmap(), make_png()))
    (folder / "notes.txt").write_bytes(b"\xff\xfe notes")
    exe = make_program(platform="win32", version=(3, 11, 9150, 0), product="Python 3.11.9 (64-bit)")
    index.serve("/python/3.11.9/python-3.11.9-amd64.exe", exe)
    for version in ("3.11.9", "3.12.9"):
        name = f"python-{version}-embed-amd64.zip"
        index.serve(f"/python/{version}/{name}", _embeddable(made / name, version, "win_amd64"))
    make_archive(
        folder / "python.3.13.2.nupkg", {f"tools/{name}": data for name, data in _python("3.13.2", "win_amd64").items()}
    )
    tree = _python("3.8.10", "win32")
    (folder / "python-3.8.10.tar").write_bytes(
        make_tar(*(entry(f"./python/{name}", data) for name, data in tree.items()))
    )
    text = _SERVICES.replace("@HOST@", HOST)
    text = text.replace("@REDIST@", hashlib.sha256(redist).hexdigest())
    bench.recipe.write_text(text.replace("@EGG@", hashlib.sha256(egg.read_bytes()).hexdigest()), encoding="utf-8")
    return bench.recipe


CASES = (
    Case(name="quickstart", real=True, formats=("zip",), prepare=_quickstart),
    Case(name="twisted-2015", real=True, formats=("zip", "7z"), prepare=_twisted_2015),
    Case(name="legacy", real=True, formats=("zip",), prepare=_legacy),
    Case(name="services", real=False, formats=("zip", "dir"), prepare=_services),
)
