"""Every module of the build side has a test of its own, or a line here that says which test covers it.

A test of its own: ``tests/unit/`` mirrors ``bundler/`` (``pack/names.py`` -> ``pack/test_names.py``), or a unit test imports the module.
"""

from __future__ import annotations

import ast
import functools
from pathlib import Path
from typing import TYPE_CHECKING

import bundler

if TYPE_CHECKING:
    from collections.abc import Iterable

PRODUCT = Path(bundler.__file__).parent
TESTS = Path(__file__).resolve().parent.parent
TARGET = "target"
"""Runs on other machines, in other Pythons; tests/target and tests/e2e are for it."""

COVERED_BY = {
    "resolve.accepted_files": "unit/resolve/test_file_gate.py",
    "cli.commands.reproduce_command": "integration/test_cli_reproduce.py",
    "pipeline.reproduce_bundle": "integration/test_cli_reproduce.py",
    "pipeline.reproduced_programs": "integration/test_cli_authenticode.py",
    "pipeline.reproduced_wheels": "integration/test_cli_reproduce.py",
    "pipeline.reproduced_runtimes": "integration/test_cli_reproduce.py",
    "present.review_provenance_html": "unit/present/test_review_html.py",
    "trust.made_signature": "unit/trust/test_cosign.py",
    "cli.commands.trust_command": "integration/test_cli_signatures.py",
    "cli.commands.app_control_command": "integration/test_cli_app_control.py",
    "cli.commands.audit_command": "integration/test_cli_papers.py",
    "pipeline.audit_bundle": "integration/test_cli_audit.py",
    "cli.reviewing": "integration/test_cli_review.py",
    "present.build_text": "integration/test_cli_build.py",
    "present.bundle_words": "unit/present/test_inspection_table.py",
    "present.conversion_table": "integration/test_legacy_recipe.py",
    "present.doctor_table": "integration/test_cli_doctor_init.py",
    "present.explanation_text": "integration/test_cli_output.py",
    "present.inspection_shapes": "unit/present/test_json_outputs.py",
    "present.lock_table": "integration/test_cli_locking.py",
    "present.target_json": "unit/present/test_json_outputs.py",
    "present.review_verdicts_html": "unit/present/test_review_html.py",
    "cli.commands.why_command": "integration/test_cli_papers.py",
    "pack.windows_readme": "integration/test_same_bytes.py",
    "pack.draft": "unit/trust/test_bill.py",
    "pipeline.bundle_papers": "integration/test_cli_papers.py",
    "pipeline.build_bundle": "integration/test_cli_build.py",
    "pipeline.build_provenance": "integration/test_cli_provenance.py",
    "trust.cyclonedx_component": "unit/trust/test_cyclonedx_document.py",
    "trust.cyclonedx_vex": "unit/trust/test_vex.py",
    "trust.openvex": "unit/trust/test_vex.py",
    "trust.osv_snapshot": "unit/trust/test_audit.py",
    "trust.vex_values": "unit/trust/test_vex.py",
    "cli.commands.diff_command": "integration/test_cli_build.py",
    "cli.commands.explain_command": "integration/test_cli_output.py",
    "__main__": "integration/test_cli_output.py",
    "pipeline.conda_files": "unit/pipeline/test_recipe_origins.py",
    "resolve.direct_addresses": "unit/resolve/test_users_errors.py",
    "fetch.git": "integration/test_cli_repositories.py",
    "fetch.git_program": "attack/test_hostile_repositories.py",
    "fetch.git_tree": "integration/test_cli_repositories.py",
    "pipeline.vcs_sources": "integration/test_cli_repositories.py",
    "runtime.kinds.none_runtime": "integration/test_cli_present_runtime.py",
    "build.compilers.advice": "unit/doctor/test_compiling.py",
    "build.compilers.build_pythons": "unit/doctor/test_compiling.py",
    "build.compilers.host_machine": "e2e/test_windows_host_setup.py",
    "build.compilers.machine": "unit/build_host/test_windows_host.py",
    "build.compilers.msvc": "unit/build_host/test_windows_host.py",
    "build.compilers.this_machine": "e2e/test_windows_host_setup.py",
    "build.compilers.vswhere": "unit/build_host/test_windows_host.py",
    "build.old_hooks": "integration/test_cli_python27.py",
    "build.retag": "integration/test_cli_python27.py",
    "cli.commands.completion_command": "integration/test_cli_output.py",
    "cli.commands.convert_command": "integration/test_legacy_recipe.py",
    "cli.commands.doctor_command": "integration/test_cli_doctor_init.py",
    "cli.commands.init_command": "integration/test_cli_doctor_init.py",
    "cli.commands.inspect_command": "integration/test_cli_build.py",
    "cli.commands.lock_command": "integration/test_cli_locking.py",
    "cli.commands.rehearse_command": "integration/test_cli_rehearse.py",
    "rehearse.users": "e2e/test_rehearsal_engines.py",
    "rehearse.windows.guest.guest_connections": "e2e/test_rehearsal_engines.py",
    "rehearse.windows.guest.orders": "unit/rehearse/windows/test_windows_machine.py",
    "rehearse.windows.guest.pages": "unit/rehearse/windows/test_windows_machine.py",
    "rehearse.windows.guest.registry_keys": "e2e/test_rehearsal_engines.py",
    "cli.commands.schema_command": "integration/test_cli_doctor_init.py",
    "cli.commands.verify_command": "integration/test_cli_build.py",
    "trust.allowed_signers": "unit/trust/test_signatures.py",
    "cli.running": "integration/test_cli_output.py",
    "cli.shared_options": "integration/test_cli_access.py",
    "doctor.compiled_packages": "integration/test_cli_doctor_init.py",
    "doctor.examination": "integration/test_cli_doctor_init.py",
    "doctor.finding": "integration/test_cli_doctor_init.py",
    "doctor.local_files": "integration/test_cli_doctor_init.py",
    "build.hook_answers": "attack/test_hostile_builds.py",
    "isolation.kernel_files": "attack/test_files_of_the_kernel.py",
    "fetch.download": "integration/test_fetch_downloads.py",
    "fetch.localfile": "unit/fetch/test_local_files.py",
    "fetch.partfile": "integration/test_fetch_downloads.py",
    "fetch.paced": "attack/test_hostile_servers.py",
    "fetch.waiting": "attack/test_hostile_servers.py",
    "formats.archives.links": "unit/formats/test_archives.py",
    "formats.archives.seven_zip": "unit/formats/test_archives.py",
    "formats.archives.streams": "unit/formats/test_archives.py",
    "formats.malformed": "unit/formats/msi/test_files.py",
    "formats.pyproject_file": "unit/resolve/test_project_sources.py",
    "formats.wheel_limits": "attack/test_wheel_limits.py",
    "legacy.contents": "unit/legacy/test_wininst.py",
    "legacy.contents_by_place": "unit/legacy/test_bdist_msi.py",
    "legacy.converting": "unit/legacy/test_wininst.py",
    "legacy.dist_info": "unit/legacy/test_wininst.py",
    "legacy.evidence": "unit/legacy/test_tags.py",
    "legacy.text_encoding": "unit/legacy/test_tags.py",
    "model.recipe_document": "unit/model/test_recipe.py",
    "model.json_schema": "unit/model/test_recipe_schema.py",
    "model.lock_faults": "unit/model/test_lock.py",
    "model.lock_form": "unit/model/test_lock.py",
    "model.platforms.windows_paths": "unit/model/test_platforms.py",
    "model.prerequisite_faults": "unit/model/test_prerequisites.py",
    "present.rehearsal_words": "unit/present/test_rehearsal_table.py",
    "model.rehearsal_faults": "unit/model/test_rehearsal.py",
    "model.site_faults": "unit/model/test_site_values.py",
    "pack.command_programs": "unit/pack/test_layout.py",
    "pack.forms.bundle_form": "unit/pack/test_writing.py",
    "pack.forms.seven_zip_form": "unit/pack/test_verify.py",
    "pack.templates": "unit/pack/test_layout.py",
    "model.recipe_texts": "unit/model/test_recipe.py",
    "pipeline.fresh_addresses": "integration/test_cli_signed_addresses.py",
    "pipeline.build_terms": "integration/test_cli_build_terms.py",
    "pipeline.kept_logs": "attack/test_logs_of_strangers.py",
    "pipeline.why_files": "integration/test_cli_failed_sources.py",
    "pipeline.fetched_files": "integration/test_cli_from_source.py",
    "pipeline.build_requirements": "integration/test_builds.py",
    "pipeline.locked_metadata": "integration/test_cli_from_source.py",
    "pipeline.dll_audit": "integration/test_cli_dlls.py",
    "pipeline.inputs": "integration/test_cli_build.py",
    "pipeline.inputs_digest": "integration/test_cli_locking.py",
    "pipeline.requirement_sources": "integration/test_cli_locking.py",
    "pipeline.source_choice": "integration/test_cli_from_source.py",
    "pipeline.pinning": "integration/test_cli_locking.py",
    "pipeline.redistributable_versions": "integration/test_cli_redistributable.py",
    "pipeline.prerequisites": "integration/test_cli_prerequisites.py",
    "pipeline.unchanged_lock": "integration/test_cli_unchanged_lock.py",
    "rehearse.application_steps": "unit/rehearse/test_scenario.py",
    "rehearse.removal_steps": "unit/rehearse/test_scenario.py",
    "rehearse.repair_steps": "unit/rehearse/test_scenario.py",
    "rehearse.second_machine_steps": "unit/rehearse/test_scenario.py",
    "rehearse.service_steps": "unit/rehearse/test_scenario.py",
    "rehearse.wine.agent": "e2e/test_bed.py",
    "rehearse.wine.bed": "e2e/test_bed.py",
    "rehearse.wine.namespace": "e2e/test_bed.py",
    "rehearse.wine.session_mounts": "e2e/test_bed.py",
    "resolve.addresses": "attack/test_strangers_addresses.py",
    "resolve.context": "unit/resolve/test_resolving.py",
    "resolve.counting_needs": "unit/resolve/test_resolving.py",
    "resolve.direct": "unit/resolve/test_resolving.py",
    "resolve.lock_selection": "unit/resolve/test_pylock_file.py",
    "resolve.lookup": "unit/resolve/test_file_checks.py",
    "resolve.outcome": "unit/resolve/test_resolving.py",
    "resolve.prefetch": "unit/resolve/test_resolving.py",
    "resolve.page_bounds": "attack/test_hostile_pages.py",
    "resolve.project_versions": "unit/resolve/test_resolving.py",
    "resolve.rejection": "unit/resolve/test_resolving.py",
    "resolve.releases": "unit/resolve/test_resolving.py",
    "resolve.request": "unit/resolve/test_resolving.py",
    "resolve.routes": "unit/resolve/test_resolving.py",
    "resolve.solver_bounds": "attack/test_endless_packages.py",
    "resolve.supplies": "unit/resolve/test_project_sources.py",
    "resolve.tool_indexes": "unit/resolve/test_project_sources.py",
    "resolve.tool_tables": "unit/resolve/test_project_sources.py",
    "resolve.verdicts": "unit/resolve/test_file_checks.py",
    "runtime.dlls.provided": "unit/runtime/dlls/test_needed.py",
}
"""Module -> the test that covers it, of those that have none of their own."""


@functools.cache
def modules() -> frozenset[str]:
    """The build side's modules with code in them; without the word ``bundler``."""
    return frozenset(
        _name(path)
        for path in PRODUCT.rglob("*.py")
        if path.relative_to(PRODUCT).parts[0] != TARGET and _has_code(path)
    )


@functools.cache
def with_own_test() -> frozenset[str]:
    tests = sorted((TESTS / "unit").rglob("test_*.py"))
    mirrored = {
        ".".join((*path.relative_to(TESTS / "unit").parts[:-1], path.stem.removeprefix("test_"))) for path in tests
    }
    imported = {name for path in tests for name in _imports(path)}
    return modules() & (mirrored | imported)


def test_every_module_has_a_test() -> None:
    assert sorted(modules() - with_own_test() - COVERED_BY.keys()) == []


def test_every_line_is_needed() -> None:
    assert sorted(COVERED_BY.keys() - modules()) == [], "no such module"
    assert sorted(COVERED_BY.keys() & with_own_test()) == [], "has a test of its own now"


def test_every_covering_test_is_there() -> None:
    assert sorted({each for each in COVERED_BY.values() if not _tests_in(TESTS / each)}) == []


def _name(path: Path) -> str:
    parts = path.relative_to(PRODUCT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def _has_code(path: Path) -> bool:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return any(isinstance(node, ast.FunctionDef | ast.ClassDef) for node in ast.walk(tree))


def _imports(path: Path) -> set[str]:
    """Modules and names of ``bundler`` that a file imports when it runs: those for types alone test nothing."""
    found = set()
    for node in _running(ast.parse(path.read_text(encoding="utf-8")).body):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return {name.removeprefix("bundler.") for name in found if name.startswith("bundler.")}


def _running(nodes: Iterable[ast.AST]) -> Iterable[ast.AST]:
    for node in nodes:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        yield node
        yield from _running(ast.iter_child_nodes(node))


def _tests_in(path: Path) -> bool:
    return path.is_file() and any(
        isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
    )
