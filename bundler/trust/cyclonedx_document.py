"""A bill of materials as CycloneDX 1.6 in JSON; the same bytes for the same bill, on any host."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, Property, XsUri
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.bom_ref import BomRef
from cyclonedx.model.component import Component, ComponentType, Pedigree
from cyclonedx.model.contact import OrganizationalContact, OrganizationalEntity
from cyclonedx.model.dependency import Dependency
from cyclonedx.model.license import DisjunctiveLicense, LicenseAcknowledgement, LicenseExpression
from cyclonedx.model.lifecycle import LifecyclePhase, PredefinedLifecycle
from cyclonedx.model.tool import ToolRepository
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.spdx import is_supported_id

from bundler.trust.bill import PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cyclonedx.model.license import License

    from bundler.trust.bill import Bill, Item, Party, StatedLicence, Traits

_NAMESPACE = uuid.UUID("6f1d4c3e-0a75-5e0f-9d0c-2f2f6f9f7a11")
_PEDIGREE = "made on the build host from the file that ancestors names"


def cyclonedx_document(bill: Bill) -> bytes:
    """ASCII JSON. The serial number follows from the content, so that the same bundle has the same one."""
    subject = _component(bill.subject)
    components = {each.ref: _component(each) for each in bill.items}
    bom = Bom(
        components=components.values(),
        dependencies=list(_dependencies(bill)),
        serial_number=uuid.UUID(int=0),
        metadata=BomMetaData(
            timestamp=bill.created,
            component=subject,
            manufacturer=_entity(bill.creator),
            supplier=_entity(bill.creator),
            authors=[OrganizationalContact(name=bill.creator.name, email=bill.creator.email or None)],
            lifecycles=[PredefinedLifecycle(LifecyclePhase.BUILD)],
            tools=ToolRepository(
                components=[Component(type=ComponentType.APPLICATION, name=bill.tool[0], version=bill.tool[1])]
            ),
        ),
    )
    data = json.loads(JsonV1Dot6(bom).output_as_string())
    data["compositions"] = list(_compositions(bill))
    serial = uuid.uuid5(_NAMESPACE, json.dumps(data, sort_keys=True))
    return f"{json.dumps({**data, 'serialNumber': serial.urn}, indent=1, sort_keys=True)}\n".encode("ascii")


def _dependencies(bill: Bill) -> Iterator[Dependency]:
    """Of everything in it, with names that are made once: ``Bom.register_dependency`` looks for each of them among all."""
    refs: dict[str, BomRef] = {}

    def of(ref: str, needs: Iterable[str] = ()) -> Dependency:
        return Dependency(refs.setdefault(ref, BomRef(ref)), map(of, needs))

    yield of(bill.subject.ref, bill.subject.needs)
    for item in bill.items:
        yield of(item.ref, item.needs)
        yield from (of(part.ref, part.needs) for part in item.parts)


def _compositions(bill: Bill) -> Iterator[dict[str, Any]]:
    """What is known to be all: the bundle's own parts and what packages say that they need. What is inside them isn't, but for what is listed."""
    yield {"aggregate": "complete", "assemblies": [bill.subject.ref], "dependencies": [bill.subject.ref]}
    yield {"aggregate": "complete", "dependencies": [each.ref for each in bill.items]}
    yield {"aggregate": "incomplete", "assemblies": [each.ref for each in bill.items]}


def _component(item: Item) -> Component:
    licences = list(_licences(item.licence))
    return Component(
        type=ComponentType(item.kind),
        bom_ref=item.ref,
        name=item.name,
        version=item.version or None,
        description=item.description or None,
        supplier=_entity(item.supplier),
        hashes=_hashes(item.hashes),
        licenses=licences,
        purl=_purl(item.purl),
        cpe=item.cpe or None,
        external_references=list(_references(item)),
        properties=[*_traits(item.path, item.traits), *(_note(*each) for each in item.notes)],
        pedigree=_pedigree(item),
        modified=False,
        components=[_component(each) for each in item.parts],
    )


def _purl(text: str) -> Any:
    from packageurl import PackageURL

    try:
        return PackageURL.from_string(text) if text else None
    except ValueError:  # a stranger's
        return None


def _hashes(hashes: Iterable[tuple[str, str]]) -> list[HashType]:
    return [HashType(alg=HashAlgorithm(name), content=value) for name, value in hashes]


def _entity(party: Party) -> OrganizationalEntity | None:
    if not party.is_known:
        return None
    return OrganizationalEntity(
        name=party.name or None,
        urls=[XsUri(party.url)] if party.url else None,
        contacts=[OrganizationalContact(name=party.name or None, email=party.email)] if party.email else None,
    )


def _licences(licence: StatedLicence) -> Iterator[License]:
    """Either one expression or a list of licences: the format has no mixture."""
    declared = LicenseAcknowledgement.DECLARED
    if licence.expression:
        if is_supported_id(licence.expression):
            yield DisjunctiveLicense(id=licence.expression, acknowledgement=declared)
        else:
            yield LicenseExpression(licence.expression, acknowledgement=declared)
        return
    for each in licence.names:
        if is_supported_id(each):
            yield DisjunctiveLicense(id=each, acknowledgement=declared)
        else:
            yield DisjunctiveLicense(name=each, acknowledgement=declared)


def _references(item: Item) -> Iterator[ExternalReference]:
    if item.origin:
        kind = ExternalReferenceType.SOURCE_DISTRIBUTION if item.is_source else ExternalReferenceType.DISTRIBUTION
        hashes = () if item.is_source else item.hashes
        if item.source_sha256:  # of the file at that address, and not of what was made of it
            hashes = (("SHA-256", item.source_sha256),)
        yield ExternalReference(type=kind, url=XsUri(item.origin), hashes=_hashes(hashes) if hashes else None)
    for name, address in item.links:
        yield ExternalReference(type=ExternalReferenceType(name), url=XsUri(address))


def _traits(path: str, traits: Traits | None) -> Iterator[Property]:
    """By the property taxonomy that BSI publishes for its TR-03183-2."""
    if path:
        yield Property(name="bsi:component:filename", value=path)
    if traits is not None:
        yield Property(name="bsi:component:executable", value="executable" if traits.executable else "non-executable")
        yield Property(name="bsi:component:archive", value="archive" if traits.archive else "no archive")
        yield Property(name="bsi:component:structured", value="structured" if traits.structured else "unstructured")


def _note(name: str, value: str) -> Property:
    return Property(name=PREFIX + name, value=value)


def _pedigree(item: Item) -> Pedigree | None:
    if not item.source_sha256:
        return None
    ancestor = Component(
        type=ComponentType.FILE,
        name=item.name,
        version=item.version or None,
        hashes=_hashes([("SHA-256", item.source_sha256)]),
        bom_ref=f"{item.ref}<source",
    )
    return Pedigree(ancestors=[ancestor], notes=_PEDIGREE)
