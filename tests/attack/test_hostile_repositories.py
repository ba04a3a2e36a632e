"""Repositories of git that are small where they lie and large where they are read, that have no end, or that would have this host run something."""

from __future__ import annotations

import os
import ssl
import threading
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from bundler.errors import BundleError, NetworkError
from bundler.fetch import Git, Store
from bundler.fetch.git_program import GitLimits
from bundler.fetch.waiting import Waits
from bundler.model.vcs import read_vcs
from bundler.pipeline.vcs_sources import WithRepositories
from tests.support import only_linux
from tests.support.certificates import make_certificates
from tests.support.raw_server import RawServer
from tests.support.repositories import Repository, make_repository

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def taken(
    root: Path, repository: Repository | str, limits: GitLimits | None = None, *, path: str = "", **more: str
) -> str:
    """What comes of it, or of what is at that address: the reference and the words of an error, or nothing. Nothing is left of it here."""
    environ = {"PATH": path or os.environ["PATH"], "HOME": str(root), "GIT_CONFIG_NOSYSTEM": "1", **more}
    url = repository if isinstance(repository, str) else repository.url
    git = Git(Store(root / "store"), root / "work", environ, limits)
    try:
        git.packed("x", read_vcs(f"git+{url}"))
    except BundleError as error:
        return "\n".join((f"{error.reference}: {error.message}", *error.context))
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


ADVERTISED = b"HTTP/1.1 200 OK\r\ncontent-type: application/x-git-upload-pack-advertisement\r\n\r\n"


@only_linux.SHELL
def test_branches_without_end_fill_no_memory(tmp_path: Path) -> None:
    """Git keeps what a server names until that ends; of an object it takes memory for as much as it says to be."""
    name = b"a" * 40 + b" refs/heads/" + b"x" * 1000
    refs = b"%04x%s" % (len(name) + 4, name) * 1000

    def answer() -> Iterator[bytes]:
        yield ADVERTISED + b"001e# service=git-upload-pack\n0000"
        while True:
            yield refs

    with RawServer(answer) as server:
        said = taken(tmp_path, server.url + "demo", GitLimits(memory=200 << 20, seconds=100))
    assert said.startswith("git-failed: git can't fetch")
    assert "Out of memory" in said


def test_git_follows_no_server_from_https_to_http(tmp_path: Path) -> None:
    """As downloads don't: anyone on the way could give another state of the repository."""
    made = make_certificates(tmp_path / "tls")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.certificate, made.key)
    with RawServer(lambda: [ADVERTISED]) as other:
        moved = f"HTTP/1.1 301 x\r\nlocation: {other.url}demo/info/refs\r\ncontent-length: 0\r\n\r\n".encode()
        with RawServer(lambda: [moved], context) as server:
            said = taken(tmp_path, server.url + "demo", GIT_SSL_CAINFO=str(made.authority))
        assert len(server.requests) == 1
    assert said.startswith("git-failed: git can't fetch")
    assert other.requests == []


def test_a_person_sees_which_repository_is_waited_for() -> None:
    """A large one takes minutes, and one that stalls one until git gives up."""
    address = read_vcs("git+ssh://git@host.test/demo")
    told: list[str] = []
    now = iter((0.0, 11.0))
    waits = Waits(told.append, threading.Event(), lambda: next(now, 11.0))

    class Reading:
        def packed(self, *_: object) -> NoReturn:
            waits.look()
            raise NetworkError("git-failed", "no")

    others: Any = None
    reading: Any = Reading()
    with pytest.raises(NetworkError):
        WithRepositories(others, lambda: reading, others, waits.during).pin("demo", address)
    assert told == ["waiting for host.test since 11 seconds: /demo"]


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
