"""Chains of packages that asked for another one, by the lock in a bundle."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from bundler.errors import InputError, IntegrityError
from bundler.model.lock import BuildRequirement, Lock, Rejection
from bundler.model.lock_encoding import encode_lock
from bundler.pack.reasons import Link, reasons_of
from bundler.present.reason_text import reason_lines
from tests.support.bundles import make_inputs, write_made
from tests.support.packages import make_wheel

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


def bundle(
    folder: Path,
    edges: Mapping[str, Sequence[str]],
    requested: Sequence[str],
    *,
    lock_text: str | None = None,
    rejected: tuple[Rejection, ...] = (),
) -> Path:
    """Packages that need each other so, of version 1.0; ``zeta`` is built here with ``setuptools``."""
    inputs = make_inputs(folder, wheels=[make_wheel(folder / "wheels", name, "1.0") for name in edges])
    packages = tuple(
        dataclasses.replace(
            each,
            dependencies=tuple(sorted(edges[each.name])),
            requested=each.name in requested,
            rejected=rejected,
        )
        for each in inputs.lock.packages
    )
    tool = BuildRequirement(
        package=dataclasses.replace(packages[0], name="setuptools", version="80.9", requested=False), used_by=("zeta",)
    )
    assert inputs.lock.runtime.file is not None
    python = dataclasses.replace(inputs.lock.runtime.file, url="https://python/python.exe", size=1)
    runtime = dataclasses.replace(inputs.lock.runtime, file=python)
    lock: Lock = dataclasses.replace(inputs.lock, packages=packages, build=(tool,), runtime=runtime)
    inputs.lock = lock
    inputs.lock_text = encode_lock(lock, folder / "pylock.toml") if lock_text is None else lock_text
    return write_made(inputs.lay_out(), folder / "out", "zip").path


def chains(path: Path, name: str) -> list[str]:
    (found,) = reasons_of(path, name)
    return [" ".join(each.name for each in chain) for chain in found.chains]


def test_the_shortest_way_through_each_that_needs_it(tmp_path: Path) -> None:
    edges = {
        "top": ["a", "b"],
        "a": ["deep"],
        "b": ["c"],
        "c": ["deep"],
        "deep": [],
        "zeta": ["deep"],
        "lost": ["deep"],
    }
    path = bundle(tmp_path, edges, ["top", "zeta"])
    assert chains(path, "Deep") == ["top a deep", "top b c deep", "zeta deep"]
    (found,) = reasons_of(path, "deep")
    assert found.chains[0][0] == Link(name="top", version="1.0")
    assert (found.role, found.requested, found.file) == ("package", False, "wheels/deep-1.0-py3-none-any.whl")
    assert list(reason_lines(found))[:4] == [
        "deep 1.0 is in the bundle because",
        "  the recipe asks for top 1.0",
        "    -> a 1.0",
        "    -> deep 1.0",
    ]


def test_packages_that_need_each_other(tmp_path: Path) -> None:
    path = bundle(tmp_path, {"a": ["b"], "b": ["a", "b"]}, ["a"])
    assert chains(path, "b") == ["a b"]
    assert chains(path, "a") == []
    (found,) = reasons_of(path, "a")
    assert "  the recipe asks for it" in reason_lines(found)


def test_what_makes_the_environment_and_what_builds(tmp_path: Path) -> None:
    path = bundle(tmp_path, {"zeta": []}, ["zeta"])
    (tool,) = reasons_of(path, "pip")
    assert (tool.role, tool.file) == ("environment-tool", "wheels/pip-24.0-py3-none-any.whl")
    (builder,) = reasons_of(path, "setuptools")
    assert (builder.role, builder.builds, builder.file) == ("build-requirement", ("zeta",), None)
    assert list(reason_lines(builder)) == ["setuptools 80.9 is not in the bundle: on the build host it built zeta"]


def test_a_package_that_is_not_there(tmp_path: Path) -> None:
    path = bundle(tmp_path, {"zeta": []}, ["zeta"])
    with pytest.raises(InputError, match="has no package zetta") as caught:
        reasons_of(path, "zetta")
    assert (caught.value.reference, caught.value.hint) == ("package-not-inside", "is it zeta?")


@pytest.mark.parametrize(("text", "error"), [("[", IntegrityError), ("x = 1\n", InputError)])
def test_a_lock_that_can_not_be_read(tmp_path: Path, text: str, error: type[Exception]) -> None:
    path = bundle(tmp_path, {"zeta": []}, ["zeta"], lock_text=text)
    with pytest.raises(error):
        reasons_of(path, "zeta")


def test_what_the_bundle_can_not_tell_is_asked_elsewhere(tmp_path: Path) -> None:
    (found,) = reasons_of(bundle(tmp_path, {"top": []}, ["top"]), "top")
    asked = "bundle lock RECIPE --why top"
    assert any(asked in line for line in reason_lines(dataclasses.replace(found, from_index=True)))
    assert not any(asked in line for line in reason_lines(dataclasses.replace(found, from_index=False)))


def test_what_else_the_index_had(tmp_path: Path) -> None:
    rejected = (
        Rejection(reason="app 1.0 wants top<2", newest="3.1", oldest="2.0", versions=4),
        Rejection(reason="it needs Python >=3.14", newest="1.9", oldest="1.9"),
        Rejection(reason="there is a wheel that suits", newest="1.0", oldest="1.0", files=("top-1.0.tar.gz",), more=2),
    )
    (found,) = reasons_of(bundle(tmp_path, {"top": []}, ["top"], rejected=rejected), "top")
    assert found.rejected == rejected
    lines = list(reason_lines(dataclasses.replace(found, from_index=True)))
    assert lines[-6:] == [
        "  when it was locked, its index had besides",
        "    2.0 to 3.1 (4 versions): app 1.0 wants top<2",
        "    1.9: it needs Python >=3.14",
        "    of 1.0: there is a wheel that suits",
        "      top-1.0.tar.gz",
        "      and 2 more",
    ]
