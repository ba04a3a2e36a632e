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
