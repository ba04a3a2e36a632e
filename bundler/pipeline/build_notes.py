"""What a build tells of a bundle that is right as far as it goes: what wasn't proven, what its makers don't say that it can."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bundler.formats.core_metadata import CoreMetadata
    from bundler.model.manifest import Manifest
    from bundler.model.platforms.target_platform import Platform
    from bundler.model.recipe import Recipe
    from bundler.report import Reporter

_SYSTEM = "Operating System :: "
_ANY_SYSTEM = "Operating System :: OS Independent"
_ANY = "-any.whl"


def tell_of(manifest: Manifest, metadata: Mapping[str, CoreMetadata], platform: Platform, reporter: Reporter) -> None:
    """``metadata``: what each package's wheel says of itself, by normalized name."""
    checks = manifest.checks
    if not (checks.imports or checks.commands or manifest.services):
        reporter.note(
            "the recipe has neither [checks] nor a [[service]]: bootstrap.bat will prove that the packages are installed and fit together, "
            "and not that anything of them works"
        )
    pure = {canonicalize_name(each.name) for each in manifest.packages if each.file.endswith(_ANY)}
    for name, systems in _for_others({each: metadata[each] for each in sorted(pure)}, platform):
        reporter.note(
            f"{name} says of itself that it is for {systems} only, and is taken in a wheel for any system: "
            f"what it does by itself may not work on {platform.name}"
        )


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
