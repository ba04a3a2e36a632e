"""The bill of materials in the next version of its format: what the format's own library writes and its validator takes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from cyclonedx.model.bom import Bom
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from bundler.errors import InputError, IntegrityError
from bundler.pack.reading import open_bundle
from bundler.pipeline.written_bill import BillVersion, written_bill
from tests.support.bundles import make_inputs, write_made
from tests.unit.trust.test_bill import inputs_of, laid, text_of

if TYPE_CHECKING:
    from pathlib import Path


def test_each_version_is_what_its_library_writes(tmp_path: Path) -> None:
    layout = laid(inputs_of(tmp_path / "inputs"))
    bundle = open_bundle(write_made(layout, tmp_path / "out", "zip").path)
    assert written_bill(bundle, "1.6") == text_of(layout).encode()
    versions: tuple[tuple[BillVersion, SchemaVersion], ...] = (("1.6", SchemaVersion.V1_6), ("1.7", SchemaVersion.V1_7))
    for version, schema in versions:
        found = written_bill(bundle, version).decode("ascii")
        assert JsonStrictValidator(schema).validate_str(found) is None
        ours = json.loads(found)
        assert ours["specVersion"] == version
        # its model has no compositions; and it puts everything into an order of its own
        read = Bom.from_json(ours)  # type: ignore[attr-defined] # a decorator gives it
        theirs = json.loads(make_outputter(read, OutputFormat.JSON, schema).output_as_string())
        assert {**theirs, "compositions": ours["compositions"]} == ours


def test_a_bundle_without_a_bill(tmp_path: Path) -> None:
    bundle = open_bundle(write_made(make_inputs(tmp_path / "inputs").lay_out(), tmp_path / "out", "zip").path)
    with pytest.raises(InputError) as caught:
        written_bill(bundle, "1.7")
    assert caught.value.reference == "bill-missing"


@pytest.mark.parametrize("content", [b"", b"[]", b'{"bomFormat": "CycloneDX", "specVersion": "1.5"}', "\xe4".encode()])
def test_a_bill_that_is_something_else(tmp_path: Path, content: bytes) -> None:
    bundle = open_bundle(write_made(laid(inputs_of(tmp_path / "inputs")), tmp_path / "out", "dir").path)
    (bundle.path / "sbom.cdx.json").write_bytes(content)
    with pytest.raises(IntegrityError) as caught:
        written_bill(bundle, "1.7")
    assert caught.value.reference == "bundle-damaged"
