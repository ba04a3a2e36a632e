"""Another account than the one that installed: what can be told is told, for the rest it hears which prompt to use."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.support import only_linux
from tests.target.bundles import Laid, Ran, lay_bundle
from tests.target.interpreters import interpreters, running
from tests.target.test_modes import PASSWORD, did, run

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = only_linux.SIMULATED
PROMPT = "start bootstrap.bat from an administrator's command prompt, or as the account that installed it"


@pytest.fixture(params=dict.fromkeys([interpreters()[0], running()]), ids=str)
def one(request: pytest.FixtureRequest, tmp_path: Path) -> Laid:
    laid = lay_bundle(tmp_path, boot=request.param)
    did(laid, PASSWORD)
    return laid


def hide(*paths: Path) -> None:
    """From everybody: the simulated account has no more rights than the modes say."""
    for each in paths:
        each.chmod(0)


def as_another(laid: Laid, *arguments: str) -> Ran:
    closed = [str(laid.environment), str(laid.environment / "logs")]
    return run(laid, *arguments, admin=False, plain=True, closed=closed)


def test_what_is_for_administrators_is_no_fault(one: Laid) -> None:
    hide(one.release / "site.json", one.release / "spares.zip", one.environment / "site.json")
    ran = as_another(one, "/verify")
    assert (ran.code, ran.err) == (0, "")
    assert (
        f"Note: this account may not read these files, so they weren't compared: site.json. For them too, {PROMPT}."
        in ran.out
    )
    (one.release / "etc" / "settings.ini").write_text("x")
    ran = as_another(one, "/verify")
    assert ran.code == 1603
    assert "etc/settings.ini was changed" in ran.err
    assert "site.json" not in ran.err
    # who may read everything is told that something is wrong
    assert "site.json can't be read by this account" in run(one, "/verify", plain=True).err


@pytest.mark.parametrize("arguments", [[], ["/plan"], ["/repair"], ["/uninstall"], ["/rollback"]])
def test_every_mode_says_which_prompt_to_use(one: Laid, arguments: list[str]) -> None:
    hide(one.release / "site.json", one.environment / "site.json")
    before = one.tree()
    ran = as_another(one, *arguments)
    assert ran.code == (1603 if arguments == ["/rollback"] else 1625), ran
    assert "administrator's command prompt" in ran.err or "There is no release before" in ran.err
    assert "Errno" not in ran.err
    assert one.tree() == before


@pytest.mark.parametrize("name", ["receipt.json", "current", "leftovers.json", "releases"])
def test_what_it_needs_and_may_not_read(one: Laid, name: str) -> None:
    path = one.environment / name
    if not path.exists():
        path.write_text("{}")
    hide(path)
    ran = as_another(one, "/verify")
    assert (ran.code, PROMPT in ran.err) == (1625, True), ran
    assert "Failed" not in ran.err


@pytest.mark.parametrize("mode", ["/status", "/verify", "/set", ""])
def test_an_environment_that_may_not_be_entered_is_not_taken_for_nothing(one: Laid, mode: str) -> None:
    hide(one.environment)
    try:
        ran = as_another(one, *[mode] if mode else [])
    finally:
        one.environment.chmod(0o755)
    assert ran.code == 1625, ran
    assert f"This account may not see whether anything is in {one.environment}: {PROMPT}" in ran.err


def test_what_may_not_be_seen_is_not_taken_for_nothing(one: Laid) -> None:
    above = one.environment.parent
    hide(above)
    try:
        ran = as_another(one, "/verify")
    finally:
        above.chmod(0o755)
    assert ran.code == 1625, ran
    assert f"This account may not see whether anything is in {one.environment}: {PROMPT}" in ran.err
    shutil.rmtree(above)
