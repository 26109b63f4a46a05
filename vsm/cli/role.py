"""``vsm role``: who may do what."""

from __future__ import annotations

from typing import Any

import click

from vsm.cli.base import Noun, Verb
from vsm.cli.context import CliContext, pass_context
from vsm.cli.entity_verbs import list_verb
from vsm.cli.options import complete_stream, json_option
from vsm.cli.report_change import report
from vsm.cli.times import day_in_words
from vsm.model.command import AddEntity, RemoveEntity, ReviewAccess
from vsm.model.entities import GRANT
from vsm.model.role import Role
from vsm.model.rules import local

VERBS: dict[str, tuple[str, str]] = {
    "list": ("vsm.cli.role:list_roles", "List who has which role."),
    "grant": ("vsm.cli.role:grant", "Give somebody a role."),
    "revoke": ("vsm.cli.role:revoke", "Take somebody's role away."),
    "review": ("vsm.cli.role:review", "Record that roles and keys were reviewed."),
}


@click.group(
    cls=Noun,
    verbs=VERBS,
    examples="""
vsm role grant anna coach
vsm role grant bo viewer --stream 'Card issuing' --until 2027-03-31
vsm role list
""",
)
def role() -> None:
    """List, grant, revoke and review roles.

    Until the first role is granted everybody may do everything. Whoever grants it is admin from
    then on, and everybody without a role is a member. On a file that people share roles are
    advice, since whoever may write the file can do anything to it; docs/roles.md says what each
    role may do and where roles bind.
    """


list_roles = list_verb(GRANT, VERBS["list"][1], empty="No roles yet: everybody may do everything")


@click.command(
    cls=Verb,
    examples="""
vsm role grant anna coach
vsm role grant agent:build-bot viewer
""",
)
@click.argument("login")
@click.argument("role", type=click.Choice([str(role) for role in Role]))
@click.option(
    "--stream", metavar="NAME", shell_complete=complete_stream, help="Only in this stream."
)
@click.option("--until", metavar="DATE", help="Up to this day (fri, +30d, 2027-03-31).")
@json_option
@pass_context
def grant(
    work: CliContext, login: str, role: str, stream: str | None, until: str | None, as_json: bool
) -> None:
    """Give somebody a role.

    It takes the place of the role that LOGIN has. Elsewhere than in the stream, and after the
    day, LOGIN is a member.
    """
    today = local(work.now, "UTC").date()
    values: dict[str, Any] = {
        "login": login,
        "role": role,
        "only": None if stream is None else work.stream(stream).id,
        "until": None if until is None else day_in_words(until, "--until", today).isoformat(),
    }
    report(work, work.do([AddEntity(GRANT, values)]), as_json)


@click.command(cls=Verb, examples="vsm role revoke anna")
@click.argument("login")
@json_option
@pass_context
def revoke(work: CliContext, login: str, as_json: bool) -> None:
    """Take somebody's role away.

    They are a member then.
    """
    report(work, work.do([RemoveEntity(GRANT, work.find(GRANT, login).id)]), as_json)


@click.command(
    cls=Verb,
    examples="""
vsm role list && vsm serve key list
vsm role review --note 'bo left: role and key revoked'
""",
)
@click.option("--note", metavar="TEXT", required=True, help="What came of it.")
@json_option
@pass_context
def review(work: CliContext, note: str, as_json: bool) -> None:
    """Record that roles and keys were reviewed.

    Look at vsm role list and vsm serve key list first, and take away what nobody needs. The log
    keeps who reviewed them when, how many there were, and the note; reports of vsm comply say when
    access was reviewed last.
    """
    from vsm.serve.keys import Keys

    keys = Keys.of(work.existing()).all()
    report(work, work.do([ReviewAccess(note, len(keys))]), as_json)
