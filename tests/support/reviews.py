"""Reviews of bundles that have something of everything, with as many packages as wanted; and of ones whose every text is hostile."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bundler.model.dll import DllInfo
from bundler.model.prerequisite import DetectInfo, PostInstallInfo, PrerequisiteInfo
from bundler.model.service import HealthInfo, PermissionInfo, ServiceInfo
from bundler.pack.comparison import Compared, Comparison, Difference, FieldChange
from bundler.pack.inspection import bundle_contents
from bundler.pack.machine_changes import machine_changes
from bundler.pipeline.review import Provenance, Review, Signatures
from bundler.trust.build_statement import BuildStatement
from bundler.trust.findings import Audit, Finding
from bundler.trust.osv_snapshot import Unread
from bundler.trust.signature_check import Verdict
from bundler.trust.statement_file import CheckedStatement
from tests.support.bundles import make_inputs
from tests.support.rehearsals import FAILED, HOSTILE

if TYPE_CHECKING:
    from collections.abc import Callable

    from bundler.model.manifest import Manifest, WheelInfo

SERVICE = ServiceInfo(
    name="web",
    command=("serve", "--port", "{site.port}"),
    directory="{release}",
    account="NT SERVICE\\web",
    password=None,
    start="automatic",
    display_name="Web",
    description="Serves pages.",
    environment={"MODE": "production"},
    dependencies=("Tcpip",),
    stop_timeout=30,
    restart=(10, 60),
    reset=86_400,
    log_directory="{data}\\logs\\web",
    log_size=1_000_000,
    log_count=3,
    health=HealthInfo(http="http://127.0.0.1:{site.port}/", tcp=None, timeout=30),
)
STATEMENT = CheckedStatement(
    file=Path("example.zip.intoto.jsonl"),
    said=BuildStatement(
        builder="https://ci.example.com/builders/1",
        built_with="offline-bundler 1.0",
        host="Linux-6.1-x86_64",
        finished="2026-01-02T03:04:05Z",
        inputs=12,
        tools=(("offline-bundler", "1.0"), ("pip", "26.0")),
    ),
    signatures=1,
    verdicts=(Verdict(file=Path("example.zip.intoto.jsonl"), identities=("build@example.com",), key="SHA256:abc"),),
)
_LICENCES = ("MIT", "BSD-3-Clause", "Apache-2.0", "", "PSF-2.0 AND (MIT OR Zlib)")


def make_review(folder: Path, packages: int = 3, **changes: Any) -> Review:
    """Something of everything: signatures, advisories, differences, a rehearsal that failed."""
    manifest = full_manifest(make_inputs(folder).lay_out().manifest, packages)
    compared = Compared(
        path=Path("old.zip"),
        kind="bundle",
        name="example",
        version="4.14.1",
        target="3.11.9-win_amd64",
        size=20_000_000,
    )
    differences = (
        Difference(
            section="packages",
            name="beta",
            change="added",
            fields=(FieldChange(field="version", before=None, after="1"),),
        ),
        Difference(
            section="services",
            name="web",
            change="changed",
            fields=(FieldChange(field="account", before="a", after="b"),),
        ),
    )
    review = Review(
        path=Path("example-4.14.2-3.11.9-win_amd64.zip"),
        sha256="ab" * 32,
        files=len(manifest.members) + 2,
        size=sum(each.size for each in manifest.members),
        contents=bundle_contents(manifest),
        members=manifest.members,
        indexes={"alpha": "https://index.example/simple/"},
        changes=machine_changes(manifest),
        signatures=Signatures(
            verdicts=(
                Verdict(file=Path("example.zip.1.sig"), identities=("build@example.com",), key="SHA256:abc"),
                Verdict(file=Path("example.zip.2.sig"), why="its key isn't one of an allowed signer"),
            ),
            checked=True,
            signers=1,
            threshold=2,
        ),
        provenance=Provenance(statement=STATEMENT, checked=True),
        audit=Audit(
            findings=(
                Finding(
                    package="alpha",
                    version="1.0",
                    advisory="PYSEC-2026-1",
                    aliases=("CVE-2026-1",),
                    severity="high",
                    summary="it reads what it shouldn't",
                    fixed=("1.1",),
                ),
            ),
            unread=(Unread(name="PYSEC-9.json", reason="it is no JSON"),),
            unjudged=("PSF-1",),
            not_judged=(),
            records=123,
            audited=4,
            parts=0,
        ),
        comparison=Comparison(
            before=compared, after=dataclasses.replace(compared, version="4.14.2"), differences=differences
        ),
        rehearsal=FAILED,
        logs=folder,
    )
    return dataclasses.replace(review, **changes)


def full_manifest(whole: Manifest, packages: int = 0) -> Manifest:
    """With a service, rights, installers, commands, DLLs, and so many packages at least."""
    first = whole.packages[0]
    more = tuple(_package(number, first) for number in range(packages - len(whole.packages)))
    detect = DetectInfo(registry="HKLM\\SOFTWARE\\Driver", value="Version", view=64, file=None, at_least="18.0")
    prerequisite = PrerequisiteInfo(
        name="Driver",
        kind="msi",
        file="prerequisites/driver.msi",
        source="https://example.com/driver.msi",
        signer=None,
        arguments=("QUIET=1",),
        detect=detect,
        exit_codes=(),
        provides=(),
        needs_admin=True,
    )
    dll = DllInfo(
        name="mfc140u.dll",
        needed_by=("alpha: alpha/x.pyd",),
        delayed=False,
        condition="",
        redistributable="Visual C++ Redistributable",
        address="https://example.com/vc",
        silent="/quiet",
    )
    return dataclasses.replace(
        whole,
        packages=(*(dataclasses.replace(each, startup=("alpha.pth",)) for each in whole.packages), *more),
        services=(SERVICE,),
        permissions=(PermissionInfo(path="{data}\\inbox", account="web", service=True, rights="modify"),),
        prerequisites=(prerequisite,),
        post_install=(PostInstallInfo(command=("register",), undo=("unregister",), needs_admin=False),),
        dlls=(dll,),
    )


def _package(number: int, like: WheelInfo) -> WheelInfo:
    name = f"package-of-many-{number:03}"
    return dataclasses.replace(
        like,
        name=name,
        version=f"{number}.0",
        file=f"wheels/{name}.whl",
        origin=f"https://files.example/packages/ab/cd/{name.replace('-', '_')}-{number}.0-py3-none-any.whl",
        license=_LICENCES[number % len(_LICENCES)],
        made_from="sdist" if number % 50 == 7 else None,
        size=1000 * (number * number % 997),
        requested=False,
        startup=(),
    )


_OURS = frozenset({"kind", "change", "made_from", "severity", "type", "section", "start", "rights", "outcome", "began"})
"""Fields that hold a word of ours, whoever wrote the file: decoding refuses any other."""


def all_hostile(review: Review) -> Review:
    """The same with the same hostile text in each field that can hold others' words."""
    found: Review = _with_texts(review, lambda _: HOSTILE)
    return dataclasses.replace(found, sha256=review.sha256, logs=review.logs)


def _with_texts(value: Any, text: Callable[[str], str], name: str = "") -> Any:
    if isinstance(value, str) and type(value) is str:
        return value if name in _OURS or not value else text(value)
    if isinstance(value, Path):
        return Path(text(value.name).replace("/", "|").replace("\0", ""))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {
            each.name: _with_texts(getattr(value, each.name), text, each.name) for each in dataclasses.fields(value)
        }
        return type(value)(**fields)
    if isinstance(value, tuple):
        return tuple(_with_texts(each, text, name) for each in value)
    if isinstance(value, dict):
        return {_with_texts(key, text): _with_texts(each, text) for key, each in value.items()}
    return value
