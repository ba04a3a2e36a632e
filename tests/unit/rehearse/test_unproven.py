"""What an engine can't prove: said of what a bundle uses, and of nothing else."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, get_args

import pytest

from bundler.model.manifest import Manifest, WheelInfo
from bundler.rehearse.results import EngineName
from bundler.rehearse.unproven import USED, facts, unproven
from tests.support.bundles import make_inputs
from tests.support.samples import sample

if TYPE_CHECKING:
    from pathlib import Path

ENGINES = get_args(EngineName)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    folder: Path = tmp_path_factory.mktemp("inputs")
    made = make_inputs(folder, kind="archive").lay_out().manifest
    return dataclasses.replace(made, services=(), permissions=(), prerequisites=(), post_install=(), site=(), dlls=())


def test_each_fact_is_about_something_that_is_looked_for() -> None:
    assert {each.when for each in facts()} == USED.keys()
    assert {each.engine for each in facts()} == set(ENGINES)


def test_each_fact_is_a_sentence() -> None:
    for each in facts():
        assert each.words.endswith("."), each.words
        assert each.words[0].isupper(), each.words
        assert (each.words.count("{found}"), each.words.count("{")) in ((0, 0), (1, 1)), each.words
    assert len({(each.engine, each.words) for each in facts()}) == len(facts())


@pytest.mark.parametrize("engine", ENGINES)
def test_a_plain_bundle_has_what_holds_for_all(plain: Manifest, engine: str) -> None:
    always = [each.words for each in facts() if each.engine == engine and each.when == "anything"]
    assert set(always) <= set(unproven(plain, engine))
    assert not [
        each for each in unproven(plain, engine) if "ervice" in each or "Prerequisites" in each or "PATH" in each
    ]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_bundle_that_uses_everything_has_nearly_all(engine: str) -> None:
    manifest: Manifest = sample(Manifest)
    wheels = tuple(dataclasses.replace(sample(WheelInfo), name=name) for name in ("PyODBC", "pyserial", "pywin32"))
    service = dataclasses.replace(manifest.services[0], dependencies=("MSSQLSERVER",))
    dll = dataclasses.replace(manifest.dlls[0], optional="", brought_by=())
    full = dataclasses.replace(manifest, packages=wheels, services=(service,), dlls=(dll,))
    unused = {"no_admin_rights", "present_python"}
    expected = [each for each in facts() if each.engine == engine and each.when not in unused]
    assert len(unproven(full, engine)) == len(expected)
    assert not [each for each in unproven(full, engine) if "{" in each]


def test_what_was_found_is_named(plain: Manifest) -> None:
    sentences = unproven(dataclasses.replace(plain, permissions=sample(Manifest).permissions), "wine")
    assert "Rights given to accounts were recorded and not applied: account: read in path." in sentences
    assert not [each for each in sentences if each.startswith("That no administrator")]


def test_a_stranger_cannot_make_it_endless(plain: Manifest) -> None:
    many = tuple(dataclasses.replace(each, name=f"s{i}") for each in sample(Manifest).site for i in range(1000))
    (sentence,) = [each for each in unproven(dataclasses.replace(plain, site=many), "wine") if "secrets" in each]
    assert sentence == "That only few can read files with secrets: s0, s1, s2, s3, s4, s5, and 994 more."
