"""``bundle verify``"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from bundler.cli.shared_options import FILE, json_option, policy_options, quiet_option, reporter

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.pipeline.verified_publishers import VerifiedPublisher
    from bundler.trust.signature_check import SignaturePolicy


@click.command("verify", short_help="Check every byte of a bundle, and who signed it.")
@click.argument("bundle", type=FILE)
@policy_options
@click.option(
    "--provenance",
    is_flag=True,
    help="Fail where no statement of how it was built lies beside it, signed by an allowed signer.",
)
@click.option(
    "--attestations",
    is_flag=True,
    help="Verify who published its packages, as far as their indexes had attestations (PEP 740); takes pypi-attestations.",
)
@json_option
@quiet_option
def command(
    bundle: Path,
    *,
    policy: SignaturePolicy | None,
    provenance: bool,
    attestations: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Check a bundle: first its signatures, if allowed signers are given, then every byte against sums and manifest, then whether the
    statement of how it was built, where one lies beside it, is about it and signed by one of them.

    Nothing else may be in it, and nothing is unpacked. `--attestations` also verifies who published its packages, without a network. Ends with exit code 10 where too few signatures count.
    """
    from bundler.pack.verify import verify_bundle
    from bundler.present import verification_json, verification_text
    from bundler.present.console import show_json
    from bundler.trust.signature_check import check_signatures, demand_of
    from bundler.trust.signed_content import signed_content
    from bundler.trust.statement_file import check_statement

    if provenance and policy is None:
        raise click.UsageError("--provenance says nothing without --allowed-signers")
    if attestations:
        from bundler.trust.attestation_check import demanded_check

        demanded_check()  # first: it would be a pity to find out after gigabytes
    tell = reporter(quiet=quiet or as_json)
    verdicts = check_signatures(bundle, policy, os.environ, tell) if policy is not None else ()
    report = verify_bundle(bundle, tell, summed=policy is not None)
    sha256 = report.signed_sha256 if policy is not None else ""
    demand_of(verdicts, bundle, sha256)
    statement = check_statement(bundle, policy, os.environ, tell, demanded=provenance, sha256=sha256)
    publishers: tuple[VerifiedPublisher, ...] = ()
    if attestations:
        from bundler.pack.reading import open_bundle
        from bundler.pipeline.verified_publishers import verify_publishers

        publishers = verify_publishers(open_bundle(bundle, report.contents))
    if as_json:
        show_json(verification_json.verify_output(bundle, report, verdicts, statement, publishers))
    else:
        unasked = signed_content(bundle).count() if policy is None else 0
        verification_text.verified(bundle, report, verdicts, statement, unasked=unasked)
        if attestations:
            verification_text.publishers(publishers)
