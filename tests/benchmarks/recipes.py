"""The recipes that users start from, and one of JupyterLab: `bundle` as whole processes, with everything fetched.

Packages come from the index that pip on this host is configured to use. Python's MSI of 2015 is the test bed's stand-in, as large as the
real one and signed. A changed pin may take a resolution and the packing, which `lock --refresh` and an unchanged build show.

A first build is measured beside what people do by hand with the same files fetched: `pip download` of the locked wheels, by address and hash, out of
pip's own cache, `pip wheel` of the projects, a test of each wheel's checksums, the Python unpacked, and a zip of it all. A build looks at the signatures
of some 50 programs besides, compares RECORD, converts installers and asks which DLLs are missing: it may take two and a half times as much.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import os
import re
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from bundler.model.lock_file import load_lock
from tests.benchmarks.table import Row
from tests.support.bed import Bed, Mirror
from tests.support.index import LocalIndex
from tests.support.recipes import LEFT_BY_BUILDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

RUNS = 3
UNCHANGED_LOCK = 0.6  # s
FIRST = 2.5
UNCHANGED, BESIDES = 1.5, 0.5  # times that, and seconds besides
PINNED = 1.2
_ROOT = Path(__file__).parents[2]
_MSI = "python-2.7.18.msi"
_CHUNK = 1 << 20


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class RecipeCase:
    """A recipe in the tree; ``pin``: a text in it, and the other one that pins another version of one package."""

    recipe: str
    pin: tuple[str, str]
    mirrored: bool = False


JUPYTERLAB = RecipeCase(recipe="tests/benchmarks/jupyterlab.toml", pin=('"idna<99"', '"idna==3.10"'))
_CASES = (
    RecipeCase(recipe="recipes/quickstart.toml", pin=('"Twisted", ', '"Twisted==24.11.0", ')),
    RecipeCase(recipe="recipes/twisted-2015.toml", pin=('"Twisted==14.0.2", ', '"Twisted==15.0.0", '), mirrored=True),
    JUPYTERLAB,
)


def rows() -> list[Row]:
    """The medians of three, in turns with the least that each could take."""
    with tempfile.TemporaryDirectory(prefix="recipes-") as name, _mirror(Path(name)) as mirrored:
        return [row for each in _CASES for row in _rows(each, Path(name), mirrored if each.mirrored else ())]


@contextlib.contextmanager
def _mirror(folder: Path) -> Iterator[tuple[str, ...]]:
    """The options for a mirror of python.org."""
    mirror = Mirror(Bed.open(), folder / "mirror")
    with LocalIndex() as index:
        path = mirror.file(_MSI)
        index.serve(f"/python/{path.relative_to(mirror.root).as_posix()}", path)
        yield "--python-mirror", f"{index.base}/python", "--signer-ca", str(mirror.ca_pem)


def _rows(case: RecipeCase, folder: Path, options: tuple[str, ...]) -> list[Row]:
    bench = RecipeBench(case, folder / Path(case.recipe).stem, options)
    times: dict[str, list[float]] = {}

    def measure(what: str, seconds: float) -> None:
        times.setdefault(what, []).append(seconds)

    bench.fetch()
    bench.by_hand()  # with which pip has them too
    for _ in range(RUNS):
        bench.forget()
        measure("first", bench.build())
        measure("by hand", bench.by_hand())
        measure("least", bench.least())
        measure("unchanged", bench.build())
        bench.run("lock", bench.recipe, "--refresh")  # which derives again what locking needs
        measure("asked", bench.run("lock", bench.recipe, "--refresh"))
        measure("lock", bench.run("lock", bench.recipe))
        bench.pin(other=True)
        measure("pinned", bench.build())
        bench.pin(other=False)
        measure("pinned", bench.build())
    found = {what: statistics.median(each) for what, each in times.items()}
    least, name = found["least"], bench.recipe.stem
    return [
        Row(
            label=f"{name}: first build", ours=found["first"], peer=found["by hand"], peer_name="pip, zip", limit=FIRST
        ),
        Row(
            label=f"{name}: unchanged build",
            ours=found["unchanged"],
            peer=UNCHANGED * least + BESIDES,
            peer_name=f"{UNCHANGED} x that and {BESIDES} s",
            limit=1.0,
        ),
        Row(label=f"{name}: unchanged lock", ours=found["lock"], peer=UNCHANGED_LOCK, peer_name="allowed", limit=1.0),
        Row(
            label=f"{name}: one changed pin",
            ours=found["pinned"],
            peer=found["asked"] + found["unchanged"],
            peer_name="lock --refresh, unchanged build",
            limit=PINNED,
        ),
    ]


class RecipeBench:
    """A user's folder with one recipe and what lies beside it, and a store."""

    def __init__(self, case: RecipeCase, folder: Path, options: tuple[str, ...]) -> None:
        self._pin, self._options, self._store = case.pin, options, folder / "store"
        shutil.copytree((_ROOT / case.recipe).parent, folder / "work", ignore=LEFT_BY_BUILDS)
        self.recipe = folder / "work" / Path(case.recipe).name
        self._output, self._hand = folder / "out", folder / "by hand"

    @property
    def bundle(self) -> Path:
        """What was built last."""
        (found,) = self._output.glob("*.zip")
        return found

    def run(self, *arguments: str | Path, program: Sequence[str] = ("-m", "bundler")) -> float:
        """Seconds that ``bundle ARGUMENTS`` takes; ``program``: as what Python starts it."""
        command = [sys.executable, *program, *map(str, arguments), "--quiet", *self._options]
        environ = {**os.environ, "PYTHONPATH": str(_ROOT), "BUNDLE_STORE": str(self._store)}
        os.sync()
        begun = time.perf_counter()
        done = subprocess.run(command, cwd=self.recipe.parent, env=environ, capture_output=True, text=True, check=False)
        seconds = time.perf_counter() - begun
        if done.returncode:
            raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr}")
        return seconds

    def build(self, *options: str | Path, program: Sequence[str] = ("-m", "bundler")) -> float:
        shutil.rmtree(self._output, ignore_errors=True)
        return self.run("build", self.recipe, "--output", self._output, *options, program=program)

    def pin(self, *, other: bool) -> None:
        old, new = self._pin if other else reversed(self._pin)
        text, count = re.subn(re.escape(old), lambda _: new, self.recipe.read_text(encoding="utf-8"))
        assert count == 1, old
        self.recipe.write_text(text, encoding="utf-8")

    def fetch(self) -> None:
        """Everything that both pins take is in the store."""
        for other in (True, False):
            self.pin(other=other)
            self.build()

    def forget(self, kind: str = "") -> None:
        """What was derived of what is there; of one kind only, if that is said."""
        shutil.rmtree(self._store / "cache" / kind, ignore_errors=bool(kind))

    def by_hand(self) -> float:
        """The same files by pip and zip; what comes as an installer or an sdist is left out, which pip can't take for another platform."""
        shutil.rmtree(self._hand, ignore_errors=True)
        self._hand.mkdir()
        lock = load_lock(next(self.recipe.parent.glob("pylock.*.toml")))
        wheels = [each for each in lock.packages if each.kind == "wheel"]
        lines = [f"{each.name} @ {each.file.url} --hash=sha256:{each.file.sha256}" for each in wheels if each.file]
        (self._hand / "wheels.txt").write_text("\n".join(lines), encoding="utf-8")
        target, pip = lock.target, [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
        options = ["--no-deps", "--cache-dir", str(self._hand.with_name("pip"))]
        platform = ["--platform", target.platform, "--python-version", target.python, "--abi", target.abi]
        commands = [
            [*pip, "download", *options, *platform, "--only-binary", ":all:", "--dest", "all", "-r", "wheels.txt"],
            *(
                [*pip, "wheel", *options, "--wheel-dir", "all", each.directory]
                for each in lock.packages
                if each.directory
            ),
        ]
        os.sync()
        begun = time.perf_counter()
        for each in commands:
            subprocess.run(each, cwd=self._hand, check=True, capture_output=True)
        for wheel in (self._hand / "all").glob("*.whl"):
            with zipfile.ZipFile(wheel) as opened:
                assert opened.testzip() is None, wheel
        python = lock.runtime.file
        if python is not None and python.sha256:
            self._unpack(self._store / "sha256" / python.sha256[:2] / python.sha256, python.filename)
        with zipfile.ZipFile(self._hand / "bundle.zip", "w", zipfile.ZIP_STORED) as archive:
            for file in sorted(each for each in (self._hand / "all").rglob("*") if each.is_file()):
                archive.write(file, file.relative_to(self._hand / "all"))
        return time.perf_counter() - begun

    def _unpack(self, file: Path, name: str) -> None:
        if name.endswith(".tar.gz"):
            with tarfile.open(file) as archive:
                archive.extractall(self._hand / "all", filter="data")
        else:
            shutil.copyfile(file, self._hand / "all" / name)

    def least(self) -> float:
        """Read, hash and write the bundle's bytes."""
        bundle = self.bundle
        digest = hashlib.sha256()
        os.sync()
        begun = time.perf_counter()
        with bundle.open("rb", buffering=0) as source, (self._output / "least").open("wb", buffering=0) as sink:
            while data := source.read(_CHUNK):
                digest.update(data)
                sink.write(data)
        return time.perf_counter() - begun


if __name__ == "__main__":
    from tests.benchmarks.table import render

    print(render(rows()))
