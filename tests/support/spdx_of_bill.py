"""A bill of materials of ours as SPDX 2.3, for checkers that read nothing else: field by field, and what isn't stated stays away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SUMS = {"SHA-256": "SHA256", "SHA-512": "SHA512"}


def spdx_of(bill: Mapping[str, Any]) -> dict[str, Any]:
    metadata, (tool,) = bill["metadata"], bill["metadata"]["tools"]["components"]
    subject = {"supplier": metadata["supplier"], **metadata["component"]}
    parts = [subject, *_all(bill["components"])]
    names = {each["bom-ref"]: f"SPDXRef-{number}" for number, each in enumerate(parts)}
    makers = [f"Organization: {each['name']}" for each in metadata["authors"]]
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": subject["name"],
        "documentNamespace": f"https://bills.example/{bill['serialNumber'].rpartition(':')[2]}",
        "creationInfo": {
            "created": metadata["timestamp"].replace("+00:00", "Z"),
            "creators": [*makers, f"Tool: {tool['name']}-{tool['version']}"],
        },
        "packages": [_package(each, names[each["bom-ref"]]) for each in parts],
        "relationships": [
            _relation("SPDXRef-DOCUMENT", "DESCRIBES", names[subject["bom-ref"]]),
            *(
                _relation(names[each["ref"]], "DEPENDS_ON", names[needed])
                for each in bill["dependencies"]
                for needed in each.get("dependsOn", ())
            ),
        ],
    }


def _all(components: list[Any]) -> Iterator[Any]:
    for each in components:
        yield each
        yield from _all(each.get("components", []))


def _package(component: Mapping[str, Any], name: str) -> dict[str, Any]:
    links = {each["type"]: each["url"] for each in component.get("externalReferences", ())}
    purl = component.get("purl")
    reference = {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": purl}
    supplier = component.get("supplier", {}).get("name")
    hashes = component.get("hashes", ())
    sums = [
        {"algorithm": _SUMS[each["alg"]], "checksumValue": each["content"]} for each in hashes if each["alg"] in _SUMS
    ]
    found = {
        "SPDXID": name,
        "name": component["name"],
        "versionInfo": component.get("version"),
        "supplier": f"Organization: {supplier}" if supplier else None,
        "downloadLocation": links.get("distribution", links.get("source-distribution", "NOASSERTION")),
        "filesAnalyzed": False,
        "checksums": sums,
        "externalRefs": [reference] if purl else [],
    }
    return {key: value for key, value in found.items() if value is not None}


def _relation(one: str, kind: str, other: str) -> dict[str, str]:
    return {"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other}
