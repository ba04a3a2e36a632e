"""A recipe's prerequisites and post-install commands: what is taken, what is refused and with which words, what the manifest says."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bundler.errors import InputError
from bundler.model.artifact import StoredFile
from bundler.model.prerequisite import (
    CheckedInstaller,
    DetectInfo,
    PostInstallInfo,
    PrerequisiteInfo,
    post_install_infos,
    prerequisite_info,
)
from bundler.model.recipe_file import load_recipe
from tests.unit.model.recipe_head import recipe_head

if TYPE_CHECKING:
    from bundler.model.prerequisite import PrerequisiteTable
    from bundler.model.recipe import Recipe

HEAD = recipe_head("key = {}", platform="win32", data=False)
MSI = r"""
[[prerequisite]]
name = "Driver"
source = "driver.msi"
kind = "msi"
signer = "Maker"
detect = { registry = 'HKLM\SOFTWARE\Maker\Driver', value = "Version", at-least = "18.3" }
"""
EXE = r"""
[[prerequisite]]
name = "Runtime of C"
source = "https://maker.example/vc.exe"
sha256 = "0123456789012345678901234567890123456789012345678901234567890123"
kind = "exe"
arguments = ["/install", "/quiet", "/log", "{log}", "KEY={site.key}"]
unsigned = true
detect = { file = '%SystemRoot%\System32\msvcp140.dll', at-least = "14.30" }
exit-codes = [5100]
provides = ["msvcp140.dll"]
needs-admin = false
"""
AFTER = r"""
[[post-install]]
command = ["register.py", "-install", "{release}"]
undo = ["register.py", "-remove"]
needs-admin = true
[[post-install]]
command = ["other"]
"""


def load(folder: Path, text: str) -> Recipe:
    path = folder / "r.toml"
    path.write_text(text, encoding="utf-8")
    return load_recipe(path)


def faults(folder: Path, text: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        load(folder, text)
    return [str(each) for each in caught.value.faults]


def checked(table: PrerequisiteTable, signer: str | None = None) -> CheckedInstaller:
    file = StoredFile.of(Path(__file__))
    return CheckedInstaller(table=table, filename="f", file=file, source="somewhere", signer=signer)


def test_what_the_manifest_says(tmp_path: Path) -> None:
    recipe = load(tmp_path, HEAD + MSI + EXE + AFTER)
    driver, runtime = recipe.prerequisite
    assert prerequisite_info(checked(driver, "Maker"), file="prerequisites/driver.msi", bits=32) == PrerequisiteInfo(
        name="Driver",
        kind="msi",
        file="prerequisites/driver.msi",
        source="somewhere",
        signer="Maker",
        arguments=(),
        detect=DetectInfo(
            registry="HKLM\\SOFTWARE\\Maker\\Driver", value="Version", view=32, file=None, at_least="18.3"
        ),
        exit_codes=(),
        provides=(),
        needs_admin=True,
    )
    info = prerequisite_info(checked(runtime), file="prerequisites/vc.exe", bits=32)
    assert info.detect == DetectInfo(
        registry=None, value=None, view=None, file="%SystemRoot%\\System32\\msvcp140.dll", at_least="14.30"
    )
    assert (info.exit_codes, info.provides, info.needs_admin) == ((5100,), ("msvcp140.dll",), False)
    assert post_install_infos(recipe.post_install) == (
        PostInstallInfo(
            command=("register.py", "-install", "{release}"), undo=("register.py", "-remove"), needs_admin=True
        ),
        PostInstallInfo(command=("other",), undo=(), needs_admin=False),
    )


def test_a_view_that_is_given_wins_over_the_target(tmp_path: Path) -> None:
    (table,) = load(tmp_path, HEAD + MSI.replace("value =", "view = 64, value =")).prerequisite
    assert prerequisite_info(checked(table), file="f", bits=32).detect.view == 64


REGISTRY = r"detect = { registry = 'HKLM\SOFTWARE\X'"


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ('name = " "', "prerequisite[0].name: must be a name that can be shown"),
        ('kind = "msu"', "prerequisite[0].kind: must be 'msi' or 'exe'"),
        ("kind =", "prerequisite[0].kind: is missing"),
        ("detect =", "prerequisite[0].detect: is missing"),
        ("source =", "prerequisite[0].source: is missing"),
        ('source = "ftp://x"', "prerequisite[0].source: 'ftp://x' is not a valid source"),
        ('source = "https://maker.example/d.msi"', "prerequisite[0].sha256: is missing: what is fetched"),
        ('source = "index:d==1/d.msi"', "prerequisite[0].sha256: is missing: what is fetched"),
        (f'source = "index:d==1"\nsha256 = "{"0" * 64}"', "prerequisite[0].source: must name a file"),
        ('sha256 = "12"', "prerequisite[0].sha256: must be 64 lower-case hexadecimal digits"),
        ('kind = "exe"', "prerequisite[0].arguments: is missing: without silent arguments"),
        ('arguments = ["/QN"]', "prerequisite[0].arguments[0]: /QN is given by bootstrap.bat itself"),
        ('arguments = ["A=1", "B"]', "prerequisite[0].arguments[1]: 'B' is neither a property"),
        ('arguments = ["A=1\\n"]', "prerequisite[0].arguments[0]: must be a word without line ends"),
        ('arguments = ["A={site.kex}"]', "prerequisite[0].arguments[0]: {site.kex} is not defined; defined are {environment}, {log}, {site.key}"),
        ('arguments = ["A={release}"]', "prerequisite[0].arguments[0]: {release} is not defined"),
        ("exit-codes = [-1]", "prerequisite[0].exit-codes[0]: an exit code of Windows is a number"),
        ('exit-codes = ["1"]', "prerequisite[0].exit-codes[0]: must be a whole number"),
        ('provides = ["msvcp140"]', "prerequisite[0].provides[0]: 'msvcp140' is not a valid DLL name"),
        ("unsigned = true", "prerequisite[0].unsigned: contradicts signer"),
        ("signer =", "prerequisite[0].signer: is missing: say whose signature is expected"),
        ("detect = {}", "prerequisite[0].detect: must have either registry or file"),
        (REGISTRY + r", file = 'C:\x' }", "prerequisite[0].detect: must have either registry or file"),
        (r"detect = { registry = 'SOFTWARE\X' }", "prerequisite[0].detect.registry: 'SOFTWARE\\X' is not a valid key"),
        ("detect = { file = 'x.dll' }", "prerequisite[0].detect.file: 'x.dll' is not an absolute path"),
        (r"detect = { file = 'C:\x.dll', view = 64 }", "prerequisite[0].detect.view: goes with registry only"),
        (r"detect = { file = 'C:\x.dll', value = 'v' }", "prerequisite[0].detect.value: goes with registry only"),
        (REGISTRY + ", view = 16 }", "prerequisite[0].detect.view: must be 32 or 64"),
        (REGISTRY + ", value = 'v', at-least = 'new' }", "prerequisite[0].detect.at-least: 'new' is not a version"),
        (REGISTRY + ", value = 'v', at-least = '1.2.3.4.5' }", "prerequisite[0].detect.at-least: "),
        (REGISTRY + ", at-least = '1' }", "prerequisite[0].detect.value: is missing: at-least is compared"),
        (REGISTRY + ", at_least = '1' }", "prerequisite[0].detect.at_least: unknown key; did you mean 'at-least'?"),
        ('needs-admin = "yes"', "prerequisite[0].needs-admin: must be true or false"),
        ('sinner = "x"', "prerequisite[0].sinner: unknown key; did you mean 'signer'?"),
    ],
)  # fmt: skip
def test_a_prerequisite_that_is_wrong(tmp_path: Path, change: str, fault: str) -> None:
    """``KEY =`` alone takes the key out."""
    key = change.partition(" =")[0]
    kept = [line for line in MSI.splitlines() if not line.startswith(key + " =")]
    found = faults(tmp_path, HEAD + "\n".join([*kept, "" if change.endswith("=") else change, ""]))
    assert any(each.startswith(fault) for each in found), found
    assert len(found) == 1


def test_one_name_for_two_prerequisites(tmp_path: Path) -> None:
    assert faults(tmp_path, HEAD + MSI + MSI.replace('"Driver"', '"DRIVER"')) == [
        "prerequisite[1].name: DRIVER is there twice"
    ]


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        ("command = []", "post-install[0].command: must not be empty"),
        ('undo = ["x"]', "post-install[0].command: is missing"),
        ('command = ["a", ""]', "post-install[0].command[1]: must be a word"),
        ('command = ["a"]\nundo = ["a\\u0000"]', "post-install[0].undo[0]: must be a word"),
        ('command = ["a", "{data}"]', "post-install[0].command[1]: {data} is not defined"),
        ('command = ["a"]\nundo = ["{log}"]', "post-install[0].undo[0]: {log} is not defined"),
        ('comand = ["a"]\ncommand = ["a"]', "post-install[0].comand: unknown key; did you mean 'command'?"),
    ],
)
def test_a_post_install_command_that_is_wrong(tmp_path: Path, table: str, fault: str) -> None:
    found = faults(tmp_path, HEAD + f"[[post-install]]\n{table}\n")
    assert [each[: len(fault)] for each in found] == [fault]


@pytest.mark.parametrize(
    "text", ["prerequisite = 1", "prerequisite = ['a']", "post-install = {}", "post-install = ['a']"]
)
def test_what_is_no_table(tmp_path: Path, text: str) -> None:
    assert faults(tmp_path, text + "\n" + HEAD)[0].startswith(text.partition(" ")[0])


def test_every_fault_at_once(tmp_path: Path) -> None:
    found = faults(
        tmp_path, HEAD + MSI.replace('"Driver"', '""') + EXE.replace("5100", "-7") + AFTER.replace('"other"', '""')
    )
    assert [each.split(":")[0] for each in found] == [
        "prerequisite[0].name",
        "prerequisite[1].exit-codes[0]",
        "post-install[1].command[0]",
    ]
