"""``[packages.source.NAME]``"""

from __future__ import annotations

import dataclasses

from bundler.model.fields import DESCRIPTION
from bundler.model.source_build import SourceTable


def test_nothing_is_given_to_a_build_that_the_recipe_does_not_name() -> None:
    assert not SourceTable().network
    assert all(each.metadata[DESCRIPTION] for each in dataclasses.fields(SourceTable))
