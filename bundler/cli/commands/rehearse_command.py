"""``bundle rehearse``"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, get_args

import click

from bundler.cli.rehearsing import Reports, new_logs_beside, rehearse_and_report
from bundler.cli.shared_options import FILE, FOLDER, json_option, quiet_option, reporter, store_option
from bundler.errors import RehearsalError
from bundler.rehearse.results import EngineName

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.pipeline.rehearse_bundle import RehearsalWishes
    from bundler.report import Reporter


@click.command("rehearse", short_help="Install and use a bundle on a machine without a network.")
@click.argument("bundle", type=FILE, required=False)
@click.option(
    "--from", "previous", type=FILE, metavar="BUNDLE", help="An earlier bundle, which this one is to upgrade."
)
@click.option("--set", "values", multiple=True, metavar="NAME=VALUE", help="A site value for the rehearsal.")
@click.option(
    "--engine",
    type=click.Choice(get_args(EngineName)),
    help="What plays the machine: Wine (Linux), Windows Sandbox, or this Windows itself.  [default: wine; on Windows: sandbox]",
)
@click.option(
    "--wine",
    type=click.Choice(["host", "chroot", "container"]),
    help="Which Wine plays the machine: this host's, that of a Debian made for it, or that of a container.  [default: the first that is good enough]",
)
@click.option(
    "--quick", is_flag=True, help="Install, check and use it; leave upgrade, repair, removal and a second machine out."
)
@click.option("--logs", type=FOLDER, help="The folder that gets the logs.  [default: BUNDLE.rehearsal]")
@click.option("--html", type=FILE, help="Write a report as one page of HTML.")
@click.option("--junit", type=FILE, help="Write a report as CI systems read it.")
@click.option("--keep", type=FOLDER, help="Copy each machine's drive C: there before it is removed.")
@click.option("--shell", is_flag=True, help="At the end, open a command prompt on the machine.")
@click.option("--prepare", is_flag=True, help="Make what rehearsals need, once, and rehearse nothing.")
@store_option
@json_option
@quiet_option
def command(
    bundle: Path | None,
    *,
    previous: Path | None,
    values: tuple[str, ...],
    logs: Path | None,
    html: Path | None,
    junit: Path | None,
    keep: Path | None,
    engine: str | None,
    wine: str | None,
    store: Path | None,
    quick: bool,
    shell: bool,
    prepare: bool,
    as_json: bool,
    quiet: bool,
) -> int:
    """Install a bundle on a machine that has no network, use it as its recipe says, and report what was found.

    The machine is played by Wine on Linux, by Windows Sandbox on Windows. Ends with exit code 8 where a step failed.
    """
    from bundler.fetch import default_store_root
    from bundler.pipeline.rehearse_bundle import RehearsalWishes, default_engine

    engine = engine or default_engine()
    if engine != "wine" and (prepare or shell or keep is not None or wine is not None):
        raise click.UsageError("--prepare, --shell, --keep and --wine are for the engine wine")
    if shell and as_json:
        raise click.UsageError(
            "--shell opens a command prompt, and with --json nothing but JSON is printed: leave one of the two out"
        )
    if (bundle is None) != prepare:
        raise click.UsageError("name a bundle, or give --prepare alone")
    environ = dict(os.environ)
    wishes = RehearsalWishes(
        store=store or default_store_root(environ),
        environ=environ,
        previous=previous,
        engine=engine,
        given=_values(values),
        quick=quick,
        shell=shell,
        keep=keep,
        wine=wine,
    )
    told = reporter(quiet=quiet or as_json)
    if bundle is None:
        _prepare(wishes, told, as_json=as_json)
        return 0
    reports = Reports(logs=logs or new_logs_beside(bundle), html=html, junit=junit, screen=not as_json, quiet=quiet)
    found = rehearse_and_report(bundle, wishes, reports, told)
    if as_json:
        from bundler.present.console import show_json
        from bundler.present.rehearsal_json import rehearsal_output

        show_json(rehearsal_output(found, reports.logs))
    return 0 if found.passed else RehearsalError.exit_code


def _prepare(wishes: RehearsalWishes, told: Reporter, *, as_json: bool) -> None:
    from bundler.pipeline.rehearse_bundle import prepare
    from bundler.present.console import show
    from bundler.report import size_text

    if as_json:
        raise click.UsageError("--prepare prints no JSON")
    prepared = prepare(wishes, told)
    show(f"Rehearsals can begin, with {prepared.engine}")
    show(f"What they need lies in {prepared.folder} and takes {size_text(prepared.size)}")


def _values(given: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in given:
        name, separator, value = each.partition("=")
        if not separator or not name:
            raise click.UsageError("--set needs a name and a value: --set NAME=VALUE")
        if name in found:
            raise click.UsageError(f"--set {name} is given twice")
        found[name] = value
    return found
