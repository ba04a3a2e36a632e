"""When there is no answer, a person reads who wants what and why no file fits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bundler.errors import ResolutionError
from bundler.model.target import Target
from bundler.resolve import IndexRoute, LocalProject, Request, Wanted, resolve
from tests.support.packages import make_sdist, make_wheel
from tests.support.shelf import ROOT, Shelf, answer, ports_of

if TYPE_CHECKING:
    from pathlib import Path


def failure(
    shelf: Shelf, *wanted: str, folder: Path, constraints: tuple[str, ...] = (), python: str = "3.11.9"
) -> ResolutionError:
    with pytest.raises(ResolutionError) as caught:
        answer(shelf, *wanted, folder=folder, constraints=constraints, python=python)
    return caught.value


def test_an_unknown_package_and_the_whole_way_to_it(tmp_path: Path) -> None:
    shelf = Shelf(
        make_wheel(tmp_path, "app", requires=["lib"]),
        make_wheel(tmp_path, "lib", "1.5", requires=["leaf"]),
        make_wheel(tmp_path, "leaf", "2.0", requires=["nowhere>=1"]),
    )
    error = failure(shelf, "app", folder=tmp_path)
    assert error.reference == "package-unknown"
    assert error.message == "the index has no project named nowhere"
    assert error.context == (
        "nowhere>=1 is wanted by leaf 2.0, which is wanted by lib 1.5, which is wanted by app 1.0, which is wanted by recipe",
    )


def test_an_unknown_package_of_one_version_only_is_no_failure(tmp_path: Path) -> None:
    shelf = Shelf(make_wheel(tmp_path, version="2.0", requires=["nowhere"]), make_wheel(tmp_path, version="1.0"))
    assert answer(shelf, "demo", folder=tmp_path).packages[0].version == "1.0"


def test_no_file_for_the_target_by_groups_of_versions(tmp_path: Path) -> None:
    shelf = Shelf()
    for version in ("3.0", "3.1", "3.2"):
        shelf.add(make_wheel(tmp_path, version=version), requires_python=">=3.13")
    for tag in ("cp312-cp312-win_amd64", "cp313-abi3-win_amd64", "cp310-cp310-manylinux_2_17_x86_64"):
        shelf.add(make_wheel(tmp_path, version="2.0", tag=tag))
    shelf.add(make_wheel(tmp_path, version="1.0", tag="cp311-cp311-macosx_11_0_arm64"))
    error = failure(shelf, "demo", folder=tmp_path)
    assert error.reference == "no-file-fits"
    assert error.message == "no file of demo fits CPython 3.11.9 on win_amd64"
    assert error.context == (
        "demo is wanted by recipe",
        "demo 3.0 to 3.2: it needs Python >=3.13",
        "demo 2.0: wheels for its platform are for cp312, cp313-abi3",
        "demo 1.0: wheels are for macosx_11_0_arm64",
    )
    assert "--why demo" in error.hint


def test_wheels_for_another_abi_of_the_same_python_say_so(tmp_path: Path) -> None:
    shelf = Shelf(
        *(make_wheel(tmp_path, tag=f"{tag}-win_amd64") for tag in ("cp313-cp313t", "cp311-cp311", "cp37-cp37m"))
    )
    error = failure(shelf, "demo", folder=tmp_path, python="3.13.2")
    assert error.context[1:] == ("demo 1.0: wheels for its platform are for cp311, cp313-cp313t, cp37",)


def test_many_groups_are_cut(tmp_path: Path) -> None:
    shelf = Shelf()
    for number in range(8):
        shelf.add(make_wheel(tmp_path, version=f"1.{number}"), requires_python=f">=3.{12 + number}")
    error = failure(shelf, "demo", folder=tmp_path)
    assert len(error.context) == 7
    assert error.context[-1] == "demo: and older versions, for other reasons"


def test_many_platforms_are_cut(tmp_path: Path) -> None:
    shelf = Shelf(*(make_wheel(tmp_path, tag=f"cp3{number}-cp3{number}-win_amd64") for number in range(12, 20)))
    assert failure(shelf, "demo", folder=tmp_path).context[1].endswith("cp312, cp313, cp314, cp315, cp316 and 3 more")


def test_no_such_version(tmp_path: Path) -> None:
    error = failure(Shelf(make_wheel(tmp_path)), "demo>=99", folder=tmp_path)
    assert error.reference == "no-file-fits"
    assert error.context[-1] == "demo: no version is >=99; the newest version is 1.0"


def test_a_project_without_any_readable_file(tmp_path: Path) -> None:
    shelf = Shelf()
    shelf.say("demo", "active")
    assert failure(shelf, "demo", folder=tmp_path).context[-1] == "demo: its index has no file that can be read"


def test_two_wishes_of_the_user_that_exclude_each_other(tmp_path: Path) -> None:
    shelf = Shelf(make_wheel(tmp_path, version="1.0"), make_wheel(tmp_path, version="2.0"))
    error = failure(shelf, "demo<2", folder=tmp_path, constraints=("demo>1",))
    assert error.reference == "requirements-conflict"
    assert error.context == (
        "demo<2 is wanted by recipe",
        "the constraint demo>1 (constraints) holds too",
        "demo: the newest version is 2.0",
    )


def test_packages_that_exclude_each_other(tmp_path: Path) -> None:
    shelf = Shelf(
        make_wheel(tmp_path, "a", requires=["lib<2"]),
        make_wheel(tmp_path, "b", requires=["lib>=2"]),
        make_wheel(tmp_path, "lib", "1.0"),
        make_wheel(tmp_path, "lib", "2.0"),
    )
    error = failure(shelf, "a", "b", folder=tmp_path)
    assert error.reference == "requirements-conflict"
    assert error.message == "no version of lib suits all who want it"
    assert set(error.context[:2]) == {
        "lib<2 is wanted by a 1.0, which is wanted by recipe",
        "lib>=2 is wanted by b 1.0, which is wanted by recipe",
    }


def test_a_package_that_excludes_a_wish_of_the_user_is_found_without_building_anything(tmp_path: Path) -> None:
    shelf = Shelf(
        make_wheel(tmp_path, "app", "1.0", requires=["lib>=4"]),
        make_wheel(tmp_path, "app", "1.1", requires=["lib>=4"]),
        make_wheel(tmp_path, "app", "1.2", requires=["lib[x]>=5"]),
        make_wheel(tmp_path, "lib", "3.0"),
        make_wheel(tmp_path, "lib", "5.0"),
        *(make_sdist(tmp_path, "lib", version) for version in ("1.0", "2.0")),
    )
    error = failure(shelf, "lib<4", "app", folder=tmp_path)
    assert error.reference == "requirements-conflict"
    assert error.context == (
        "app is wanted by recipe",
        "app 1.2: it needs lib[x]>=5, which doesn't go with lib<4 (recipe)",
        "app 1.0 to 1.1: it needs lib>=4, which doesn't go with lib<4 (recipe)",
    )
    assert not any(url.endswith(".tar.gz") for url, _ in shelf.asked)


def test_a_constraint_that_a_package_cannot_keep(tmp_path: Path) -> None:
    shelf = Shelf(make_wheel(tmp_path, "app", requires=["lib>=2"]), make_wheel(tmp_path, "lib", "2.0"))
    error = failure(shelf, "app", folder=tmp_path, constraints=("lib<2",))
    assert error.context[-1] == "app 1.0: it needs lib>=2, which doesn't go with the constraint lib<2 (constraints)"


def test_a_project_of_the_users_that_others_do_not_want(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "pyproject.toml").write_text('[project]\nname = "mine"\nversion = "1.0"\n', encoding="utf-8")
    shelf = Shelf(make_wheel(tmp_path, "app", requires=["mine>=2"]))
    with pytest.raises(ResolutionError) as caught:
        answer(shelf, "mine>1", folder=tmp_path, projects=(LocalProject(folder),))
    assert caught.value.reference == "requirements-conflict"
    assert f"mine 1.0 is the local project {folder}" in caught.value.context
    with pytest.raises(ResolutionError) as caught:
        answer(shelf, "app", folder=tmp_path, projects=(LocalProject(folder),))
    assert "doesn't go with mine" in caught.value.context[-1]


def test_what_was_tried_and_had_to_be_left_is_told(tmp_path: Path) -> None:
    shelf = Shelf(make_wheel(tmp_path, metadata_text="Name: evil\nVersion: 1.0\n\n"))
    error = failure(shelf, "demo", folder=tmp_path)
    assert error.context[-1] == "demo 1.0: its METADATA says that it is evil"


def test_extras_do_not_stand_between_a_cause_and_the_user(tmp_path: Path) -> None:
    shelf = Shelf(
        make_wheel(tmp_path, "app", extras={"web": ["lib>2"]}),
        make_wheel(tmp_path, "lib", "1.0"),
    )
    error = failure(shelf, "app[web]", folder=tmp_path)
    assert "lib>2 is wanted by app[web] 1.0, which is wanted by recipe" in error.context


def test_versions_that_all_lead_into_the_same_collision(tmp_path: Path) -> None:
    shelf = Shelf(
        make_wheel(tmp_path, "a", requires=["lib"]),
        make_wheel(tmp_path, "b", requires=["leaf>=2"]),
        make_wheel(tmp_path, "lib", "1.0", requires=["leaf<2"]),
        make_wheel(tmp_path, "lib", "2.0", requires=["leaf<2"]),
        make_wheel(tmp_path, "leaf", "1.0"),
        make_wheel(tmp_path, "leaf", "2.0"),
    )
    error = failure(shelf, "a", "b", folder=tmp_path)
    assert error.reference == "requirements-conflict"
    assert "leaf>=2 is wanted by b 1.0, which is wanted by recipe" in error.context
    assert any(line.startswith("leaf<2 is wanted by lib") for line in error.context)


def test_a_search_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    shelf = Shelf(make_wheel(tmp_path, requires=["lib"]), make_wheel(tmp_path, "lib"))
    request = Request(
        target=Target.of("3.11.9", "win_amd64"), wanted=(Wanted("demo", "recipe"),), indexes=(IndexRoute(ROOT),)
    )
    with pytest.raises(ResolutionError) as caught:
        resolve(
            request,
            ports_of(shelf, tmp_path),
            rounds=1,
        )
    assert caught.value.reference == "resolution-too-long"


def test_one_version_is_broken_and_the_other_collides(tmp_path: Path) -> None:
    shelf = Shelf(
        make_wheel(tmp_path, "a", requires=["lib"]),
        make_wheel(tmp_path, "b", requires=["leaf>=2"]),
        make_wheel(tmp_path, "lib", "2.0", metadata_text="Name: evil\nVersion: 2.0\n\n"),
        make_sdist(tmp_path, "lib", "2.0"),
        make_wheel(tmp_path, "lib", "1.0", requires=["leaf<2"]),
        make_wheel(tmp_path, "leaf", "1.0"),
        make_wheel(tmp_path, "leaf", "2.0"),
    )
    error = failure(shelf, "a", "b", folder=tmp_path)
    assert error.reference == "requirements-conflict"
    assert "lib 2.0: its METADATA says that it is evil" in error.context
    assert "lib 1.0: a file would fit" in error.context


def test_an_extra_is_never_satisfied_by_another_version(tmp_path: Path) -> None:
    """Whatever the order of the solve: the package and its extra can't be pinned apart."""
    shelf = Shelf(
        *(
            make_wheel(tmp_path, "a", version, extras={"x": [f"only-{version[0]}"]})
            for version in ("1.0", "2.0", "3.0")
        ),
        make_wheel(tmp_path, "b", requires=["a[x]"]),
        make_wheel(tmp_path, "c", requires=["b", "only-1"]),
        make_wheel(tmp_path, "only-1"),
        make_wheel(tmp_path, "only-2", requires=["a<2"]),
    )
    resolution = answer(shelf, "c", folder=tmp_path)
    assert {each.name: each.version for each in resolution.packages}["a"] == "1.0"
