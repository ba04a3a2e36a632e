"""Errors about what a user wrote: each with its place, and all at once; and what isn't the user's fault isn't the end."""

from __future__ import annotations

import dataclasses
import os
from typing import TYPE_CHECKING

import pytest

from bundler.errors import InputError, IntegrityError, ResolutionError
from bundler.model.target import Target
from bundler.resolve import IndexRoute, Request, Wanted, read_requirements, resolve
from tests.support.packages import make_sdist, make_wheel
from tests.support.reporters import Remembering
from tests.support.shelf import ROOT, Shelf, answer, inspect, pins, ports_of

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.model.ports import SourceMetadata


def resolved(shelf: Shelf, folder: Path, error: str, *wanted: str, told: Remembering | None = None) -> dict[str, str]:
    """Of an index whose newest sdists can't be unpacked, with an IntegrityError of that reference."""

    def broken(source: Path, *, name: str) -> SourceMetadata:
        if "-2.0" in source.name:
            raise IntegrityError(error, f"{source.name} holds 'core/logging.', which has a part that ends in a dot")
        return inspect(source, name=name)

    request = Request(
        target=Target.of("3.11.9", "win_amd64"),
        wanted=tuple(Wanted(each, "recipe") for each in wanted),
        indexes=(IndexRoute(ROOT),),
    )
    ports = dataclasses.replace(ports_of(shelf, folder, told), inspect=broken)
    return pins(resolve(request, ports))


@pytest.mark.parametrize("error", ["archive-unsafe", "archive-duplicate", "archive-bomb", "archive-unreadable"])
def test_an_sdist_that_cant_be_unpacked_is_passed_over(tmp_path: Path, error: str) -> None:
    shelf = Shelf(make_sdist(tmp_path, "uwsgi", "1.0"), make_sdist(tmp_path, "uwsgi", "2.0"))
    told = Remembering()
    assert resolved(shelf, tmp_path / "..", error, "uwsgi", told=told) == {"uwsgi": "1.0"}
    assert any(
        "uwsgi 1.0 is taken although 2.0 is newer: what it needs can't be learned" in each for each in told.notes
    )
    with pytest.raises(ResolutionError) as caught:
        resolved(shelf, tmp_path / "..", error, "uwsgi==2.0")
    assert "core/logging." in "\n".join(caught.value.context)


def test_damage_is_still_the_end(tmp_path: Path) -> None:
    shelf = Shelf(make_sdist(tmp_path, "uwsgi", "1.0"), make_sdist(tmp_path, "uwsgi", "2.0"))
    with pytest.raises(IntegrityError):
        resolved(shelf, tmp_path / "..", "hash-differs", "uwsgi")


def test_all_addresses_that_cant_be_taken_are_named_with_their_places(tmp_path: Path) -> None:
    file = tmp_path / "requirements.txt"
    file.write_text(
        "one @ hg+https://g.test/one\n"
        "two @ ftp://x.test/two.whl ; sys_platform == 'win32'\n"
        "three @ https://x.test/three\n"
        "four @ https://x.test/four.zip#subdirectory=x\n"
        "five @ git+https://g.test/five ; sys_platform == 'linux'\n"
        "six @ file:///there/is/no/six-1.0.tar.gz\n"
        "seven @ file:///C:/of/another/machine/seven-1.0-py3-none-any.whl\n",
        encoding="utf-8",
    )
    request = Request(
        target=Target.of("3.11.9", "win_amd64"), wanted=read_requirements(file).wanted, indexes=(IndexRoute(ROOT),)
    )
    ports = ports_of(Shelf(), tmp_path)
    with pytest.raises(ResolutionError) as caught:
        resolve(request, ports)
    assert caught.value.reference == "requirement-unusable"
    assert [each.split(": ")[0] for each in caught.value.context] == [
        f"requirements.txt:{n}" for n in (1, 2, 3, 4, 6, 7)
    ]
    assert "only git is supported" in caught.value.context[0]
    assert "there is nothing on this host" in caught.value.context[4]
    assert ("it is a path of Windows" in caught.value.context[5]) is (os.name != "nt")


def test_all_unknown_packages_of_the_user_at_once(tmp_path: Path) -> None:
    with pytest.raises(ResolutionError) as caught:
        answer(Shelf(make_wheel(tmp_path, "there")), "there", "gone", "lost>1", folder=tmp_path)
    assert caught.value.reference == "package-unknown"
    assert "gone, lost" in caught.value.message
    assert caught.value.context == ("gone is wanted by recipe", "lost>1 is wanted by recipe")


def test_editable_requirements_keep_their_words(tmp_path: Path) -> None:
    file = tmp_path / "requirements.txt"
    lines = [
        "-e c:\\users\\someone\\myapp",
        "-e 'd:\\my apps\\x'",
        "-e .\\here",
        "-e git+https://g.test/x",
        "-e svn+https://g.test/x#egg=x",
        "-r sub\\ dir/x.txt",
    ]
    file.write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "sub dir").mkdir()
    (tmp_path / "sub dir" / "x.txt").write_text("", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_requirements(file)
    said = [str(each) for each in caught.value.faults]
    assert said[0] == "requirements.txt:1: -e c:\\users\\someone\\myapp: it is not a project's folder"
    assert "d:\\my apps\\x" in said[1]
    assert ".\\here" in said[2]
    assert "doesn't say which package it is" in said[3]
    assert "only git is supported" in said[4]


@pytest.mark.parametrize(
    ("abi", "name"),
    [(None, "CPython 3.13.2 on win_amd64"), ("cp313t", "CPython 3.13.2 (cp313t) on win_amd64")],
)
def test_an_unusual_abi_belongs_to_the_targets_name(abi: str | None, name: str) -> None:
    assert str(Target.of("3.13.2", "win_amd64", abi=abi)) == name
