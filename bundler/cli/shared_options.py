"""Arguments and options that several commands have."""

from __future__ import annotations

import dataclasses
import functools
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable

    from bundler.isolation import Wish
    from bundler.pipeline.session import Options
    from bundler.report import Reporter


class _Path(click.Path):
    """A path that the command line names: an empty one is a variable that somebody forgot to set, and not the current folder."""

    def __init__(self, **rules: bool) -> None:
        super().__init__(path_type=Path, **rules)

    def convert(self, value: Any, parameter: click.Parameter | None, context: click.Context | None) -> Any:
        if value == "":
            self.fail("the path is empty", parameter, context)
        return super().convert(value, parameter, context)


class _Folder(_Path):
    """A folder that may be made; ``--store=~/x`` is left to us by shells."""

    def convert(self, value: Any, parameter: click.Parameter | None, context: click.Context | None) -> Any:
        return super().convert(os.path.expanduser(value), parameter, context)  # noqa: PTH111 - a stranger's is no error


FILE = _Path()
"""A file that the command itself looks at: its own errors say more."""
EXISTING = _Path(exists=True)
EXISTING_FILE = _Path(exists=True, dir_okay=False)
EXISTING_FOLDER = _Path(exists=True, file_okay=False)
FOLDER = _Folder(file_okay=False)


def json_option(function: Callable[..., Any]) -> Callable[..., Any]:
    return click.option("--json", "as_json", is_flag=True, help="Print data for machines instead of text for people.")(
        function
    )


def quiet_option(function: Callable[..., Any]) -> Callable[..., Any]:
    return click.option("-q", "--quiet", is_flag=True, help="No progress; warnings and errors only.")(function)


def store_option(function: Callable[..., Any]) -> Callable[..., Any]:
    return click.option("--store", type=FOLDER, help="Where fetched files are kept.  [env: BUNDLE_STORE]")(function)


def output_option(what: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return click.option(
        "-o",
        "--output",
        type=FOLDER,
        default="build/out",
        show_default=True,
        help=f"The folder that gets the {what}.",
    )


def snapshots_option(words: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Advisories in the OSV format; the command gets ``snapshots``. ``words``: its help."""
    return click.option("--osv", "snapshots", type=FILE, multiple=True, metavar="SNAPSHOT", help=words)


def policy_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Options of every command that checks signatures; the command gets ``policy``, None where nobody says who may sign."""

    @click.option(
        "--allowed-signers",
        type=FILE,
        help="Check the signatures that lie beside the bundle: those of the people in this file (OpenSSH's format) count.",
    )
    @click.option(
        "--threshold",
        type=click.IntRange(1, 32),
        default=1,
        show_default=True,
        help="How many different signers there must be.",
    )
    @click.option(
        "--identity",
        "identities",
        multiple=True,
        metavar="PATTERN",
        help="Count only signers whose name fits, such as *@example.com.",
    )
    @functools.wraps(function)
    def wrapped(
        *args: Any, allowed_signers: Path | None, threshold: int, identities: tuple[str, ...], **kwargs: Any
    ) -> Any:
        from bundler.trust.signature_check import SignaturePolicy

        if allowed_signers is not None:
            policy = SignaturePolicy(allowed_signers=allowed_signers, threshold=threshold, identities=identities)
            return function(*args, policy=policy, **kwargs)
        if threshold > 1 or identities:
            raise click.UsageError("--threshold and --identity say nothing without --allowed-signers")
        return function(*args, policy=None, **kwargs)

    return wrapped


def _ca_file_option(function: Callable[..., Any]) -> Callable[..., Any]:
    return click.option("--ca-file", type=EXISTING_FILE, help="Certificate authorities (PEM) that TLS trusts.")(
        function
    )


def _proxy_option(function: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--proxy",
        metavar="URL",
        callback=address_check("https", "http"),
        help="Go through this proxy.  [env: HTTPS_PROXY, HTTP_PROXY]",
    )(function)


def address_option(*names: str, help: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:  # noqa: A002 - click's word
    """Addresses to fetch from."""
    return click.option(
        *names, multiple=True, metavar="URL", callback=address_check("https", "http", "file"), help=help
    )


def network_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Options of a command that may fetch something, and not from an index; the command gets ``options``, and ``quiet``."""

    @store_option
    @_ca_file_option
    @_proxy_option
    @quiet_option
    @functools.wraps(function)
    def wrapped(*args: Any, store: Path | None, ca_file: Path | None, proxy: str | None, **kwargs: Any) -> Any:
        from bundler.pipeline.session import Options

        options = Options(store=store, ca_file=ca_file, proxy=proxy, environ=dict(os.environ))
        return function(*args, options=options, **kwargs)

    return wrapped


def host_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Options of every command that may fetch something; the command gets ``options``, and ``quiet``."""

    @click.option(
        "--index",
        "indexes",
        multiple=True,
        metavar="URL",
        callback=address_check("https", "http", "file"),
        help="Use this index and not the one pip is configured to use.",
    )
    @click.option(
        "--python-mirror",
        metavar="URL",
        callback=address_check("https", "http", "file"),
        help="A mirror of python.org's tree of installers.  [env: BUNDLE_PYTHON_MIRROR]",
    )
    @store_option
    @_ca_file_option
    @_proxy_option
    @click.option(
        "--signer-ca",
        "signer_roots",
        multiple=True,
        type=EXISTING_FILE,
        help="A further certificate authority (PEM) that may vouch for a signed runtime.",
    )
    @quiet_option
    @functools.wraps(function)
    def wrapped(
        *args: Any,
        indexes: tuple[str, ...],
        python_mirror: str | None,
        store: Path | None,
        ca_file: Path | None,
        proxy: str | None,
        signer_roots: tuple[Path, ...],
        **kwargs: Any,
    ) -> Any:
        from bundler.pipeline.session import Options

        options = Options(
            indexes=indexes,
            mirror=python_mirror,
            store=store,
            ca_file=ca_file,
            proxy=proxy,
            signer_roots=signer_roots,
            environ=dict(os.environ),
        )
        return function(*args, options=options, **kwargs)

    return wrapped


def sandbox_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Options of every command that may build packages; they become a part of ``options``, so this stands below ``host_options``."""

    @click.option(
        "--require-sandbox",
        is_flag=True,
        help="Fail where a package would be built without a sandbox, instead of warning.",
    )
    @click.option(
        "--no-sandbox", is_flag=True, help="Build packages without a sandbox: their build scripts can do what you can."
    )
    @click.option(
        "--toolset",
        metavar="14.NN",
        default="",
        callback=_toolset,
        help="The version of Microsoft's compiler that compiles, whatever the recipe says.",
    )
    @functools.wraps(function)
    def wrapped(
        *args: Any, options: Options, require_sandbox: bool, no_sandbox: bool, toolset: str, **kwargs: Any
    ) -> Any:
        if require_sandbox and no_sandbox:
            raise click.UsageError("--require-sandbox and --no-sandbox contradict each other")
        wish: Wish = "required" if require_sandbox else "off" if no_sandbox else "if-possible"
        return function(*args, options=dataclasses.replace(options, sandbox=wish, toolset=toolset), **kwargs)

    return wrapped


def acceptance_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Options of every command that may take files from an index; they become a part of ``options``, so this stands below ``host_options``."""

    @click.option(
        "--cooldown",
        type=click.IntRange(1, 3650),
        metavar="DAYS",
        help="Take only files that have been on their index for so many days; of this and the recipe the longer counts.",
    )
    @click.option(
        "--uploaded-before",
        metavar="DATE",
        callback=_moment,
        help="Take only files that were uploaded before this day (its beginning, UTC) or moment, such as 2027-06-30T12:00:00Z.",
    )
    @snapshots_option(
        "Take no version that is malware by this folder or zip of advisories (OSV), besides those that the recipe names."
    )
    @functools.wraps(function)
    def wrapped(
        *args: Any,
        options: Options,
        cooldown: int | None,
        uploaded_before: datetime.datetime | None,
        snapshots: tuple[Path, ...],
        **kwargs: Any,
    ) -> Any:
        from bundler.model.acceptance_rules import AcceptanceWish

        wish = AcceptanceWish(cooldown=cooldown, uploaded_before=uploaded_before, snapshots=snapshots)
        return function(*args, options=dataclasses.replace(options, acceptance=wish), **kwargs)

    return wrapped


def _moment(context: click.Context, parameter: click.Parameter, value: str | None) -> datetime.datetime | None:
    from bundler.model.moments import moment_of

    try:
        return moment_of(value) if value is not None else None
    except ValueError as error:
        raise click.BadParameter(str(error), context, parameter) from None


def _toolset(context: click.Context, parameter: click.Parameter, value: str) -> str:
    from bundler.model.recipe_texts import TOOLSET  # late: most commands compile nothing

    if value and not TOOLSET.fullmatch(value):
        raise click.BadParameter(f"{value!r} is not a version such as 14.44", context, parameter)
    return value


def address_check(*schemes: str) -> Callable[[click.Context, click.Parameter, Any], Any]:
    """A check that each address given begins with one of ``schemes``; a wrong one may hold credentials and isn't shown."""

    def check(context: click.Context, parameter: click.Parameter, value: Any) -> Any:
        given = value if isinstance(value, tuple) else (value,) if value is not None else ()
        from bundler.model.source import is_address

        if not all(re.match(f"({'|'.join(schemes)})://", each) and is_address(each) for each in given):
            known = ", ".join(f"{each}://…" for each in schemes)
            raise click.BadParameter(f"not a valid address: write {known}", ctx=context, param=parameter)
        return value

    return check


def reporter(*, quiet: bool) -> Reporter:
    from bundler.present.console import ConsoleReporter

    return ConsoleReporter(quiet=quiet)
