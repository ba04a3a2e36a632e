"""Bundles made for tests: whole by default, each input can be replaced."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bundler.model.artifact import Artifact, StoredFile, Tree, WheelFile
from bundler.model.bundle_files import STATEMENT_ENDING
from bundler.model.lock import Lock, LockedPackage, LockedRuntime
from bundler.model.prerequisite import CheckedInstaller
from bundler.model.recipe import (
    BundleTable,
    ChecksTable,
    EnvironmentTable,
    FileTable,
    Recipe,
    RuntimeTable,
    SiteTable,
    TargetTable,
)
from bundler.pack.bundle_input import BundleOrder, BundleParts, PackedRuntime
from bundler.pack.forms import FORMATS
from bundler.pack.layout import Layout, lay_out
from bundler.pack.writing import BuildNote, Destination, Written, free_space, write_bundle
from bundler.report import Reporter
from bundler.trust.signed_content import signed_content
from tests.support.packages import make_wheel
from tests.support.trees import make_tree

if TYPE_CHECKING:
    from collections.abc import Mapping

CREATED = datetime.datetime(2026, 3, 4, 5, 6, 7, tzinfo=datetime.UTC)
BUILT = datetime.datetime(2026, 5, 6, 7, 8, 9, tzinfo=datetime.UTC)


def statement_path(bundle: Path) -> Path:
    """Where the statement of how a bundle was built lies."""
    signed = signed_content(bundle)
    return signed.folder / f"{signed.name}{STATEMENT_ENDING}"


def wheel_file(path: Path, *, requested: bool = False, **kwargs: Any) -> WheelFile:
    return WheelFile(
        filename=path.name, file=StoredFile.of(path), origin=f"https://index/{path.name}", requested=requested, **kwargs
    )


def make_boot(folder: Path, files: Mapping[str, bytes] | None = None) -> Tree:
    """A Python that isn't one: an exe, a library, and a file that is empty."""
    contents = files or {"python.exe": b"MZ" * 500, "python311._pth": b"python311.zip\n", "Lib/empty/__init__.py": b""}
    return make_tree(folder / "content", contents)


def make_ours(folder: Path, platform: str = "win_amd64") -> Path:
    """A stand-in for ``bundler/target``, as a checkout with the other line ends would have it."""
    shims = folder / "shims" / platform
    shims.mkdir(parents=True, exist_ok=True)
    (folder / "__init__.py").write_bytes(b"")
    (folder / "part").mkdir(exist_ok=True)
    (folder / "part" / "main.py").write_bytes(b"print(1)\r\nprint(2)\r\n")
    (folder / "__pycache__").mkdir(exist_ok=True)
    (folder / "__pycache__" / "main.cpython-311.pyc").write_bytes(b"compiled")
    (folder / "bootstrap.bat").write_bytes(b"@echo off\nexit /b 0\n")
    (folder / "kept.bat").write_bytes(b"@echo off\nexit /b 0\n")
    (shims / "shim.exe").write_bytes(b"MZ console")
    (shims / "shimw.exe").write_bytes(b"MZ windows")
    (shims / "service.exe").write_bytes(b"MZ service")
    return folder


def locked(wheel: WheelFile) -> LockedPackage:
    name, version = wheel.filename.split("-")[:2]
    file = Artifact(filename=wheel.filename, url=wheel.origin, size=wheel.file.size, sha256=wheel.file.sha256)
    return LockedPackage(name=name.replace("_", "-"), version=version, kind="wheel", file=file)


@dataclasses.dataclass(kw_only=True)
class Inputs:
    """What ``lay_out`` takes, ready to be changed."""

    recipe: Recipe
    table: TargetTable
    lock: Lock
    wheels: Sequence[WheelFile]
    seeds: Sequence[WheelFile]
    installer: StoredFile | None
    boot: Tree
    files: Sequence[tuple[FileTable, StoredFile]]
    ours: Path
    lock_text: str = 'lock-version = "1.0"\n'
    created: datetime.datetime = CREATED
    prerequisites: Sequence[CheckedInstaller] = ()
    icon: StoredFile | None = None
    attestations: Sequence[tuple[str, StoredFile]] = ()

    def lay_out(self) -> Layout:
        return lay_out(
            BundleOrder(recipe=self.recipe, table=self.table, lock=self.lock, lock_text=self.lock_text),
            BundleParts(
                wheels=self.wheels,
                seeds=self.seeds,
                files=self.files,
                prerequisites=self.prerequisites,
                icon=self.icon,
                attestations=self.attestations,
            ),
            PackedRuntime(
                boot=self.boot, installer=self.installer, maker="venv", windows=(6, 3, 9600), size=90_000_000
            ),
            created=self.created,
            ours=self.ours,
        )


def make_inputs(folder: Path, *, kind: str = "exe", wheels: Sequence[Path] | None = None) -> Inputs:
    """Two packages, one seed, one extra file, two site values; an installer for kinds exe and msi."""
    paths = wheels or [
        make_wheel(folder / "wheels", "Zeta", "2.0", licenses={"LICENSE": "Zeta's words\n"}),
        make_wheel(folder / "wheels", "alpha", "1.0"),
    ]
    packages = [wheel_file(path, requested=not i) for i, path in enumerate(paths)]
    seeds = [wheel_file(make_wheel(folder / "seeds", "pip", "24.0"))]
    extra = folder / "settings.ini"
    extra.write_bytes(b"[main]\nport = {site.port}\n")
    installer = folder / "python-3.11.9-amd64.exe"
    installer.write_bytes(b"MZ installer" * 100)
    runtime: dict[str, Any] = {"kind": kind, "directory": "C:\\Python311" if kind in ("exe", "msi") else None}
    table = TargetTable(python="3.11.9", platform="win_amd64", runtime=RuntimeTable(**runtime))
    file = FileTable(source="settings.ini", destination="{release}\\settings.ini", template=True)
    recipe = Recipe(
        bundle=BundleTable(name="example", version="4.14.2"),
        target=(table,),
        environment=EnvironmentTable(path="C:\\PythonEnvs\\Example", data="C:\\ProgramData\\Example"),
        site={"port": SiteTable(default="8080", help="TCP port"), "dsn": SiteTable(secret=True)},
        file=(file,),
        checks=ChecksTable(imports=("alpha",), commands=(("python", "-V"),)),
    )
    lock = Lock(
        target=table.target(),
        created=CREATED,
        inputs="0" * 64,
        packages=tuple(sorted(map(locked, packages), key=lambda each: each.name)),
        seeds=tuple(map(locked, seeds)),
        build=(),
        runtime=LockedRuntime(
            kind=table.runtime.kind,
            source="https://python/python-3.11.9-amd64.exe",
            file=Artifact(filename=installer.name, sha256=StoredFile.of(installer).sha256),
            signer="Python Software Foundation",
        ),
        boot=None,
    )
    return Inputs(
        recipe=recipe,
        table=table,
        lock=lock,
        wheels=packages,
        seeds=seeds,
        installer=StoredFile.of(installer) if kind in ("exe", "msi") else None,
        boot=make_boot(folder / "boot"),
        files=[(file, StoredFile.of(extra))],
        ours=make_ours(folder / "target"),
    )


def write_made(
    layout: Layout,
    folder: Path,
    kind: str,
    *,
    reporter: Reporter | None = None,
    free: Any = free_space,
    demand: Any = None,
    whole: Any = None,
    **note: Any,
) -> Written:
    """Write a bundle of these tests into ``folder`` in the form ``kind``."""
    return write_bundle(
        layout,
        Destination(folder=folder, format=FORMATS[kind], free=free, demand=demand, whole=whole),
        mtime=CREATED,
        note=BuildNote(**{"built_at": BUILT} | note),
        reporter=reporter or Reporter(),
    )
