"""Asks for a change of teams and shows what it would come to, on the screen of the teams."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from vsm.features.capacity.changes import TeamChanges, Tried, parse_changes, read_changes
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
            changes = _changes(values, plans)
            tried = read_changes(changes, _finder(teams), today, values["save"] or "")
            if not changes:
                raise BadInput("nothing is tried yet", "give people, a hire or arrivals")
        except BadInput as error:
            return Refusal(RefusalCode.INVALID, error.message, error.remedy)
        if values["save"]:
            try:
                command = await screen.host.reading.call(
                    lambda reader: save_team_plan(reader, values["save"], str(changes))
                )
            except BadInput as error:
                return Refusal(RefusalCode.INVALID, error.message, error.remedy)
            answer = await screen.below.writer.ask(lambda session: session.do(command))
            if isinstance(answer, Refusal):
                return answer
            saved.append(answer)
        screen.tried = _all_tried(tried, values, plans, teams, today)
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


def _all_tried(
    tried: Tried, values: Values, plans: Sequence[Plan], teams: Sequence[Team], today: date
) -> tuple[Tried, ...]:
    """What is tried, beside the plan that it is compared with."""
    other = next((plan for plan in plans if plan.name == values.get("against")), None)
    if other is None:
        return (tried,)
    changes = parse_changes(other.options)
    return tried, read_changes(changes, _finder(teams), today, other.name)


def _finder(teams: Sequence[Team]) -> Any:
    by_name = {team.name.casefold(): team for team in teams}

    def find(name: str) -> Team:
        team = by_name.get(name.casefold())
        if team is None:
            raise BadInput(f"there is no team {name!r}", "it may have been renamed: save it anew")
        return team

    return find


def _changes(values: Values, plans: Sequence[Plan]) -> TeamChanges:
    """What was filled in, on top of the plan."""
    team, start, end = values["team"], values["start"], values["end"]
    when = f"@{start}" if start else ""
    people = values["people"]
    rows = []
    if people:
        span = f"{when}..{end}" if when and end else when
        rows.append(f"{team}={people}{span}")
        donor = values["donor"]
        if donor:
            sign = "-" if not people.startswith("-") else "+"
            rows.append(f"{donor}={sign}{people.lstrip('+-')}{span}")
    own = TeamChanges(
        tuple(rows),
        (f"{team}={values['hire']}{when}",) if values["hire"] else (),
        (f"{team}={values['arrivals']}",) if values["arrivals"] else (),
    )
    chosen = next((plan for plan in plans if plan.name == values.get("plan")), None)
    return own if chosen is None else own.over(parse_changes(chosen.options))


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
