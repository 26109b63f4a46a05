"""Types of the teams of the made-up bank, and what is planned with their people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from vsm.demo.people import ALSO_IN, TEAMS
from vsm.model.dates import MONTHS
from vsm.model.entities import PIN
from vsm.model.entity import Entity
from vsm.model.people_entities import ABSENCE, ALLOCATION, HIRE, INTERACTION
from vsm.model.pin import Question, Source
from vsm.model.rules import to_micros

TEAM_FIELDS: dict[str, dict[str, str]] = {
    "Cards": {"type": "stream-aligned", "purpose": "Cards in the hands of customers, and safe."},
    "Risk": {
        "type": "enabling",
        "purpose": "Evidence that what we build holds the scheme's rules.",
        "service_level": "A first answer to a review within two working days.",
    },
    "Quality": {"type": "enabling", "purpose": "Teams that test what they build."},
    "Operations": {
        "type": "platform",
        "purpose": "Releases without surprises.",
        "service_level": "Releases on Tuesdays and Thursdays; incidents at once.",
    },
    "Mobile": {"type": "stream-aligned", "purpose": "The app that customers use every day."},
    "Onboarding": {"type": "stream-aligned", "purpose": "An account in five minutes."},
    "Ledger": {
        "type": "complicated-subsystem",
        "purpose": "Every booking exactly once.",
        "service_level": "Requests enter the intake of every second Tuesday.",
    },
    "Reliability": {"type": "platform", "purpose": "Systems that tell what is wrong with them."},
}

SKILLS = {
    "Risk": "controls, pci",
    "Quality": "test automation",
    "Operations": "releases",
    "Ledger": "bookings, java",
    "Reliability": "go, observability",
}
"""Skills of everybody in these teams, who are all allocated."""

FRACTIONS: dict[str, tuple[float, float]] = {
    "clara.stein": (0.6, 0.4),
    "emil.franke": (0.5, 0.5),
    "nils.ahrens": (0.7, 0.3),
    "oskar.bahr": (0.8, 0.0),
    "arno.thiel": (0.5, 0.0),
}
"""Fractions of members who are not wholly in their team: there, and in the other one."""


@dataclass(frozen=True, slots=True)
class PlanEntry:
    """What somebody records on a day: an entity, with names in place of ids."""

    on: date
    by: str
    entity: Entity[Any]
    values: Mapping[str, Any] = field(default_factory=dict)


def first_allocations(start: date) -> list[PlanEntry]:
    """The allocations that hold from the beginning on."""
    out = []
    for team, people in TEAMS.items():
        for login, _ in people:
            if team not in SKILLS and login not in FRACTIONS:
                continue
            share, rest = FRACTIONS.get(login, (1.0, 0.0))
            values = {"member": login, "start": start.isoformat(), "ramp_weeks": 0}
            own = {**values, "team": team, "fraction": share, "skills": SKILLS.get(team, "")}
            out.append(PlanEntry(start, "anna.kern", ALLOCATION, own))
            if rest:
                other = {**values, "team": ALSO_IN[login], "fraction": rest}
                out.append(PlanEntry(start, "anna.kern", ALLOCATION, other))
    return out


PREDICTIONS = (
    ("Risk", 62, 42, 0.7, "Since card issuing takes in a third more"),
    ("Ledger", 70, 50, 0.6, "Said in the quarterly review"),
    ("Cards", 12, -28, 0.6, "Tom is away for two weeks"),
)
"""Who is said to be saturated: the team, how long ago that was said and by which day before today
it was to be so, with which odds, and a note."""


def _prediction(today: date, team: str, said: int, by: int, odds: float, note: str) -> PlanEntry:
    """A kept prediction that a team is saturated."""
    until, on = today - timedelta(days=by), today - timedelta(days=said)
    name = f"{team}: saturated by {until.day} {MONTHS[until.month - 1]} {until.year} ({odds:.0%})"
    values = {
        "team": team,
        "name": name,
        "question": Question.SATURATION.value,
        "by": until.isoformat(),
        "odds": odds,
        "pinned_at": to_micros(datetime.combine(on, time(9), UTC)),
        "source": Source.PERSON.value,
        "note": note,
    }
    return PlanEntry(on, "anna.kern", PIN, values)


def later_plans(today: date) -> list[PlanEntry]:
    """What is planned in the last months, in the order of its days."""

    def day(ahead: int) -> str:
        return (today + timedelta(days=ahead)).isoformat()

    def entry(ago: int, by: str, entity: Entity[Any], **values: Any) -> PlanEntry:
        return PlanEntry(today - timedelta(days=ago), by, entity, values)

    year = today.year if today < date(today.year, 12, 21) else today.year + 1
    before, after = f"{year}-12-21", f"{year}-12-23"
    first, last = f"{year + 1}-01-04", f"{year + 1}-01-08"
    away = {"absence_kind": "leave"}
    plans = [
        entry(95, "petra.lang", INTERACTION, team="Quality", other="Mobile", mode="facilitating",
              until=day(40), purpose="Tests that the team writes itself"),
        entry(80, "anna.kern", INTERACTION, team="Cards", other="Risk", mode="collaboration",
              until=day(-12), purpose="Evidence of the controls without a meeting"),
        entry(75, "rosa.klein", INTERACTION, team="Ledger", other="Reliability",
              mode="x-as-a-service", purpose="Roll out of changes"),
        entry(47, "lena.okoro", HIRE, team="Risk", skills="controls, pci", state="signed",
              lead_weeks=12, start=day(50), need_by=day(30)),
        entry(40, "ulla.berg", HIRE, team="Ledger", skills="bookings, java", lead_weeks=14,
              need_by=day(120)),
        entry(33, "lena.okoro", ALLOCATION, team="Risk", member="piet.vos", fraction=0.6,
              start=day(36), end=day(36 + 181), skills="controls, pci", ramp_weeks=0),
        entry(30, "tom.ude", ABSENCE, member="tom.ude", start=day(22), end=day(35), **away),
        entry(26, "lena.okoro", ABSENCE, member="lena.okoro", start=before, end=after, **away),
        entry(25, "hugo.lenz", ABSENCE, member="hugo.lenz", start=first, end=last, **away),
        entry(24, "sara.lind", ABSENCE, member="sara.lind", start=before, end=last, **away),
        entry(21, "yuki.abe", ABSENCE, member="yuki.abe", start=day(-6), end=day(-4),
              absence_kind="training"),
        entry(20, "petra.lang", ABSENCE, team="Quality", start=day(17), end=day(17),
              absence_kind="training"),
        entry(18, "ines.roth", ABSENCE, member="ines.roth", start=day(1), end=day(60),
              absence_kind="other", fraction=0.2),
    ]  # fmt: skip
    plans += [_prediction(today, *kept) for kept in PREDICTIONS]
    return sorted(plans, key=lambda plan: plan.on)
