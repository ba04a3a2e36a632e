"""``bundle trust``"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bundler.cli.shared_options import FILE, FOLDER

if TYPE_CHECKING:
    from pathlib import Path


@click.group("trust", short_help="Make what machines check bundles by.")
def command() -> None:
    """Make what machines check bundles by, before they are unpacked and before they are installed."""


@command.command("init", short_help="Make the folder that is placed on each machine.")
@click.argument("folder", type=FOLDER, metavar="DIR")
@click.option(
    "--allowed-signers", "allowed", type=FILE, help="Whose signatures count, in OpenSSH's format; it is copied."
)
@click.option("--signer", "signers", multiple=True, help="Who may sign, by their name in that file; may be repeated.")
@click.option("--threshold", type=click.IntRange(1, 32), default=1, show_default=True, help="How many of them must.")
@click.option(
    "--bundle", "bundles", multiple=True, help="For bundles of this name, and for all others none; may be repeated."
)
@click.option("--force", is_flag=True, help="Replace files that are there.")
def init(
    folder: Path,
    *,
    allowed: Path | None,
    signers: tuple[str, ...],
    threshold: int,
    bundles: tuple[str, ...],
    force: bool,
) -> None:
    r"""Make the folder by which a site says whose bundles its machines take.

    place.cmd in it, started once on each machine by an administrator, puts it where only administrators can write, in
    the folder bundle\trust of %ProgramData%. There bundle-check.cmd checks an archive before it is unpacked, and
    bootstrap.bat refuses what the policy doesn't allow.
    """
    from bundler.present.console import show
    from bundler.trust.allowed_signers import read_allowed_signers
    from bundler.trust.site_folder import write_site_folder
    from bundler.trust.site_policy import ALL, PolicyLine
    from bundler.trust.ssh_keygen import NAMESPACE

    if (bundles or threshold > 1) and not signers:
        raise click.UsageError("--bundle and --threshold say nothing without those who may sign: --signer NAME")
    lines = [
        PolicyLine(bundle=each, threshold=threshold, namespace=NAMESPACE, principals=signers)
        for each in (bundles or ((ALL,) if signers else ()))
    ]
    for path in write_site_folder(folder, read_allowed_signers(allowed) if allowed else None, lines, force=force):
        show(f"wrote {path}")
    if missing := [name for name, given in (("allowed_signers", allowed), ("policy", signers)) if not given]:
        show(f"next: fill in {' and '.join(missing)}")
    show("then: copy the folder to each machine, and start place.cmd there as an administrator, once")
