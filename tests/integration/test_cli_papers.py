"""What a bundle says of itself at the command line: bill of materials, licences, and why a package is in it."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from bundler.pack.reading import open_bundle
from tests.integration.test_cli_audit import PYTHON
from tests.support.programs import make_program

if TYPE_CHECKING:
    from tests.support.commandline import Bench


def test_each_bundle_has_a_bill_that_is_made_once(bench: Bench) -> None:
    files = {"gamma/gamma.dll": make_program(dll=True, version=(9, 8, 7, 0), product="Gamma")}
    bench.publish("gamma", tag="cp311-cp311-win_amd64", files=files)
    bench.write(requirements=("alpha", "gamma"))
    bench.recipe.write_text(bench.recipe.read_text().replace("[bundle]\n", '[bundle]\ncontact = "a@example.com"\n', 1))
    assert bench.build().code == 0
    content = open_bundle(bench.bundle).read("sbom.cdx.json")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(content.decode()) is None
    bill = json.loads(content)
    assert bill["metadata"]["manufacturer"]["contact"][0]["email"] == "a@example.com"
    found = {each["name"]: each for each in bill["components"]}
    assert {"CPython", "alpha", "beta", "gamma", "pip", "shim.exe"} <= set(found)
    assert found["gamma"]["components"][0]["version"] == "9.8.7.0"
    needs = {each["ref"]: each.get("dependsOn", []) for each in bill["dependencies"]}
    assert "package:beta" in needs["package:alpha"]
    first = bench.bundle.read_bytes()
    # without what writes bills: an unchanged build takes the one that it made
    blocker = bench.root / "without" / "cyclonedx"
    blocker.mkdir(parents=True)
    (blocker / "__init__.py").write_text("raise AssertionError('imported')\n")
    path = (
        f"{blocker.parent}:{bench.environ()['PYTHONPATH']}"
        if sys.platform != "win32"
        else f"{blocker.parent};{bench.environ()['PYTHONPATH']}"
    )
    again = bench.build(env={"PYTHONPATH": path})
    assert again.code == 0, again.err
    assert bench.bundle.read_bytes() == first
    assert bench.run("verify", bench.bundle).code == 0


def test_licences_and_reasons(bench: Bench) -> None:
    assert bench.build().code == 0
    lines = {each["name"]: each for each in bench.run("inspect", bench.bundle, "--json").json["packages"]}
    assert lines["alpha"]["license_files"] == ["licenses/alpha-1.0/LICENSE"]
    assert lines["beta"]["license_files"] == []
    shown = " ".join(bench.run("inspect", bench.bundle).out.split())
    assert "in licenses/, of 1 of 3 packages" in shown
    assert "no text in beta, pip" in shown
    why = bench.run("why", "Beta", bench.bundle)
    assert why.code == 0, why.err
    assert why.out.startswith("beta 1.0 is in the bundle because\n  the recipe asks for alpha 1.0\n    -> beta 1.0\n")
    (reason,) = bench.run("why", "beta", bench.bundle, "--json").json["reasons"]
    assert [each["name"] for each in reason["chains"][0]] == ["alpha", "beta"]
    refused = bench.run("why", "betta", bench.bundle)
    assert (refused.code, refused.reference) == (2, "package-not-inside")
    swapped = bench.run("why", bench.bundle, "beta")
    assert (swapped.code, swapped.reference) == (2, "arguments-wrong")
    assert f"the package comes first: bundle why beta {bench.bundle}" in swapped.err


def test_an_audit_ends_with_a_code_of_its_own(bench: Bench) -> None:
    assert bench.build().code == 0
    snapshot = bench.folder / "osv"
    snapshot.mkdir()
    affected = [
        {
            "package": {"ecosystem": "PyPI", "name": "Beta"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.1"}]}],
        }
    ]
    text = json.dumps(
        {"id": "PYSEC-1", "affected": affected, "database_specific": {"severity": "LOW"}, "summary": "words"}
    )
    (snapshot / "PYSEC-1.json").write_text(text)
    arguments = ("audit", bench.bundle, "--osv", snapshot)
    shown = bench.run(*arguments)
    assert shown.code == 9, shown.err
    assert shown.out.startswith("low: beta 1.0: PYSEC-1\n  words\n  fixed in 1.1\nnot judged: CPython ")
    assert "\n1 known vulnerability in " in shown.out
    told = bench.run(*arguments, "--json", "--sarif", "found.sarif")
    assert (told.code, told.json["findings"][0]["fixed"]) == (9, ["1.1"])
    assert json.loads((bench.folder / "found.sarif").read_bytes())["runs"][0]["results"][0]["ruleId"] == "PYSEC-1"
    assert bench.run(*arguments, "--severity", "medium").code == 9, "nothing is known of the Python"
    (snapshot / "PSF-1.json").write_text(PYTHON)
    assert bench.run(*arguments, "--severity", "medium").code == 0
    assert bench.run(*arguments, "--sarif", "no/folder/x").reference == "output-unwritable"
    refused = bench.run("audit", bench.bundle, "--osv", bench.recipe)
    assert (refused.code, refused.reference) == (2, "snapshot-unreadable")
