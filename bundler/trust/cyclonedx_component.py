"""Components and makers as CycloneDX' own library has them. Importing that takes as long as writing a whole bill: a piece that was written before does without."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, Property, XsUri
from cyclonedx.model.bom import BomMetaData
from cyclonedx.model.component import Component, ComponentType, Pedigree
from cyclonedx.model.contact import OrganizationalContact, OrganizationalEntity
from cyclonedx.model.license import DisjunctiveLicense, LicenseAcknowledgement, LicenseExpression
from cyclonedx.model.lifecycle import LifecyclePhase, PredefinedLifecycle
from cyclonedx.model.tool import ToolRepository
from cyclonedx.schema.schema import SchemaVersion1Dot6
from cyclonedx.spdx import is_supported_id

from bundler.trust.bill import PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cyclonedx.model.license import License

    from bundler.trust.bill import Bill, Item, Party, StatedLicence, Traits

_PEDIGREE = "made on the build host from the file that ancestors names"


def component_json(item: Item) -> str:
    """One component in JSON."""
    return _json(component_of(item))


def metadata_json(bill: Bill) -> str:
    """What a document says of itself and of what it is about, in JSON."""
    return _json(
        BomMetaData(
            timestamp=bill.created,
            component=component_of(bill.subject),
            manufacturer=entity_of(bill.creator),
            supplier=entity_of(bill.creator),
            authors=[OrganizationalContact(name=bill.creator.name, email=bill.creator.email or None)],
            lifecycles=[PredefinedLifecycle(LifecyclePhase.BUILD)],
            tools=ToolRepository(
                components=[Component(type=ComponentType.APPLICATION, name=bill.tool[0], version=bill.tool[1])]
            ),
        )
    )


def _json(piece: Any) -> str:
    return str(piece.as_json(view_=SchemaVersion1Dot6))


def component_of(item: Item) -> Component:
    """With what is in it, and without what it needs: that stands elsewhere in a document."""
    licences = list(_licences(item.licence))
    return Component(
        type=ComponentType(item.kind),
        bom_ref=item.ref,
        name=item.name,
        version=item.version or None,
        description=item.description or None,
        supplier=entity_of(item.supplier),
        hashes=_hashes(item.hashes),
        licenses=licences,
        purl=_purl(item.purl),
        cpe=item.cpe or None,
        external_references=list(_references(item)),
        properties=[*_traits(item.path, item.traits), *(_note(*each) for each in item.notes)],
        pedigree=_pedigree(item),
        modified=False,
        components=[component_of(each) for each in item.parts],
    )


def _purl(text: str) -> Any:
    from packageurl import PackageURL

    try:
        return PackageURL.from_string(text) if text else None
    except ValueError:  # a stranger's
        return None


def _hashes(hashes: Iterable[tuple[str, str]]) -> list[HashType]:
    return [HashType(alg=HashAlgorithm(name), content=value) for name, value in hashes]


def entity_of(party: Party) -> OrganizationalEntity | None:
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
