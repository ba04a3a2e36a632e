"""Bundles made at the command line by any checkout of the product, and what has to stay the same in them, as text.

A case is a recipe with all that it names. Nothing in a result depends on this host: packages come from a local index under an
address that never changes (``INDEX``, reached through a proxy on loopback), with the files that the recorded lock names.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import py7zr

from tests.support.bed.cache import Cache, default_cache
from tests.support.commandline import ROOT, Bench
from tests.support.index import LocalIndex
from tests.support.real_files import fetch_files

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HOST = "http://index.example"
INDEX = f"{HOST}/simple/"
MIRROR = f"{HOST}/python"
RECORDED = ROOT / "tests" / "integration" / "recorded" / "same_bytes"
_EPOCH = "1767225600"  # 2026-01-01, the time that a lock is made at


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """``prepare`` puts the recipe and the files beside it into a bench, and what no lock can name on its index.

    ``real``: the lock's files are real ones, of the index that pip on this host is configured to use.
    """

    name: str
    real: bool
    formats: tuple[str, ...]
    prepare: Callable[[Bench], Path]

    @property
    def recorded(self) -> Path:
        return RECORDED / self.name


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Built:
    """``locks`` and ``bundles`` by their names; a bundle is here for each format: name -> format -> what is in it."""

    locks: dict[str, str]
    bundles: dict[str, dict[str, Bundle]]


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Bundle:
    """A bundle's ``files`` in the order of its archive, each with its form: how the archive holds it, but for its size."""

    files: dict[str, bytes]
    forms: dict[str, str]

    @property
    def release(self) -> str:
        release = json.loads(self.files["manifest.json"])["bundle"]["release"]
        assert re.search(r"-[0-9a-f]{8}$", release), release
        return str(release)

    def text(self, name: str) -> str:
        """A file with the release's name in general terms, since that comes from all files."""
        stem = self.release.rpartition("-")[0]
        return self.files[name].decode("utf-8").replace(self.release, f"{stem}-RELEASE")

    @property
    def manifest(self) -> str:
        """The manifest as it is written, without its list of files."""
        text, count = re.subn(
            r'\n "members": \[\n.*?\n \],\n', '\n "members": [],\n', self.text("manifest.json"), flags=re.DOTALL
        )
        assert count == 1
        return text

    @property
    def members(self) -> str:
        """A line for each file outside ``target/``, in the archive's order; for the Python in ``boot/``, one for each folder."""
        lines: dict[str, list[str]] = {}
        for name in self.files:
            where = f"{name.rpartition('/')[0]}/*" if name.startswith("boot/") else name
            if not name.startswith("target/"):
                lines.setdefault(where, []).append(f"{self._digest(name)} {name}\n")
        return "".join(
            f"{_sha256(''.join(found).encode())} {where}, {len(found)} files\n" if where.endswith("/*") else found[0]
            for where, found in lines.items()
        )

    def _digest(self, name: str) -> str:
        """Of a file as far as it has to stay the same."""
        if name in ("manifest.json", "SHA256SUMS"):
            return "see there"
        return _sha256(self.text(name).encode() if name == "README.txt" else self.files[name])

    @property
    def shape(self) -> str:
        """How the archive holds the files outside ``target/``: every form, and the first file that has it."""
        firsts: dict[str, str] = {}
        for name, form in self.forms.items():
            if not name.startswith("target/"):
                firsts.setdefault(form, name)
        return "".join(f"{form}: {name}\n" for form, name in firsts.items())


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def make_case(case: Case, folder: Path, *, checkout: Path = ROOT, locks: Mapping[str, str] | None = None) -> Built:
    """Lock and build with the product in ``checkout``; the bundles are made of ``locks`` (by file name; None: of those just made).

    The files of a real case are those that ``locks`` name; without, those that the real index has to offer now.
    """
    with LocalIndex() as index:
        maker = _Maker(case, folder, index, checkout)
        if case.real:
            maker.publish(maker.real_locks() if locks is None else locks)
        made = maker.lock()
        return Built(locks=made, bundles=maker.build(made if locks is None else locks))


class _Maker:
    def __init__(self, case: Case, folder: Path, index: LocalIndex, checkout: Path) -> None:
        self._case, self._folder, self._index, self._checkout = case, folder, index, checkout

    def bench(self, name: str) -> tuple[Bench, Path]:
        """A new bench, with the case's recipe."""
        bench = Bench(root=self._folder / name, index=self._index)
        for each in (bench.folder, bench.temporary, bench.root / "home"):
            each.mkdir(parents=True)
        return bench, self._case.prepare(bench)

    def run(self, bench: Bench, *arguments: str | Path, **env: str) -> None:
        settings = {
            "HTTP_PROXY": self._index.base,
            "BUNDLE_PYTHON_MIRROR": MIRROR,
            "BUNDLE_STORE": str(self._folder / "store"),
            "PYTHONPATH": str(self._checkout),
        }
        done = bench.run(*arguments, index=INDEX, env=settings | env, timeout=600)
        assert done.code == 0, done.err

    def real_locks(self) -> dict[str, str]:
        """Locks of what the index of this host has to offer, with its addresses."""
        bench, recipe = self.bench("real")
        environ = {**os.environ, "PYTHONPATH": str(self._checkout), "BUNDLE_STORE": str(self._folder / "store")}
        subprocess.run([sys.executable, "-m", "bundler", "lock", recipe], cwd=bench.folder, env=environ, check=True)
        return _locks(bench.folder)

    def publish(self, locks: Mapping[str, str]) -> None:
        for needed in dict.fromkeys(each for text in locks.values() for each in needed_files(tomllib.loads(text))):
            self._index.add(needed.cached(), project=needed.release.partition("==")[0])

    def lock(self) -> dict[str, str]:
        bench, recipe = self.bench("locking")
        self.run(bench, "lock", recipe, SOURCE_DATE_EPOCH=_EPOCH)
        return _locks(bench.folder)

    def build(self, locks: Mapping[str, str]) -> dict[str, dict[str, Bundle]]:
        bench, recipe = self.bench("building")
        for name, text in locks.items():
            (bench.folder / name).write_text(text, encoding="utf-8")
        found: dict[str, dict[str, Bundle]] = {}
        for form in self._case.formats:
            output = bench.root / form
            self.run(bench, "build", recipe, "--locked", "--output", output, "--format", form)
            for path in sorted(output.iterdir()):
                if not path.name.endswith((".build.json", ".intoto.jsonl")):
                    stem = path.name if form == "dir" else path.name.removesuffix(f".{form}")
                    found.setdefault(stem, {})[form] = read_bundle(path)
        assert _locks(bench.folder) == dict(locks)
        return found


def _locks(folder: Path) -> dict[str, str]:
    return {each.name: each.read_text(encoding="utf-8") for each in sorted(folder.glob("pylock.*.toml"))}


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Needed:
    """A file that a lock names; ``release`` is NAME==VERSION."""

    release: str
    filename: str
    sha256: str

    def cached(self) -> Path:
        """The file, fetched once from the index of this host and kept."""

        def fetch(output: Path) -> None:
            with tempfile.TemporaryDirectory() as name:
                (found,) = fetch_files(Path(name), f"{self.release}/{self.filename}")
                assert hashlib.sha256(found.read_bytes()).hexdigest() == self.sha256, (
                    f"{found.name} is another file now"
                )
                shutil.copyfile(found, output)

        return Cache(default_cache()).made(self.filename, self.sha256[:12], fetch)


def needed_files(lock: Mapping[str, Any]) -> Iterator[Needed]:
    """The files of a lock that come from an index."""
    for package in lock["packages"]:
        for each in (*package.get("wheels", ()), *filter(None, (package.get("sdist"), package.get("archive")))):
            if "url" in each:
                filename = each.get("name") or each["url"].rpartition("/")[2]
                yield Needed(release=_release(package), filename=filename, sha256=each["hashes"]["sha256"])
    own = lock["tool"]["bundle"]
    for pinned in (*own.get("seeds", ()), *own.get("build", ())):
        yield Needed(release=_release(pinned), filename=pinned["file"]["filename"], sha256=pinned["file"]["sha256"])
    source, file = own["runtime"]["source"], own["runtime"]["file"]
    if source.startswith("index:"):
        release = source.removeprefix("index:").partition("/")[0]
        yield Needed(release=release, filename=file["filename"], sha256=file["sha256"])


def _release(package: Mapping[str, Any]) -> str:
    return f"{package['name']}=={package['version']}"


def read_bundle(path: Path) -> Bundle:
    """A bundle of any format."""
    if path.is_dir():
        return _read_folder(path)
    return _read_zip(path) if path.suffix == ".zip" else _read_7z(path)


def _read_folder(path: Path) -> Bundle:
    names = sorted((each for each in path.rglob("*") if each.is_file()), key=Path.as_posix)
    files = {each.relative_to(path).as_posix(): each.read_bytes() for each in names}
    forms = {}
    for each in names:
        status = each.stat()
        mode = "-rw-r--r--" if os.name == "nt" else stat.filemode(status.st_mode)  # Windows has none
        forms[each.relative_to(path).as_posix()] = f"{mode} {int(status.st_mtime)}"
    return Bundle(files=files, forms=forms)


def _read_zip(path: Path) -> Bundle:
    with zipfile.ZipFile(path) as archive:
        infos = archive.infolist()
        files = {each.filename: archive.read(each) for each in infos}
    forms = {
        each.filename: f"method {each.compress_type}, {each.date_time}, system {each.create_system}, attributes"
        f" {each.external_attr:#x}, versions {each.create_version} {each.extract_version}, flags {each.flag_bits:#x},"
        f" extra {each.extra.hex()!r}, comment {each.comment.hex()!r}"
        for each in infos
    }
    return Bundle(files=files, forms=forms)


def _read_7z(path: Path) -> Bundle:
    with py7zr.SevenZipFile(path) as archive, tempfile.TemporaryDirectory() as name:
        info = archive.archiveinfo()
        listed = [each for each in archive.list() if not each.is_directory]
        archive.extractall(name)
        places = {each.filename: Path(name, each.filename) for each in listed}
        files = {each: place.read_bytes() for each, place in places.items()}
        modes = {each: stat.filemode(place.stat().st_mode) for each, place in places.items()}
    form = f"{' '.join(info.method_names)}, solid {info.solid}, {info.blocks} blocks"
    forms = {each.filename: f"{form}, {modes[each.filename]} {each.creationtime}" for each in listed}
    return Bundle(files=files, forms=forms)


def expected_texts(built: Built) -> dict[str, str]:
    """All that is recorded of a case, by file name; what is in a bundle must be the same in every format."""
    texts = dict(built.locks)
    for stem, formats in built.bundles.items():
        first, *others = formats.values()
        for each in others:
            order = list(each.files)  # a folder has none
            assert order in (list(first.files), sorted(first.files))
            assert [name for name in order if each.files[name] != first.files[name]] == []
        texts[f"{stem}.members.txt"] = first.members
        texts[f"{stem}.manifest.txt"] = first.manifest
        texts[f"{stem}.README.txt"] = first.text("README.txt").replace("\r\n", "\n")
        texts |= {f"{stem}.{form}.txt": each.shape for form, each in formats.items()}
    return texts


def recorded_locks(case: Case) -> dict[str, str]:
    """The locks that a case was recorded with."""
    return _locks(case.recorded)
