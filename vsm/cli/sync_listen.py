"""``vsm sync listen``: webhooks as hints that a source has changed."""

from __future__ import annotations

import click

from vsm.cli.base import Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.output import note
from vsm.cli.sync_run import sources_named
from vsm.model.errors import BadInput, EnvironmentProblem
from vsm.model.field_types import InvalidValue
from vsm.model.source import secret_reference

PORT = 8421


@click.command(
    cls=Verb,
    examples="""
vsm sync listen --secret github=env:GITHUB_WEBHOOK_SECRET
vsm sync listen --port 8421 --secret jira=file:jira-hook --secret shop=keyring:shop-hook
""",
)
@click.option(
    "--secret",
    "secrets",
    metavar="SOURCE=WHERE",
    multiple=True,
    required=True,
    help="Where the secret of a source's webhook is (env:, keyring:, file:); may be repeated.",
)
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, show_default=True)
@pass_context
def listen(work: CliContext, secrets: tuple[str, ...], port: int) -> None:
    """Listen for webhooks, to read changes at once.

    It listens on this computer alone, at http://127.0.0.1:PORT/SOURCE; put your proxy before it. A
    webhook is only a hint: what changed is asked of the service by vsm sync watch, which must run.
    """
    from vsm.connect.sync.listener import Hook, make_listener
    from vsm.connect.sync.run_folder import source_folder
    from vsm.connect.sync.secret import read_secret

    hooks: dict[str, Hook] = {}
    for text in secrets:
        name, _, place = text.partition("=")
        try:
            reference = secret_reference("--secret", place)
        except InvalidValue as error:
            raise BadInput(error.message, "write SOURCE=env:NAME") from None
        (source,) = sources_named(work, name)
        folder = source_folder(work.path, source.name)
        hooks[source.name] = Hook(read_secret(reference), folder)
    try:
        server = make_listener(hooks, port, note)
    except OSError as error:
        raise EnvironmentProblem(
            f"port {port} cannot be used: {error.strerror or error}", "choose another --port"
        ) from None
    note(f"listening at http://127.0.0.1:{server.server_address[1]}/ for {', '.join(hooks)}")
    try:
        server.serve_forever()
    finally:
        server.server_close()
