"""Which lines of a file of allowed signers count for signatures over bare bytes: fewer than ssh-keygen would take, never more."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

from bundler.formats.p256_key import P256Key
from bundler.trust.allowed_keys import MOST_KEYS, p256_keys
from bundler.trust.ssh_keygen import NAMESPACE
from tests.support.bare_keys import line_of, make_bare_key, public_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return make_bare_key(tmp_path_factory.mktemp("keys") / "k.key")


GOOD = (
    "a@x KEY",
    "a@x,b@x KEY a comment",
    "  a@x\tKEY\r",
    f'a@x namespaces="{NAMESPACE}" KEY',
    f'a@x namespaces="git,{NAMESPACE}" KEY',
    'a@x Namespaces="*@offline-bundler" KEY',
    'a@x valid-after="20200101",valid-before="20990101" KEY',
    f'a@x namespaces="{NAMESPACE}",valid-after="20200101" KEY',
)
LEFT_OUT = (
    "",
    "# a@x KEY",
    "#a KEY",
    "KEY",
    "*@x KEY",
    "a?x KEY",
    "!a@x KEY",
    "a@x,!b@x KEY",
    '"a@x" KEY',
    "a@x cert-authority KEY",
    'a@x namespaces="git" KEY',
    f'a@x namespaces="!{NAMESPACE},*" KEY',
    'a@x namespaces="[a-z]*" KEY',
    f'a@x namespaces="{NAMESPACE}",cert-authority KEY',
    f"a@x namespaces={NAMESPACE} KEY",
    'a@x namespaces="' + NAMESPACE + r'\"" KEY',
    'a@x frobnicate="1" KEY',
    f'a@x namespaces="{NAMESPACE}"valid-after="20200101" KEY',
    "a@x ecdsa-sha2-nistp384 AAAA",
    "a@x ecdsa-sha2-nistp256 AAAA",
    "a@x ecdsa-sha2-nistp256 !",
    "a@x ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE6WOJfdX/pBdf85kAzY2UBg3ZSuJqc8GcKgpaqAoGqR",
    "a@x\u2028b@x KEY",
    "\0a@x \0KEY",
)


@pytest.mark.parametrize("line", GOOD)
def test_lines_that_count(key: Any, line: str) -> None:
    text = line.replace("KEY", line_of(key))
    assert dict(p256_keys(text.encode())) == {public_of(key): [text.strip(" \t\r")]}


@pytest.mark.parametrize("line", LEFT_OUT)
def test_lines_that_do_not(key: Any, line: str) -> None:
    assert not p256_keys(line.replace("KEY", line_of(key)).encode())


def test_a_key_has_all_its_lines_in_their_order(key: Any, tmp_path: Path) -> None:
    other = make_bare_key(tmp_path / "other.key")
    lines = [f"a {line_of(key)}", f"b {line_of(other)}", f"c {line_of(key)}"]
    found = p256_keys("\n".join((*lines, "\xff")).encode("latin-1"))
    assert found == {public_of(key): [lines[0], lines[2]], public_of(other): [lines[1]]}


def test_more_keys_than_are_tried_are_left_out() -> None:
    keys = [P256Key(b"\4" + number.to_bytes(64, "big")) for number in range(MOST_KEYS + 5)]
    text = "".join(f"a ecdsa-sha2-nistp256 {base64.b64encode(each.ssh).decode()}\n" for each in keys)
    assert list(p256_keys(text.encode())) == keys[:MOST_KEYS]
