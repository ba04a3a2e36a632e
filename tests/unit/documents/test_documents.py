"""What README and docs say is so: commands parse, recipes are valid, links lead somewhere, references and files exist."""

from __future__ import annotations

import dataclasses
import importlib
import itertools
import re
import shlex
import tomllib
import typing
from typing import TYPE_CHECKING, Any

import click
import pytest
import tomli_w
from packaging.requirements import Requirement

from bundler.cli.exit_codes import EXIT_CODES
from bundler.cli.main import main as bundle
from bundler.errors import BundleError
from bundler.model.fields import DESCRIPTION
from bundler.model.recipe import Recipe
from bundler.model.recipe_file import load_recipe
from bundler.present.explanations import explanations
from bundler.target import errors as target_errors
from bundler.target.arguments import parse as parse_bootstrap
from bundler.target.state.receipt import Receipt
from tests.support.documents import DOCUMENTS, ROOT, Block, blocks, commands

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SHELLS = ("console", "doscon", "bat", "text")
INLINE = re.compile(r"(?<!`)`((?:bundle|bootstrap\.bat) [^`\n]+)`(?!`)")
PLACEHOLDERS = ("…", "COMMAND")
BASE: dict[str, Any] = {
    "bundle": {"name": "base", "version": "1.0"},
    "target": [{"python": "3.11.9", "platform": "win_amd64", "runtime": {"kind": "embed"}}],
    "packages": {"requirements": ["waitress"]},
    "service": [{"name": "example", "command": ["example"]}],
    "environment": {"path": r"C:\PythonEnvs\Base", "data": r"C:\ProgramData\Base"},
    "site": {"port": {"default": "8080"}},
}


def shown(value: Block | tuple[Path, str]) -> str:
    path, place = (value.path, str(value.line)) if isinstance(value, Block) else value
    return f"{path.relative_to(ROOT).as_posix()}:{place}"


def prose(path: Path) -> str:
    """A document without its blocks."""
    return re.sub(r"^(`{3,}).*?^\1[ \t]*$", "", path.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)


# -- commands


def command_lines() -> Iterator[tuple[Path, str]]:
    for path in DOCUMENTS:
        for block in blocks(path):
            if block.language in ("console", "doscon"):
                yield from ((path, each.text) for each in commands(block))
            elif block.language == "bat":
                yield from ((path, line) for line in block.text.splitlines())
        yield from ((path, found) for found in INLINE.findall(prose(path)))


LINES = sorted(
    {
        (path, re.sub(r" *(\\?\||;|#).*|[][]", "", line))
        for path, line in command_lines()
        if re.match(r"bundle |bootstrap\.bat", line) and not any(each in line for each in PLACEHOLDERS)
    }
)


@pytest.mark.parametrize("path_and_line", LINES, ids=shown)
def test_every_command_line_parses(path_and_line: tuple[Path, str]) -> None:
    _, line = path_and_line
    program, *arguments = shlex.split(line, posix=not line.startswith("bootstrap"))
    if program == "bootstrap.bat":
        parse_bootstrap(arguments)
    else:
        parse_bundle(arguments)


def parse_bundle(arguments: list[str]) -> None:
    """What click makes of a command line, without running it or looking for its files."""
    context = click.Context(bundle, info_name="bundle", **bundle.context_settings)
    if arguments in (["--version"], ["--help"]):
        return
    command = bundle.get_command(context, arguments[0])
    while isinstance(command, click.Group):
        arguments = arguments[1:]
        command = command.get_command(context, arguments[0])
    assert command is not None, f"unknown command {arguments[0]}"
    own = click.Context(command, info_name=arguments[0], parent=context)
    values, left, _ = command.make_parser(own).parse_args(arguments[1:])
    assert not left, f"too many arguments: {left}"
    for parameter in command.params:
        if isinstance(parameter.type, click.Choice) and isinstance(value := values.get(parameter.name), str):
            parameter.type.convert(value, parameter, own)


def test_a_wrong_command_line_is_seen() -> None:
    for wrong in (["build", "x.toml", "--nothing"], ["build", "x.toml", "y.toml"], ["build", "x", "--format", "rar"]):
        with pytest.raises((click.ClickException, AssertionError)):
            parse_bundle(wrong)


def scripts() -> Iterator[tuple[Path, str]]:
    for path in DOCUMENTS:
        text = path.read_text(encoding="utf-8")
        yield from ((path, found) for found in re.findall(r"python3? (build[/\\][^`\n]*)", text))


def test_every_script_that_is_named_is_there() -> None:
    found = {line.split()[0].rstrip(".,;:").replace("\\", "/") for _, line in scripts()}
    assert {"build/test.py", "build/docs.py", "build/windows_host.py"} <= found
    assert not [each for each in sorted(found) if not (ROOT / each).is_file()]


def test_every_line_of_the_set_up_script_parses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "build"))
    parse = importlib.import_module("windows_host").parse
    lines = [line for _, line in scripts() if line.startswith("build\\windows_host.py")]
    assert lines
    for line in lines:
        parse(line.split()[1:])


# -- recipes


RECIPES = [
    each
    for path in DOCUMENTS
    for each in blocks(path)
    if each.language == "toml" and each.caption in (None, "example.toml")
]


@pytest.mark.parametrize("block", RECIPES, ids=shown)
def test_every_recipe_is_valid(block: Block, tmp_path: Path) -> None:
    said = tomllib.loads(block.text)
    whole: dict[str, Any] = (
        said if "bundle" in said else {**BASE, **said, "site": {**BASE["site"], **said.get("site", {})}}
    )
    (tmp_path / "recipe.toml").write_text(tomli_w.dumps(whole), encoding="utf-8")
    try:
        load_recipe(tmp_path / "recipe.toml")
    except BundleError as error:
        pytest.fail("\n".join((error.message, *error.context)))


# -- links


def anchors(path: Path) -> set[str]:
    """The anchors of a document: its headings as they are slugged, and its labels."""
    text = prose(path)
    found = set(re.findall(r"^\(([a-z0-9-]+)\)=$", text, re.MULTILINE))
    for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE):
        words = re.sub(r"[^\w\- ]", "", re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower())
        found.add(words.strip().replace(" ", "-"))
    return found


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(path: Path) -> None:
    for address in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`\n]*`", "", prose(path))):
        if re.match(r"[a-z]+:", address):
            continue
        place, _, anchor = address.partition("#")
        other = (path.parent / place).resolve() if place else path
        assert other.is_file(), address
        assert not anchor or anchor in anchors(other), address


def test_every_page_is_in_a_table_of_contents() -> None:
    docs = ROOT / "docs"
    listed = {docs / "index.md"}
    for path in docs.rglob("*.md"):
        for block in blocks(path):
            if block.language == "{toctree}":
                names = [line for line in block.text.splitlines() if line and not line.startswith(":")]
                listed |= {path.parent / f"{name}.md" for name in names}
    assert listed == set(docs.rglob("*.md"))


# -- references and exit codes


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_error_reference_exists(path: Path) -> None:
    said = re.findall(r"(?<!\[)\[([a-z]+(?:-[a-z]+)+)\](?!\])", " ".join(re.findall(r"`([^`\n]+)`", prose(path))))
    assert not set(said) - explanations().keys() - {"build-system"}  # a table of pyproject.toml


def codes_of(title: str) -> set[int]:
    """The codes in the table below a heading of the page of exit codes."""
    text = (ROOT / "docs" / "reference" / "exit-codes.md").read_text(encoding="utf-8")
    section = text.split(f"\n## {title}\n")[1].split("\n## ")[0]
    return {int(code) for code in re.findall(r"^\| (\d+) \|", section, re.MULTILINE)}


def test_the_page_of_exit_codes_has_those_of_the_command() -> None:
    assert codes_of("bundle") == {each.code for each in EXIT_CODES}


def test_the_page_of_exit_codes_has_those_of_the_target() -> None:
    assert codes_of("bootstrap.bat") == {code for code, _ in target_errors.MEANINGS}


def test_a_refusal_is_explained_in_one_way() -> None:
    """It has reasons of three kinds: rights, signatures, and a bundle's last day."""
    (meaning,) = [words for code, words in target_errors.MEANINGS if code == target_errors.REFUSED]
    assert all(each in meaning for each in ("rights", "signatures", "last day"))
    for page in ("reference/exit-codes.md", "how-to/deployment-tools.md"):
        assert f"| 1625 | {meaning}: " in (ROOT / "docs" / page).read_text(encoding="utf-8")


# -- the architecture page


def test_every_file_that_the_architecture_page_names_exists() -> None:
    text = (ROOT / "docs" / "development" / "architecture.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:bundler|tests|build|docs|recipes)/[^`\s]*)`", text))
    assert named
    assert not [each for each in sorted(named) if not list(ROOT.glob(each))]


def test_the_architecture_page_has_every_room() -> None:
    text = (ROOT / "docs" / "development" / "architecture.md").read_text(encoding="utf-8")
    rooms = [path.parent for top in ("bundler", "bundler/target") for path in (ROOT / top).glob("*/__init__.py")]
    assert rooms
    assert not [each for each in rooms if f"| `{each.relative_to(ROOT).as_posix()}/` |" not in text]


def test_each_change_takes_at_most_four_files() -> None:
    text = (ROOT / "docs" / "development" / "architecture.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| ([^|]+) \| (.+) \|$", text.split("## Where a change goes")[1].split("\n## ")[0], re.MULTILINE
    )
    changes = {name.strip(): re.findall(r"`([^`]+/[^`]*)`", files) for name, files in rows[1:]}
    assert set(changes) == {
        "runtime kind",
        "recipe key for the build",
        "recipe key for the target",
        "step on the target",
        "target platform",
        "file in the bundle",
        "index authentication",
        "legacy format",
        "output format",
        "change of the machine, on the review page",
        "command",
    }
    assert all(1 <= len(files) <= 4 for files in changes.values()), changes


# -- the recipe with every key


def keys(kind: Any) -> Iterator[str]:
    """Every key of a recipe's table and of the tables in it."""
    for each in (kind, *typing.get_args(kind)):
        if dataclasses.is_dataclass(each):
            hints = typing.get_type_hints(each)
            for field in dataclasses.fields(each):
                if field.metadata.get(DESCRIPTION):
                    yield field.name.replace("_", "-")
                    yield from keys(hints[field.name])
        elif each is not kind:
            yield from keys(each)


def test_the_example_has_every_key() -> None:
    text = (ROOT / "docs" / "reference" / "recipe-example.md").read_text(encoding="utf-8")
    said = set(re.findall(r"(?:^|[{,] |\[\[?|^# |\.|or )([a-z0-9-]+)(?: *=|\]|(?=\.))", text, re.MULTILINE))
    wanted = set(keys(Recipe))
    assert {"publisher", "health", "at-least"} <= wanted
    assert not wanted - said


# -- the files on the target


def test_every_key_of_the_receipt_is_on_the_page() -> None:
    text = (ROOT / "docs" / "reference" / "state.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`[^|]+) \|", text.split("## receipt.json")[1].split("\n## ")[0], re.MULTILINE)
    said = re.findall(r"`([a-z0-9_]+)`", " ".join(rows))
    assert sorted(said) == sorted(
        [*vars(Receipt("")), "format"]
    )  # those too that stand there only when there is something


# -- dependencies


def test_every_dependency_is_on_the_page_of_decisions() -> None:
    text = (ROOT / "docs" / "development" / "decisions.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| [^|]+ \| (`[^|]+) \|", text.split("## Dependencies")[1], re.MULTILINE)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = project["project"]["optional-dependencies"].values()
    declared = [*project["project"]["dependencies"], *itertools.chain(*extras), *project["dependency-groups"]["docs"]]
    assert sorted(re.findall(r"`([^`]+)`", " ".join(rows))) == sorted(Requirement(each).name for each in declared)
