"""What a build tells of a bundle that is right as far as it goes: what wasn't proven, what its makers don't say that it can."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bundler.formats.wheel_reader import open_wheel

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from bundler.formats.core_metadata import CoreMetadata
    from bundler.model.artifact import WheelFile
    from bundler.model.platforms.target_platform import Platform
    from bundler.model.recipe import Recipe
    from bundler.pack.layout import Layout
    from bundler.report import Reporter

_SYSTEM = "Operating System :: "
_ANY_SYSTEM = "Operating System :: OS Independent"
_ANY = "-any.whl"
_IMPORT = re.compile(rb"^[ \t]*(?:from[ \t]+(\w+)[ \t]+import\b|import[ \t]+([\w \t,]+))", re.MULTILINE)
_LARGEST = 2_000_000
"""Bytes of a module that is looked into."""


def tell_of(layout: Layout, wheels: Sequence[WheelFile], platform: Platform, reporter: Reporter) -> None:
    """``wheels``: of the packages."""
    manifest, metadata, checks = layout.manifest, layout.metadata, layout.manifest.checks
    if not (checks.imports or checks.commands or manifest.services):
        reporter.note(
            "the recipe has neither [checks] nor a [[service]]: bootstrap.bat will prove that the packages are installed and fit together, "
            "and not that anything of them works"
        )
    files: dict[str, WheelFile] = {each.package: each for each in wheels if each.filename.endswith(_ANY)}
    for name, systems in _for_others({each: metadata[each] for each in sorted(files)}, platform):
        if used := _imported(files[name], platform.lacking_modules):
            reporter.note(
                f"{name} says of itself that it is for {systems} only, and imports {', '.join(used)}, which Python hasn't on {platform.name}: "
                "it, or a part of it, doesn't work there"
            )


def _imported(wheel: WheelFile, modules: Collection[str]) -> list[str]:
    """Those of ``modules`` that the wheel's own import, sorted; its tests don't count."""
    found: set[str] = set()
    with open_wheel(wheel.file.path, wheel.filename) as opened:
        for each in opened.members:
            tests = {"test", "tests", "testing"}.intersection(each.filename.split("/"))
            if each.filename.endswith(".py") and each.file_size <= _LARGEST and not tests:
                for module, several in _IMPORT.findall(opened.archive.read(each)):
                    found.update(
                        part.split()[0]
                        for part in (module or several).decode("ascii", "replace").split(",")
                        if part.strip()
                    )
    return sorted(found.intersection(modules))


def tell_directories(recipe: Recipe, reporter: Reporter) -> None:
    """Services whose working directory was the data folder before: what they write under relative names has no place any more."""
    left_out = [each.name for each in recipe.service if each.directory is None]
    if left_out and recipe.environment.data is not None:
        reporter.warn(
            "service-directory",
            f"{', '.join(left_out)}: no directory is given, so it runs in {{release}}, where it can't write; earlier versions took {{data}}",
        )


def _for_others(metadata: Mapping[str, CoreMetadata], platform: Platform) -> Iterator[tuple[str, str]]:
    """The packages whose classifiers name systems, and none that the platform is."""
    for name, each_metadata in metadata.items():
        systems = [each.strip() for each in each_metadata.every("Classifier") if each.startswith(_SYSTEM)]
        if systems and not any(each == _ANY_SYSTEM or each.startswith(platform.classifier) for each in systems):
            yield name, ", ".join(sorted({each.removeprefix(_SYSTEM) for each in systems}))
