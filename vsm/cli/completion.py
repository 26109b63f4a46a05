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
def completion(shell: str) -> None:
    """Print the completion script for a shell.

    It completes verbs, options and, from the database, the names of streams, stages and teams
    and the keys of items. Names are quoted, so the shell cannot run anything in them.
    """
    from vsm.cli.completion_scripts import SCRIPTS

    click.echo(SCRIPTS[shell], nl=False)
