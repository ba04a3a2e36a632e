from __future__ import annotations

import pytest
from packaging.requirements import InvalidRequirement

from bundler.model.requirement import read_requirement


def test_a_requirement() -> None:
    assert str(read_requirement("foo[bar]>=1; os_name=='nt'")) == 'foo[bar]>=1; os_name == "nt"'


@pytest.mark.parametrize("text", ["", "foo;", "foo; " + "(" * 5000 + "os_name == 'nt'" + ")" * 5000])
def test_what_is_none(text: str) -> None:
    with pytest.raises(InvalidRequirement):
        read_requirement(text)
