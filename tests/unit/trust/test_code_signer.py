"""Who signs programs believes no tool: certificates that won't do, programs that were changed, time stamps that aren't there."""

from __future__ import annotations

import datetime
import os
import shutil
import socket
from typing import TYPE_CHECKING

import pytest
from asn1crypto.tsp import MessageImprint

from bundler.errors import BundleError
from bundler.fetch.retry import Retry
from bundler.formats.authenticode import read_signature
from bundler.pipeline.time_stamps import TimeStamps
from bundler.trust.code_key import CodeKey
from bundler.trust.code_signer import CodeSigner, SigningWish, code_tool
from tests.support import only_linux
from tests.support.programs import make_program
from tests.support.signing import CA, CertifiedKey, make_ca, make_certificate, make_pfx, time_stamping, verify

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = only_linux.SIGNING

NOW = datetime.datetime(2026, 6, 1, tzinfo=datetime.UTC)


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> CA:
    only_linux.require(only_linux.SIGNING)
    return make_ca(tmp_path_factory.mktemp("signing") / "ca", signer="Example GmbH")


def signer(ca: CA, by: CertifiedKey | None = None, *, stamps: TimeStamps | None = None) -> CodeSigner:
    pfx = make_pfx(by or ca.signer, ca.folder / "one.pfx", authority=ca.root if by != ca.root else None)
    wish = SigningWish(key=CodeKey(kind="file", name=str(pfx)), passphrase=lambda: None)
    return CodeSigner(code_tool(wish, os.environ, windows=False), stamps=stamps or TimeStamps(), now=NOW)


def program(folder: Path) -> Path:
    path = folder / "a.exe"
    path.write_bytes(make_program())
    return path


def refused(path: Path, by: CodeSigner) -> BundleError:
    before = path.read_bytes()
    with pytest.raises(BundleError) as caught:
        by.sign(path, "a.exe")
    assert path.read_bytes() == before, "what isn't signed as it should be is as it was"
    return caught.value


def test_a_program_is_signed_where_it_lies(tmp_path: Path, ca: CA) -> None:
    path, by = program(tmp_path), signer(ca)
    by.sign(path, "a.exe")
    assert by.by == "Example GmbH"
    verify(path, ca.root.pem)
    assert [each.name for each in tmp_path.iterdir()] == ["a.exe"]


def test_with_a_time_stamp(tmp_path: Path, ca: CA) -> None:
    moment = datetime.datetime(2026, 5, 1, 12, tzinfo=datetime.UTC)
    path = program(tmp_path)
    with time_stamping(ca, moment) as address:
        signer(ca, stamps=TimeStamps((address,))).sign(path, "a.exe")
    found = read_signature(path, extra_roots=(ca.root.pem,))
    assert found is not None
    assert (found.timestamp, found.distrust) == (moment, "")


def test_where_a_server_gives_none_the_next_one_does(tmp_path: Path, ca: CA) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        dead = f"http://127.0.0.1:{closed.getsockname()[1]}/"
        told: list[str] = []
        moment = datetime.datetime(2026, 5, 1, 12, tzinfo=datetime.UTC)
        with time_stamping(ca, moment) as address:
            by = signer(ca, stamps=TimeStamps((dead, address), told.append))
            for _ in range(2):
                by.sign(path := program(tmp_path), "a.exe")
    found = read_signature(path, extra_roots=(ca.root.pem,))
    assert found is not None
    assert found.timestamp == moment
    assert len(told) == 1, "the one that answered is asked first from then on"
    assert dead in told[0]


@pytest.mark.parametrize(("begins", "ends"), [(2001, 2002), (2040, 2041)])
def test_a_certificate_of_another_time(tmp_path: Path, ca: CA, begins: int, ends: int) -> None:
    days = [datetime.datetime(year, 1, 1, tzinfo=datetime.UTC) for year in (begins, ends)]
    by = make_certificate(ca, "old", common_name="Example GmbH", begins=days[0], ends=days[1])
    error = refused(program(tmp_path), signer(ca, by))
    assert error.reference == "authenticode-certificate-expired"
    assert f"{ends}-01-01" in error.message


def test_a_certificate_for_something_else(tmp_path: Path, ca: CA) -> None:
    error = refused(program(tmp_path), signer(ca, ca.clock))
    assert error.reference == "authenticode-certificate-unfit"
    assert "time_stamping" in error.context[0]
    assert refused(program(tmp_path), signer(ca, ca.root)).reference == "authenticode-certificate-unfit"


def test_a_signature_that_cant_be_read_again(tmp_path: Path, ca: CA) -> None:
    """The signer's certificate comes twice: some tools make such files, and readers don't know which one counts."""
    make_pfx(ca.signer, ca.folder / "twice.pfx", authority=ca.signer)
    wish = SigningWish(key=CodeKey(kind="file", name=str(ca.folder / "twice.pfx")), passphrase=lambda: None)
    by = CodeSigner(code_tool(wish, os.environ, windows=False), stamps=TimeStamps(), now=NOW)
    error = refused(program(tmp_path), by)
    assert error.reference == "authenticode-failed"
    assert "multiple certificates" in " ".join(error.context)


class _Tool:
    """Says that it signed."""

    title = "stand-in 1.0"

    def __init__(self, content: bytes | None) -> None:
        self._content = content

    def sign(self, source: Path, signed: Path, timestamp: str) -> None:
        del timestamp
        if self._content is None:
            shutil.copyfile(source, signed)
        elif self._content:
            signed.write_bytes(self._content)


@pytest.mark.parametrize(
    "content", [None, b"", b"MZ", make_program(filler=b"another")], ids=["unsigned", "nothing", "broken", "other"]
)
def test_a_tool_that_lies(tmp_path: Path, content: bytes | None) -> None:
    error = refused(program(tmp_path), CodeSigner(_Tool(content), stamps=TimeStamps(), now=NOW))
    assert error.reference == "authenticode-failed"
    assert "stand-in 1.0" in error.message


def test_a_stamp_that_was_left_out(tmp_path: Path, ca: CA) -> None:
    signed = tmp_path / "signed.exe"
    signed.write_bytes(make_program())
    signer(ca).sign(signed, "signed.exe")
    stamps = TimeStamps(("http://127.0.0.1/",), retry=Retry(attempts=1))
    error = refused(program(tmp_path), CodeSigner(_Tool(signed.read_bytes()), stamps=stamps, now=NOW))
    assert error.reference == "authenticode-timestamp-failed"


def test_a_stamp_of_something_else(tmp_path: Path, ca: CA) -> None:
    imprint = MessageImprint({"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": bytes(32)})
    with time_stamping(ca, NOW, imprint=imprint) as lying, time_stamping(ca, NOW) as address:
        by = signer(ca, stamps=TimeStamps((lying, address), (told := list[str]()).append))
        by.sign(path := program(tmp_path), "a.exe")
    found = read_signature(path, extra_roots=(ca.root.pem,))
    assert found is not None
    assert (found.timestamp, found.distrust) == (NOW, "")
    assert [lying in each for each in told] == [True]


@pytest.mark.parametrize("year", [1999, 2098])
def test_a_stamp_of_another_time(tmp_path: Path, ca: CA, year: int) -> None:
    with time_stamping(ca, datetime.datetime(year, 1, 1, tzinfo=datetime.UTC)) as address:
        stamps = TimeStamps((address,), retry=Retry(attempts=1))
        error = refused(program(tmp_path), signer(ca, stamps=stamps))
    assert error.reference == "authenticode-timestamp-failed"
    assert f"{year}-01-01" in error.context[0]


def test_which_tool_for_which_key(tmp_path: Path) -> None:
    def title(kind: str, *, windows: bool, tool: str) -> str:
        folder = tmp_path / f"{kind}{tool}"
        folder.mkdir(exist_ok=True)
        (folder / tool).write_text("#!/bin/sh\n")
        (folder / tool).chmod(0o755)
        key = CodeKey(kind=kind, name="x", module="y")  # type: ignore[arg-type]
        return code_tool(SigningWish(key=key, passphrase=lambda: None), {"PATH": str(folder)}, windows=windows).title

    assert title("store", windows=True, tool="signtool") == "signtool"
    assert title("file", windows=True, tool="signtool") == "signtool"
    assert title("file", windows=True, tool="osslsigncode") == "osslsigncode"
    assert title("token", windows=True, tool="osslsigncode") == "osslsigncode"
    with pytest.raises(BundleError) as caught:
        title("store", windows=False, tool="osslsigncode")
    assert caught.value.reference == "authenticode-tool-missing"
