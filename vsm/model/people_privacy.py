"""Decides which allocations and absences of others somebody may see.

Allocations are seen by those who may change teams (coach, PMO, admin) and by the member. That
somebody is away is seen by all, why by these and by members of the same team.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from vsm.model.allocation import Absence, Allocation
from vsm.model.errors import Refusal, RefusalCode
from vsm.model.people_entities import ABSENCE, ALLOCATION
from vsm.model.role import Right, Role, allows
from vsm.model.team import Member

HIDDEN = ""
"""In place of a kind of absence that somebody may not see."""


@dataclass(frozen=True, slots=True)
class Onlooker:
    """Whoever looks: as which ``member``, with which role.

    ``teams`` are those of each member at the moment of the role, though the past is looked at: who
    has left a team no longer sees why its members were away.
    """

    member: int | None
    teams: Mapping[int, tuple[int, ...]]
    sees_all: bool
    sees_team: bool

    def allocations(self, allocations: Iterable[Allocation]) -> list[Allocation]:
        """Those of these allocations that may be seen."""
        return [a for a in allocations if self.sees_all or a.member == self.member]

    def absences(self, absences: Iterable[Absence]) -> list[Absence]:
        """All of these absences; kinds that may not be seen are left out."""
        return [
            absence if self._sees_kind(absence) else replace(absence, absence_kind=HIDDEN)
            for absence in absences
        ]

    def refuse_journal(self, kinds: Iterable[str]) -> Refusal | None:
        """Why the whole journal, with events of these ``kinds``, may not be seen, if so."""
        private = {kind for entity in (ALLOCATION, ABSENCE) for kind in entity.kinds}
        if self.sees_all or private.isdisjoint(kinds):
            return None
        return Refusal(
            RefusalCode.ROLE,
            "the journal holds allocations and kinds of absences, which you may not see",
            "ask a coach, PMO or admin for it",
        )

    def _sees_kind(self, absence: Absence) -> bool:
        if self.sees_all:
            return True
        own = () if self.member is None else self.teams.get(self.member, ())
        if absence.member is None:
            return self.sees_team and absence.team in own
        if absence.member == self.member:
            return True
        return self.sees_team and not set(own).isdisjoint(self.teams.get(absence.member, ()))


def onlooker(
    login: str, members: Iterable[Member], role: Role, at_most: Role | None = None
) -> Onlooker:
    """Whoever has a login and a role, and may be no more than ``at_most`` in this session."""
    folded, members = login.casefold(), tuple(members)
    own = next((member for member in members if member.login.casefold() == folded), None)
    return Onlooker(
        None if own is None else own.id,
        {member.id: member.teams for member in members},
        allows(Right.MAP, role, at_most),
        allows(Right.ITEMS, role, at_most),
    )
