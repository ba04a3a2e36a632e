"""Small bundles with a fault in each that nobody sees before the application is used, as recipes and what they need."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.support.bed import toolchain
from tests.support.packages import make_wheel

DATA = r"C:\Data\Sound"
FINE = "tests.support.sabotaged: all is well"
RECIPE = """
[bundle]
name = "sound"
version = "{version}"
[[target]]
python = "3.11.7"
platform = "win_amd64"
runtime = {{ kind = "embed" }}
[packages]
requirements = ["sound @ {address}"]
[environment]
path = 'C:\\Envs\\Sound'
data = '{data}'
[site]
port = {{ default = "8094" }}
[checks]
imports = ["sound"]
{tables}
[rehearse]
timeout = 60
"""
COMMAND = """
[[rehearse.command]]
command = ["python", "-m", "sound.{module}"]
output = "{fine}"
"""
REQUEST = """
[[rehearse.request]]
url = "http://127.0.0.1:{site.port}/"
text = "page of sound"
"""
SERVICE = """
[[service]]
name = "{name}"
command = ["sound-serve", "{{site.port}}"]
directory = "{{release}}"
health = {{ http = "http://127.0.0.1:{{site.port}}/health", timeout = 60, settle = 1 }}
"""
SERVE = """
import http.server, os, sys, threading, time
from sound import serving
def main():
    serving.begin()
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            text = b"page of sound" if self.path == "/health" else serving.page()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(text)
    try:
        http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
    except KeyboardInterrupt:
        pass
"""
SERVING = """
def begin():
    pass
def page():
    return b"page of sound"
"""
DOWNLOADING = """
import urllib.request
def begin():
    pass
def page():
    return urllib.request.urlopen("http://models.example/small.bin", timeout=5).read()
"""
DYING = """
import os, threading
def begin():
    threading.Timer(20, os._exit, (3,)).start()
def page():
    return b"page of sound"
"""
SILENT = """
import time
def begin():
    while True:
        time.sleep(1)
def page():
    return b""
"""
NATIVE = "__declspec(dllimport) int absent(void);\n__declspec(dllexport) void *PyInit__native(void) { absent(); return 0; }\n"
ABSENT = "__declspec(dllexport) int absent(void) { return 1; }\n"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """``command``: a program that is run, as a module's text; ``found``: the step that fails, and what its words have; ``also``: steps that fail with it. ``*`` in a
    step's name: which one it is depends on how fast this machine is.
    """

    found: tuple[str, str]
    also: tuple[str, ...] = ()
    command: str = ""
    files: Mapping[str, str] = dataclasses.field(default_factory=dict)
    tables: str = ""
    services: tuple[str, ...] = ()
    programs: Mapping[str, str] = dataclasses.field(default_factory=dict)


FAULTS = {
    "a missing DLL": Fault(
        found=("command", "The bundle lacks DLLs that its packages need: absent.dll"),
        command="def main():\n    from sound import _native\n",
    ),
    "a module imported late": Fault(
        found=("command", "No module named 'absent'"), command="def main():\n    import absent\n"
    ),
    "a download at first request": Fault(
        found=("request-1", "dns models.example"), files={"sound/serving.py": DOWNLOADING}, services=("sound",)
    ),
    "a port in use": Fault(found=("install", "8094"), services=("sound", "sound-too")),
    "a service that dies after 20 s": Fault(
        found=("services*", "Service sound: does not run"),
        also=("verify-after-use",),
        files={"sound/serving.py": DYING},
        services=("sound",),
    ),
    "a service that never answers": Fault(
        found=("install", "http://127.0.0.1:8094/health"), files={"sound/serving.py": SILENT}, services=("sound",)
    ),
    "an entry point to nothing": Fault(
        found=("entry-points", "there is no module sound.absent"), programs={"sound-ghost": "sound.absent:main"}
    ),
    "a file with a path of the build host": Fault(
        found=("command", r"sound\tools.ini: C:\Python311\python.exe"),
        command=(
            "import configparser, pathlib, subprocess\n"
            "def main():\n"
            "    tools = configparser.ConfigParser()\n"
            "    tools.read(pathlib.Path(__file__).with_name('tools.ini'))\n"
            "    subprocess.run([tools['tools']['python'], '-V'], check=True)\n"
        ),
        files={"sound/tools.ini": "[tools]\npython = C:\\Python311\\python.exe\n"},
    ),
    "data that the upgrade loses": Fault(
        found=("upgrade", rf"data is lost: {DATA}"),
        tables='[[post-install]]\ncommand = ["sound-migrate"]\n',
        files={
            "sound/migrate.py": (
                f"import pathlib\ndef main():\n    for each in pathlib.Path(r'{DATA}').glob('*.txt'):\n        each.unlink()\n"
            )
        },
        programs={"sound-migrate": "sound.migrate:main"},
    ),
    "an uninstall that leaves a file": Fault(
        found=("uninstall", r"left behind: file C:\Vendor"),
        also=("purge",),
        command=(
            "import pathlib\n"
            "def main():\n"
            "    pathlib.Path(r'C:\\Vendor').mkdir()\n"
            "    pathlib.Path(r'C:\\Vendor\\cache.db').write_text('x')\n"
        ),
    ),
    "a program that waits for a key": Fault(
        found=("command", "tool1.py:4 in main"),
        command="import msvcrt\ndef main():\n    print('Press any key', flush=True)\n    msvcrt.getch()\n",
    ),
    "a program that writes into its release": Fault(
        found=("verify-after-use", "settings.ini"),
        command=(
            "import pathlib\n"
            "def main():\n"
            "    pathlib.Path(__file__).with_name('settings.ini').write_text('[window]\\nwidth = 800\\n')\n"
        ),
        files={"sound/settings.ini": "[window]\nwidth = 600\n"},
    ),
}
GROUPS = {
    "found without a service": (
        "a missing DLL",
        "a module imported late",
        "an entry point to nothing",
        "a file with a path of the build host",
        "a program that writes into its release",
    ),
    "found while it runs": ("a download at first request", "a program that waits for a key"),
    "found after a while": ("a service that dies after 20 s",),
    "found at the start of one": ("a service that never answers",),
    "found at the start of two": ("a port in use",),
    "found at the end": ("data that the upgrade loses", "an uninstall that leaves a file"),
}
"""Faults that don't hide one another: one rehearsal finds all of a group."""


def make_recipe(folder: Path, *names: str, version: str = "1.0", services: tuple[str, ...] = ()) -> Path:
    """A recipe with these faults; with none a sound one, with ``services``. What it installs lies beside it."""
    faults = [FAULTS[each] for each in names]
    folder.mkdir(parents=True, exist_ok=True)
    running = [*services, *(each for fault in faults for each in fault.services)]
    files = {"sound/__init__.py": "", "sound/serve.py": SERVE, "sound/serving.py": SERVING}
    tables = [SERVICE.format(name=each) for each in running]
    asked = [REQUEST] if running else []
    programs = {"sound-serve": "sound.serve:main"}
    for number, fault in enumerate(faults):
        files.update(fault.files)
        programs.update(fault.programs)
        tables.append(fault.tables)
        if fault.command:
            files[f"sound/tool{number}.py"] = f"{fault.command}\nmain()\nprint({FINE!r})\n"
            asked.append(COMMAND.format(module=f"tool{number}", fine=FINE))
    binaries = {"sound/_native.cp311-win_amd64.pyd": _native()} if "a missing DLL" in names else {}
    wheel = make_wheel(
        folder,
        "sound",
        version,
        tag="cp311-cp311-win_amd64",
        files={**files, **binaries},
        entry_points={"console_scripts": programs},
    )
    text = RECIPE.format(version=version, address=wheel.as_uri(), data=DATA, tables="".join(tables))
    recipe = folder / "sound.toml"
    recipe.write_text(text + "".join(asked), encoding="utf-8")
    return recipe


def _native() -> bytes:
    """An extension module that needs a DLL which isn't there."""
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        for stem, text in (("absent", ABSENT), ("native", NATIVE)):
            (work / f"{stem}.c").write_text(text, encoding="ascii")
        toolchain.compile_exe("amd64", work / "absent.dll", "-shared", work / "absent.c")
        toolchain.compile_exe("amd64", work / "native.pyd", "-shared", work / "native.c", work / "absent.dll")
        return (work / "native.pyd").read_bytes()
