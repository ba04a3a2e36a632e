"""``bundle sign``"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from bundler.cli.shared_options import FILE, json_option, quiet_option, reporter

if TYPE_CHECKING:
    from pathlib import Path


@click.command("sign", short_help="Sign a bundle with a key of SSH or cosign.")
@click.argument("bundle", type=FILE)
@click.option(
    "--key",
    type=FILE,
    required=True,
    help="A private key of ssh-keygen or cosign; or the public key of one that is in an agent.",
)
@click.option(
    "--provenance",
    is_flag=True,
    help="Sign the statement of how it was built too: if you built it, or know that it says what is so.",
)
@json_option
@quiet_option
def command(bundle: Path, *, key: Path, provenance: bool, as_json: bool, quiet: bool) -> None:
    """Check every byte of a bundle, then write a signature beside it. The bundle itself isn't changed.

    ssh-keygen signs: keys in files, in agents and in hardware (sk-) work as they do there. With a key that cosign made cosign signs,
    and publishes nothing. Each key has a file of its own, so that several people can sign one bundle.
    """
    from bundler.pack.verify import verify_bundle
    from bundler.present import verification_json, verification_text
    from bundler.present.console import show_json
    from bundler.trust.signing import Signer
    from bundler.trust.statement_file import sign_statement

    tell = reporter(quiet=quiet or as_json)
    signer = Signer(key, os.environ)
    sha256 = verify_bundle(bundle, tell, summed=True).signed_sha256  # that is signed, and not what may lie there by now
    statement = sign_statement(bundle, signer, tell, sha256=sha256) if provenance else None
    signature = signer.sign(bundle, tell, sha256=sha256)
    if as_json:
        show_json(verification_json.sign_output(bundle, signature, statement))
    else:
        verification_text.signed(bundle, signature, statement)
