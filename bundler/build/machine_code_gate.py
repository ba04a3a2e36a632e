"""The gate for machine code: what a wheel for Windows holds must be able to run where its tags say that it runs.

What is compiled or converted here can go wrong and still end well: ``--plat-name`` alone names a Linux library as a wheel for
Windows, an optional extension is left out without a word, the wrong compiler's C runtime works until a file or memory
crosses from one runtime to the other.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from bundler.formats.machine_code import Code
from bundler.formats.pe.pe_header import MACHINES
from bundler.formats.pe.programs import Program
from bundler.report import some_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from packaging.tags import Tag

_PYTHON_DLL = re.compile(r"python([0-9])([0-9]{0,4})(t?)(_d)?\.dll")
_DEBUG = re.compile(r"(?:msvcr\d+|msvcp\d+\w*|vcruntime\d+\w*|concrt\d+|mfc\d+u?|ucrtbase)d\.dll|msvcrtd\.dll")
_OLD_CRT = re.compile(r"msvcr\d+\.dll")
_UNIVERSAL = re.compile(r"api-ms-win-crt-.*|ucrtbase\.dll|vcruntime140(_1)?\.dll")
_UCRT = "the universal C runtime"
_WINDOWS_OWN = "msvcrt.dll"
_SHOWN = 3
_MINOR = re.compile(r"(?:cp|py)(\d)(\d+)")
_MAJOR = re.compile(r"py(\d)")
_STABLE = (3, 2)
_CRT_90 = (2, 6)
_CRT_100 = (3, 3)
_CRT_UNIVERSAL = (3, 5)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Making:
    """How a wheel came to be: ``carried`` are hashes (sha256) of machine code that nobody built here, None: none of it was.

    ``modules``: dotted names of the extension modules that it must hold; ``files``: paths, or ends of
    paths, of compiled files that it must hold; each with the reason.
    """

    carried: frozenset[str] | None = frozenset()
    modules: Mapping[str, str] = dataclasses.field(default_factory=dict)
    files: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def made(self, sha256: str) -> bool:
        """Whether a file with that hash was compiled here."""
        return self.carried is not None and sha256 not in self.carried


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Compiled:
    """One file of machine code in a wheel; ``program`` None: it couldn't be read as a Windows one."""

    path: str
    sha256: str
    code: Code
    program: Program | None

    @property
    def extension(self) -> bool:
        return self.path.lower().endswith(".pyd")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """``faults``: why the wheel is refused; ``warnings``: what works and should be known."""

    faults: tuple[str, ...]
    warnings: tuple[str, ...]


def judge(compiled: Sequence[Compiled], tags: Collection[Tag], making: Making, *, windows: bool) -> Verdict:
    """Look at all machine code of a wheel with these tags. ``windows``: that is where it is meant for.

    - Every extension and whatever was compiled here is a Windows program for the machine of the tag, and nothing in an installer for
      Windows is of another system. What a source merely carries along is reported.
    - An extension is linked to the Python of its tag, or to the stable ABI's DLL; never to a debug build.
    - Its C runtime: another one than Python's works as long as no file handle and no memory crosses over. Compiled here, it means
      that the wrong compiler was at work, such as a mingw that a developer's settings name: a fault. Made by others it has worked
      for them: a warning.
    - Every module that its build compiled, or that its installer held, is there.
    """
    found: list[tuple[str, bool]] = []
    others: dict[tuple[str, bool], list[str]] = {}
    platforms = {each.platform for each in tags}
    if windows and platforms <= MACHINES.keys():
        for each in compiled:
            of_system = [*_system_faults(each, platforms, making)]
            found += of_system
            if each.extension and not of_system and each.program is not None:
                found += ((text, True) for text in _python_faults(each.path, each.program, tags))
                found += ((text, True) for text in _debug_faults(each.path, each.program))
                for runtime in _other_runtimes(each.program, tags):
                    fatal = making.made(each.sha256)
                    others.setdefault((runtime, fatal), []).append(each.path)
    elif windows:
        found += (
            (f"{each.path} was compiled, and the wheel says that it is for any platform", True)
            for each in compiled
            if each.extension and making.made(each.sha256)
        )
    found += ((_runtime_text(paths, runtime, tags), fatal) for (runtime, fatal), paths in others.items())
    found += ((text, True) for text in missing_parts([each.path for each in compiled], making, windows=windows))
    return Verdict(
        faults=tuple(text for text, fatal in found if fatal), warnings=tuple(text for text, fatal in found if not fatal)
    )


def _system_faults(file: Compiled, platforms: Collection[str], making: Making) -> Iterator[tuple[str, bool]]:
    """What is wrong with the kind of program or its machine, and whether to refuse the wheel for it."""
    made = making.made(file.sha256)
    if file.code in (Code.LINUX, Code.MACOS):
        yield f"{file.path} is {file.code.value}", file.extension or made or making.carried is None
    elif file.code is Code.NAMED or file.program is None:
        if file.extension:
            yield f"{file.path} is {Code.NAMED.value}", True
    elif file.program.platform not in platforms:
        library = file.path.lower().endswith(".dll")
        if file.extension or library or made:  # an executable of another machine may well be started
            text = f"{file.path} is for {file.program.platform}, and the wheel for {' or '.join(sorted(platforms))}"
            yield text, file.extension or (library and made)


def _python_faults(path: str, program: Program, tags: Iterable[Tag]) -> Iterator[str]:
    allowed = frozenset().union(*(_pythons(each) for each in tags))
    for dll in program.imports:
        found = _PYTHON_DLL.fullmatch(dll)
        if found and found[4]:
            yield f"{path} is linked to {dll}, Python's debug build"
        elif found and dll not in allowed:
            right = " or ".join(sorted(allowed)) or "no Python of one version"
            yield f"{path} is linked to {dll}; by the wheel's tags it would have to be {right}"


def _pythons(tag: Tag) -> frozenset[str]:
    """The DLLs of Python that an extension in a wheel with this tag may be linked to."""
    free = "t" if tag.abi.endswith("t") else ""
    stable = f"python3{free}.dll"
    if tag.abi.startswith("abi3"):
        return frozenset({stable})
    if minor := _MINOR.fullmatch(tag.interpreter):
        own = f"python{minor[1]}{minor[2]}{free}.dll"
        return frozenset({own, stable} if _numbers(minor) >= _STABLE else {own})
    major = _MAJOR.fullmatch(tag.interpreter)
    return frozenset({stable}) if major and major[1] == "3" else frozenset()


def _debug_faults(path: str, program: Program) -> Iterator[str]:
    for dll in program.imports:
        if _DEBUG.fullmatch(dll):
            yield f"{path} is linked to {dll}, a debug runtime that no other machine may have"


def _other_runtimes(program: Program, tags: Iterable[Tag]) -> list[str]:
    """The C runtimes that it uses besides that of its Python; none where the tags name no version of it."""
    right = _right_runtime(tags)
    used = {_UCRT if _UNIVERSAL.fullmatch(each) else each for each in program.imports if _is_runtime(each)}
    return sorted(used - {right}) if right else []


def _runtime_text(paths: Sequence[str], runtime: str, tags: Iterable[Tag]) -> str:
    """One line for all extensions, since a compiler made all or none of them."""
    verb, owner = ("uses", "its") if len(paths) == 1 else ("use", "their")
    return f"{some_text(paths, _SHOWN)} {verb} {runtime}, and {owner} Python {_right_runtime(tags)}: memory and open files can't be handed from one to the other"


def _is_runtime(dll: str) -> bool:
    return bool(dll == _WINDOWS_OWN or _OLD_CRT.fullmatch(dll) or _UNIVERSAL.fullmatch(dll))


def _right_runtime(tags: Iterable[Tag]) -> str:
    """That of the compiler which python.org's build of the tags' lowest version was made with; empty: they name none."""
    versions = {_numbers(found) for each in tags if (found := _MINOR.fullmatch(each.interpreter))}
    if not versions:
        return ""
    if min(versions) >= _CRT_UNIVERSAL:
        return _UCRT
    if min(versions) >= _CRT_100:
        return "msvcr100.dll"
    return "msvcr90.dll" if min(versions) >= _CRT_90 else "msvcr71.dll"


def missing_parts(paths: Sequence[str], making: Making, *, windows: bool) -> Iterator[str]:
    """What of the modules and files that a wheel must hold isn't among ``paths``, its compiled files."""
    suffix = r"(?:\.cp\d+t?-\w+)?\.pyd" if windows else r"(?:\.[\w-]+)?\.so"
    for module, reason in making.modules.items():
        ending = re.compile(rf"(?:^|.*/){re.escape(module.replace('.', '/'))}{suffix}")
        if not any(ending.fullmatch(each) for each in paths):
            yield f"the extension module {module} isn't in it: {reason}"
    lower = [f"/{each.lower()}" for each in paths]
    for name, reason in making.files.items():
        if not any(each.endswith(f"/{name.lower()}") for each in lower):
            yield f"{name} isn't in it: {reason}"


def _numbers(found: re.Match[str]) -> tuple[int, int]:
    return int(found[1]), int(found[2])
