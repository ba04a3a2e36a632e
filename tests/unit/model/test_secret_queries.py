"""Signatures and tokens in addresses: which parts of a query they are, and that nothing else goes with them."""

from __future__ import annotations

import pytest

from bundler.model.secret_queries import has_secrets, lacks_secrets, without_secrets


@pytest.mark.parametrize(
    ("text", "written"),
    [
        (
            "https://b.test/a.whl?X-Amz-Algorithm=AWS4&X-Amz-Credential=AKIA%2F1&X-Amz-Expires=60&X-Amz-Signature=f00",
            "https://b.test/a.whl?X-Amz-Algorithm=AWS4&X-Amz-Credential=&X-Amz-Expires=60&X-Amz-Signature=",
        ),
        ("https://b.test/a.whl?sv=2024&sig=a%2Bb%3D#sha256=1", "https://b.test/a.whl?sv=2024&sig=#sha256=1"),
        ("https://b.test/simple/?access_token=abc", "https://b.test/simple/?access_token="),
        (
            "a @ https://b.test/a.whl?api-key=abc ; python_version>'3'",
            "a @ https://b.test/a.whl?api-key= ; python_version>'3'",
        ),
        ("https://b.test/a.whl?GoogleAccessId=x@y&Signature=z", "https://b.test/a.whl?GoogleAccessId=&Signature="),
    ],
)
def test_their_values_are_left_out(text: str, written: str) -> None:
    assert has_secrets(text)
    assert without_secrets(text) == written
    assert not has_secrets(written)
    assert lacks_secrets(written.partition(" ;")[0])


@pytest.mark.parametrize(
    "text", ["https://b.test/a.whl", "https://b.test/a.whl?version=1&design=x", "a[sig]==1 # token=1", ""]
)
def test_all_else_stays(text: str) -> None:
    assert not has_secrets(text)
    assert without_secrets(text) == text
    assert not lacks_secrets(text)
