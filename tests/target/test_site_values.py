"""Where site values come from, and in which order."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bundler.model.manifest import SiteInfo
from bundler.model.value_pattern import value_pattern
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
    (asking.folder / "site.toml").write_text("first = 1\nsecond = true\nthird = -2\n")
    assert bootstrap(asking).code == 0
    assert values(asking) == "1, true, -2"


def test_case_does_not_count_in_names(asking: Laid) -> None:
    (asking.folder / "site.toml").write_text("FIRST = 1\nsecond = 'lower'\n")
    assert bootstrap(asking, "/set:Second=set", "/set:THIRD", answers=["typed"]).code == 0
    assert values(asking) == "1, set, typed"
    (asking.folder / "site.toml").write_text("FIRST = 1\nfirst = 2\n")
    ran = bootstrap(asking)
    assert (ran.code, "- line 2: duplicate name: first" in ran.err) == (1639, True)


def test_an_empty_value_is_none(asking: Laid) -> None:
    before = asking.tree()
    (asking.folder / "site.toml").write_text("first = ''\n")
    ran = bootstrap(asking, "/set:second=", "/set:third=")
    assert ran.code == 1639
    for name, source in (("first", asking.folder / "site.toml"), ("second", "/set"), ("third", "/set")):
        assert f"- {name} (from {source}) is empty, and an empty value is none\n" in ran.err
    (asking.folder / "site.toml").unlink()
    assert asking.tree() == before


def test_one_that_may_be_left_empty(tmp_path: Path) -> None:
    site = tuple(
        SiteInfo(name=name, default=default, help="", secret=False, required=False, type="port")
        for name, default in (("proxy", None), ("port", "80"))
    )
    files = {"files/values": ("<{site.proxy}> <{site.port}>", "{release}\\values", True)}
    laid = lay_bundle(tmp_path, site=site, files=files)
    assert bootstrap(laid, "/set:port=").code == 0
    assert values(laid) == "<> <>"


KINDS = (
    ("port", "8080", "65536", "must be a port: a whole number from 1 to 65535"),
    ("integer", "-3", "1.5", "must be a whole number"),
    ("path", "/srv/x", "srv/x", "must be an absolute path"),
    ("account", "EXAMPLE\\worker", "worker", "must be an account: DOMAIN\\NAME"),
    ("url", "http://example.com/x", "example.com", "must be an address with a scheme"),
    ("choice", "b", "c", "must be one of a, b"),
    ("text", "ab-1", "ab1", "must fit the pattern [a-z]+-[0-9]"),
)


@pytest.fixture
def typed(tmp_path: Path) -> Laid:
    site = tuple(
        SiteInfo(
            name=kind,
            default=None,
            help="",
            secret=kind == "url",
            type=kind,  # type: ignore[arg-type]
            choices=("a", "b") if kind == "choice" else (),
            pattern=value_pattern("[a-z]+-[0-9]") if kind == "text" else None,
        )
        for kind, *_ in KINDS
    )
    return lay_bundle(tmp_path, site=site, files={})


def test_values_must_be_what_the_recipe_says(typed: Laid) -> None:
    before = typed.tree()
    ran = bootstrap(typed, *(f"/set:{kind}={wrong}" for kind, _, wrong, _ in KINDS))
    assert ran.code == 1639
    for kind, _, _, words in KINDS:
        assert f"- {kind} (from /set) {words}" in ran.err
    assert "example.com\n" not in ran.err
    assert typed.tree() == before
    ran = bootstrap(typed, *(f"/set:{kind}={right}" for kind, right, _, _ in KINDS))
    assert ran.code == 0, ran


def test_an_answer_is_asked_for_until_it_fits(typed: Laid) -> None:
    given = [f"/set:{kind}={right}" for kind, right, _, _ in KINDS if kind != "port"]
    assert bootstrap(typed, "/plan", *given, answers=[]).code == 0
    assert bootstrap(typed, *given, answers=["", "0", "65536", "a", "8080"]).code == 0
    assert json.loads((typed.environment / "site.json").read_bytes())["values"]["port"] == "8080"


def test_values_are_listed(typed: Laid) -> None:
    before = typed.tree()
    ran = bootstrap(typed, "/set")
    assert (ran.code, ran.err) == (0, "")
    assert "text\n    pattern [a-z]+-[0-9]\n    now: not given\n" in ran.out
    assert "choice\n    one of a, b\n" in ran.out
    assert typed.tree() == before
    assert bootstrap(typed, *(f"/set:{kind}={right}" for kind, right, _, _ in KINDS)).code == 0
    ran = bootstrap(typed, "/set")
    assert "port\n    port\n    now: 8080\n" in ran.out
    assert "url\n    url\n    now: (secret)\n" in ran.out
    assert "http://example.com/x" not in ran.out + typed.log()
    assert bootstrap(typed, "/set", "/verify").code == 1639


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


def test_a_file_of_the_release_that_no_service_is_told_of_changes_where_it_is(asking: Laid) -> None:
    """Whoever reads it finds it there."""
    assert bootstrap(asking, "/set:first=a", "/set:second=b").code == 0
    ran = bootstrap(asking, "/set:second=c")
    assert (ran.code, values(asking)) == (0, "a, c, of the recipe"), ran
    assert json.loads((asking.environment / "site.json").read_bytes())["values"]["second"] == "c"
    assert "nothing to do" in bootstrap(asking, "/set:second=c").out
    assert (bootstrap(asking, "/rollback").code, values(asking)) == (0, "a, b, of the recipe")


def test_a_value_comes_from_a_file(asking: Laid) -> None:
    """A command line can be seen by everybody, a file by those who may read it."""
    (asking.root / "one").write_bytes("\ufefff\xfcrst\r\n".encode())
    (asking.root / "two").write_bytes(b"a\nb\n\n")
    assert (
        bootstrap(asking, f"/set:first=@{asking.root}/one", f"/set:second=@{asking.root}/two", "/set:third=@@x").code
        == 0
    )
    assert values(asking) == "f\xfcrst, a\nb\n, @x"


def test_files_that_hold_no_value_are_named_all_at_once(asking: Laid) -> None:
    before = asking.tree()
    (asking.root / "long").write_bytes(b"x" * 65537)
    (asking.root / "zero").write_bytes(b"\0")
    (asking.root / "letters").write_bytes(b"\xff")
    names = {"first": "nowhere", "second": "long", "third": "zero"}
    ran = bootstrap(asking, *[f"/set:{name}=@{asking.root}/{file}" for name, file in names.items()])
    assert ran.code == 1639
    for name, words in (("first", "not a file"), ("second", "more than 65536 bytes"), ("third", "holds a zero")):
        assert f"- /set:{name}: {asking.root}/{names[name]} can't be read: it " in ran.err
        assert words in ran.err
    ran = bootstrap(asking, f"/set:first=@{asking.root}/letters")
    assert (ran.code, f"- /set:first: {asking.root}/letters can't be read" in ran.err) == (1639, True)
    for name in ("long", "zero", "letters"):
        (asking.root / name).unlink()
    assert asking.tree() == before


@pytest.mark.parametrize("name", ["password", "PASSWORD", "passwort"])
def test_a_secret_that_begins_like_a_files_name_is_not_repeated(tmp_path: Path, name: str) -> None:
    """Nor one whose name is mistyped: nobody knows whether it is a secret."""
    laid, report = lay_bundle(tmp_path), tmp_path / "report.json"
    ran = bootstrap(laid, f"/set:{name}=@hush-hush", f"/json:{report}")
    assert ran.code == 1639
    assert f"- /set:{name}: its file can't be read: it is not a file. A value that begins with @ is given" in ran.err
    written = [each.read_text("utf-8") for each in laid.temporary.rglob("*") if each.is_file()]
    assert not [each for each in [ran.out, ran.err, report.read_text("utf-8"), *written] if "hush" in each]


def test_one_is_asked_for_though_there_is_a_default(asking: Laid) -> None:
    ran = bootstrap(asking, "/set:first=a", "/set:second=b", "/set:third", answers=["", "typed"])
    assert ran.code == 0, ran
    assert values(asking) == "a, b, typed"


def test_nobody_can_be_asked(asking: Laid) -> None:
    for arguments in (["/set:first"], ["/set:first", "/quiet"]):
        ran = bootstrap(asking, *arguments)
        assert ran.code == 1639
        assert "- /set:first asks for a value, and nobody can answer here: /set:first=@FILE reads it" in ran.err
    ran = bootstrap(asking, "/set:fifth", answers=[])
    assert (ran.code, "- /set:fifth\n" in ran.err) == (1639, True)
