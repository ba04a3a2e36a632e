"""Secret site values where everybody on the target can read them are faults of a recipe; where only the program can, they aren't."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bundler.errors import InputError
from bundler.model.recipe_file import load_recipe
from bundler.model.recipe_references import Known
from tests.unit.model.recipe_head import HEAD

if TYPE_CHECKING:
    from pathlib import Path

SERVICE = '[[service]]\nname = "web"\ncommand = ["web", "--port", "{site.port}"]\n'
OPEN = {
    "service[0].command[2]": SERVICE.replace("site.port", "site.word"),
    "service[0].directory": SERVICE + "directory = '{data}\\{site.word}'\n",
    "service[0].log.directory": SERVICE + "log = { directory = '{data}\\{site.word}' }\n",
    "service[0].health.http": SERVICE + 'health = { http = "http://127.0.0.1/{site.word}" }\n',
    "checks.commands[0][1]": '[checks]\ncommands = [["alpha", "{site.word}"]]\n',
    "post-install[0].command[1]": '[[post-install]]\ncommand = ["alpha", "a={site.word}"]\n',
    "post-install[0].undo[1]": '[[post-install]]\ncommand = ["alpha"]\nundo = ["alpha", "{site.word}"]\n',
    "prerequisite[0].arguments[0]": '[[prerequisite]]\nname = "a"\nkind = "msi"\nsource = "a.msi"\nunsigned = true\n'
    "arguments = [\"WORD={site.word}\"]\ndetect = { registry = 'HKLM\\SOFTWARE\\A' }\n",
    "permission[0].path": "[[permission]]\npath = '{data}\\{site.word}'\naccount = 'S-1-5-32-545'\nrights = \"read\"\n",
}


@pytest.mark.parametrize("where", OPEN)
def test_a_secret_that_everybody_can_read(tmp_path: Path, where: str) -> None:
    path = tmp_path / "r.toml"
    path.write_text(HEAD + OPEN[where], encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_recipe(path)
    found = [str(each) for each in caught.value.faults]
    assert any(
        each.startswith(f"{where}: {{site.word}} is secret, and everybody on the target can read") for each in found
    )
    assert len(found) == 1, found


def test_a_secret_that_only_the_program_can_read(tmp_path: Path) -> None:
    path = tmp_path / "r.toml"
    path.write_text(HEAD + SERVICE + 'environment = { WORD = "{site.word}" }\n', encoding="utf-8")
    assert load_recipe(path).service[0].environment == {"WORD": "{site.word}"}


def test_what_is_known() -> None:
    known = Known(names=frozenset({"release", "site.a"}), secrets=frozenset({"site.a"}))
    assert [each.message for each in known.with_({"log"}, without={"release"}).faults("x", "{log} {release} {1}")] == [
        "{release} is not defined; defined are {log}, {site.a}"
    ]
    assert list(known.faults("x", "{site.a}", private=True)) == []
