"""What lies inside packages and the Python: which of it is looked up, by which name and version; and that nothing else is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from packaging.version import Version

from bundler.present.audit_text import audit_lines
from bundler.trust.audit import audit
from bundler.trust.bundle_parts import parts_of
from bundler.trust.known_libraries import BY_NAME, LIBRARIES, library_of
from bundler.trust.osv_record import Subject, read_record
from tests.support.bundles import make_inputs
from tests.unit.trust.test_audit import by_bitnami, record, snapshot

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.model.manifest import Manifest

OPENSSL, SQLITE = Subject("library", "OpenSSL"), Subject("library", "SQLite")


def bill(*parts: dict[str, Any], owner: str = "CPython", **more: Any) -> bytes:
    components = [{"bom-ref": "runtime", "type": "platform", "name": owner, "components": list(parts)}]
    return json.dumps(
        {"bomFormat": "CycloneDX", "serialNumber": "urn:uuid:1", "components": components, **more}
    ).encode()


def dll(name: str, version: str, product: str = "", **more: Any) -> dict[str, Any]:
    return {"bom-ref": f"python!{name}", "name": name, "version": version, "description": product, **more}


LIBCRYPTO = dll("libcrypto-3.dll", "3.0.13.0", "The OpenSSL Toolkit")


@pytest.mark.parametrize(
    ("part", "subject", "version"),
    [  # resources as those of python.org's and of wheels' DLLs are
        (LIBCRYPTO, OPENSSL, "3.0.13"),
        (dll("libssl-3-x64.dll", "3.5.0.0", "The OpenSSL Toolkit"), OPENSSL, "3.5.0"),
        (dll("libcrypto-1_1.dll", "1.1.1.23", "The OpenSSL Toolkit"), OPENSSL, "1.1.1.23"),
        (dll(f"libcrypto-3-x64-{'0f' * 16}.dll", "3.0.13.0", "The OpenSSL Toolkit"), OPENSSL, "3.0.13"),
        (dll("sqlite3.dll", "3.45.1.0", "SQLite3"), SQLITE, "3.45.1"),
        (dll("zlib1.dll", "1.3.1.0", "zlib"), Subject("library", "zlib"), "1.3.1"),
        (dll("a", "3.0.15", purl="pkg:generic/openssl@3.0.15"), OPENSSL, "3.0.15"),
        (dll("ring", "0.17.8", purl="pkg:cargo/ring@0.17.8"), Subject("crates.io", "ring"), "0.17.8"),
        (dll("urllib3", "1.26.20", purl="pkg:pypi/urllib3@1.26.20"), Subject("PyPI", "urllib3"), "1.26.20"),
    ],
)
def test_what_is_looked_up(part: dict[str, Any], subject: Subject, version: str) -> None:
    (found,) = parts_of(bill(part)).parts
    assert (found.subject, found.version, found.owner) == (subject, version, "CPython")


@pytest.mark.parametrize(
    ("part", "reason"),
    [
        (dll("libcrypto-3.dll", "3.0.13.0", "Something else"), "no advisories are known to go by its name"),
        (dll("mycrypto.dll", "3.0.13.0", "The OpenSSL Toolkit"), "no advisories are known to go by its name"),
        (dll("zlib1.dll", "1.3.1.0", "zlib-ng"), "no advisories are known to go by its name"),
        (dll("vcruntime140.dll", "14.38.33126.1", "Visual Studio"), "no advisories are known to go by its name"),
        (dll("a", "1", purl="pkg:rpm/almalinux/openssl-libs@3.0.1-4.el9"), "no advisories are known to go by its name"),
        (dll("libffi-8.dll", "sha256-eff52743773eb550"), "it states no version"),
        (dll("ring", "x", purl="pkg:cargo/ring@x.y"), "its version is not one that can be compared"),
    ],
)
def test_what_is_not(part: dict[str, Any], reason: str) -> None:
    (found,) = parts_of(bill(part)).parts
    assert (found.subject, found.reason) == (None, reason)


def test_the_pythons_own_programs_are_the_python() -> None:
    own = dll("python3.dll", "3.11.9150.1013", "Python", supplier={"name": "Python Software Foundation"})
    assert parts_of(bill(own)).parts == ()


@pytest.mark.parametrize(
    ("version", "places"),
    [
        ("3.11.9", ["CPython 3.11.9"]),
        ("3.11.8", ["CPython 3.11.8 in boot-python", "CPython 3.11.9"]),
        ("x", ["CPython 3.11.9"]),
    ],
)
def test_the_python_that_installs_may_be_another_release(
    tmp_path: Path, manifest: Manifest, version: str, places: list[str]
) -> None:
    boot = [{"bom-ref": "boot-python", "type": "platform", "name": "CPython", "version": version}]
    record = {"id": "BIT-1", "affected": [by_bitnami("python", "3.12")]}
    found = audit(manifest, [snapshot(tmp_path / "osv", record)], inside=parts_of(bill(components=boot)))
    assert sorted(each.place for each in found.findings) == places


def test_prerequisites_are_not_judged() -> None:
    extra = [{"bom-ref": f"file:{path}", "type": kind, "name": path} for path, kind in
             (("prerequisites/vc_redist.exe", "application"), ("target/shim.exe", "application"), ("files/a.ini", "file"))]  # fmt: skip
    assert [each.name for each in parts_of(bill(components=extra)).parts] == ["prerequisites/vc_redist.exe"]


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b"\xff", b'{"bomFormat": "CycloneDX", "components": [' + b"[" * 100_000]
)
def test_a_bill_that_is_none(content: bytes) -> None:
    assert parts_of(content).fault


def test_a_bill_with_too_much() -> None:
    many = [{"name": "a", "version": "1"}] * 100_001
    assert "more than 100000" in parts_of(bill(*many)).fault


@pytest.mark.parametrize(
    ("library", "tag", "version"),
    [
        ("OpenSSL", "openssl-3.0.13", "3.0.13"),
        ("OpenSSL", "OpenSSL_1_1_1w", "1.1.1.23"),
        ("OpenSSL", "OpenSSL_1_1_1", "1.1.1"),
        ("OpenSSL", "openssl-3.0.0-alpha1", ""),
        ("OpenSSL", "OpenSSL_1_1_1-pre9", ""),
        ("SQLite", "version-3.45.1", "3.45.1"),
        ("zlib", "v1.3.1", "1.3.1"),
        ("Expat", "R_2_5_0", "2.5.0"),
        ("Expat", "V20000512", ""),
        ("curl", "curl-8_4_0", "8.4.0"),
        ("CPython", "v3.11.9", "3.11.9"),
        ("CPython", "v3.13.0rc1", ""),
    ],
)
def test_tags_of_releases(library: str, tag: str, version: str) -> None:
    assert BY_NAME[library].version_of_tag(tag) == version


def test_a_dll_is_one_library_at_most() -> None:
    assert len({each.name for each in LIBRARIES}) == len({each.purl for each in LIBRARIES}) == len(LIBRARIES)
    assert library_of("", "") is None
    assert library_of("python311.dll", "Python") is None


def by_tags(identity: str, *tags: str, repository: str = "https://github.com/openssl/openssl") -> dict[str, Any]:
    ranges = [{"type": "GIT", "repo": repository, "events": [{"introduced": "0"}]}]
    return {"id": identity, "affected": [{"ranges": ranges, "versions": list(tags)}], "summary": "words"}


@pytest.fixture
def manifest(tmp_path: Path) -> Manifest:
    return make_inputs(tmp_path / "inputs").lay_out().manifest


def test_libraries_are_found_once_however_many_dlls_they_have(tmp_path: Path, manifest: Manifest) -> None:
    inside = parts_of(
        bill(
            LIBCRYPTO, dll("libssl-3.dll", "3.0.13.0", "The OpenSSL Toolkit"), dll("sqlite3.dll", "3.45.1.0", "SQLite")
        )
    )
    place = snapshot(
        tmp_path / "osv",
        by_tags("CVE-1", "openssl-3.0.12", "openssl-3.0.13"),
        by_tags("CVE-2", "openssl-3.0.12", repository="https://github.com/openssl/openssl.git"),
        by_tags("CVE-3", repository="https://github.com/sqlite/sqlite"),
        {"id": "BIT-sqlite-1", "affected": [by_bitnami("sqlite", "3.45.2")]},
        record(name="other"),
    )  # fmt: skip
    found = audit(manifest, [place], inside=inside)
    assert [(each.place, each.advisory, each.fixed) for each in found.findings] == [
        ("OpenSSL 3.0.13 in CPython", "CVE-1", ()),
        ("SQLite 3.45.1 in CPython", "BIT-sqlite-1", ("3.45.2",)),
    ]
    assert (found.parts, found.unjudged) == (2, ("CVE-3",))
    assert [each.name for each in found.not_judged] == ["CPython"]
    assert any("and 2 libraries inside them, by 5 records" in line for line in audit_lines(found))


def test_crates_and_packages_inside_packages(tmp_path: Path, manifest: Manifest) -> None:
    inside = parts_of(bill(
        dll("ring", "0.17.8", purl="pkg:cargo/ring@0.17.8"), dll("urllib3", "1.26.20", purl="pkg:pypi/urllib3@1.26.20"), owner="pip",
    ))  # fmt: skip
    crate = record("RUSTSEC-1", "ring")
    crate["affected"][0]["package"]["ecosystem"] = "crates.io"
    crate["affected"][0]["ranges"][0] |= {"type": "SEMVER", "events": [{"introduced": "0.0.0-0"}, {"fixed": "0.17.12"}]}
    both = audit(manifest, [snapshot(tmp_path / "osv", crate, record("PYSEC-1", "urllib3"))], inside=inside)
    assert [each.place for each in both.findings] == ["ring 0.17.8 in pip", "urllib3 1.26.20 in pip"]
    one = audit(manifest, [snapshot(tmp_path / "one", record("PYSEC-1", "other"))], inside=inside)
    assert "ring" in [each.name for each in one.not_judged]


def test_a_bill_that_can_not_be_read_is_said(tmp_path: Path, manifest: Manifest) -> None:
    found = audit(manifest, [snapshot(tmp_path / "osv", record(name="x"))], inside=parts_of(b"x"))
    assert any("the bill of materials can't be read" in line for line in audit_lines(found))


def test_packages_of_distributions_are_none_of_ours() -> None:
    debian = by_tags("DSA-1", "openssl-3.0.13")
    debian["affected"][0]["package"] = {"ecosystem": "Debian:12", "name": "openssl"}
    assert read_record(debian) is None


def test_records_of_curl_have_ranges_of_versions_beside_commits() -> None:
    record = by_tags("CURL-CVE-1", "8.3.0", repository="https://github.com/curl/curl.git")
    events = [{"introduced": "7.69.0"}, {"fixed": "8.4.0"}]
    record["affected"][0]["ranges"].append({"type": "SEMVER", "events": events})
    found = read_record(record)
    assert found is not None
    assert [found.affected[0].holds(Version(each)) for each in ("7.68.0", "8.3.0", "8.4.0")] == [False, True, False]


def test_tags_of_two_repositories_are_no_versions() -> None:
    mixed = by_tags("CVE-1", "openssl-3.0.13")
    mixed["affected"][0]["ranges"].append({"type": "GIT", "repo": "https://github.com/sqlite/sqlite", "events": []})
    assert read_record(mixed) is None
