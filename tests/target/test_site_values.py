"""Where site values come from, and in which order."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bundler.model.manifest import SiteInfo
from tests.support import only_linux
from tests.target.bundles import Laid, bootstrap, lay_bundle

if TYPE_CHECKING:
    from pathlib import Path

SITE = tuple(
    SiteInfo(name=name, default=default, help=f"the {name}", secret=False)
    for name, default in (("first", None), ("second", None), ("third", "of the recipe"))
)

pytestmark = only_linux.SIMULATED


@pytest.fixture
def asking(tmp_path: Path) -> Laid:
    shown = "{site.first}, {site.second}, {site.third}"
    return lay_bundle(tmp_path, site=SITE, files={"files/values": (shown, "{release}\\values", True)})


def values(laid: Laid) -> str:
    return (laid.release / "values").read_text("utf-8")


def test_missing_values_are_named_all_at_once(asking: Laid) -> None:
    before = asking.tree()
    ran = bootstrap(asking)
    assert ran.code == 1639
    assert "- first: the first\n- second: the second\n" in ran.err
    assert "- third" not in ran.err
    assert asking.tree() == before


def test_unknown_values_are_named_all_at_once(asking: Laid) -> None:
    (asking.folder / "site.toml").write_text("first = 1\nforth = 2\n")
    ran = bootstrap(asking, "/set:fifth=5")
    assert ran.code == 1639
    assert "(this bundle has first, second, third):" in ran.err
    assert "- /set:fifth\n" in ran.err
    assert "site.toml: forth" in ran.err


def test_the_nearest_source_wins(asking: Laid) -> None:
    (asking.folder / "site.toml").write_text("first = 'beside'\nsecond = 'beside'\n")
    assert bootstrap(asking, "/set:first=set").code == 0
    assert values(asking) == "set, beside, of the recipe"


def test_values_need_not_be_texts(asking: Laid) -> None:
    (asking.folder / "site.toml").write_text("first = 1\nsecond = true\nthird = ''\n")
    assert bootstrap(asking).code == 0
    assert values(asking) == "1, true, "


def test_a_terminal_is_asked_for_the_rest(asking: Laid) -> None:
    ran = bootstrap(asking, "/set:first=set", answers=["", "", "typed", ""])
    assert ran.code == 0, ran.err
    assert values(asking) == "set, typed, of the recipe"


def test_a_quiet_run_asks_nothing(asking: Laid) -> None:
    ran = bootstrap(asking, "/quiet", answers=["x", "y", "z"])
    assert ran.code == 1639
    assert ran.out == ""


def test_a_plan_asks_nothing(asking: Laid) -> None:
    before = asking.tree()
    assert bootstrap(asking, "/plan", answers=[]).code == 0
    assert asking.tree() == before


def test_another_value_for_a_release_that_is_installed_is_refused(asking: Laid) -> None:
    assert bootstrap(asking, "/set:first=a", "/set:second=b").code == 0
    ran = bootstrap(asking, "/set:second=c")
    assert ran.code == 1639
    assert "the site values second are stored with another value" in ran.err
    assert json.loads((asking.environment / "site.json").read_bytes())["values"]["second"] == "b"
    assert bootstrap(asking, "/set:second=b").code == 0
