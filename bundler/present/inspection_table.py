"""What ``bundle inspect`` found in a bundle, for people, and where its review was written."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

from bundler.foreign import parts_of
from bundler.model.platforms import platform_of
from bundler.pack.machine_changes import signed_words
from bundler.present.bundle_words import MADE, PRESENT_PYTHON, dll_cells, freshness_text, given_text, kind_text
from bundler.present.console import show, show_table
from bundler.present.rehearsal_table import show_terms
from bundler.report import count_text, size_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bundler.model.dll import DllInfo
    from bundler.model.manifest import BundleInfo, TargetInfo
    from bundler.model.prerequisite import DetectInfo
    from bundler.model.service import ServiceInfo
    from bundler.pack.inspection import Inspection, PackageLine, RuntimeLine


def inspection(found: Inspection) -> None:
    """What is inside a bundle."""
    target, runtime = found.target, found.runtime
    rights = "needs admin rights" if found.admin else "needs no admin rights"
    show_table(
        f"{found.bundle.name} {found.bundle.version}",
        ("", ""),
        [
            ("release", found.bundle.release),
            *((("freshness", freshness_text(found.bundle)),) if freshness_text(found.bundle) else ()),
            ("target", f"CPython {target.python} on {target.platform}" + _lowest_system(target)),
            ("among the installed programs", _listed_text(found.bundle)),
            ("installs to", f"{found.environment} ({rights}, made with {found.maker})"),
            ("data", found.data or "none"),
            *_runtime_rows(runtime),
            ("boot Python", found.boot_python),
            ("created", found.created),
            (
                "content",
                f"{count_text(found.totals.files, 'file')}, {size_text(found.totals.size)}; installed {size_text(found.totals.installed)}",
            ),
        ],
    )
    _licences(found.all_packages)
    _publishers(found.all_packages)
    _packages("packages (* asked for by the recipe)", found.packages)
    _packages("for making the environment only", found.seeds)
    startup = [(each.name, file) for each in (*found.packages, *found.seeds) for file in each.startup]
    if startup:
        show_table("code at Python's start", ("package", "file"), startup)
    if found.site:
        values = [(each.name, kind_text(each), given_text(each), each.help) for each in found.site]
        show_table("site values", ("name", "must be", "default", "help"), values)
    if found.files:
        show_table("extra files", ("file", "goes to"), [(each.file, each.destination) for each in found.files])
    _prerequisites(found)
    _services(found)
    _dlls(found.dlls)
    if found.shared:
        rows = [(path, each.winner, each.loser) for each in found.shared for path in each.paths]
        show_table("files of two packages", ("file", "installed is that of", "and not that of"), rows)
    checks = [("import", each) for each in found.checks.imports] + [
        ("run", " ".join(each)) for each in found.checks.commands
    ]
    if checks:
        show_table("checks before the release is used", ("check", "of"), checks)
    show_terms(found.rehearse)


def reviewed(page: Path | None, evidence: Path | None, papers: int) -> None:
    """Where a review was written."""
    if page is not None:
        show(f"review page: {page}")
    if evidence is not None:
        show(f"evidence: {evidence}, {count_text(papers, 'file')}")


def _listed_text(bundle: BundleInfo) -> str:
    name = f"{bundle.display_name or bundle.name}, by {bundle.publisher or bundle.name}"
    return name + (f", with {bundle.icon}" if bundle.icon else "")


def _prerequisites(found: Inspection) -> None:
    if found.prerequisites:
        rows = [
            (each.name, each.file, " ".join(each.arguments), signed_words(each.signer), _detect_text(each.detect))
            for each in found.prerequisites
        ]
        show_table("prerequisites", ("name", "file", "arguments", "", "unless there is"), rows)
    if found.post_install:
        commands = [(" ".join(each.command), " ".join(each.undo) or "nothing") for each in found.post_install]
        show_table("commands once the release is in use", ("runs", "taken back by"), commands)


def _detect_text(detect: DetectInfo) -> str:
    where = detect.file or " ".join(filter(None, [detect.registry, detect.value]))
    return f"{where}, {detect.at_least} or later" if detect.at_least else where


def _services(found: Inspection) -> None:
    if found.services:
        rows = [
            (each.name, each.account, each.start, " ".join(each.command), _health_text(each)) for each in found.services
        ]
        show_table("services", ("name", "account", "start", "runs", "must answer"), rows)
    if found.permissions:
        rights = [(each.rights, each.path, each.account) for each in found.permissions]
        show_table("rights besides those of the services", ("right", "path", "account"), rights)


def _health_text(service: ServiceInfo) -> str:
    health = service.health
    if health is None:
        return ""
    asked = health.http or health.tcp
    return f"{asked}, within {health.timeout} s" if asked else f"runs for {health.settle} s"


def _dlls(found: Sequence[DllInfo]) -> None:
    """What the server must have besides the bundle: nobody can say whether the application does without."""
    rows = [dll_cells(each) for each in found]
    if rows:
        show_table("DLLs that are not found in the bundle", ("DLL", "comes with", "from", "wanted by"), rows)


def _runtime_rows(runtime: RuntimeLine) -> list[tuple[str, str]]:
    if not runtime.sha256:
        place = f"in {runtime.directory}" if runtime.directory else "registered on the target (PEP 514)"
        return [("runtime", f"{runtime.kind}: {PRESENT_PYTHON}"), ("", place)]
    return [
        ("runtime", f"{runtime.kind} from {runtime.source}"),
        ("", signed_words(runtime.signer)),
        ("", f"sha256 {runtime.sha256}"),
        ("", f"put into {runtime.directory}" if runtime.directory else "lives inside the release"),
    ]


def _lowest_system(target: TargetInfo) -> str:
    """Which version of its system that Python needs, by the name that people know."""
    system = platform_of(target.platform)
    return f", {system.version_name(target.windows)} or later" if system else ""


def _packages(title: str, lines: Sequence[PackageLine]) -> None:
    rows = [
        (
            f"{each.name}{' *' if each.requested else ''}",
            each.version,
            each.license or "not stated",
            size_text(each.packed),
            MADE.get(each.made_from or "", "") + _short(each.origin),
        )
        for each in lines
    ]
    show_table(title, ("package", "version", "licence", "size", "origin"), rows, right=(3,))


def _licences(lines: Sequence[PackageLine]) -> None:
    """Which packages say nothing of a licence, and which bring no text of one."""
    rows = [
        (
            "texts",
            f"in licenses/, of {sum(bool(each.license_files) for each in lines)} of {count_text(len(lines), 'package')}",
        )
    ]
    for label, names in (
        ("not stated by", [each.name for each in lines if not each.license]),
        ("no text in", [each.name for each in lines if not each.license_files]),
    ):
        if names:
            rows.append((label, ", ".join(names)))
    show_table("licences", ("", ""), rows)


def _publishers(lines: Sequence[PackageLine]) -> None:
    """Who published packages, as far as indexes say it."""
    rows = [(each.name, each.published_by) for each in lines if each.published_by]
    if rows:
        show_table("publishers, as the index said it", ("package", "published by"), rows)
        show("`bundle verify --attestations` verifies who published them")


def _short(origin: str) -> str:
    """An address without the folders in its middle, which say nothing to people."""
    parts = parts_of(origin)  # the manifest says it, of which nothing is verified here
    if parts is None or not parts.netloc:
        return origin
    return f"{parts.netloc}, {unquote(parts.path).rpartition('/')[2]}"
