from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bundler.build.static_metadata import core_metadata, static_metadata
from bundler.errors import BuildError
from tests.support.packages import metadata

if TYPE_CHECKING:
    from pathlib import Path


def pkg_info(folder: Path, text: str) -> Path:
    (folder / "PKG-INFO").write_text(text)
    return folder


def project(folder: Path, table: str) -> Path:
    (folder / "pyproject.toml").write_text(f"[project]\n{table}")
    return folder


def test_pkg_info_is_taken_from_2_2_on(tmp_path: Path) -> None:
    text = metadata(
        "demo", "1.0", requires=["six >= 1 ; os_name == 'nt'"], requires_python=">=3.8", metadata_version="2.2"
    )
    found = static_metadata(pkg_info(tmp_path, text), sdist=True)
    assert found is not None
    assert found.requires_dist == ("six >= 1 ; os_name == 'nt'",), "markers stay as they are written"
    assert found.requires_python == ">=3.8"


@pytest.mark.parametrize("version", ["1.2", "2.1", "2", "x", ""])
def test_older_pkg_info_is_its_packagers_view(tmp_path: Path, version: str) -> None:
    text = metadata(metadata_version=version)
    assert static_metadata(pkg_info(tmp_path, text), sdist=True) is None


@pytest.mark.parametrize("field", ["Requires-Dist", "requires-python", "Provides-Extra"])
def test_dynamic_fields_are_not_trusted(tmp_path: Path, field: str) -> None:
    text = metadata(metadata_version="2.4", extra_lines=[f"Dynamic: {field}"])
    assert static_metadata(pkg_info(tmp_path, text), sdist=True) is None


def test_other_dynamic_fields_do_not_matter(tmp_path: Path) -> None:
    text = metadata(metadata_version="2.4", extra_lines=["Dynamic: License-File"])
    assert static_metadata(pkg_info(tmp_path, text), sdist=True) is not None


def test_only_the_pkg_info_at_the_top_is_the_sdists_own(tmp_path: Path) -> None:
    for folder in ("demo/_vendor/other.egg-info", "demo.egg-info", "demo/EGG-INFO"):
        (tmp_path / folder).mkdir(parents=True)
        pkg_info(tmp_path / folder, metadata("other", "2.0", metadata_version="2.2"))
    assert static_metadata(tmp_path, sdist=True) is None
    pkg_info(tmp_path, metadata("demo", "1.0", metadata_version="2.2"))
    found = static_metadata(tmp_path, sdist=True)
    assert found is not None
    assert (found.name, found.version) == ("demo", "1.0")


def test_a_projects_pkg_info_is_a_left_over(tmp_path: Path) -> None:
    assert static_metadata(pkg_info(tmp_path, metadata(metadata_version="2.2")), sdist=False) is None


def test_a_static_project_table(tmp_path: Path) -> None:
    table = """
name = "My_Demo"
version = "1.0"
requires-python = ">=3.8"
dependencies = ["six", "attrs>=20; python_version < '3.9'"]
dynamic = ["readme"]
[project.optional-dependencies]
"Big_Extra" = ["numpy", "scipy; os_name == 'nt' or os_name == 'posix'", "local @ https://example.org/local.zip"]
"""
    found = static_metadata(project(tmp_path, table), sdist=False)
    assert found is not None
    assert (found.name, found.version, found.requires_python) == ("My_Demo", "1.0", ">=3.8")
    assert found.provides_extra == ("big-extra",)
    assert found.requires_dist == (
        "six",
        'attrs>=20; python_version < "3.9"',
        'numpy ; extra == "big-extra"',
        'scipy ; (os_name == "nt" or os_name == "posix") and extra == "big-extra"',
        'local @ https://example.org/local.zip ; extra == "big-extra"',
    )


@pytest.mark.parametrize("field", ["version", "dependencies", "requires-python", "optional-dependencies"])
def test_a_dynamic_project_table_needs_its_hook(tmp_path: Path, field: str) -> None:
    assert static_metadata(project(tmp_path, f'name = "demo"\ndynamic = ["{field}"]\n'), sdist=False) is None


def test_no_project_table(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[build-system]\nrequires = []\n")
    assert static_metadata(tmp_path, sdist=False) is None


def test_all_faults_of_a_project_table_at_once(tmp_path: Path) -> None:
    table = 'name = 1\nversion = "1"\nrequires-python = 3\ndependencies = "six"\noptional-dependencies = {a = "b"}\n'
    with pytest.raises(BuildError) as caught:
        static_metadata(project(tmp_path, table), sdist=False)
    assert caught.value.reference == "pyproject-invalid"
    assert len(caught.value.context) == 4


def test_a_broken_requirement_names_itself(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="'six >>> 1' is not a valid requirement"):
        static_metadata(project(tmp_path, 'name = "a"\nversion = "1"\ndependencies = ["six >>> 1"]\n'), sdist=False)


@pytest.mark.parametrize("text", ["", "Name: demo\n", "Version: 1.0\n"])
def test_metadata_without_name_or_version(tmp_path: Path, text: str) -> None:
    (tmp_path / "METADATA").write_text(text, encoding="utf-8")
    with pytest.raises(BuildError) as caught:
        core_metadata(tmp_path / "METADATA", "demo")
    assert caught.value.reference == "metadata-invalid"
