"""Core metadata where it is written down: in an sdist's PKG-INFO (PEP 643), in a static ``[project]`` table (PEP 621)."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, TypeGuard

from packaging.metadata import parse_email
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from bundler.build.backend import load_pyproject
from bundler.errors import BuildError
from bundler.model.requirement import read_requirement

if TYPE_CHECKING:
    from pathlib import Path

_PEP_643 = (2, 2)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class CoreMetadata:
    """The fields of METADATA or PKG-INFO that resolving needs, as they are written."""

    name: str
    version: str
    requires_dist: tuple[str, ...] = ()
    requires_python: str | None = None
    provides_extra: tuple[str, ...] = ()


def static_metadata(tree: Path, *, sdist: bool) -> CoreMetadata | None:
    """What the tree says of itself without running anything; None when that can't be trusted to be what a wheel will say."""
    if sdist and (tree / "PKG-INFO").is_file():
        raw, _ = parse_email((tree / "PKG-INFO").read_bytes())
        dynamic = {field.lower() for field in raw.get("dynamic", [])}
        promised = _version_of(raw.get("metadata_version", "")) >= _PEP_643
        if promised and not dynamic & {"requires-dist", "requires-python", "provides-extra"}:
            return core_metadata((tree / "PKG-INFO").read_bytes(), tree.name)
    return _project_table(load_pyproject(tree).get("project"), tree)


def core_metadata(content: bytes, where: str) -> CoreMetadata:
    """Read core metadata; raises BuildError (``metadata-invalid``) if it has no name or version."""
    raw, _ = parse_email(content)
    if not raw.get("name") or not raw.get("version"):
        raise BuildError("metadata-invalid", f"the metadata of {where} has no name or no version")
    return CoreMetadata(
        name=raw["name"],
        version=raw["version"],
        requires_dist=tuple(raw.get("requires_dist", ())),
        requires_python=raw.get("requires_python"),
        provides_extra=tuple(raw.get("provides_extra", ())),
    )


def _project_table(table: object, tree: Path) -> CoreMetadata | None:
    """``[project]`` (PEP 621) as core metadata; None when there is none, or something that resolving needs is dynamic."""
    if not isinstance(table, dict):
        return None
    dynamic = table.get("dynamic", [])
    if not _is_texts(dynamic) or {"version", "dependencies", "requires-python", "optional-dependencies"} & set(dynamic):
        return None
    name, version, requires_python = table.get("name"), table.get("version"), table.get("requires-python")
    dependencies, extras = table.get("dependencies", []), table.get("optional-dependencies", {})
    faults = []
    if not isinstance(name, str) or not isinstance(version, str):
        faults.append("project.name and project.version must be texts")
    if not isinstance(requires_python, str | None):
        faults.append("project.requires-python must be a text")
    if not _is_texts(dependencies):
        faults.append("project.dependencies must be a list of requirements")
    if not isinstance(extras, dict) or not all(_is_texts(each) for each in extras.values()):
        faults.append("project.optional-dependencies must hold lists of requirements")
    if faults:
        raise BuildError(
            "pyproject-invalid", f"{tree / 'pyproject.toml'} is no valid project (PEP 621)", context=tuple(faults)
        )
    return CoreMetadata(
        name=str(name),
        version=str(version),
        requires_dist=(
            *(str(_requirement(each, tree)) for each in dependencies),
            *(_with_extra(_requirement(each, tree), extra) for extra, wanted in extras.items() for each in wanted),
        ),
        requires_python=requires_python,
        provides_extra=tuple(canonicalize_name(extra) for extra in extras),
    )


def _requirement(text: str, tree: Path) -> Requirement:
    try:
        return read_requirement(text)
    except InvalidRequirement as error:
        message = f"{tree / 'pyproject.toml'}: {text!r} is no requirement: {str(error).splitlines()[0]}"
        raise BuildError("pyproject-invalid", message) from None


def _with_extra(requirement: Requirement, extra: str) -> str:
    condition = f'extra == "{canonicalize_name(extra)}"'
    if requirement.marker is not None:
        condition = f"({requirement.marker}) and {condition}"
    requirement.marker = None
    return f"{requirement} ; {condition}"


def _version_of(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split("."))
    except ValueError:
        return ()


def _is_texts(value: Any) -> TypeGuard[list[str]]:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)
