"""What lies inside packages and the Python, by the bundle's own bill of materials: which of it advisories can be looked up for, and which not.

A bill is what somebody else wrote who made the bundle, and may be anything.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from packageurl import PackageURL
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion

from bundler.foreign import MalformedJsonError, read_json, read_version
from bundler.trust.bill import PREFIX, SUPPLIED_WITH
from bundler.trust.foreign_bill import line_of, purl_of
from bundler.trust.known_libraries import BY_PURL, CPYTHON, library_of
from bundler.trust.osv_record import Subject

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LARGEST_BILL = 64 << 20
"""Bytes of one that is read."""
_MOST = 100_000
_BOOT = "boot-python"
_HASHED = "sha256-"
"""How the bill begins the version of what states none."""
_PYTHONS_OWN = "Python Software Foundation"
"""Who makes the programs of the Python itself: its version is looked up."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """``owner``: the package or the Python that it is in. ``subject``: what to look up, None for the ``reason``. ``version`` is empty where none is stated;
    ``purls``: its names in statements; ``ref``: in the bill.
    """

    owner: str
    name: str
    version: str
    subject: Subject | None = None
    reason: str = ""
    purls: tuple[str, ...] = ()
    ref: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Parts:
    """``serial``: the bill's number; ``fault``: why it can't be read, empty: it was; ``is_missing``: there is none."""

    parts: tuple[Part, ...] = ()
    serial: str = ""
    fault: str = ""
    is_missing: bool = False


def parts_of(bill: bytes) -> Parts:
    """Never raises: what can't be read is said."""
    try:
        data = read_json(bill.decode("utf-8"))
        if not isinstance(data, dict) or data.get("bomFormat") != "CycloneDX":
            return Parts(fault="it isn't CycloneDX in JSON")
        found = tuple(_parts(data))
    except (MalformedJsonError, UnicodeDecodeError, ValueError) as error:
        return Parts(fault=str(error))
    return Parts(parts=found, serial=line_of(data.get("serialNumber")))


def _parts(data: Mapping[str, Any]) -> Iterator[Part]:
    left = _MOST
    for whole in _tables(data.get("components")):
        owner = line_of(whole.get("name"))
        if whole.get("bom-ref") == _BOOT and (own := _python(owner, line_of(whole.get("version")))) is not None:
            yield own
        if _is_prerequisite(whole):
            yield Part(owner="", name=owner, version="", reason="its version is not known")
        for each in _tables(whole.get("components")):
            left -= 1
            if left < 0:
                raise ValueError(f"it has more than {_MOST} components")
            if (found := _part(owner, each)) is not None:
                yield found


def _python(name: str, version: str) -> Part | None:
    """The Python that runs where it lies: of the same branch as the target's, not always the same release."""
    try:
        read_version(version)
    except InvalidVersion:
        return None
    purl = str(PackageURL("generic", None, "cpython", version))
    return Part(owner=_BOOT, name=name, version=version, subject=Subject("library", CPYTHON), purls=(purl,), ref=_BOOT)


def _is_prerequisite(data: Mapping[str, Any]) -> bool:
    """A program beside the packages that isn't a launcher of ours."""
    ref = line_of(data.get("bom-ref"))
    return data.get("type") == "application" and ref.startswith("file:") and not ref.startswith("file:target/")


def _part(owner: str, data: Mapping[str, Any]) -> Part | None:
    name, version, purl = line_of(data.get("name")), line_of(data.get("version")), purl_of(data.get("purl"))
    if not name or _is_pythons_own(data):
        return None
    version = "" if version.startswith(_HASHED) else version
    part = Part(
        owner=owner, name=name, version=version, purls=(purl,) if purl else (), ref=line_of(data.get("bom-ref"))
    )
    if not version:
        return dataclasses.replace(part, reason="it states no version")
    known = _of_purl(purl) or _of_resource(name, version, line_of(data.get("description")))
    if known is None:
        return dataclasses.replace(part, reason="no advisories are known to go by its name")
    subject, plain = known
    try:
        read_version(plain)
    except InvalidVersion:
        return dataclasses.replace(part, reason="its version is not one that can be compared")
    named = next((key for key, each in BY_PURL.items() if each.name == subject.name), "")
    purls = (
        (*part.purls, str(PackageURL("generic", None, named, plain))) if subject.ecosystem == "library" else part.purls
    )
    return dataclasses.replace(part, name=subject.name, version=plain, subject=subject, purls=purls)


def _is_pythons_own(data: Mapping[str, Any]) -> bool:
    """By its own word: what says no maker, and came with the Python, may be anybody's."""
    supplier = data.get("supplier")
    if not isinstance(supplier, dict) or line_of(supplier.get("name")) != _PYTHONS_OWN:
        return False
    return all(each.get("name") != PREFIX + SUPPLIED_WITH for each in _tables(data.get("properties")))


def _of_purl(text: str) -> tuple[Subject, str] | None:
    """Of what a package's own bill names. Versions of distributions, such as those of ``pkg:rpm``, are others than those of what they package."""
    try:
        purl = PackageURL.from_string(text) if text else None
    except ValueError:
        return None
    if purl is None or not purl.version or purl.namespace:
        return None
    if purl.type == "pypi":
        return Subject("PyPI", canonicalize_name(purl.name)), purl.version
    if purl.type == "cargo":
        return Subject("crates.io", purl.name), purl.version
    library = BY_PURL.get(purl.name.lower()) if purl.type == "generic" else None
    return (Subject("library", library.name), purl.version.removeprefix("v")) if library is not None else None


def _of_resource(filename: str, version: str, product: str) -> tuple[Subject, str] | None:
    """A resource has four numbers, of which releases write three."""
    library = library_of(filename, product)
    if library is None:
        return None
    numbers = version.split(".")
    return Subject("library", library.name), ".".join(numbers[:3] if numbers[3:] == ["0"] else numbers)


def _tables(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, list):
        yield from (each for each in value if isinstance(each, dict))
