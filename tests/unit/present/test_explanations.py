"""Every error and warning has an explanation, and the documentation's page is made from them."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

import pytest

from bundler.errors import InputError
from bundler.present import errors_reference
from bundler.present.explanations import explanation, explanations, worth_reading
from tests.support.commandline import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def messages() -> Iterator[Any]:
    """build/messages.py, imported as it is when it runs: with its folder on the path."""
    sys.path.insert(0, str(ROOT / "build"))
    try:
        yield importlib.import_module("messages")
    finally:
        sys.path.remove(str(ROOT / "build"))


def test_every_reference_in_the_code_is_explained_and_no_other(messages: Any) -> None:
    raised = messages.references()
    assert len(raised) > 100, "the collector finds them"
    known = explanations()
    assert sorted(known) == sorted(raised)
    assert not [each for each in known.values() if each.kind not in raised[each.reference]]


def test_each_says_something() -> None:
    for each in explanations().values():
        assert not each.summary.endswith("."), each.reference
        assert len(each.summary) < 80, each.reference
        for text in (each.meaning, each.fix, *filter(None, [each.causes])):
            assert text.endswith((".", "`", ")")), (each.reference, text)
            assert "\n" not in text, each.reference


def test_a_reference_in_brackets_is_found_too() -> None:
    assert explanation("[Hash-Mismatch]") == explanation("hash-mismatch")
    with pytest.raises(InputError) as caught:
        explanation("hash-mismach")
    assert caught.value.reference == "reference-unknown"
    assert "hash-mismatch" in caught.value.hint


def test_an_error_leads_there_only_where_there_is_more_to_read() -> None:
    assert worth_reading("hash-mismatch")
    assert not worth_reading("interrupted")
    assert not worth_reading("some-fault")


def test_the_page_of_the_documentation_is_made_from_them() -> None:
    page = ROOT / "docs/reference/errors.md"
    assert page.read_text(encoding="utf-8").endswith(errors_reference.markdown()), (
        "`python3 build/docs.py --write` writes it"
    )


def test_every_sentence_of_the_product_is_listed(messages: Any) -> None:
    listed = {
        path.relative_to(ROOT).as_posix(): [text for _, _, text in messages.messages(tree)]
        for path, tree in messages.sources().items()
    }
    assert any(
        "no package of the bundle brings a program" in text for text in listed["bundler/pack/command_programs.py"]
    )
    assert any(text.startswith("another bootstrap.bat") for texts in listed.values() for text in texts)
    assert "Check every byte of a bundle, and who signed it." in " ".join(
        listed["bundler/cli/commands/verify_command.py"]
    )
    others = {path.suffix: text for path, _, _, text in messages.other_messages()}
    assert set(others) == {".bat", ".c"}


def test_a_terminal_of_old_can_show_them() -> None:
    for each in explanations().values():
        assert (each.summary + each.meaning + each.causes + each.fix).isascii(), each.reference
