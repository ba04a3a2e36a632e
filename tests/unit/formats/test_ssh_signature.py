from __future__ import annotations

import base64

import pytest

from bundler.errors import SignatureError
from bundler.formats.ssh_signature import LARGEST_SIGNATURE, read_ssh_signature


def text(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def record(*, version: int = 1, reserved: bytes = b"", namespace: bytes = b"some") -> bytes:
    fields = (b"the key", namespace, reserved, b"sha512", b"the signature" * 9)
    return b"SSHSIG" + version.to_bytes(4, "big") + b"".join(map(text, fields))


def armoured(content: bytes, width: int = 70) -> bytes:
    whole = base64.b64encode(content)
    lines = [whole[start : start + width] for start in range(0, len(whole), width)]
    return b"\n".join([b"-----BEGIN SSH SIGNATURE-----", *lines, b"-----END SSH SIGNATURE-----", b""])


def test_a_signature_says_what_it_was_made_for_and_by_which_key() -> None:
    found = read_ssh_signature(armoured(record()))
    assert (found.namespace, found.key) == ("some", b"the key")
    assert found.content == armoured(record())


def test_line_ends_of_windows_are_taken_and_not_passed_on() -> None:
    content = armoured(record())
    assert read_ssh_signature(content.replace(b"\n", b"\r\n")).content == content


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "begin and end"),
        (armoured(record()).rstrip(), "begin and end"),
        (armoured(record()) + b"more\n", "begin and end"),
        (armoured(record(), width=64), "lines"),
        (armoured(record()).replace(b"U1NI", b"U1!I"), ""),
        (armoured(record()).replace(b"U1NI", b"U1N"), ""),
        (armoured(b"OTHERS" + record()[6:]), "another kind"),
        (armoured(record(version=2)), "version"),
        (armoured(record(reserved=b"x")), "fields"),
        (armoured(record() + b"x"), "fields"),
        (armoured(record()[:-1]), "cut short"),
        (armoured(b"SSHSIG"), "version"),
        (b"x" * (LARGEST_SIGNATURE + 1), "larger"),
    ],
)
def test_anything_else_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(SignatureError) as caught:
        read_ssh_signature(content)
    assert caught.value.reference == "bundle-signature-malformed"
    assert why in caught.value.message


def test_a_namespace_that_is_no_text_is_escaped() -> None:
    assert read_ssh_signature(armoured(record(namespace=b"a\xff"))).namespace == "a\\xff"
