"""The bill of materials of a bundle: what it lists, and the minimum elements of NTIA and of BSI TR-03183-2, one by one."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from bundler.model.artifact import Artifact, StoredFile
from bundler.model.lock import BuildRequirement, LockedPackage
from bundler.pack.bundle_input import BundleOrder, BundleParts, PackedRuntime
from bundler.pack.layout import Layout, lay_out
from bundler.pack.names import licence_folder
from bundler.trust.bundle_bill import Papers, bundle_bill
from bundler.trust.cyclonedx_document import cyclonedx_document
from bundler.trust.file_papers import sha512_of, tree_programs, wheel_papers
from tests.support.bundles import CREATED, Inputs, make_boot, make_inputs
from tests.support.packages import make_wheel
from tests.support.programs import make_program
from tests.support.shelf import MemoryCache
from tests.support.wheels import OWN_BILL

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bundler.pack.draft import Draft

WORDS = (
    "License-Expression: MIT",
    "Author-email: Ann Alpha <ann@example.com>",
    "Project-URL: Homepage, https://user:secret@alpha.example/",
    "Project-URL: Source, https://code.example/alpha",
)


def inputs_of(folder: Path, kind: str = "exe") -> Inputs:
    """A package with a DLL and a bill of its own, which needs another that was built here."""
    wheels = [
        make_wheel(
            folder / "wheels",
            "alpha",
            "1.0",
            tag="cp311-cp311-win_amd64",
            metadata_extra=WORDS,
            licenses={"LICENSE": "words\n"},
            files={
                "alpha/alpha.dll": make_program(dll=True, version=(3, 2, 1, 0), product="The Toolkit"),
                "alpha/_alpha.pyd": make_program(dll=True),
                "alpha/no.exe": b"MZ is no program",
                "alpha-1.0.dist-info/sboms/rust.cdx.json": OWN_BILL,
                "alpha-1.0.dist-info/sboms/other.spdx.json": '{"spdxVersion": "SPDX-2.3"}',
            },
        ),
        make_wheel(
            folder / "wheels", "Zeta", "2.0", metadata_extra=["Classifier: License :: OSI Approved :: MIT License"]
        ),
    ]
    inputs = make_inputs(folder, kind=kind, wheels=wheels)
    inputs.boot = make_boot(
        folder / "boot",
        {
            "python.exe": make_program(),
            "libssl-3.dll": make_program(dll=True, version=(3, 0, 13, 0), product="OpenSSL"),
        },
    )
    first, second = inputs.lock.packages
    sdist = Artifact(filename="zeta-2.0.tar.gz", url="https://index/zeta-2.0.tar.gz", sha256="5" * 64)
    inputs.lock = dataclasses.replace(
        inputs.lock,
        packages=(
            dataclasses.replace(first, dependencies=("zeta",)),
            dataclasses.replace(second, kind="sdist", file=sdist),
        ),
        build=(
            BuildRequirement(
                package=LockedPackage(name="setuptools", version="80.9", kind="wheel", file=None), used_by=("zeta",)
            ),
        ),
    )
    inputs.wheels = [inputs.wheels[0], dataclasses.replace(inputs.wheels[1], made_from="sdist")]
    return inputs


def bill_of(inputs: Inputs, cache: MemoryCache, contact: str) -> Callable[[Draft], bytes]:
    def make(draft: Draft) -> bytes:
        wheels = (*inputs.wheels, *inputs.seeds)
        files = {each.sha256: each for each in (*(each.file for each in wheels), *(each for _, each in inputs.files))}
        python = StoredFile.of(inputs.ours.parent / "python-3.11.9-amd64.exe")
        files[python.sha256] = python

        def sha512(sha256: str) -> str:
            return (
                sha512_of(files[sha256], cache)
                if sha256 in files
                else hashlib.sha512(draft.contents[sha256]).hexdigest()
            )

        papers = Papers(
            lock=inputs.lock,
            metadata=draft.metadata,
            sha512=sha512,
            wheels={each.file.sha256: wheel_papers(each, cache) for each in wheels},
            python=tree_programs(inputs.boot, cache),
            compiled_with={inputs.wheels[0].filename: "zig 0.15.1"},
            licence_folder=licence_folder,
        )
        bill = bundle_bill(draft.manifest, papers, created=inputs.created, contact=contact)
        return cyclonedx_document(bill)

    return make


def laid(inputs: Inputs, *, cache: MemoryCache | None = None, contact: str = "security@example.com") -> Layout:
    return lay_out(
        BundleOrder(recipe=inputs.recipe, table=inputs.table, lock=inputs.lock, lock_text=inputs.lock_text),
        BundleParts(
            wheels=inputs.wheels,
            seeds=inputs.seeds,
            files=inputs.files,
            bill=bill_of(inputs, cache or MemoryCache(), contact),
        ),
        PackedRuntime(
            boot=inputs.boot, installer=inputs.installer, maker="venv", windows=(6, 3, 9600), size=90_000_000
        ),
        created=inputs.created,
        ours=inputs.ours,
    )


def text_of(layout: Layout) -> str:
    (content,) = (each.source for each in layout.entries if each.path == "sbom.cdx.json")
    assert isinstance(content, bytes)
    return content.decode("ascii")


@pytest.fixture(params=["exe", "archive"])
def bill(tmp_path: Path, request: pytest.FixtureRequest) -> Any:
    return json.loads(text_of(laid(inputs_of(tmp_path, request.param))))


def component(bill: Any, ref: str) -> Any:
    inner = [part for each in bill["components"] for part in each.get("components", ())]
    (found,) = (each for each in (*bill["components"], *inner) if each["bom-ref"] == ref)
    return found


def notes(found: Any) -> dict[str, str]:
    return {each["name"]: each["value"] for each in found["properties"]}


def test_it_is_valid_to_the_letter(tmp_path: Path) -> None:
    for kind in ("exe", "archive"):
        text = text_of(laid(inputs_of(tmp_path / kind, kind)))
        assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None


def test_it_is_in_the_manifest_and_the_release_is_named_without_it(tmp_path: Path) -> None:
    inputs = inputs_of(tmp_path)
    first = laid(inputs).manifest
    assert "sbom.cdx.json" in {each.path for each in first.members}
    inputs.created = CREATED + datetime.timedelta(1)
    later = laid(inputs).manifest
    assert later.bundle.release == first.bundle.release
    assert later.members != first.members


def test_the_same_bundle_has_the_same_bill(tmp_path: Path) -> None:
    cache = MemoryCache()
    first = text_of(laid(inputs_of(tmp_path / "one"), cache=cache))
    assert text_of(laid(inputs_of(tmp_path / "two"))) == first
    assert text_of(laid(inputs_of(tmp_path / "three"), cache=cache)) == first  # of what is remembered
    other = inputs_of(tmp_path / "four")
    other.created = CREATED + datetime.timedelta(1)
    assert json.loads(text_of(laid(other)))["serialNumber"] != json.loads(first)["serialNumber"]


NTIA: dict[str, Callable[[Any], object]] = {
    "author of the bill": lambda bill: bill["metadata"]["authors"][0]["name"],
    "time of its making": lambda bill: bill["metadata"]["timestamp"] == "2026-03-04T05:06:07+00:00",
}
BSI: dict[str, Callable[[Any], object]] = {
    "creator with an address": lambda bill: (
        bill["metadata"]["manufacturer"]["contact"][0]["email"] == "security@example.com"
    ),
    "time": lambda bill: bill["metadata"]["timestamp"],
    "address of the bill": lambda bill: re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", bill["serialNumber"]),
    "format": lambda bill: (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6"),
    "completeness": lambda bill: {each["aggregate"] for each in bill["compositions"]} == {"complete", "incomplete"},
}


@pytest.mark.parametrize("element", NTIA)
def test_minimum_elements_of_ntia_for_the_bill(bill: Any, element: str) -> None:
    assert NTIA[element](bill)


@pytest.mark.parametrize("element", BSI)
def test_required_fields_of_bsi_for_the_bill(bill: Any, element: str) -> None:
    assert BSI[element](bill)


def test_minimum_elements_for_each_component(bill: Any) -> None:
    """NTIA: supplier, name, version, other identifiers, dependencies. BSI: also the file's name, its traits, its SHA-512, its licence. What wheels state
    themselves of what is in them (PEP 770) is passed on as it is.
    """
    inner = [part for each in bill["components"] for part in each.get("components", ())]
    own = [each for each in (*bill["components"], *inner) if "#" not in each["bom-ref"]]
    assert len(own) >= 8
    related = {each["ref"] for each in bill["dependencies"]}
    for each in own:
        ref = each["bom-ref"]
        assert each["name"], ref
        assert each["version"], ref
        assert each["purl"].startswith("pkg:"), ref
        assert ref in related, ref
        assert {found["alg"] for found in each["hashes"]} == {"SHA-256", "SHA-512"}, ref
        traits = notes(each)
        assert traits["bsi:component:filename"], ref
        assert traits["bsi:component:executable"] in ("executable", "non-executable"), ref
        assert traits["bsi:component:archive"] in ("archive", "no archive"), ref
        assert traits["bsi:component:structured"] in ("structured", "unstructured"), ref
    stated = [each for each in own if each["bom-ref"] in ("package:alpha", "runtime", "file:target/shim.exe")]
    assert len(stated) == 3
    assert all(each["supplier"]["name"] and each["licenses"] for each in stated)


def test_a_package_with_all_that_is_known_of_it(bill: Any) -> None:
    alpha = component(bill, "package:alpha")
    assert (alpha["name"], alpha["version"], alpha["purl"]) == ("alpha", "1.0", "pkg:pypi/alpha@1.0")
    assert alpha["description"] == "made for tests"
    assert alpha["licenses"] == [{"license": {"id": "MIT", "acknowledgement": "declared"}}]
    assert alpha["supplier"]["name"] == "Ann Alpha"
    assert alpha["supplier"]["contact"][0]["email"] == "ann@example.com"
    links = {each["type"]: each for each in alpha["externalReferences"]}
    assert links["website"]["url"] == "https://alpha.example/"
    assert links["vcs"]["url"] == "https://code.example/alpha"
    assert links["distribution"]["hashes"] == alpha["hashes"]
    facts = notes(alpha)
    assert facts["offline-bundler:in-bundle"] == "wheels/alpha-1.0-cp311-cp311-win_amd64.whl"
    assert facts["offline-bundler:licence-text"] == "licenses/alpha-1.0/LICENSE"
    assert facts["offline-bundler:compiled-with"] == "zig 0.15.1"
    assert facts["offline-bundler:unread-bill"] == "other.spdx.json: it isn't CycloneDX in JSON"


def test_hashes_are_those_of_the_files(tmp_path: Path) -> None:
    inputs = inputs_of(tmp_path)
    bill = json.loads(text_of(laid(inputs)))
    content = inputs.wheels[0].file.path.read_bytes()
    wanted = {"SHA-256": hashlib.sha256(content).hexdigest(), "SHA-512": hashlib.sha512(content).hexdigest()}
    assert {each["alg"]: each["content"] for each in component(bill, "package:alpha")["hashes"]} == wanted
    dll = make_program(dll=True, version=(3, 2, 1, 0), product="The Toolkit")
    found = component(bill, "package:alpha!alpha/alpha.dll")["hashes"]
    assert found[1]["content"] == hashlib.sha512(dll).hexdigest()


def test_what_was_built_here_names_its_source_and_tools(bill: Any) -> None:
    zeta = component(bill, "package:zeta")
    (source,) = (each for each in zeta["externalReferences"] if each["type"] == "source-distribution")
    assert source["url"] == "https://index/zeta-2.0.tar.gz"
    assert source["hashes"][0]["content"] == "5" * 64
    assert zeta["pedigree"]["ancestors"][0]["hashes"][0]["content"] == "5" * 64
    assert notes(zeta)["offline-bundler:made-from"] == "sdist"
    assert notes(zeta)["offline-bundler:built-with"] == "setuptools==80.9"
    assert zeta["licenses"][0]["license"]["id"] == "MIT"


def test_programs_in_wheels_and_in_the_python_have_versions(bill: Any) -> None:
    dll = component(bill, "package:alpha!alpha/alpha.dll")
    assert (dll["version"], dll["description"]) == ("3.2.1.0", "The Toolkit")
    broken = component(bill, "package:alpha!alpha/no.exe")
    assert broken["version"].startswith("sha256-")
    assert component(bill, "python!libssl-3.dll")["version"] == "3.0.13.0"
    refs = json.dumps(bill)
    assert "_alpha.pyd" not in refs


def test_the_bill_of_a_wheel_is_merged_and_believed_in_nothing(bill: Any) -> None:
    names = {each["name"]: each for each in component(bill, "package:alpha")["components"] if "#" in each["bom-ref"]}
    assert set(names) == {"openssl-sys", "inner", "[2Jodd"}
    assert names["openssl-sys"]["purl"] == "pkg:cargo/openssl-sys@0.9.1"
    assert names["openssl-sys"]["licenses"][0]["expression"] == "MIT OR Apache-2.0"
    assert "purl" not in names["[2Jodd"]
    assert "hashes" not in names["[2Jodd"]


def test_what_needs_what(bill: Any) -> None:
    edges = {each["ref"]: set(each.get("dependsOn", ())) for each in bill["dependencies"]}
    assert {"package:alpha", "runtime", "package:pip", "file:target/shim.exe"} <= edges["bundle"]
    assert "package:zeta" not in edges["bundle"]
    assert {"package:zeta", "package:alpha!alpha/alpha.dll"} <= edges["package:alpha"]


def test_the_python(bill: Any) -> None:
    runtime = component(bill, "runtime")
    assert (runtime["type"], runtime["name"], runtime["version"]) == ("platform", "CPython", "3.11.9")
    assert runtime["cpe"] == "cpe:2.3:a:python:python:3.11.9:*:*:*:*:*:*:*"
    assert notes(runtime)["offline-bundler:signer"] == "Python Software Foundation"
    assert notes(runtime)["bsi:component:filename"].endswith(".exe")


def test_extra_files_say_where_they_go(bill: Any) -> None:
    found = component(bill, "file:files/settings.ini")
    assert notes(found)["offline-bundler:destination"] == "{release}\\settings.ini"


@pytest.mark.parametrize(
    ("contact", "key"), [("https://example.com/security", "url"), ("a@example.com", "contact"), ("", None)]
)
def test_whoever_made_it(tmp_path: Path, contact: str, key: str | None) -> None:
    maker = json.loads(text_of(laid(inputs_of(tmp_path), contact=contact)))["metadata"]["manufacturer"]
    assert set(maker) == {"name", *([key] if key else [])}
