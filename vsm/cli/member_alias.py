"""``vsm member alias``: logins that members have elsewhere, so that one person counts as one."""

from __future__ import annotations

import click

from vsm.cli.base import Verb
from vsm.cli.context import CliContext, pass_context, terminal_width
from vsm.cli.entity_verbs import names_of
from vsm.cli.json_views import entity_shape
from vsm.cli.options import complete_entity, json_option
from vsm.cli.output import emit, note, show
from vsm.cli.report_change import report
from vsm.model.command import AddEntity, Command, RemoveEntity
from vsm.model.entities import MEMBER
from vsm.model.errors import BadInput
from vsm.model.governance_entities import ALIAS


@click.command(
    cls=Verb,
    examples="""
vsm member alias anna akern@github anna.kern@gitlab
vsm member alias anna akern@github --remove
vsm member alias
""",
)
@click.argument(
    "login", metavar="[LOGIN]", required=False, shell_complete=complete_entity("member")
)
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option("--remove", "removes", is_flag=True, help="Remove these names.")
@json_option
@pass_context
def member_alias(
    work: CliContext, login: str | None, names: tuple[str, ...], removes: bool, as_json: bool
) -> None:
    """Note logins that a member has elsewhere, or list them.

    Controls compare people: whoever approves a change under another login than the one that
    wrote it is the same person, once the names are noted here.
    """
    aliases = work.reader.entities(ALIAS)
    member = work.find(MEMBER, login) if login is not None else None
    if member is None or not names:
        if removes:
            raise BadInput("no name is to be removed", "vsm member alias LOGIN NAME --remove")
        rows = [one for one in aliases if member is None or one.member == member.id]
        if as_json:
            emit([entity_shape(ALIAS, one, names_of(work, ALIAS)) for one in rows])
        elif not rows:
            note("No logins elsewhere are noted: vsm member alias LOGIN NAME")
        else:
            from vsm.report.lists import entity_lines

            show(entity_lines(ALIAS, rows, names_of(work, ALIAS), terminal_width()))
        return
    commands: list[Command] = []
    for name in dict.fromkeys(names):
        if removes:
            one = work.find(ALIAS, name)
            if one.member != member.id:
                raise BadInput(f"{one.name} is no alias of {member.login}", "vsm member alias")
            commands.append(RemoveEntity(ALIAS, one.id))
        else:
            commands.append(AddEntity(ALIAS, {"name": name, "member": member.id}))
    report(work, work.do(commands), as_json)
