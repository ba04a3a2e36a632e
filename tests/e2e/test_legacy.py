"""Converted installers under a Windows Python 2.7 in Wine: installed by its own pip, with no network, and used."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.legacy_real import REAL, fetch
from tests.unit.legacy.looking import converted

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.bed import Mirror, Session

pytestmark = [pytest.mark.e2e, pytest.mark.network]

PYTHON = r"C:\Python27\python.exe"
USED = {
    "win32": (
        "greenlet-0.4.4.win32-py2.7.exe",
        "zope.interface-4.1.2.win32-py2.7.exe",
        "Twisted-14.0.2.win32-py2.7.msi",
        "pyserial-2.7.win32.exe",
        "pyparsing-2.2.0.win32-py2.7.exe",
    ),
    "amd64": ("zope.interface-4.1.2.win-amd64-py2.7.exe", "pypiwin32-219.win-amd64-py2.7.exe"),
}


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    used = {name for names in USED.values() for name in names}
    return fetch([each for each in REAL if each.filename in used], tmp_path_factory.mktemp("real"))


def install(windows: Session, mirror: Mirror, real: dict[str, Path], arch: str) -> None:
    """Python 2.7 in its place, its own pip, and every converted wheel installed by it."""
    windows.copy_in(mirror.tree("2.7.18", arch), r"C:\Python27")
    done = windows.run([PYTHON, "-m", "ensurepip"])
    assert done.returncode == 0, done.output
    wheels = []
    for name in USED[arch]:
        wheel = converted(real[name]).converted.wheel
        windows.copy_in(wheel, rf"C:\wheels\{wheel.name}")
        wheels.append(rf"C:\wheels\{wheel.name}")
    done = windows.run([PYTHON, "-m", "pip", "install", "--no-index", "--no-deps", *wheels], timeout=600)
    assert done.returncode == 0, done.output


def answer(windows: Session, code: str) -> str:
    done = windows.run([PYTHON, "-c", code])
    assert done.returncode == 0, done.output
    return done.output.strip().splitlines()[-1]


def test_32_bit(windows: Session, mirror: Mirror, real: dict[str, Path]) -> None:
    install(windows, mirror, real, "win32")
    greenlet = "import greenlet\ndef f(): greenlet.getcurrent().parent.switch(7)\nprint(greenlet.greenlet(f).switch())"
    assert answer(windows, greenlet) == "7"
    interface = "import zope.interface._zope_interface_coptimizations as c, zope.interface as z; print(c.__file__)"
    assert answer(windows, interface).endswith(r"site-packages\zope\interface\_zope_interface_coptimizations.pyd")
    assert (
        answer(windows, "import serial, pyparsing; print(serial.VERSION, pyparsing.__version__)") == "('2.7', '2.2.0')"
    )
    assert (
        answer(windows, "import twisted.test.raiser as r; from twisted import copyright as c; print(c.version)")
        == "14.0.2"
    )
    assert (
        answer(windows, "import greenlet, os; print(os.path.exists(r'C:\\Python27\\Include\\greenlet\\greenlet.h'))")
        == "True"
    )
    script = windows.host_path(r"C:\Python27\Scripts\twistd.py").read_bytes()
    assert script.startswith(b"#!C:\\Python27\\python.exe")
    done = windows.run([PYTHON, r"C:\Python27\Scripts\twistd.py", "--version"])
    assert "14.0.2" in done.output
    frozen = windows.run([PYTHON, "-m", "pip", "freeze", "--all"]).output
    for each in ("greenlet==0.4.4", "zope.interface==4.1.2", "Twisted==14.0.2", "pyserial==2.7"):
        assert each in frozen


def test_64_bit_and_the_post_install_script(windows: Session, mirror: Mirror, real: dict[str, Path]) -> None:
    install(windows, mirror, real, "amd64")
    assert answer(windows, "import win32api, win32con; print(win32api.GetSystemMetrics(0) > 0)") == "True"
    assert answer(windows, "import zope.interface as z; print(z.Interface.__name__)") == "Interface"
    done = windows.run([PYTHON, r"C:\Python27\Scripts\pywin32_postinstall.py", "-install", "-quiet"])
    assert done.returncode == 0, done.output
    assert answer(windows, "import pythoncom, pywintypes; print(pywintypes.__name__)") == "pywintypes"
