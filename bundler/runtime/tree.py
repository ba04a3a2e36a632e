"""Any file that holds a Python for Windows -> the files of a tree that runs where it lies."""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from typing import TYPE_CHECKING

from bundler.errors import IntegrityError
from bundler.formats.archives.archive_formats import is_archive
from bundler.formats.archives.unpacking import extracted, list_all, list_files, walk
from bundler.formats.pe.pe_header import MACHINES
from bundler.model.artifact import Tree
from bundler.report import some_text
from bundler.runtime.tree_content import Gathered, keep, spread, spread_out

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from bundler.formats.archives.archive_formats import Reader
    from bundler.formats.pe.binary import Binary
    from bundler.model.target import Target
    from bundler.runtime.runtime_file import RuntimeFile

    Needless = Callable[[str], str | None]

_DLL = re.compile(r"python[23]\d+t?\.dll")  # and not python3.dll, which only forwards
_C_RUNTIME = re.compile(r"(vcruntime|msvcr)\d+\.dll")
_TK = re.compile(r"lib/(lib-tk|tkinter|idlelib|turtledemo)/.*|dlls/(_tkinter\.pyd|tcl\d+\.dll|tk\d+\.dll)")
_TEST_DLL = re.compile(r"_(ctypes_)?test[a-z]*\.pyd")
_TESTS = frozenset({"test", "tests", "idle_test"})
_SHOWN = 5


def unpack_runtime(file: RuntimeFile, *, reader: Reader | None = None, needless: Needless | None = None) -> Tree:
    """Read the files of a runtime, keep them on its shelf, and check that it is the target's Python.

    ``reader`` reads what isn't known by its first bytes. The tree leaves out, and reports, what no target has a use for:
    site-packages, Scripts, byte code, test suites; and what is ``needless`` besides.
    Raises IntegrityError: ``runtime-missing``, ``runtime-other-python``, ``runtime-incomplete``, ``name-not-ascii`` and
    what ``unpack`` raises.
    """
    locked = file.locked
    name = locked.artifact.filename
    with tempfile.TemporaryFile(prefix="bundle-runtime-") as stream:
        gathered = Gathered(stream)
        if locked.member is None:
            walk(file.stored.path, gathered.visit, reader=reader)
        else:
            name = f"{name} ({locked.member})"
            with extracted(file.stored.path, lambda path: path == locked.member) as found:
                if locked.member not in found:
                    raise IntegrityError(
                        "runtime-missing",
                        f"{locked.artifact.filename} holds no {locked.member}",
                        context=(locked.source,),
                        hint="run `bundle lock --upgrade`: the lock was made of another file",
                    )
                walk(found[locked.member], gathered.visit)
        return _tree(gathered, file, name=name, needless=needless)


def laid_out(file: RuntimeFile, tree: Callable[[], Tree]) -> Path:
    """Where the files of a Python lie that is used as it is."""
    spread(tree(), file.folder)
    return file.folder


def _tree(gathered: Gathered, file: RuntimeFile, *, name: str, needless: Needless | None) -> Tree:
    target, source = file.target, file.locked.source
    python = find_python(gathered.places, target)
    if python is None:
        raise _no_python(name, source, gathered.places, target)
    prefix = python.removesuffix("python.exe")
    inside = {path.removeprefix(prefix): at for path, at in gathered.places.items() if path.startswith(prefix)}
    kept, left_out = _chosen(inside, needless)
    if odd := [path for path in kept if not path.isascii()]:
        raise IntegrityError(
            "name-not-ascii",
            f"{name} has names that are not plain ASCII, which not every unpacker takes: {some_text(odd, _SHOWN)}",
            context=(source,),
            hint="repack it without them",
        )
    content, files = keep(gathered.stream, {path: inside[path] for path in kept}, file.shelf)
    tree = Tree(content=content, python="python.exe", files=tuple(files))
    _check_python(tree, name, file)
    if left_out:
        counts = ", ".join(f"{what} ({count})" for what, count in sorted(left_out.items()))
        file.reporter.note(f"Left out of the runtime, in files: {counts}")
    return tree


def find_python(files: Iterable[str], target: Target) -> str | None:
    """The python.exe that lies highest and has the DLL of ``target`` beside it; with several, the first by name."""
    there = set(files)
    dll = core_dll(target)
    found = [
        path
        for path in there
        if path.rpartition("/")[2] == "python.exe" and path.removesuffix("python.exe") + dll in there
    ]
    return min(found, key=lambda path: (path.count("/"), path), default=None)


def core_dll(target: Target) -> str:
    """The DLL that is the interpreter, such as ``python311.dll``."""
    return f"python{target.minor_version.replace('.', '')}{'t' if target.abi.endswith('t') else ''}.dll"


def find_member(file: Path, target: Target) -> str | None:
    """The archive inside an sdist (or another archive) that holds ``target``'s Python; None: it lies there unpacked.

    Raises IntegrityError (``runtime-missing``, ``runtime-ambiguous``) and what ``unpack`` and ``list_all`` raise.
    """
    holding: list[str] = []
    with extracted(file, is_archive) as found:
        paths = sorted(found)
        for path, inner in zip(paths, list_all(found[each] for each in paths), strict=True):
            # test data of a package is often a broken archive; a runtime in one can't be used anyway
            if inner is not None and find_python(inner, target) is not None:
                holding.append(path)
    if len(holding) > 1:
        raise IntegrityError(
            "runtime-ambiguous",
            f"{file.name} holds several Pythons: {some_text(holding, _SHOWN)}",
            hint="unpack the right one and name it by its path",
        )
    if holding:
        return holding[0]
    files = list_files(file)
    if find_python(files, target) is None:
        raise _no_python(file.name, str(file), files, target)
    return None


def _chosen(inside: Iterable[str], needless: Needless | None) -> tuple[list[str], Counter[str]]:
    """What stays, sorted, and how many files don't, by what they are."""
    there = {path.lower() for path in inside}
    kept: list[str] = []
    left_out: Counter[str] = Counter()
    for path in sorted(inside):
        reason = _reason(path.lower(), there) or (needless(path.lower()) if needless else None)
        if reason:
            left_out[reason] += 1
        else:
            kept.append(path)
    return kept, left_out


def _reason(path: str, there: set[str]) -> str | None:
    folders = path.split("/")[:-1]
    if folders[:2] == ["lib", "site-packages"]:
        return "site-packages"
    if folders[:1] == ["scripts"]:
        return "Scripts"
    if folders[:1] == ["lib"] and not _TESTS.isdisjoint(folders):
        return "test suites"
    if "__pycache__" in folders or (path.endswith((".pyc", ".pyo")) and path[:-1] in there):
        return "byte code"
    return None


def needless_to_start(path: str) -> str | None:
    """Why what only starts an installation can do without a file (a path in small letters) of python.org's MSI; None: it can't."""
    top, _, rest = path.partition("/")
    if top in ("doc", "include", "libs", "tools"):
        return "documentation, tools and what compilers need"
    if top == "tcl" or _TK.fullmatch(path):
        return "Tcl/Tk"
    if top == "dlls" and _TEST_DLL.fullmatch(rest):
        return "test suites"
    return None


def _check_python(tree: Tree, name: str, file: RuntimeFile) -> None:
    from bundler.formats.pe.binary import python_version, read_binary  # late: a runtime is read once

    target, reporter = file.target, file.reporter
    dll = core_dll(target)
    with spread_out(tree, (dll, tree.python), file.folder.parent) as folder:
        core = read_binary(folder / dll, dll)
        starter = read_binary(folder / tree.python, tree.python)
    found = python_version(core)
    for binary, of in ((core, dll), (starter, tree.python)):
        if binary.machine != MACHINES.get(target.platform):
            raise _other(name, f"{of} runs on {binary.platform}", target)
    if found != target.python:
        raise _other(name, f"{dll} is {f'Python {found}' if found else 'of no known version'}", target)
    there = {path.lower() for path in tree.paths}
    if "lib/os.py" not in there and dll.replace(".dll", ".zip") not in there:
        raise IntegrityError(
            "runtime-incomplete",
            f"{name} has no standard library: neither Lib/os.py nor {dll.replace('.dll', '.zip')}",
            hint="it may be a package of headers or symbols only; name another file",
        )
    near = {
        path.rpartition("/")[2] for path in there if path.count("/") <= 1
    }  # 2.7 has its one in a folder beside itself
    for missing in sorted(_c_runtimes(core, starter) - near):
        reporter.warn(
            "runtime-lacks-dll", f"{name} needs {missing} and doesn't have it: a bare Windows can't start this Python"
        )


def _c_runtimes(*binaries: Binary) -> set[str]:
    return {name for binary in binaries for name in binary.imports if _C_RUNTIME.fullmatch(name)}


def _no_python(name: str, source: str, files: Iterable[str], target: Target) -> IntegrityError:
    others = sorted(path for path in files if _DLL.fullmatch(path.rpartition("/")[2].lower()))
    if others:
        return _other(name, f"it has {some_text(others, _SHOWN)}", target)
    return IntegrityError(
        "runtime-missing",
        f"{name} holds no python.exe with {core_dll(target)} beside it",
        context=(source,),
        hint="a runtime of kind archive, nuget or embed is a whole CPython for Windows; installers are kind exe or msi",
    )


def _other(name: str, what: str, target: Target) -> IntegrityError:
    return IntegrityError(
        "runtime-other-python",
        f"{name} isn't {target}: {what}",
        hint="name the file of that very version and platform, or change python and platform of the target",
    )
