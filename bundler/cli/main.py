"""The command line: arguments in, results out; the only place that catches our errors and the only one that exits."""

from __future__ import annotations

import functools
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bundler import __version__
from bundler.errors import HostError
from bundler.pack.forms import FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bundler.pipeline import Options

_EPILOG = """\b
Exit codes: 0 done, 1 a fault of the product, 2 wrong input, 3 nothing satisfies the requirements,
4 network, 5 bytes are not what they should be, 6 something can't be built, 7 this host lacks something,
130 interrupted.
"""


class _Folder(click.Path):
    """A folder that may be made; ``--store=~/x`` is left to us by shells.

    An empty one is a variable that somebody forgot to set, and not the current folder.
    """

    def __init__(self) -> None:
        super().__init__(path_type=Path, file_okay=False)

    def convert(self, value: Any, parameter: click.Parameter | None, context: click.Context | None) -> Any:
        if value == "":
            self.fail("the name of the folder is empty", parameter, context)
        return super().convert(os.path.expanduser(value), parameter, context)  # noqa: PTH111 - a stranger's is no error


RECIPE = click.Path(path_type=Path)
BUNDLE = click.Path(path_type=Path)
FOLDER = _Folder()


class _Main(click.Group):
    """Lists commands in the order of use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(self.commands)


@click.group(
    cls=_Main, epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}
)
@click.version_option(__version__, prog_name="bundle", message="%(prog)s %(version)s")
def main() -> None:
    """Build one archive that installs a Python application on a machine with no network.

    \b
    bundle init                     write a recipe to start from
    bundle build recipes/X.toml     recipe -> one archive
    bootstrap.bat                   on the target, from the unpacked archive
    """  # noqa: D301 - click's mark for lines that are not wrapped is the character itself


def run(arguments: Sequence[str]) -> int:
    """Run one command line; gives the exit code."""
    for name in ("stdout", "stderr"):  # a service may start us without them
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - to the end of all
    try:
        code = int(main.main(list(arguments), prog_name="bundle", standalone_mode=False) or 0)
        sys.stdout.flush()
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return error.exit_code
    except SystemExit as stop:
        if stop.code != 1:
            raise
        _give_up_output()  # click ends so when nobody reads the output
        return _PIPE_CLOSED
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - nobody is helped by a bare traceback
        from bundler.cli.errors_of_commands import told
        from bundler.present.console import show_error

        failure = told(error)
        try:
            show_error(failure, as_json="--json" in arguments)
            sys.stdout.flush()
        except OSError:
            _give_up_output()
        return failure.exit_code
    return code


_PIPE_CLOSED = 141
"""What a shell reports for a command whose output nobody reads any more."""


def _give_up_output() -> None:
    """Nobody reads our output (`| head` has seen enough), or it fills a disk: what is buffered must not complain at the end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _address(*schemes: str) -> Callable[[click.Context, click.Parameter, Any], Any]:
    """A check that each address given begins with one of ``schemes``; a wrong one may hold credentials and isn't shown."""

    def check(context: click.Context, parameter: click.Parameter, value: Any) -> Any:
        given = value if isinstance(value, tuple) else (value,) if value is not None else ()
        from bundler.model.source import is_address

        if not all(re.match(f"({'|'.join(schemes)})://", each) and is_address(each) for each in given):
            known = ", ".join(f"{each}://…" for each in schemes)
            raise click.BadParameter(f"that is no address: write {known}", ctx=context, param=parameter)
        return value

    return check


def _json_option(function: Callable[..., Any]) -> Callable[..., Any]:
    return click.option("--json", "as_json", is_flag=True, help="Print data for machines instead of text for people.")(
        function
    )


def _host_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Options of every command that may fetch something."""

    @click.option(
        "--index",
        "indexes",
        multiple=True,
        metavar="URL",
        callback=_address("https", "http", "file"),
        help="Use this index and not the one pip is configured to use.",
    )
    @click.option(
        "--python-mirror",
        metavar="URL",
        callback=_address("https", "http", "file"),
        help="A mirror of python.org's tree of installers.  [env: BUNDLE_PYTHON_MIRROR]",
    )
    @click.option(
        "--store",
        type=FOLDER,
        help="Where fetched files are kept.  [env: BUNDLE_STORE]",
    )
    @click.option(
        "--ca-file",
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        help="Authorities (PEM) that TLS trusts.",
    )
    @click.option(
        "--proxy",
        metavar="URL",
        callback=_address("https", "http"),
        help="Go through this proxy.  [env: HTTPS_PROXY, HTTP_PROXY]",
    )
    @click.option(
        "--signer-ca",
        "signer_roots",
        multiple=True,
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        help="A further authority (PEM) that may vouch for a signed runtime.",
    )
    @click.option("-q", "--quiet", is_flag=True, help="No progress; warnings and errors only.")
    @functools.wraps(function)
    def wrapped(
        *args: Any,
        indexes: tuple[str, ...],
        python_mirror: str | None,
        store: Path | None,
        ca_file: Path | None,
        proxy: str | None,
        signer_roots: tuple[Path, ...],
        quiet: bool,
        **kwargs: Any,
    ) -> Any:
        from bundler.pipeline import Options

        options = Options(
            indexes=indexes,
            mirror=python_mirror,
            store=store,
            ca_file=ca_file,
            proxy=proxy,
            signer_roots=signer_roots,
            environ=dict(os.environ),
        )
        return function(*args, options=options, quiet=quiet, **kwargs)

    return wrapped


@main.command()
@click.argument("recipe", type=RECIPE, required=False)
@click.option(
    "--from",
    "origin",
    type=click.Path(path_type=Path, exists=True),
    help="A pyproject.toml or a requirements file to begin with.",
)
@click.option("--name", help="The bundle's name; the recipe's file name otherwise.")
@click.option("--python", default="3.13.13", show_default=True, help="The target's Python, x.y.z.")
@click.option("--platform", default="win_amd64", show_default=True, help="The target's platform tag.")
@click.option("--force", is_flag=True, help="Replace a recipe that is there.")
def init(
    recipe: Path | None, origin: Path | None, name: str | None, python: str, platform: str, *, force: bool
) -> None:
    """Write a commented recipe to start from."""
    import shlex
    import subprocess

    from bundler.pipeline.new_recipe import write_recipe
    from bundler.present.console import show

    path = write_recipe(recipe, origin=origin, name=name, python=python, platform=platform, force=force)
    show(f"wrote {path}")
    typed = subprocess.list2cmdline([str(path)]) if os.name == "nt" else shlex.quote(str(path))
    show(f"next: read it, then run `bundle build {typed}`")


@main.command(short_help="Resolve a recipe and write its locks beside it.")
@click.argument("recipe", type=RECIPE)
@click.option("--upgrade", is_flag=True, help="Take the newest versions allowed, whatever the lock says.")
@click.option("--upgrade-package", "upgraded", multiple=True, metavar="NAME", help="The same for one package.")
@click.option("--why", metavar="NAME", help="Show every file of a package and why it is or isn't taken; locks nothing.")
@_json_option
@_host_options
def lock(
    recipe: Path,
    upgraded: tuple[str, ...],
    why: str | None,
    options: Options,
    *,
    upgrade: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Resolve a recipe for its targets and write the locks beside it (PEP 751)."""
    from bundler.pipeline import lock_recipe, open_session, why_files
    from bundler.present import results as present

    with open_session(options, _reporter(quiet=quiet or as_json)) as session:
        if why is not None:
            present.files(*why_files(session, recipe, why), as_json=as_json)
            return
        outcomes = lock_recipe(session, recipe, upgrade=upgrade, upgraded=upgraded)
    present.locks(outcomes, as_json=as_json)


@main.command(short_help="Lock if needed, fetch, convert and pack.")
@click.argument("recipe", type=RECIPE)
@click.option(
    "--format",
    "archive",
    type=click.Choice(list(FORMATS)),
    default=next(iter(FORMATS)),
    show_default=True,
    help="What to write.",
)
@click.option(
    "-o",
    "--output",
    type=FOLDER,
    default=Path("build/out"),
    show_default=True,
    help="The folder that gets the archive.",
)
@click.option(
    "--target",
    "slugs",
    multiple=True,
    metavar="X.Y.Z-PLATFORM",
    help="Build for these targets only, such as 3.11.9-win_amd64.",
)
@click.option("--locked", is_flag=True, help="Fail where the lock is missing or stale instead of locking.")
@_json_option
@_host_options
def build(
    recipe: Path,
    archive: str,
    output: Path,
    slugs: tuple[str, ...],
    options: Options,
    *,
    locked: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Lock if needed, fetch, convert and pack: one archive for each target of a recipe."""
    from bundler.pipeline import build_recipe, open_session
    from bundler.present import results as present

    with open_session(options, _reporter(quiet=quiet or as_json)) as session:
        built = build_recipe(session, recipe, output=output, archive=archive, slugs=slugs, locked=locked)
    present.bundles(built, as_json=as_json)


@main.command(short_help="Show what is inside a bundle, and where it came from.")
@click.argument("bundle", type=BUNDLE)
@_json_option
def inspect(bundle: Path, *, as_json: bool) -> None:
    """Show what is inside a bundle: runtime, packages, licences, sizes, and where each came from."""
    from bundler.pack.inspection import bundle_contents
    from bundler.pack.reading import open_bundle
    from bundler.present import results as present

    present.inspection(bundle_contents(open_bundle(bundle).manifest), as_json=as_json)


@main.command(short_help="Check every byte of a bundle.")
@click.argument("bundle", type=BUNDLE)
@_json_option
@click.option("-q", "--quiet", is_flag=True, help="No progress; errors only.")
def verify(bundle: Path, *, as_json: bool, quiet: bool) -> None:
    """Check every byte of a bundle against its sums and its manifest, and that nothing else is in it."""
    from bundler.pack.verify import verify_bundle
    from bundler.present import results as present

    present.verified(bundle, verify_bundle(bundle, _reporter(quiet=quiet or as_json)), as_json=as_json)


@main.command(short_help="Make a wheel of a legacy installer.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=FOLDER,
    default=Path("build/out"),
    show_default=True,
    help="The folder that gets the wheel.",
)
@click.option("--python", metavar="X.Y", help="The Python that it is for, where the installer doesn't tell.")
@click.option("--platform", metavar="TAG", help="The same for the platform: win32 or win_amd64.")
@_json_option
@click.option("-q", "--quiet", is_flag=True, help="No progress; warnings and errors only.")
def convert(file: Path, output: Path, python: str | None, platform: str | None, *, as_json: bool, quiet: bool) -> None:
    """Make a wheel of a legacy installer: bdist_wininst .exe, bdist_msi .msi, .egg. None of its code runs."""
    from bundler.legacy import convert_installer
    from bundler.pipeline.session import source_date_epoch
    from bundler.present import results as present

    moment = source_date_epoch(os.environ)
    epoch = int(moment.timestamp()) if moment else 0  # the earliest that a wheel can hold: the same bytes always
    reporter = _reporter(quiet=quiet or as_json)
    found = convert_installer(file, folder=output, python=python, platform=platform, epoch=epoch, reporter=reporter)
    present.converted(found, as_json=as_json)


@main.command(short_help="Say whether this host can build, and how to mend it.")
@click.argument("recipe", type=RECIPE, required=False)
@_json_option
@_host_options
def doctor(recipe: Path | None, options: Options, *, as_json: bool, quiet: bool) -> None:
    """Say whether this host can build (that recipe), and how to mend what is missing."""
    from bundler.doctor import examine
    from bundler.pipeline import open_session
    from bundler.present import results as present

    with open_session(options, _reporter(quiet=quiet or as_json)) as session:
        findings = examine(session, recipe)
    present.findings(findings, as_json=as_json)
    if any(each.verdict == "bad" for each in findings):
        raise click.exceptions.Exit(HostError.exit_code)


@main.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the script that completes `bundle` in your shell.

    \b
    bash:  eval "$(bundle completion bash)"      (in ~/.bashrc)
    zsh:   eval "$(bundle completion zsh)"       (in ~/.zshrc)
    fish:  bundle completion fish | source       (in ~/.config/fish/config.fish)
    """  # noqa: D301
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    if kind is None:
        raise click.ClickException(f"there is no completion for {shell}")
    click.echo(kind(main, {}, "bundle", "_BUNDLE_COMPLETE").source())


def _reporter(*, quiet: bool) -> Any:
    from bundler.present.console import ConsoleReporter

    return ConsoleReporter(quiet=quiet)
