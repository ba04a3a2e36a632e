"""``bundle completion``"""

from __future__ import annotations

import click


@click.command("completion", short_help="Print the script that completes `bundle` in your shell.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(context: click.Context, shell: str) -> None:
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
    click.echo(kind(context.find_root().command, {}, "bundle", "_BUNDLE_COMPLETE").source())
