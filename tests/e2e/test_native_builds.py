"""Extension modules on a Windows build host: `bundle build` in Wine finds a compiler, and the target's Python builds with it.

cl.exe and link.exe are stand-ins (see tests/support/msvc.py), so what Microsoft's compiler itself would say of a source only a real
Windows can tell; everything around it is the real thing, down to the import of the module that comes out.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.support.building import setuptools_wheel
from tests.support.commandline import ROOT, recipe_text
from tests.support.compilers import register
from tests.support.index import LocalIndex
from tests.support.msvc import visual_c
from tests.support.packages import make_project, make_sdist, make_wheel
from tests.support.real_files import fetch_files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.bed import Mirror
    from tests.support.commandline import Done
    from tests.support.windows_host import WindowsHost

pytestmark = [pytest.mark.e2e, pytest.mark.network]

INSTALLED = r"HKLM\Software\Python\PythonCore\3.11\InstallPath"


@pytest.fixture
def index(windows_host: WindowsHost, tmp_path: Path) -> Iterator[LocalIndex]:
    """Seeds for any Python, and what each test adds."""
    with LocalIndex() as index:
        for name, version in (("pip", "20.0"), ("virtualenv", "20.0")):
            index.add(make_wheel(tmp_path / "published", name, version, tag="py2.py3-none-any"))
        windows_host.answer_at(index)
        yield index


def write_recipe(
    host: WindowsHost, *requirements: str, target: tuple[str, str], runtime: str, packages: str = ""
) -> Path:
    text = recipe_text(requirements=requirements, targets=[target], packages=packages, runtime="unsigned = true")
    path = host.work / "example.toml"
    path.write_text(text.replace('kind = "archive"', runtime), encoding="utf-8")
    return path


def build(host: WindowsHost, index: LocalIndex, *arguments: str) -> Done:
    return host.bundle("build", "example.toml", "--output", "out", "--index", index.url, *arguments)


def bundle_of(host: WindowsHost) -> Path:
    (archive,) = (host.work / "out").glob("*.zip")
    return archive


def unpacked(host: WindowsHost, name: str) -> str:
    """The wheel of a package out of the bundle, on drive C:."""
    with zipfile.ZipFile(bundle_of(host)) as archive:
        (member,) = (each for each in archive.namelist() if f"wheels/{name}-" in each)
        path = rf"C:\wheels\{member.rpartition('/')[2]}"
        host.session.host_path(path).parent.mkdir(exist_ok=True)
        host.session.host_path(path).write_bytes(archive.read(member))
    return path


def compiled_with(host: WindowsHost) -> dict[str, str]:
    note = json.loads(bundle_of(host).with_name(bundle_of(host).name + ".build.json").read_text(encoding="utf-8"))
    found: dict[str, str] = note["compiled-with"]
    return found


def lock_on_linux(recipe: Path, index: LocalIndex, store: Path) -> None:
    command = [sys.executable, "-m", "bundler", "lock", str(recipe), "--index", index.url, "--store", str(store)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def build_files(host: WindowsHost) -> list[str]:
    """What the lock has for builds."""
    (path,) = host.work.glob("pylock.*.toml")
    lock = tomllib.loads(path.read_text(encoding="utf-8"))
    return [each["file"]["filename"] for each in lock["tool"]["bundle"]["build"]]


def test_sources_with_c_modules_are_built_installed_and_imported(
    windows_host: WindowsHost, index: LocalIndex, mirror: Mirror, tmp_path: Path
) -> None:
    """A real package that has a wheel as well, and a made one; the lock comes from Linux."""
    folder = tmp_path / "published"
    index.add(setuptools_wheel())
    index.add(make_sdist(folder, "fast", "1.0", backend="setuptools", c_extension=True))
    real = ("MarkupSafe-2.1.5.tar.gz", "MarkupSafe-2.1.5-cp311-cp311-win_amd64.whl")
    wheel = "wheel==0.45.1/wheel-0.45.1-py3-none-any.whl"
    for each in fetch_files(folder, wheel, *(f"MarkupSafe==2.1.5/{name}" for name in real)):
        index.add(each)
    index.serve("/python.nupkg", mirror.file("python.3.11.7.nupkg"))
    runtime = f'kind = "nuget"\nsource = "{index.base}/python.nupkg"'
    packages = 'build = ["markupsafe"]'
    recipe = write_recipe(
        windows_host, "fast", "markupsafe", target=("3.11.7", "win_amd64"), runtime=runtime, packages=packages
    )
    lock_on_linux(recipe, index, tmp_path / "store")
    with visual_c(windows_host.session) as msvc:
        done = build(windows_host, index, "--locked")
        assert done.code == 0, done.err
    assert [program for program, _ in msvc.calls] == ["cl.exe", "link.exe", "cl.exe", "link.exe"]
    assert "CPython 3.11.7, Visual C++ 2015" in done.err
    compiler = "CPython 3.11.7, Visual C++ 2015, toolset 14.39.33519"
    wheels = ["fast-1.0-cp311-cp311-win_amd64.whl", "markupsafe-2.1.5-cp311-cp311-win_amd64.whl"]
    assert compiled_with(windows_host) == dict.fromkeys(wheels, compiler)

    session = windows_host.session
    command = [windows_host.python, "-m", "pip", "install", "--no-index", "--no-deps", "--target", r"C:\site"]
    files = [unpacked(windows_host, each) for each in ("fast", "markupsafe")]
    installed = session.run([*command, *files], env=windows_host.environ())
    assert installed.returncode == 0, installed.output
    asking = (
        "import _fast, fast, markupsafe, markupsafe._speedups as s; "
        "print(_fast.__file__, fast.VERSION, markupsafe.escape is s.escape, s.escape('<b>'))"
    )
    ran = session.run([windows_host.python, "-c", asking], env={"PYTHONPATH": r"C:\site"})
    assert ran.output.strip() == r"C:\site\_fast.cp311-win_amd64.pyd 1.0 True &lt;b&gt;"


def test_the_article_compiles_its_zope_interface(
    windows_host: WindowsHost, index: LocalIndex, mirror: Mirror, tmp_path: Path
) -> None:
    """2.7 and 32 bits: by the Python out of the bundle's own MSI, with the compiler that Microsoft made for it."""
    files = (
        "zope.interface==4.1.2/zope.interface-4.1.2.tar.gz",
        "setuptools==44.1.1/setuptools-44.1.1-py2.py3-none-any.whl",
        "wheel==0.37.1/wheel-0.37.1-py2.py3-none-any.whl",
    )
    for each in fetch_files(tmp_path / "published", *files):
        index.add(each)
    index.serve("/python.msi", mirror.file("python-2.7.18.msi"))
    runtime = f'kind = "msi"\nsource = "{index.base}/python.msi"\ndirectory = \'C:\\Python27\''
    write_recipe(windows_host, "zope.interface", target=("2.7.18", "win32"), runtime=runtime)
    with visual_c(windows_host.session, (9, 0)) as msvc:
        done = build(windows_host, index)
        assert done.code == 0, done.err
    assert [program for program, _ in msvc.calls if program in ("cl.exe", "link.exe")] == ["cl.exe", "link.exe"]
    wheel = unpacked(windows_host, "zope.interface")
    assert wheel == r"C:\wheels\zope.interface-4.1.2-cp27-cp27m-win32.whl"
    (compiler,) = compiled_with(windows_host).values()
    assert compiler.startswith("CPython 2.7.18, Visual C++ Compiler for Python 2.7")

    session = windows_host.session
    session.copy_in(mirror.tree("2.7.18", "win32"), r"C:\Python27")
    with zipfile.ZipFile(session.host_path(wheel)) as archive:
        archive.extractall(session.host_path(r"C:\site"))
    asking = (
        "import site; site.addsitedir(r'C:\\site'); import zope.interface, zope.interface._zope_interface_coptimizations as c; "
        "print(c.__file__); print(zope.interface.interface.SpecificationBase is c.SpecificationBase)"
    )
    ran = session.run([r"C:\Python27\python.exe", "-c", asking])
    assert ran.output.split() == [r"C:\site\zope\interface\_zope_interface_coptimizations.pyd", "True"], ran.output


def test_what_is_missing_is_named_until_it_is_there(
    windows_host: WindowsHost, index: LocalIndex, mirror: Mirror
) -> None:
    """No compiler, then no Python that could build, then a source that doesn't compile, then all is well."""
    index.add(setuptools_wheel())
    project = make_project(windows_host.work / "fast", "fast", backend="setuptools", c_extension=True)
    index.serve("/python.zip", mirror.file("python-3.11.7-embed-amd64.zip"))
    runtime = f'kind = "embed"\nsource = "{index.base}/python.zip"'
    write_recipe(windows_host, target=("3.11.7", "win_amd64"), runtime=runtime, packages='projects = ["fast"]')
    done = build(windows_host, index)
    assert (done.code, done.reference) == (6, "needs-compiler"), done.err
    assert "windows_host.py` installs Microsoft's Build Tools" in done.err
    with visual_c(windows_host.session) as msvc:
        done = build(windows_host, index)
        assert (done.code, done.reference) == (6, "needs-compiler"), done.err
        assert "Visual C++ 2015, toolset 14.39.33519 is here, but no Python 3.11 for win_amd64" in done.err
        assert msvc.calls == []

        register(windows_host.session, INSTALLED, "", windows_host.python.rpartition("\\")[0] + "\\", view=64)
        source = project / "_fast.c"
        right = source.read_text(encoding="utf-8")
        source.write_text(right + "int f(void) { return nothing_of_that_name; }\n", encoding="utf-8")
        done = build(windows_host, index)
        assert (done.code, done.reference) == (6, "build-failed"), done.err
        assert "building fast 1.0 failed, with CPython 3.11.9, Visual C++ 2015" in done.err
        assert "nothing_of_that_name" in done.err
        assert not list((windows_host.work / "out").glob("*"))

        source.write_text(right, encoding="utf-8")
        done = build(windows_host, index)
        assert done.code == 0, done.err
    assert "Python 3.11.9 of C:\\Python311 builds what is for CPython 3.11.7 on win_amd64" in done.err
    assert unpacked(windows_host, "fast").endswith("fast-1.0-cp311-cp311-win_amd64.whl")
    assert build_files(windows_host) == [setuptools_wheel().name]


def test_what_builds_need_is_the_targets_and_pinned_anew_where_it_was_another_hosts(
    windows_host: WindowsHost, index: LocalIndex, mirror: Mirror, tmp_path: Path
) -> None:
    """Cython is a program of its platform: a lock from Linux has none that runs here."""
    python = "cp{}{}".format(*sys.version_info)
    here = f"Cython-3.0.11-{python}-{python}-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"
    there = "Cython-3.0.11-cp311-cp311-win_amd64.whl"
    index.add(setuptools_wheel())
    for each in fetch_files(tmp_path / "published", *(f"Cython==3.0.11/{name}" for name in (here, there))):
        index.add(each)
    index.serve("/python.nupkg", mirror.file("python.3.11.7.nupkg"))
    project = make_project(
        windows_host.work / "fast", "fast", backend="setuptools", build_requires=["setuptools", "cython"]
    )
    setup = (project / "setup.py").read_text(encoding="utf-8")
    (project / "setup.py").write_text(
        setup.replace("ext_modules=[]", 'ext_modules=[Extension("_fast", ["_fast.pyx"])]')
    )
    (project / "_fast.pyx").write_text("def twice(int n):\n    return 2 * n\n")
    runtime = f'kind = "nuget"\nsource = "{index.base}/python.nupkg"'
    recipe = write_recipe(windows_host, target=("3.11.7", "win_amd64"), runtime=runtime, packages='projects = ["fast"]')
    lock_on_linux(recipe, index, tmp_path / "store")
    assert build_files(windows_host) == [here, setuptools_wheel().name]
    with visual_c(windows_host.session):
        refused = build(windows_host, index, "--locked")
        assert (refused.code, refused.reference) == (2, "lock-other-host"), refused.err
        assert f"{here} isn't for CPython" in refused.err
        done = build(windows_host, index)
        assert done.code == 0, done.err
    assert "had build requirements for another kind of host" in done.err
    assert build_files(windows_host) == [there, setuptools_wheel().name]
    session = windows_host.session
    with zipfile.ZipFile(session.host_path(unpacked(windows_host, "fast"))) as archive:
        archive.extractall(session.host_path(r"C:\site"))
    ran = session.run(
        [windows_host.python, "-c", "import _fast; print(_fast.twice(21))"], env={"PYTHONPATH": r"C:\site"}
    )
    assert ran.output.strip() == "42"
