"""Both policies against what is documented of their schemas: elements and their order, attributes, patterns of identifiers, what refers to what."""

from __future__ import annotations

import dataclasses
import re
import uuid
from xml.etree import ElementTree

import pytest

from bundler.trust.applocker_policy import applocker_policy
from bundler.trust.code_integrity_policy import code_integrity_policy
from bundler.trust.governed_file import COLLECTIONS, Collection, GovernedFile, Publisher
from bundler.trust.policy_xml import identifier

SUMS, BASE = "12" * 32, "a244370e-44c9-4c06-b551-f6016e563076"
NS = "{urn:schemas-microsoft-com:sipolicy}"
ORDER = [
    "VersionEx",
    "PlatformID",
    "Rules",
    "EKUs",
    "FileRules",
    "Signers",
    "SigningScenarios",
    "UpdatePolicySigners",
    "CiSigners",
    "HvciOptions",
    "BasePolicyID",
    "PolicyID",
    "Settings",
]
PSF = Publisher(
    name="O=PYTHON SOFTWARE FOUNDATION, L=BEAVERTON, S=OREGON, C=US",
    common_name="Python Software Foundation",
    issuer='DigiCert "<G4>"',
    issuer_digest="ab" * 48,
    product="Python",
)


def governed(owner: str, path: str, collection: Collection, publisher: Publisher | None = None) -> GovernedFile:
    digest = uuid.uuid5(uuid.NAMESPACE_URL, path + owner).hex * 2
    hashes = () if path.endswith(".bat") or owner.endswith(".bat") else (("Sha1", digest[:40]), ("Sha256", digest))
    return GovernedFile(
        owner=owner, path=path, collection=collection, size=42, sha256=digest, hashes=hashes, publisher=publisher
    )


def parsed(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text)  # noqa: S314 - our own


FILES = (
    governed("boot/python.exe", "", "Exe", PSF),
    governed("boot/python311.dll", "", "Dll", PSF),
    governed("bootstrap.bat", "", "Script"),
    governed("target/shim.exe", "", "Exe"),
    governed("target/shimw.exe", "", "Exe"),
    governed("wheels/a.whl", 'a/<&">\x1b\u202e.dll', "Dll"),
    governed("wheels/a.whl", "a/b.dll", "Dll"),
    governed("prerequisites/c.msi", "", "Msi"),
)


def test_applocker() -> None:
    text = applocker_policy("example 1.0", SUMS, FILES)
    assert text == applocker_policy("example 1.0", SUMS, FILES)
    root = parsed(text)
    assert (root.tag, root.attrib) == ("AppLockerPolicy", {"Version": "1"})
    assert [each.attrib for each in root] == [
        {"Type": collection, "EnforcementMode": "NotConfigured"} for collection in COLLECTIONS
    ]
    rules = [rule for collection in root for rule in collection]
    numbers = [each.get("Id", "") for each in rules]
    assert len(set(numbers)) == len(numbers)
    assert [str(uuid.UUID(each)) for each in numbers] == numbers
    for each in rules:
        assert set(each.attrib) == {"Id", "Name", "Description", "UserOrGroupSid", "Action"}
        assert (each.get("UserOrGroupSid"), each.get("Action")) == ("S-1-1-0", "Allow")
        assert [below.tag for below in each] == ["Conditions"]
        (condition,) = each[0]
        assert condition.tag == each.tag.replace("Rule", "Condition")
    for found in root.iter("FileHash"):
        assert re.fullmatch("0x[0-9A-F]{64}", found.get("Data", ""))
        assert (found.get("Type"), found.get("SourceFileLength")) == ("SHA256", "42")
    (publisher,) = root[0].iter("FilePublisherCondition")
    assert publisher.attrib == {"PublisherName": PSF.name, "ProductName": "PYTHON", "BinaryName": "*"}
    assert publisher[0].attrib == {"LowSection": "*", "HighSection": "*"}
    assert [each.get("Name") for each in root[0].iter("FileHashRule")] == ["example 1.0: target/"]
    assert [each.get("SourceFileName") for each in root[0].iter("FileHash")] == ["shim.exe", "shimw.exe"]
    assert [each.get("SourceFileName") for each in root[2].iter("FileHash")] == ["bootstrap.bat"]
    assert [each.get("SourceFileName") for each in root[3].iter("FileHash")] == ["c.msi"]
    assert [each.get("SourceFileName") for each in root[1].iter("FileHash")] == ['<&">\ufffd\ufffd.dll', "b.dll"]


@pytest.mark.parametrize("base", [None, BASE])
def test_app_control(base: str | None) -> None:
    text = code_integrity_policy("example 1.0", SUMS, FILES, base=base)
    assert text == code_integrity_policy("example 1.0", SUMS, FILES, base=base)
    root = parsed(text)
    assert root.tag == f"{NS}SiPolicy"
    assert [each.tag.removeprefix(NS) for each in root] == ORDER
    own, of = root.findtext(f"{NS}PolicyID"), root.findtext(f"{NS}BasePolicyID")
    assert re.fullmatch(r"\{[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}\}", own or "")
    options = [each.text for each in root.iter(f"{NS}Option")]
    if base is None:
        assert (root.get("PolicyType"), of) == ("Base Policy", own)
        assert "Enabled:Audit Mode" in options  # alone it would let nothing else run
    else:
        assert (root.get("PolicyType"), of) == ("Supplemental Policy", f"{{{BASE.upper()}}}")
        assert own != of
        assert options == ["Enabled:Unsigned System Integrity Policy"]  # others aren't a supplement's to set
    patterns = {"Allow": "ID_ALLOW_[A-Z][_A-Z0-9]*", "FileAttrib": "ID_FILEATTRIB_[A-Z][_A-Z0-9]*"}
    for each in root.find(f"{NS}FileRules") or ():
        assert re.fullmatch(patterns[each.tag.removeprefix(NS)], each.get("ID", ""))
    hashes = [each.get("Hash", "") for each in root.iter(f"{NS}Allow")]
    assert all(re.fullmatch("[0-9A-F]{40}|[0-9A-F]{64}", each) for each in hashes)
    assert len(set(hashes)) == len(hashes) == 2 * 5  # neither the signed ones nor the batch file
    kernel, user = root.iter(f"{NS}ProductSigners")
    assert len(kernel) == 0
    assert [each.tag.removeprefix(NS) for each in user] == ["AllowedSigners", "FileRulesRef"]
    assert [each.get("RuleID") for each in user[1]] == [each.get("ID") for each in root.iter(f"{NS}Allow")]
    (signer,) = root.iter(f"{NS}Signer")
    assert [each.tag.removeprefix(NS) for each in signer] == ["CertRoot", "CertPublisher", "FileAttribRef"]
    assert signer[0].attrib == {"Type": "TBS", "Value": "AB" * 48}
    assert signer[1].get("Value") == PSF.common_name
    (product,) = root.iter(f"{NS}FileAttrib")
    assert (product.get("ProductName"), signer[2].get("RuleID")) == ("Python", product.get("ID"))
    assert [each.get("SignerId") for each in (*user[0], *root.iter(f"{NS}CiSigner"))] == [signer.get("ID")] * 2


def test_nothing_of_a_kind_leaves_nothing_empty_that_may_not_be() -> None:
    bare = (governed("bootstrap.bat", "", "Script"),)
    root = parsed(code_integrity_policy("example 1.0", SUMS, bare, base=BASE))
    assert [len(each) for each in root.iter(f"{NS}ProductSigners")] == [0, 0]
    assert not list(parsed(applocker_policy("example 1.0", SUMS, ())).iter("FileHashCondition"))


def test_the_same_file_twice_is_one_hash() -> None:
    twice = (*FILES, dataclasses.replace(FILES[3], owner="files/copy.exe"))
    for one, other in ((FILES, twice),):
        assert applocker_policy("x", SUMS, one) == applocker_policy("x", SUMS, other)
        assert code_integrity_policy("x", SUMS, one, base=None) == code_integrity_policy("x", SUMS, other, base=None)


def test_another_bundle_has_other_identifiers() -> None:
    assert identifier(SUMS, "a") == identifier(SUMS, "a")
    assert len({identifier(SUMS, "a"), identifier(SUMS, "b"), identifier("34" * 32, "a")}) == 3
