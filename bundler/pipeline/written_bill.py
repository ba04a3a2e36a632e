"""The bill of materials that lies in a bundle, handed out as it is, or as the next version of its format."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

from bundler.errors import Fault, InputError
from bundler.foreign import MalformedJsonError, read_json
from bundler.model.bundle_files import BILL
from bundler.pack.forms.bundle_form import damaged
from bundler.trust.bundle_parts import LARGEST_BILL

if TYPE_CHECKING:
    from bundler.pack.reading import Bundle

BillVersion = Literal["1.6", "1.7"]
_WRITTEN = "1.6"


def written_bill(bundle: Bundle, version: BillVersion) -> bytes:
    """ASCII JSON. CycloneDX 1.7 has all that 1.6 has, under the same names and with the same meaning (a test compares with what its library writes).

    Raises InputError (``bill-missing``), IntegrityError (``bundle-damaged``).
    """
    if not any(each.path == BILL for each in bundle.manifest.members):
        raise InputError(
            "bill-missing",
            f"{bundle.path} has no bill of materials",
            hint="build it again with this version: each bundle has one now",
        )
    content = bundle.read(BILL, LARGEST_BILL)
    data = _read(bundle, content)
    if version == _WRITTEN:
        return content
    schema = f"http://cyclonedx.org/schema/bom-{version}.schema.json"
    return f"{json.dumps({**data, '$schema': schema, 'specVersion': version}, indent=1, sort_keys=True)}\n".encode(
        "ascii"
    )


def _read(bundle: Bundle, content: bytes) -> dict[str, Any]:
    try:
        data = read_json(content.decode("ascii"))
    except (MalformedJsonError, UnicodeDecodeError) as error:
        raise damaged(bundle.path, (Fault(BILL, str(error)),)) from None
    if not isinstance(data, dict) or (data.get("bomFormat"), data.get("specVersion")) != ("CycloneDX", _WRITTEN):
        raise damaged(bundle.path, (Fault(BILL, f"is not CycloneDX {_WRITTEN}"),))
    return data
