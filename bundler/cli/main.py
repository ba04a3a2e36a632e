"""The command ``bundle``: its commands in the order of use, each loaded when it is asked for."""

from __future__ import annotations

import importlib

import click

from bundler import __version__
from bundler.cli.exit_codes import EXIT_CODES

COMMANDS = (
    "init",
    "lock",
    "build",
    "inspect",
    "sign",
    "verify",
    "trust",
    "app-control",
    "diff",
    "why",
    "audit",
    "reproduce",
    "rehearse",
    "convert",
    "doctor",
    "explain",
    "schema",
    "completion",
)
"""Each is the function ``command`` of ``bundler.cli.commands.NAME_command``, with underscores for hyphens."""


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(f"bundler.cli.commands.{cmd_name.replace('-', '_')}_command").command
        return command if isinstance(command, click.Command) else None

    def invoke(self, ctx: click.Context) -> object:
        """As click's own, which doesn't say of an option without its value whose it is."""
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            command = self.get_command(ctx, ctx.invoked_subcommand or "")
            if error.ctx is None and command is not None:
                error.ctx = click.Context(command, info_name=ctx.invoked_subcommand, parent=ctx)
            raise

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click's own, which suggests only commands that are loaded."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-") and not ctx.resilient_parsing:
            import difflib

            near = difflib.get_close_matches(name, COMMANDS, 1)
            ctx.fail(f"No such command {name!r}." + (f" Did you mean {near[0]!r}?" if near else ""))
        return super().resolve_command(ctx, args)


_EPILOG = "\b\nExit codes:\n" + "\n".join(f"{each.code:5}  {each.meaning}" for each in EXIT_CODES)


@click.group(
    cls=_Commands, epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}
)
@click.version_option(__version__, prog_name="bundle", message="%(prog)s %(version)s")
def main() -> None:
    """Build one archive that installs a Python application on a machine with no network.

    \b
    bundle init                     write a recipe to start from
    bundle build recipes/X.toml     recipe -> one archive
    bootstrap.bat                   on the target, from the unpacked archive
    """  # noqa: D301 - click's mark for lines that are not wrapped is the character itself
