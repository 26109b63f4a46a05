"""Asks for a change of teams and shows what it would come to, on the screen of the teams."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from vsm.features.capacity.changes import (
    TeamChanges,
    continued,
    dated,
    parse_changes,
    read_changes,
)
from vsm.features.simulate.plans import save_team_plan
from vsm.model.dates import WORDS, read_day
from vsm.model.entities import PLAN
from vsm.model.errors import BadInput, Refusal, RefusalCode
from vsm.model.rules import local
from vsm.screens.forms import Form, Values
from vsm.widgets.date_text import long_day
from vsm.widgets.field import FieldSpec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vsm.model.pin import Plan
    from vsm.model.team import Team
    from vsm.screens.teams import TeamsScreen
    from vsm.session import ChangeGroup

NOBODY = ""
"""No donor: the people come from nowhere."""


async def ask_team_plan(screen: TeamsScreen) -> None:
    """Ask what is to be tried, and show it beside what is until Esc."""
    teams, plans = await screen.host.reading.call(
        lambda reader: (
            reader.teams(),
            [plan for plan in reader.entities(PLAN) if plan.only is None],
        )
    )
    if not teams:
        screen.say("There is no team yet", "warn")
        return
    today = local(screen.as_of, screen.stream.zone).date()
    saved: list[ChangeGroup] = []

    async def save(values: Values) -> Refusal | None:
        try:
            own, chosen = _changes(values, today), _saved(values.get("plan"), plans)
            if not own and not chosen:
                raise BadInput("nothing is tried yet", "give people, a hire or arrivals")
            changes = own.over(continued(chosen, today))
            name = values["save"] or ("" if own else values["plan"])
            tried = [read_changes(changes, _finder(teams), today, name)]
            other = _saved(values.get("against"), plans)
            if other:
                changes = continued(other, today)
                tried.append(read_changes(changes, _finder(teams), today, values["against"]))
        except BadInput as error:
            return Refusal(RefusalCode.INVALID, error.message, error.remedy)
        if values["save"]:
            try:
                command = await screen.host.reading.call(
                    lambda reader: save_team_plan(reader, values["save"], str(own.over(chosen)))
                )
            except BadInput as error:
                return Refusal(RefusalCode.INVALID, error.message, error.remedy)
            answer = await screen.below.writer.ask(lambda session: session.do(command))
            if isinstance(answer, Refusal):
                return answer
            saved.append(answer)
        screen.tried = tuple(tried)
        return None

    form = Form(
        "What if, for teams",
        _fields(screen, teams, plans, today),
        save,
        keys="{confirm} or {save}: try · {next_field}: next field · {cancel}: cancel",
        about="Nothing is changed but what is shown. Leave empty what is not to change.",
        whole=True,
    )
    if await screen.app.push_screen_wait(form):
        if saved:
            screen.below.writer.show_outcome(saved[0])
            screen.say(saved[0].label)
        screen.work_out()


def _saved(name: str | None, plans: Sequence[Plan]) -> TeamChanges:
    """The changes of the plan of a name; none where no plan is chosen."""
    plan = next((plan for plan in plans if plan.name == name), None)
    return TeamChanges() if plan is None else parse_changes(plan.options)


def _finder(teams: Sequence[Team]) -> Any:
    by_name = {team.name.casefold(): team for team in teams}

    def find(name: str) -> Team:
        team = by_name.get(name.casefold())
        if team is None:
            raise BadInput(f"there is no team {name!r}", "it may have been renamed: save it anew")
        return team

    return find


def _changes(values: Values, today: date) -> TeamChanges:
    """What was filled in, with dates."""
    team, start, end = values["team"], values["start"], values["end"]
    when = f"@{start}" if start else ""
    people = values["people"]
    if end and not people:
        raise BadInput("only people end on a day (To)", "give people, or leave To empty")
    rows = []
    if people:
        span = f"@{start or today}..{end}" if end else when
        rows.append(f"{team}={people}{span}")
        donor = values["donor"]
        if donor:
            sign = "-" if not people.startswith("-") else "+"
            rows.append(f"{donor}={sign}{people.lstrip('+-')}{span}")
    changes = TeamChanges(
        tuple(rows),
        (f"{team}={values['hire']}{when}",) if values["hire"] else (),
        (f"{team}={values['arrivals']}",) if values["arrivals"] else (),
    )
    return dated(changes, today)


def _fields(
    screen: TeamsScreen, teams: Sequence[Team], plans: Sequence[Plan], today: date
) -> list[FieldSpec]:
    def day(typed: str) -> tuple[Any, str]:
        if not typed.strip():
            return "", ""
        read = read_day(typed, today)
        return read.isoformat(), f"= {long_day(read)}"

    names = tuple(team.name for team in teams)
    current = screen.chosen_team
    first = [
        FieldSpec("plan", "Plan", "", choices=("", *(plan.name for plan in plans))),
        FieldSpec("against", "Against", "", choices=("", *(plan.name for plan in plans))),
    ]
    return [
        *(first if plans else []),
        FieldSpec("team", "Team", names[0] if current is None else current.name, choices=names),
        FieldSpec("people", "People", "", "such as: +1 or -0.5"),
        FieldSpec("donor", "From team", NOBODY, choices=(NOBODY, *names)),
        FieldSpec("hire", "Hire", "", "such as: 1, along a ramp of 8 weeks"),
        FieldSpec("start", "From", "", f"empty: today; {WORDS}", day),
        FieldSpec("end", "To", "", "empty: for good", day),
        FieldSpec("arrivals", "Arrivals", "", "of what they are: 120%"),
        FieldSpec("save", "Save as", "", "the name of a plan"),
    ]


async def open_people(screen: TeamsScreen, entity: str) -> None:
    """Open allocations, absences, interactions or hires in the organisation, then look anew."""
    from vsm.screens.board.stage_settings import open_organisation

    await open_organisation(screen.below, entity)
    screen.work_out()
