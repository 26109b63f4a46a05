"""What can be done to teams and members."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from vsm.model import command as c
from vsm.model.errors import Refusal, RefusalCode
from vsm.model.team import Member, Team
from vsm.screens import organisation_fields as fields
from vsm.screens.forms import Form, Values
from vsm.screens.organisation_rows import count, owned

if TYPE_CHECKING:
    from vsm.screens.organisation import OrganisationDialog


class People:
    """Forms of teams and members, and their commands."""

    def __init__(self, screen: OrganisationDialog) -> None:
        self.screen = screen

    async def ask(self, form: Form) -> None:
        """Show a form, which saves by itself."""
        await self.screen.app.push_screen_wait(form)

    async def add_team(self) -> None:
        """A new team."""

        async def save(values: Values) -> Refusal | None:
            if not values.get("name"):
                return Refusal(RefusalCode.INVALID, "A team needs a name")
            return await self.screen.change(c.AddTeam(values["name"]))

        await self.ask(Form("New team", fields.team_fields(None)[:1], save))

    async def edit_team(self, team: Team) -> None:
        """Name, working days and days off of a team."""

        async def save(values: Values) -> Refusal | None:
            return await self.screen.change(c.SetTeam(team.id, values)) if values else None

        about = "Working days are for capacity only: ages and cycle times count every day."
        await self.ask(Form(f"Team {team.name}", fields.team_fields(team), save, about=about))

    async def remove_team(self, team: Team | None) -> None:
        """Take a team away; one that has something says what."""
        if team is None:
            return
        refused = await self.screen.change(c.RemoveTeam(team.id))
        if refused is None:
            return
        if refused.code is RefusalCode.IN_USE:
            org = self.screen.shown
            stages = [stage.name for _, stage in owned(team.id, org)]
            people = [member.name for member in org.members if team.id in member.teams]
            has = [f"the stages {', '.join(stages[:4])}"] if stages else []
            has += [count(len(people), "member")] if people else []
            what = " and ".join(has) or "items"
            refused = replace(refused, message=f"{team.name} has {what}")
        self.screen.refuse(refused)

    async def add_member(self) -> None:
        """Somebody new."""

        async def save(values: Values) -> Refusal | None:
            if not values.get("login"):
                return Refusal(
                    RefusalCode.INVALID, "A login is needed: it is what items name as owner"
                )
            return await self.screen.change(
                c.AddMember(
                    values["login"],
                    values.get("name", ""),
                    values.get("initials", ""),
                    values.get("teams", ()),
                )
            )

        teams = self.screen.shown.teams
        await self.ask(Form("New member", fields.member_fields(None, teams), save))

    async def edit_member(self, member: Member) -> None:
        """Name, initials and teams of a member."""

        async def save(values: Values) -> Refusal | None:
            return await self.screen.change(c.SetMember(member.id, values)) if values else None

        teams = self.screen.shown.teams
        await self.ask(
            Form(
                f"Member {member.name}",
                fields.member_fields(member, teams),
                save,
                about=f"Login: {member.login}. Items name it as their owner; it stays.",
            )
        )
