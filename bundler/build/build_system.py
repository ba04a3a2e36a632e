"""What a source tree says of how it wants to be built: ``[build-system]`` (PEP 518), with PEP 517's fallback to setuptools."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, TypeGuard

from packaging.requirements import InvalidRequirement

from bundler.atomic import scratch_folder
from bundler.build.source_tree import open_source
from bundler.errors import BuildError
from bundler.foreign import read_requirement
from bundler.formats.pyproject_file import load_pyproject

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

# as pip and uv; setuptools before 70.1 needs wheel, and asks for it itself (get_requires_for_build_wheel)
_FALLBACK_REQUIRES = ("setuptools>=40.8.0",)
_FALLBACK_BACKEND = "setuptools.build_meta:__legacy__"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class BuildSystem:
    """That of one tree; ``requires`` are requirements (PEP 508)."""

    requires: tuple[str, ...]
    backend: str
    backend_path: tuple[str, ...] = ()


def build_requirements(source: Path, *, work: Path) -> tuple[str, ...]:
    """What building ``source`` needs before anything of it runs (PEP 518): setuptools if it doesn't say."""
    if source.is_dir():
        return build_system(source).requires
    work.mkdir(parents=True, exist_ok=True)
    with scratch_folder("requires-", work) as folder:
        return build_system(open_source(source, folder / "tree")).requires


def build_system(tree: Path) -> BuildSystem:
    """How the source tree wants to be built; raises BuildError (``pyproject-invalid``, ``not-a-project``)."""
    table = load_pyproject(tree).get("build-system")
    if table is None:
        if not any((tree / name).is_file() for name in ("pyproject.toml", "setup.py", "setup.cfg")):
            raise BuildError(
                "not-a-project",
                f"{tree} is not a Python project",
                hint="a project's folder holds a pyproject.toml or a setup.py",
            )
        return BuildSystem(requires=_FALLBACK_REQUIRES, backend=_FALLBACK_BACKEND)
    given = table if isinstance(table, dict) else {}
    requires, backend, path = given.get("requires"), given.get("build-backend"), given.get("backend-path", [])
    if not is_texts(requires) or not is_texts(path) or not isinstance(backend, str | None):
        raise BuildError(
            "pyproject-invalid",
            f"{tree / 'pyproject.toml'}: [build-system] must hold requires, a list of requirements (PEP 518)",
            context=("build-system.requires",),
        )
    check_requirements(requires, tree)
    return BuildSystem(requires=tuple(requires), backend=backend or _FALLBACK_BACKEND, backend_path=tuple(path))


def is_texts(value: object) -> TypeGuard[list[str]]:
    """Whether a value of TOML or JSON is a list of texts."""
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def check_requirements(requirements: Sequence[str], tree: Path) -> None:
    """Raise BuildError (``pyproject-invalid``) for one that can't be read."""
    for each in requirements:
        try:
            read_requirement(each)
        except InvalidRequirement as error:
            raise BuildError(
                "pyproject-invalid",
                f"{tree.name} needs {each!r} for its build, which is not a valid requirement: {str(error).splitlines()[0]}",
            ) from None
