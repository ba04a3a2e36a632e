"""What tools write beside [project] of where packages come from, and what a resolution makes of it."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

import pytest

from bundler.errors import BuildError, InputError, ResolutionError
from bundler.model.target import Target
from bundler.resolve import (
    IndexRoute,
    LocalProject,
    Request,
    ResolverPorts,
    Supplied,
    Wanted,
    project_sources,
    resolve,
    workspaces,
)
from bundler.resolve.folder_patterns import FolderPatterns
from bundler.resolve.project_sources import ProjectSources, read_project_sources
from tests.support import only_linux
from tests.support.packages import make_wheel
from tests.support.reporters import Remembering
from tests.support.shelf import ROOT, Downloads, Hall, MemoryCache, Shelf, inspect, pins

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bundler.resolve import Resolution

TARGET = Target.of("3.11.9", "win_amd64")


def write(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    return folder


def project(folder: Path, *requires: str, more: str = "") -> Path:
    """A project that is called as its folder is."""
    return write(folder, f'[project]\nname = "{folder.name}"\nversion = "1"\ndependencies = {list(requires)!r}\n{more}')


def read(*folders: Path) -> ProjectSources:
    return read_project_sources(folders, TARGET)


def places(found: ProjectSources) -> Mapping[str, str]:
    return {name: each.url or "refused" for name, each in found.supplied.items()}


def resolved(
    shelf: Shelf, folder: Path, *projects: Path, wanted: tuple[str, ...] = (), told: Remembering | None = None
) -> Resolution:
    found = read(*projects)
    request = Request(
        target=TARGET,
        wanted=tuple(Wanted(each, "recipe") for each in wanted),
        constraints=found.constraints,
        projects=tuple(map(LocalProject, projects)),
        indexes=(*found.pins, IndexRoute(ROOT)),
        supplied=found.supplied,
    )
    ports = ResolverPorts(
        transport=shelf,
        cache=MemoryCache(),
        inspect=inspect,
        fetch_source=Downloads(shelf, folder),
        reporter=told or Remembering(),
    )
    return resolve(request, ports)


def workspace(root: Path) -> Path:
    """A workspace of uv with the app that wants ``helper``; the app's folder."""
    write(root, '[tool.uv.workspace]\nmembers = ["packages/*"]\nexclude = ["packages/old*"]\n')
    project(root / "packages" / "helper")
    project(root / "packages" / "old-thing")
    return project(root / "packages" / "app", "helper", more="[tool.uv.sources]\nhelper = { workspace = true }\n")


def test_a_member_of_the_workspace_is_taken_and_not_a_strangers_package(tmp_path: Path) -> None:
    app = workspace(tmp_path / "repo")
    shelf = Shelf(make_wheel(tmp_path, "helper", "99"))
    helper, _ = sorted(resolved(shelf, tmp_path, app).packages, key=lambda each: each.name, reverse=True)
    assert (helper.name, helper.version, helper.directory) == ("helper", "1", str(tmp_path / "repo/packages/helper"))
    assert not any("helper" in url for url, _ in shelf.asked), "no index learns the names of own packages"


def test_a_member_needs_no_entry_and_roots_entries_count_for_members(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        '[project]\nname = "root"\nversion = "1"\n[tool.uv.workspace]\nmembers = ["a", "b"]\n'
        '[tool.uv.sources]\nb = { workspace = true }\nc = { path = "libs/c" }\nd = { path = "libs/c" }\n',
    )
    project(tmp_path / "libs" / "c")
    project(tmp_path / "libs" / "d")
    project(tmp_path / "b")
    a = project(tmp_path / "a", "b", "c", "d", more='[tool.uv.sources]\nd = { path = "../libs/d" }\n')
    found = read(a)
    assert places(found) == {
        "a": a.as_uri(),
        "b": (root / "b").as_uri(),
        "c": (root / "libs/c").as_uri(),
        "d": (root / "libs/d").as_uri(),
        "root": root.as_uri(),
    }
    assert found.needed(a) == (root / "b", root / "libs" / "c", root / "libs" / "d")


@pytest.mark.parametrize(
    ("setup", "known"), [("[metadata]\nname = Helper\n", True), ("[metadata\n", False), (None, False)]
)
def test_a_member_may_have_its_name_in_setup_cfg(tmp_path: Path, setup: str | None, *, known: bool) -> None:
    app = workspace(tmp_path)
    helper = write(tmp_path / "packages" / "helper", '[build-system]\nrequires = ["setuptools"]\n')
    if setup is not None:
        (helper / "setup.cfg").write_text(setup, encoding="utf-8")
    found = read(app).supplied["helper"]
    assert (found.url == helper.as_uri(), bool(found.refused)) == (known, not known)


def test_a_broken_file_above_is_not_the_projects(tmp_path: Path) -> None:
    write(tmp_path, "[tool")
    assert not read(project(tmp_path / "app")).supplied


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root gives files away")
def test_a_workspace_of_somebody_else_says_nothing(tmp_path: Path) -> None:
    """Above a project may lie a folder into which anybody writes."""
    app = workspace(tmp_path / "repo")
    for each in (app, *app.iterdir()):
        os.chown(each, 12345, 12345)
    assert set(read(app).supplied) == {"helper", "app"}
    os.chown(tmp_path / "repo" / "pyproject.toml", 54321, 54321)
    assert [each.refused for each in read(app).supplied.values()] == ["it is not a member of the project's workspace"]


def test_what_a_workspace_leaves_out_stands_alone(tmp_path: Path) -> None:
    workspace(tmp_path)
    assert not read(tmp_path / "packages" / "old-thing").supplied


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ('[tool.uv.sources]\nHelper_X = { path = "../helper-x", editable = true }\n', "folder"),
        ('[tool.uv.sources]\nhelper-x = { path = "../helper_x-1-py3-none-any.whl" }\n', "wheel"),
        ('[tool.uv.sources]\nhelper-x = { url = "https://w.test/helper_x-1-py3-none-any.whl" }\n', "address"),
        ('[tool.uv.sources]\nhelper-x = { git = "https://g.test/x", rev = "1" }\n', "git+https://g.test/x@1"),
        ("[tool.uv.sources]\nhelper-x = { workspace = true }\n", "refused"),
        ('[tool.uv.sources]\nhelper-x = { path = "../gone" }\n', "refused"),
        ('[tool.uv.sources]\nhelper-x = { index = "unknown" }\n', "refused"),
        ('[tool.uv.sources]\nhelper-x = { path = "../helper-x", subdirectory = "a" }\n', "refused"),
        ("[tool.uv.sources]\nhelper-x = { path = 3 }\n", "refused"),
        (('[tool.uv.sources]\nhelper-x = [{ path = "../helper-x", marker = "sys_platform == \'win32\'" }, '
         '{ git = "https://g.test/x", marker = "sys_platform == \'linux\'" }]\n'), "folder"),
        ('[tool.uv.sources]\nhelper-x = [{ path = "../helper-x" }, { path = "../app" }]\n', "refused"),
        ('[tool.uv.sources]\nhelper-x = { path = "../helper-x", group = "dev" }\n', None),
        ('[tool.poetry.dependencies]\npython = "^3.11"\nhelper-x = { path = "../helper-x", develop = true }\n', "folder"),
        ('[tool.poetry.dependencies]\nhelper-x = { git = "https://g.test/x.git" }\n', "git+https://g.test/x.git"),
        ('[tool.poetry.dependencies]\nhelper-x = { version = "^1", source = "unknown" }\n', "refused"),
        ('[tool.poetry.dependencies]\nhelper-x = { version = "^1", source = "PyPI" }\n', None),
        ('[tool.poetry.dependencies]\nhelper-x = { version = "^1", optional = true }\n', None),
        ('[tool.poetry.dependencies]\nhelper-x = { path = "../helper-x", platform = "linux" }\n', None),
        ('[tool.pixi.pypi-dependencies]\nhelper-x = { path = "../helper-x", editable = true }\n', "folder"),
        ('[tool.pixi.target.win-64.pypi-dependencies]\nhelper-x = { path = "../helper-x" }\n', "folder"),
        ('[tool.pixi.target.win.pypi-dependencies]\nhelper-x = { path = "../helper-x" }\n', "folder"),
        ('[tool.pixi.target.win-arm64.pypi-dependencies]\nhelper-x = { path = "../helper-x" }\n', None),
        ('[tool.pixi.target.unix.pypi-dependencies]\nhelper-x = { path = "../helper-x" }\n', None),
    ],
)  # fmt: skip
def test_each_tool_is_read(tmp_path: Path, table: str, expected: str | None) -> None:
    project(tmp_path / "helper-x")
    wheel = make_wheel(tmp_path, "helper-x", "1")
    found = read(project(tmp_path / "app", "helper-x", more=table))
    wanted = {
        "folder": (tmp_path / "helper-x").as_uri(),
        "wheel": wheel.as_uri(),
        "address": "https://w.test/helper_x-1-py3-none-any.whl",
        "refused": "refused",
    }
    assert places(found) == ({} if expected is None else {"helper-x": wanted.get(expected, expected)})


@pytest.mark.parametrize(
    "reference",
    [
        "mylib @ {root:uri}/../mylib",
        "mylib @ {root:parent:uri}/mylib",
        "mylib @ file://{root:parent}/mylib",
        "mylib @ file:///${PROJECT_ROOT}/../mylib",
    ],
)
def test_direct_references_to_folders_are_known_beforehand(tmp_path: Path, reference: str) -> None:
    project(tmp_path / "mylib", "deeper @ {root:uri}/deeper")
    project(tmp_path / "mylib" / "deeper")
    app = project(tmp_path / "app", reference)
    found = read(app)
    assert set(found.supplied) == {"mylib", "deeper"}
    assert found.folders == (tmp_path / "mylib", tmp_path / "mylib" / "deeper")
    assert found.needed(app) == found.folders


def test_indexes_become_pins_or_have_to_be_named(tmp_path: Path) -> None:
    app = project(
        tmp_path / "app",
        "torch",
        "ours",
        more='[tool.uv.sources]\ntorch = { index = "wheels" }\n'
        '[[tool.uv.index]]\nname = "wheels"\nurl = "https://w.test/simple"\nexplicit = true\n'
        '[[tool.uv.index]]\nname = "inside"\nurl = "https://inside.test/simple"\n',
    )
    found = read(app)
    assert found.pins == (IndexRoute("https://w.test/simple", ("torch",)),)
    assert [index.url for index, _ in found.general] == ["https://inside.test/simple"]
    (app / "uv.toml").write_text('[[index]]\nurl = "https://more.test/simple"\n', encoding="utf-8")
    assert [index.url for index, _ in read(app).general][1:] == ["https://more.test/simple"]


@pytest.mark.parametrize(
    ("table", "pins", "general"),
    [
        ('[tool.poetry.dependencies]\nx = { version = "1", source = "In" }\n[[tool.poetry.source]]\nname = "in"\nurl = "https://i.test"\npriority = "explicit"\n', 1, 0),
        ('[[tool.poetry.source]]\nname = "in"\nurl = "https://i.test"\npriority = "supplemental"\n', 0, 1),
        ('[[tool.poetry.source]]\nname = "PyPI"\npriority = "primary"\n', 0, 0),
        ('[[tool.pdm.source]]\nname = "in"\nurl = "https://i.test"\ninclude_packages = ["ours-*"]\n', 1, 0),
        ('[[tool.pdm.source]]\nname = "in"\nurl = "https://i.test"\ninclude_packages = ["*"]\n', 0, 1),
        ('[[tool.rye.sources]]\nname = "in"\nurl = "https://i.test"\n', 0, 1),
        ('[tool.uv]\nextra-index-url = ["https://i.test"]\n', 0, 1),
        ('[tool.pixi.pypi-dependencies]\nx = { version = "*", index = "https://i.test" }\n', 1, 0),
        ('[tool.pixi.pypi-options]\nindex-url = "https://i.test"\nextra-index-urls = ["https://j.test"]\n', 0, 2),
        ('[tool.pixi.pypi-options]\nfind-links = [{ path = "wheels" }, { url = "https://j.test/x" }]\n', 0, 2),
        ('[tool.uv]\nfind-links = ["./wheels", "https://j.test/x"]\n', 0, 2),
        ('[[tool.pdm.source]]\nname = "x"\ntype = "find_links"\nurl = "https://j.test/x"\n', 0, 1),
    ],
)  # fmt: skip
def test_indexes_of_each_tool(tmp_path: Path, table: str, pins: int, general: int) -> None:
    found = read(project(tmp_path / "app", "x", more=table))
    assert (len(found.pins), len(found.general)) == (pins, general)


@pytest.mark.parametrize("url", ["wheels", "./wheels", "../app/wheels"])
def test_an_index_may_be_a_folder_of_this_host(tmp_path: Path, url: str) -> None:
    app = project(
        tmp_path / "app",
        "x",
        more=f'[tool.uv.sources]\nx = {{ index = "own" }}\n[[tool.uv.index]]\nname = "own"\nurl = "{url}"\nformat = "flat"\n',
    )
    found = read(app)
    assert found.pins == (IndexRoute((app / "wheels").as_uri(), ("x",)),)
    assert read(project(tmp_path / "elsewhere" / "app")).said(tmp_path) == []
    assert found.said(tmp_path)[1] == [["app/wheels", "x"]]


def test_members_of_a_workspace_of_hatch_need_no_entry(tmp_path: Path) -> None:
    app = project(
        tmp_path / "app",
        "one",
        "two",
        more='[tool.hatch.envs.default]\nworkspace.members = ["packages/o*", { path = "packages/two" }]\n'
        'workspace.exclude = ["packages/old*"]\n',
    )
    for each in ("one", "two", "old"):
        project(app / "packages" / each)
    found = read(app)
    assert set(found.supplied) == {"app", "one", "two"}
    assert found.needed(app) == (app / "packages" / "one", app / "packages" / "two")


@pytest.mark.parametrize(
    ("table", "constraint"),
    [
        ('[tool.uv]\nconstraint-dependencies = ["helper<2"]\n', "helper<2"),
        ('[tool.uv]\noverride-dependencies = ["Helper==1; sys_platform == \'win32\'"]\n', "Helper==1; sys_platform == 'win32'"),
        ('[tool.uv]\noverride-dependencies = ["helper[more]<2"]\n', "helper<2"),
        ('[tool.pdm.resolution.overrides]\nhelper = "1"\nother = "*"\n', "helper==1"),
        ('[tool.pdm.resolution.overrides]\nhelper = ">=1,<2"\n', "helper >=1,<2"),
    ],
)  # fmt: skip
def test_what_a_tool_holds_versions_to_holds(tmp_path: Path, table: str, constraint: str) -> None:
    app = project(tmp_path / "app", "middle", more=table)
    assert [each.requirement for each in read(app).constraints] == [constraint]
    assert read(app).said(tmp_path)[-1] == [constraint]
    shelf = Shelf(
        make_wheel(tmp_path, "middle", "1", requires=["helper"]),
        *(make_wheel(tmp_path, "helper", version) for version in ("1", "2")),
    )
    assert pins(resolved(shelf, tmp_path, app)) == {"app": "1", "middle": "1", "helper": "1"}


def test_the_root_of_a_workspace_holds_versions_for_its_members(tmp_path: Path) -> None:
    app = workspace(tmp_path)
    root = tmp_path / "pyproject.toml"
    root.write_text(
        root.read_text(encoding="utf-8") + '[tool.uv]\nconstraint-dependencies = ["x<1"]\n', encoding="utf-8"
    )
    assert [each.requirement for each in read(app).constraints] == ["x<1"]


def test_an_override_is_not_a_way_around_what_a_package_allows(tmp_path: Path) -> None:
    app = project(tmp_path / "app", "middle", more='[tool.uv]\noverride-dependencies = ["helper==2"]\n')
    shelf = Shelf(
        make_wheel(tmp_path, "middle", "1", requires=["helper<2"]),
        *(make_wheel(tmp_path, "helper", version) for version in ("1", "2")),
    )
    with pytest.raises(ResolutionError) as caught:
        resolved(shelf, tmp_path, app)
    assert "tool.uv.override-dependencies" in "\n".join(caught.value.context)


def test_a_pinned_package_comes_from_its_index_only(tmp_path: Path) -> None:
    inside = Shelf(make_wheel(tmp_path / "inside", "ours", "1"), root="https://inside.test/simple/")
    shelf = Shelf(make_wheel(tmp_path, "ours", "99"))
    more = (
        '[tool.poetry.dependencies]\nours = { version = "*", source = "inside" }\n'
        '[[tool.poetry.source]]\nname = "inside"\nurl = "https://inside.test/simple/"\npriority = "explicit"\n'
    )
    app = project(tmp_path / "app", "ours", more=more)
    found = read(app)
    request = Request(
        target=TARGET,
        wanted=(),
        projects=(LocalProject(app),),
        indexes=(*found.pins, IndexRoute(ROOT)),
        supplied=found.supplied,
    )
    hall = Hall(inside, shelf)
    ports = ResolverPorts(
        transport=hall,
        cache=MemoryCache(),
        inspect=inspect,
        fetch_source=Downloads(hall, tmp_path),  # type: ignore[arg-type]
        reporter=Remembering(),
    )
    assert pins(resolve(request, ports)) == {"app": "1", "ours": "1"}


def test_what_cant_be_taken_is_refused_by_name_once_it_is_needed(tmp_path: Path) -> None:
    table = '[tool.uv.sources]\nhelper = { hg = "https://g.test/helper" }\n'
    shelf = Shelf(make_wheel(tmp_path, "helper", "99"))
    with pytest.raises(InputError) as caught:
        resolved(shelf, tmp_path, project(tmp_path / "app", "helper", more=table))
    assert caught.value.reference == "source-unsupported"
    assert "helper" in caught.value.message
    assert "version control" in caught.value.message
    assert "tool.uv.sources.helper" in caught.value.context[0]
    unneeded = resolved(shelf, tmp_path, project(tmp_path / "other", more=table))
    assert pins(unneeded) == {"other": "1"}


def test_the_recipe_has_the_last_word(tmp_path: Path) -> None:
    table = '[tool.uv.sources]\nhelper = { hg = "https://g.test/helper" }\n'
    app, helper = project(tmp_path / "app", "helper", more=table), project(tmp_path / "helper")
    assert pins(resolved(Shelf(), tmp_path, app, helper)) == {"app": "1", "helper": "1"}
    wheel = make_wheel(tmp_path, "helper", "3")
    assert pins(resolved(Shelf(), tmp_path, app, wanted=(f"helper @ {wheel.as_uri()}",))) == {
        "app": "1",
        "helper": "3",
    }


def test_a_project_and_its_own_address_are_one(tmp_path: Path) -> None:
    mylib = project(tmp_path / "mylib")
    app = project(tmp_path / "app", f"mylib @ {mylib.as_uri()}")
    assert pins(resolved(Shelf(), tmp_path, app, mylib)) == {"app": "1", "mylib": "1"}
    spelled = f"mylib @ {app.as_uri()}/../mylib"
    assert pins(resolved(Shelf(), tmp_path, mylib, wanted=(spelled,))) == {"mylib": "1"}


def test_two_addresses_of_one_users_package_still_conflict(tmp_path: Path) -> None:
    mylib, other = project(tmp_path / "mylib"), project(tmp_path / "other" / "mylib")
    with pytest.raises(ResolutionError) as caught:
        resolved(Shelf(), tmp_path, mylib, wanted=(f"mylib @ {other.as_uri()}",))
    assert caught.value.reference == "requirements-conflict"
    assert str(mylib) in "\n".join(caught.value.context)


def test_a_dependencys_address_does_not_count_beside_the_users_project_and_that_is_told(tmp_path: Path) -> None:
    told = Remembering()
    app, mylib = project(tmp_path / "app", "mylib @ git+https://g.test/mylib"), project(tmp_path / "mylib")
    assert pins(resolved(Shelf(), tmp_path, app, mylib, told=told)) == {"app": "1", "mylib": "1"}
    assert any("not from git+https://g.test/mylib as app 1 has it" in each for each in told.notes)


def test_a_broken_pyproject_is_named(tmp_path: Path) -> None:
    with pytest.raises(BuildError) as caught:
        read(write(tmp_path / "app", "[tool"))
    assert caught.value.reference == "pyproject-invalid"


@pytest.mark.parametrize("text", ["tool = 3\n", "[tool]\nuv = []\n", "[tool.uv]\nsources = 1\nworkspace = 2\nindex = {}\n",
    "[tool.uv.workspace]\nmembers = 3\n", '[tool.uv.workspace]\nmembers = ["/abs", "", "a/**b", 1]\n', "[tool.poetry]\nsource = 1\ndependencies = []\n",
    "[tool.pixi]\npypi-options = 1\ntarget = { win = 1, linux = { pypi-dependencies = 1 } }\n", "[tool.hatch]\nenvs = { a = 1, b = { workspace = 1 }, c = { workspace = { members = 1 } } }\n",
    "[tool]\npdm = { resolution = { overrides = 1 } }\nuv = { find-links = 1, override-dependencies = 2 }\n"])  # fmt: skip
def test_tables_of_another_shape_say_nothing(tmp_path: Path, text: str) -> None:
    assert not read(write(tmp_path / "app", text)).said(tmp_path)


def test_what_is_said_is_the_same_wherever_the_checkout_lies(tmp_path: Path) -> None:
    one, two = workspace(tmp_path / "one"), workspace(tmp_path / "two")
    assert read(one).said(tmp_path / "one") == read(two).said(tmp_path / "two") != []
    assert Supplied(url="", origin="x", refused="y").refused


def test_thousands_of_sources_and_of_indexes(tmp_path: Path) -> None:
    """Each source was looked for among all indexes: a table of a megabyte took minutes."""
    count = 5_000
    sources = "".join(f'a{number} = {{ index = "I{number}" }}\n' for number in range(count))
    indexes = "".join(
        f'[[tool.uv.index]]\nname = "i{number}"\nurl = "https://index/{number}"\n' for number in range(count)
    )
    folder = write(
        tmp_path, f'[project]\nname = "x"\ndynamic = ["dependencies"]\n[tool.uv.sources]\n{sources}{indexes}'
    )
    assert len(read(folder).pins) == count


def test_members_that_all_need_each_other(tmp_path: Path) -> None:
    """Of each it was looked for who it is among all, which a hundred megabytes of hostile checkout made hours of."""
    names = [f"m{number}" for number in range(100)]
    write(tmp_path, '[project]\nname = "root"\nversion = "1"\n[tool.uv.workspace]\nmembers = ["members/*"]\n')
    for name in names:
        project(tmp_path / "members" / name, *names)
    first = tmp_path / "members" / "m0"
    assert len(read(first).needed(first)) == 99


def test_members_that_each_take_all_of_a_long_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(project_sources, "_MOST_LOOKS", 1000)
    sources = "".join(f'a{number} = {{ path = "x" }}\n' for number in range(100))
    write(tmp_path, f'[tool.uv.workspace]\nmembers = ["members/*"]\n[tool.uv.sources]\n{sources}')

    def with_members(count: int) -> Path:
        for number in range(count):
            write(tmp_path / "members" / f"m{number}", f'[project]\nname = "m{number}"\ndynamic = ["dependencies"]\n')
        return tmp_path / "members" / "m0"

    read(with_members(5))
    with pytest.raises(BuildError, match="more than 1,000 entries") as caught:
        read(with_members(20))
    assert caught.value.reference == "pyproject-invalid"


@only_linux.LINKS
def test_a_workspace_that_is_looked_for_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workspaces, "FolderPatterns", partial(FolderPatterns, most=1000))
    for each in "abcdefgh":
        (tmp_path / each).symlink_to(".")
    folder = write(tmp_path, '[tool.uv.workspace]\nmembers = ["*/*/*/*/*/*/*/*/*/*"]\n')
    with pytest.raises(BuildError, match=r"tool\.uv\.workspace in .* can't be found: more than 1,000 files") as caught:
        read(folder)
    assert caught.value.reference == "pyproject-invalid"
