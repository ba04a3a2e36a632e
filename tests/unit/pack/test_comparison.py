from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from bundler.errors import BundleError
from bundler.model.artifact import StoredFile
from bundler.model.lock_encoding import encode_lock
from bundler.model.recipe import EnvironmentTable, SiteTable
from bundler.model.service import ServiceTable
from bundler.pack.comparison import Comparison, Difference, compare
from tests.support.bundles import make_inputs, write_made
from tests.support.packages import make_wheel

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.model.lock import Lock
    from tests.support.bundles import Inputs


def bundle(inputs: Inputs, folder: Path, kind: str = "zip") -> Path:
    return write_made(inputs.lay_out(), folder, kind).path


def lock_of(inputs: Inputs) -> Lock:
    """One that can be written: each file has an address."""
    runtime = inputs.lock.runtime
    file = dataclasses.replace(runtime.artifact, url=runtime.source)
    return dataclasses.replace(inputs.lock, runtime=dataclasses.replace(runtime, file=file))


def found(comparison: Comparison) -> dict[tuple[str, str, str], dict[str, tuple[str | None, str | None]]]:
    return {
        (each.section, each.name, each.change): {field.field: (field.before, field.after) for field in each.fields}
        for each in comparison.differences
    }


def test_a_bundle_is_as_itself_in_any_form(tmp_path: Path) -> None:
    inputs = make_inputs(tmp_path / "in")
    paths = [bundle(inputs, tmp_path / kind, kind) for kind in ("zip", "7z", "dir")]
    for path in paths:
        comparison = compare(paths[0], path)
        assert comparison.differences == ()
        assert comparison.before.size == comparison.after.size > 0
        assert (comparison.after.kind, comparison.after.name, comparison.after.version) == (
            "bundle",
            "example",
            "4.14.2",
        )


def test_everything_that_changed_is_found_and_nothing_else(tmp_path: Path) -> None:
    old, new = (
        make_inputs(tmp_path / "old"),
        make_inputs(
            tmp_path / "new",
            wheels=[make_wheel(tmp_path / "w", "Zeta", "2.1"), make_wheel(tmp_path / "w", "gamma", "3.0")],
        ),
    )
    (tmp_path / "new" / "settings.ini").write_bytes(b"[other]\n")
    new.files = [(new.files[0][0], StoredFile.of(tmp_path / "new" / "settings.ini"))]
    new.recipe = dataclasses.replace(
        new.recipe,
        site={"port": SiteTable(default="9090", help="TCP port"), "extra": SiteTable()},
        environment=EnvironmentTable(path="C:\\PythonEnvs\\Other", data="C:\\ProgramData\\Example"),
        service=(ServiceTable(name="Example", command=("python", "-V")),),
        checks=dataclasses.replace(new.recipe.checks, imports=("gamma",)),
    )
    changes = found(compare(bundle(old, tmp_path / "a"), bundle(new, tmp_path / "b")))
    assert changes[("packages", "zeta", "changed")]["version"] == ("2.0", "2.1")
    assert {"version", "file", "origin", "sha256"} <= changes[("packages", "zeta", "changed")].keys()
    assert changes[("packages", "gamma", "added")]["version"] == (None, "3.0")
    assert changes[("packages", "alpha", "removed")]["version"] == ("1.0", None)
    assert changes[("site values", "port", "changed")] == {"default": ("8080", "9090")}
    assert ("site values", "dsn", "removed") in changes
    assert ("site values", "extra", "added") in changes
    assert changes[("environment", "", "changed")] == {"path": ("C:\\PythonEnvs\\Example", "C:\\PythonEnvs\\Other")}
    assert changes[("services", "Example", "added")]["command"] == (None, '["python", "-V"]')
    assert changes[("services", "Example", "added")]["log_count"] == (None, "5")
    assert changes[("checks", "", "changed")] == {"imports": ('["alpha"]', '["gamma"]')}
    assert changes[("extra files", "{release}\\settings.ini", "changed")].keys() == {"sha256"}
    assert changes[("other files", "README.txt", "changed")] == {"files changed": (None, "1")}
    known = {
        "packages",
        "site values",
        "environment",
        "services",
        "permissions",
        "checks",
        "extra files",
        "other files",
    }
    assert {section for section, _, _ in changes} <= known


def test_other_bytes_of_the_same_version_are_seen(tmp_path: Path) -> None:
    old = make_inputs(tmp_path / "old", wheels=[make_wheel(tmp_path / "a", "Zeta", "2.0")])
    new = make_inputs(
        tmp_path / "new", wheels=[make_wheel(tmp_path / "b", "Zeta", "2.0", licenses={"LICENSE": "others\n"})]
    )
    changes = found(compare(bundle(old, tmp_path / "x"), bundle(new, tmp_path / "y")))
    assert "sha256" in changes[("packages", "zeta", "changed")]


def test_locks_are_compared_without_what_only_one_host_has(tmp_path: Path) -> None:
    inputs = make_inputs(tmp_path / "in")
    paths = [tmp_path / "pylock.old.toml", tmp_path / "pylock.new.toml"]
    whole = lock_of(inputs)
    first, *others = whole.packages
    assert first.file is not None
    name = first.file.filename.replace(first.version, "7.0")
    file = dataclasses.replace(first.file, filename=name, url=f"https://index/{name}", sha256="f" * 64)
    changed = dataclasses.replace(first, version="7.0", file=file)
    new = dataclasses.replace(whole, packages=(changed, *others))
    for path, lock in zip(paths, (whole, new), strict=True):
        path.write_text(encode_lock(lock, path), encoding="utf-8")
    assert compare(paths[0], paths[0]).differences == ()
    (difference,) = compare(*paths).differences
    assert isinstance(difference, Difference)
    assert (difference.section, difference.name, difference.change) == ("packages", first.name, "changed")
    assert [each.field for each in difference.fields] == ["version", "file.filename", "file.url", "file.sha256"]
    assert compare(*paths).before.kind == "lock"


def test_a_bundle_and_a_lock_are_not_compared(tmp_path: Path) -> None:
    inputs = make_inputs(tmp_path / "in")
    lock = tmp_path / "pylock.x.toml"
    lock.write_text(encode_lock(lock_of(inputs), lock), encoding="utf-8")
    with pytest.raises(BundleError) as caught:
        compare(lock, bundle(inputs, tmp_path / "out"))
    assert caught.value.reference == "comparison-mixed"
    recipe = tmp_path / "recipe.toml"
    recipe.write_text('[bundle]\nname = "x"\n', encoding="utf-8")
    for path, reference, hint in (
        (tmp_path / "none.zip", "bundle-unreadable", "name the archive or its folder"),
        (tmp_path, "bundle-unreadable", "name the archive or its folder"),
        (tmp_path / "none.toml", "lock-unreadable", "`bundle lock RECIPE` writes it"),
        (recipe, "lock-invalid", "`bundle lock RECIPE` writes one beside the recipe"),  # and not: remove your recipe
    ):
        with pytest.raises(BundleError) as caught:
            compare(path, path)
        assert caught.value.reference == reference
        assert caught.value.hint.startswith(hint)
