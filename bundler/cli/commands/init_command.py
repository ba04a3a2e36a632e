"""``bundle init``"""

from __future__ import annotations

import os
from pathlib import Path

import click

from bundler.cli.shared_options import FILE


@click.command("init")
@click.argument("recipe", type=FILE, required=False)
@click.option(
    "--from",
    "origin",
    type=click.Path(path_type=Path, exists=True),
    help="A pyproject.toml or a requirements file to begin with.",
)
@click.option("--name", help="The bundle's name; the recipe's file name otherwise.")
@click.option("--python", default="3.13.13", show_default=True, help="The target's Python, x.y.z.")
@click.option("--platform", default="win_amd64", show_default=True, help="The target's platform tag.")
@click.option(
    "--schema/--no-schema",
    default=True,
    show_default=True,
    help="Also write the JSON Schema with which editors complete and check the recipe's keys.",
)
@click.option("--force", is_flag=True, help="Replace a recipe that is there.")
def command(
    recipe: Path | None,
    origin: Path | None,
    name: str | None,
    python: str,
    platform: str,
    *,
    schema: bool,
    force: bool,
) -> None:
    """Write a commented recipe to start from."""
    import shlex
    import subprocess

    from bundler.model.target import Target
    from bundler.pipeline.new_recipe import schema_beside, write_recipe
    from bundler.present.console import show

    path = write_recipe(
        recipe, origin=origin, name=name, target=Target.of(python, platform), force=force, schema=schema
    )
    show(f"wrote {path}")
    if schema:
        show(f"wrote {schema_beside(path)}, with which editors complete and check its keys")
    typed = subprocess.list2cmdline([str(path)]) if os.name == "nt" else shlex.quote(str(path))
    show(f"next: read it, then run `bundle build {typed}`")
