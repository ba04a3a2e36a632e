"""The test bed tells the truth: programs run, exit codes are whole, nothing gets out, and what tries to is seen."""

from __future__ import annotations

import re
import subprocess
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bundler.errors import HostError, IntegrityError
from bundler.formats.authenticode import check_signature
from bundler.rehearse.wine import host_tools
from bundler.rehearse.wine.bed import Bed as EngineBed
from bundler.rehearse.wine.bed_cache import Cache
from bundler.rehearse.wine.host_wine import find_host_wine
from bundler.report import Reporter
from tests.support.bed import (
    Bed,
    ConnectionAttemptError,
    Mirror,
    NotStartedError,
    Session,
    TimedOutError,
    signing,
)
from tests.support.recipes import large_ones_too

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.e2e

_REPORT = (
    "import sys, struct, ssl, sqlite3, ctypes;"
    "print('%s %d %s' % (sys.version.split()[0], struct.calcsize('P') * 8, sys.prefix))"
)
_ROOT = Path(__file__).parents[2]
_CONNECT = "import socket; socket.create_connection(('192.0.2.1', 443), 5)"
_AWKWARD = "C:\\a b (x86) ! & é"


@pytest.fixture(scope="module")
def windows(bed: Bed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """One Windows for tests that leave nothing behind."""
    with bed.session(tmp_path_factory.mktemp("windows") / "prefix") as session:
        yield session
        session.forget_attempts()


@pytest.fixture(scope="module")
def python(windows: Session, mirror: Mirror) -> str:
    """A Python copied, not installed."""
    windows.copy_in(mirror.tree("3.11.7", "amd64"), r"C:\Copied")
    return r"C:\Copied\python.exe"


@pytest.mark.parametrize("code", [0, 1, 255, 256, 1627, 3010, 0xC0000005])
def test_an_exit_code_has_all_32_bits(windows: Session, code: int) -> None:
    signed = code - (1 << 32) if code > 0x7FFFFFFF else code
    assert windows.run(["cmd.exe", "/c", "exit", str(signed)]).returncode == code


def test_the_error_level_of_a_batch_file(windows: Session) -> None:
    result = windows.cmd("echo one\ncmd /c exit 3010")
    assert (result.returncode, result.output) == (3010, "one\n")
    assert windows.cmd("call :part\nexit /b %ERRORLEVEL%\n:part\nexit /b 1627").returncode == 1627


def test_both_widths_run(windows: Session) -> None:
    wide = windows.cmd("echo %PROCESSOR_ARCHITECTURE%")
    narrow = windows.run([r"C:\windows\syswow64\cmd.exe", "/c", "echo %PROCESSOR_ARCHITECTURE%"])
    assert (wide.output, narrow.output) == ("AMD64\n", "x86\n")


def test_arguments_arrive_as_given(windows: Session, python: str) -> None:
    given = ["a b", "(x)", "!", "&", "é ł 漢", 'quo"te', "100%", "^", "", "back\\"]
    result = windows.run([python, "-X", "utf8", "-c", "import sys; print(ascii(sys.argv[1:]))", *given])
    assert result.output == ascii(given) + "\n"


def test_a_batch_file_with_an_awkward_path_and_arguments(windows: Session) -> None:
    script = windows.host_path(rf"{_AWKWARD}\run me.bat")
    script.parent.mkdir()
    script.write_text('@echo off\n>"%~dp0out.txt" echo "%~1" "%~2"\nexit /b 3010\n', newline="\r\n")
    result = windows.run([rf"{_AWKWARD}\run me.bat", "one & (two)!", "three"])
    assert result.returncode == 3010
    assert (script.parent / "out.txt").read_text().strip() == '"one & (two)!" "three"'


def test_environment_directory_and_input_are_given(windows: Session, python: str) -> None:
    report = (
        "import os, sys; print(os.getcwd(), os.environ['PATH'], ascii(os.environ['NÄME']), sys.stdin.read().split())"
    )
    environment = {"PATH": r"C:\nowhere", "NÄME": "välue"}
    result = windows.run([python, "-c", report], cwd=r"C:\Copied", env=environment, stdin="in\nput\n")
    assert result.output == r"C:\Copied C:\nowhere 'v\xe4lue' ['in', 'put']" + "\n"


def test_no_variable_of_the_host_gets_in(windows: Session, python: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://192.0.2.1/")
    assert windows.run([python, "-c", "import os; print(os.environ.get('PIP_INDEX_URL'))"]).output == "None\n"


def test_a_program_that_is_not_there_or_does_not_end(windows: Session, python: str) -> None:
    with pytest.raises(NotStartedError, match="Windows error 2"):
        windows.run([r"C:\nothing.exe"])
    with pytest.raises(TimedOutError, match="begun"):
        windows.run([python, "-uc", "import time; print('begun'); time.sleep(600)"], timeout=3)


def test_a_daemon_serves_over_loopback_and_stops(windows: Session, python: str) -> None:
    windows.host_path(r"C:\www").mkdir()
    windows.host_path(r"C:\www\index.html").write_text("a page")
    daemon = windows.spawn([python, "-m", "http.server", "8099", "--bind", "127.0.0.1"], cwd=r"C:\www")
    page = windows.http_get("http://127.0.0.1:8099/")
    assert (page.status, page.body) == (200, b"a page")
    assert windows.connects("127.0.0.1", 8099)
    assert windows.http_get("http://127.0.0.1:8099/none").status == 404
    daemon.stop()
    assert not daemon.running
    assert not windows.connects("127.0.0.1", 8099)


def test_what_is_written_below_windows_stays_in_this_prefix(bed: Bed, tmp_path: Path) -> None:
    with bed.session(tmp_path / "one") as windows:
        windows.cmd(r">C:\windows\system32\new.txt echo x" + "\n" + r"reg add HKCU\Software\Bed /v kept /d yes /f")
        assert windows.host_path(r"c:\WINDOWS\System32\NEW.txt").read_text().strip() == "x"
    with bed.session(tmp_path / "one") as windows:
        assert windows.cmd(r"type C:\windows\system32\new.txt").output.strip() == "x"
        assert "yes" in windows.cmd(r"reg query HKCU\Software\Bed /v kept").output
    with bed.session(tmp_path / "two") as windows:
        assert not windows.host_path(r"C:\windows\system32\new.txt").exists()
        assert windows.cmd(r"reg query HKCU\Software\Bed /v kept").returncode == 1


def test_nothing_of_a_session_is_left(bed: Bed, tmp_path: Path, mirror: Mirror) -> None:
    with bed.session(tmp_path / "prefix") as windows:
        windows.copy_in(mirror.tree("3.11.7", "amd64"), r"C:\Python")
        windows.run(
            [
                r"C:\windows\system32\cmd.exe",
                "/c",
                r"start /b C:\Python\python.exe -c input(__import__('time').sleep(600))",
            ]
        )
        assert str(tmp_path) in _everything_open()
    assert str(tmp_path) not in _everything_open()
    assert str(tmp_path) not in Path("/proc/self/mountinfo").read_text()


def _everything_open() -> str:
    """The mounts that any process of this machine sees."""
    tables = (each / "mountinfo" for each in Path("/proc").iterdir() if each.name.isdigit())
    found = subprocess.run(["cat", *tables], capture_output=True, check=False)  # processes come and go
    return found.stdout.decode(errors="replace")


@pytest.mark.parametrize(
    ("attempt", "recorded"),
    [
        (_CONNECT, "tcp 192.0.2.1:443"),
        (
            "import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('198.51.100.7', 123))",
            "udp 198.51.100.7:123",
        ),
        ("import socket; socket.create_connection(('2001:db8::1', 80), 5)", "tcp [2001:db8::1]:80"),
        ("import urllib.request as u; u.urlopen('http://packages.example/simple/')", "dns packages.example"),
    ],
)
def test_an_attempt_to_reach_outside_is_recorded(windows: Session, python: str, attempt: str, recorded: str) -> None:
    windows.forget_attempts()
    windows.run([python, "-c", attempt])
    assert set(windows.forget_attempts()) == {recorded}


def test_a_windows_program_reaches_nothing_outside(windows: Session) -> None:
    assert not windows.connects("192.0.2.1", 80)
    assert windows.forget_attempts() == ["tcp 192.0.2.1:80"]


def test_an_attempt_fails_the_session(bed: Bed, tmp_path: Path) -> None:
    with (
        pytest.raises(ConnectionAttemptError, match=re.escape("tcp 192.0.2.1:80")),
        bed.session(tmp_path / "prefix") as windows,
    ):
        windows.connects("192.0.2.1", 80)


def _install_exe(windows: Session, installer: Path, directory: str) -> int:
    windows.copy_in(installer, r"C:\setup.exe")
    options = ("/quiet", "/norestart", "InstallAllUsers=1", "PrependPath=0", "Include_test=0", f"TargetDir={directory}")
    return windows.run([r"C:\setup.exe", *options, "/log", r"C:\install.log"]).returncode


def _install_msi(windows: Session, package: Path, directory: str) -> int:
    windows.copy_in(package, r"C:\setup.msi")
    line = rf'msiexec.exe /i C:\setup.msi /qn /norestart ALLUSERS=1 TARGETDIR="{directory}" /l*v C:\install.log'
    return windows.run(line).returncode


@pytest.mark.parametrize(
    ("name", "bits"),
    [
        ("python-3.11.7-amd64.exe", 64),
        ("python-3.11.7.exe", 32),
        ("python-3.11.7.amd64.msi", 64),
        ("python-2.7.18.amd64.msi", 64),
        ("python-2.7.18.msi", 32),
    ],
)
def test_an_installer_installs_and_uninstalls(bed: Bed, mirror: Mirror, tmp_path: Path, name: str, bits: int) -> None:
    directory = r"C:\Program Files\My Python"
    version = ".".join(re.findall(r"\d+", name)[:3])
    with bed.session(tmp_path / "prefix") as windows:
        install = _install_exe if name.endswith(".exe") else _install_msi
        assert install(windows, mirror.file(name), directory) == 0
        result = windows.run([rf"{directory}\python.exe", "-c", _REPORT])
        assert result.output == rf"{version} {bits} {directory}" + "\n"
        key = rf"Software\Python\PythonCore\{version.rpartition('.')[0]}"
        key += "-32" if bits == 32 and version > "3" else ""
        query = f"reg query HKLM\\{key}\\InstallPath /ve /reg:{bits}"
        assert directory in windows.cmd(query).output
        assert "pip" in windows.run([rf"{directory}\python.exe", "-m", "pip", "--version"]).output
        path = r'reg query "HKLM\System\CurrentControlSet\Control\Session Manager\Environment" /v PATH'
        found = windows.cmd(path)
        assert (found.returncode, "My Python" in found.output) == (0, False), found.output
        uninstall = (
            windows.run([r"C:\setup.exe", "/uninstall", "/quiet", "InstallAllUsers=1"])
            if name.endswith(".exe")
            else windows.run(r"msiexec.exe /x C:\setup.msi /qn")
        )
        assert uninstall.returncode == 0
        assert not windows.host_path(rf"{directory}\python.exe").exists()


def test_an_exe_refuses_a_switch_it_does_not_know(windows: Session, mirror: Mirror) -> None:
    windows.copy_in(mirror.file("python-3.11.7-amd64.exe"), r"C:\setup.exe")
    assert windows.run([r"C:\setup.exe", "/quite"]).returncode == 87
    assert windows.run([r"C:\setup.exe", "InstallAllUsers=1"]).returncode == 1602


def test_the_embeddable_zip_starts_where_it_lies(windows: Session, mirror: Mirror) -> None:
    lies = rf"{_AWKWARD} embed"
    with zipfile.ZipFile(mirror.file("python-3.11.7-embed-amd64.zip")) as archive:
        assert not [name for name in archive.namelist() if "/" in name]
        archive.extractall(windows.host_path(lies))
    result = windows.run([rf"{lies}\python.exe", "-X", "utf8", "-c", _REPORT])
    assert result.output == f"3.11.7 64 {lies}\n"
    which = "import json, sys; print(json.__file__[len(sys.prefix):], 'site' in sys.modules)"
    assert windows.run([rf"{lies}\python.exe", "-c", which]).output == "\\python311.zip\\json\\__init__.pyc False\n"
    assert windows.run([rf"{lies}\python.exe", "-c", "import venv"]).returncode == 1


def test_the_nuget_package_starts_where_it_lies(windows: Session, mirror: Mirror) -> None:
    with zipfile.ZipFile(mirror.file("python.3.11.7.nupkg")) as archive:
        assert "python.nuspec" in archive.namelist()
        archive.extractall(windows.host_path(r"C:\nuget"))
    result = windows.run([r"C:\nuget\tools\python.exe", "-c", _REPORT])
    assert result.output == "3.11.7 64 C:\\nuget\\tools\n"
    assert windows.run([r"C:\nuget\tools\python.exe", "-m", "venv", "--without-pip", r"C:\env é"]).returncode == 0
    assert windows.run([r"C:\env é\Scripts\python.exe", "-c", "raise SystemExit(3010)"]).returncode == 3010


def _verdict(mirror: Mirror, path: Path) -> int:
    command = ("osslsigncode", "verify", "-CAfile", mirror.ca_pem, "-in", path)
    return subprocess.run(command, capture_output=True, check=False).returncode


@pytest.mark.parametrize("name", ["python-3.11.7-amd64.exe", "python-2.7.18.msi"])
def test_installers_are_signed_and_the_signature_can_be_taken_off_or_broken(
    mirror: Mirror, tmp_path: Path, name: str
) -> None:
    signed = mirror.file(name)
    assert _verdict(mirror, signed) == 0
    assert _verdict(mirror, signing.unsigned(signed, tmp_path / f"unsigned-{name}")) != 0
    assert _verdict(mirror, signing.broken(signed, tmp_path / f"broken-{name}")) != 0


@pytest.mark.parametrize("member", ["python.exe", "pythonw.exe", "python311.dll", "python3.dll"])
def test_programs_in_archives_are_signed(mirror: Mirror, tmp_path: Path, member: str) -> None:
    for archive, inside in (("python-3.11.7-embed-amd64.zip", member), ("python.3.11.7.nupkg", f"tools/{member}")):
        with zipfile.ZipFile(mirror.file(archive)) as opened:
            assert _verdict(mirror, Path(opened.extract(inside, tmp_path / archive))) == 0


@pytest.mark.parametrize("name", ["python-3.11.7-amd64.exe", "python-2.7.18.msi"])
def test_the_product_takes_the_signatures_for_those_of_the_foundation(
    mirror: Mirror, tmp_path: Path, name: str
) -> None:
    signed = mirror.file(name)
    foundation = "Python Software Foundation"
    signature = check_signature(signed, signer=foundation, extra_roots=(mirror.ca_pem,))
    assert signature.by(foundation)
    faults = {
        "signature-missing": (signing.unsigned(signed, tmp_path / f"unsigned-{name}"), (mirror.ca_pem,)),
        "signature-broken": (signing.broken(signed, tmp_path / f"broken-{name}"), (mirror.ca_pem,)),
        "signature-untrusted": (signed, ()),
    }
    for reference, (path, roots) in faults.items():
        with pytest.raises(IntegrityError) as caught:
            check_signature(path, signer=foundation, extra_roots=roots)
        assert caught.value.reference == reference


def test_a_wine_of_the_host_is_behind_the_same_walls(bed: Bed, tmp_path: Path) -> None:
    """The bed's own system plays a host that has a good Wine."""
    if not large_ones_too():
        pytest.skip("a second Windows is made for it: --long")
    source = find_host_wine(bed.chroot)
    assert source is not None
    theirs = EngineBed(Cache(tmp_path / "cache"), source, Reporter())
    assert theirs.version.startswith("10.")
    with theirs.session(tmp_path / "prefix") as windows:
        said = windows.cmd("dir /b Z:\\\ntype Z:\\etc\\shadow\n>Z:\\usr\\new.txt echo x\nexit /b 0").output
        assert {"usr", "etc", "srv"} <= set(said.split())
        assert not {"home", "root", "boot"} & set(said.split())
        assert "Access denied" in said
        with pytest.raises(HostError):
            windows.http_get("http://192.0.2.1/", wait=1)
        assert "tcp 192.0.2.1:80" in windows.connection_attempts()
        asking = windows.namespace.inside("/bin/cat", "/proc/self/status", env={})
        status = subprocess.run(asking, capture_output=True, text=True, check=True, env=host_tools.environment()).stdout
        assert re.search(r"CapEff:\s0000000000002400\n", status)
        assert re.search(r"NoNewPrivs:\s1\n", status)
        assert re.search(r"Seccomp:\s2\n", status)
    assert not (bed.chroot / "usr" / "new.txt").exists()
