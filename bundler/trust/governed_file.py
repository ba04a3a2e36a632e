"""A file that policies of a Windows machine decide about, and by what they know it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from bundler.formats.signature import Signature

Collection = Literal["Exe", "Dll", "Script", "Msi"]
"""AppLocker's collections of rules."""
COLLECTIONS: tuple[Collection, ...] = ("Exe", "Dll", "Script", "Msi")

_QUOTED = frozenset(',+="\n<>#;\\')
"""What a distinguished name writes in quotes. How policies spell such names is documented nowhere, so that a hash stands for them."""
_ANY = "*"
"""What stands for all names in a policy: a file chooses the name of its product."""
_AS_WINDOWS = {"ST": "S"}
_LONGEST = 256


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Publisher:
    """Who signed a file, for rules that hold for other versions of it too. ``name``: as AppLocker spells it, ``O=…, L=…, S=…, C=…``;
    ``common_name`` of the signing certificate; ``issuer``: the name of the certificate that issued it, ``issuer_digest`` as of ``Signature``;
    ``product``: by the file's version resource.
    """

    name: str
    common_name: str
    issuer: str
    issuer_digest: str
    product: str


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class GovernedFile:
    """``owner``: the member of the bundle that it is or lies in, ``path`` there. ``size`` in bytes. ``sha256``: by which AppLocker knows it.

    ``hashes``: by which App Control does, each with its kind (``Sha256``, ``Page Sha256``); none where it doesn't ask, as for batch files.
    """

    owner: str
    path: str
    collection: Collection
    size: int
    sha256: str
    hashes: tuple[tuple[str, str], ...]
    publisher: Publisher | None = None

    @property
    def name(self) -> str:
        return (self.path or self.owner).rpartition("/")[2]

    @property
    def group(self) -> str:
        """With what it comes: a wheel, an installer, the Python that lies unpacked in ``boot``."""
        return self.owner if self.path or "/" not in self.owner else f"{self.owner.partition('/')[0]}/"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Uncovered:
    """Files that get no rule: ``what`` they are, ``why``, and what ``advice`` there is."""

    what: str
    why: str
    advice: str


def publisher_of(signature: Signature, product: str) -> Publisher | None:
    """None: not known well enough for a rule that isn't wider than what is in the bundle."""
    values = [value for _, value in signature.subject] + [signature.subject_common_name, product]
    named = dict(signature.subject)
    if signature.distrust or not signature.issuer_digest or not named.get("O"):
        return None
    if not all(each and each.isprintable() and each == each.strip() and len(each) <= _LONGEST for each in values):
        return None
    if any(_ANY in value for value in values) or any(_QUOTED & set(value) for value in named.values()):
        return None
    return Publisher(
        name=", ".join(f"{_AS_WINDOWS.get(kind, kind)}={value}" for kind, value in signature.subject).upper(),
        common_name=signature.subject_common_name,
        issuer=signature.issuer,
        issuer_digest=signature.issuer_digest,
        product=product,
    )
