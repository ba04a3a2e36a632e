"""Addresses that an application may try: how they are written, and which attempts each names."""

from __future__ import annotations

import pytest

from bundler.model.allowed_connections import connection_fault, is_allowed


@pytest.mark.parametrize("text", ["db", "db.example:1433", "192.0.2.1", "192.0.2.1:80", "*.example.org", "*.example.org:443", "[2001:db8::1]", "[2001:db8::1]:53", "my_host"])  # fmt: skip
def test_addresses(text: str) -> None:
    assert connection_fault(text) is None


@pytest.mark.parametrize("text", ["", "*", "*:80", "*.", "a*.example", "a:0", "a:65536", "a:b", "http://a", "a b", "2001:db8::1", "a\n", "a/b", "\u0661.2"])  # fmt: skip
def test_no_addresses(text: str) -> None:
    assert connection_fault(text) is not None


@pytest.mark.parametrize(
    ("tried", "allowed", "expected"),
    [
        ("tcp 192.0.2.1:80", "192.0.2.1", True),
        ("tcp 192.0.2.1:80", "192.0.2.1:80", True),
        ("tcp 192.0.2.1:80", "192.0.2.1:81", False),
        ("tcp 192.0.2.10:80", "192.0.2.1", False),
        ("udp [2001:DB8::1]:53", "[2001:db8::1]:53", True),
        ("dns db.example", "db.example:1433", True),
        ("dns DB.example.", "db.example", True),
        ("dns a.example.org", "*.example.org", True),
        ("dns example.org", "*.example.org", False),
        ("dns evilexample.org", "*.example.org", False),
        ("ping 192.0.2.1", "192.0.2.1:80", True),
        ("something else", "something", False),
        ("", "a", False),
        ("tcp 192.0.2.1:80", "*", False),
    ],
)
def test_what_is_allowed(tried: str, allowed: str, expected: bool) -> None:
    assert is_allowed(tried, ("other", allowed)) is expected
