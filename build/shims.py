"""Compile the launchers and the service host that a bundle puts on the target, for every Windows platform, on any build host.

    python build/shims.py [--check]

A build hook as well: a wheel and `pip install --editable .` bring the launchers along. They lie in bundler/target/shims, are
the same bytes wherever they are compiled, and are compiled again only when their source, their flags or their compiler change.
By hand it needs the package ziglang; --check says whether they are up to date (exit code 1: they aren't).
"""

import dataclasses
import hashlib
import os
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
FOLDER = Path(__file__).resolve().parent.parent / "bundler" / "target" / "shims"
STAMP = FOLDER / "stamp.txt"
MANIFEST = "shim.manifest"
PLATFORMS = {"win32": "x86-windows-gnu", "win_amd64": "x86_64-windows-gnu", "win_arm64": "aarch64-windows-gnu"}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Program:
    """What is compiled to one program; ``messages``: what its message table holds, from number 1 on."""

    sources: tuple[str, ...]
    libraries: tuple[str, ...]
    subsystem: str = "console"
    defines: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()


PROGRAMS = {
    "shim.exe": Program(sources=("shim.c", "base.c"), libraries=("-lkernel32",)),
    "shimw.exe": Program(
        sources=("shim.c", "base.c"),
        libraries=("-lkernel32", "-luser32"),
        subsystem="windows",
        defines=("-DWINDOWED",),
    ),
    "service.exe": Program(
        sources=("service.c", "service_settings.c", "service_log.c", "service_child.c", "service_explain.c", "base.c"),
        libraries=("-lkernel32", "-ladvapi32"),
        messages=("%1",),
    ),
}
HEADERS = ("base.h", "service.h")
COMPILE = (
    "-c", "-std=c99", "-Os", "-Wall", "-Wextra", "-Werror", "-ffreestanding", "-fno-builtin", "-fno-stack-protector",
    "-fno-sanitize=all", "-mno-stack-arg-probe", "-fno-unwind-tables", "-fno-asynchronous-unwind-tables",
)  # fmt: skip
LINK = ("-nostdlib", "-s", "-Wl,-e,start", "-Wl,/Brepro")


def sources() -> tuple[str, ...]:
    """The names of all files that are compiled or compiled in."""
    return (*sorted({each for program in PROGRAMS.values() for each in program.sources}), *HEADERS, MANIFEST)


def inputs() -> str:
    """A digest over everything that decides the programs' bytes."""
    digest = hashlib.sha256(repr((ZIG, PLATFORMS, PROGRAMS, COMPILE, LINK)).encode())
    for name in sources():
        digest.update((FOLDER / name).read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()


def products() -> list[Path]:
    """Every program's file."""
    return [FOLDER / platform / name for platform in PLATFORMS for name in PROGRAMS]


def stamp() -> str:
    """What the stamp says when the programs that lie there are those of the inputs."""
    lines = [
        f"{hashlib.sha256(each.read_bytes()).hexdigest()} *{each.relative_to(FOLDER).as_posix()}" for each in products()
    ]
    return "\n".join([f"inputs {inputs()}", *lines, ""])


def up_to_date() -> bool:
    """Whether nothing is to do."""
    try:
        return STAMP.read_text(encoding="ascii") == stamp()
    except OSError:
        return False


def resources(manifest: bytes, messages: tuple[str, ...]) -> bytes:
    """A compiled resource file (the format of RC.exe): an application manifest, type 24, and a message table, type 11, if there are messages."""

    def entry(kind: int, number: int, flags: int, language: int, data: bytes) -> bytes:
        ids = struct.pack("<4H", 0xFFFF, kind, 0xFFFF, number)
        head = struct.pack("<2I", len(data), 32) + ids + struct.pack("<I2H2I", 0, flags, language, 0, 0)
        return head + data + b"\0" * (-len(data) % 4)

    table = b""
    if messages:
        texts = [f"{each}\r\n\0".encode("utf-16-le") for each in messages]
        texts = [each + b"\0" * (-len(each) % 4) for each in texts]
        lines = [struct.pack("<2H", 4 + len(each), 1) + each for each in texts]
        table = entry(11, 1, 0x30, 0x409, struct.pack("<4I", 1, 1, len(texts), 16) + b"".join(lines))
    return entry(0, 0, 0, 0, b"") + entry(24, 1, 0x30, 0x409, manifest) + table


def compile_all() -> None:
    """Make all programs; ends with the compiler's own words if it fails."""
    with tempfile.TemporaryDirectory(prefix="shims-", ignore_cleanup_errors=True) as name:
        work = Path(name)
        for source in sources():  # line ends don't depend on the checkout
            (work / source).write_bytes((FOLDER / source).read_bytes().replace(b"\r\n", b"\n"))
        for platform, triple in PLATFORMS.items():
            for product, program in PROGRAMS.items():
                content = resources((work / MANIFEST).read_bytes(), program.messages)
                (work / "program.res").write_bytes(content)
                objects = [f"{source}.o" for source in program.sources]
                for source, made in zip(program.sources, objects, strict=True):
                    zig(work, triple, *COMPILE, *program.defines, source, "-o", made)
                link = (*objects, "program.res", *LINK, f"-Wl,--subsystem,{program.subsystem}", *program.libraries)
                zig(work, triple, *link, "-o", product)
                put((work / product).read_bytes(), FOLDER / platform / product)
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
        print(f"{path.stat().st_size:6} {hashlib.sha256(path.read_bytes()).hexdigest()} {path.relative_to(FOLDER)}")


if __name__ == "__main__":
    main(sys.argv[1:])
