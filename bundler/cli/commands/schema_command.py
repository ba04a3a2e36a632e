"""``bundle schema``"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bundler.cli.shared_options import FILE

if TYPE_CHECKING:
    from pathlib import Path


def _known(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """Outputs are declared where their import would slow every command's help."""
    from bundler.present.json_outputs import OUTPUTS

    return value if value is None else click.Choice(tuple(OUTPUTS)).convert(value, parameter, context)


def _complete(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    from bundler.present.json_outputs import OUTPUTS

    return [each for each in OUTPUTS if each.startswith(begun)]


@click.command("schema", short_help="Print the JSON Schema of a recipe or of an output.")
@click.option(
    "--json-of",
    "output",
    metavar="COMMAND",
    callback=_known,
    shell_complete=_complete,
    help="The schema of what this command prints with --json; `error`: of what any prints when it fails, "
    "`bootstrap`: of what bootstrap.bat /json writes.",
)
@click.option("-o", "--output", "file", type=FILE, help="Write it into this file.")
def command(output: str | None, file: Path | None) -> None:
    """Print the JSON Schema (draft 2020-12) of a recipe.

    Editors that know TOML complete and check a recipe's keys with it, if the recipe begins with the line
    `#:schema ./recipe.schema.json`. `bundle init` writes both.
    """
    import json

    from bundler.model.recipe_schema import recipe_schema
    from bundler.pack.writing import write_report
    from bundler.present.console import show, show_json
    from bundler.present.json_outputs import output_schema

    schema = output_schema(output) if output else recipe_schema()
    if file is None:
        show_json(schema)
    else:
        write_report(file, json.dumps(schema, indent=2) + "\n")
        show(f"wrote {file}")
