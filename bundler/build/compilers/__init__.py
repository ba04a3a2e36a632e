"""Microsoft's compilers on a Windows build host: finding them, making them ready, and the Python that builds with them.

    machine = windows_machine()
    for compiler in find_compilers(target, machine):        # the newest that fits first
        toolchain = load_toolchain(compiler, target, machine)   # once; its environment serves every build
    python = find_python(target, machine)                   # the target's own Python, installed here

What is read of Windows goes through ``Machine``. It needs the standard library and nothing else, so that the script which
sets a build host up finds things by the same rules.
"""

from bundler.build.compilers.advice import fitting_compiler, way_to_get, ways_out
from bundler.build.compilers.build_pythons import (
    FoundPython,
    PythonSearch,
    find_python,
    import_library,
    lacks,
    search_pythons,
)
from bundler.build.compilers.host_machine import windows_machine
from bundler.build.compilers.machine import (
    Architecture,
    Ended,
    Machine,
    PassedOver,
    Wanted,
    architecture_of,
    cannot_run,
)
from bundler.build.compilers.msvc import (
    Choice,
    Compiler,
    CompilerSearch,
    find_compilers,
    generation,
    search_compilers,
)
from bundler.build.compilers.toolchain import Toolchain, load_toolchain

__all__ = [
    "Architecture",
    "Choice",
    "Compiler",
    "CompilerSearch",
    "Ended",
    "FoundPython",
    "Machine",
    "PassedOver",
    "PythonSearch",
    "Toolchain",
    "Wanted",
    "architecture_of",
    "cannot_run",
    "find_compilers",
    "find_python",
    "fitting_compiler",
    "generation",
    "import_library",
    "lacks",
    "load_toolchain",
    "search_compilers",
    "search_pythons",
    "way_to_get",
    "ways_out",
    "windows_machine",
]
