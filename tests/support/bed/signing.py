"""Authenticode signatures of a certificate authority of the bed's own, in the name that python.org signs under."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.support.bed import host
from tests.support.bed.cache import Cache, recipe_of

SUBJECT = "/C=US/ST=Oregon/L=Beaverton/O=Python Software Foundation/CN=Python Software Foundation"
_ROOT = "/O=Offline Bundler Test Bed/CN=Test Bed Root"
_DAYS = "10950"
_EXTENSIONS = """[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[signer]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = codeSigning
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
"""
_DOS_STUB = b"This program cannot be run in DOS mode"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """A code-signing certificate, its key, and the root that vouches for it (PEM files)."""

    root: Path
    certificate: Path
    key: Path

    def sign(self, path: Path) -> None:
        """Sign an exe, DLL or MSI in place, with a SHA-256 digest. A signature that is there is replaced."""
        host.require("osslsigncode")
        signed = path.with_name(path.name + ".signed")
        certificates = ("-certs", self.certificate, "-ac", self.root, "-key", self.key)
        host.run("osslsigncode", "sign", "-h", "sha256", *certificates, "-in", path, "-out", signed)
        signed.replace(path)


def make_signer(cache: Cache) -> Signer:
    """The bed's signer, made once; its certificates are good for thirty years."""
    made = cache.made("signer", recipe_of("signing.py"), _make)
    return Signer(root=made / "root.pem", certificate=made / "signer.pem", key=made / "signer.key")


def _make(directory: Path) -> None:
    host.require("openssl")
    directory.mkdir()
    extensions = directory / "extensions.cnf"
    extensions.write_text(f"[req]\ndistinguished_name = name\n[name]\n{_EXTENSIONS}", encoding="ascii")
    root, root_key = directory / "root.pem", directory / "root.key"
    new = ("openssl", "req", "-config", extensions, "-newkey", "rsa:3072", "-nodes", "-sha256", "-keyout")
    host.run(*new, root_key, "-x509", "-days", _DAYS, "-subj", _ROOT, "-extensions", "root", "-out", root)
    request = directory / "signer.csr"
    host.run(*new, directory / "signer.key", "-subj", SUBJECT, "-out", request)
    issue = ("openssl", "x509", "-req", "-sha256", "-in", request, "-CA", root, "-CAkey", root_key, "-CAcreateserial")
    purpose = ("-extfile", extensions, "-extensions", "signer")
    host.run(*issue, "-days", _DAYS, *purpose, "-out", directory / "signer.pem")


def unsigned(signed: Path, output: Path) -> Path:
    """A copy without its signature."""
    host.require("osslsigncode")
    output.unlink(missing_ok=True)
    host.run("osslsigncode", "remove-signature", "-in", signed, "-out", output)
    return output


def broken(signed: Path, output: Path) -> Path:
    """A copy with one byte changed after it was signed, where that does no harm to a program."""
    content = bytearray(signed.read_bytes())
    at = content.find(_DOS_STUB) if content.startswith(b"MZ") else len(content) // 2
    content[at] ^= 0x20
    output.write_bytes(content)
    return output


def sign_tree(signer: Signer, tree: Path) -> None:
    """Sign what python.org signs in a tree: its programs and its own DLLs."""
    for path in sorted(tree.iterdir()):
        if path.name.startswith("python") and path.suffix in {".exe", ".dll"}:
            signer.sign(path)
