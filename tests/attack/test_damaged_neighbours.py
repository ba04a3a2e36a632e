"""What another installation shares with one that goes, where its state is damaged: it is needed as long as it is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.attack.test_neighbouring_installations import moved
from tests.support import only_linux
from tests.target.bundles import lay_bundle
from tests.target.interpreters import running
from tests.target.test_modes import PASSWORD, did, installer, lay, refused

pytestmark = only_linux.SIMULATED

DAMAGED = {"empty": b"", "cut": b'{"format": 2, "na', "another's": b"[]", "newer": b'{"format": 99}', "gone": None}


def damage(path: Path, kind: str) -> None:
    content = DAMAGED[kind]
    path.unlink()
    if content is not None:
        path.write_bytes(content)


@pytest.mark.parametrize(("what", "kind"), [("receipt", "gone"), ("claim", "cut"), ("claim", "another's")])
def test_a_python_stays_that_a_damaged_installation_needs(tmp_path: Path, what: str, kind: str) -> None:
    laid = lay_bundle(tmp_path, boot=running(), kind="exe")
    directory, program = Path(laid.manifest.runtime.directory or ""), installer(laid)
    did(laid, PASSWORD, installer=program)
    own = set((directory / ".bundles").glob("*.json"))
    did(laid, "/instance:Second", PASSWORD)
    (claim,) = set((directory / ".bundles").glob("*.json")) - own
    damage(claim if what == "claim" else Path(f"{laid.environment}-Second", "receipt.json"), kind)
    who = f"whoever wrote {claim}, which can't be understood," if what == "claim" else f"{laid.environment}-Second"
    assert f"  - keep the Python in {directory}: {who} needs it\n" in did(laid, "/uninstall", "/plan").out
    assert (
        f"The Python in {directory} is kept: {who} needs it."
        in did(laid, "/uninstall", "/purge", installer=program).out
    )
    assert (directory / "python.exe").exists()
    did(laid, "/uninstall", "/purge", "/instance:Second", installer=program)
    assert not (directory / "python.exe").exists()


@pytest.mark.parametrize("kind", DAMAGED)
def test_a_data_folder_stays_that_a_damaged_installation_has_too(tmp_path: Path, kind: str) -> None:
    """Or one of a newer program, which this one doesn't understand."""
    one = lay(tmp_path, 1, running())
    did(one, PASSWORD)
    other = moved(one, "other", one.data.name, 1)
    did(other, PASSWORD)
    damage(other.environment / "receipt.json", kind)
    (other.data / "orders.db").write_text("the other's")
    words = f"{one.data} is kept: example in {other.environment} needs it."
    assert words in did(one, "/uninstall", "/purge").out
    assert (other.data / "orders.db").exists()


def test_an_upgrade_does_not_move_its_data_folder_into_another_environment(tmp_path: Path) -> None:
    one = lay(tmp_path, 1, running())
    other = moved(one, "other", "other data", 1)
    did(other, PASSWORD)
    did(one, PASSWORD)
    two = moved(lay(tmp_path, 2, running()), one.environment.name, "other", 2)
    words = f"the data folder {two.data} and the environment {other.environment} of example lie in one another"
    assert words in refused(two, PASSWORD, code=1638)
    did(moved(two, one.environment.name, "another folder", 3), PASSWORD)
