"""``bundle explain``"""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem

from bundler.cli.shared_options import json_option


def _complete(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    from bundler.present.explanations import explanations

    return [
        CompletionItem(each.reference, help=each.summary)
        for each in explanations().values()
        if each.reference.startswith(begun)
    ]


@click.command("explain", short_help="Explain an error or a warning by its reference.")
@click.argument("reference", required=False, shell_complete=_complete)
@json_option
def command(reference: str | None, *, as_json: bool) -> None:
    """Explain an error or a warning: what it means, its usual causes, what to do. Without REFERENCE: list all.

    The reference stands in brackets behind a message, such as [hash-mismatch].
    """
    from bundler.present import explanation_text
    from bundler.present.console import show_json
    from bundler.present.explanation_json import explain_output
    from bundler.present.explanations import explanation, explanations

    found = [explanation(reference)] if reference else list(explanations().values())
    if as_json:
        show_json(explain_output(found))
    elif reference:
        explanation_text.explained(found[0])
    else:
        explanation_text.explanation_list(found)
