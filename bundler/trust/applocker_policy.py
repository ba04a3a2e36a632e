"""Rules of AppLocker for a bundle, to be merged with a machine's: by publisher and product where a file is signed, else by hash.

The schema is that of Windows' PolicyManagement (AppLockerPolicy, version 1). Collections say nothing of enforcement, so that merging changes none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree
from xml.etree.ElementTree import SubElement

from bundler.trust.governed_file import COLLECTIONS
from bundler.trust.policy_xml import document, identifier, seen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bundler.trust.governed_file import GovernedFile, Publisher

_EVERYBODY = "S-1-1-0"


def applocker_policy(title: str, sums: str, files: Sequence[GovernedFile]) -> str:
    """The document; ``title`` names the bundle, ``sums`` is the sha256 of its ``SHA256SUMS``."""
    root = ElementTree.Element("AppLockerPolicy", Version="1")
    for collection in COLLECTIONS:
        within = [each for each in files if each.collection == collection]
        parent = SubElement(root, "RuleCollection", Type=collection, EnforcementMode="NotConfigured")
        for publisher in _publishers(within):
            words = (collection, publisher.name, publisher.product)
            name = f"{title}: {publisher.product}, signed by {publisher.common_name}"
            rule = _rule(parent, "FilePublisherRule", identifier(sums, *words), name)
            condition = SubElement(
                rule,
                "FilePublisherCondition",
                PublisherName=publisher.name,
                ProductName=publisher.product.upper(),
                BinaryName="*",
            )
            SubElement(condition, "BinaryVersionRange", LowSection="*", HighSection="*")
        for group, hashed in _by_hash(within).items():
            rule = _rule(parent, "FileHashRule", identifier(sums, collection, group), f"{title}: {seen(group)}")
            condition = SubElement(rule, "FileHashCondition")
            for each in hashed:
                SubElement(
                    condition,
                    "FileHash",
                    Type="SHA256",
                    Data=f"0x{each.sha256.upper()}",
                    SourceFileName=seen(each.name),
                    SourceFileLength=str(each.size),
                )
    return document(root)


def _rule(parent: ElementTree.Element, kind: str, number: str, name: str) -> ElementTree.Element:
    """Answers where its condition goes."""
    rule = SubElement(parent, kind, Id=number, Name=name, Description="", UserOrGroupSid=_EVERYBODY, Action="Allow")
    return SubElement(rule, "Conditions")


def _publishers(files: Sequence[GovernedFile]) -> Sequence[Publisher]:
    """One of each name and product, whichever of its certificates signed."""
    found = {(each.publisher.name, each.publisher.product.upper()): each.publisher for each in files if each.publisher}
    return [found[key] for key in sorted(found)]


def _by_hash(files: Sequence[GovernedFile]) -> dict[str, list[GovernedFile]]:
    """By what they come with; a file that is there several times once."""
    found: dict[str, list[GovernedFile]] = {}
    known: set[str] = set()
    for each in files:
        if each.publisher is None and each.sha256 not in known:
            known.add(each.sha256)
            found.setdefault(each.group, []).append(each)
    return found
