"""``[packages.source.NAME]``"""

from __future__ import annotations

import dataclasses

from bundler.model.fields import DESCRIPTION
from bundler.model.source_build import SourceTable


def test_nothing_is_given_to_a_build_that_the_recipe_does_not_name() -> None:
    assert not SourceTable().network
    assert all(each.metadata[DESCRIPTION] for each in dataclasses.fields(SourceTable))


def test_settings_are_given_as_pip_gives_them() -> None:
    table = SourceTable(config_settings={"one": ("1",), "many": ("a", "b")})
    assert table.backend_settings() == {"one": "1", "many": ["a", "b"]}


def test_what_says_nothing_is_no_other_lock() -> None:
    assert SourceTable(network=True).said() == {"network": True}, "as it was when that was the only key"
    assert SourceTable(environment={"A": "1"}).said() == {"network": False, "environment": {"A": "1"}}
