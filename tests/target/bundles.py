"""Bundles for a simulated target: whole and right by default; a test breaks one thing at a time.

The manifest is written by the build host's own model, so that the two halves can't drift apart unseen.
"""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.metadata
import json
import re
import shutil
import struct
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from bundler.model.bundle_files import MANIFEST, SUMS
from bundler.model.manifest import (
    BootInfo,
    BundleInfo,
    ChecksInfo,
    EnvironmentInfo,
    FileInfo,
    Manifest,
    Member,
    RuntimeInfo,
    SiteInfo,
    TargetInfo,
    WheelInfo,
)
from bundler.model.manifest_encoding import encode_manifest
from bundler.model.target import Target
from tests.support import only_linux
from tests.support.packages import make_wheel
from tests.target.forks import DRIVER, SURROUNDINGS, TARGET, forks_of, starts_as_the_others
from tests.target.interpreters import Interpreter, running

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bundler.model.service import PermissionInfo, ServiceInfo

SHIM = """#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
exec "$here/../releases/$(sed 's/+[0-9]*$//' "$here/../current")/bin/$(basename "$0")" "$@"
"""
"""Does on POSIX what shim.exe does on Windows."""

SETTINGS = "port = {site.port}\npassword = {site.password}\nwhere = {release}\nbraces = {these} stay\n"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Laid:
    """A bundle on disk, and the machine it is meant for; everything lies below ``root``."""

    root: Path
    folder: Path
    manifest: Manifest
    boot: Interpreter
    driver: Path = DRIVER

    @property
    def environment(self) -> Path:
        return Path(self.manifest.environment.path)

    @property
    def data(self) -> Path:
        assert self.manifest.environment.data is not None
        return Path(self.manifest.environment.data)

    @property
    def release(self) -> Path:
        return self.environment / "releases" / self.manifest.bundle.release

    @property
    def temporary(self) -> Path:
        return self.root / "temporary"

    def log(self) -> str:
        logs = [*self.temporary.glob("*.log"), *self.environment.glob("logs/*.log")]
        return max(logs, key=lambda path: path.stat().st_mtime_ns).read_text("utf-8")

    def tree(self) -> dict[str, bytes | None]:
        """Everything on the machine but the folder for temporary files: to compare before and after."""
        paths = (path for path in self.root.rglob("*") if self.temporary not in (path, *path.parents))
        return {str(path): path.read_bytes() if path.is_file() else None for path in paths}

    def rewrite(self, manifest: Manifest | None = None) -> None:
        """Make manifest and sums agree with what lies in the folder."""
        seal(self.folder, manifest or self.manifest)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Ran:
    code: int
    out: str
    err: str


def lay_bundle(
    root: Path,
    *,
    boot: Interpreter | None = None,
    runtime: Interpreter | None = None,
    kind: str = "archive",
    maker: str = "venv",
    packages: Sequence[Path] | None = None,
    seeds: Sequence[Path] | None = None,
    checks: ChecksInfo | None = None,
    site: tuple[SiteInfo, ...] = (
        SiteInfo(name="port", default="8080", help="TCP port", secret=False),
        SiteInfo(name="password", default=None, help="of the database", secret=True),
    ),
    files: Mapping[str, tuple[str, str, bool]] | None = None,
    version: str = "1.0",
    services: tuple[ServiceInfo, ...] = (),
    permissions: tuple[PermissionInfo, ...] = (),
) -> Laid:
    """``boot`` runs the bootstrap, ``runtime`` stands in for the Python of the release (the same in truth).

    ``packages`` and ``seeds`` are wheels that lie anywhere; ``files`` is name -> (content, destination, template).
    """
    only_linux.require(only_linux.SIMULATED)
    boot = boot or running()
    runtime = runtime or (boot if boot.version_info > (3,) else running())
    machine, folder = root / "maschine é (x86) & 100%!", root / "bundle é (x86) & 100%!"
    (root / "temporary").mkdir(parents=True, exist_ok=True)
    folder.mkdir()
    machine.mkdir(exist_ok=True)
    wheels = folder / "wheels"
    _write(folder / "boot" / "python.exe", f'#!/bin/sh\nexec "{runtime.path}" "$@"\n')
    (folder / "boot" / "python.exe").chmod(0o755)
    _write(folder / "boot" / "Lib" / "empty.py", "\n")
    _write(folder / "boot" / "python311._pth", "python311.zip\n")
    _write(folder / "bootstrap.bat", (TARGET / "bootstrap.bat").read_bytes())
    _write(folder / "target" / "kept.bat", (TARGET / "kept.bat").read_bytes())
    for module in TARGET.rglob("*.py"):
        _write(folder / "target" / module.relative_to(TARGET), module.read_bytes())
    for shim in ("shim.exe", "shimw.exe", *(["service.exe"] if services else [])):
        _write(folder / "target" / shim, SHIM)
    made = root / "made"
    if packages is None:
        packages = [demo_wheel(made, requires=["helper"]), make_wheel(made, "helper", "2.5", tag="py2.py3-none-any")]
    seeds = seeds or [pip_wheel(made, runtime)]
    wheels.mkdir()
    for wheel in (*packages, *seeds):
        shutil.copyfile(wheel, wheels / wheel.name)
    given = dict(files) if files is not None else {
        "files/settings.ini": (SETTINGS, "{release}\\etc\\settings.ini", True),
        "files/data.txt": ("first\n", "{data}\\sub\\data.txt", False),
    }  # fmt: skip
    for name, (content, _, _) in given.items():
        _write(folder / name, content)
    installer = None
    if kind in ("exe", "msi"):
        installer = f"runtime/python.{kind}"
        _write(folder / installer, "an installer\n")
    manifest = Manifest(
        format=1,
        bundle=BundleInfo(name="example", version=version, release=f"{version}-0a1b2c3d"),
        created="2026-11-01T00:00:00Z",
        target=TargetInfo(
            python=runtime.version,
            platform="win_amd64",
            abi="cp311",
            bits=struct.calcsize("P") * 8,
            windows=(6, 1, 7601),
            tags=tuple(map(str, Target.of(runtime.version, "win_amd64").tags())),
        ),
        boot=BootInfo(python=runtime.version, placeholders=("boot/Lib/empty.py",)),
        runtime=RuntimeInfo(
            kind=kind,
            file=installer,
            source="a test",
            sha256="0" * 64,
            signer=None,
            directory=str(machine / "Python 3") if installer else None,
            all_users=True,
            prepend_path=False,
            replace=False,
            size=1000,
        ),
        environment=EnvironmentInfo(
            path=str(machine / "Example"),
            data=str(machine / "Data"),
            maker=maker,  # type: ignore[arg-type]
        ),
        seeds=tuple(_wheel(wheels / each.name) for each in seeds),
        packages=tuple(_wheel(wheels / each.name) for each in packages),
        frozen=tuple(sorted("==".join(each.name.split("-")[:2]) for each in packages)),
        site=site,
        files=tuple(
            FileInfo(file=name, destination=place, template=template) for name, (_, place, template) in given.items()
        ),
        checks=checks or ChecksInfo(imports=("demo", "helper"), commands=(("demo", "--where", "{release}"),)),
        members=(),
        services=services,
        permissions=permissions,
    )
    manifest = seal(folder, manifest)
    return Laid(root=root, folder=folder, manifest=manifest, boot=boot)


def demo_wheel(folder: Path, version: str = "1.0", *, requires: Sequence[str] = (), body: str = "") -> Path:
    """A package with a command that ends with 0 and says where it runs from."""
    return make_wheel(
        folder,
        "demo",
        version,
        tag="py2.py3-none-any",
        requires=requires,
        files={"demo.py": f"import sys\n{body}\n\ndef main():\n    print('demo {version} ' + sys.prefix)\n"},
        entry_points={"console_scripts": {"demo": "demo:main"}},
    )


def pip_wheel(folder: Path, interpreter: Interpreter) -> Path:
    """The pip that the interpreter itself carries; else the one that the tests are installed with."""
    bundled = sorted((interpreter.library / "ensurepip" / "_bundled").glob("pip-*.whl"))
    if not bundled:
        return repacked(folder, "pip")
    folder.mkdir(exist_ok=True, parents=True)
    return Path(shutil.copy(bundled[-1], folder))


def repacked(folder: Path, name: str) -> Path:
    """A wheel of what is installed beside the tests."""
    distribution = importlib.metadata.distribution(name)
    folder.mkdir(exist_ok=True, parents=True)
    path = folder / f"{re.sub('[-.]', '_', name)}-{distribution.version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for each in distribution.files or ():
            source = Path(str(each.locate()))
            if ".." not in each.parts and "__pycache__" not in each.parts and source.is_file():
                archive.write(source, str(each))
    return path


def seal(folder: Path, manifest: Manifest) -> Manifest:
    paths = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    members = []
    for name in paths:
        content = (folder / name).read_bytes()
        if name not in (MANIFEST, SUMS):
            members.append(Member(path=name, size=len(content), sha256=hashlib.sha256(content).hexdigest()))
    manifest = dataclasses.replace(manifest, members=tuple(members))
    encoded = encode_manifest(manifest)
    (folder / MANIFEST).write_bytes(encoded)
    lines = {each.path: each.sha256 for each in members} | {MANIFEST: hashlib.sha256(encoded).hexdigest()}
    (folder / SUMS).write_text("".join(f"{digest}  {name}\n" for name, digest in sorted(lines.items())), newline="\n")
    return manifest


def bootstrap(laid: Laid, *arguments: str, environ: dict[str, str] | None = None, **machine: object) -> Ran:
    """Run the bundle's bootstrap under its boot Python; ``machine`` is what ``driver.py`` reads, and what stops a run of ``forking.py``."""
    code, described = _describe(laid, machine)
    own = {**_surroundings(laid), **(environ or {})}
    if laid.driver == DRIVER and starts_as_the_others(own):
        output, errors = laid.temporary / "output", laid.temporary / "errors"
        ended = forks_of(laid.boot).run(
            bundle=str(laid.folder),
            machine=str(described),
            arguments=arguments,
            environ=own,
            output=str(output),
            errors=str(errors),
            within=machine.get("within"),
            stop_at=machine.get("stop_at"),
        )
        out, err = (each.read_text("utf-8", "backslashreplace") for each in (output, errors))
    else:
        assert "stop_at" not in machine
        command = ("-s", "-S", "-B", str(laid.driver), str(laid.folder), str(described), *arguments)
        done = laid.boot.run(*command, environ=own)
        ended, out, err = done.returncode, done.stdout, done.stderr
    is_stopped = any(key.startswith(("power_off", "kill_at", "stop_at")) for key in machine)
    if not code.exists() and not is_stopped:
        raise AssertionError(f"the bootstrap ended with {ended}:\n{out}\n{err}")
    return Ran(code=int(code.read_text()) if code.exists() else ended, out=out, err=err)


def _describe(laid: Laid, machine: Mapping[str, object]) -> tuple[Path, Path]:
    """Where the exit code will be, and the file for `driver.py`."""
    code, described = laid.temporary / "exit_code", laid.temporary / "machine.json"
    lasting = {"lasting": str(laid.environment.parent)}
    described.write_text(
        json.dumps({"temporary": str(laid.temporary), "exit_code": str(code), "admin": True, **lasting, **machine}),
        "utf-8",
    )
    code.unlink(missing_ok=True)
    return code, described


def _surroundings(laid: Laid) -> dict[str, str]:
    """A run's environment."""
    return {**SURROUNDINGS, "HOME": str(laid.root)}


def _wheel(path: Path) -> WheelInfo:
    name, version = path.name.split("-")[:2]
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
    return WheelInfo(
        name=name.replace("_", "-"),
        version=version,
        file=f"wheels/{path.name}",
        requested=True,
        origin="a test",
        made_from=None,
        license="",
        size=sum(each.file_size for each in entries),
        longest_path=max(len(each.filename) for each in entries),
    )


def _write(path: Path, content: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
