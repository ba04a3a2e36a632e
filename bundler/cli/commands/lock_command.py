"""``bundle lock``"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bundler.cli.shared_options import FILE, acceptance_options, host_options, json_option, reporter, sandbox_options

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.pipeline.session import Options


@click.command("lock", short_help="Resolve a recipe and write its locks beside it.")
@click.argument("recipe", type=FILE)
@click.option("--upgrade", is_flag=True, help="Take the newest versions allowed, whatever the lock says.")
@click.option("--upgrade-package", "upgraded", multiple=True, metavar="NAME", help="The same for one package.")
@click.option(
    "--refresh", is_flag=True, help="Ask the indexes even if nothing has changed here, such as for yanked files."
)
@click.option("--why", metavar="NAME", help="Show every file of a package and why it is or isn't taken; locks nothing.")
@json_option
@host_options
@sandbox_options
@acceptance_options
def command(
    recipe: Path,
    upgraded: tuple[str, ...],
    why: str | None,
    options: Options,
    *,
    refresh: bool,
    upgrade: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Resolve a recipe for its targets and write the locks beside it (PEP 751)."""
    from bundler.pipeline.lock_recipe import lock_recipe
    from bundler.pipeline.session import open_session
    from bundler.present import lock_table
    from bundler.present.console import show_json

    with open_session(options, reporter(quiet=quiet or as_json)) as session:
        if why is not None:
            from bundler.pipeline.why_files import why_files  # late: it needs what builds packages

            files, built_because = why_files(session, recipe, why)
            if as_json:
                from bundler.present import lock_json

                show_json(lock_json.lock_why_output(files))
            else:
                lock_table.files(files, built_because)
            return
        outcomes = lock_recipe(session, recipe, refresh=refresh, upgrade=upgrade, upgraded=upgraded)
    if as_json:
        from bundler.present import lock_json  # late: shapes take time, and an unchanged lock takes hardly any

        show_json(lock_json.lock_output(outcomes))
    else:
        lock_table.locks(outcomes)
