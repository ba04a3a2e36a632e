"""``bundle convert``"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from bundler.cli.shared_options import FILE, json_option, output_option, quiet_option, reporter

if TYPE_CHECKING:
    from pathlib import Path


@click.command("convert", short_help="Make a wheel of a legacy installer.")
@click.argument("file", type=FILE)
@output_option("wheel")
@click.option("--python", metavar="X.Y", help="The Python that it is for, where the installer doesn't say.")
@click.option("--platform", metavar="TAG", help="The same for the platform: win32 or win_amd64.")
@json_option
@quiet_option
def command(file: Path, output: Path, python: str | None, platform: str | None, *, as_json: bool, quiet: bool) -> None:
    """Make a wheel of a legacy installer: bdist_wininst .exe, bdist_msi .msi, .egg. None of its code runs."""
    from bundler.legacy import convert_installer
    from bundler.pipeline.session import source_date_epoch
    from bundler.present import conversion_json, conversion_table
    from bundler.present.console import show_json

    moment = source_date_epoch(os.environ)
    epoch = int(moment.timestamp()) if moment else 0  # the earliest that a wheel can hold: the same bytes always
    found = convert_installer(
        file,
        folder=output,
        python=python,
        platform=platform,
        epoch=epoch,
        reporter=reporter(quiet=quiet or as_json),
    )
    if as_json:
        show_json(conversion_json.convert_output(found))
    else:
        conversion_table.converted(found)
