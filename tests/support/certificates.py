"""Certificates made for one test by the openssl program: an authority, a server's for loopback, a client's."""

from __future__ import annotations

import dataclasses
import subprocess
from pathlib import Path


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Certificates:
    authority: Path
    certificate: Path
    key: Path
    client: Path
    """Certificate and key of the client in one file, as pip's ``client-cert`` has it."""


def make_certificates(folder: Path) -> Certificates:
    """Make them in ``folder``; good for ``127.0.0.1`` and ``localhost``, for two days."""
    folder.mkdir(parents=True, exist_ok=True)
    _openssl(
        folder,
        *("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"),
        *("-subj", "/CN=An authority for tests", "-keyout", "ca.key", "-out", "ca.pem"),
        *("-addext", "keyUsage=critical,keyCertSign,cRLSign"),
    )
    _issue(folder, "server", "subjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage=serverAuth\n")
    _issue(folder, "client", "extendedKeyUsage=clientAuth\n")
    both = folder / "client-both.pem"
    both.write_bytes((folder / "client.pem").read_bytes() + (folder / "client.key").read_bytes())
    return Certificates(
        authority=folder / "ca.pem", certificate=folder / "server.pem", key=folder / "server.key", client=both
    )


def _issue(folder: Path, name: str, extensions: str) -> None:
    (folder / f"{name}.ext").write_text(
        extensions + "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n", encoding="ascii"
    )
    _openssl(
        folder,
        *("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
        *("-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.csr"),
    )
    _openssl(
        folder,
        *("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"),
        *("-days", "2", "-extfile", f"{name}.ext", "-out", f"{name}.pem"),
    )


def _openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


_CONFIG = """
[ca]
default_ca = local
[local]
database = index.txt
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = anything
unique_subject = no
[anything]
commonName = supplied
[server]
subjectAltName = {names}
extendedKeyUsage = {usage}
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
"""


def make_odd_certificate(
    folder: Path,
    *,
    begins: str = "20200101000000Z",
    ends: str = "20450101000000Z",
    names: str = "IP:127.0.0.1",
    usage: str = "serverAuth",
    signed_by: str = "ca",
) -> Certificates:
    """After ``make_certificates(folder)``: another server's certificate by the same authority, odd in one thing.

    ``begins``, ``ends``: as openssl has times; ``signed_by``: ``ca``, ``server`` (which is no authority) or ``odd`` (itself).
    """
    (folder / "index.txt").write_text("", encoding="ascii")
    (folder / "odd.cnf").write_text(_CONFIG.format(names=names, usage=usage), encoding="ascii")
    _openssl(
        folder,
        *("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
        *("-subj", "/CN=odd", "-keyout", "odd.key", "-out", "odd.csr"),
    )
    signer = ("-selfsign",) if signed_by == "odd" else ("-cert", f"{signed_by}.pem")
    _openssl(
        folder,
        *(
            "ca",
            "-batch",
            "-notext",
            "-config",
            "odd.cnf",
            "-extensions",
            "server",
            *signer,
            "-keyfile",
            f"{signed_by}.key",
        ),
        *("-in", "odd.csr", "-out", "odd.pem", "-startdate", begins, "-enddate", ends),
    )
    return Certificates(
        authority=folder / "ca.pem",
        certificate=folder / "odd.pem",
        key=folder / "odd.key",
        client=folder / "client-both.pem",
    )
