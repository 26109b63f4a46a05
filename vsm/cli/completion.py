"""``vsm completion``: shell completion of verbs, options, streams, stages, teams and keys."""

from __future__ import annotations

import click

from vsm.cli.base import Verb


@click.command(
    cls=Verb,
    examples="""
vsm completion bash > ~/.local/share/bash-completion/completions/vsm
vsm completion zsh > ~/.zfunc/_vsm      with fpath+=~/.zfunc before compinit
vsm completion fish > ~/.config/fish/completions/vsm.fish
""",
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion script for a shell.

    It completes verbs and options, and from the database names of streams, stages and teams
    and the keys of items.
    """
    from click.shell_completion import get_completion_class

    made = get_completion_class(shell)
    assert made is not None
    root = ctx.find_root()
    click.echo(made(root.command, {}, "vsm", "_VSM_COMPLETE").source())
