"""Options of whatever signs programs: which key, how its passphrase comes, which server of time stamps."""

from __future__ import annotations

import dataclasses
import functools
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bundler.cli.shared_options import FILE, address_check

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bundler.trust.code_signer import CodeSigner

VARIABLE = "BUNDLE_AUTHENTICODE_PASSPHRASE"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Authenticode:
    """What was asked for; ``in_wheels``: programs in wheels too."""

    key: str
    certificates: Path | None
    passphrase: Path | None
    timestamps: tuple[str, ...]
    in_wheels: bool


def authenticode_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The command gets ``authenticode``, None where programs aren't signed."""

    @click.option(
        "--authenticode",
        "key",
        metavar="KEY",
        help="Sign our programs in the bundle (Authenticode) with this key: a PFX file, a PKCS#11 URI with module-path, or on Windows store:THUMBPRINT.",
    )
    @click.option(
        "--authenticode-wheels",
        "in_wheels",
        is_flag=True,
        help="Sign the programs in wheels too that nobody has signed.",
    )
    @click.option(
        "--authenticode-certificates",
        "certificates",
        type=FILE,
        metavar="PEM",
        help="Certificates that the key doesn't bring: the signer's, of a key on a token, and those of the authorities above.",
    )
    @click.option(
        "--authenticode-passphrase",
        "passphrase",
        type=FILE,
        metavar="FILE",
        help=f"The passphrase or PIN of the key is this file's first line. Without it you are asked.  [env: {VARIABLE}]",
    )
    @click.option(
        "--timestamp",
        "timestamps",
        multiple=True,
        metavar="URL",
        callback=address_check("http", "https"),
        help="A server of time stamps (RFC 3161), so that these signatures count when the certificate is over; given again: asked where the one before gives none.",
    )
    @functools.wraps(function)
    def wrapped(
        *args: Any,
        key: str | None,
        in_wheels: bool,
        certificates: Path | None,
        passphrase: Path | None,
        timestamps: tuple[str, ...],
        **kwargs: Any,
    ) -> Any:
        if key is None:
            if in_wheels or certificates is not None or passphrase is not None or timestamps:
                raise click.UsageError(
                    "--timestamp and --authenticode-… say nothing without --authenticode, which names the key"
                )
            return function(*args, authenticode=None, **kwargs)
        from bundler.model.source import has_credentials

        if any(map(has_credentials, timestamps)):
            raise click.UsageError(
                "--timestamp takes an address without a password: it stands in the statement of how it was built"
            )
        asked = Authenticode(
            key=key, certificates=certificates, passphrase=passphrase, timestamps=timestamps, in_wheels=in_wheels
        )
        return function(*args, authenticode=asked, **kwargs)

    return wrapped


def code_signer(asked: Authenticode, environ: Mapping[str, str], tell: Callable[[str], None]) -> CodeSigner:
    """Made before anything is built; ``tell`` gets lines about servers of time stamps that fail. Raises InputError (``authenticode-key-malformed``), SignatureError (``authenticode-key-missing``),
    HostError (``authenticode-tool-missing``).
    """
    import datetime

    from bundler.pipeline.time_stamps import TimeStamps
    from bundler.trust.code_key import read_code_key
    from bundler.trust.code_signer import CodeSigner, SigningWish, code_tool

    key = read_code_key(asked.key, asked.certificates)
    wish = SigningWish(key=key, passphrase=functools.partial(_passphrase, asked, environ))
    tool = code_tool(wish, _without_passphrase(environ), windows=os.name == "nt")
    files = (Path(key.name) if key.kind == "file" else None, asked.passphrase)
    return CodeSigner(
        tool,
        stamps=TimeStamps(asked.timestamps, tell),
        now=datetime.datetime.now(datetime.UTC),
        secrets=tuple(each for each in files if each is not None),
    )


def _without_passphrase(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environ.items() if name != VARIABLE}


def _passphrase(asked: Authenticode, environ: Mapping[str, str]) -> str | None:
    """Out of the file, else the variable, else whoever sits there. Raises InputError (``authenticode-passphrase-unreadable``)."""
    if asked.passphrase is not None:
        from bundler.trust.code_key import read_passphrase

        return read_passphrase(asked.passphrase)
    if VARIABLE in environ:
        return environ[VARIABLE]
    if sys.stdin.isatty() and sys.stderr.isatty():
        answer: str = click.prompt(
            f"Passphrase of {asked.key}", hide_input=True, default="", show_default=False, err=True
        )
        return answer
    return None
