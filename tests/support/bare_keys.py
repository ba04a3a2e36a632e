"""Keys of ECDSA on the curve P-256, their bare signatures, and a stand-in for cosign that really signs with them.

A key's file is as cosign's by its first line; the stand-in reads the number that stands in it.
"""

from __future__ import annotations

import base64
import sys
from typing import TYPE_CHECKING, Any

from Cryptodome.Hash import SHA256
from Cryptodome.PublicKey import ECC
from Cryptodome.Signature import DSS

from bundler.formats.p256_key import key_of_pem

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.formats.p256_key import P256Key

OF_2_2 = ("--tlog-upload",)
OF_2_5 = ("--new-bundle-format", "--tlog-upload")
OF_3 = ("--use-signing-config",)
OF_NEXT = ("--signing-config",)
"""What the help of a version names. The third knows --tlog-upload too, and doesn't show it."""
_BEGIN = "-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----"
_STAND_IN = """\
#!{python}
import base64, hashlib, json, os, sys
from Cryptodome.Hash import SHA256
from Cryptodome.PublicKey import ECC
from Cryptodome.Signature import DSS
named = {named!r}
known = {{*named, "--key", "--yes", "--bundle", *(["--tlog-upload"] if "--use-signing-config" in named else [])}}
command, *arguments = sys.argv[1:]
if arguments == ["--help"]:
    print("Flags:", *("    " + each + "=false:" for each in named), sep="\\n")
    sys.exit()
options, place = {{}}, []
while arguments:
    first = arguments.pop(0)
    name, equals, value = first.partition("=")
    if not name.startswith("--"):
        place.append(first)
        continue
    if name not in known:
        sys.exit("Error: unknown flag: " + name)
    takes = name in ("--key", "--bundle", "--signing-config")
    options[name] = value if equals else arguments.pop(0) if takes else "true"
if os.environ.get("COSIGN_PASSWORD") != "secret":
    sys.exit("Error: signing blob: decrypt: encrypted: decryption failed")
lines = open(options["--key"]).read().splitlines()
key = ECC.construct(curve=lines[1], d=int(lines[2]))
if command == "public-key":
    print(key.public_key().export_key(format="PEM"))
    sys.exit()
assert command == "sign-blob" and len(place) == 1, sys.argv
if "--signing-config" in options:
    assert set(json.load(open(options["--signing-config"]))) == {{"mediaType"}}
else:
    assert options["--tlog-upload"] == "false"
    assert options.get("--use-signing-config", "false") == "false"
content = open(place[0], "rb").read()
signature = base64.b64encode(DSS.new(key, "fips-186-3", encoding="der").sign(SHA256.new(content))).decode()
print("Using payload from: " + place[0], file=sys.stderr)
if "--new-bundle-format" in options or "--tlog-upload" not in named:
    info = key.public_key().export_key(format="DER")
    said = {{
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": {{"publicKey": {{"hint": base64.b64encode(hashlib.sha256(info).digest()).decode()}}}},
        "messageSignature": {{
            "messageDigest": {{"algorithm": "SHA2_256", "digest": base64.b64encode(hashlib.sha256(content).digest()).decode()}},
            "signature": signature,
        }},
    }}
else:
    said = {{"base64Signature": signature}}
json.dump(said, open(options["--bundle"], "w"))
"""


def make_bare_key(path: Path, curve: str = "p256") -> Any:
    """A private key; its public one lies beside it, with ``.pub``, as those of cosign do."""
    path.parent.mkdir(parents=True, exist_ok=True)
    key = ECC.generate(curve=curve)
    path.write_text(f"{_BEGIN}\n{curve}\n{int(key.d)}\n", encoding="ascii")
    path.with_suffix(".pub").write_text(key.public_key().export_key(format="PEM") + "\n", encoding="ascii")
    return key


def public_of(key: Any) -> P256Key:
    found = key_of_pem(key.public_key().export_key(format="PEM"))
    assert found is not None
    return found


def line_of(key: Any) -> str:
    """Kind and key, as a line of allowed signers has them."""
    return str(key.public_key().export_key(format="OpenSSH")).strip()


def bare_signature(key: Any, content: bytes) -> bytes:
    """In DER."""
    return bytes(DSS.new(key, "fips-186-3", encoding="der").sign(SHA256.new(content)))


def bare_file(key: Any, content: bytes) -> bytes:
    """As cosign writes it with --output-signature."""
    return base64.b64encode(bare_signature(key, content))


def stand_in(folder: Path, named: tuple[str, ...] = OF_3) -> dict[str, str]:
    """What a process needs to start that cosign; its passphrase is "secret"."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "cosign"
    program.write_text(_STAND_IN.format(python=sys.executable, named=named), encoding="ascii")
    program.chmod(0o755)
    return {"PATH": str(folder), "COSIGN_PASSWORD": "secret"}
