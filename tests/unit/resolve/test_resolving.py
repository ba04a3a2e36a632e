"""Resolutions as a whole, against an index in memory."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
from typing import TYPE_CHECKING

import pytest

from bundler.errors import BuildError, InputError, IntegrityError, ResolutionError
from bundler.model.ports import Response
from bundler.model.target import Target
from bundler.resolve import ALL, IndexRoute, LocalProject, Request, ResolverPorts, Wanted, resolve
from tests.support.packages import make_sdist, make_wheel
from tests.support.reporters import Remembering
from tests.support.shelf import ROOT, Downloads, Hall, MemoryCache, Shelf, answer, inspect, pins

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.model.ports import SourceMetadata


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def declared(folder: Path, name: str = "demo", version: str = "1.0", **more: object) -> Path:
    """A project's folder with nothing but its declaration."""
    folder.mkdir()
    lines = [
        f"{key.replace('_', '-')} = {value!r}" for key, value in {"name": name, "version": version, **more}.items()
    ]
    (folder / "pyproject.toml").write_text("\n".join(["[project]", *lines]), encoding="utf-8")
    return folder


def test_the_newest_wheel_and_its_dependencies_are_taken_with_all_that_a_lock_needs(tmp_path: Path) -> None:
    make_wheel(tmp_path, "app", "1.0")
    app = make_wheel(
        tmp_path, "App", "1.10", requires=["Lib_X>=2", 'other; sys_platform == "linux"'], requires_python=">=3.8"
    )
    lib = make_wheel(tmp_path, "lib-x", "2.0")
    shelf = Shelf(tmp_path / "app-1.0-py3-none-any.whl", app, lib)
    first, second = answer(shelf, "app", folder=tmp_path).packages
    assert (first.name, first.version, first.kind) == ("app", "1.10", "wheel")
    assert first.dependencies == ("lib-x",)
    assert (first.requested, second.requested) == (True, False)
    assert first.requires_python == ">=3.8"
    assert first.index == ROOT
    assert first.upload_time == datetime.datetime(2024, 5, 6, 7, 8, 9, tzinfo=datetime.UTC)
    assert first.file is not None
    assert dataclasses.astuple(first.file) == (
        app.name,
        shelf.file_url(app.name),
        None,
        app.stat().st_size,
        sha256(app),
    )


@pytest.mark.parametrize("kind", ["json", "html"])
@pytest.mark.parametrize("metadata", [True, False])
def test_json_and_html_with_and_without_metadata_files_give_the_same(tmp_path: Path, kind: str, metadata: bool) -> None:
    shelf = Shelf(format="json" if kind == "json" else "html")
    for path in (
        make_wheel(tmp_path, "app", requires=["lib[more]<2"]),
        make_wheel(tmp_path, "lib", "1.5", extras={"more": ["leaf"]}),
    ):
        text = b"Metadata-Version: 2.1\nName: app\nVersion: 1.0\nRequires-Dist: lib[more]<2\n\n"
        shelf.add(path, metadata=text if metadata and path.name.startswith("app") else None)
    shelf.add(make_wheel(tmp_path, "lib", "2.0"))
    shelf.add(make_wheel(tmp_path, "leaf"))
    assert pins(answer(shelf, "app", folder=tmp_path)) == {"app": "1.0", "leaf": "1.0", "lib": "1.5"}
    assert any(url.endswith(".metadata") for url, _ in shelf.asked) == metadata


def test_the_best_tag_wins_and_then_the_build_number(tmp_path: Path) -> None:
    shelf = Shelf(
        make_wheel(tmp_path, tag="py3-none-any"),
        make_wheel(tmp_path, tag="cp311-cp311-win_amd64"),
        make_wheel(tmp_path, tag="cp311-cp311-win_amd64", build_tag="2"),
        make_wheel(tmp_path, tag="cp311-cp311-win_amd64", build_tag="10"),
        make_wheel(tmp_path, tag="cp311-cp311-win_amd64", build_tag="10a"),
        make_wheel(tmp_path, tag="cp39-abi3-win_amd64"),
        make_wheel(tmp_path, tag="cp311-cp311-manylinux_2_17_x86_64"),
        make_wheel(tmp_path, tag="cp312-cp312-win_amd64"),
    )
    (package,) = answer(shelf, "demo", folder=tmp_path).packages
    assert package.file is not None
    assert package.file.filename == "demo-1.0-10a-cp311-cp311-win_amd64.whl"


@pytest.mark.parametrize(
    ("python", "platform", "expected"),
    [
        ("3.11.9", "win_amd64", {"windows", "exact"}),
        ("3.11.8", "win_amd64", {"windows"}),
        ("3.11.9", "manylinux_2_28_x86_64", {"linux", "exact"}),
        ("2.7.18", "win32", {"windows", "old"}),
    ],
)
def test_markers_are_the_targets(tmp_path: Path, python: str, platform: str, expected: set[str]) -> None:
    requires = [
        'windows; os_name == "nt" and platform_system == "Windows"',
        'linux; sys_platform == "linux"',
        'exact; python_full_version >= "3.11.9"',
        'old; python_version < "3"',
    ]
    shelf = Shelf(make_wheel(tmp_path, tag="py2.py3-none-any", requires=requires))
    for each in ("windows", "linux", "exact", "old"):
        shelf.add(make_wheel(tmp_path, each, tag="py2.py3-none-any"))
    assert set(pins(answer(shelf, "demo", folder=tmp_path, python=python, platform=platform))) == expected | {"demo"}


def test_a_marker_that_the_target_does_not_state_is_an_error_that_says_what_to_write(tmp_path: Path) -> None:
    shelf = Shelf(make_wheel(tmp_path, requires=['lib; platform_release >= "10"']), make_wheel(tmp_path, "lib"))
    with pytest.raises(ResolutionError) as caught:
        answer(shelf, "demo", folder=tmp_path)
    assert caught.value.reference == "marker-without-value"
    assert "demo 1.0" in caught.value.message
    assert "[target.markers] platform_release" in caught.value.hint
    stated = answer(shelf, "demo", folder=tmp_path, markers={"platform_release": "10"})
    assert pins(stated) == {"demo": "1.0", "lib": "1.0"}


def test_an_unstated_marker_that_decides_nothing_is_no_error(tmp_path: Path) -> None:
    shelf = Shelf(make_wheel(tmp_path, requires=['lib; platform_release >= "10" and sys_platform == "linux"']))
    assert pins(answer(shelf, "demo", folder=tmp_path)) == {"demo": "1.0"}


def test_a_users_requirement_with_an_unstated_marker_names_where_it_stands(tmp_path: Path) -> None:
    with pytest.raises(ResolutionError) as caught:
        answer(Shelf(), 'demo; platform_version == "1"', folder=tmp_path)
    assert "(recipe)" in caught.value.message


def test_a_requirement_for_another_machine_is_left_out_and_told(tmp_path: Path) -> None:
    told = Remembering()
    assert answer(Shelf(), 'demo; sys_platform == "darwin"', folder=tmp_path, told=told).packages == ()
    assert "left out" in told.notes[0]


def test_extras_bring_their_own_also_recursively_and_by_another_spelling(tmp_path: Path) -> None:
    shelf = Shelf(
        make_wheel(
            tmp_path,
            extras={"All.Things": ["demo[one,two]"], "one": ["lib-one"], "two": ["lib-two; sys_platform == 'win32'"]},
        ),
        make_wheel(tmp_path, "lib-one"),
        make_wheel(tmp_path, "lib-two"),
    )
    resolution = answer(shelf, "demo[all_things]", folder=tmp_path)
    assert pins(resolution) == {"demo": "1.0", "lib-one": "1.0", "lib-two": "1.0"}
    assert resolution.packages[0].dependencies == ("lib-one", "lib-two")
    assert pins(answer(shelf, "demo", folder=tmp_path)) == {"demo": "1.0"}


def test_an_extra_that_is_not_there_is_told(tmp_path: Path) -> None:
    told = Remembering()
    assert pins(answer(Shelf(make_wheel(tmp_path)), "demo[no]", folder=tmp_path, told=told)) == {"demo": "1.0"}
    assert told.warnings[0][0] == "extra-unknown"


def test_an_extra_and_its_package_are_one_version(tmp_path: Path) -> None:
    shelf = Shelf(
        make_wheel(tmp_path, version="1.0", extras={"x": ["lib"]}),
        make_wheel(tmp_path, version="2.0", extras={"x": ["lib<1"]}),
        make_wheel(tmp_path, "lib"),
    )
    assert pins(answer(shelf, "demo[x]", folder=tmp_path)) == {"demo": "1.0", "lib": "1.0"}


def test_a_constraint_counts_only_where_something_asks(tmp_path: Path) -> None:
    shelf = Shelf(
        make_wheel(tmp_path, requires=["lib"]), make_wheel(tmp_path, "lib", "1.0"), make_wheel(tmp_path, "lib", "2.0")
    )
    constraints = ("lib<2", "nobody==1", 'lib<1; sys_platform == "linux"')
    assert pins(answer(shelf, "demo", folder=tmp_path, constraints=constraints)) == {"demo": "1.0", "lib": "1.0"}


def test_a_constraint_may_be_an_address(tmp_path: Path) -> None:
    shelf = Shelf(make_wheel(tmp_path, "lib", "1.0"), make_wheel(tmp_path, "lib", "2.0"))
    where = f"lib @ {shelf.file_url('lib-1.0-py3-none-any.whl')}"
    (package,) = answer(shelf, "lib", folder=tmp_path, constraints=(where,)).packages
    assert (package.kind, package.version) == ("archive", "1.0")


def test_malformed_requirements_are_told_all_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        answer(Shelf(), "a ==", "b", "c; nonsense == '1'", folder=tmp_path)
    assert len(caught.value.faults) == 2
    with pytest.raises(InputError, match="constraints"):
        answer(Shelf(), "a", constraints=("b[x]",), folder=tmp_path)


@pytest.mark.parametrize(
    ("requirement", "allowed", "expected"),
    [
        ("demo", frozenset(), "1.0"),
        ("demo>=2.0a1", frozenset(), "2.0rc1"),
        ("demo", frozenset({"demo"}), "2.0rc1"),
        ("demo", frozenset({ALL}), "2.0rc1"),
        ("only", frozenset(), "1.0b1"),
    ],
)
def test_prereleases(tmp_path: Path, requirement: str, allowed: frozenset[str], expected: str) -> None:
    shelf = Shelf(make_wheel(tmp_path), make_wheel(tmp_path, version="2.0rc1"), make_wheel(tmp_path, "only", "1.0b1"))
    assert list(pins(answer(shelf, requirement, folder=tmp_path, prereleases=allowed)).values()) == [expected]


def test_a_yanked_version_is_taken_only_where_it_is_pinned_and_is_told(tmp_path: Path) -> None:
    shelf = Shelf(make_wheel(tmp_path))
    shelf.add(make_wheel(tmp_path, version="2.0"), yanked="it eats data")
    shelf.add(make_wheel(tmp_path, version="3.0"), yanked=True)
    told = Remembering()
    assert pins(answer(shelf, "demo", folder=tmp_path, told=told)) == {"demo": "1.0"}
    assert told.warnings == []
    assert pins(answer(shelf, "demo==2.0", folder=tmp_path, told=told)) == {"demo": "2.0"}
    assert pins(answer(shelf, "demo===3.0", folder=tmp_path, told=told)) == {"demo": "3.0"}
    assert [reference for reference, _ in told.warnings] == ["yanked", "yanked"]
    assert "it eats data" in told.warnings[0][1]
    with pytest.raises(ResolutionError, match="no file of demo fits") as caught:
        answer(shelf, "demo==2.*", folder=tmp_path)
    assert any("it was yanked: it eats data" in line for line in caught.value.context)


def test_who_pins_a_yanked_version_is_named(tmp_path: Path) -> None:
    shelf = Shelf(make_wheel(tmp_path, "motor", requires=("demo==2.0",)), make_wheel(tmp_path))
    shelf.add(make_wheel(tmp_path, version="2.0"), yanked="it eats data")
    told = Remembering()
    assert pins(answer(shelf, "motor", folder=tmp_path, told=told)) == {"demo": "2.0", "motor": "1.0"}
    assert told.warnings == [
        ("yanked", "demo 2.0 was yanked by its makers (it eats data); it is taken because motor 1.0 pins it")
    ]


def test_a_yanked_file_is_taken_only_where_no_other_of_its_version_suits(tmp_path: Path) -> None:
    shelf = Shelf(make_wheel(tmp_path))
    shelf.add(make_wheel(tmp_path, tag="cp311-cp311-win_amd64"), yanked=True)
    other = make_wheel(tmp_path, "other", tag="cp311-cp311-win_amd64")
    shelf.add(other, yanked=True)
    shelf.add(make_sdist(tmp_path, "other"))
    told = Remembering()
    resolution = answer(shelf, "demo==1.0", "other==1.0", folder=tmp_path, told=told)
    assert [each.file and each.file.filename for each in resolution.packages] == [
        "demo-1.0-py3-none-any.whl",
        "other-1.0.tar.gz",
    ]
    assert "yanked" not in [reference for reference, _ in told.warnings]


def test_requires_python_of_the_page_and_of_the_metadata(tmp_path: Path) -> None:
    shelf = Shelf(make_wheel(tmp_path, requires_python=">=3.8"))
    shelf.add(make_wheel(tmp_path, version="2.0"), requires_python=">=3.12")
    shelf.add(make_wheel(tmp_path, version="1.5", requires_python=">=3.11.10"))  # the page doesn't say it
    resolution = answer(shelf, "demo", folder=tmp_path)
    assert pins(resolution) == {"demo": "1.0"}
    assert [each.reason for each in resolution.rejected["demo"]] == ["it needs Python >=3.11.10"]


def test_an_old_specifier_is_repaired_and_told_once(tmp_path: Path) -> None:
    shelf = Shelf(make_wheel(tmp_path, requires=["lib>=1.*"], requires_python=">=2.7.*"), make_wheel(tmp_path, "lib"))
    told = Remembering()
    (demo, _) = answer(shelf, "demo", folder=tmp_path, told=told).packages
    assert demo.requires_python == ">=2.7"
    assert len([each for each in told.notes if "'>=2.7.*', which is read as '>=2.7'" in each]) == 1
    assert len([each for each in told.notes if "lib>=1.*" in each]) == 1


def test_a_requires_python_that_nobody_can_read_is_no_limit_and_told(tmp_path: Path) -> None:
    told = Remembering()
    shelf = Shelf(make_wheel(tmp_path, requires_python="three or so"))
    (demo,) = answer(shelf, "demo", folder=tmp_path, told=told).packages
    assert demo.requires_python is None
    assert told.warnings[0][0] == "specifier-unreadable"


def test_wheels_come_before_newer_sdists_and_both_choices_are_told(tmp_path: Path) -> None:
    shelf = Shelf(
        make_wheel(tmp_path),
        make_sdist(tmp_path, version="2.0"),
        make_sdist(tmp_path, "source", "1.0", requires=["demo"]),
        make_sdist(tmp_path, "source", "1.0", archive="zip"),
    )
    told = Remembering()
    demo, source = answer(shelf, "source", folder=tmp_path, told=told).packages
    assert (demo.version, source.kind) == ("1.0", "sdist")
    assert source.file is not None
    assert source.file.filename.endswith(".tar.gz")
    assert any("2.0 is newer" in each for each in told.notes)
    assert told.warnings[0][0] == "sdist-chosen"
    with pytest.raises(ResolutionError) as caught:
        answer(shelf, "source", folder=tmp_path, sdists="never")
    assert any("sdists aren't taken" in line for line in caught.value.context)


def test_an_sdist_that_says_it_is_something_else_is_not_taken(tmp_path: Path) -> None:
    wrong_name = make_sdist(tmp_path, "demo", "3.0", pkg_info="Metadata-Version: 2.2\nName: evil\nVersion: 3.0\n\n")
    wrong_version = make_sdist(tmp_path, "demo", "2.0", pkg_info="Metadata-Version: 2.2\nName: demo\nVersion: 9\n\n")
    resolution = answer(Shelf(wrong_name, wrong_version, make_sdist(tmp_path)), "demo", folder=tmp_path / "..")
    assert pins(resolution) == {"demo": "1.0"}
    assert [each.reason for each in resolution.rejected["demo"]] == [
        "it says of itself that it is version 9",
        "it says of itself that it is evil",
    ]


def test_an_sdist_whose_needs_cannot_be_learned_gives_way_to_an_older_one(tmp_path: Path) -> None:
    shelf = Shelf(make_sdist(tmp_path), make_sdist(tmp_path, version="2.0"))

    def fails(source: Path, *, name: str) -> SourceMetadata:
        if "2.0" in source.name:
            raise BuildError("hook-failed", "its hook failed")
        return inspect(source, name=name)

    request = Request(target=_target(), wanted=(Wanted("demo", "recipe"),), indexes=(IndexRoute(ROOT),))
    resolution = resolve(
        request,
        ResolverPorts(
            transport=shelf,
            cache=MemoryCache(),
            inspect=fails,
            fetch_source=Downloads(shelf, tmp_path),
            reporter=Remembering(),
        ),
    )
    assert pins(resolution) == {"demo": "1.0"}
    assert "its hook failed" in resolution.rejected["demo"][0].reason


def test_what_was_locked_before_stays_while_it_is_allowed(tmp_path: Path) -> None:
    shelf = Shelf(
        *(make_wheel(tmp_path, version=each) for each in ("1.0", "1.5", "2.0")), make_sdist(tmp_path, version="0.5")
    )
    for preferred, requirement, expected in (
        ("1.0", "demo", "1.0"),
        ("1.0", "demo>1", "2.0"),
        ("9.0", "demo", "2.0"),
        ("nonsense", "demo", "2.0"),
        ("0.5", "demo", "0.5"),
    ):
        assert pins(answer(shelf, requirement, folder=tmp_path, preferences={"demo": preferred})) == {"demo": expected}


def test_a_preferred_version_that_leads_nowhere_is_left(tmp_path: Path) -> None:
    bad = [make_wheel(tmp_path, version=each, requires=["missing"]) for each in ("1.0", "2.0")]
    shelf = Shelf(*bad, make_wheel(tmp_path, version="0.9"))
    assert pins(answer(shelf, "demo", folder=tmp_path, preferences={"demo": "1.0"})) == {"demo": "0.9"}


def test_only_files_with_an_allowed_hash(tmp_path: Path) -> None:
    old, new = make_wheel(tmp_path), make_wheel(tmp_path, version="2.0")
    allowed = {"demo": frozenset({sha256(old)})}
    assert pins(answer(Shelf(old, new), "demo", folder=tmp_path, hashes=allowed)) == {"demo": "1.0"}
    with pytest.raises(ResolutionError) as caught:
        answer(Shelf(new), "demo", folder=tmp_path, hashes=allowed)
    assert any("not one that the requirements allow" in line for line in caught.value.context)


def test_a_direct_address_must_have_an_allowed_hash_too(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path)
    with pytest.raises(ResolutionError, match="sha256"):
        answer(Shelf(), f"demo @ {wheel.as_uri()}", folder=tmp_path, hashes={"demo": frozenset({"0" * 64})})


def test_an_index_without_hashes_the_file_is_fetched_to_pin_it(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path / "there")
    (package,) = answer(Shelf(wheel, digests=False), "demo", folder=tmp_path).packages
    assert package.file is not None
    assert package.file.sha256 == sha256(wheel)


def test_backtracking_finds_the_set_that_fits(tmp_path: Path) -> None:
    shelf = Shelf(
        make_wheel(tmp_path, "a", "2.0", requires=["lib>=2"]),
        make_wheel(tmp_path, "a", "1.0", requires=["lib"]),
        make_wheel(tmp_path, "b", "1.0", requires=["lib<2"]),
        make_wheel(tmp_path, "lib", "1.0"),
        make_wheel(tmp_path, "lib", "2.0"),
    )
    assert pins(answer(shelf, "a", "b", folder=tmp_path)) == {"a": "1.0", "b": "1.0", "lib": "1.0"}


def test_many_versions_that_have_to_be_left_are_looked_at_together_and_none_is_skipped(tmp_path: Path) -> None:
    bad = [make_wheel(tmp_path, version=f"1.{number}", requires=["nowhere"]) for number in range(1, 30)]
    shelf = Shelf(*bad, make_wheel(tmp_path, version="1.0"), make_sdist(tmp_path, version="1.30"))
    assert pins(answer(shelf, "demo", folder=tmp_path)) == {"demo": "1.0"}
    assert len([url for url, _ in shelf.asked if url.endswith(".whl")]) == 30


def test_a_wheel_whose_metadata_is_of_something_else_is_refused(tmp_path: Path) -> None:
    other = "Metadata-Version: 2.1\nName: {}\nVersion: {}\n\n"
    shelf = Shelf(
        make_wheel(tmp_path, version="4.0", metadata_text=other.format("evil", "4.0")),
        make_wheel(tmp_path, version="3.0", metadata_text=other.format("demo", "3.1")),
        make_wheel(tmp_path, version="2.5", metadata_text=other.format("demo", "x")),
        make_wheel(tmp_path, version="2.0", requires=["=="]),
        make_wheel(tmp_path, version="1.7", requires=["lib; what is this"]),
        make_wheel(tmp_path, version="1.0"),
    )
    resolution = answer(shelf, "demo", folder=tmp_path)
    assert pins(resolution) == {"demo": "1.0"}
    assert len(resolution.rejected["demo"]) == 5


def test_a_file_with_another_projects_name_on_the_page_is_refused(tmp_path: Path) -> None:
    shelf = Shelf(make_wheel(tmp_path))
    shelf.add(make_wheel(tmp_path, "evil", "9.0"), project="demo")
    assert pins(answer(shelf, "demo", folder=tmp_path)) == {"demo": "1.0"}


def test_quarantined_is_refused_archived_is_told(tmp_path: Path) -> None:
    shelf = Shelf(make_wheel(tmp_path))
    shelf.say("demo", "archived", "go elsewhere")
    told = Remembering()
    answer(shelf, "demo", folder=tmp_path, told=told)
    assert told.warnings == [("project-withdrawn", "demo is archived by its makers: go elsewhere")]
    shelf.say("demo", "quarantined", "malware")
    with pytest.raises(ResolutionError) as caught:
        answer(shelf, "demo", folder=tmp_path)
    assert caught.value.reference == "project-quarantined"
    assert "malware" in caught.value.context


def test_the_first_index_that_has_a_project_gives_all_of_it_and_a_pinned_one_gives_nothing_else(tmp_path: Path) -> None:
    first = Shelf(make_wheel(tmp_path, version="1.0"), root="https://one.test/simple/")
    second = Shelf(
        make_wheel(tmp_path, version="9.0"), make_wheel(tmp_path, "corp-lib"), root="https://two.test/simple/"
    )
    hall = Hall(first, second)
    routes = (IndexRoute("https://one.test/simple/"), IndexRoute("https://two.test/simple"))
    resolution = answer(hall, "demo", "corp-lib", folder=tmp_path, indexes=routes)
    assert pins(resolution) == {"corp-lib": "1.0", "demo": "1.0"}
    assert [each.index for each in resolution.packages] == ["https://two.test/simple", "https://one.test/simple/"]
    pinned = (IndexRoute("https://one.test/simple/", ("corp_*",)), routes[1])
    with pytest.raises(ResolutionError) as caught:
        answer(hall, "corp-lib", folder=tmp_path, indexes=pinned)
    assert caught.value.reference == "package-unknown"
    assert pins(answer(hall, "demo", folder=tmp_path, indexes=pinned)) == {"demo": "9.0"}


def test_credentials_of_an_index_get_into_no_package(tmp_path: Path) -> None:
    root = "https://me:secret@index.test/simple/"
    shelf = Shelf(make_wheel(tmp_path), root=root)
    shelf.answers[shelf.file_url("demo-1.0-py3-none-any.whl").replace("me:secret@", "")] = shelf.get(
        shelf.file_url("demo-1.0-py3-none-any.whl")
    )
    resolution = answer(shelf, "demo", folder=tmp_path, indexes=(IndexRoute(root),))
    assert "secret" not in repr(resolution)


def test_direct_addresses(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path / "w", "app", requires=["lib"])
    sdist = make_sdist(tmp_path / "s", "source", "3.0", requires=["lib"])
    project = declared(tmp_path / "p", "proj", "0.1", dependencies=["lib"])
    shelf = Shelf(wheel, make_wheel(tmp_path / "w", "lib"))
    resolution = answer(
        shelf,
        f"app @ {shelf.file_url(wheel.name)}#sha256={sha256(wheel)}",
        f"source @ {sdist.as_uri()}",
        f"proj @ {project.as_uri()}",
        folder=tmp_path,
    )
    app, _, proj, source = resolution.packages
    assert app.file is not None
    assert (app.kind, app.file.url, app.file.sha256) == ("archive", shelf.file_url(wheel.name), sha256(wheel))
    assert (proj.kind, proj.directory, proj.file) == ("directory", str(project), None)
    assert source.file is not None
    assert (source.kind, source.file.path, source.file.url) == ("archive", str(sdist), None)
    assert source.file.size == sdist.stat().st_size
    assert {each.dependencies for each in (app, proj, source)} == {("lib",)}


@pytest.mark.parametrize(
    ("requirement", "words"),
    [
        ("demo @ svn+https://x.test/demo", "only git"),
        ("demo @ ftp://x.test/demo.zip", "write https://"),
        ("demo @ https://[x.test/demo.zip", "fix the address"),
        ("demo @ https://index.test/files/demo.exe", "must be a wheel"),
        ("demo @ https://index.test/files/d.zip#subdirectory=a", "subdirectory"),
    ],
)
def test_addresses_that_cannot_be_used(tmp_path: Path, requirement: str, words: str) -> None:
    with pytest.raises(ResolutionError) as caught:
        answer(Shelf(), requirement, folder=tmp_path)
    assert caught.value.reference == "requirement-unusable"
    assert words in caught.value.hint


def test_an_address_must_hold_what_it_was_asked_for(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path)
    broken = tmp_path / "demo-2.0-py3-none-any.whl"
    broken.write_bytes(b"no zip")
    empty = make_wheel(tmp_path, "demo", "3.0", dist_info="other")
    odd = make_wheel(tmp_path, "demo", "4.0", metadata_text="Name: demo\nVersion: odd\n\n")
    foreign = make_wheel(tmp_path, "demo", "5.0", tag="cp312-cp312-linux_x86_64")
    for requirement, words in (
        (f"other @ {wheel.as_uri()}", "its name says that it is demo"),
        (f"demo @ {broken.as_uri()}", "is not a usable wheel"),
        (f"demo @ {empty.as_uri()}", r"it has no folder \*\.dist-info"),
        (f"demo @ {odd.as_uri()}", "which is not a valid version"),
        (f"demo @ {foreign.as_uri()}", "cp312-cp312-linux_x86_64"),
    ):
        with pytest.raises(ResolutionError, match=words):
            answer(Shelf(), requirement, folder=tmp_path)


def test_two_addresses_for_one_package_collide(tmp_path: Path) -> None:
    one, two = make_wheel(tmp_path / "1"), make_wheel(tmp_path / "2", version="2.0")
    with pytest.raises(ResolutionError, match="no version of demo suits"):
        answer(Shelf(), f"demo @ {one.as_uri()}", f"demo @ {two.as_uri()}", folder=tmp_path)


def test_local_projects_with_extras_satisfy_others_and_are_asked_for(tmp_path: Path) -> None:
    folder = declared(tmp_path / "p", "my.app", "0.1.dev1", dependencies=["lib"])
    shelf = Shelf(make_wheel(tmp_path, "lib", requires=["my-app"]), make_wheel(tmp_path, "my-app", "9.0"))
    told = Remembering()
    resolution = answer(shelf, folder=tmp_path, projects=(LocalProject(folder, ("none",)),), told=told)
    lib, app = resolution.packages
    assert (app.kind, app.directory, app.requested) == ("directory", str(folder), True)
    assert (app.version, lib.dependencies) == ("0.1.dev1", ("my-app",))
    assert told.warnings[0][0] == "extra-unknown"


def test_two_projects_of_one_name_and_a_project_for_another_python(tmp_path: Path) -> None:
    one, two = declared(tmp_path / "1"), declared(tmp_path / "2")
    with pytest.raises(ResolutionError, match="two local projects") as caught:
        answer(Shelf(), folder=tmp_path, projects=(LocalProject(one), LocalProject(two)))
    assert caught.value.context == (str(one), str(two))
    newer = declared(tmp_path / "3", requires_python=">=3.12")
    with pytest.raises(ResolutionError) as caught:
        answer(Shelf(), folder=tmp_path, projects=(LocalProject(newer),))
    assert any("it needs Python >=3.12" in line for line in caught.value.context)


def test_metadata_is_kept_and_not_asked_for_again(tmp_path: Path) -> None:
    cache = MemoryCache()
    shelf = Shelf(make_wheel(tmp_path, requires=["lib"]), make_wheel(tmp_path, "lib"))
    first = answer(shelf, "demo", folder=tmp_path, cache=cache)
    assert any("/files/" in url for url, _ in shelf.asked)
    shelf.requests.clear()
    assert answer(shelf, "demo", folder=tmp_path, cache=cache) == first
    assert not any("/files/" in url for url, _ in shelf.asked)
    cache.kept = dict.fromkeys(cache.kept, b"damaged")
    assert answer(shelf, "demo", folder=tmp_path, cache=cache) == first


def test_a_metadata_file_that_is_not_there_or_not_right(tmp_path: Path) -> None:
    shelf = Shelf()
    wheel = make_wheel(tmp_path)
    shelf.add(wheel, metadata=b"Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n\n")
    where = shelf.file_url(wheel.name) + ".metadata"
    shelf.answers[where] = Response(url=where, status=404, headers={}, content=b"")
    assert pins(answer(shelf, "demo", folder=tmp_path)) == {"demo": "1.0"}
    shelf.answers[where] = Response(url=where, status=200, headers={}, content=b"Name: demo\nVersion: 1.0\n\n")
    with pytest.raises(IntegrityError) as caught:
        answer(shelf, "demo", folder=tmp_path)
    assert caught.value.reference == "metadata-hash"


def test_a_whole_wheel_that_is_not_what_the_index_says_is_not_believed(tmp_path: Path) -> None:
    shelf = Shelf(make_wheel(tmp_path), ranges=False)
    shelf.add(make_wheel(tmp_path, version="2.0"), sha256="0" * 64)
    resolution = answer(shelf, "demo", folder=tmp_path)
    assert pins(resolution) == {"demo": "1.0"}
    assert "sha256" in resolution.rejected["demo"][0].reason


def test_a_prerelease_that_cannot_be_used_gives_way(tmp_path: Path) -> None:
    shelf = Shelf(make_wheel(tmp_path), make_wheel(tmp_path, version="2.0rc1", requires=["nowhere"]))
    assert pins(answer(shelf, "demo", folder=tmp_path, prereleases=frozenset({"demo"}))) == {"demo": "1.0"}
    with pytest.raises(ResolutionError, match="nowhere"):
        answer(shelf, "demo>=2.0rc1", folder=tmp_path)


def test_an_older_sdist_that_was_preferred_and_leads_nowhere(tmp_path: Path) -> None:
    shelf = Shelf(make_sdist(tmp_path, requires=["nowhere"]), make_sdist(tmp_path, version="2.0"))
    assert pins(answer(shelf, "demo", folder=tmp_path, preferences={"demo": "1.0"})) == {"demo": "2.0"}


def test_what_inspecting_a_project_warns_of_is_told(tmp_path: Path) -> None:
    told = Remembering()
    answer(Shelf(), folder=tmp_path, projects=(LocalProject(declared(tmp_path / "p", keywords=["odd"])),), told=told)
    assert told.warnings == [("source-metadata", "demo: odd")]


def test_an_address_is_read_once_however_many_want_it(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path / "w", "lib", extras={"x": []})
    requirement = f"lib @ {wheel.as_uri()}"
    shelf = Shelf(
        make_wheel(tmp_path, requires=[requirement]), make_wheel(tmp_path, "b", requires=[f"lib[x] @ {wheel.as_uri()}"])
    )
    assert pins(answer(shelf, "demo", "b", requirement, folder=tmp_path)) == {"b": "1.0", "demo": "1.0", "lib": "1.0"}


def test_an_address_that_a_project_asks_for_replaces_what_an_index_has(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path / "w", "a", "1.0")
    project = declared(tmp_path / "b", "b", dependencies=[f"a @ {wheel.as_uri()}"])
    found = answer(Shelf(make_wheel(tmp_path, "a", "2.0")), "a", folder=tmp_path, projects=(LocalProject(project),))
    first, _ = found.packages
    assert (first.version, first.kind) == ("1.0", "archive")


def test_an_address_whose_metadata_has_another_name(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, metadata_text="Name: evil\nVersion: 1.0\n\n")
    with pytest.raises(ResolutionError, match="says of itself that it is evil"):
        answer(Shelf(), f"demo @ {wheel.as_uri()}", folder=tmp_path)


def test_the_same_answers_give_the_same_result(tmp_path: Path) -> None:
    shelf = Shelf(*(make_wheel(tmp_path, f"p{n}", requires=[f"p{m}" for m in range(n + 1, 8)]) for n in range(8)))
    results = {repr(answer(shelf, "p3", "p0", folder=tmp_path)) for _ in range(5)}
    assert len(results) == 1


def _target() -> Target:
    return Target.of("3.11.9", "win_amd64")
