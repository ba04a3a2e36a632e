"""Certificates made for one test: an authority, a server's for loopback, a client's."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import shutil
from pathlib import Path
from typing import Any

from asn1crypto import pem
from asn1crypto.core import UTF8String
from asn1crypto.keys import PublicKeyInfo
from asn1crypto.x509 import Certificate, Extension, GeneralName, IPAddress, Name, TbsCertificate, Time
from Cryptodome.Hash import SHA256
from Cryptodome.PublicKey import ECC
from Cryptodome.Signature import DSS

_KEY_OF_AUTHORITY = "ca.key"
_ALGORITHM = {"algorithm": "sha256_ecdsa"}
_DAY = datetime.timedelta(days=1)
_Validity = tuple[datetime.datetime, datetime.datetime]


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
    authority = _Party.of("An authority for tests")
    own = authority.issued(
        authority,
        [
            _extension("basic_constraints", {"ca": True}, critical=True),
            _extension("key_usage", {"key_cert_sign", "crl_sign"}, critical=True),
        ],
    )
    server, client = _Party.of("server"), _Party.of("client")
    names = [GeneralName("ip_address", IPAddress("127.0.0.1")), GeneralName("dns_name", "localhost")]
    of_server = authority.issued(
        server, [_extension("subject_alt_name", names), _extension("extended_key_usage", ["server_auth"])]
    )
    of_client = authority.issued(client, [_extension("extended_key_usage", ["client_auth"])])
    found = Certificates(
        authority=folder / "ca.pem",
        certificate=folder / "server.pem",
        key=folder / "server.key",
        client=folder / "client-both.pem",
    )
    found.authority.write_bytes(own)
    found.certificate.write_bytes(of_server)
    found.key.write_bytes(server.key)
    (folder / _KEY_OF_AUTHORITY).write_bytes(authority.key)
    found.client.write_bytes(of_client + client.key)
    return found


def make_odd_certificate(
    folder: Path,
    *,
    begins: str = "20200101000000Z",
    ends: str = "20450101000000Z",
    names: str = "IP:127.0.0.1",
    usage: str = "server_auth",
    signed_by: str = "ca",
) -> Certificates:
    """After ``make_certificates(folder)``: another server's certificate by the same authority, odd in one thing.

    ``begins``, ``ends``: YYYYMMDDHHMMSSZ; ``names``: ``IP:…,DNS:…``; ``signed_by``: ``ca``, ``server`` (which is no authority)
    or ``odd`` (itself).
    """
    odd = _Party.of("odd")
    signer = odd if signed_by == "odd" else _Party.kept(folder / f"{signed_by}.pem", folder / f"{signed_by}.key")
    general = [_general_name(each) for each in names.split(",")]
    content = signer.issued(
        odd,
        [_extension("subject_alt_name", general), _extension("extended_key_usage", [usage])],
        (_time(begins), _time(ends)),
    )
    found = Certificates(
        authority=folder / "ca.pem",
        certificate=folder / "odd.pem",
        key=folder / "odd.key",
        client=folder / "client-both.pem",
    )
    found.certificate.write_bytes(content)
    found.key.write_bytes(odd.key)
    return found


def _general_name(text: str) -> GeneralName:
    kind, _, name = text.partition(":")
    return GeneralName("ip_address", IPAddress(name)) if kind == "IP" else GeneralName("dns_name", name)


def _time(text: str) -> datetime.datetime:
    return datetime.datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=datetime.UTC)


def hashed_folder(folder: Path, certificate: Path) -> Path:
    """A folder of authorities as ``openssl rehash`` makes it: the file is found by a sum of its subject's name."""
    folder.mkdir()
    _, _, content = pem.unarmor(certificate.read_bytes())
    canonical = b""
    for part in Certificate.load(content).subject.chosen:
        for each in part:
            each["value"] = UTF8String(each["value"].native.lower())
        canonical += part.dump(force=True)
    number = int.from_bytes(hashlib.sha1(canonical).digest()[:4], "little")  # noqa: S324 - what OpenSSL has
    shutil.copyfile(certificate, folder / f"{number:08x}.0")
    return folder


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class _Party:
    """Who has a key, and signs with it."""

    name: Name
    private: ECC.EccKey

    @classmethod
    def of(cls, name: str) -> _Party:
        return cls(name=Name.build({"common_name": name}), private=ECC.generate(curve="P-256"))

    @classmethod
    def kept(cls, certificate: Path, key: Path) -> _Party:
        """The one that a certificate names."""
        _, _, content = pem.unarmor(certificate.read_bytes())
        return cls(name=Certificate.load(content).subject, private=ECC.import_key(key.read_text("ascii")))

    @property
    def key(self) -> bytes:
        return self.private.export_key(format="PEM").encode() + b"\n"

    @property
    def public(self) -> PublicKeyInfo:
        return PublicKeyInfo.load(self.private.public_key().export_key(format="DER"))

    @property
    def identifier(self) -> bytes:
        return bytes(self.public.sha1)

    def issued(self, subject: _Party, extensions: list[Extension], validity: _Validity | None = None) -> bytes:
        """A certificate of ``subject``, signed with this key; good from yesterday to tomorrow unless ``validity`` says otherwise."""
        now = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
        begins, ends = validity or (now - _DAY, now + _DAY)
        content = TbsCertificate(
            {
                "version": "v3",
                "serial_number": int.from_bytes(subject.identifier[:8], "big"),
                "signature": _ALGORITHM,
                "issuer": self.name,
                "validity": {"not_before": Time("utc_time", begins), "not_after": Time("utc_time", ends)},
                "subject": subject.name,
                "subject_public_key_info": subject.public,
                "extensions": [
                    *extensions,
                    _extension("key_identifier", subject.identifier),
                    _extension("authority_key_identifier", {"key_identifier": self.identifier}),
                ],
            }
        )
        signature = DSS.new(self.private, "fips-186-3", encoding="der").sign(SHA256.new(content.dump()))
        made = Certificate(
            {"tbs_certificate": content, "signature_algorithm": _ALGORITHM, "signature_value": signature}
        )
        return bytes(pem.armor("CERTIFICATE", made.dump()))


def _extension(kind: str, value: Any, *, critical: bool = False) -> Extension:
    return Extension({"extn_id": kind, "critical": critical, "extn_value": value})
