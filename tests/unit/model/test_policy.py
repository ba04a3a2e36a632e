"""Who needs administrator's rights, and which Windows is the lowest: each said once."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from bundler.model.platforms.windows_versions import lowest_windows, updates_needed, windows_name
from bundler.model.policy import admin_reasons, needs_admin
from bundler.model.prerequisite import PostInstallInfo
from bundler.model.service import PermissionInfo
from tests.support.bundles import make_inputs

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.model.manifest import Manifest


@pytest.fixture
def manifest(tmp_path: Path) -> Manifest:
    """One that needs nobody's rights."""
    return make_inputs(tmp_path, kind="embed").lay_out().manifest


def test_a_python_inside_the_release_needs_none(manifest: Manifest) -> None:
    assert not needs_admin(manifest)
    assert admin_reasons(manifest) == ()


@pytest.mark.parametrize(
    ("kind", "all_users", "needed"), [("exe", True, True), ("msi", True, True), ("exe", False, False)]
)
def test_an_installer_needs_them_for_all_users(manifest: Manifest, kind: str, all_users: bool, needed: bool) -> None:
    runtime = dataclasses.replace(manifest.runtime, kind=kind, file="runtime/python", all_users=all_users)
    assert needs_admin(dataclasses.replace(manifest, runtime=runtime)) is needed


def test_what_changes_the_machine_needs_them(manifest: Manifest) -> None:
    right = PermissionInfo(path="{data}", account="Users", service=False, rights="read")
    command = PostInstallInfo(command=("register", "it"), undo=(), needs_admin=True)
    harmless = dataclasses.replace(command, needs_admin=False)
    assert admin_reasons(dataclasses.replace(manifest, permissions=(right,))) == ("rights are given",)
    assert admin_reasons(dataclasses.replace(manifest, post_install=(command, harmless))) == ("register it is run",)
    assert not needs_admin(dataclasses.replace(manifest, post_install=(harmless,)))


@pytest.mark.parametrize(
    ("version", "name"),
    [
        ((6, 0, 0), "Windows Vista or Windows Server 2008"),
        ((6, 1, 7601), "Windows 7 or Windows Server 2008 R2"),
        ((6, 3, 0), "Windows 8.1 or Windows Server 2012 R2"),
        ((10, 0, 17763), "Windows 10 or Windows Server 2016"),
    ],
)
def test_a_version_has_a_name_that_people_know(version: tuple[int, int, int], name: str) -> None:
    assert windows_name(version) == name


def test_the_launchers_need_more_than_an_old_python() -> None:
    assert lowest_windows("5.1") == (6, 0, 0)
    assert lowest_windows("6.1") == (6, 1, 0)
    assert lowest_windows("10.0") == (10, 0, 0)


@pytest.mark.parametrize(
    ("python", "lowest", "updates"),
    [
        ("2.7.18", (6, 0, 0), ()),
        ("3.4.4", (6, 0, 0), ()),
        ("3.6.8", (6, 0, 0), ("KB2999226",)),
        ("3.8.10", (6, 1, 0), ("KB2999226", "KB2533623")),
        ("3.11.9", (6, 3, 0), ("KB2999226",)),
        ("3.13.2", (10, 0, 0), ()),
    ],
)
def test_updates_of_windows_that_a_python_needs(
    python: str, lowest: tuple[int, int, int], updates: tuple[str, ...]
) -> None:
    needed = updates_needed(python, lowest)
    assert len(needed) == len(updates)
    assert all(update in words for update, words in zip(updates, needed, strict=True))
