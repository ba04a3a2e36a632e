"""``bundle app-control``"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import click

from bundler.cli.shared_options import EXISTING_FILE, FILE, json_option, output_option, quiet_option, reporter

if TYPE_CHECKING:
    from pathlib import Path


def _policy_id(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    if value is None:
        return None
    try:
        if len(value.strip("{}")) == len(str(uuid.UUID(value))):
            return str(uuid.UUID(value))
    except ValueError:
        pass
    raise click.BadParameter(
        f"{value!r} is not the id of a policy, such as {{A244370E-44C9-4C06-B551-F6016E563076}}", context, parameter
    )


@click.command("app-control", short_help="Write AppLocker and App Control rules for a bundle.")
@click.argument("bundle", type=FILE)
@output_option("policies")
@click.option(
    "--base-policy",
    "base",
    metavar="ID",
    callback=_policy_id,
    help="Supplement this App Control policy. Without it, the policy is one to be merged with another.",
)
@click.option(
    "--only-hashes",
    is_flag=True,
    help="Allow these very files and no other version of them, also where their publisher is known.",
)
@click.option(
    "--signer-ca",
    "roots",
    multiple=True,
    type=EXISTING_FILE,
    help="A further certificate authority (PEM) that may vouch for signers; the machines must trust it too.",
)
@json_option
@quiet_option
def command(
    bundle: Path,
    *,
    output: Path,
    base: str | None,
    only_hashes: bool,
    roots: tuple[Path, ...],
    as_json: bool,
    quiet: bool,
) -> None:
    """Write policies that let a bundle's programs, DLLs and scripts run: one for AppLocker, one for App Control for Business (WDAC).

    Rules are by publisher and product where a file is signed, else by hash. The bundle is verified first; what gets no rule is listed.
    """
    from bundler.cli.report_places import demand_outside
    from bundler.pipeline.app_control import ControlWishes, write_app_control
    from bundler.present import app_control_json, app_control_text
    from bundler.present.console import show_json

    demand_outside(bundle, output)
    wishes = ControlWishes(output=output, base=base, only_hashes=only_hashes, roots=roots)
    found = write_app_control(bundle, wishes, reporter(quiet=quiet or as_json))
    if as_json:
        show_json(app_control_json.app_control_output(found))
    else:
        app_control_text.rules(found)
