"""Real installers, file by file beside an unpacking that has nothing in common with ours, and installed by pip."""

from __future__ import annotations

import dataclasses
import re
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.support.legacy_real import REAL, Real, fetch
from tests.unit.legacy.looking import Seen, converted

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.network

# what must not arrive, or arrives as something else: compiled files, loaders of extensions, launchers and their scripts
LEFT_BEHIND = re.compile(
    r".*\.py[co]|SCRIPTS/ip(cluster|controller|engine|logger|test|ython)(-script\.py|\.exe)|SCRIPTS/(irunner|pycolor)(-script\.py|\.exe)"
)
STUBS = {"zope/interface/_zope_interface_coptimizations.py", "lxml/etree.py", "lxml/objectify.py"}
SHEBANG = re.compile(rb"#!.*python.*?(\r?\n)")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Installed:
    """What lies below Python's folder afterwards: path -> bytes, in lower case as Windows sees it; and the metadata's files."""

    files: dict[str, bytes]
    info: dict[str, bytes]


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return fetch(REAL, tmp_path_factory.mktemp("real"))


def unpacked_by_others(file: Path, scratch: Path) -> Installed:
    """The installer's files where the real thing puts them, by zipfile or by msitools' own program."""
    if file.suffix == ".msi":
        from tests.support.bed import host

        host.require("msiextract")
        host.run("msiextract", "-C", scratch, file)
        raw = {each.relative_to(scratch).as_posix(): each.read_bytes() for each in scratch.rglob("*") if each.is_file()}
        raw = {name: content for name, content in raw.items() if not LEFT_BEHIND.fullmatch(name)}
    else:
        with zipfile.ZipFile(file) as archive:
            raw = {
                _place(each, egg=file.suffix == ".egg"): archive.read(each)
                for each in archive.namelist()
                if not each.endswith("/") and not LEFT_BEHIND.fullmatch(each) and each not in STUBS
            }
    info = re.compile(r"(?:lib/site-packages/[^/]+\.egg-info|egg-info)(?:/(.+))?", re.IGNORECASE)
    files: dict[str, bytes] = {}
    metadata: dict[str, bytes] = {}
    for name, content in raw.items():
        if found := info.fullmatch(name):
            metadata[found[1] or "PKG-INFO"] = content
        else:
            files[name.lower()] = _script(content) if name.lower().startswith("scripts/") else content
    return Installed(files=files, info=metadata)


def _place(name: str, *, egg: bool) -> str:
    if egg:
        return name if name.startswith("EGG-INFO/") else f"lib/site-packages/{name}"
    top, _, rest = name.partition("/")
    return {"PURELIB": "lib/site-packages/", "PLATLIB": "lib/site-packages/", "SCRIPTS": "scripts/"}.get(top, "") + rest


def _script(content: bytes) -> bytes:
    found = SHEBANG.match(content)
    if found is None:
        return content
    window = b"w" if b"pythonw" in found[0] else b""
    return b"#!python" + window + found[1] + content[found.end() :]


def installed_by_wheel(seen: Seen) -> dict[str, bytes]:
    """Where an installer of wheels puts the files on Windows (the wheel specification, scheme ``nt``)."""
    name = seen.converted.name
    schemes = {
        "purelib": "lib/site-packages/",
        "platlib": "lib/site-packages/",
        "scripts": "scripts/",
        "headers": f"include/{name}/",
        "data": "",
    }
    files = {}
    for path, content in seen.installed.items():
        found = re.fullmatch(r"[^/]+\.data/([a-z]+)/(.+)", path)
        place = schemes[found[1]] + found[2] if found else f"lib/site-packages/{path}"
        files[place.lower()] = content
    return files


@pytest.mark.parametrize("each", REAL, ids=[each.filename for each in REAL])
def test_every_file_arrives_where_the_installer_puts_it(each: Real, real: dict[str, Path], tmp_path: Path) -> None:
    file = real[each.filename]
    seen = converted(file)
    assert seen.converted.tag == each.tag
    others = unpacked_by_others(file, tmp_path / "others")
    assert installed_by_wheel(seen) == others.files
    kept = {"top_level.txt", "entry_points.txt", "namespace_packages.txt"} & others.info.keys()
    assert {name: seen.files[f"{seen.info}/{name}"] for name in kept} == {name: others.info[name] for name in kept}
    name, version = each.release.split("==")
    assert (seen.metadata.name.lower(), str(seen.metadata.version)) == (name.lower(), version)
    description = re.search(rb"^Description: (.*)$", others.info["PKG-INFO"], re.MULTILINE)
    assert description is not None
    first = description[1].decode("utf-8", "replace").strip()
    assert (seen.metadata.description or "").startswith("" if first == "UNKNOWN" else first)


def test_what_is_special_about_some(real: dict[str, Path]) -> None:
    interface = converted(real["zope.interface-4.1.2.win32-py2.7.exe"])
    assert "zope.interface-4.1.2-py2.7-nspkg.pth" in interface.installed
    assert interface.files[f"{interface.info}/namespace_packages.txt"] == b"zope\n"
    assert "setuptools" in {each.name for each in interface.metadata.requires_dist or ()}
    assert "test" in (interface.metadata.provides_extra or ())
    greenlet = converted(real["greenlet-0.4.4.win32-py2.7.exe"])
    assert "greenlet-0.4.4.data/headers/greenlet.h" in greenlet.installed
    ipython = converted(real["ipython-0.13.py2-win32.exe"])
    assert ipython.converted.post_install == "ipython_win_post_install.py"
    assert "ipython-0.13.data/data/share/doc/ipython/examples/core/display.py" in ipython.installed
    pywin32 = converted(real["pypiwin32-219.win-amd64-py2.7.exe"])
    assert pywin32.converted.post_install == "pywin32_postinstall.py"
    assert "pypiwin32-219.data/scripts/pywin32_postinstall.py" in pywin32.installed
    assert "pywin32.pth" in pywin32.installed


@pytest.mark.parametrize("each", REAL, ids=[each.filename for each in REAL])
def test_pip_takes_the_wheel_for_the_right_python_and_for_no_other(
    each: Real, real: dict[str, Path], tmp_path: Path
) -> None:
    wheel = converted(real[each.filename]).converted.wheel
    python, _, platform = each.tag.split("-")
    version = {"cp27": "27", "cp32": "32", "cp36": "36", "py2": "27", "py3": "311", "py2.py3": "27"}[python]
    assert _pip(wheel, tmp_path / "right", version, "win32" if platform == "any" else platform) == 0
    installed = {path.name for path in (tmp_path / "right").iterdir()}
    assert f"{wheel.name.split('-')[0]}-{wheel.name.split('-')[1]}.dist-info" in installed
    others = {"27", "32", "34", "36", "311"} - {version}
    wrong = set() if python == "py2.py3" else {"27"} if python == "py3" else others
    for number, other in enumerate(sorted(wrong)):
        assert _pip(wheel, tmp_path / str(number), other, "win32" if platform == "any" else platform) != 0


def _pip(wheel: Path, folder: Path, version: str, platform: str) -> int:
    major, minor = int(version[0]), int(version[1:])
    abi = f"cp{version}" + ("m" if (major, minor) < (3, 8) else "")
    command = [sys.executable, "-m", "pip", "--isolated", "install", "--no-deps", "--no-index", "--target", str(folder)]
    command += ["--only-binary", ":all:", "--platform", platform, "--implementation", "cp", "--no-compile"]
    command += ["--python-version", f"{major}.{minor}", "--abi", abi, "--ignore-requires-python", str(wheel)]
    return subprocess.run(command, capture_output=True, check=False).returncode
