"""Rules of App Control for Business (once WDAC) for a bundle: signers with a product where a file is signed, else hashes.

A supplement of a site's base policy, or, without one, a policy to be merged with another one: alone it would let nothing run but the bundle, so that it
only audits. Element names, their order and the patterns of identifiers are those of Windows' schema (cipolicy.xsd) and of the policies that
Microsoft's own tools write.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree
from xml.etree.ElementTree import SubElement

from bundler.trust.policy_xml import document, identifier, seen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bundler.trust.governed_file import GovernedFile, Publisher

_NAMESPACE = "urn:schemas-microsoft-com:sipolicy"
_PLATFORM = "{2E07F7E4-194C-4D20-B7C9-6F44A6C5A234}"
_KERNEL, _USER = "131", "12"
_LONGEST_ID = 64


def code_integrity_policy(title: str, sums: str, files: Sequence[GovernedFile], *, base: str | None) -> str:
    """The document; ``title`` and ``sums`` as of ``applocker_policy``, ``base`` the id of the policy that it supplements."""
    own = identifier(sums, "App Control", base or "")
    root = ElementTree.Element(
        "SiPolicy", xmlns=_NAMESPACE, PolicyType="Supplemental Policy" if base else "Base Policy"
    )
    SubElement(root, "VersionEx").text = "10.0.0.0"
    SubElement(root, "PlatformID").text = _PLATFORM
    rules = SubElement(root, "Rules")
    for option in (
        "Enabled:Unsigned System Integrity Policy",
        *(() if base else ("Enabled:UMCI", "Enabled:Audit Mode")),
    ):
        SubElement(SubElement(rules, "Rule"), "Option").text = option
    SubElement(root, "EKUs")
    allowed, named = SubElement(root, "FileRules"), SubElement(root, "Signers")
    hashes, signers = _allow(allowed, files), _sign(allowed, named, files)
    scenarios = SubElement(root, "SigningScenarios")
    _scenario(scenarios, _KERNEL, "ID_SIGNINGSCENARIO_DRIVERS_1", title)
    user = _scenario(scenarios, _USER, "ID_SIGNINGSCENARIO_WINDOWS", title)
    if signers:
        within = SubElement(user, "AllowedSigners")
        for each in signers:
            SubElement(within, "AllowedSigner", SignerId=each)
    if hashes:
        within = SubElement(user, "FileRulesRef")
        for each in hashes:
            SubElement(within, "FileRuleRef", RuleID=each)
    SubElement(root, "UpdatePolicySigners")
    trusted = SubElement(root, "CiSigners")
    for each in signers:
        SubElement(trusted, "CiSigner", SignerId=each)
    SubElement(root, "HvciOptions").text = "0"
    SubElement(root, "BasePolicyID").text = f"{{{(base or own).upper()}}}"
    SubElement(root, "PolicyID").text = f"{{{own.upper()}}}"
    settings = SubElement(root, "Settings")
    for key, value in (("Name", title), ("Id", sums[:_LONGEST_ID])):
        setting = SubElement(settings, "Setting", Provider="PolicyInfo", Key="Information", ValueName=key)
        SubElement(SubElement(setting, "Value"), "String").text = value
    return document(root)


def _allow(parent: ElementTree.Element, files: Sequence[GovernedFile]) -> list[str]:
    """A rule for each hash; their ids."""
    made: dict[str, str] = {}
    for each in files:
        if each.publisher is not None:
            continue
        for kind, value in each.hashes:
            if value not in made:
                made[value] = f"ID_ALLOW_A_{len(made) + 1}"
                name = (
                    f"{seen(each.owner)} {seen(each.path)} Hash {kind}"
                    if each.path
                    else f"{seen(each.owner)} Hash {kind}"
                )
                SubElement(parent, "Allow", ID=made[value], FriendlyName=name, Hash=value.upper())
    return list(made.values())


def _sign(rules: ElementTree.Element, parent: ElementTree.Element, files: Sequence[GovernedFile]) -> list[str]:
    """A signer for each publisher and product, and the rule that holds it to that product; the signers' ids."""
    found = {_key(each.publisher): each.publisher for each in files if each.publisher is not None}
    made = []
    for number, key in enumerate(sorted(found), 1):
        publisher, product = found[key], f"ID_FILEATTRIB_F_{number}"
        SubElement(
            rules,
            "FileAttrib",
            ID=product,
            FriendlyName=f"{publisher.product}, signed by {publisher.common_name}",
            ProductName=publisher.product,
            MinimumFileVersion="0.0.0.0",  # noqa: S104 - a version, no address
        )
        made.append(f"ID_SIGNER_F_{number}")
        signer = SubElement(parent, "Signer", ID=made[-1], Name=seen(publisher.issuer))
        SubElement(signer, "CertRoot", Type="TBS", Value=publisher.issuer_digest.upper())
        SubElement(signer, "CertPublisher", Value=publisher.common_name)
        SubElement(signer, "FileAttribRef", RuleID=product)
    return made


def _key(publisher: Publisher) -> tuple[str, str, str]:
    return publisher.issuer_digest, publisher.common_name, publisher.product


def _scenario(parent: ElementTree.Element, value: str, number: str, title: str) -> ElementTree.Element:
    return SubElement(
        SubElement(parent, "SigningScenario", Value=value, ID=number, FriendlyName=title), "ProductSigners"
    )
