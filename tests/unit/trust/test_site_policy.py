from __future__ import annotations

import pytest

from bundler.errors import InputError
from bundler.trust.site_policy import PolicyLine, policy_text

ALLOWED = b'# ours\n\nbuild@example.com,other@example.com namespaces="x" ssh-ed25519 AAAA\n"*@review.example.com" cert-authority ssh-rsa AAAA\n'


def line(bundle: str = "example", threshold: int = 1, *principals: str) -> PolicyLine:
    return PolicyLine(
        bundle=bundle, threshold=threshold, namespace="n@x", principals=principals or ("build@example.com",)
    )


def refused(*lines: PolicyLine) -> tuple[str, ...]:
    with pytest.raises(InputError) as raised:
        policy_text(lines, ALLOWED, "n@x")
    assert raised.value.reference == "trust-policy-invalid"
    return raised.value.context


def test_a_line_for_each_bundle() -> None:
    lines = (line(), line("*", 2, "other@example.com", "a@review.example.com"))
    told = [each for each in policy_text(lines, ALLOWED, "n@x").splitlines() if not each.startswith("#")]
    assert told == ["example 1 n@x build@example.com", "* 2 n@x other@example.com a@review.example.com"]


def test_without_lines_it_has_an_example_that_is_none() -> None:
    text = policy_text((), b"", "n@x")
    assert "# example  2  n@x" in text
    assert all(each.startswith("#") for each in text.splitlines())


@pytest.mark.parametrize("name", ["", "a b", "a&calc", "a%b", "a*", "-a", "a;b", "\u00e9"])
def test_a_name_that_is_no_bundles(name: str) -> None:
    assert refused(line(name)) == (str(f"{name}: " if name else "") + "it is no bundle's name",)


@pytest.mark.parametrize("name", ["a b", "a&calc", "%a%", "a!", "a,b", "a=b", "*"])
def test_a_name_that_a_batch_file_can_not_read(name: str) -> None:
    assert refused(line("example", 1, name)) == (f"{name}: a batch file can't read this name of a signer",)


def test_all_faults_at_once() -> None:
    found = refused(line("example", 3), line("EXAMPLE", 1, "nobody@example.com"))
    assert found == (
        "example: 3 of 1 signer can't be asked for",
        "nobody@example.com: it isn't in the file of allowed signers",
        "example: it has two lines",
    )


def test_somebody_who_is_named_twice_is_one() -> None:
    twice = line("example", 2, "build@example.com", "build@example.com")
    assert refused(twice) == ("example: 2 of 1 signer can't be asked for",)
