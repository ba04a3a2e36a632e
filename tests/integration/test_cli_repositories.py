"""Packages out of repositories of git: what is pinned, fetched and built, and what a stranger's repository can't do."""

from __future__ import annotations

import os
import tomllib
import zipfile
from typing import TYPE_CHECKING

import pytest

from bundler.model.lock_file import load_lock
from tests.support import only_linux
from tests.support.commandline import Bench, tree_of
from tests.support.repositories import Repository, make_repository
from tests.support.sources import make_project

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.model.lock import LockedPackage

pytestmark = only_linux.SIMULATED


def project(folder: Path, version: str = "1.0", name: str = "mine") -> Repository:
    made = make_repository(folder)
    make_project(folder, name, version)
    made.commit()
    return made


@pytest.fixture
def mine(bench: Bench) -> Repository:
    return project(bench.root / "repositories" / "mine")


def lock(bench: Bench, *requirements: str, **changes: object) -> LockedPackage:
    bench.write(requirements=list(requirements), **changes)
    done = bench.run("lock", bench.recipe)
    assert done.code == 0, done.err
    return next(each for each in load_lock(bench.lock).packages if each.name == "mine")


def test_from_a_branch_to_a_bundle(bench: Bench, mine: Repository) -> None:
    package = lock(bench, f"mine @ git+{mine.url}@main")
    commit = mine.git("rev-parse", "HEAD")
    assert package.vcs is not None
    assert (package.kind, package.version, package.requested) == ("vcs", "1.0", True)
    assert (package.vcs.url, package.vcs.commit, package.vcs.revision) == (mine.url, commit, "main")
    (entry,) = tomllib.loads(bench.lock.read_text(encoding="utf-8"))["packages"]
    assert entry["vcs"] == {"type": "git", "url": mine.url, "requested-revision": "main", "commit-id": commit}
    done = bench.build()
    assert done.code == 0, done.err
    with zipfile.ZipFile(bench.bundle) as bundle:
        assert "wheels/mine-1.0-py3-none-any.whl" in bundle.namelist()
    inspected = bench.run("inspect", bench.bundle)
    assert commit[:12] in "".join(inspected.out.split())


def test_a_commit_stays_until_it_is_freed(bench: Bench, mine: Repository) -> None:
    wanted = f"mine @ git+{mine.url}@main"
    before = lock(bench, wanted)
    make_project(mine.folder, "mine", "2.0")
    mine.commit()
    for options in ((), ("--refresh",), ("--upgrade-package", "beta")):
        assert bench.run("lock", bench.recipe, *options).code == 0
        assert load_lock(bench.lock).packages[-1] == before
    assert bench.run("lock", bench.recipe, "--upgrade-package", "mine").code == 0
    (after,) = load_lock(bench.lock).packages
    assert (after.version, after.vcs and after.vcs.commit) == ("2.0", mine.git("rev-parse", "HEAD"))


def test_the_same_commit_gives_the_same_bytes_without_the_store(bench: Bench, mine: Repository) -> None:
    package = lock(bench, f"mine @ git+{mine.url}")
    assert package.file is not None
    stored = bench.store / "sha256" / str(package.file.sha256)[:2] / str(package.file.sha256)
    stored.unlink()
    done = bench.build("--locked")
    assert done.code == 0, done.err
    assert stored.is_file()


@pytest.mark.parametrize("how", ["tag", "commit", "short", "none", "editable"])
def test_revisions(bench: Bench, mine: Repository, how: str) -> None:
    mine.git("tag", "v1")
    first = mine.git("rev-parse", "HEAD")
    if how not in {"none", "editable"}:
        make_project(mine.folder, "mine", "2.0")
        mine.commit()
    revision = {"tag": "@v1", "commit": f"@{first}", "short": f"@{first[:9]}"}.get(how, "")
    if how == "editable":
        (bench.folder / "r.txt").write_text(f"-e git+{mine.url}#egg=mine\n", encoding="utf-8")
        package = lock(bench, packages='files = ["r.txt"]')
    else:
        package = lock(bench, f"mine @ git+{mine.url}{revision}")
    assert package.vcs is not None
    assert (package.version, package.vcs.commit) == ("1.0", first)


def test_names_of_branches_and_tags(bench: Bench, mine: Repository) -> None:
    first = mine.git("rev-parse", "HEAD")
    mine.git("tag", "--annotate", "mine==1.0", "--message", "x")
    mine.git("branch", "both")
    make_project(mine.folder, "mine", "2.0")
    mine.commit()
    mine.git("tag", "both")
    mine.git("branch", "fix/#1-größe")
    assert lock(bench, f"mine @ git+{mine.url}@mine==1.0").version == "1.0"
    assert lock(bench, f"mine @ git+{mine.url}@fix/%231-größe").version == "2.0"
    both = lock(bench, f"mine @ git+{mine.url}@both").vcs
    assert both is not None
    assert (both.commit, both.revision) == (first, "both"), "the branch, as pip and uv take it"
    assert lock(bench, f"mine @ git+{mine.url}@tags/both").version == "2.0"
    assert lock(bench, f"mine @ git+{mine.url}@refs/heads/both").version == "1.0"


@pytest.mark.parametrize(
    ("revision", "words"),
    [
        ("1.0.0", "there is v1.0.0"),
        ("quite-other", "it has 2 branches and tags, and none is like it"),
        ("0" * 40, f"holds the commit {'0' * 40}"),
        ("beef", "holds the commit beef"),
    ],
)
def test_a_revision_that_is_not_there(bench: Bench, mine: Repository, revision: str, words: str) -> None:
    mine.git("tag", "v1.0.0")
    bench.write(requirements=[f"mine @ git+{mine.url}@{revision}"])
    done = bench.run("lock", bench.recipe)
    assert (done.code, done.reference) == (4, "git-failed"), done.err
    assert f"has no revision {revision}" in done.err
    assert words in done.err


def test_a_project_that_is_not_at_the_top(bench: Bench) -> None:
    mono = make_repository(bench.root / "repositories" / "mono")
    make_project(mono.folder / "python" / "mine", "mine")
    mono.commit()
    bench.write(requirements=[f"mine @ git+{mono.url}"])
    done = bench.run("lock", bench.recipe)
    assert (done.code, done.reference) == (6, "git-unfit"), done.err
    assert "there is #subdirectory=python/mine" in done.err


def test_a_server_that_gives_no_commit_by_its_name(bench: Bench, mine: Repository) -> None:
    first = mine.git("rev-parse", "HEAD")
    make_project(mine.folder, "mine", "2.0")
    mine.commit()
    mine.git("config", "uploadpack.allowAnySHA1InWant", "false")
    assert lock(bench, f"mine @ git+{mine.url}@{first}").version == "1.0"


def test_a_subdirectory_and_submodules(bench: Bench) -> None:
    inner = make_repository(bench.root / "repositories" / "inner")
    inner.commit({"data.py": "VALUE = 7\n"})
    outer = make_repository(bench.root / "repositories" / "outer")
    make_project(outer.folder / "python" / "mine", "mine")
    outer.git("submodule", "--quiet", "add", "../inner", "python/mine/mine_data")
    outer.commit()
    package = lock(bench, f"mine @ git+{outer.url}#subdirectory=python/mine")
    assert package.vcs is not None
    assert package.vcs.subdirectory == "python/mine"
    assert package.file is not None
    import tarfile

    stored = bench.store / "sha256" / str(package.file.sha256)[:2] / str(package.file.sha256)
    with tarfile.open(stored) as archive:
        names = archive.getnames()
        assert {each.mtime for each in archive.getmembers()} == {0}
    root = f"mine-{package.vcs.commit[:12]}"
    assert f"{root}/mine_data/data.py" in names
    assert f"{root}/pyproject.toml" in names
    assert bench.build().code == 0


def test_sources_of_uv_lead_to_repositories(bench: Bench, mine: Repository) -> None:
    folder = make_project(bench.folder / "app", "app")
    file = folder / "pyproject.toml"
    table = f'[project]\nname = "app"\nversion = "1"\ndependencies = ["mine"]\n[tool.uv.sources]\nmine = {{ git = "{mine.url}", rev = "main" }}\n'
    file.write_text(file.read_text(encoding="utf-8") + table, encoding="utf-8")
    bench.publish("mine", "99")
    package = lock(bench, packages='projects = ["app"]')
    assert (package.version, package.kind) == ("1.0", "vcs")


def test_all_that_can_not_be_had_at_once(bench: Bench, mine: Repository) -> None:
    bench.write(
        requirements=[
            f"mine @ git+{mine.url}@nowhere",
            f"gone @ git+{mine.url}-gone",
            f"part @ git+{mine.url}#subdirectory=not/there",
        ]
    )
    done = bench.run("lock", bench.recipe)
    assert (done.code, done.reference) == (3, "requirement-unusable")
    for number, words in enumerate(
        ("has no revision nowhere", "git can't fetch the default branch", "has no folder not/there")
    ):
        assert f"packages.requirements[{number}]: " in done.err
        assert words in done.err


def test_without_git(bench: Bench, mine: Repository, tmp_path: Path) -> None:
    bench.write(requirements=[f"mine @ git+{mine.url}"])
    done = bench.run("lock", bench.recipe, env={"PATH": str(tmp_path)})
    assert (done.code, done.reference) == (7, "git-missing")


@pytest.mark.parametrize("kind", ["lfs", "submodule without address", "submodule of this host", "link"])
def test_what_is_not_taken(bench: Bench, mine: Repository, kind: str) -> None:
    if kind == "lfs":
        mine.commit({"weights.bin": "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"})
        words = "lies in git LFS"
    elif kind == "link":
        (mine.folder / "leak").symlink_to("/etc/passwd")
        mine.commit()
        words = "leak"
    else:
        inner = make_repository(bench.root / "repositories" / "inner")
        inner.commit({"x": "y"})
        mine.git("submodule", "--quiet", "add", "../inner", "inner")
        if kind == "submodule without address":
            (mine.folder / ".gitmodules").write_text("", encoding="utf-8")
            words = "has no address in .gitmodules"
        else:
            text = (mine.folder / ".gitmodules").read_text(encoding="utf-8")
            (mine.folder / ".gitmodules").write_text(text.replace("../inner", "ext::sh -c evil"), encoding="utf-8")
            words = "its submodule inner can't be fetched"
        mine.commit()
    bench.write(requirements=[f"mine @ git+{mine.url}"])
    done = bench.run("lock", bench.recipe)
    assert done.code != 0
    assert words in done.err


def test_nothing_of_a_strangers_repository_runs(bench: Bench, mine: Repository) -> None:
    """Hooks of the user's template, filters by attributes, programs in .gitmodules: each would leave a file."""
    mark = bench.root / "ran"
    hook = f"#!/bin/sh\ntouch {mark}\n"
    home = bench.root / "home"
    for name in ("post-checkout", "post-merge", "reference-transaction", "pre-auto-gc"):
        path = home / "template" / "hooks" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(hook, encoding="utf-8")
        path.chmod(0o755)
    (home / ".gitconfig").write_text(
        f'[init]\n\ttemplateDir = {home}/template\n[core]\n\thooksPath = {home}/template/hooks\n\tfsmonitor = "touch {mark}"\n'
        f'[filter "evil"]\n\tsmudge = touch {mark}\n\tprocess = touch {mark}\n\trequired = true\n',
        encoding="utf-8",
    )
    mine.commit({".gitattributes": "* filter=evil export-subst ident\n", "given.txt": "$Format:%H$ $Id$\n"})
    package = lock(bench, f"mine @ git+{mine.url}")
    assert bench.build().code == 0
    assert not mark.exists()
    assert package.file is not None
    stored = bench.store / "sha256" / str(package.file.sha256)[:2] / str(package.file.sha256)
    assert b"$Format:%H$ $Id$\n" in stored.read_bytes()


def test_variables_of_git_lead_nowhere_else(bench: Bench, mine: Repository) -> None:
    other = project(bench.root / "repositories" / "other", version="6.6.6")
    environ = {
        "GIT_DIR": str(other.folder / ".git"),
        "GIT_WORK_TREE": str(other.folder),
        "GIT_CONFIG_PARAMETERS": "'x'",
    }
    before = tree_of(other.folder)
    bench.write(requirements=[f"mine @ git+{mine.url}"])
    assert bench.run("lock", bench.recipe, env=environ).code == 0
    assert load_lock(bench.lock).packages[0].version == "1.0"
    assert tree_of(other.folder) == before


def test_credentials_stay_out_of_everything(bench: Bench) -> None:
    """They come by a variable into a requirements file; a stand-in of git notes what it is given."""
    notes, fake = bench.root / "notes", bench.root / "bin"
    fake.mkdir()
    real = next(each for each in os.environ["PATH"].split(os.pathsep) if os.access(f"{each}/git", os.X_OK))
    (fake / "git").write_text(
        f'#!/bin/sh\necho "$@" >> {notes}\ncase "$*" in *fetch*)\n'
        f'  env | grep -q "hunter2@" || exit 9\n  echo "fatal: https://me:hunter2@h.test/mine: x" >&2; exit 128;;\nesac\nexec {real}/git "$@"\n',
        encoding="utf-8",
    )
    (fake / "git").chmod(0o755)
    (bench.folder / "r.txt").write_text("mine @ git+https://me:${TOKEN}@h.test/mine@main\n", encoding="utf-8")
    bench.write(requirements=[], packages='files = ["r.txt"]')
    done = bench.run("lock", bench.recipe, env={"TOKEN": "hunter2", "PATH": f"{fake}{os.pathsep}{os.environ['PATH']}"})
    assert (done.code, done.reference) == (4, "git-failed")
    assert "https://h.test/mine" in done.err
    for text in (done.err, done.out, notes.read_text(encoding="utf-8")):
        assert "hunter2" not in text
    assert not [
        each
        for each in bench.root.rglob("*")
        if each.is_file() and each.parent != fake and b"hunter2" in each.read_bytes()
    ]
    for line in (
        "mine @ git+https://me:${TOKEN}@h.test/mine ; os_name == 'x'",
        "-e git+https://me:${TOKEN}@h.test/mine",
        "mine @ git+https://me:${TOKEN}@h.test/mine\nmine==9",
    ):
        (bench.folder / "r.txt").write_text(line, encoding="utf-8")
        done = bench.run(
            "lock", bench.recipe, env={"TOKEN": "hunter2", "PATH": f"{fake}{os.pathsep}{os.environ['PATH']}"}
        )
        assert "hunter2" not in done.err + done.out
    bench.write(requirements=["mine @ git+https://me:hunter2@h.test/mine"])
    assert bench.run("lock", bench.recipe).reference == "recipe-invalid"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('commit-id = "', 'commit-id = "--upload-pack=evil'),
        ('url = "file', 'url = "https://me:pw@h.test/x#file'),
        ('type = "git"', 'type = "hg"'),
        ('[[tool.bundle.vcs]]\nname = "mine"', '[[tool.bundle.vcs]]\nname = "other"'),
    ],
)  # fmt: skip
def test_a_lock_that_was_edited(bench: Bench, mine: Repository, old: str, new: str) -> None:
    lock(bench, f"mine @ git+{mine.url}")
    text = bench.lock.read_text(encoding="utf-8")
    assert old in text
    bench.lock.write_text(text.replace(old, new), encoding="utf-8")
    done = bench.build()
    assert (done.code, done.reference) == (2, "lock-invalid")


def test_another_commit_under_the_locks_hash_is_noticed(bench: Bench, mine: Repository) -> None:
    package = lock(bench, f"mine @ git+{mine.url}")
    assert package.vcs is not None
    assert package.file is not None
    make_project(mine.folder, "mine", "2.0")
    other = mine.commit()
    (bench.store / "sha256" / str(package.file.sha256)[:2] / str(package.file.sha256)).unlink()
    text = bench.lock.read_text(encoding="utf-8")
    bench.lock.write_text(text.replace(package.vcs.commit, other), encoding="utf-8")
    done = bench.build("--locked")
    assert (done.code, done.reference) == (5, "hash-mismatch")
