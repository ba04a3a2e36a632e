"""The readers of texts: versions, requirements, names, addresses, metadata, recipes, locks, pages, headers, kept answers."""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import datetime
import functools
import hashlib
import io
import json
import re
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement
from packaging.specifiers import InvalidSpecifier
from packaging.utils import InvalidSdistFilename, InvalidWheelFilename
from packaging.version import InvalidVersion

from bundler import foreign
from bundler.errors import BuildError, BundleError, InputError, NetworkError
from bundler.fetch import DiskCache, NetworkOptions, NetworkSettings
from bundler.fetch.git_tree import listed, modules_of
from bundler.fetch.httpcache import HttpCache
from bundler.fetch.pipconf import read_pip_settings
from bundler.fetch.urls import file_path, redact
from bundler.formats.blob_signature import read_blob_signature
from bundler.formats.core_metadata import MalformedMetadataError, parse_metadata, reduced
from bundler.formats.dsse import Envelope, read_envelope, write_envelope
from bundler.formats.p256_key import key_of_pem
from bundler.formats.ssh_signature import read_ssh_signature
from bundler.formats.wine_registry import OversizedRegistryError, read_wine_registry
from bundler.legacy.old_metadata import classifier_majors, read_pkg_info, read_requires, scripts_of, write_metadata
from bundler.model.attestation import publishers_text
from bundler.model.lock_encoding import encode_lock
from bundler.model.lock_file import load_lock
from bundler.model.manifest_encoding import decode_manifest, encode_manifest
from bundler.model.ports import Response
from bundler.model.recipe_file import load_recipe
from bundler.model.rehearsal import RehearseCommandInfo, RehearseInfo, RehearseRequestInfo
from bundler.model.source import parse_source
from bundler.model.target import Target
from bundler.model.vcs import beside, read_vcs
from bundler.pack.comparison import compare
from bundler.pack.inspection import bundle_contents
from bundler.pipeline.conda_files import frozen_by_conda, read_conda
from bundler.pipeline.recipe_origins import read_lock_pins, read_pipfile
from bundler.present.comparison_json import diff_output
from bundler.present.comparison_text import comparison_lines
from bundler.present.console import show_json
from bundler.resolve import LockSelection, group_requirements, read_project_sources, read_requirements
from bundler.resolve.dependencies import active, split
from bundler.resolve.markers import MarkerEvaluator, UnstatedMarkerError
from bundler.resolve.remote_wheel import RemoteFile, read_metadata
from bundler.resolve.simple_api import read_page
from bundler.trust.allowed_keys import p256_keys
from bundler.trust.bill import Bill, Item, Party, StatedLicence
from bundler.trust.bill_notes import read_bill_notes
from bundler.trust.build_statement import PAYLOAD_TYPE, BuildFacts, Input, read_statement, write_statement
from bundler.trust.bundle_parts import parts_of
from bundler.trust.cyclonedx_document import cyclonedx_document
from bundler.trust.foreign_bill import components_in
from bundler.trust.osv_record import read_record
from bundler.trust.provenance_document import MalformedProvenanceError, read_provenance
from bundler.trust.vex_file import read_vex
from bundler.trust.vex_statement import Identity, newest
from tests.attack.parser import OutsideError, Parser
from tests.support.attestations import GITHUB, make_attestation
from tests.support.bundles import make_inputs
from tests.support.packages import make_wheel
from tests.support.transports import Asked, FakeTransport
from tests.support.wheels import OWN_BILL

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.attack.breaking import Breaker

ORIGINS: dict[str, Callable[[Path], object]] = {
    "Pipfile": read_pipfile,
    "uv.lock": read_lock_pins,
    "Pipfile.lock": read_lock_pins,
    "environment.yml": read_conda,
    "requirements.txt": frozen_by_conda,
}
PIPFILE = (
    b'[[source]]\nurl = "https://a.test/simple"\nname = "a"\n[packages]\nx = "*"\ny = { version = "==1", index = "a", extras = ["z"] }\n'
    b'g = { git = "https://a.test/g", ref = "1" }\n[dev-packages]\nz = "*"\n'
)
OTHERS = (
    PIPFILE,
    b'[[package]]\nname = "x"\nversion = "1"\nsource = { registry = "https://a.test" }\n[package.source]\n',
    b'{"default": {"x": {"version": "==1"}, "y": {"git": "z"}}}',
    b"name: a\ndependencies:\n  - python=3.11\n  - numpy=1.2=py_0\n  - b::c>=1\n  - pip:\n      - rich==1\n",
    b"a @ file:///croot/a_1/work\nb @ file:///C:/b/abs_1/croot/x/work/dist/b-1.0-py3-none-any.whl#sha256=0\nc==1\n-e x\n",
)
PROJECT = (
    b'[project]\nname = "a"\nversion = "1"\ndependencies = ["b"]\n[dependency-groups]\nprod = ["c>=1", { include-group = "d" }]\n'
    b'd = ["e @ {root:uri}/e"]\n[tool.uv.sources]\nb = [{ git = "git@a.test:b/c.git", rev = "1", group = "prod" }, { path = "x" }]\n'
)
REPOSITORIES = (
    b"git+https://me:word@a.test:80/b/c.git@v1.0/x#subdirectory=d/e&egg=f",
    b"git@a.test:b/c.git",
    b"../../x.git",
    b"100644 blob 0123456789abcdef0123456789abcdef01234567\ta b\x00160000 commit 0123456789abcdef0123456789abcdef01234567\tm\x00",
    b"submodule.x y.path\na/b\0submodule.x y.url\n../c\0",
)
WINDOWS = Target.of("3.11.9", "win_amd64")
EVALUATOR = MarkerEvaluator(WINDOWS)
ROOT = "https://index.test/simple/demo/"
METADATA = b"""Metadata-Version: 2.1
Name: Demo.Thing
Version: 1.0rc1
Summary: what it is
License: a
        b
Requires-Python: >=2.7,!=3.0.*
Requires-Dist: zope.interface (>=4.1) ; python_version < '3' and extra == "tls"
Requires-Dist: other @ https://a.test/other-1.0.zip#sha256=00 ; os_name == 'nt'
Provides-Extra: tls
Classifier: Programming Language :: Python :: 2

words
"""
REQUIRES = b"zope.interface>=3.6\n\n[tls]\npyOpenSSL>=0.10 # why\n\n[:python_version<'3']\nenum34\n[x:os_name=='nt']\na==1,>2\n"
ENTRY_POINTS = b"[console_scripts]\nrun = demo.x:main [tls]\n# no\n[gui_scripts]\nrunw=demo:main\n"
REQUIREMENTS = (
    b"""--index-url https://user:word@a.test/simple
demo[tls]>=1.0,<2 ; python_version >= "3.6"
other @ file:///none/other-1.0.zip # why
three==3 \\
  ; os_name == 'nt'
x @ https://a.test/${HOME}/x-1.0-py3-none-any.whl
""",
    b"""# with hashes
--pre
demo==1.0 --hash=sha256:%s \\
    --hash=sha256:%s
"""
    % (b"0" * 64, b"f" * 64),
)
OF_COSIGN = (
    b"MEUCIQDWoH9J9UAFI4Fmvo2ncVWwS8QMQ97w1y0OoOrn3cmfMQIgLTNfdr0knU/24u5+dV6QQG/Ie2LOX/FWK7Vwhz9v4hc=",
    (
        b'{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","verificationMaterial":{"publicKey":{"hint":"biGn/224F8e/CKIKW7ttQTHOczzX7PxWN3JivmRApTI="}},'
        b'"messageSignature":{"messageDigest":{"algorithm":"SHA2_256","digest":"WJG1tSLV3whtD/CxEPvZ0hu0/HFjrzTQgoai6Eb2vgM="},'
        b'"signature":"MEQCIHY13F+kLnlfmFlBDKO6G32jsS6T1HDiszUcAClYQ6lNAiAVYowEArfTX2xTlKdIlmXnya2RV0E5fFzNy0FluQzOkQ=="}}'
    ),
)
COSIGN_PUBLIC = """-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEvhsJprn7qsOqh/RvpZcOQvgVeiwj
utyRr47W7XuuINvi2UzKR+wmtA0rVfayQOjTTcXumHcWFMH/jsNKaGairg==
-----END PUBLIC KEY-----
"""
SIGNERS = (
    b'a@x namespaces="git,bundle@offline-bundler",valid-after="20200101" ecdsa-sha2-nistp256 '
    b"AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBL4bCaa5+6rDqof0b6WXDkL4FXosI7rcka+O1u17riDb4tlMykfsJrQNK1X2skDo003F7ph3FhTB/47DSmhmoq4= who\n"
    b"# nobody\nb@x,c@x ssh-ed25519 AAAA\n"
)
SIGNATURE = b"""-----BEGIN SSH SIGNATURE-----
U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgTpY4l91f+kF1/zmQDNjZQGDdlK
4mpzwZwqClqoCgapEAAAAWYnVuZGxlQG9mZmxpbmUtYnVuZGxlcgAAAAAAAAAGc2hhNTEy
AAAAUwAAAAtzc2gtZWQyNTUxOQAAAEBpv4NxHvnsekGKap6hdhmXB7V7Aq/6nvnKqGl13+
CidxB2e/9++nMPO3A31WreggHmEjJUpoNQRS9deFuu1hQJ
-----END SSH SIGNATURE-----
"""
BILL = json.dumps(
    {
        "metadata": {
            "tools": {"components": [{"name": "offline-bundler", "version": "1.0"}]},
            "component": {"properties": [{"name": "offline-bundler:source-date-epoch", "value": "1700000000"}]},
        },
        "components": [
            {
                "name": "a",
                "properties": [
                    {"name": "offline-bundler:in-bundle", "value": "wheels/a.whl"},
                    {"name": "offline-bundler:compiled-with", "value": "MSVC 14.44"},
                ],
            }
        ],
    }
).encode()
STATEMENT = write_envelope(
    write_statement(
        BuildFacts(
            parameters={"target": "3.11.9-win_amd64"},
            host={"system": "Linux"},
            tools={"offline-bundler": "1.0"},
            builder="https://a.test/builders/1",
            invocation="urn:uuid:0",
            started=datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC),
            finished=datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC),
            inputs=(Input(name="a==1", uri="https://a.test/a.whl", digests={"sha256": "0" * 64}),),
        ),
        name="x.zip",
        sha256="0" * 64,
    )
)
RECIPE = b"""[bundle]
name = "example"
version = "1.0"
[[target]]
python = "3.11.9"
platform = "win_amd64"
[target.runtime]
kind = "exe"
directory = 'C:\\Python311'
[packages]
requirements = ["Twisted>=15 ; os_name == 'nt'", "pyodbc"]
indexes = ["https://a.test/simple/", { url = "https://b.test/simple/", packages = ["ours-*"] }]
[environment]
path = 'C:\\PythonEnvs\\Example'
data = 'C:\\ProgramData\\Example'
[site]
port = { default = "8080", help = "TCP port" }
[[service]]
name = "Example"
command = ["{environment}\\\\Scripts\\\\twistd.exe", "--port={site.port}"]
[[file]]
source = "settings.ini"
destination = '{release}\\settings.ini'
[checks]
imports = ["twisted.internet"]
"""
PIP = b"[global]\nindex-url = https://user:word@a.test/simple\ntimeout = 15\ntrusted-host = a.test:8080\nproxy = http://a.test:1\n"
JSON_PAGE = b"""{"meta": {"api-version": "1.1"}, "name": "demo", "files": [{"filename": "demo-1.0-py3-none-any.whl",
"url": "../files/demo-1.0-py3-none-any.whl", "hashes": {"sha256": "%s"}, "size": 12, "requires-python": ">=3.6",
"upload-time": "2020-01-01T00:00:00Z", "core-metadata": {"sha256": "%s"}, "yanked": false},
{"filename": "demo-1.0.tar.gz", "url": "https://a.test/demo-1.0.tar.gz", "hashes": {}}]}""" % (b"0" * 64, b"0" * 64)
HTML_PAGE = b"""<!DOCTYPE html><html><head><meta name="pypi:repository-version" content="1.0"><base href="/files/"></head>
<body><!-- x --><a href="demo-1.0-py3-none-any.whl#sha256=%s" data-requires-python="&gt;=3.6" data-yanked="why">demo-1.0-py3-none-any.whl</a>
<a href='demo-1.0.tar.gz' data-dist-info-metadata="true">demo-1.0.tar.gz</a></body></html>""" % (b"0" * 64)
REGISTRY = rb"""WINE REGISTRY Version 2
[Vendor\\\\Tool\[1\]] 1796020693
#time=1dd80955ffc280e
@="the default"
"quo\"te=\x20acA\xd83d\xde00\1"=hex(2):25,00,\
  53,00
"""
ANSWER = json.dumps(["https://a.test/", 200, {"etag": '"x"', "content-type": "text/html"}, 12.5]).encode() + b"\nbody"


def text_of(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace")


def only(*wholes: bytes) -> Callable[[Path], Sequence[bytes]]:
    return lambda _: wholes


def pieces(breaker: Breaker, wholes: Sequence[bytes]) -> bytes:
    """A text out of nothing but pieces, or a whole one with some in it."""
    if breaker.draw.random() < 0.4:
        return breaker.text().encode("utf-8", "surrogatepass")
    return breaker.words(breaker.draw.choice(wholes))


def both(breaker: Breaker, wholes: Sequence[bytes]) -> bytes:
    """As ``pieces``, and bytes that are no text."""
    return pieces(breaker, wholes) if breaker.draw.random() < 0.7 else breaker.plain(breaker.draw.choice(wholes))


def named(reader: Callable[[Path], object]) -> Callable[[Path, Path], None]:
    """The reader, whose every error must name the file."""

    def read(path: Path, _: Path) -> None:
        try:
            reader(path)
        except InputError as error:
            if path.name not in " ".join((error.message, *error.context)):
                raise OutsideError(f"names no file: {error}") from error
            raise

    return read


def _each(text: str, *readers: tuple[Callable[[str], object], type[Exception]]) -> None:
    for reader, expected in readers:
        with contextlib.suppress(expected):
            reader(text)


def locks(folder: Path) -> Sequence[bytes]:
    lock = make_inputs(folder).lock
    file = dataclasses.replace(lock.runtime.artifact, url="https://a.test/python-3.11.9-amd64.exe")
    lock = dataclasses.replace(lock, runtime=dataclasses.replace(lock.runtime, file=file))
    return (encode_lock(lock, folder / "pylock.example.toml").encode(),)


@functools.cache
def _wholes(kind: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return (locks if kind == "lock" else manifests)(Path(folder))[0]


_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


def compared(kind: str) -> Callable[[Path, Path], None]:
    """A lock, or a folder with a manifest, beside a whole one: what people and programs are told of the difference."""

    def read(path: Path, work: Path) -> None:
        found = []
        for number, content in enumerate((path.read_bytes(), _wholes(kind))):
            folder = work / str(number)
            folder.mkdir()
            (folder / path.name).write_bytes(content)
            found.append(folder / path.name if kind == "lock" else folder)
        for before, after in (found, reversed(found)):
            comparison = compare(before, after)
            if bad := list(filter(_UNSEEN.search, comparison_lines(comparison))):
                raise OutsideError(f"a line is {bad[0]!r}")
            with contextlib.redirect_stdout(io.StringIO()):
                show_json(diff_output(comparison))

    return read


def versions(path: Path, _: Path) -> None:
    text = text_of(path)
    _each(
        text,
        (foreign.read_version, InvalidVersion),
        (foreign.read_specifiers, InvalidSpecifier),
        (foreign.read_requirement, InvalidRequirement),
        (lambda each: active([each], "tls", EVALUATOR), MalformedMetadataError),
        (lambda each: active([f"demo ; {each}"], "tls", EVALUATOR), MalformedMetadataError),
    )
    body, marker = split(text)
    if len(body) + len(marker) > len(text):
        raise OutsideError("what was split became longer")


def names(path: Path, _: Path) -> None:
    text = text_of(path)
    _each(text, (foreign.read_wheel_name, InvalidWheelFilename), (foreign.read_sdist_name, InvalidSdistFilename))
    _each(f"demo-1.0{text}.tar.gz", (foreign.read_sdist_name, InvalidSdistFilename))
    _each(f"demo-1.0-{text}.whl", (foreign.read_wheel_name, InvalidWheelFilename))
    for python, platform, abi in (
        (text, "win32", None),
        (f"3.{text}.1", "win32", None),
        ("3.11.1", text, None),
        ("3.11.1", f"manylinux_2_{text}_x86_64", None),
        ("3.11.1", "win32", f"cp{text}"),
    ):
        with contextlib.suppress(InputError):
            if len(Target.of(python, platform, abi=abi).tags()) > 10_000:
                raise OutsideError("it has tags without end")


def addresses(path: Path, _: Path) -> None:
    text = text_of(path)
    for url in (text, f"https://{text}", f"file://{text}", f"index:{text}"):
        _each(url, (foreign.split_address, ValueError), (foreign.local_path, ValueError), (file_path, NetworkError))
        redact(url)
        with contextlib.suppress(ValueError, BundleError):
            parse_source(url)


def repositories(path: Path, _: Path) -> None:
    """Addresses of repositories, what git prints of a tree and of .gitmodules."""
    content = path.read_bytes()
    text = content.decode(errors="replace")
    for url in (text, f"git+{text}", f"git+https://{text}", f"git+ssh://{text}"):
        with contextlib.suppress(ValueError):
            found = read_vcs(url)
            host = found.url.partition("://")[2].partition("/")[0]
            if found.revision.startswith("-") or host.rpartition("@")[2].startswith("-") or host.count("@") > 1:
                raise OutsideError(f"{found} isn't an address alone")
    for url in ("https://a.test/b/c", "file:///srv/x"):
        with contextlib.suppress(ValueError):
            beside(url, text)
    modules_of(content)
    with contextlib.suppress(BuildError):
        listed(content, path)


def projects(path: Path, work: Path) -> None:
    """What a pyproject.toml says of groups and of sources."""
    (work / "pyproject.toml").write_bytes(path.read_bytes())
    with contextlib.suppress(BundleError):
        group_requirements(work, ["prod"], "here")
    read_project_sources([work], WINDOWS, {work: ("prod",)})


def origins(path: Path, work: Path) -> None:
    """Files of other tools, each as any of them."""
    for name, reader in ORIGINS.items():
        place = work / name
        place.write_bytes(path.read_bytes())
        with contextlib.suppress(InputError):
            reader(place)


def metadata(path: Path, _: Path) -> None:
    content = path.read_bytes()
    found = parse_metadata(content)
    again = parse_metadata(reduced(found))
    if (again.requires_dist, again.extras, again.requires_python) != (
        found.requires_dist,
        found.extras,
        found.requires_python,
    ):
        raise OutsideError("what is kept of it says something else")
    with contextlib.suppress(MalformedMetadataError, UnstatedMarkerError):
        active(found.requires_dist, "tls", EVALUATOR)


def old_metadata(path: Path, _: Path) -> None:
    content, warnings = path.read_bytes(), list[str]()
    info = read_pkg_info(content)
    classifier_majors(info)
    with contextlib.suppress(BundleError):
        scripts_of(content)
    requirements = read_requires(REQUIRES, "demo", warnings)
    with contextlib.suppress(BundleError):
        requirements = read_requires(content, "demo", warnings)
    written = write_metadata(
        info, name="demo", version="1.0", requirements=requirements, where="demo", warnings=warnings
    )
    parse_metadata(written)


def requirements(path: Path, _: Path) -> None:
    named(lambda each: read_requirements(each, {"HOME": "x"}))(path, path)


def pip_settings(path: Path, work: Path) -> None:
    folder = work / ".config" / "pip"
    folder.mkdir(parents=True)
    (folder / "pip.conf").write_bytes(path.read_bytes())
    pip = read_pip_settings({}, platform="linux", home=work, prefix=work, root=work)
    NetworkSettings.of(pip, {"HOME": str(work)}, NetworkOptions())


def page(kind: str) -> Callable[[Path, Path], None]:
    def read(path: Path, _: Path) -> None:
        answer = Response(url=ROOT, status=200, headers={"content-type": kind}, content=path.read_bytes())
        found = read_page(answer, "demo")
        for number in range(len(found.filenames)):
            with contextlib.suppress(NetworkError):
                found.file(number)

    return read


class Ranged(FakeTransport):
    """A server that honours ranges, over one file."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self._content = content

    def answer(self, asked: Asked) -> Response:
        return asked.out_of(self._content)


def remote_wheel(path: Path, _: Path) -> None:
    content = path.read_bytes()
    read_metadata(RemoteFile(Ranged(content), "https://a.test/a.whl", None), "demo-1.0-py3-none-any.whl")


def whole_wheel(folder: Path) -> Sequence[bytes]:
    return (make_wheel(folder, "demo").read_bytes(),)


def kept_answers(path: Path, work: Path) -> None:
    """Under its right checksum: a disk's own errors are known by that."""
    cache = DiskCache(work)
    cache.save("http", "key", path.read_bytes())
    found = HttpCache(cache).load("key")
    if found is not None:
        found.conditions()
        found.fresh(0.0)


ADVISORY = json.dumps({
    "id": "PYSEC-1",
    "aliases": ["CVE-1"],
    "summary": "words",
    "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"}],
    "database_specific": {"severity": "LOW"},
    "affected": [
        {
            "package": {"ecosystem": "PyPI", "name": "demo"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.0"}, {"last_affected": "2"}]}],
            "versions": ["0.1", "0.2"],
        },
        {"ranges": [{"type": "GIT", "repo": "https://github.com/python/cpython", "events": []}], "versions": ["v3.1"]},
    ],
}).encode()  # fmt: skip


def statement_values(breaker: Breaker, wholes: Sequence[bytes]) -> bytes:
    """The envelope is broken, or what is in it, which is put into a right one again."""
    if breaker.draw.random() < 0.4:
        return json_values(breaker, wholes)
    payload = json_values(breaker, [read_envelope(each).payload for each in wholes])
    return write_envelope(Envelope(payload_type=PAYLOAD_TYPE, payload=payload))


def signature_of_cosign(path: Path, _: Path) -> None:
    """Read, and tried with the key that made the whole ones, over what these are about."""
    found, key = read_blob_signature(path.read_bytes()), key_of_pem(COSIGN_PUBLIC)
    assert key is not None
    key.made(found.signature, hashlib.sha256(b"hello\n").digest())


def statement_of_a_build(path: Path, _: Path) -> None:
    envelope = read_envelope(path.read_bytes())
    assert envelope.signed_bytes.endswith(envelope.payload)
    read_statement(envelope, name="x.zip", sha256="0" * 64)


ATTESTATIONS = json.dumps({
    "version": 1,
    "attestation_bundles": [
        {"publisher": GITHUB, "attestations": [make_attestation("demo-1.0.tar.gz", "0" * 64)]},
    ],
}).encode()  # fmt: skip


def attestations(path: Path, _: Path) -> None:
    found = read_provenance(path.read_bytes())
    assert read_provenance(found.content) == found
    assert publishers_text(found.publishers).isprintable()


OPENVEX = json.dumps({
    "@context": "https://openvex.dev/ns/v0.2.0",
    "@id": "https://example.com/vex/1",
    "author": "somebody",
    "timestamp": "2026-01-08T18:02:03.647787998-06:00",
    "version": 1,
    "statements": [
        {
            "vulnerability": {"name": "CVE-2026-1", "aliases": ["GHSA-x"], "@id": "https://example.com/CVE-2026-1"},
            "products": [
                {
                    "@id": "pkg:generic/example@1.0",
                    "identifiers": {"purl": "pkg:pypi/demo@1.0", "cpe23": "cpe:2.3:a:a:b:1:*:*:*:*:*:*:*"},
                    "hashes": {"sha-256": "0" * 64},
                    "subcomponents": [{"@id": "pkg:pypi/demo@1.0?a=b#c"}],
                }
            ],
            "status": "not_affected",
            "justification": "component_not_present",
        }
    ],
}).encode()  # fmt: skip
CYCLONEDX_VEX = json.dumps({
    "bomFormat": "CycloneDX",
    "specVersion": "1.6",
    "metadata": {"timestamp": "2026-01-01T00:00:00Z", "component": {"name": "demo", "purl": "pkg:pypi/demo@1.0"}},
    "components": [{"bom-ref": "a", "name": "inner", "purl": "pkg:generic/openssl@3.0.1", "components": []}],
    "vulnerabilities": [
        {
            "id": "CVE-2026-1",
            "references": [{"id": "GHSA-x"}],
            "analysis": {"state": "in_triage", "lastUpdated": "2026-01-02T00:00:00+01:00", "detail": "words"},
            "affects": [
                {"ref": "a", "versions": [{"version": "3.0.1", "status": "unaffected"}, {"range": "vers:generic/*"}]},
                {"ref": "urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#a"},
            ],
        }
    ],
}).encode()  # fmt: skip


def statements(path: Path, _: Path) -> None:
    """Each of them is asked whether it concerns something."""
    found = Identity(purls=("pkg:pypi/demo@1.0",), cpe="cpe:2.3:a:a:b:1:*:*:*:*:*:*:*", sha256="0" * 64)
    said = read_vex(path).statements
    newest(each for each in said if each.concerns(frozenset({"CVE-2026-1"}), (found, Identity())))


def bill_of_a_bundle(path: Path, _: Path) -> None:
    parts_of(path.read_bytes())


BUNDLES_BILL = json.dumps({
    "bomFormat": "CycloneDX",
    "serialNumber": "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
    "components": [
        {"bom-ref": "file:x.exe", "type": "application", "name": "x"},
        {
            "bom-ref": "runtime",
            "name": "CPython",
            "components": [
                {"bom-ref": "a", "name": "libcrypto-3.dll", "version": "3.0.13.0", "description": "The OpenSSL Toolkit"},
                {"name": "b", "version": "1", "purl": "pkg:cargo/b@1", "supplier": {"name": "c"}},
                {"name": "c", "version": "1.0", "purl": "pkg:pypi/c@1.0?a=b"},
            ],
        },
    ],
}).encode()  # fmt: skip


def bill_of_a_wheel(path: Path, _: Path) -> None:
    """Whatever is in it can be written into a bundle's own."""
    parts = []
    for number, each in enumerate(components_in(foreign.read_json(path.read_bytes().decode("utf-8")))):
        licence = StatedLicence(names=(each.licence,)) if each.licence else StatedLicence()
        part = Item(ref=f"a#{number}", kind="library", name=each.name, version=each.version, purl=each.purl)
        parts.append(dataclasses.replace(part, hashes=each.hashes, licence=licence))
    subject = Item(ref="bundle", kind="application", name="x", version="1", needs=("a",))
    moment = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    items = (Item(ref="a", kind="library", name="a", parts=tuple(parts)),)
    cyclonedx_document(Bill(subject=subject, items=items, created=moment, creator=Party(name="x"), tool=("x", "1")))


def manifests(folder: Path) -> Sequence[bytes]:
    """With all tables that a recipe can fill."""
    whole = (each.lay_out().manifest for each in (make_inputs(folder), make_inputs(folder, kind="archive")))
    return tuple(encode_manifest(dataclasses.replace(each, rehearse=REHEARSE)) for each in whole)


REHEARSE = RehearseInfo(
    site={"port": "8080"},
    files=("{data}\\x.ini",),
    allow_connections=("db.example:1433", "[2001:db8::1]"),
    commands=(RehearseCommandInfo(command=("x", "{site.port}"), exit_code=0, output="1", window=False, timeout=60),),
    requests=(RehearseRequestInfo(url="http://[::1]:{site.port}/", status=200, text="x", screenshot=True, timeout=60),),
)


def manifest(path: Path, _: Path) -> None:
    bundle_contents(decode_manifest(path.read_bytes()))


def json_values(breaker: Breaker, wholes: Sequence[bytes]) -> bytes:
    """A value of a JSON document becomes another one, or a list thousands of entries long; sometimes the text is broken."""
    if breaker.draw.random() < 0.2:
        return breaker.plain(breaker.draw.choice(wholes))
    data = json.loads(breaker.draw.choice(wholes))
    strange: tuple[object, ...] = (
        None,
        True,
        -1,
        0,
        1e400,
        10**400,
        "",
        "\ud800",
        "..",
        [],
        {},
        [[]],
        {"a": None},
        "x" * 5000,
        float("nan"),
    )
    for _ in range(breaker.draw.choice((1, 1, 2, 4))):
        at = data
        while isinstance(at, dict | list) and at:
            key = breaker.draw.choice([*at] if isinstance(at, dict) else range(len(at)))
            if breaker.draw.random() < 0.4 or not isinstance(at[key], dict | list) or not at[key]:
                way = breaker.draw.random()
                if way < 0.15:
                    del at[key]
                elif way < 0.3 and isinstance(at, dict):
                    at[breaker.text(3)] = at.pop(key)
                elif way < 0.5:
                    at[key] = breaker.text(4)
                elif way < 0.53 and isinstance(at, list) and at:
                    at[key:key] = [copy.deepcopy(at[key]) for _ in range(3000)]
                else:
                    at[key] = copy.deepcopy(breaker.draw.choice(strange))
                break
            at = at[key]
    return json.dumps(data).encode()


TEXTS = (
    Parser(
        name="repositories",
        filename="text",
        whole=only(*REPOSITORIES),
        broken=both,
        read=repositories,
        few=200,
        share=100,
    ),
    Parser(
        name="projects of one's own",
        filename="text",
        whole=only(PROJECT),
        broken=pieces,
        read=projects,
        few=100,
        share=50,
    ),
    Parser(
        name="files of other tools",
        filename="text",
        whole=only(*OTHERS),
        broken=pieces,
        read=origins,
        few=100,
        share=50,
    ),
    Parser(
        name="versions and markers",
        filename="text",
        whole=only(b"1.0rc1", b">=1.0,!=2.*", b"demo[x]>=1 ; os_name == 'nt'"),
        broken=pieces,
        read=versions,
        few=400,
        share=2000,
    ),
    Parser(
        name="file names",
        filename="text",
        whole=only(b"demo-1.0-py3-none-any.whl", b"cp311.cp312-abi3-win32.win_amd64"),
        broken=pieces,
        read=names,
        few=200,
        share=600,
    ),
    Parser(
        name="addresses",
        filename="text",
        whole=only(b"https://user:word@[::1]:80/a/b%20c?d#e=f", b"a.test/demo==1.0/x.whl"),
        broken=pieces,
        read=addresses,
        few=200,
        share=1500,
    ),
    Parser(
        name="core metadata",
        filename="METADATA",
        whole=only(METADATA),
        broken=both,
        read=metadata,
        edge=(MalformedMetadataError,),
        few=300,
        share=1300,
    ),
    Parser(
        name="old metadata",
        filename="PKG-INFO",
        whole=only(METADATA, REQUIRES, ENTRY_POINTS),
        broken=both,
        read=old_metadata,
        few=200,
        share=500,
    ),
    Parser(
        name="requirements files",
        filename="wanted.txt",
        whole=only(*REQUIREMENTS),
        broken=pieces,
        read=requirements,
        few=200,
        share=500,
    ),
    Parser(
        name="recipes",
        filename="example.toml",
        whole=only(RECIPE),
        broken=pieces,
        read=named(load_recipe),
        few=100,
        share=80,
    ),
    Parser(
        name="locks",
        filename="pylock.example.toml",
        whole=locks,
        broken=pieces,
        read=named(load_lock),
        few=200,
        share=150,
    ),
    Parser(
        name="locks that are compared",
        filename="pylock.example.toml",
        whole=locks,
        broken=both,
        read=compared("lock"),
        few=60,
        share=100,
    ),
    Parser(
        name="manifests that are compared",
        filename="manifest.json",
        whole=manifests,
        broken=json_values,
        read=compared("bundle"),
        few=60,
        share=100,
    ),
    Parser(
        name="locks as requirements",
        filename="pylock.example.toml",
        whole=locks,
        broken=pieces,
        read=named(partial(read_requirements, selection=LockSelection(target=WINDOWS))),
        few=200,
        share=150,
    ),
    Parser(
        name="pip's configuration",
        filename="pip.conf",
        whole=only(PIP),
        broken=pieces,
        read=pip_settings,
        few=100,
        share=200,
    ),
    Parser(
        name="pages in JSON",
        filename="page",
        whole=only(JSON_PAGE),
        broken=lambda b, w: both(b, w) if b.draw.random() < 0.5 else json_values(b, w),
        read=page("application/vnd.pypi.simple.v1+json"),
        few=200,
        share=600,
    ),
    Parser(
        name="pages in HTML",
        filename="page",
        whole=only(HTML_PAGE),
        broken=both,
        read=page("text/html"),
        few=200,
        share=1000,
    ),
    Parser(
        name="ranges of wheels",
        filename="a.whl",
        whole=whole_wheel,
        broken=lambda b, w: b.zip(w[0]) if b.draw.random() < 0.6 else b.plain(w[0]),
        read=remote_wheel,
        edge=(MalformedMetadataError,),
        few=200,
        share=600,
    ),
    Parser(
        name="kept answers", filename="answer", whole=only(ANSWER), broken=both, read=kept_answers, few=100, share=200
    ),
    Parser(
        name="signatures of bundles",
        filename="x.zip.sig",
        whole=only(SIGNATURE),
        broken=both,
        read=lambda path, _: read_ssh_signature(path.read_bytes()),
        few=200,
        share=300,
    ),
    Parser(
        name="signatures of cosign",
        filename="x.zip.sig",
        whole=lambda _: list(OF_COSIGN),
        broken=both,
        read=signature_of_cosign,
        few=200,
        share=300,
    ),
    Parser(
        name="files of allowed signers",
        filename="signers",
        whole=only(SIGNERS),
        broken=both,
        read=lambda path, _: p256_keys(path.read_bytes()),
        few=100,
        share=200,
    ),
    Parser(
        name="statements of builds",
        filename="x.zip.intoto.jsonl",
        whole=only(STATEMENT),
        broken=statement_values,
        read=statement_of_a_build,
        few=200,
        share=200,
    ),
    Parser(
        name="notes of bills",
        filename="sbom.cdx.json",
        whole=only(BILL),
        broken=json_values,
        read=lambda path, _: read_bill_notes(path.read_bytes()),
        few=60,
        share=60,
    ),
    Parser(
        name="bills of wheels",
        filename="bill.json",
        whole=only(OWN_BILL.encode()),
        broken=json_values,
        read=bill_of_a_wheel,
        edge=(ValueError,),
        few=60,
        share=60,
    ),
    Parser(
        name="bills of bundles",
        filename="sbom.cdx.json",
        whole=only(BUNDLES_BILL),
        broken=json_values,
        read=bill_of_a_bundle,
        few=60,
        share=60,
    ),
    Parser(
        name="statements about vulnerabilities (OpenVEX)",
        filename="vex.json",
        whole=only(OPENVEX),
        broken=json_values,
        read=statements,
        few=100,
        share=60,
    ),
    Parser(
        name="statements about vulnerabilities (CycloneDX)",
        filename="vex.cdx.json",
        whole=only(CYCLONEDX_VEX),
        broken=json_values,
        read=statements,
        few=100,
        share=60,
    ),
    Parser(
        name="advisories",
        filename="record.json",
        whole=only(ADVISORY),
        broken=json_values,
        read=lambda path, _: read_record(foreign.read_json(path.read_bytes().decode("utf-8"))),
        edge=(ValueError,),
        few=100,
        share=100,
    ),
    Parser(
        name="attestations of indexes",
        filename="provenance.json",
        whole=only(ATTESTATIONS),
        broken=json_values,
        read=attestations,
        edge=(MalformedProvenanceError,),
        few=100,
        share=100,
    ),
    Parser(
        name="registries",
        filename="registry-user",
        whole=only(REGISTRY),
        broken=both,
        read=lambda path, _: read_wine_registry(path.read_bytes(), "HKCU"),
        edge=(OversizedRegistryError,),
        few=100,
        share=100,
    ),
    Parser(
        name="manifests",
        filename="manifest.json",
        whole=manifests,
        broken=json_values,
        read=manifest,
        few=100,
        share=60,
    ),
)
