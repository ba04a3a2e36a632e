"""``bundle build``"""

from __future__ import annotations

import contextlib
import os
import re
from typing import TYPE_CHECKING

import click

from bundler.cli.authenticode_options import authenticode_options, code_signer
from bundler.cli.shared_options import (
    FILE,
    acceptance_options,
    host_options,
    json_option,
    output_option,
    reporter,
    sandbox_options,
)
from bundler.model.recipe_texts import HIGHEST
from bundler.model.source import has_credentials
from bundler.pack.forms import FORMATS

if TYPE_CHECKING:
    import datetime
    from pathlib import Path

    from bundler.cli.authenticode_options import Authenticode
    from bundler.pack.writing import Written
    from bundler.pipeline.session import Options
    from bundler.report import Reporter
    from bundler.trust.signing import Signer


def _uri(context: click.Context, parameter: click.Parameter, value: str) -> str:
    del context
    if value and (has_credentials(value) or not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]{1,500}", value)):
        raise click.BadParameter(
            "it must be a URI without credentials, such as https://ci.example.com/builders/1", param=parameter
        )
    return value


@click.command("build", short_help="Lock if needed, fetch, convert and pack.")
@click.argument("recipe", type=FILE)
@click.option(
    "--format",
    "archive",
    type=click.Choice(list(FORMATS)),
    default=next(iter(FORMATS)),
    show_default=True,
    help="What to write.",
)
@output_option("archive")
@click.option(
    "--target",
    "slugs",
    multiple=True,
    metavar="X.Y.Z-PLATFORM",
    help="Build for these targets only, such as 3.11.9-win_amd64.",
)
@click.option("--locked", is_flag=True, help="Fail where the lock is missing or stale instead of locking.")
@click.option(
    "--sequence",
    type=click.IntRange(1, HIGHEST),
    metavar="N",
    help="A number that grows with each build: targets refuse a bundle with a lower one than was in use there.",
)
@click.option(
    "--not-after",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="The last day (UTC) on which targets install it.",
)
@click.option(
    "--rehearse",
    is_flag=True,
    help="Then install and use each archive on a machine without a network; fail where that fails.",
)
@click.option(
    "--sign-with",
    type=FILE,
    metavar="KEY",
    help="Then sign each archive, and the statement of how it was built, with this key of SSH or cosign.",
)
@click.option(
    "--builder",
    metavar="URI",
    default="",
    callback=_uri,
    help="Who builds, for the statement of how each archive was built: a URI that those who check it know.",
)
@authenticode_options
@json_option
@host_options
@sandbox_options
@acceptance_options
def command(
    recipe: Path,
    archive: str,
    output: Path,
    slugs: tuple[str, ...],
    options: Options,
    *,
    locked: bool,
    sequence: int | None,
    not_after: datetime.datetime | None,
    rehearse: bool,
    sign_with: Path | None,
    builder: str,
    authenticode: Authenticode | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Lock if needed, fetch, convert and pack: one archive for each target of a recipe."""
    from bundler.pack.writing import Destination
    from bundler.pipeline.build_bundle import BuildWishes, build_recipe
    from bundler.pipeline.session import open_session
    from bundler.present import build_text
    from bundler.present.console import show_json

    signer = _signer(sign_with)
    tell = reporter(quiet=quiet or as_json)
    programs = code_signer(authenticode, os.environ, tell.note) if authenticode is not None else None
    demand = _Rehearsing(options, quiet=quiet, as_json=as_json) if rehearse else None
    destination = Destination(
        folder=output, format=FORMATS[archive], demand=demand, whole=signer.begin if signer else None
    )
    last = not_after.date().isoformat() if not_after is not None else None
    wishes = BuildWishes(
        slugs=slugs,
        locked=locked,
        sequence=sequence,
        not_after=last,
        builder=builder,
        signer=programs,
        in_wheels=authenticode is not None and authenticode.in_wheels,
    )
    with signer or contextlib.nullcontext():
        with open_session(options, tell) as session:
            built = build_recipe(session, recipe, destination, wishes)
        signatures = [_signed(signer, each.written, tell) for each in built] if signer else []
    if as_json:
        from bundler.present import build_json  # late: only JSON needs it

        show_json(build_json.build_output(built, signatures))
    else:
        build_text.bundles(built, signatures)


def _signer(key: Path | None) -> Signer | None:
    """Made before anything is built, so that a key that isn't there, or can't sign, is found out at once."""
    if key is None:
        return None
    from bundler.trust.signing import Signer

    signer = Signer(key, os.environ)
    signer.demand_fit()
    return signer


def _signed(signer: Signer, written: Written, tell: Reporter) -> Path:
    """Nothing but what was built: others may write where it lies."""
    from bundler.trust.statement_file import sign_statement

    sign_statement(written.path, signer, tell, sha256=written.sha256, said_sha256=written.statement_sha256)
    return signer.sign(written.path, tell, sha256=written.sha256)


class _Rehearsing:
    """A demand on bundles: their rehearsals pass. Raises RehearsalError (``rehearsal-failed``)."""

    def __init__(self, options: Options, *, quiet: bool, as_json: bool) -> None:
        self._options, self._quiet, self._as_json = options, quiet, as_json

    def __call__(self, bundle: Path, written: Written) -> None:
        from bundler.cli.rehearsing import Reports, new_logs_beside, rehearse_and_report
        from bundler.errors import Fault, RehearsalError
        from bundler.fetch import default_store_root
        from bundler.pack.forms.bundle_form import damaged
        from bundler.pipeline.rehearse_bundle import RehearsalWishes
        from bundler.rehearse.results import Outcome

        options = self._options
        wishes = RehearsalWishes(store=options.store or default_store_root(options.environ), environ=options.environ)
        logs = new_logs_beside(written.path)
        reports = Reports(logs=logs, screen=not self._as_json, quiet=self._quiet)
        found = rehearse_and_report(bundle, wishes, reports, reporter(quiet=self._quiet or self._as_json))
        if found.sha256 != written.sha256:  # who may write there can have put another one there, which passes
            raise damaged(
                bundle, (Fault("", "is not what was built just now: somebody changed it while it was rehearsed"),)
            )
        if not found.passed:
            faults = [each for each in found.steps if each.outcome is Outcome.FAILED]
            raise RehearsalError(
                "rehearsal-failed",
                f"{written.path.name} isn't ready to travel, and was not written: its rehearsal failed",
                context=tuple(f"{each.title}: {each.reason}" for each in faults),
                hint=f"the logs of the steps are in {logs}; without --rehearse the bundle is written all the same",
            )
