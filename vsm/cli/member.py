"""``vsm member``: who works here."""

from __future__ import annotations

import click

from vsm.cli.base import Noun
from vsm.cli.entity_verbs import add_verb, list_verb, remove_verb, set_verb
from vsm.model.entities import MEMBER

VERBS: dict[str, tuple[str, str]] = {
    "list": ("vsm.cli.member:list_members", "List the members and their teams."),
    "add": ("vsm.cli.member:add_member", "Add a member."),
    "set": ("vsm.cli.member:set_member", "Change name, initials or teams of a member."),
    "remove": ("vsm.cli.member:remove_members", "Remove members."),
    "alias": (
        "vsm.cli.member_alias:member_alias",
        "Note logins that a member has elsewhere, or list them.",
    ),
    "forget": (
        "vsm.cli.redaction:forget",
        "Take somebody's login and name out of the whole journal, for ever.",
    ),
    "import": ("vsm.cli.member_import:import_members", "Add and change members from a CSV file."),
}


@click.group(
    cls=Noun,
    verbs=VERBS,
    examples="""
vsm member add anna --name 'Anna Kern' --team core
vsm member set anna --add-team risk
vsm member import members.csv
vsm member alias anna akern@github
vsm member list --team core
""",
)
def member() -> None:
    """List, add, change, remove and import members.

    Items name their owner by login; cards show the owner's initials.
    """


list_members = list_verb(MEMBER, VERBS["list"][1], examples="vsm member list --team core --json")
add_member = add_verb(
    MEMBER,
    f"""{VERBS["add"][1]}

    Items name their owner by LOGIN.
    """,
    examples="""
vsm member add anna --name 'Anna Kern' --team core
vsm member add jm --name 'Jo Mair' --initials jo --team core --team risk
""",
)
set_member = set_verb(
    MEMBER,
    f"""{VERBS["set"][1]}

    --team replaces all teams; none removes them. A login cannot be changed: another login is
    another member.
    """,
    examples="""
vsm member set anna --name 'Anna Kern-Berg' --initials akb
vsm member set anna --team core --team risk
vsm member set anna --add-team risk --no-team core
vsm member set anna --team none
""",
)
remove_members = remove_verb(
    MEMBER,
    f"""{VERBS["remove"][1]}

    Items keep the login as their owner.
    """,
    examples="vsm member remove anna jm",
)
