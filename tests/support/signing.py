"""A certificate authority of the tests' own, and Authenticode signatures by it: what a mirror that re-signs would do.

Needs the ``openssl`` and ``osslsigncode`` programs; without them ``make_ca`` fails and says which to install.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import secrets
import shutil
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

from asn1crypto.cms import ContentInfo
from asn1crypto.tsp import MessageImprint, TimeStampReq, TimeStampResp, TSTInfo

if TYPE_CHECKING:
    from collections.abc import Iterator

PSF = "Python Software Foundation"

_CONFIG = """\
[ca]
default_ca = local
[local]
database = {folder}/index.txt
new_certs_dir = {folder}
rand_serial = yes
default_md = sha256
policy = anything
unique_subject = no
[anything]
commonName = supplied
organizationName = optional
[req]
distinguished_name = none
[none]
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[code]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = codeSigning
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[time]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
"""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class CertifiedKey:
    """A certificate and its private key, both PEM files."""

    pem: Path
    key: Path


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class CA:
    """``root`` is the file for ``extra_roots``; ``signer`` signs code, ``clock`` signs times; ``folder`` holds all of it."""

    folder: Path
    root: CertifiedKey
    signer: CertifiedKey
    clock: CertifiedKey


def make_ca(folder: Path, *, name: str = "Example Test Root", signer: str = PSF) -> CA:
    """Make an authority in ``folder`` (created), a signer named ``signer`` and a time-stamping one; a second or two."""
    for tool in ("openssl", "osslsigncode"):
        if shutil.which(tool) is None:
            raise RuntimeError(f"these tests need the program {tool}: apt-get install {tool}")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "index.txt").touch()
    (folder / "ca.cnf").write_text(_CONFIG.format(folder=folder), encoding="utf-8")
    root = CertifiedKey(pem=folder / "root.pem", key=folder / "root.key")
    ca = CA(folder=folder, root=root, signer=root, clock=root)
    make_certificate(ca, "root", common_name=name, usage="root")
    clock = make_certificate(ca, "clock", common_name=f"{name} clock", usage="time")
    return dataclasses.replace(
        ca, signer=make_certificate(ca, "signer", common_name=signer, organization=signer), clock=clock
    )


def make_certificate(
    ca: CA,
    stem: str,
    *,
    common_name: str,
    organization: str | None = None,
    usage: str = "code",
    begins: datetime.datetime = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC),
    ends: datetime.datetime = datetime.datetime(2045, 1, 1, tzinfo=datetime.UTC),
) -> CertifiedKey:
    """A certificate by ``ca``; ``usage`` is ``code``, ``time`` or ``root`` (by itself); its time may be over already."""
    made = CertifiedKey(pem=ca.folder / f"{stem}.pem", key=ca.folder / f"{stem}.key")
    request = ca.folder / f"{stem}.csr"
    subject = f"/CN={common_name}" + (f"/O={organization}" if organization else "")
    _run(
        *("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-config", ca.folder / "ca.cnf"),
        *("-subj", subject, "-keyout", made.key, "-out", request),
    )
    _run(
        *("openssl", "ca", "-batch", "-notext", "-config", ca.folder / "ca.cnf", "-extensions", usage),
        *(("-selfsign",) if usage == "root" else ("-cert", ca.root.pem)),
        *("-keyfile", ca.root.key, "-in", request, "-out", made.pem),
        *("-startdate", f"{begins:%Y%m%d%H%M%SZ}", "-enddate", f"{ends:%Y%m%d%H%M%SZ}"),
    )
    return made


def make_namesakes(ca: CA, count: int) -> Path:
    """So many certificates by themselves with the name of the authority, which may have issued each other by their names, in one PEM file."""
    found = ca.folder / "namesakes.pem"
    made = ca.folder / "namesake.pem"
    with found.open("w", encoding="ascii") as stream:
        for _ in range(count):
            _run(
                *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
                *("-config", ca.folder / "ca.cnf", "-extensions", "root", "-subj", "/CN=Example Test Root"),
                *("-days", "9999", "-keyout", ca.folder / "namesake.key", "-out", made),
            )
            stream.write(made.read_text(encoding="ascii"))
    return found


def make_pfx(by: CertifiedKey, path: Path, *, passphrase: str = "", authority: CertifiedKey | None = None) -> Path:
    """What browsers and authorities hand out: key and certificate in one file, with that of the authority above."""
    above = ("-certfile", authority.pem) if authority is not None else ()
    _run(
        *("openssl", "pkcs12", "-export", "-in", by.pem, "-inkey", by.key, *above),
        *("-passout", f"pass:{passphrase}", "-out", path),
    )
    return path


def verify(path: Path, root: Path) -> str:
    """What osslsigncode says of a signature by an authority's certificate ``root``; raises RuntimeError where it isn't good."""
    done = subprocess.run(
        ["osslsigncode", "verify", "-CAfile", root, "-TSA-CAfile", root, "-in", path],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    return done.stdout


def sign(
    path: Path,
    ca: CA,
    *,
    signer: CertifiedKey | None = None,
    digest: str = "sha256",
    stamped: datetime.datetime | None = None,
    beside: bool = False,
    more: Path | None = None,
) -> None:
    """Sign a PE or MSI file where it lies; ``beside`` keeps the signature that it has, ``more``: other certificates that are put into it (PEM).

    ``stamped`` adds an RFC 3161 time stamp of that moment by the authority's clock.
    """
    by = signer or ca.signer
    signed = path.with_name(path.name + ".signed")
    command: list[str | Path] = ["osslsigncode", "sign", "-h", digest, "-certs", by.pem, "-key", by.key]
    if beside:
        command.append("-nest")
    if more is not None:
        command += ["-ac", more]
    with contextlib.ExitStack() as stack:
        if stamped is not None:
            command += ["-ts", stack.enter_context(time_stamping(ca, stamped))]
        _run(*command, "-in", path, "-out", signed)
    signed.replace(path)


@contextlib.contextmanager
def time_stamping(ca: CA, moment: datetime.datetime, *, imprint: MessageImprint | None = None) -> Iterator[str]:
    """The URL of a time-stamping authority (RFC 3161) on loopback where it is always ``moment``; ``imprint``: it stamps that, whatever it is asked."""

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = TimeStampReq.load(self.rfile.read(int(self.headers["Content-Length"])))
            answer = _stamp(ca, asked, moment, imprint or asked["message_imprint"]).dump()
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()


def _stamp(ca: CA, asked: TimeStampReq, moment: datetime.datetime, imprint: MessageImprint) -> TimeStampResp:
    said = {
        "version": "v1",
        "policy": "1.2.3.4.1",
        "message_imprint": imprint,
        "serial_number": secrets.randbits(63),
        "gen_time": moment,
    }
    if asked["nonce"].native is not None:
        said["nonce"] = asked["nonce"]
    token = ca.folder / "token"
    token.write_bytes(TSTInfo(said).dump())
    made = token.with_suffix(".p7s")
    _run(
        *("openssl", "cms", "-sign", "-binary", "-nodetach", "-cades", "-md", "sha256", "-outform", "DER"),
        *("-econtent_type", "1.2.840.113549.1.9.16.1.4"),  # id-ct-TSTInfo: the kind of what is signed
        *("-signer", ca.clock.pem, "-inkey", ca.clock.key, "-in", token, "-out", made),
    )
    return TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": ContentInfo.load(made.read_bytes())})


def _run(*command: str | Path) -> None:
    done = subprocess.run(
        [str(each) for each in command], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]} {command[1]} ended with {done.returncode}: {done.stdout}{done.stderr}")
