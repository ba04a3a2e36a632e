"""Core metadata where it is written down: in an sdist's PKG-INFO (PEP 643), in a static ``[project]`` table (PEP 621)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from bundler.build.build_system import is_texts
from bundler.errors import BuildError
from bundler.foreign import TooLargeError, read_file, read_requirement
from bundler.formats.core_metadata import CoreMetadata, MalformedMetadataError, parse_metadata, read_header
from bundler.formats.pyproject_file import load_pyproject, with_root

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_PEP_643 = (2, 2)


def static_metadata(tree: Path, *, sdist: bool) -> CoreMetadata | None:
    """What the tree says of itself without running anything; None when that can't be trusted to be what a wheel will say."""
    if sdist and (tree / "PKG-INFO").is_file():
        content = _content(tree / "PKG-INFO", tree.name)
        written = _read(content, tree.name, read_header)
        dynamic = {field.lower() for field in written.every("Dynamic")}
        promised = _version_of(written.first("Metadata-Version")) >= _PEP_643
        if promised and not dynamic & {"requires-dist", "requires-python", "provides-extra"}:
            return core_metadata(content, tree.name)
    return _project_table(load_pyproject(tree).get("project"), tree)


def core_metadata(content: bytes, where: str) -> CoreMetadata:
    """Read core metadata; raises BuildError (``metadata-invalid``) if it has no name or version or is too large."""
    return _read(content, where, parse_metadata)


def _content(file: Path, where: str) -> bytes:
    try:
        return read_file(file)
    except TooLargeError as error:
        raise _unusable(where, error) from None


def _read(content: bytes, where: str, reader: Callable[[bytes], CoreMetadata]) -> CoreMetadata:
    try:
        return reader(content)
    except (MalformedMetadataError, TooLargeError) as error:
        raise _unusable(where, error) from None


def _unusable(where: str, error: Exception) -> BuildError:
    return BuildError("metadata-invalid", f"the metadata of {where} can't be used: {error}")


def _project_table(table: object, tree: Path) -> CoreMetadata | None:
    """``[project]`` (PEP 621) as core metadata; None when there is none, or something that resolving needs is dynamic."""
    if not isinstance(table, dict):
        return None
    dynamic = table.get("dynamic", [])
    if not is_texts(dynamic) or {"version", "dependencies", "requires-python", "optional-dependencies"} & set(dynamic):
        return None
    name, version, requires_python = table.get("name"), table.get("version"), table.get("requires-python")
    dependencies, extras = table.get("dependencies", []), table.get("optional-dependencies", {})
    faults = []
    if not isinstance(name, str) or not isinstance(version, str):
        faults.append("project.name and project.version must be texts")
    if not isinstance(requires_python, str | None):
        faults.append("project.requires-python must be a text")
    if not is_texts(dependencies):
        faults.append("project.dependencies must be a list of requirements")
    if not isinstance(extras, dict) or not all(is_texts(each) for each in extras.values()):
        faults.append("project.optional-dependencies must hold lists of requirements")
    if faults:
        raise BuildError(
            "pyproject-invalid", f"{tree / 'pyproject.toml'} is not a valid project (PEP 621)", context=tuple(faults)
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
        return read_requirement(with_root(text, tree))
    except InvalidRequirement as error:
        message = f"{tree / 'pyproject.toml'}: {text!r} is not a valid requirement: {str(error).splitlines()[0]}"
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
