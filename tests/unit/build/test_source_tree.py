from __future__ import annotations

import io
import os
import tarfile
from typing import TYPE_CHECKING

import pytest

from bundler.build.source_tree import EARLIEST, LATEST, copy_project, open_source, project_digest, time_of
from bundler.errors import BuildError
from tests.support import only_linux
from tests.support.packages import make_project, make_sdist

if TYPE_CHECKING:
    from pathlib import Path


def names(tree: Path) -> set[str]:
    return {path.relative_to(tree).as_posix() for path in tree.rglob("*") if path.is_file()}


def put(tree: Path, *paths: str) -> None:
    for each in paths:
        (tree / each).parent.mkdir(parents=True, exist_ok=True)
        (tree / each).write_text(each)


def test_an_sdist_is_unpacked_to_its_one_folder(tmp_path: Path) -> None:
    tree = open_source(make_sdist(tmp_path), tmp_path / "tree")
    assert tree == tmp_path / "tree" / "demo-1.0"
    assert {"PKG-INFO", "pyproject.toml", "demo.py"} <= names(tree)


@pytest.mark.parametrize(
    ("times", "said"), [((5, 1_700_000_000, 7), 1_700_000_000), ((0,), EARLIEST), ((-3,), EARLIEST), ((2**40,), LATEST)]
)
def test_an_sdists_time_is_in_its_bytes(tmp_path: Path, times: tuple[int, ...], said: int) -> None:
    source = tmp_path / "demo-1.0.tar.gz"
    with tarfile.open(source, "w:gz") as archive:
        for number, each in enumerate(times):
            entry = tarfile.TarInfo(f"demo-1.0/{number}")
            entry.mtime = each
            archive.addfile(entry)
    assert time_of(source) == said


def test_a_folder_has_no_time_of_its_own(tmp_path: Path) -> None:
    assert time_of(make_project(tmp_path / "demo")) == EARLIEST


def test_a_link_in_an_sdist_becomes_a_copy(tmp_path: Path) -> None:
    source = tmp_path / "demo-1.0.tar.gz"
    with tarfile.open(source, "w:gz") as archive:
        changes, link = tarfile.TarInfo("demo-1.0/CHANGELOG"), tarfile.TarInfo("demo-1.0/NEWS.txt")
        changes.size, link.type, link.linkname = 3, tarfile.SYMTYPE, "CHANGELOG"
        archive.addfile(changes, io.BytesIO(b"new"))
        archive.addfile(link)
    assert (open_source(source, tmp_path / "tree") / "NEWS.txt").read_bytes() == b"new"


@pytest.mark.parametrize("paths", [("a/x", "b/x"), ("PKG-INFO",), ("a/x", "PKG-INFO")])
def test_an_sdist_with_another_layout(tmp_path: Path, paths: tuple[str, ...]) -> None:
    source = tmp_path / "demo-1.0.tar.gz"
    with tarfile.open(source, "w:gz") as archive:
        for each in paths:
            archive.addfile(tarfile.TarInfo(each), io.BytesIO())
    with pytest.raises(BuildError) as caught:
        open_source(source, tmp_path / "tree")
    assert caught.value.reference == "sdist-layout"


def test_a_source_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BuildError) as caught:
        open_source(tmp_path / "demo-1.0.tar.gz", tmp_path / "tree")
    assert caught.value.reference == "source-missing"


def test_a_folder_without_a_project(tmp_path: Path) -> None:
    with pytest.raises(BuildError) as caught:
        open_source(tmp_path, tmp_path / "tree")
    assert caught.value.reference == "not-a-project"


def test_a_copy_leaves_out_what_was_made(tmp_path: Path) -> None:
    project = make_project(tmp_path / "demo")
    put(
        project,
        "build/lib/demo.py",
        "build/bdist.linux-x86_64/x",
        "build/script.py",
        "src/build/lib/kept.py",
        "demo.egg-info/SOURCES.txt",
        "__pycache__/demo.cpython-311.pyc",
        "env/pyvenv.cfg",
        "env/lib/x.py",
        ".git/HEAD",
        ".tox/x",
    )
    copied = names(copy_project(project, tmp_path / "copy"))
    assert {"build/script.py", "src/build/lib/kept.py", ".git/HEAD", "demo.py"} <= copied
    assert not {
        each for each in copied if "egg-info" in each or "pycache" in each or each.startswith(("env/", ".tox/"))
    }
    assert not {each for each in copied if each.startswith(("build/lib", "build/bdist"))}


def test_metadata_that_a_package_carries_along_stays(tmp_path: Path) -> None:
    project = make_project(tmp_path / "demo")
    vendored = {"src/demo/_vendor/other.egg-info/PKG-INFO", "src/demo/other-1.0.dist-info/METADATA"}
    put(project, "src/demo/__init__.py", "src/demo.egg-info/SOURCES.txt", *vendored)
    copied = names(copy_project(project, tmp_path / "copy"))
    assert vendored <= copied
    assert "src/demo.egg-info/SOURCES.txt" not in copied


def test_links_become_what_they_point_to(tmp_path: Path) -> None:
    project = make_project(tmp_path / "demo")
    put(tmp_path, "README.md", ".git/HEAD")
    (project / "README.md").symlink_to("../README.md")
    (project / "gone").symlink_to("nowhere")
    (project / "loop").symlink_to(".")
    os.mkfifo(project / "pipe")
    tree = copy_project(project, tmp_path / "copy")
    assert (tree / "README.md").read_text() == "README.md"
    assert not (tree / "README.md").is_symlink()
    assert not any((tree / each).exists() for each in ("gone", "loop", "pipe"))


def test_a_project_that_can_not_be_copied(tmp_path: Path) -> None:
    project = make_project(tmp_path / "demo")
    copy_project(project, tmp_path / "copy")
    with pytest.raises(BuildError) as caught:
        copy_project(project, tmp_path / "copy")
    assert caught.value.reference == "project-unreadable"


def test_the_digest_of_a_project_is_that_of_what_is_copied(tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / "package").mkdir(parents=True)
    (project / "pyproject.toml").write_text("[project]\n")
    (project / "package" / "__init__.py").write_text("X = 1\n")
    first = project_digest(project)
    for made in ("package/__pycache__/a.pyc", "project.egg-info/PKG-INFO", "build/lib/a.py", ".venv/pyvenv.cfg"):
        (project / made).parent.mkdir(parents=True, exist_ok=True)
        (project / made).write_text("made of it")
    assert project_digest(project) == first
    assert project_digest(copy_project(project, tmp_path / "copy")) == first
    (project / "package" / "__init__.py").write_text("X = 2\n")
    second = project_digest(project)
    (project / "package" / "__init__.py").rename(project / "package" / "main.py")
    assert len({first, second, project_digest(project)}) == 3


@only_linux.LINKS
def test_links_that_lead_to_each_other_end(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project", "demo", "1.0")
    for folder, other in (("one", "two"), ("two", "one")):
        (project / folder).mkdir()
        (project / folder / f"{folder}.txt").write_text("content", encoding="utf-8")
        for number in range(3):
            (project / folder / f"link{number}").symlink_to(f"../{other}")
    before = project_digest(project)
    tree = copy_project(project, tmp_path / "copy")
    assert sorted(path.relative_to(tree).as_posix() for path in (tree / "one").rglob("*.txt")) == [
        *(f"one/link{number}/two.txt" for number in range(3)),
        "one/one.txt",
    ]
    assert project_digest(project) == before


def test_more_files_than_a_project_has(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project", "demo", "1.0")
    with pytest.raises(BuildError, match="more than 1 files and folders"):
        project_digest(project, most=1)
    with pytest.raises(BuildError, match="more than 1 files and folders"):
        copy_project(project, tmp_path / "copy", most=1)
