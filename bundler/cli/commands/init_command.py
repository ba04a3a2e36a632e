"""``bundle init``"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from bundler.cli.shared_options import EXISTING, FILE

if TYPE_CHECKING:
    from pathlib import Path


@click.command("init")
@click.argument("recipe", type=FILE, required=False)
@click.option(
    "--from",
    "origin",
    type=EXISTING,
    help="What to begin with: a pyproject.toml or its folder, a requirements file (conda's pip freeze too), a Pipfile, uv.lock, poetry.lock, pdm.lock, or conda's environment.yml.",
)
@click.option("--extra", "extras", multiple=True, help="An extra of the project, installed too; may be repeated.")
@click.option("--group", "groups", multiple=True, help="A dependency group (PEP 735) of the project; may be repeated.")
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
    *,
    origin: Path | None,
    extras: tuple[str, ...],
    groups: tuple[str, ...],
    name: str | None,
    python: str,
    platform: str,
    schema: bool,
    force: bool,
) -> None:
    """Write a commented recipe to start from."""
    import shlex
    import subprocess

    from bundler.model.target import Target
    from bundler.pipeline.new_recipe import schema_beside, write_recipe
    from bundler.pipeline.recipe_beginning import Origin
    from bundler.present.console import show

    target = Target.of(python, platform)
    if origin is None and (extras or groups):
        raise click.UsageError("--extra and --group need a project: --from PATH")
    if origin is not None and not (extras or groups):
        extras, groups = _asked_for(origin)
    chosen = Origin(path=origin, extras=extras, groups=groups)
    written = write_recipe(recipe, origin=chosen, name=name, target=target, force=force, schema=schema)
    path = written.path
    show(f"wrote {path}")
    for fault in written.left_out:
        show(f"left out: {fault}")
    if schema:
        show(f"wrote {schema_beside(path)}, with which editors complete and check its keys")
    typed = subprocess.list2cmdline([str(path)]) if os.name == "nt" else shlex.quote(str(path))
    show(f"next: read it, then run `bundle build {typed}`")


def _asked_for(origin: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The extras and the dependency groups that a person at a terminal wants of a project; for programs none, and there they are named."""
    from bundler.pipeline.recipe_beginning import choices
    from bundler.present.console import show

    found: list[tuple[str, ...]] = []
    for kind, option, names in zip(("extras", "dependency groups"), ("extra", "group"), choices(origin), strict=True):
        if not names:
            found.append(())
        elif sys.stdin.isatty() and sys.stdout.isatty():
            answer = click.prompt(
                f"Which {kind} of it ({', '.join(names)}; Enter: none)?", default="", show_default=False
            )
            found.append(tuple(answer.replace(",", " ").split()))
        else:
            show(f"it has {kind}: {', '.join(names)}; --{option} NAME takes one")
            found.append(())
    return found[0], found[1]
