"""``bundle reproduce``"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bundler.cli.shared_options import (
    EXISTING_FOLDER,
    FILE,
    FOLDER,
    host_options,
    json_option,
    reporter,
    sandbox_options,
)
from bundler.errors import BuildError, IntegrityError

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.pipeline.session import Options

_CODES = {"same": 0, "incomplete": BuildError.exit_code, "different": IntegrityError.exit_code}


@click.command("reproduce", short_help="Build a bundle again and compare every byte.")
@click.argument("bundle", type=FILE)
@click.option("--against", type=FILE, metavar="PATH", help="Compare with this bundle instead, in the same form.")
@click.option(
    "--source",
    type=EXISTING_FOLDER,
    help="Where the recipe's projects and files lie, and files that their addresses don't have any more.",
)
@click.option("-o", "--output", type=FOLDER, help="Keep what was built in this folder.")
@click.option(
    "--network",
    is_flag=True,
    help="Let builds reach the network where the recipe in the bundle says so: if you trust who wrote it.",
)
@json_option
@host_options
@sandbox_options
def command(
    bundle: Path,
    options: Options,
    *,
    against: Path | None,
    source: Path | None,
    output: Path | None,
    network: bool,
    as_json: bool,
    quiet: bool,
) -> int:
    """Build a bundle again of the recipe and the lock that lie in it, and compare byte for byte.

    This runs the builds of its packages as `bundle build` does: check who signed it first. Ends with exit code 0 where every byte was made
    again, 6 where what could be made is the same and some members couldn't be, 5 where something differs.
    """
    from bundler.pipeline.reproduce_bundle import reproduce_bundle
    from bundler.pipeline.reproduction import ReproductionWishes
    from bundler.pipeline.session import open_session
    from bundler.present import reproduction_json, reproduction_text
    from bundler.present.console import show_json

    wishes = ReproductionWishes(against=against, source=source, output=output, network=network)
    with open_session(options, reporter(quiet=quiet or as_json)) as session:
        found = reproduce_bundle(session, bundle, wishes)
    if as_json:
        show_json(reproduction_json.reproduce_output(found))
    else:
        reproduction_text.reproduced(found)
    return _CODES[found.verdict]
