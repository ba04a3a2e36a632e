"""Compile the launchers and the service host that a bundle puts on the target, for every Windows platform, on any build host, and
what starts programs and saves the registry in a rehearsal.

    python build/shims.py [--check]

A build hook as well: a wheel and `pip install --editable .` bring the launchers along. They lie in bundler/target/shims
and bundler/rehearse/wine/programs, are the same bytes wherever they are compiled, and are compiled again only when their source, their flags or their compiler change.
By hand it needs the package ziglang; --check says whether they are up to date (exit code 1: they aren't).
"""

import dataclasses
import hashlib
import os
import re
import struct
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # by hand
    BuildHookInterface = object  # type: ignore[assignment,misc]

ZIG = "ziglang==0.17.1"
PRODUCT_FOLDER = Path(__file__).resolve().parent.parent / "bundler"
FOLDER = PRODUCT_FOLDER / "target" / "shims"
REHEARSAL = PRODUCT_FOLDER / "rehearse" / "wine" / "programs"
"""What rehearsals start programs and save the registry with; it goes into no bundle, and finds base.c among the launchers."""
STAMP = FOLDER / "stamp.txt"
MANIFEST = "shim.manifest"
PLATFORMS = {"win32": "x86-windows-gnu", "win_amd64": "x86_64-windows-gnu", "win_arm64": "aarch64-windows-gnu"}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Program:
    """What is compiled to one program, and how Windows shows it in a file's properties."""

    sources: tuple[str, ...]
    libraries: tuple[str, ...]
    description: str
    subsystem: str = "console"
    defines: tuple[str, ...] = ()
    folder: Path = FOLDER
    platforms: tuple[str, ...] = tuple(PLATFORMS)


PROGRAMS = {
    "shim.exe": Program(
        sources=("shim.c", "base.c"),
        libraries=("-lkernel32",),
        description="Launcher of a program in the release in use",
    ),
    "shimw.exe": Program(
        sources=("shim.c", "base.c"),
        libraries=("-lkernel32", "-luser32"),
        description="Launcher of a windowed program in the release in use",
        subsystem="windows",
        defines=("-DWINDOWED",),
    ),
    "service.exe": Program(
        sources=("service.c", "service_settings.c", "service_log.c", "service_child.c", "service_explain.c", "base.c"),
        libraries=("-lkernel32", "-ladvapi32"),
        description="Service host of a program in the release in use",
    ),
    "run_program.exe": Program(
        sources=("run_program.c", "base.c"),
        libraries=("-lkernel32",),
        description="Starter of programs in a rehearsal",
        folder=REHEARSAL,
        platforms=("win_amd64",),
    ),
    "save_registry.exe": Program(
        sources=("save_registry.c", "base.c"),
        libraries=("-lkernel32", "-ladvapi32"),
        description="Writer of the registry's parts in a rehearsal",
        folder=REHEARSAL,
        platforms=("win_amd64",),
    ),
}
HEADERS = ("base.h", "service.h")
COMPILE = (
    "-c", "-std=c99", "-Os", "-Wall", "-Wextra", "-Werror", "-ffreestanding", "-fno-builtin", "-fno-stack-protector",
    "-fno-sanitize=all", "-mno-stack-arg-probe", "-fno-unwind-tables", "-fno-asynchronous-unwind-tables",
)  # fmt: skip
PE32_PLUS = 0x20B
PRODUCT, COPYRIGHT = "offline-bundler", "MIT License, the offline-bundler contributors"
VERSION = FOLDER.parent.parent / "__init__.py"
LINK = ("-nostdlib", "-s", "-Wl,-e,start", "-Wl,/Brepro")


def sources() -> tuple[str, ...]:
    """The names of all files that are compiled or compiled in."""
    return (*sorted({each for program in PROGRAMS.values() for each in program.sources}), *HEADERS, MANIFEST)


def source(name: str) -> bytes:
    """The file of that name, with line ends that don't depend on the checkout."""
    folder = next(each for each in (FOLDER, REHEARSAL) if (each / name).is_file())
    return (folder / name).read_bytes().replace(b"\r\n", b"\n")


def inputs() -> str:
    """A digest over everything that decides the programs' bytes."""
    programs = {
        name: dataclasses.replace(each, folder=each.folder.relative_to(PRODUCT_FOLDER))
        for name, each in PROGRAMS.items()
    }
    told = (ZIG, PLATFORMS, repr(programs).replace("\\", "/"), COMPILE, LINK, PRODUCT, COPYRIGHT, version())
    digest = hashlib.sha256(repr(told).encode())
    for name in sources():
        digest.update(source(name))
    return digest.hexdigest()


def products() -> list[Path]:
    """Every program's file."""
    return [
        program.folder / platform / name
        for platform in PLATFORMS
        for name, program in PROGRAMS.items()
        if platform in program.platforms
    ]


def stamp() -> str:
    """What the stamp says when the programs that lie there are those of the inputs."""
    lines = [
        f"{hashlib.sha256(unsigned(each.read_bytes())).hexdigest()} *{each.relative_to(PRODUCT_FOLDER).as_posix()}"
        for each in products()
    ]
    return "\n".join([f"inputs {inputs()}", *lines, ""])


def up_to_date() -> bool:
    """Whether nothing is to do."""
    try:
        return STAMP.read_text(encoding="ascii") == stamp()
    except OSError:
        return False


def version() -> str:
    """The product's, ``1.2.3``."""
    found = re.search(r'^__version__ = "([^"]+)"', VERSION.read_text(encoding="utf-8"), re.MULTILINE)
    if found is None:
        raise SystemExit(f"{VERSION} names no version")
    return found[1]


def unsigned(content: bytes) -> bytes:
    """A program as it was before somebody signed it: without the signature, its place in the header and the checksum over it."""
    header = struct.unpack_from("<I", content, 0x3C)[0]
    wide = struct.unpack_from("<H", content, header + 24)[0] == PE32_PLUS
    checksum, directory = header + 24 + 64, header + 24 + (112 if wide else 96) + 4 * 8
    begin, size = struct.unpack_from("<2I", content, directory)
    plain = bytearray(content[:begin] if size else content)
    plain[checksum : checksum + 4], plain[directory : directory + 8] = bytes(4), bytes(8)
    return bytes(plain)


def version_resource(name: str, program: Program) -> bytes:
    """VS_VERSIONINFO: antivirus programs take small programs without one for worse than they are."""

    def block(key: str, value: bytes, *, characters: int = -1, inside: tuple[bytes, ...] = ()) -> bytes:
        """Blocks begin at multiples of four; a text's length is in ``characters``."""
        head = f"{key}\0".encode("utf-16-le")
        content = head + b"\0" * (-(6 + len(head)) % 4) + value
        for each in inside:
            content += b"\0" * (-(6 + len(content)) % 4) + each
        length = len(value) if characters < 0 else characters
        return struct.pack("<3H", 6 + len(content), length, characters >= 0) + content

    def text(key: str, value: str) -> bytes:
        return block(key, f"{value}\0".encode("utf-16-le"), characters=len(value) + 1)

    numbers = [int(each) for each in re.findall(r"\d+", version())[:4]] + [0] * 4
    high, low = numbers[0] << 16 | numbers[1], numbers[2] << 16 | numbers[3]
    fixed = struct.pack("<13I", 0xFEEF04BD, 0x10000, high, low, high, low, 0x3F, 0, 0x40004, 1, 0, 0, 0)
    told = {
        "CompanyName": PRODUCT,
        "FileDescription": program.description,
        "FileVersion": version(),
        "InternalName": Path(name).stem,
        "LegalCopyright": COPYRIGHT,
        "OriginalFilename": name,
        "ProductName": PRODUCT,
        "ProductVersion": version(),
    }
    table = block("040904B0", b"", characters=0, inside=tuple(text(key, value) for key, value in told.items()))
    translation = block("Translation", struct.pack("<2H", 0x409, 0x4B0))
    return block(
        "VS_VERSION_INFO",
        fixed,
        inside=(
            block("StringFileInfo", b"", characters=0, inside=(table,)),
            block("VarFileInfo", b"", characters=0, inside=(translation,)),
        ),
    )


def resources(manifest: bytes, versions: bytes) -> bytes:
    """A compiled resource file (the format of RC.exe): a version, type 16, and an application manifest, type 24."""

    def entry(kind: int, number: int, flags: int, language: int, data: bytes) -> bytes:
        ids = struct.pack("<4H", 0xFFFF, kind, 0xFFFF, number)
        head = struct.pack("<2I", len(data), 32) + ids + struct.pack("<I2H2I", 0, flags, language, 0, 0)
        return head + data + b"\0" * (-len(data) % 4)

    own = entry(16, 1, 0x30, 0x409, versions) + entry(24, 1, 0x30, 0x409, manifest)
    return entry(0, 0, 0, 0, b"") + own


def compile_all() -> None:
    """Make all programs; ends with the compiler's own words if it fails."""
    with tempfile.TemporaryDirectory(prefix="shims-", ignore_cleanup_errors=True) as name:
        work = Path(name)
        for each in sources():
            (work / each).write_bytes(source(each))
        for platform, triple in PLATFORMS.items():
            for product, program in PROGRAMS.items():
                if platform not in program.platforms:
                    continue
                content = resources((work / MANIFEST).read_bytes(), version_resource(product, program))
                (work / "program.res").write_bytes(content)
                objects = [f"{each}.o" for each in program.sources]
                for each, made in zip(program.sources, objects, strict=True):
                    zig(work, triple, *COMPILE, *program.defines, each, "-o", made)
                link = (*objects, "program.res", *LINK, f"-Wl,--subsystem,{program.subsystem}", *program.libraries)
                zig(work, triple, *link, "-o", product)
                put((work / product).read_bytes(), program.folder / platform / product)
    put(stamp().encode("ascii"), STAMP)


def zig(work: Path, triple: str, *arguments: str) -> None:
    """Run the compiler in ``work``; its caches go there too."""
    caches = {"ZIG_GLOBAL_CACHE_DIR": str(work / "cache"), "ZIG_LOCAL_CACHE_DIR": str(work / "cache")}
    command = [sys.executable, "-m", "ziglang", "cc", "-target", triple, *arguments]
    environment = {**os.environ, **caches}
    done = subprocess.run(command, cwd=work, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        missing = "No module named ziglang" in done.stderr
        raise SystemExit(f"{done.stdout}{done.stderr}" + (f"Install it: pip install {ZIG}" if missing else ""))


def put(content: bytes, path: Path) -> None:
    """Write a file under its name only once it is whole: another build may run beside this one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".")
    with os.fdopen(handle, "wb") as out:
        out.write(content)
    Path(name).chmod(0o644)
    Path(name).replace(path)


class ShimHook(BuildHookInterface):  # type: ignore[type-arg]
    """What hatchling calls before it gathers a wheel's files."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """The compiler is large: it is asked for only where there is something to compile."""
        return [] if up_to_date() else [ZIG]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, for a wheel as for an editable install."""
        del version, build_data
        if not up_to_date():
            compile_all()


def main(arguments: list[str]) -> None:
    """By hand."""
    if arguments not in ([], ["--check"]):
        sys.exit(__doc__)
    if not up_to_date():
        if arguments:
            sys.exit("the launchers are not up to date: run `python build/shims.py`")
        compile_all()
    for path in products():
        print(
            f"{path.stat().st_size:6} {hashlib.sha256(path.read_bytes()).hexdigest()} {path.relative_to(PRODUCT_FOLDER)}"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
