"""The pages of docs/reference that are made of the code: written once, in the code; a test compares.

python build/docs_pages.py            fail where a page isn't what the code says
python build/docs_pages.py --write    write them

Run by build/docs.py, with the project installed.
"""

import dataclasses
import functools
import inspect
import re
import sys
import typing
from collections.abc import Callable, Iterator
from pathlib import Path

import click

REFERENCE = Path(__file__).resolve().parent.parent / "docs" / "reference"
NOTICE = "<!-- Made of the code by `python3 build/docs.py --write`. -->\n\n"


def main(arguments: list[str]) -> int:
    """Do what the module says; the exit code."""
    wrong = 0
    for name, page in pages().items():
        path, wanted = REFERENCE / name, page()
        if path.is_file() and path.read_text(encoding="utf-8") == wanted:
            continue
        if "--write" in arguments:
            path.write_text(wanted, encoding="utf-8", newline="\n")
            print(f"-- wrote {path}", file=sys.stderr)
        else:
            print(f"error: {path} isn't what the code says: run `python3 build/docs.py --write`", file=sys.stderr)
            wrong = 1
    return wrong


def pages() -> dict[str, Callable[[], str]]:
    """File name to what makes its content."""
    from bundler.model.recipe_schema import FILENAME, recipe_schema_text
    from bundler.present import errors_reference, recipe_reference

    made = {
        "command-line.md": command_line,
        "errors.md": errors_reference.markdown,
        "json.md": json_outputs,
        "manifest.md": manifest,
        "recipe.md": recipe_reference.markdown,
    }
    return {name: functools.partial(_noticed, each) for name, each in made.items()} | {FILENAME: recipe_schema_text}


def _noticed(page: Callable[[], str]) -> str:
    return NOTICE + page()


def command_line() -> str:
    """Every command of ``bundle`` with its arguments and options."""
    from bundler.cli.main import main as group

    lines = ["# The command line\n", f"{group.help.splitlines()[0] if group.help else ''}\n"]
    lines += ["`bundle --version` prints the version, `bundle COMMAND --help` what stands here.\n"]
    lines += [
        f"- [`bundle {name}`](#bundle-{name.replace(' ', '-')}): {each.get_short_help_str(200)}"
        for name, each in _commands(group)
    ]
    lines += ["", "What the exit codes mean: [exit codes](exit-codes.md).\n"]
    for name, command in _commands(group):
        lines += list(_command(name, command))
    return "\n".join(lines)


def _commands(group: click.Group, before: str = "") -> Iterator[tuple[str, click.Command]]:
    """With the commands of those that have some themselves: each by all its words."""
    context = click.Context(group, info_name="bundle")
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from _commands(command, f"{before}{name} ")
        elif command is not None and not command.hidden:
            yield before + name, command


def _command(name: str, command: click.Command) -> Iterator[str]:
    context = click.Context(command, info_name=f"bundle {name}")
    pieces = " ".join(command.collect_usage_pieces(context))
    yield f"(bundle-{name.replace(' ', '-')})="
    yield f"## bundle {name}\n"
    yield f"```text\nbundle {name} {pieces}\n```\n"
    yield from _paragraphs(inspect.cleandoc(command.help or ""))
    options = [each for each in command.params if isinstance(each, click.Option)]
    rows = [record for each in options if (record := each.get_help_record(context))]
    if rows:
        yield "| option | meaning |\n|---|---|"
        yield from (f"| `{_cell(option)}` | {_cell(text)} |" for option, text in rows)
        yield ""


def _paragraphs(text: str) -> Iterator[str]:
    """Help text; paragraphs that click doesn't wrap are shown as they are."""
    for paragraph in text.strip().split("\n\n"):
        if paragraph.startswith("\b"):
            yield f"```text\n{paragraph.removeprefix(chr(8)).strip(chr(10))}\n```\n"
        else:
            yield " ".join(paragraph.split()) + "\n"


MANIFEST = """\
# The manifest

`manifest.json` is the one contract between the build host and the target: ASCII JSON, indented, with sorted keys. Paths
inside the bundle are relative, with `/`. Paths on the target are Windows' own. Texts may hold `{environment}`, `{data}`,
`{release}`, `{package.NAME}` and `{site.NAME}`, which are filled in on the target.

`SHA256SUMS` lists the sums of everything, the manifest included.
"""


def manifest() -> str:
    """Every table of ``manifest.json`` with its keys."""
    from bundler.model.manifest import FORMAT, Manifest

    lines = [MANIFEST, f"This is format {FORMAT}. Readers refuse any other, and keys that they don't know.\n"]
    kinds: list[type] = [Manifest]
    for kind in kinds:  # grows while it is walked
        lines += _shape(kind, "The whole" if kind is Manifest else kind.__name__, kinds)
    return "\n".join(lines)


JSON = """\
# JSON outputs

Commands that print data take `--json`. They print one object to standard output, and no progress. Keys are added; none is
renamed, removed or given another meaning. Sizes are bytes, times seconds, sums lower-case hex.
"""


def json_outputs() -> str:
    """Every output of ``--json`` and the shapes in it."""
    from bundler.present.json_outputs import OUTPUTS

    titles = {kind: name for name, kind in OUTPUTS.items()}
    kinds = list(titles)
    lines = [JSON]
    for kind in kinds:  # grows while it is walked
        lines += _shape(kind, titles.get(kind, kind.__name__), kinds)
    return "\n".join(lines)


def _shape(kind: type, title: str, kinds: list[type]) -> Iterator[str]:
    """One dataclass: what it is, and its keys with their types and meanings."""
    from bundler.model.fields import DESCRIPTION, key_of

    hints = typing.get_type_hints(kind)
    text = " ".join((inspect.getdoc(kind) or "").split()) if _documented(kind) else ""
    yield f"({kind.__name__.lower()})=\n## {title}\n"
    if text:
        yield re.sub(r"\bNone\b", "null", text.replace("``", "`")) + "\n"
    fields = dataclasses.fields(kind)  # type: ignore[arg-type]
    described = any(DESCRIPTION in field.metadata for field in fields)
    yield "| key | type | meaning |\n|---|---|---|" if described else "| key | type |\n|---|---|"
    for field in fields:
        meaning = f" {_cell(field.metadata.get(DESCRIPTION, ''))} |" if described else ""
        yield f"| `{key_of(field)}` | {_cell(_type(hints[field.name], kinds))} |{meaning}"
    yield ""


def _documented(kind: type) -> bool:
    """A dataclass without words of its own has its signature as docstring."""
    return bool(kind.__doc__) and not str(kind.__doc__).startswith(f"{kind.__name__}(")


def _type(hint: object, kinds: list[type]) -> str:
    """A type as JSON has it; dataclasses in it are linked, and added to ``kinds``."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        if hint not in kinds:
            kinds.append(hint)
        return f"[{hint.__name__}](#{hint.__name__.lower()})"
    if origin is typing.Literal:
        return " or ".join(f"`{each}`" for each in arguments)
    if not arguments:
        return {"str": "string", "int": "integer", "float": "number", "bool": "true or false", "NoneType": "null"}[
            hint.__name__
        ]
    words = [_type(each, kinds) for each in arguments if each is not Ellipsis]
    if origin is tuple:
        return f"list of {words[0]}" if Ellipsis in arguments else f"list of {len(words)}: " + ", ".join(words)
    return f"object, each value: {words[1]}" if origin is dict else " or ".join(words)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", r"\|")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
