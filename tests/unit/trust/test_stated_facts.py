"""What packages say of their licences, makers and addresses, in every way that they do."""

from __future__ import annotations

import pytest

from bundler.formats.core_metadata import read_header
from bundler.trust.bill import Party, StatedLicence
from bundler.trust.stated_facts import address_of, expression_of, stated_licence, stated_links, stated_supplier


def said(*lines: str) -> bytes:
    return "\n".join(("Name: x", "Version: 1", *lines, "", "")).encode()


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["License-Expression: MIT OR Apache-2.0"], StatedLicence(expression="MIT OR Apache-2.0")),
        (["License-Expression: mit"], StatedLicence(expression="MIT")),
        (["License-Expression: nobody knows"], StatedLicence(names=("nobody knows",))),
        ([f"License-Expression: {'(' * 900}"], StatedLicence(names=("(" * 900,))),
        (["Classifier: License :: OSI Approved :: MIT License"], StatedLicence(expression="MIT")),
        (["Classifier: License :: OSI Approved :: BSD License"], StatedLicence(names=("BSD License",))),
        (
            ["Classifier: License :: OSI Approved :: BSD License", "License: BSD-3-Clause"],
            StatedLicence(expression="BSD-3-Clause"),
        ),
        (
            ["Classifier: License :: OSI Approved :: MIT License", "Classifier: License :: Public Domain"],
            StatedLicence(names=("MIT License", "Public Domain")),
        ),
        (["Classifier: License :: OSI Approved"], StatedLicence()),
        (["License: Apache 2.0, see LICENSE"], StatedLicence(names=("Apache 2.0, see LICENSE",))),
        (["License: UNKNOWN"], StatedLicence()),
        ([], StatedLicence()),
    ],
)
def test_licences(lines: list[str], expected: StatedLicence) -> None:
    assert stated_licence(read_header(said(*lines)), expression_of) == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["Author: Ann", "Author-email: ann@example.com"], Party(name="Ann", email="ann@example.com")),
        (["Author-email: Ann <ann@example.com>, Ben <b@example.com>"], Party(name="Ann, Ben", email="ann@example.com")),
        (["Author: Ann", "Maintainer: Mia"], Party(name="Mia")),
        (["Author-email: ann@example.com"], Party(name="ann@example.com", email="ann@example.com")),
        (
            ["Author: UNKNOWN", "Author-email: UNKNOWN", "Home-page: https://x.example/"],
            Party(name="https://x.example/", url="https://x.example/"),
        ),
        (
            ["Author: Ann", "Author-email: no address", "Project-URL: Homepage, https://x.example"],
            Party(name="Ann", url="https://x.example"),
        ),
        ([f"Author-email: {'a,' * 100_000}"], Party()),
        ([], Party()),
    ],
)
def test_suppliers(lines: list[str], expected: Party) -> None:
    assert stated_supplier(read_header(said(*lines))) == expected


def test_one_address_of_each_kind() -> None:
    lines = [
        "Project-URL: Source Code, https://code.example/x",
        "Project-URL: Docs, javascript:alert(1)",
        "Home-page: http://x.example",
    ]
    lines += [
        "Project-URL: Bug Tracker, https://code.example/x/issues",
        "Project-URL: Repository, https://other.example",
    ]
    assert stated_links(read_header(said(*lines))) == (
        ("website", "http://x.example"),
        ("vcs", "https://code.example/x"),
        ("issue-tracker", "https://code.example/x/issues"),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://user:secret@x.example/a", "https://x.example/a"),
        ("file:///C:/x", ""),
        ("https://", ""),
        ("https://x y", ""),
        ("https://[::1", ""),
        ("index:x==1", ""),
        ('https://x/"<script>', ""),
    ],
)
def test_addresses_of_the_web_alone(text: str, expected: str) -> None:
    assert address_of(text) == expected
