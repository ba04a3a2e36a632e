"""Repositories of git that are small where they lie and large where they are read, that have no end, or that would have this host run something."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from bundler.errors import BundleError
from bundler.fetch import Git, Store
from bundler.fetch.git_program import GitLimits
from bundler.model.vcs import read_vcs
from tests.support import only_linux
from tests.support.repositories import Repository, make_repository

if TYPE_CHECKING:
    from pathlib import Path


def taken(root: Path, repository: Repository, limits: GitLimits | None = None, *, path: str = "") -> str:
    """What comes of it: the reference and the words of an error, or nothing. Nothing is left of it here."""
    environ = {"PATH": path or os.environ["PATH"], "HOME": str(root), "GIT_CONFIG_NOSYSTEM": "1"}
    git = Git(Store(root / "store"), root / "work", environ, limits)
    try:
        git.packed("x", read_vcs(f"git+{repository.url}"))
    except BundleError as error:
        return f"{error.reference}: {error.message}"
    else:
        return ""
    finally:
        assert list((root / "work").iterdir()) == []


@pytest.fixture
def strange(tmp_path: Path) -> Repository:
    return make_repository(tmp_path / "strange")


def commit_tree(repository: Repository, tree: str) -> None:
    commit = repository.git("commit-tree", tree, "-m", "a state")
    repository.git("update-ref", "refs/heads/main", commit)


def nested(repository: Repository, width: int, depth: int) -> str:
    """A tree in which one file is there ``width ** depth`` times, by ``depth + 1`` objects."""
    (repository.folder / "file").write_text("content", encoding="utf-8")
    made, kind = repository.git("hash-object", "-w", "file"), "100644 blob"
    for _ in range(depth):
        listing = repository.folder / "listing"
        listing.write_text("".join(f"{kind} {made}\t{number}\n" for number in range(width)), encoding="utf-8")
        made, kind = repository.read("mktree", listing), "040000 tree"
    return made


def test_a_few_objects_are_a_million_files(tmp_path: Path, strange: Repository) -> None:
    commit_tree(strange, nested(strange, 100, 3))
    assert "git says more than 100.0 kB of it" in taken(tmp_path, strange, GitLimits(listing=100_000))
    commit_tree(strange, nested(strange, 10, 2))
    assert "it has more than 99 files" in taken(tmp_path, strange, GitLimits(files=99))
    assert "holds no pyproject.toml" in taken(tmp_path, strange, GitLimits(files=100))


def test_a_file_that_is_packed_well(tmp_path: Path, strange: Repository) -> None:
    strange.commit({"a": b"\0" * 300_000, "b": b"\0" * 300_000, "setup.py": ""})
    assert "its files have more than 500.0 kB" in taken(tmp_path, strange, GitLimits(size=500_000))
    assert taken(tmp_path, strange, GitLimits(size=1_000_000)) == ""


def test_more_objects_than_the_disk_is_for(tmp_path: Path, strange: Repository) -> None:
    strange.commit({"a": os.urandom(100_000)})
    assert "it has more than 100.0 kB" in taken(tmp_path, strange, GitLimits(disk=100_000))


def test_a_link_with_the_content_of_a_file(tmp_path: Path, strange: Repository) -> None:
    (strange.folder / "long").write_text("x" * 5000, encoding="utf-8")
    listing = strange.folder / "listing"
    listing.write_text(f"120000 blob {strange.git('hash-object', '-w', 'long')}\tlink\n", encoding="utf-8")
    commit_tree(strange, strange.read("mktree", listing))
    assert "link is a link with 5,000 bytes" in taken(tmp_path, strange)


@only_linux.SHELL
def test_git_that_waits_is_ended_with_what_it_started(tmp_path: Path, strange: Repository) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    waiting = tmp_path / "waiting"
    os.mkfifo(waiting)
    reader = os.open(waiting, os.O_RDONLY | os.O_NONBLOCK)
    (programs / "git").write_text(f"#!/bin/sh\n(exec 9>{waiting}; sleep 1000) & wait\n", encoding="utf-8")
    (programs / "git").chmod(0o755)
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    assert "git didn't end within 0 minutes" in taken(tmp_path, strange, GitLimits(seconds=0), path=path)
    os.set_blocking(reader, True)
    assert os.read(reader, 1) == b""  # as soon as nobody has the other end any more
    os.close(reader)


PROMISES = {
    "another program of git": ("file:///tmp", "remote.origin.uploadpack"),
    "another ssh": ("ssh://host.test/x", "core.sshCommand"),
    "a helper": ("ext::{}", "core.gitProxy"),
}


@only_linux.SHELL
@pytest.mark.parametrize("how", PROMISES)
def test_what_a_repository_of_this_disk_says_of_itself_runs_nothing(
    tmp_path: Path, strange: Repository, how: str
) -> None:
    """A file that isn't there is to be fetched from where the repository says, by what it says."""
    mark = tmp_path / "ran"
    strange.commit({"setup.py": "", "other": "content"})
    name = strange.git("rev-parse", "HEAD:other")
    (strange.folder / ".git" / "objects" / name[:2] / name[2:]).unlink()
    url, key = PROMISES[how]
    for setting, value in {
        "core.repositoryformatversion": "1",
        "extensions.partialClone": "origin",
        "remote.origin.promisor": "true",
        "remote.origin.url": url.format(f"touch {mark}"),
        "uploadpack.packObjectsHook": f"touch {mark};",
        "core.alternateRefsCommand": f"touch {mark};",
        "core.fsmonitor": f"touch {mark}",
        key: f"touch {mark};",
    }.items():
        strange.git("config", setting, value)
    assert taken(tmp_path, strange).startswith("git-failed: ")
    assert not mark.exists()
