"""The sprints of the app team in the demo: two weeks each, with all that happens to real ones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import Enum
from typing import NamedTuple

from vsm.demo.calendar import moment, working_days
from vsm.demo.people import TEAMS
from vsm.demo.plan import APP
from vsm.features.sprints.reading import read_sprint
from vsm.model import command as c
from vsm.model.sprint import GoalVerdict, Measure, Sprint, SprintState
from vsm.model.sprint_entities import SPRINT
from vsm.reader import Reader

CLOSED = 6
"""Closed sprints; before them the team planned on paper."""
WEEKS = 2
FOCUS = 0.7
OWNER, TEAM = TEAMS["Mobile"][0][0], "Mobile"
"""Who plans the sprints, and whose they are."""
GOALS = (
    "Freeze a card from the app",
    "Sign in without a password",
    "Spending by category",
    "Refunds show within a minute",
    "Accessible payment screens",
    "Limits that customers set themselves",
    "Push messages that can be trusted",
    "Statements as PDF",
)
URGENT = ("asked for by the app store review", "incident follow-up", "promised to customer care")
SIZES = (3.0, 5.0, 2.0, 5.0, 3.0, 8.0)
"""What the team estimates in a planning; whoever builds an item knows better."""
TOO_MUCH = ("waits for Core", "larger than it looked", "the design is not settled")


class What(Enum):
    """What happens to a sprint on a day."""

    TURN = "the last one is closed, the next one starts"
    RE_ESTIMATE = "somebody learns how large an item is"
    ADD = "something urgent comes in"
    REMOVE = "something is taken out"


class Step(NamedTuple):
    """What happens after a moment in the n-th sprint, which begins on a Monday."""

    at: datetime
    what: What
    n: int
    monday: date


def steps(today: date) -> list[Step]:
    """All that happens to sprints up to the day before ``today``, the earliest first."""
    first = today - timedelta(weeks=WEEKS * (CLOSED + 2))
    days = working_days(first, today)
    mondays = [d for d in days if d.weekday() == 0 and d.isocalendar().week % 2 == 0]
    out: list[Step] = []
    for n, monday in enumerate(mondays[-CLOSED - 1 :]):
        out.append(Step(moment(monday, 7), What.TURN, n, monday))
        later = [day for day in days if monday < day < monday + timedelta(weeks=WEEKS)]
        for place, what in ((1, What.RE_ESTIMATE), (3, What.ADD), (4, What.REMOVE)):
            if place < len(later) and (what is not What.REMOVE or n % 2 == 0):
                out.append(Step(moment(later[place], 9), what, n, monday))
    return sorted(out, key=lambda step: step.at)


def _sized(items: Sequence[int]) -> list[c.EditItem]:
    return [c.EditItem(i, {"estimate": SIZES[i % len(SIZES)]}) for i in items]


def _plan(stream: int, team: int, n: int, monday: date) -> c.AddEntity:
    return c.AddEntity(
        SPRINT,
        {
            "name": f"Sprint {n + 1}",
            "only": stream,
            "team": team,
            "goal": GOALS[n % len(GOALS)],
            "planned_start": monday.isoformat(),
            "planned_end": (monday + timedelta(days=7 * WEEKS - 3)).isoformat(),
            "measure": Measure.POINTS.value,
            "capacity_days": float(len(TEAMS[TEAM]) * 5 * WEEKS),
            "focus": FOCUS,
        },
    )


class SprintRun:
    """Turns the steps into commands, from what the database holds at that moment."""

    def __init__(self, stream: int, team: int, stages: dict[tuple[str, str], int]) -> None:
        self._stream, self._team = stream, team
        names = [station.name for station in APP.stations if not station.category.ended]
        self._backlog, *self._work = [stages[APP.code, name] for name in names]

    def commands(self, reader: Reader, step: Step, now: int) -> list[c.Command]:
        """What is done at a step; nothing where there is nothing to do it to."""
        known = reader.sprints_of(self._stream)
        if step.what is What.TURN:
            return self._turn(reader, step, known, now)
        active = next((one for one in known if one.state is SprintState.ACTIVE), None)
        if active is None:
            return []
        inside = self._members(reader, active)
        if step.what is What.ADD:
            fresh = sorted(reader.items_in(self._work) - set(inside))
            others = fresh or sorted(reader.items_in([self._backlog]) - set(inside))
            facts = reader.item_facts(others)
            urgent = [i for i in others if facts[i].estimate][-1:] or others[-1:]
            why = URGENT[step.n % len(URGENT)]
            sized = _sized([i for i in urgent if facts[i].estimate is None])
            return [*sized, *(c.AddToSprint(i, active.id, why) for i in urgent)]
        if step.what is What.REMOVE:
            waiting = [i for i in inside if i in reader.items_in(self._work[:2])]
            why = TOO_MUCH[step.n % len(TOO_MUCH)]
            return [c.RemoveFromSprint(i, active.id, why) for i in waiting[-1:]]
        going = [i for i in inside if i in reader.items_in(self._work[1:])]
        facts = reader.item_facts(going)
        sizes = [(i, size) for i in going if (size := facts[i].estimate)]
        return [c.EditItem(i, {"estimate": size + 2}) for i, size in sizes[:1]]

    def _members(self, reader: Reader, one: Sprint) -> list[int]:
        """The items in a sprint that are not over."""
        still = reader.items_in([self._backlog, *self._work])
        return [r.item for r in reader.sprint_records(one.id)
                if r.item in still and r.stays and r.stays[-1].left is None]  # fmt: skip

    def _turn(
        self, reader: Reader, step: Step, known: Sequence[Sprint], now: int
    ) -> list[c.Command]:
        """Close the active sprint into the planned one, judge it, start, and plan another."""
        commands: list[c.Command] = []
        number = len(known) + 1
        planned = next((s.id for s in known if s.state is SprintState.PLANNED), None)
        if planned is None:
            commands.append(_plan(self._stream, self._team, number - 1, step.monday))
            planned, number = number, number + 1
        inside: set[int] = set()
        for one in known:
            if one.state is SprintState.ACTIVE:
                commands.append(c.CloseSprint(one.id, planned))
                commands.append(self._judge(reader, one, now))
                inside = set(self._members(reader, one))
        fresh = sorted(reader.items_in(self._work) - inside)
        commands += [c.AddToSprint(item, planned) for item in fresh]
        facts = reader.item_facts([*inside, *fresh])
        commands += _sized([i for i in (*sorted(inside), *fresh) if facts[i].estimate is None])
        following = step.monday + timedelta(weeks=WEEKS)
        commands.append(c.StartSprint(planned, empty=True))
        commands.append(_plan(self._stream, self._team, number - 1, following))
        return commands

    def _judge(self, reader: Reader, one: Sprint, now: int) -> c.JudgeSprint:
        stream = next(s for s in reader.all_streams() if s.id == self._stream)
        result = read_sprint(reader, stream, one.id, now, present=False)
        share = (result.say_do if result is not None else None) or 0.0
        if share >= 0.6:
            return c.JudgeSprint(one.id, GoalVerdict.MET)
        if share >= 0.35:
            return c.JudgeSprint(one.id, GoalVerdict.PARTLY, "live for half of the customers")
        return c.JudgeSprint(one.id, GoalVerdict.MISSED, "what it needed came too late")

    def fill_next(self, reader: Reader) -> list[c.Command]:
        """Put the first items of the backlog into the sprint that is planned."""
        known = reader.sprints_of(self._stream)
        planned = [one for one in known if one.state is SprintState.PLANNED]
        ideas = sorted(reader.items_in([self._backlog]))[:5]
        free = [i for i in ideas if not any(i in self._members(reader, one) for one in known)]
        if not planned:
            return []
        return [*(c.AddToSprint(item, planned[0].id) for item in free), *_sized(free[:3])]
