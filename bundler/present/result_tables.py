"""Results for people: tables and lines on stdout. ``bundler.present.json_filling`` has the same for machines."""

from __future__ import annotations

import itertools
import shutil
import sys
import textwrap
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from bundler.model.moments import moment_text
from bundler.model.platforms import platform_of
from bundler.pack.machine_changes import signed_words
from bundler.present.console import show, show_table
from bundler.report import count_text, size_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from bundler.doctor import Finding
    from bundler.legacy import Converted
    from bundler.model.dll import DllInfo
    from bundler.model.lock import LockedRuntime
    from bundler.model.manifest import BundleInfo, SiteInfo, TargetInfo
    from bundler.model.prerequisite import DetectInfo
    from bundler.model.service import ServiceInfo
    from bundler.model.target import Target
    from bundler.pack.inspection import Inspection, PackageLine, RuntimeLine
    from bundler.pack.verify import VerifyReport
    from bundler.pipeline.lock_recipe import Locked
    from bundler.pipeline.locked_bundle import Built
    from bundler.pipeline.verified_publishers import VerifiedPublisher
    from bundler.present.explanations import Explanation
    from bundler.resolve import Accepted, Rejected
    from bundler.trust.build_statement import BuildStatement
    from bundler.trust.signature_check import Verdict
    from bundler.trust.statement_file import CheckedStatement


def locks(outcomes: Sequence[Locked]) -> None:
    """What ``bundle lock`` did."""
    for each in outcomes:
        rows = [
            (
                package.name,
                package.version,
                package.kind,
                size_text(package.file.size) if package.file and package.file.size else "",
            )
            for package in sorted(each.lock.packages, key=lambda package: package.name)
        ]
        show_table(f"{each.lock.target}", ("package", "version", "from", "size"), rows, right=(3,))
        show(_runtime_text("runtime", each.lock.runtime))
        if each.lock.boot:
            show(_runtime_text("boot Python", each.lock.boot))
        if each.lock.uploaded_before:
            show(f"files of indexes: uploaded before {moment_text(each.lock.uploaded_before)}")
        words = {"new": "wrote", "changed": "updated", "unchanged": "nothing changed in"}
        show(f"{words[each.state]} {each.path}")


def _runtime_text(label: str, runtime: LockedRuntime) -> str:
    if runtime.file is None:
        return f"{label}: {runtime.kind}, {_PRESENT}"
    return f"{label}: {runtime.kind}, {runtime.source}, {signed_words(runtime.signer)}"


_PRESENT = "a Python that the target has already"


def files(found: Mapping[Target, Sequence[Accepted | Rejected]], built_because: str) -> None:
    """Every file of a package and why it is or isn't taken; ``built_because``: why it comes from source although there may be a wheel."""
    from bundler.resolve import Rejected

    for target, every in found.items():
        rows = [
            (each.filename, "no", "\n".join((each.reason, *each.details, *each.advice.splitlines())))
            if isinstance(each, Rejected)
            else (each.filename, "yes", _rank_text(each, built_because))
            for each in every
        ]
        show_table(f"{target}", ("file", "fits", "why"), rows)


def _rank_text(file: Accepted, built_because: str) -> str:
    if file.origin:
        return f"it comes from no index: {file.origin}"
    if file.rank is None:
        if built_because:
            return f"an sdist: built here, as {built_because}"
        return (
            "an sdist that must be compiled: taken where nothing else will do"
            if file.last_resort
            else "an sdist: built here, if no wheel fits"
        )
    return f"a wheel (tag {file.rank + 1} of the target's)" + (", if its version has no sdist" if built_because else "")


def bundles(built: Sequence[Built], signatures: Sequence[Path] = ()) -> None:
    """What ``bundle build`` wrote: path, size, sha256."""
    for each, signature in itertools.zip_longest(built, signatures):
        manifest = each.layout.manifest
        show(f"{each.written.path}")
        show(f"  {size_text(each.written.size)}, sha256 {each.written.sha256}")
        if signature is not None:
            show(f"  signed: {signature}")
        if each.written.statement is not None:
            show(f"  how it was built: {each.written.statement}")
        show(
            f"  {manifest.bundle.name} {manifest.bundle.version} for {each.target}: {count_text(len(manifest.packages), 'package')}"
            f", runtime {manifest.runtime.kind}, {signed_words(manifest.runtime.signer) if manifest.runtime.sha256 else _PRESENT}"
        )
        show(f"  on the target: unpack it all, run bootstrap.bat; it installs to {manifest.environment.path}")


def freshness_text(info: BundleInfo) -> str:
    """Empty: it says nothing of that."""
    sequence = f"sequence number {info.sequence}" if info.sequence is not None else ""
    last = f"may be installed until {info.not_after}" if info.not_after is not None else ""
    return ", ".join(filter(None, (sequence, last)))


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
    _licences((*found.packages, *found.seeds))
    _publishers(found.packages)
    _packages("packages (* asked for by the recipe)", found.packages)
    _packages("for making the environment only", found.seeds)
    startup = [(each.name, file) for each in found.packages for file in each.startup]
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
    from bundler.present.rehearsal_table import show_terms  # late: no other result has such

    show_terms(found.rehearse)


def reviewed(page: Path | None, evidence: Path | None, papers: int) -> None:
    """Where a review was written."""
    if page is not None:
        show(f"review page: {page}")
    if evidence is not None:
        show(f"evidence: {evidence}, {count_text(papers, 'file')}")


def kind_text(site: SiteInfo) -> str:
    """What a site value must be."""
    words = [f"one of {', '.join(site.choices)}" if site.choices else "any text" if site.type == "text" else site.type]
    words += [f"pattern {site.pattern.text}"] if site.pattern is not None else []
    return ", ".join((*words, *(("secret",) if site.secret else ())))


def given_text(site: SiteInfo) -> str:
    """What it is if the site says nothing."""
    if site.default:
        return "not shown" if site.secret else site.default
    return "must be given" if site.required else "may be left empty"


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


def dll_cells(dll: DllInfo) -> tuple[str, str, str, str]:
    """The DLL, what it comes with, from where, and who wants it."""
    comes = dll.redistributable or _windows_having(dll.condition)
    if dll.brought_by:
        comes = f"only if {' or '.join(dll.brought_by)} is imported first"
    return dll.name, comes, dll.address, _users(dll)


def _windows_having(condition: str) -> str:
    return f"Windows Server {condition}" if condition else "unknown"


def _users(dll: DllInfo) -> str:
    more = f" and {len(dll.needed_by) - 1} more" if len(dll.needed_by) > 1 else ""
    return dll.needed_by[0] + more + (f" ({dll.optional})" if dll.optional else "")


def _runtime_rows(runtime: RuntimeLine) -> list[tuple[str, str]]:
    if not runtime.sha256:
        place = f"in {runtime.directory}" if runtime.directory else "registered on the target (PEP 514)"
        return [("runtime", f"{runtime.kind}: {_PRESENT}"), ("", place)]
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


def _publishers(lines: Sequence[PackageLine]) -> None:
    """Who published packages, as far as indexes say it."""
    rows = [(each.name, each.published_by) for each in lines if each.published_by]
    if rows:
        show_table("publishers, as the index said it", ("package", "published by"), rows)
        show("`bundle verify --attestations` verifies who published them")


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


MADE = {
    "sdist": "built here from sdist: ",
    "project": "built here from project: ",
    "legacy": "converted from a legacy installer: ",
}


def _short(origin: str) -> str:
    """An address without the folders in its middle, which say nothing to people."""
    parts = urlsplit(origin)
    if not parts.netloc:
        return origin
    return f"{parts.netloc}, {unquote(parts.path).rpartition('/')[2]}"


def converted(found: Converted) -> None:
    """What ``bundle convert`` made of an installer; its warnings are shown already."""
    show(f"{found.wheel}")
    rows = [
        ("is a", found.kind.value),
        ("package", f"{found.name} {found.version}"),
        ("tag", found.tag),
        *(("", each) for each in found.why),
        *((scheme, count_text(count, "file")) for scheme, count in found.files),
    ]
    if found.dropped:
        rows.append(("left out", f"{count_text(len(found.dropped), 'file')}: launchers, compiled files, loaders"))
    if found.post_install:
        rows.append(("post-install", f"{found.post_install}, in the wheel's scripts; not run"))
    show_table("", ("", ""), rows)


def verified(path: Path, report: VerifyReport, verdicts: Sequence[Verdict], statement: CheckedStatement | None) -> None:
    """That a bundle is right; a wrong one is an error and never comes here."""
    info = report.manifest.bundle
    show(
        f"{path}: every byte is right: {info.name} {info.version}, {count_text(report.members, 'file')}, {size_text(report.bytes)}"
    )
    if freshness := freshness_text(info):
        show(f"{info.name} {info.version}: {freshness}")
    for each in verdicts:
        if each.identities:
            show(f"  signed by {', '.join(each.identities)} ({each.key})")
        else:
            show(f"  {each.file.name}, not counted: {each.why}")
    if statement is not None:
        said = statement.said
        by = f"signed by {', '.join(statement.signers)}" if statement.signers else "which nobody was asked to vouch for"
        show(f"  {statement.file.name}, {by}: {_built_text(said)}")


def publishers(found: Sequence[VerifiedPublisher]) -> None:
    """Who published packages, by attestations that are valid; others are an error and never come here."""
    show(f"  attestations are valid of {count_text(len(found), 'package')}, and no other package has one")
    for each in found:
        show(f"    {each.name}: published by {each.by}")


def _built_text(said: BuildStatement) -> str:
    how = f"built by {said.builder or 'nobody who is named'}"
    facts = (f"with {said.built_with}", f"on {said.host}", f"at {said.finished}")
    known = (each for each, value in zip(facts, (said.built_with, said.host, said.finished), strict=True) if value)
    return " ".join((how, *known)) + f", of {count_text(said.inputs, 'input')}"


def signed(path: Path, signature: Path, statement: Path | None) -> None:
    """Where the signature of a bundle lies."""
    show(f"{signature}: signs {path}; send it along, and keep it beside the bundle")
    if statement is not None:
        show(f"{statement}: says how it was built, and is signed too; send it along, and keep it beside the bundle")


def findings(found: Sequence[Finding]) -> None:
    """What ``bundle doctor`` saw, and how to fix what is missing."""
    marks = {"good": "ok", "note": "note", "bad": "BAD"}
    show_table("", ("", "what", "found"), [(marks[each.verdict], each.what, each.detail) for each in found])
    for each in found:
        if each.fix:
            show(f"{each.what}: {each.fix}")


_WIDEST = 100


def explained(found: Explanation) -> None:
    """The page of one error or warning."""
    width = min(shutil.get_terminal_size().columns, _WIDEST) if sys.stdout.isatty() else _WIDEST
    show(f"{found.reference} ({found.kind}): {found.summary}")
    paragraphs = [("", found.meaning), ("usual causes: ", found.causes), ("what to do: ", found.fix)]
    for label, text in paragraphs:
        if text:
            show()
            for line in textwrap.wrap(label + text, width, break_long_words=False, break_on_hyphens=False):
                show(line)


def explanation_list(found: Sequence[Explanation]) -> None:
    """Every error and warning in a line."""
    longest = max(len(each.reference) for each in found)
    for each in found:
        show(f"{each.reference:{longest}}  {each.summary}" + " (warning)" * (each.kind == "warning"))
