"""Trying one report: its packages are made, its recipe is written, and ``bundle`` runs in this process."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import json
import os
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bundler.cli.running import run
from bundler.model.lock import Lock
from bundler.model.lock_file import load_lock
from tests.support.archives import make_archive
from tests.support.building import setuptools_wheel
from tests.support.index import LocalIndex
from tests.support.packages import make_project, make_sdist, make_wheel
from tests.support.programs import MACHINES, make_program

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.reports.cases import Published, Report

_SEEDS = (
    *(("pip", "21.3", ">=3.6"), ("pip", "24.0", ">=3.7"), ("pip", "26.0", ">=3.10")),
    *(("virtualenv", "20.17", ">=3.6"), ("virtualenv", "20.26.0", ">=3.7"), ("virtualenv", "21.0", ">=3.9")),
)


_UPLOADED = "2026-10-01T00:00:00.000000Z"
"""Sdists from before setuptools 82 get an older one, and here is only the newest."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Came:
    """What came of a report: an error's reference (empty: none), what was said, the lock, and the wheels of the bundle."""

    error: str
    said: str
    warned: frozenset[str]
    lock: Lock | None
    wheels: tuple[str, ...]

    def differences(self, report: Report) -> list[str]:
        """In what it isn't right."""
        right = report.right
        found = []
        if self.error != (right.error or ""):
            found.append(f"{self.error or 'no error'} instead of {right.error or 'no error'}")
        if right.locked is not None and self.locked != right.locked:
            found.append(f"{self.locked} instead of {right.locked}")
        chosen = {each.file.filename for each in self.lock.packages if each.file} if self.lock else set()
        seeds = {f"{each.name}=={each.version}" for each in self.lock.seeds} if self.lock else set()
        for kind, wanted, there in (
            ("file", right.files, chosen),
            ("seed", right.seeds, seeds),
            ("wheel", right.wheels, {*self.wheels}),
            ("warning", right.warns, self.warned),
        ):
            found += [f"no {kind} {each} ({' '.join(sorted(there))})" for each in wanted if each not in there]
        said = " ".join(self.said.split())
        found += [f"nothing says {each!r}: {said}" for each in right.says if each not in said]
        return found

    @property
    def locked(self) -> str:
        """``name==version`` of all."""
        return " ".join(f"{each.name}=={each.version}" for each in self.lock.packages) if self.lock else ""

    @property
    def words(self) -> str:
        """For the table."""
        if self.error:
            return f"refused: `{self.error}`"
        text = f"took {self.locked or 'nothing'}"
        return f"{text}; warned: {', '.join(f'`{each}`' for each in sorted(self.warned))}" if self.warned else text


def come_of(report: Report) -> Came:
    """Try it, in a folder and with an index of its own."""
    with tempfile.TemporaryDirectory(prefix="report-") as scratch, LocalIndex() as index:
        root = Path(scratch).resolve()
        folder = root / "my recipes"
        folder.mkdir()
        (root / "tmp").mkdir()
        _lay_out(report, folder, root / "published", index)
        recipe = folder / "example.toml"
        recipe.write_text(_recipe(report, index, folder), encoding="utf-8")
        arguments = [report.command, str(recipe), "--json", "--store", str(root / "store")]
        arguments += ["--index", index.url] if report.index_by_option else []
        arguments += ["--output", str(root / "out")] if report.command == "build" else []
        variables = {name: text.format(index=index.url, folder=folder) for name, text in report.variables.items()}
        with _surroundings(root, folder, variables) as (out, err):
            code = run(arguments)
        told = json.loads(out.getvalue()) if out.getvalue().startswith("{") else {}
        lock = next(folder.glob("pylock.*.toml"), None)
        bundle = next(root.glob("out/*.zip"), None)
        error = told.get("error") or {}
        assert bool(code) == bool(error), err.getvalue()
        return Came(
            error=error.get("reference", ""),
            said=json.dumps(error, ensure_ascii=False) + err.getvalue(),
            warned=frozenset(re.findall(r"^warning: .* \[([a-z0-9-]+)\]$", err.getvalue(), re.MULTILINE)),
            lock=load_lock(lock) if lock else None,
            wheels=_wheels(bundle) if bundle else (),
        )


def _lay_out(report: Report, folder: Path, published: Path, index: LocalIndex) -> None:
    for name, version, python in _SEEDS:
        index.add(make_wheel(published, name, version, requires_python=python))
    if report.builds:
        index.add(setuptools_wheel())
    index.serve("/python.zip", _runtime(report, published / "python.zip").read_bytes())
    for each in report.published:
        made = _made(each, folder if each.here else published)
        if not each.here:
            index.add(made, requires_python=each.python, upload_time=_UPLOADED)
    for text in report.text:
        path = folder / text.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.text.format(index=index.url, folder=folder).encode(text.encoding))
    for project in report.project:
        path = make_project(
            folder / project.folder, Path(project.folder).name, requires=project.needs, files=project.files
        )
        file = path / "pyproject.toml"
        file.write_text(file.read_text(encoding="utf-8") + project.tables, encoding="utf-8")


def _made(what: Published, folder: Path) -> Path:
    if what.name.endswith(".whl"):
        name, version, tag = what.name.removesuffix(".whl").split("-", 2)
        return make_wheel(
            folder,
            name,
            version,
            tag=tag,
            requires=what.needs,
            requires_python=what.python,
            files=what.files,
            record=what.record,
        )
    name, _, version = what.name.removesuffix(".tar.gz").rpartition("-")
    return make_sdist(
        folder,
        name,
        version,
        backend="setuptools" if what.setuptools else "in-tree",
        pyproject=not what.setuptools,
        requires=what.needs,
        requires_python=what.python,
        requires_on=what.needs_on,
        dynamic=("Requires-Dist",) if what.needs_on else (),
        tag=what.tag,
    )


def _runtime(report: Report, path: Path) -> Path:
    """What a CPython of the report's version and platform consists of."""
    major, minor, micro = map(int, report.python.split("."))
    version = (major, minor, micro * 1000 + 150, 1013)
    platform = report.platform if report.platform in MACHINES else "win_amd64"
    program = make_program(platform=platform, version=version)
    threads = "t" if re.search(r'"cp\d+t"', report.target) else ""
    return make_archive(
        path,
        {
            "python.exe": program,
            f"python{major}{minor}{threads}.dll": make_program(platform=platform, dll=True, version=version),
            "vcruntime140.dll": make_program(platform=platform, dll=True, product="Visual C++"),
            "Lib/os.py": b"# the standard library\n",
            "Lib/venv/__init__.py": b"# venv\n",
            "Lib/venv/scripts/nt/python.exe": program,
        },
    )


def _recipe(report: Report, index: LocalIndex, folder: Path) -> str:
    requirements = json.dumps([each.format(index=index.url, folder=folder.as_uri()) for each in report.requirements])
    return f"""
[bundle]
name = "example"
version = "1.0"

[[target]]
python = "{report.python}"
platform = "{report.platform}"
{report.target}
[target.runtime]
kind = "archive"
source = "{index.base}/python.zip"
unsigned = true

[packages]
requirements = {requirements}
{report.packages}

[environment]
path = '{report.environment}'
"""


@contextlib.contextmanager
def _surroundings(root: Path, folder: Path, variables: dict[str, str]) -> Iterator[tuple[io.StringIO, io.StringIO]]:
    """An environment without anything of this user's; gives what is printed."""
    names = ("PATH", "SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "PYTHONPATH")
    kept = dict(os.environ)
    bare = {name: kept[name] for name in names if name in kept}
    home = {"HOME": str(root), "USERPROFILE": str(root), "APPDATA": str(root), "LOCALAPPDATA": str(root)}
    temporary = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(root / "tmp"))
    out, err = io.StringIO(), io.StringIO()
    before = tempfile.tempdir
    try:
        os.environ.clear()
        os.environ.update(bare | home | temporary | {"PIP_CONFIG_FILE": os.devnull} | variables)
        tempfile.tempdir = None
        with contextlib.chdir(folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            yield out, err
    finally:
        tempfile.tempdir = before
        os.environ.clear()
        os.environ.update(kept)


def _wheels(bundle: Path) -> tuple[str, ...]:
    import zipfile

    with zipfile.ZipFile(bundle) as archive:
        return tuple(each.rpartition("/")[2] for each in archive.namelist() if "/wheels/" in f"/{each}")
