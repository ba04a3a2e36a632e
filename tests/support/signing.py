"""A certificate authority of the tests' own, and Authenticode signatures by it: what a mirror that re-signs would do.

Needs the ``openssl`` and ``osslsigncode`` programs; without them ``make_ca`` fails and says which to install.
"""

from __future__ import annotations

import dataclasses
import datetime
import shutil
import subprocess
from pathlib import Path

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


def sign(
    path: Path,
    ca: CA,
    *,
    signer: CertifiedKey | None = None,
    digest: str = "sha256",
    stamped: datetime.datetime | None = None,
    beside: bool = False,
) -> None:
    """Sign a PE or MSI file where it lies; ``beside`` keeps the signature that it has.

    ``stamped`` adds an RFC 3161 time stamp of that moment by the authority's clock.
    """
    by = signer or ca.signer
    signed = path.with_name(path.name + ".signed")
    command: list[str | Path] = ["osslsigncode", "sign", "-h", digest, "-certs", by.pem, "-key", by.key]
    if beside:
        command.append("-nest")
    if stamped is not None:
        command += ["-TSA-certs", ca.clock.pem, "-TSA-key", ca.clock.key, "-TSA-time", str(int(stamped.timestamp()))]
    _run(*command, "-in", path, "-out", signed)
    signed.replace(path)


def _run(*command: str | Path) -> None:
    done = subprocess.run(
        [str(each) for each in command], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]} {command[1]} ended with {done.returncode}: {done.stdout}{done.stderr}")
