"""The product on a Windows build host: every command under Windows Python in Wine, and the bundles that Linux makes, byte for byte.

Where Wine is kinder than Windows: it renames a folder although a file in it is open, and it takes long paths whatever the
registry says. Its C runtime knows Ctrl-C and no SIGBREAK: Ctrl-Break, or a console that is closed, just ends a program there, so
that what the product does then (as for SIGTERM, which is tested on Linux) can't be seen here. Where it is as strict as
Windows, it is tested: a file that is open can't be replaced.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

import bundler
from tests.support.bed.terminal import CTRL_C
from tests.support.building import setuptools_wheel
from tests.support.commandline import STEM, Bench, make_bench, tree_of, unsound
from tests.support.index import Fault, LocalIndex
from tests.support.legacy import make_wininst
from tests.support.packages import make_project, make_sdist, make_wheel
from tests.support.rehearse import recipe_copy
from tests.support.windows_host import WORK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.bed import Bed, Mirror
    from tests.support.windows_host import WindowsHost

pytestmark = [pytest.mark.e2e, pytest.mark.network]

AWKWARD = "C:\\Büro (x86) ! & co\\пр 日"
EMBED = "python-3.11.9-embed-amd64.zip"
NAMES = {"zip": f"{STEM}.zip", "7z": f"{STEM}.7z", "dir": STEM}
LOCK = "pylock.example-3-11-9-win_amd64.toml"


@pytest.fixture
def bench(windows_host: WindowsHost, tmp_path: Path) -> Iterator[Bench]:
    """A user's folder on Linux, and its index, which answers in the session under the same address."""
    with LocalIndex() as index:
        windows_host.answer_at(index)
        yield make_bench(tmp_path / "bench", index)


@pytest.fixture
def product(host_python: Path, tmp_path: Path) -> str:
    """The PYTHONPATH on which Linux finds the very files that are installed on the Windows host."""
    folder = tmp_path / "product"
    # a copy: Linux' Python keeps its bytecode beside them, and other workers copy that tree
    shutil.copytree(host_python / "Lib" / "site-packages" / "bundler", folder / "bundler")
    return str(folder)


def carry(bench: Bench, host: WindowsHost) -> None:
    """Take the user's folder over to the Windows host."""
    shutil.copytree(bench.folder, host.work, dirs_exist_ok=True)


def content(path: Path) -> dict[str, str] | str:
    return tree_of(path) if path.is_dir() else hashlib.sha256(path.read_bytes()).hexdigest()


def gamma(folder: Path) -> Path:
    """A legacy installer, as Windows hosts have them lying about."""
    info = "PURELIB/gamma-1.0-py3.11.egg-info"
    files = {"PURELIB/gamma/__init__.py": b"x = 1\n", "SCRIPTS/gamma_install.py": b"#!python\n"}
    given = {"name": "gamma", "target_version": "3.11", "platform": "win_amd64", "install_script": "gamma_install.py"}
    return make_wininst(folder / "gamma-1.0.win-amd64-py3.11.exe", files, egg_info=info, **given)  # type: ignore[arg-type]


def rich_recipe(bench: Bench, mirror: Mirror) -> tuple[str, ...]:
    """Everything that a recipe may take in, the runtime signed; gives the options that it needs on Linux."""
    bench.index.add(setuptools_wheel())
    bench.index.add(make_sdist(bench.published, "pure", "1.0", requires=["alpha"]))
    bench.publish("delta")
    bench.index.serve(f"/python/3.11.9/{EMBED}", mirror.file(EMBED))
    mine = {"mine/__init__.py": "def go(): ...\n", "mine/my.tac": "application = 1\n"}
    make_project(bench.folder / "apps" / "mine", "mine", requires=["beta"], files=mine)
    scripts = {"console_scripts": {"old": "old:go"}}
    make_project(bench.root / "old", "old", backend="setuptools", build_requires=["setuptools"], entry_points=scripts)
    gamma(bench.folder)
    (bench.folder / "requirements.txt").write_bytes(b"# f\xc3\xbcr Windows\r\ndelta == 1.0\r\n")
    (bench.folder / "app.ini").write_bytes(b"port = {site.port}\r\n")
    packages = 'projects = ["apps/mine", "../old"]\nfiles = ["requirements.txt"]\n'
    packages += 'legacy = [{ source = "gamma-1.0.win-amd64-py3.11.exe" }]'
    more = '[site]\nport = { default = "8080" }\n[[file]]\nsource = "app.ini"\ndestination = \'{data}\\app.ini\'\ntemplate = true'
    bench.write(requirements=["pure"], packages=packages, more=more)
    text = bench.recipe.read_text(encoding="utf-8")
    runtime = re.sub(
        r"\[target.runtime\].*?(?=\[packages\])", '[target.runtime]\nkind = "embed"\n\n', text, flags=re.DOTALL
    )
    bench.recipe.write_text(runtime, encoding="utf-8")
    return ("--python-mirror", f"{bench.index.base}/python", "--signer-ca", str(mirror.ca_pem))


def test_the_same_lock_and_the_same_bytes_as_on_linux(
    windows_host: WindowsHost, bench: Bench, mirror: Mirror, product: str
) -> None:
    ours = {"PYTHONPATH": product}
    options = rich_recipe(bench, mirror)
    carry(bench, windows_host)
    shutil.copytree(bench.root / "old", windows_host.session.host_path(r"C:\old"))
    windows_host.session.copy_in(mirror.ca_pem, r"C:\ca.pem")
    there = ("--index", bench.index.url, *options[:-1], r"C:\ca.pem")

    looked = windows_host.bundle("doctor", "example.toml", *there)
    assert looked.code == 0, looked.out + looked.err
    assert r"C:\Python311\python.exe" in looked.out
    moment = {"SOURCE_DATE_EPOCH": "1700000000"}
    locked = windows_host.bundle("lock", "example.toml", *there, env=moment)
    assert locked.code == 0, locked.err
    here = bench.run("lock", bench.recipe, *options, env=ours | moment)
    assert here.code == 0, here.err
    assert (windows_host.work / LOCK).read_bytes() == bench.lock.read_bytes()

    windows = windows_host.bundle("build", "example.toml", *there, "--locked", "-o", "out")
    assert windows.code == 0, windows.err
    linux = bench.build("--locked", *options, env=ours)
    assert linux.code == 0, linux.err
    assert content(windows_host.work / "out" / NAMES["zip"]) == content(bench.bundle)
    seen = windows_host.bundle("inspect", rf"out\{NAMES['zip']}")
    assert seen.code == 0, seen.err
    assert "signed by Python Software Foundation" in seen.out


def test_every_form(windows_host: WindowsHost, bench: Bench, product: str) -> None:
    assert bench.run("lock", bench.recipe).code == 0
    carry(bench, windows_host)
    for form, name in NAMES.items():
        index = ("--index", bench.index.url)
        windows = windows_host.bundle("build", "example.toml", *index, "--locked", "-o", "out", "--format", form)
        assert windows.code == 0, windows.err
        assert bench.build("--locked", "--format", form, env={"PYTHONPATH": product}).code == 0
        assert content(windows_host.work / "out" / name) == content(bench.output / name), form
        verified = windows_host.bundle("verify", rf"out\{name}")
        assert verified.code == 0, verified.err


def test_the_quickstart_out_of_a_full_store(windows_host: WindowsHost, bed: Bed, product: str, tmp_path: Path) -> None:
    """The real thing: a whole CPython whose signatures Windows' side checks, Twisted, pywin32, pyodbc, the application."""
    recipe = recipe_copy(tmp_path, "quickstart.toml")
    command = [sys.executable, "-m", "bundler", "build", str(recipe), "--output", str(tmp_path / "out")]
    environ = {**os.environ, "PYTHONPATH": product, "BUNDLE_STORE": str(bed.cache.root / "store")}
    subprocess.run(command, cwd=tmp_path, env=environ, check=True)
    (linux,) = (tmp_path / "out").glob("*.zip")
    (lock,) = tmp_path.glob("pylock.*.toml")
    for sha256 in set(re.findall(r'sha256 = "([0-9a-f]{64})"', lock.read_text(encoding="utf-8"))):
        stored = bed.cache.root / "store" / "sha256" / sha256[:2] / sha256
        windows_host.session.copy_in(stored, rf"C:\store\sha256\{sha256[:2]}\{sha256}")
    for each in ("my_app", "my_app.ini", recipe.name, lock.name):
        windows_host.session.copy_in(tmp_path / each, rf"{WORK}\{each}")
    done = windows_host.bundle("build", recipe.name, "--locked", "-o", "out", timeout=900)
    assert done.code == 0, done.err
    assert "Python Software Foundation" in done.err
    assert content(windows_host.work / "out" / linux.name) == content(linux)


def test_a_legacy_installer_becomes_the_same_wheel(windows_host: WindowsHost, bench: Bench) -> None:
    gamma(bench.folder)
    carry(bench, windows_host)
    name = "gamma-1.0-cp311-none-any.whl"
    done = windows_host.bundle("convert", "gamma-1.0.win-amd64-py3.11.exe", "-o", "wheels")
    assert done.code == 0, done.err
    assert rf"wheels\{name}" in done.out
    assert "gamma_install.py -install" in done.err
    assert bench.run("convert", bench.folder / "gamma-1.0.win-amd64-py3.11.exe", "-o", bench.output).code == 0
    assert content(windows_host.work / "wheels" / name) == content(bench.output / name)


def test_paths_as_windows_has_them(windows_host: WindowsHost, bench: Bench) -> None:
    """Drives, backslashes, addresses of files, another case, letters of other languages, and the folder for caches."""
    session = windows_host.session
    place = session.host_path(AWKWARD)
    make_project(place / "mine", "mine")
    session.copy_in(make_wheel(bench.published, "epsilon"), r"C:\wheels\epsilon-1.0-py3-none-any.whl")
    session.copy_in(gamma(bench.root), r"C:\old\gamma-1.0.win-amd64-py3.11.exe")
    session.copy_in(bench.root / "python.zip", AWKWARD + r"\sub\python.zip")
    (place / "requirements.txt").write_bytes(b"epsilon @ file:///C:/wheels/epsilon-1.0-py3-none-any.whl\r\n")
    legacy = "legacy = [{ source = 'C:\\old\\gamma-1.0.win-amd64-py3.11.exe' }]"
    packages = f"projects = ['.\\mine']\nfiles = ['requirements.txt']\n{legacy}"
    bench.write(runtime="source = 'sub\\python.zip'\nunsigned = true", packages=packages)
    shutil.copy(bench.recipe, place)
    index = ("--index", bench.index.url)

    done = windows_host.bundle("build", "EXAMPLE.toml", *index, "--json", cwd=AWKWARD, env={"BUNDLE_STORE": ""})
    assert done.code == 0, done.out
    assert done.json["bundles"][0]["path"] == rf"build\out\{STEM}.zip"
    caches = session.host_path(r"C:\users\root\AppData\Local\bundle\Cache")
    assert any((caches / "sha256").iterdir())
    text = (place / LOCK).read_text(encoding="utf-8")
    assert 'path = "../../wheels/epsilon-1.0-py3-none-any.whl"' in text
    assert 'path = "mine"' in text

    again = ("build", rf"{AWKWARD}\example.toml", *index, "--locked", "--store", AWKWARD + r"\store", "-o", AWKWARD)
    assert windows_host.bundle(*again, cwd="C:\\").code == 0
    assert content(place / f"{STEM}.zip") == content(place / "build" / "out" / f"{STEM}.zip")
    missing = windows_host.bundle("build", rf"{AWKWARD}\none.toml", env={"PYTHONIOENCODING": "utf-8"})
    assert (missing.code, missing.reference) == (2, "recipe-unreadable")
    assert AWKWARD in missing.err


def test_the_proxy_that_windows_is_set_to(windows_host: WindowsHost, bench: Bench) -> None:
    """Nobody knows the index's name here but the proxy (which is the index itself: it looks at an address's path only)."""
    key = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Internet Settings"
    for value, kind, data in (("ProxyEnable", "REG_DWORD", "1"), ("ProxyServer", "REG_SZ", bench.index.base[7:])):
        set_it = ["reg", "add", key, "/v", value, "/t", kind, "/d", data, "/f"]
        assert windows_host.session.run(set_it).returncode == 0
    carry(bench, windows_host)
    done = windows_host.bundle("lock", "example.toml", "--index", "http://index.test/simple/")
    assert done.code == 0, done.err
    assert "http://index.test/files/alpha" in (windows_host.work / LOCK).read_text(encoding="utf-8")


def test_wrong_input(windows_host: WindowsHost, bench: Bench) -> None:
    index = ("--index", bench.index.url)

    def refused(code: int, reference: str, *arguments: str) -> str:
        carry(bench, windows_host)
        done = windows_host.bundle(*(arguments or ("build", "example.toml", *index, "-o", "out")))
        assert (done.code, done.reference) == (code, reference), done.err
        assert not (windows_host.work / "out").exists()
        assert not unsound(windows_host.store)
        return done.err

    refused(2, "recipe-unreadable", "build", "none.toml")
    refused(2, "arguments-wrong", "build", "example.toml", "--format", "rar")
    bench.write(requirements=["nowhere"])
    refused(3, "package-unknown")
    bench.write(runtime=f'source = "{{base}}/python.zip"\nunsigned = true\nsha256 = "{"0" * 64}"')
    refused(5, "hash-mismatch")
    bench.write()
    refused(4, "index-unreachable", "build", "example.toml", "--index", "http://127.0.0.1:9/simple/")
    assert windows_host.bundle("doctor", *index, "--store", r"Q:\store").code == 7
    bench.recipe.write_text('[bundle]\nname = 1\n[[target]]\npython = "3"\nplatform = "x"\n', encoding="utf-8")
    assert "target[0].python" in refused(2, "recipe-invalid")


def test_no_compiler_runs_unasked(windows_host: WindowsHost, bench: Bench) -> None:
    """setuptools starts cl.exe out of PATH, where the one that refuses comes first; an optional extension hides that."""
    bench.index.add(setuptools_wheel())
    needs = ["setuptools"]
    project = make_project(bench.folder / "fast", "fast", backend="setuptools", build_requires=needs, c_extension=True)
    setup = (project / "setup.py").read_text(encoding="utf-8")
    (project / "setup.py").write_text(setup.replace('.c"])', '.c"], optional=True)'), encoding="utf-8")
    bench.write(requirements=[], packages='projects = ["fast"]')
    carry(bench, windows_host)
    done = windows_host.bundle("build", "example.toml", "--index", bench.index.url, "-o", "out")
    assert (done.code, done.reference) == (6, "needs-compiler"), done.err
    assert "it ran: cl " in done.err
    assert not (windows_host.work / "out").exists()


def test_what_is_open_elsewhere_is_not_replaced(windows_host: WindowsHost, bench: Bench) -> None:
    carry(bench, windows_host)
    command = ("build", "example.toml", "--index", bench.index.url, "-o", "out", "--quiet")
    assert windows_host.bundle(*command).code == 0
    bench.write(requirements=["beta"])  # so that there is something new to write
    carry(bench, windows_host)
    refused_while_open(windows_host, LOCK, "host-refuses", "lock", *command[1:4])
    refused_while_open(windows_host, rf"out\{STEM}.zip", "output-unwritable", *command)


def refused_while_open(host: WindowsHost, path: str, reference: str, *arguments: str) -> None:
    """A command that is to write ``path``: nothing half-done while it is open, and done once it isn't."""
    before, held = tree_of(host.work), host.work / "held"
    holder = host.session.spawn([host.python, "-c", HOLD, rf"{WORK}\{path}", rf"{WORK}\held"])
    until(held.exists)
    done = host.bundle(*arguments)
    assert (done.code, done.reference) == (7, reference), done.err
    assert "open" in done.err
    held.unlink()
    assert tree_of(host.work) == before
    until(lambda: not holder.running)
    assert host.bundle(*arguments).code == 0
    assert tree_of(host.work) != before


HOLD = """
import pathlib, sys, time
path, flag = map(pathlib.Path, sys.argv[1:])
with path.open("rb"):
    flag.touch()
    while flag.exists():
        time.sleep(0.05)
"""


def until(condition: Callable[[], bool]) -> None:
    while not condition():
        time.sleep(0.1)


def waiting_project(folder: Path, flag: str) -> None:
    """A project whose build says by a file that it has begun, and then never ends."""
    project = make_project(folder, folder.name)
    backend = project / "_build" / "sdist_backend.py"
    text = backend.read_text(encoding="utf-8").replace("def build_wheel(", "def _never(")
    hook = f"def build_wheel(*_: object) -> str:\n    open({flag!r}, 'w').close()\n    time.sleep(600)\n"
    backend.write_text(f"{text}\n\nimport time\n\n\n{hook}", encoding="utf-8")


@pytest.mark.parametrize("started", ["bundle.exe", "python -m bundler"])
def test_ctrl_c_in_a_console(windows_host: WindowsHost, bench: Bench, started: str) -> None:
    waiting_project(bench.folder / "slow", r"C:\begun")
    bench.write(packages='projects = ["slow"]')
    carry(bench, windows_host)
    program = [windows_host.program] if started == "bundle.exe" else [windows_host.python, "-m", "bundler"]
    command = [*program, "build", "example.toml", "--index", bench.index.url, "-o", "out"]
    begun = windows_host.session.host_path(r"C:\begun")
    with windows_host.session.console(command, cwd=WORK, env=windows_host.environ()) as console:
        until(lambda: begun.exists() or console.ended)
        console.press(CTRL_C)
        assert console.wait() == 130, console.text
        assert "interrupted" in console.text
        assert "Traceback" not in console.text
    assert not list(windows_host.temporary.iterdir())
    assert not (windows_host.work / "out").exists()
    assert not unsound(windows_host.store)
    assert "python" not in windows_host.session.cmd("tasklist").output, "the build has ended too"


def test_a_console_shows_progress_and_a_pipe_gets_plain_lines(windows_host: WindowsHost, bench: Bench) -> None:
    wheel = bench.publish("wide", files={"data.bin": bytes(3_000_000)}, stored=True)
    bench.index.fault(wheel.name, Fault(pause=0.02, times=None))
    bench.write(requirements=["wide"])
    carry(bench, windows_host)
    command = ("build", "example.toml", "--index", bench.index.url, "-o", "out")
    with windows_host.session.console(
        [windows_host.program, *command], cwd=WORK, env=windows_host.environ()
    ) as console:
        assert console.wait() == 0, console.text
    assert "\N{RIGHTWARDS ARROW}" in console.text, "a console takes every letter, whatever its code page"
    assert re.search(r"\d\.\d/3\.\d MB", console.text)
    assert "\x1b[32m" in console.raw, "in colours"
    piped = windows_host.bundle(*command)
    assert piped.code == 0
    assert "-> Packing 1 wheel" in piped.err, "a pipe's code page has no arrow"
    assert "\x1b" not in piped.out + piped.err


@pytest.mark.parametrize("form", ["zip", "dir"])
def test_three_builds_at_once(windows_host: WindowsHost, bench: Bench, form: str) -> None:
    """One store, one lock, one output; a file that another one has open is no fault."""
    wheel = bench.publish("wide", files={"data.bin": bytes(3_000_000)}, stored=True)
    bench.index.fault(wheel.name, Fault(pause=0.01, times=None))
    bench.write(requirements=["wide", "alpha"])
    carry(bench, windows_host)
    command = [windows_host.program, "build", "example.toml", "--index", bench.index.url, "-o", "out", "--format", form]
    runs = [windows_host.session.spawn(command, cwd=WORK, env=windows_host.environ()) for _ in range(3)]
    until(lambda: not any(each.running for each in runs))
    assert all(f"out\\{STEM}" in each.output for each in runs), [each.output for each in runs]
    assert not unsound(windows_host.store)
    signed = f"{NAMES[form]}.SHA256SUMS" if form == "dir" else NAMES[form]
    assert {each.name for each in (windows_host.work / "out").iterdir()} == {
        NAMES[form],
        f"{NAMES[form]}.build.json",
        f"{signed}.intoto.jsonl",
    }
    assert windows_host.bundle("verify", rf"out\{NAMES[form]}").code == 0
    assert windows_host.bundle("build", "example.toml", "--index", bench.index.url, "--locked").code == 0


def test_what_needs_no_recipe(windows_host: WindowsHost) -> None:
    assert windows_host.bundle("--version").out == f"bundle {bundler.__version__}\n"
    assert windows_host.bundle("init", "new.toml").code == 0
    assert b"\r" not in (windows_host.work / "new.toml").read_bytes()
    assert windows_host.bundle("init", "new.toml").code == 2, "what is there stays"
