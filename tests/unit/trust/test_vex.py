"""Statements about vulnerabilities: what they are about, which of them counts, where they are told; and files that are none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bundler.errors import InputError
from bundler.present.audit_sarif import audit_sarif
from bundler.present.audit_text import audit_lines
from bundler.trust.audit import audit
from bundler.trust.bundle_parts import parts_of
from bundler.trust.vex_file import read_vex
from tests.support.bundles import make_inputs
from tests.support.packages import make_wheel
from tests.unit.trust.test_audit import SOUND, record, snapshot
from tests.unit.trust.test_bundle_parts import LIBCRYPTO, bill, by_tags

if TYPE_CHECKING:
    from bundler.model.manifest import Manifest
    from bundler.trust.findings import Audit
    from bundler.trust.vex_statement import Statement

ALPHA = "pkg:pypi/alpha-one@2.5"
NUMBER = "3e671687-395b-41f5-a30f-a58921a69b79"
OTHER_FILE = [{"alg": "SHA-256", "content": "0" * 64}]
SERIAL = {"serialNumber": f"urn:uuid:{NUMBER}"}


@pytest.fixture
def manifest(tmp_path: Path) -> Manifest:
    """``Alpha_One`` 2.5, and Python 3.11.9, in the bundle ``example`` 4.14.2."""
    inputs = make_inputs(tmp_path / "inputs", wheels=[make_wheel(tmp_path / "wheels", "Alpha_One", "2.5")])
    return inputs.lay_out().manifest


def openvex(*statements: dict[str, Any], **more: Any) -> dict[str, Any]:
    document = {
        "@context": "https://openvex.dev/ns/v0.2.0",
        "@id": "https://example.com/1",
        "author": "somebody",
        "timestamp": "2026-01-08T18:02:03.647787998-06:00",
        "version": 1,
        "statements": list(statements),
    }
    return document | more


def said(status: str = "not_affected", product: object = ALPHA, **more: Any) -> dict[str, Any]:
    products = [product if isinstance(product, dict) else {"@id": product}]
    reason = {"justification": "component_not_present"} if status == "not_affected" else {}
    return {"vulnerability": {"name": "CVE-2026-1"}, "products": products, "status": status, **reason, **more}


def cyclonedx(state: str = "not_affected", ref: str = "a", purl: str = ALPHA, **more: Any) -> dict[str, Any]:
    vulnerability = {
        "id": "CVE-2026-1",
        "analysis": {"state": state, "justification": "code_not_reachable"},
        "affects": [{"ref": ref, **more.pop("target", {})}],
        **more.pop("vulnerability", {}),
    }
    hashes = more.pop("hashes", [])
    components = [{"bom-ref": "a", "type": "library", "name": "alpha", "purl": purl, "hashes": hashes}]
    return {"bomFormat": "CycloneDX", "components": components, "vulnerabilities": [vulnerability], **more}


def judged(folder: Path, manifest: Manifest, *documents: dict[str, Any]) -> Audit:
    advisories = snapshot(
        folder / "osv",
        record("PYSEC-1", "alpha-one", aliases=["CVE-2026-1", "GHSA-x"]),
        by_tags("CVE-2026-2", "openssl-3.0.13"),
        *SOUND,
    )
    statements: list[Statement] = []
    for number, each in enumerate(documents):
        file = folder / f"vex{number}.json"
        file.write_text(json.dumps(each), encoding="utf-8")
        statements += read_vex(file).statements
    return audit(manifest, [advisories], inside=parts_of(bill(LIBCRYPTO, **SERIAL)), statements=statements)


def status_of(found: Audit, package: str = "alpha-one") -> str | None:
    (finding,) = (each for each in found.findings if each.package == package)
    return finding.statement.status if finding.statement is not None else None


@pytest.mark.parametrize(
    ("product", "concerned"),
    [
        (ALPHA, True),
        ("pkg:pypi/Alpha_One@2.5", True),
        ("pkg:pypi/alpha-one@2.5.0", True),
        ("pkg:pypi/alpha-one", True),
        ("pkg:pypi/alpha-one@2.4", False),
        ("pkg:pypi/alpha-one@2.5?file_name=alpha.whl", False),
        ("pkg:pypi/alpha-one@2.5#sub", False),
        ("pkg:npm/alpha-one@2.5", False),
        ("pkg:pypi/beta@2.5", False),
        ("pkg:generic/example@4.14.2", True),
        ("pkg:generic/example@1.1", False),
        ("https://example.com/alpha", False),
        ({"identifiers": {"purl": ALPHA}}, True),
        ({"@id": "pkg:generic/example@4.14.2", "subcomponents": [{"@id": ALPHA}]}, True),
        ({"@id": "pkg:generic/example@4.14.2", "subcomponents": [{"@id": "pkg:pypi/beta@1"}]}, False),
        ({"@id": "pkg:generic/other@1.0", "subcomponents": [{"@id": ALPHA}]}, False),
        ({"@id": ALPHA, "hashes": {"sha-256": "0" * 64}}, False),
        ({}, False),
        (5, False),
    ],
)
def test_products_of_openvex(tmp_path: Path, manifest: Manifest, product: object, concerned: bool) -> None:
    found = judged(tmp_path, manifest, openvex(said(product=product)))
    assert status_of(found) == ("not_affected" if concerned else None)
    assert (found.statements, found.unused) == (1, 0 if concerned else 1)


def test_a_product_by_the_hash_of_its_file(tmp_path: Path, manifest: Manifest) -> None:
    sums = {each.path: each.sha256 for each in manifest.members}
    product = {"hashes": {"sha-256": sums[manifest.packages[0].file].upper()}}
    assert status_of(judged(tmp_path, manifest, openvex(said(product=product)))) == "not_affected"


@pytest.mark.parametrize(
    ("product", "concerned"),
    [
        ({"identifiers": {"cpe23": "cpe:2.3:a:python:python:3.11.9:*:*:*:*:*:*:*"}}, True),
        ({"identifiers": {"cpe23": "cpe:2.3:a:python:python:*:*:*:*:*:*:*:*"}}, True),
        ({"identifiers": {"cpe23": "cpe:2.3:a:python:python:3.11.8:*:*:*:*:*:*:*"}}, False),
        ({"identifiers": {"cpe23": "cpe:2.3:a:python:python:3.11.9:*:*:*:*:linux:*:*"}}, False),
        ({"@id": "pkg:generic/cpython@3.11.9"}, True),
        ({"@id": "pkg:generic/cpython@3.11.9", "subcomponents": [{"@id": "pkg:generic/openssl@3.0.13"}]}, True),
        ({"@id": "pkg:generic/cpython@3.11.9", "subcomponents": [{"@id": "pkg:generic/zlib"}]}, False),
        ({"@id": "pkg:generic/openssl@3.0.13"}, True),
        ({"@id": ALPHA}, False),
    ],
)
def test_statements_about_a_library_in_the_python(
    tmp_path: Path, manifest: Manifest, product: dict[str, Any], concerned: bool
) -> None:
    document = openvex(said(product=product, vulnerability={"name": "CVE-2026-2"}))
    assert status_of(judged(tmp_path, manifest, document), "OpenSSL") == ("not_affected" if concerned else None)


@pytest.mark.parametrize(
    "vulnerability",
    [
        {"name": "pysec-1"},
        {"name": "OTHER", "aliases": ["GHSA-X"]},
        {"name": "OTHER", "@id": "https://nvd.example/vuln/CVE-2026-1"},
        "CVE-2026-1",
    ],
)
def test_the_vulnerability_by_any_of_its_ids(tmp_path: Path, manifest: Manifest, vulnerability: object) -> None:
    assert status_of(judged(tmp_path, manifest, openvex(said(vulnerability=vulnerability)))) == "not_affected"


def test_documents_before_0_2_0_have_texts_where_it_has_tables(tmp_path: Path, manifest: Manifest) -> None:
    old = said(vulnerability="CVE-2026-1") | {"products": ["pkg:generic/example@4.14.2"], "subcomponents": [ALPHA]}
    assert (
        status_of(judged(tmp_path, manifest, openvex(old, **{"@context": "https://openvex.dev/ns"}))) == "not_affected"
    )


@pytest.mark.parametrize(
    ("first", "second", "status"),
    [
        (said(timestamp="2026-01-01T00:00:00Z"), said("affected", timestamp="2026-02-01T00:00:00Z"), "affected"),
        (said(timestamp="2026-02-01T00:00:00Z"), said("affected", timestamp="2026-01-01T00:00:00Z"), "not_affected"),
        (said("under_investigation", timestamp="2026-01-01T00:00:00Z"), said("fixed"), "fixed"),
        (said(timestamp="2026-01-01T01:00:00+02:00"), said("affected", timestamp="2026-01-01T00:00:00"), "affected"),
        (said("affected"), said(), "affected"),  # of the same time: the more cautious
        (said(), said("under_investigation"), "under_investigation"),
    ],
)
def test_the_newest_counts(
    tmp_path: Path, manifest: Manifest, first: dict[str, Any], second: dict[str, Any], status: str
) -> None:
    assert status_of(judged(tmp_path, manifest, openvex(first, second))) == status
    assert status_of(judged(tmp_path, manifest, openvex(second), openvex(first))) == status


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("not_affected", "not_affected"),
        ("false_positive", "not_affected"),
        ("resolved", "fixed"),
        ("resolved_with_pedigree", "fixed"),
        ("exploitable", "affected"),
        ("in_triage", "under_investigation"),
        ("", None),
    ],
)
def test_states_of_cyclonedx(tmp_path: Path, manifest: Manifest, state: str, status: str | None) -> None:
    assert status_of(judged(tmp_path, manifest, cyclonedx(state))) == status


def about(purl: str) -> dict[str, Any]:
    return {"metadata": {"component": {"bom-ref": "whole", "type": "application", "name": "x", "purl": purl}}}


@pytest.mark.parametrize(
    ("document", "concerned"),
    [
        (cyclonedx(ref=ALPHA), True),
        (cyclonedx(ref="b"), False),
        (cyclonedx(ref=f"urn:cdx:{NUMBER.upper()}/1#package:alpha-one"), True),
        (cyclonedx(ref=f"urn:cdx:{NUMBER}/1#package:beta"), False),
        (cyclonedx(ref=f"urn:cdx:00000000-395b-41f5-a30f-a58921a69b79/1#{ALPHA}"), False),
        (cyclonedx(**about("pkg:generic/example@4.14.2")), True),
        (cyclonedx(**about("pkg:generic/other@1.0")), False),
        (cyclonedx(ref="whole", **about(ALPHA)), True),
        (cyclonedx(ref="whole", **about("pkg:generic/example@4.14.2")), True),
        (cyclonedx(target={"versions": [{"version": "2.5"}]}), True),
        (cyclonedx(target={"versions": [{"version": "2.4"}]}), False),
        (cyclonedx(target={"versions": [{"range": "vers:pypi/>=1"}]}), False),
        (cyclonedx("exploitable", target={"versions": [{"version": "2.5", "status": "unaffected"}]}), True),
        (cyclonedx(purl=f"{ALPHA}?os=linux", target={"versions": [{"version": "2.5"}]}), False),
        (cyclonedx(purl=f"{ALPHA}#inner", target={"versions": [{"version": "2.5"}]}), False),
        (cyclonedx(purl="pkg:pypi/alpha-one", target={"versions": [{"version": "2.5"}]}), True),
        (cyclonedx(purl="pkg:pypi/%", target={"versions": [{"version": "2.5"}]}), False),
        (cyclonedx(hashes=OTHER_FILE, target={"versions": [{"version": "2.5"}]}), False),
        (cyclonedx(hashes=OTHER_FILE, target={"versions": [{"version": "2.4"}, {"version": "2.5.0"}]}), False),
        (cyclonedx(purl="pkg:pypi/alpha-one@2.4", hashes=OTHER_FILE, target={"versions": [{"version": "2.5"}]}), True),
        (cyclonedx(vulnerability={"id": "OTHER", "references": [{"id": "GHSA-x"}]}), True),
        (cyclonedx(vulnerability={"id": "OTHER"}), False),
    ],
)
def test_targets_of_cyclonedx(tmp_path: Path, manifest: Manifest, document: dict[str, Any], concerned: bool) -> None:
    assert status_of(judged(tmp_path, manifest, document)) == ("not_affected" if concerned else None)


def test_times_of_cyclonedx(tmp_path: Path, manifest: Manifest) -> None:
    def of(state: str, **times: str) -> dict[str, Any]:
        return cyclonedx(vulnerability={"analysis": {"state": state, **times}})

    none, first, last = of("in_triage"), of("exploitable", firstIssued="2026-01-01T00:00:00Z"), of(
        "resolved", firstIssued="2020-01-01T00:00:00Z", lastUpdated="2026-01-02T00:00:00Z"
    )  # fmt: skip
    assert status_of(judged(tmp_path, manifest, first, none)) == "affected"
    assert status_of(judged(tmp_path, manifest, last, first, none)) == "fixed"


def test_what_is_settled_does_not_count_and_is_told_apart(tmp_path: Path, manifest: Manifest) -> None:
    library = said(product="pkg:generic/openssl", vulnerability={"name": "CVE-2026-2"}, impact_statement="a b")
    found = judged(tmp_path, manifest, openvex(said("fixed"), library))
    assert not found.reaches("low")
    lines = list(audit_lines(found))
    reason = "component_not_present: a b"
    assert (
        lines[0] == f"not affected (by vex0.json, 2026-01-09, {reason}): unknown: OpenSSL 3.0.13 in CPython: CVE-2026-2"
    )
    assert lines[1].startswith("fixed here (by vex0.json, 2026-01-09): unknown: alpha-one 2.5: PYSEC-1 (")
    assert "2 statements read, 0 of them about nothing that was found" in lines
    assert lines[-1].startswith("nothing known in ")


@pytest.mark.parametrize("status", ["affected", "under_investigation"])
def test_what_is_not_settled_counts(tmp_path: Path, manifest: Manifest, status: str) -> None:
    found = judged(tmp_path, manifest, openvex(said(status, action_statement="do it")))
    assert found.reaches("critical")
    assert any(line.startswith(f"  {status.replace('_', ' ')} (by vex0.json") for line in audit_lines(found))


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("not_affected", "accepted"),
        ("fixed", "accepted"),
        ("under_investigation", "underReview"),
        ("affected", None),
    ],
)
def test_suppressions_in_sarif(tmp_path: Path, manifest: Manifest, status: str, kind: str | None) -> None:
    found = judged(tmp_path, manifest, openvex(said(status)))
    (run,) = json.loads(audit_sarif(Path("x.zip"), found))["runs"]
    (result,) = (each for each in run["results"] if each["ruleId"] == "PYSEC-1")
    assert [each["status"] for each in result.get("suppressions", ())] == [each for each in (kind,) if each]
    assert result["properties"]["vex"].startswith(status)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ([], "neither OpenVEX nor CycloneDX"),
        ({"@context": "https://example.com"}, "neither OpenVEX nor CycloneDX"),
        ({"document": {"category": "csaf_vex"}}, "neither OpenVEX nor CycloneDX"),
        (openvex(said() | {"justification": ""}), "neither justification nor impact_statement"),
        (openvex(said("whatever")), "has no status"),
        (openvex(said(vulnerability={})), "names no vulnerability"),
        (openvex(said() | {"products": []}), "names no products"),
        (openvex(said() | {"products": [ALPHA] * 2001}), "names no products, or more"),
        (openvex(*[said() | {"products": [ALPHA] * 1001}] * 20), "more than 20000 statements"),
        (openvex(said(), timestamp=None), "is not a time"),
        (openvex(said(timestamp="9999-12-31T23:59:59-23:00")), "is not a time"),
        (openvex(said(), statements={}), "not a list"),
        (cyclonedx("whatever"), "has no state"),
        (cyclonedx(vulnerability={"id": ""}), "has no id"),
        (cyclonedx(components=[5]), "components is not a list"),
        (cyclonedx(vulnerability={"updated": "yesterday"}), "is not a time"),
    ],
)
def test_documents_that_can_not_be_used(tmp_path: Path, document: object, words: str) -> None:
    file = tmp_path / "vex.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(InputError, match=words) as caught:
        read_vex(file)
    assert caught.value.reference == "vex-unreadable"


def test_files_that_can_not_be_read(tmp_path: Path) -> None:
    deep: dict[str, Any] = {"name": "x"}
    for _ in range(30):
        deep = {"name": "x", "components": [deep]}
    contents = [b"", b"\xff", b"{" * 100_000, b" " * (17 << 20), json.dumps(cyclonedx(components=[deep])).encode()]
    for content in contents:
        (tmp_path / "vex.json").write_bytes(content)
        with pytest.raises(InputError):
            read_vex(tmp_path / "vex.json")
    for place in (tmp_path, tmp_path / "missing.json"):
        with pytest.raises(InputError):
            read_vex(place)


def test_what_is_said_of_many_products_is_read_once(tmp_path: Path) -> None:
    """2,000 products with 200 names of the vulnerability each took seconds, ten such statements half a minute."""
    path = tmp_path / "many.json"
    many = said() | {"products": [{"@id": f"{ALPHA}.{number}"} for number in range(3)]}
    path.write_text(json.dumps(openvex(many)), encoding="utf-8")
    found = read_vex(path).statements
    assert [each.product.purls for each in found if each.product] == [(f"{ALPHA}.{number}",) for number in range(3)]
    assert len({id(each.ids) for each in found}) == 1
