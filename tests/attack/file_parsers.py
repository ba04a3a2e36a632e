"""The readers of files: archives, wheels, bundles, installers, programs, signatures, what lies in the store."""

from __future__ import annotations

import bz2
import contextlib
import functools
import gzip
import hashlib
import io
import json
import lzma
import shutil
import struct
import sys
import tarfile
import tempfile
import warnings
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import py7zr
import requests
from asn1crypto.core import Integer
from asn1crypto.keys import DSAParams, PublicKeyInfo, RSAPublicKey
from oscrypto.errors import SignatureError

from bundler.build.source_tree import open_source
from bundler.errors import BundleError, HostError, IntegrityError
from bundler.fetch import Store
from bundler.fetch.partfile import part_file
from bundler.fetch.retry import TransientError
from bundler.formats.archives.unpacking import list_files, unpack
from bundler.formats.authenticode import Roots, installer_hash, read_signature, signing_certificate
from bundler.formats.core_metadata import MalformedMetadataError
from bundler.formats.icon import check_icon
from bundler.formats.msi.compound import compound_streams
from bundler.formats.msi.installed_files import walk_msi
from bundler.formats.msi.lzx import lzx_unpacker
from bundler.formats.msi.summary import read_summary
from bundler.formats.pe.binary import python_version, read_binary
from bundler.formats.pe.image_hashes import image_hashes
from bundler.formats.pe.pe_header import is_program, machine_platform, sections, signature_size
from bundler.formats.signature_math import dsa_verify, load_public_key, rsa_pkcs1v15_verify
from bundler.formats.wheel_reader import open_wheel
from bundler.legacy import convert_installer
from bundler.legacy.identify import identify
from bundler.model.artifact import Artifact
from bundler.model.bundle_files import MANIFEST, SUMS
from bundler.model.manifest_encoding import decode_manifest
from bundler.model.target import Target
from bundler.pack.copying import source_stream
from bundler.pack.inspection import inspect_bundle
from bundler.pack.reading import open_bundle
from bundler.pack.sums import encode_sums
from bundler.pack.verify import verify_bundle
from bundler.pack.wheels import read_wheel
from bundler.pipeline.governed_files import GovernedFiles
from bundler.rehearse.port import Clock
from bundler.rehearse.windows.mailbox import Mailbox
from bundler.rehearse.windows.windows_machine import Place, WindowsMachine
from bundler.report import Reporter
from bundler.runtime.dlls.wheel_programs import wheel_programs
from bundler.target.errors import InstallError
from bundler.target.machine.links import link_target, link_text
from bundler.target.wheels import wheel_file as target_reader
from bundler.trust.osv_record import Subject
from bundler.trust.osv_snapshot import read_snapshot
from tests.attack.parser import OutsideError, Parser
from tests.attack.text_parsers import ADVISORY, json_values, manifests
from tests.support.archives import entry, make_archive, make_tar
from tests.support.bundles import make_inputs, wheel_file, write_made
from tests.support.icons import make_bitmap, make_icon, make_png
from tests.support.legacy import extension, make_egg, make_wininst
from tests.support.legacy_msi import make_bdist_msi, make_cabinet
from tests.support.lzx import FRAME, LzxPacker, lzx_cabinet
from tests.support.msi import make_python_msi
from tests.support.packages import make_wheel
from tests.support.programs import make_msi, make_program
from tests.support.signing import make_ca, sign

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.attack.breaking import Breaker

TARGET = Target.of("3.11.9", "win_amd64")


class NoCache:
    """A cache that remembers nothing."""

    def load(self, *_: object) -> None: ...

    def save(self, *_: object) -> None: ...


def half(own: Callable[[Breaker, bytes], bytes]) -> Callable[[Breaker, Sequence[bytes]], bytes]:
    """Broken in a way of its own, or in any."""

    def broken(breaker: Breaker, wholes: Sequence[bytes]) -> bytes:
        content = breaker.draw.choice(wholes)
        return own(breaker, content) if breaker.draw.random() < 0.6 else breaker.plain(content)

    return broken


def wheels(folder: Path) -> list[bytes]:
    """By all methods, with licences, programs and entry points."""
    made = make_wheel(
        folder,
        "demo",
        files={"demo/x.py": "1", "demo/y.pyd": make_program(dll=True), "demo/z.dll": b"MZ" + bytes(200)},
        licenses={"LICENSE": "words"},
        entry_points={"console_scripts": {"run": "demo.x:main"}},
    )
    found = [made.read_bytes()]
    with zipfile.ZipFile(made) as archive:
        rest = [(each.filename, archive.read(each)) for each in archive.infolist()]
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        with zipfile.ZipFile(folder / "other.whl", "w", method) as archive:
            for name, content in rest:
                archive.writestr(name, content)
        found.append((folder / "other.whl").read_bytes())
    return found


def wheel(path: Path, _: Path) -> None:
    """Each reader of the build host, and the target's."""
    refused = []
    with contextlib.suppress(InstallError):
        target_reader.read_wheel(str(path), "demo")
    for reader in (_all_of, _packed, _programs, _governed):
        try:
            reader(path)
        except HostError:
            raise
        except (BundleError, MalformedMetadataError) as error:
            refused.append(error)
    if refused:
        raise refused[0]


def _all_of(path: Path) -> None:
    with open_wheel(path) as opened:
        opened.metadata()
        opened.record()
        opened.fields()
        opened.program_names()


def _packed(path: Path) -> None:
    read_wheel(wheel_file(path), TARGET)


def _programs(path: Path) -> None:
    wheel_programs(wheel_file(path), NoCache())


def _governed(path: Path) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        list(GovernedFiles(Path(scratch), Roots()).wheel(path, f"wheels/{path.name}"))


def bundle(kind: str) -> Callable[[Path], list[bytes]]:
    return lambda folder: [write_made(make_inputs(folder).lay_out(), folder / "made", kind).path.read_bytes()]


def broken_bundle(path: Path, _: Path) -> None:
    """``verify`` takes none that was changed in any byte."""
    with contextlib.suppress(BundleError):
        inspect_bundle(open_bundle(path))
    verify_bundle(path, Reporter())


def changed(own: Callable[[Breaker, bytes], bytes]) -> Callable[[Breaker, Sequence[bytes]], bytes]:
    """Never what is whole."""

    def broken(breaker: Breaker, wholes: Sequence[bytes]) -> bytes:
        while True:
            content = half(own)(breaker, wholes)
            if content not in wholes:
                return content

    return broken


def must_refuse(reader: Callable[[Path, Path], None]) -> Callable[[Path, Path], None]:
    def read(path: Path, work: Path) -> NoReturn:
        reader(path, work)
        raise OutsideError("was accepted")

    return read


@functools.cache
def _laid_out() -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as folder:
        found = {}
        for each in make_inputs(Path(folder)).lay_out().entries:
            with source_stream(each.source) as stream:
                found[each.path] = stream.read()
        return found


def folder_bundle(path: Path, work: Path) -> None:
    """A manifest that says something else, with sums that fit it: what ``verify`` and ``inspect`` make of it."""
    content = path.read_bytes()
    root = work / "bundle"
    root.mkdir()
    for each, data in _laid_out().items():
        there = root / each
        there.parent.mkdir(parents=True, exist_ok=True)
        there.write_bytes(data)
    (root / MANIFEST).write_bytes(content)
    sums = {MANIFEST: hashlib.sha256(content).hexdigest()}
    with contextlib.suppress(BundleError):
        sums |= {each.path: each.sha256 for each in decode_manifest(content).members}
    with contextlib.suppress(UnicodeEncodeError):
        (root / SUMS).write_bytes(encode_sums(sums))
    with contextlib.suppress(BundleError):
        inspect_bundle(open_bundle(root))
    verify_bundle(root, Reporter())


SDIST = {"demo-1.0/PKG-INFO": b"Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n", "demo-1.0/a/b.py": b"1\n" * 900}
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "tar": bytes,
    "tar.gz": functools.partial(gzip.compress, compresslevel=1, mtime=0),
    "tar.bz2": bz2.compress,
    "tar.xz": functools.partial(lzma.compress, preset=0),
    "tar.zst": zstd.compress,
}


def sdist(kind: str) -> Callable[[Path], list[bytes]]:
    """Those of a tar are plain: they are packed when they are broken."""
    if kind == "7z":
        return lambda folder: [
            make_archive(folder / "whole.7z", SDIST).read_bytes(),
            *map(_packed_by, SEVEN_ZIP_METHODS),
        ]
    if kind not in PACKERS:
        return lambda folder: [make_archive(folder / f"whole.{kind}", SDIST).read_bytes()]
    links = make_tar(
        *(entry(name, content) for name, content in SDIST.items()),
        entry("demo-1.0/link", kind=b"2", link="a/b.py"),
        entry("demo-1.0/hard", kind=b"1", link="demo-1.0/a/b.py"),
        entry("demo-1.0/" + "long" * 60 + "/\u00e9.py", b"1"),
    )
    return lambda folder: [make_archive(folder / "whole.tar", SDIST).read_bytes(), links, *map(_with_pax, PAX)]


SEVEN_ZIP_METHODS = (
    [py7zr.FILTER_X86, py7zr.FILTER_LZMA2],
    [py7zr.FILTER_LZMA],
    [py7zr.FILTER_BZIP2],
    [py7zr.FILTER_DEFLATE],
    [py7zr.FILTER_PPMD],
    [py7zr.FILTER_ZSTD],
    [py7zr.FILTER_BROTLI],
)
_SETTINGS: dict[int, dict[str, int]] = {
    py7zr.FILTER_PPMD: {"order": 6, "mem": 20},
    py7zr.FILTER_LZMA2: {"preset": 1},
    py7zr.FILTER_LZMA: {"preset": 1},
}


def _packed_by(methods: list[int]) -> bytes:
    buffer = io.BytesIO()
    with py7zr.SevenZipFile(
        buffer, "w", filters=[{"id": each, **_SETTINGS.get(each, {})} for each in methods]
    ) as packed:
        packed.set_encoded_header_mode(False)
        for name, content in SDIST.items():
            packed.writestr(content, name)
    return buffer.getvalue()


PAX = (
    {"size": "99999999999", "mtime": "nan"},
    {"path": "demo-1.0/\udcff", "hdrcharset": "BINARY", "linkpath": "x" * 3000},
    {
        "GNU.sparse.major": "1",
        "GNU.sparse.minor": "0",
        "GNU.sparse.name": "demo-1.0/a",
        "GNU.sparse.realsize": "9999999",
    },
    {"GNU.sparse.map": "0,10,900,10", "GNU.sparse.size": "9999999999"},
    {"GNU.sparse.numblocks": "3", "GNU.sparse.offset": "1", "GNU.sparse.numbytes": "2", "SCHILY.xattr.user.x": "\0"},
)


def _with_pax(headers: dict[str, str]) -> bytes:
    info, data = entry("demo-1.0/PKG-INFO", SDIST["demo-1.0/PKG-INFO"])
    info.pax_headers = headers
    return make_tar(
        (info, data), entry("demo-1.0/GNU.x", b"1\n10\n" + b"x" * 600), entry("demo-1.0/folder", kind=tarfile.DIRTYPE)
    )


def broken_tar(kind: str) -> Callable[[Breaker, Sequence[bytes]], bytes]:
    def broken(breaker: Breaker, wholes: Sequence[bytes]) -> bytes:
        whole, way = breaker.draw.choice(wholes), breaker.draw.randrange(4)
        if way == 0:
            return breaker.plain(PACKERS[kind](whole))
        inside = breaker.tar(whole) if way < 3 else breaker.plain(whole)
        return PACKERS[kind](inside)

    return broken


def source(path: Path, work: Path) -> None:
    """As a build does, and as the runtime of an archive is unpacked."""
    with contextlib.suppress(IntegrityError):
        list_files(path)
    try:
        with contextlib.suppress(IntegrityError):
            unpack(path, work / "plain")
        open_source(path, work / "source")
    finally:
        if left := [each.name for each in work.iterdir() if each.name.startswith(".unpack-")]:
            raise OutsideError(f"{left} was left behind")


NAME_PIECES = (
    *(
        "a",
        "A",
        "/",
        "/",
        "\\",
        "..",
        ".",
        "./",
        " ",
        "nul",
        "COM1",
        "con.txt",
        "aux .c",
        "\u00e9" * 130,
        "x" * 256,
        "\0",
        ":",
        "y/" * 600,
    ),
    *(
        "~",
        "//",
        "\u0130",
        "\u00df",
        "\ufb00",
        "\u00b9",
        "C:",
        "\\\\?\\",
        "|",
        "\x7f",
        "\u202e",
        "e\u0301",
        "PKG-INFO",
        "demo-1.0/",
        "link",
    ),
)


JUNCTION_TO, LINK_TO = "\\??\\C:\\there".encode("utf-16-le"), "..\\there".encode("utf-16-le")
WINDOWS_LINKS = (
    struct.pack("<IHHHHHH", 0xA0000003, 12 + len(JUNCTION_TO), 0, 0, len(JUNCTION_TO), len(JUNCTION_TO) + 2, 0)
    + JUNCTION_TO
    + bytes(4),
    struct.pack("<IHHHHHHI", 0xA000000C, 12 + len(LINK_TO), 0, 0, len(LINK_TO), 0, len(LINK_TO), 1) + LINK_TO,
)


def where_it_leads(data: bytes) -> None:
    text = link_text(data)
    if text is not None and (not text or "\0" in text or text.encode("utf-16-le") not in data):
        raise OutsideError(f"a link that doesn't say so leads to {text!r}")
    if text is not None:
        link_target(text)


def named(breaker: Breaker, _: Sequence[bytes]) -> bytes:
    """A zip or a tar, with links, of names out of pieces."""
    draw = breaker.draw
    names = ["".join(draw.choices(NAME_PIECES, k=draw.randrange(1, 6))) for _ in range(draw.randrange(1, 5))]
    if draw.random() < 0.5:
        kinds = (tarfile.REGTYPE, tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE)
        return make_tar(
            *(
                entry(
                    each,
                    b"1" if (kind := draw.choice(kinds)) == tarfile.REGTYPE else b"",
                    kind=kind,
                    link=draw.choice(names),
                )
                for each in names
            )
        )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for each in names:
            info = zipfile.ZipInfo("x")
            info.filename = each
            info.external_attr = draw.choice((0, 0o100644 << 16, 0o120777 << 16, 0x10))
            with warnings.catch_warnings(action="ignore"):  # of a name that is there twice
                archive.writestr(info, b"1")
    return buffer.getvalue()


FILES = {"python.exe": b"MZ" + bytes(range(256)) * 30, "Lib/os.py": b"import sys\n" * 70, "Lib/x.py": b""}


def lzx_frames(content: bytes, window: int) -> list[tuple[bytes, int]]:
    """Verbatim and aligned blocks, and such as aren't packed."""
    packer = LzxPacker(window, translated_size=len(content))
    found = []
    for at in range(0, len(content), FRAME):
        plain = content[at : at + FRAME]
        third = len(plain) // 3
        blocks = [("verbatim", third), ("aligned", third), ("uncompressed", len(plain) - 2 * third)]
        found.append((packer.frame(plain, [each for each in blocks if each[1]]), len(plain)))  # type: ignore[misc]
    return found


def msis(folder: Path) -> list[bytes]:
    """With cabinets by both methods; a block without a checksum is read however it was broken."""
    keys = {f"F{number}": content for number, content in enumerate(FILES.values())}
    packed = lzx_cabinet(keys, lambda content: lzx_frames(content, 15), window=15)
    return [
        make_python_msi(
            folder / "z.msi", FILES, cabinets={"python.cab": make_cabinet(keys, checksum=False)}
        ).read_bytes(),
        make_python_msi(folder / "l.msi", FILES, cabinets={"python.cab": packed}).read_bytes(),
        make_msi(filler=b"x" * 5000),
    ]


def msi(path: Path, work: Path) -> None:
    with contextlib.suppress(IntegrityError), compound_streams(path) as streams:
        read_summary(streams)
    identify(path)
    unpack(path, work / "out", reader=walk_msi)


def frames(_: Path) -> list[bytes]:
    """Each a window, an unpacked size and one frame."""
    content = b"".join(FILES.values())
    return [
        bytes([window]) + struct.pack("<H", size) + packed
        for window in (15, 21)
        for packed, size in lzx_frames(content, window)
    ]


def frame(path: Path, _: Path) -> None:
    content = path.read_bytes()
    if len(content) < 3:
        return
    size = int.from_bytes(content[1:3], "little")
    with contextlib.suppress(ValueError):
        unpacker = lzx_unpacker(content[0])
        for _again in range(2):
            if len(unpacker(content[3:], size)) > size:
                raise OutsideError("it became longer than it may")


def programs(_: Path) -> list[bytes]:
    return [
        make_program(imports=("KERNEL32.dll", "python311.dll"), delayed=("late.dll",)),
        make_program(platform="win32", dll=True, version=None),
    ]


def program(path: Path, _: Path) -> None:
    content = path.read_bytes()
    is_program(content)
    machine_platform(path)
    sections(path)
    signature_size(path)
    image_hashes(path)
    with contextlib.suppress(IntegrityError):
        found = read_binary(path, path.name)
        python_version(found)
        found.platform.encode()
    read_binary(path, path.name, resources=False)


def signed(folder: Path) -> list[bytes]:
    """A program and an MSI, each with the place of its signature at its end."""
    ca = make_ca(folder / "ca")
    found = []
    for name, content in (("p.exe", make_program()), ("p.msi", make_msi())):
        path = folder / name
        path.write_bytes(content)
        sign(path, ca)
        found.append(path.read_bytes())
    return found


def broken_signature(breaker: Breaker, wholes: Sequence[bytes]) -> bytes:
    content = breaker.draw.choice(wholes)
    if breaker.draw.random() < 0.3:
        return breaker.program(content) if content.startswith(b"MZ") else breaker.compound(content)
    begin = content.find(b"\x30\x82")
    return breaker.der(content, begin, len(content))


def signature(path: Path, _: Path) -> None:
    with contextlib.suppress(IntegrityError):
        signing_certificate(path)
    read_signature(path)
    if path.read_bytes()[:2] != b"MZ":
        installer_hash(path)


def keys(_: Path) -> list[bytes]:
    rsa = RSAPublicKey({"modulus": (1 << 2203) - 1, "public_exponent": 65537})
    dsa = {"algorithm": "dsa", "parameters": DSAParams({"p": (1 << 1279) - 1, "q": (1 << 127) - 1, "g": 2})}
    found = (PublicKeyInfo.wrap(rsa, "rsa"), PublicKeyInfo({"algorithm": dsa, "public_key": Integer(3)}))
    return [each.dump() for each in found]


def broken_key(breaker: Breaker, wholes: Sequence[bytes]) -> bytes:
    """One of numbers of any size, or one whose bytes are broken."""
    draw = breaker.draw
    if draw.random() < 0.5:
        content = draw.choice(wholes)
        return breaker.der(content, 0, len(content))
    p, q, g, y = (draw.getrandbits(draw.choice((8, 65, 512, 3073, 20_000, 500_000))) | 1 for _ in range(4))
    if draw.random() < 0.5:
        found = PublicKeyInfo.wrap(RSAPublicKey({"modulus": p, "public_exponent": q}), "rsa")
    else:
        dsa = {"algorithm": "dsa", "parameters": DSAParams({"p": p, "q": q, "g": g})}
        found = PublicKeyInfo({"algorithm": dsa, "public_key": Integer(y)})
    return bytes(found.dump())


def key(path: Path, _: Path) -> None:
    found = load_public_key(PublicKeyInfo.load(path.read_bytes()))
    verify = rsa_pkcs1v15_verify if found.algorithm == "rsa" else dsa_verify
    size = found.key.size_in_bytes() if found.algorithm == "rsa" else 64
    with contextlib.suppress(SignatureError):
        verify(found, b"\1" * size, b"x", "sha256")


def legacy(folder: Path) -> list[bytes]:
    files = {"PLATLIB/foo.pyd": extension(), "PLATLIB/foo.py": b"print 1", "SCRIPTS/run.py": b"#!python\n"}
    below = {
        "Lib/site-packages/foo.pyd": extension(),
        "Lib/site-packages/foo.py": b"1",
        "Scripts/run.py": b"#!python\n",
    }
    return [
        make_wininst(
            folder / "a.exe", files, install_script="run.py", egg_info="PLATLIB/Foo.Bar-1.0-py2.7.egg-info"
        ).read_bytes(),
        make_wininst(
            folder / "b.exe", {"PURELIB/foo.py": b"import queue"}, target_version=None, pre_install=b"x"
        ).read_bytes(),
        make_egg(folder / "a.egg", {"foo.pyd": extension(), "EGG-INFO/requires.txt": b"a\n[x]\nb\n"}).read_bytes(),
        make_bdist_msi(folder / "a.msi", below, install_script="run.py").read_bytes(),
    ]


def broken_legacy(breaker: Breaker, wholes: Sequence[bytes]) -> bytes:
    content = breaker.draw.choice(wholes)
    if content.startswith(b"\xd0\xcf"):
        return breaker.compound(content)
    way = breaker.draw.random()
    if way < 0.3:
        return breaker.plain(content)
    if way < 0.5 and content.startswith(b"MZ"):
        at = content.find(b"PK\3\4")
        return content[: max(0, at - 700)] + breaker.plain(content[max(0, at - 700) : at]) + content[at:]
    return breaker.zip(content)


def installer(path: Path, work: Path) -> None:
    identify(path)
    out = work / "out"
    try:
        convert_installer(path, folder=out, epoch=0)
    except BundleError:
        if out.exists() and list(out.iterdir()):
            raise OutsideError("a refused installer left a wheel") from None
        raise


def part(path: Path, work: Path) -> None:
    """What an earlier run left of a download, gone on with by an answer that fits or not."""
    content = path.read_bytes()
    store = Store(work / "store")
    store.partial.mkdir(parents=True)
    there = store.partial / "x.part"
    there.write_bytes(content[: len(content) // 2])
    wanted = Artifact(filename="demo.zip", url="https://a.test/demo.zip", size=len(WHOLE), sha256=WHOLE_SHA256)
    answer = requests.Response()
    answer.status_code = 206
    answer.headers["content-range"] = content.partition(b"\n")[0].decode("latin-1")
    answer.headers["content-length"] = answer.headers["etag"] = answer.headers["content-range"]
    with part_file(wanted, there, store, 1000) as found:
        found.headers()
        with contextlib.suppress(TransientError):
            found.begin(answer)
        found.append(content[len(content) // 2 :])
        stored = found.finish(store)
    if stored.path.read_bytes() != WHOLE:
        raise OutsideError("other bytes came into the store")


WHOLE = b"bytes 50-99/100\n" + bytes(range(84))
WHOLE_SHA256 = hashlib.sha256(WHOLE).hexdigest()


def stored(path: Path, work: Path) -> None:
    """Bytes under a hash that isn't theirs."""
    store = Store(work / "store")
    there = store.path_of(WHOLE_SHA256)
    there.parent.mkdir(parents=True)
    shutil.copyfile(path, there)
    found = store.get(WHOLE_SHA256)
    if (found is not None) != (path.read_bytes() == WHOLE):
        raise OutsideError("other bytes were handed out")
    store.add(io.BytesIO(path.read_bytes()), sha256=WHOLE_SHA256)


def snapshot(folder: Path) -> Sequence[bytes]:
    path = folder / "osv.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(3):
            archive.writestr(f"{number}.json", ADVISORY)
    return (path.read_bytes(),)


WHEELS = Parser(
    name="wheels",
    filename="demo-1.0-py3-none-any.whl",
    whole=wheels,
    broken=half(lambda b, c: b.zip(c)),
    read=wheel,
    edge=(MalformedMetadataError,),
    few=300,
    share=250,
)

ASKED: tuple[Callable[[WindowsMachine], object], ...] = (
    lambda machine: machine.picture(),
    lambda machine: machine.programs.run(["x"], timeout=1),
    lambda machine: machine.network.get("http://127.0.0.1/", wait=0),
    lambda machine: machine.network.attempts(),
    lambda machine: machine.services.state("x"),
    lambda machine: machine.files.read("x"),
    lambda machine: machine.files.exists("x"),
)
"""What a rehearsed Windows is asked, whose answers whatever runs there may have written."""


def rehearsed_answers(_: Path) -> list[bytes]:
    done: tuple[object, ...] = (
        {
            "files": {"C:\\x": "folder", "C:\\x\\y": "5 1234"},
            "registry": {"HKLM\\Software\\x": "", "HKLM\\Software\\x|y": "1"},
        },
        {"code": 0, "output": "said\n", "fault": ""},
        {"status": 200, "text": "page", "fault": ""},
        [["tcp 192.0.2.1:80", "C:\\x.exe"], ["tcp [2001:db8::1]:443", ""]],
        "running",
        "aGVsbG8=",
        True,
    )
    return [json.dumps({"done": each}).encode() for each in done] + [json.dumps({"fault": "OSError: x"}).encode()]


def rehearsed(path: Path, work: Path) -> object:
    """Each order gets the answer; that it is none is ValueError here: in a rehearsal it is the step's failure."""
    content, found = path.read_bytes(), []
    for number, ask in enumerate(ASKED):
        mailbox = Mailbox(folder=work / str(number), clock=Clock(now=lambda: 0, sleep=lambda _: None))
        mailbox.make()
        (mailbox.folder / "answers" / "1.json").write_bytes(content)
        try:
            found.append(ask(WindowsMachine(mailbox, Place(looks=(), guest_path=str, room="C:"), environ={})))
        except HostError as error:
            if not error.reference.startswith("rehearsal-"):
                raise
    if not found:
        raise ValueError("no answer to anything")
    return found


FILES_READ = (
    WHEELS,
    Parser(
        name="answers of a rehearsed Windows",
        filename="1.json",
        whole=rehearsed_answers,
        broken=json_values,
        read=rehearsed,
        edge=(ValueError,),
        few=60,
        share=60,
    ),
    Parser(
        name="snapshots of advisories",
        filename="osv.zip",
        whole=snapshot,
        broken=changed(lambda b, c: b.zip(c)),
        read=lambda path, _: read_snapshot(path, (Subject("PyPI", "demo"), Subject("library", "CPython"))),
        few=120,
        share=60,
    ),
    Parser(
        name="bundles (zip)",
        filename="bad.zip",
        whole=bundle("zip"),
        broken=changed(lambda b, c: b.zip(c)),
        read=must_refuse(broken_bundle),
        few=120,
        share=100,
    ),
    Parser(
        name="bundles (7z)",
        filename="bad.7z",
        whole=bundle("7z"),
        broken=changed(lambda b, c: b.seven_zip(c)),
        read=must_refuse(broken_bundle),
        few=120,
        share=40,
    ),
    Parser(
        name="bundles (folder)",
        filename="manifest.json",
        whole=lambda folder: manifests(folder)[:1],
        broken=json_values,
        read=folder_bundle,
        few=60,
        share=30,
    ),
    *(
        Parser(
            name=f"sources ({kind})",
            filename=f"demo-1.0.{kind}",
            whole=sdist(kind),
            broken=broken_tar(kind),
            read=source,
            few=100,
            share=30,
        )
        for kind in PACKERS
    ),
    Parser(
        name="sources (zip)",
        filename="demo-1.0.zip",
        whole=sdist("zip"),
        broken=half(lambda b, c: b.zip(c)),
        read=source,
        few=100,
        share=30,
    ),
    Parser(
        name="sources (7z)",
        filename="demo-1.0.7z",
        whole=sdist("7z"),
        broken=half(lambda b, c: b.seven_zip(c)),
        read=source,
        few=100,
        share=30,
    ),
    Parser(
        name="names in archives",
        filename="demo-1.0.zip",
        whole=lambda _: [],
        broken=named,
        read=source,
        few=150,
        share=300,
    ),
    Parser(
        name="MSI",
        filename="python.msi",
        whole=msis,
        broken=half(lambda b, c: b.compound(c)),
        read=msi,
        few=120,
        share=60,
    ),
    Parser(
        name="LZX",
        filename="frame",
        whole=frames,
        broken=half(lambda b, c: b.numbers(c, align=1)),
        read=frame,
        few=200,
        share=80,
    ),
    Parser(
        name="programs",
        filename="p.exe",
        whole=programs,
        broken=half(lambda b, c: b.program(c)),
        read=program,
        few=200,
        share=60,
    ),
    Parser(
        name="icons",
        filename="app.ico",
        whole=lambda _: [make_icon(), make_icon(make_bitmap(32, 32, 8), make_png())],
        broken=half(lambda b, c: b.numbers(c, align=1)),
        read=lambda path, _: check_icon(path.read_bytes(), "bundle.icon"),
        few=200,
        share=40,
    ),
    Parser(
        name="signatures of programs",
        filename="p.exe",
        whole=signed,
        broken=broken_signature,
        read=signature,
        few=40,
        share=20,
    ),
    Parser(
        name="keys of signatures",
        filename="key.der",
        whole=keys,
        broken=broken_key,
        read=key,
        edge=(ValueError, TypeError, LookupError),
        few=60,
        share=40,
    ),
    Parser(
        name="legacy installers",
        filename="Foo.Bar-1.0.win32-py2.7.exe",
        whole=legacy,
        broken=broken_legacy,
        read=installer,
        few=100,
        share=40,
    ),
    Parser(
        name="what is to be converted",
        filename="demo.exe",
        whole=lambda folder: [*legacy(folder), *wheels(folder)],
        broken=lambda b, w: (b"MZ" + bytes(300)) * b.draw.randrange(2) + broken_legacy(b, w),
        read=lambda path, _: identify(path),
        few=200,
        share=150,
    ),
    Parser(
        name="links of Windows",
        filename="link",
        whole=lambda _: WINDOWS_LINKS,
        broken=half(lambda b, c: b.numbers(c)),
        read=lambda path, _: where_it_leads(path.read_bytes()),
        few=200,
        share=50,
    ),
    Parser(
        name="partial files",
        filename="part",
        whole=lambda _: [WHOLE],
        broken=half(lambda b, c: b.numbers(c)),
        read=part,
        few=100,
        share=100,
    ),
    Parser(
        name="files of the store",
        filename="file",
        whole=lambda _: [WHOLE],
        broken=half(lambda b, c: b.numbers(c)),
        read=stored,
        few=60,
        share=60,
    ),
)
