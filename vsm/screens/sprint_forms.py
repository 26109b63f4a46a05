"""Forms and questions of the screen of sprints: plan, items, reason, start, close, verdict."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING

from vsm.model.command import (
    AddEntity,
    AddToSprint,
    CloseSprint,
    Command,
    JudgeSprint,
    RemoveFromSprint,
    StartSprint,
)
from vsm.model.dates import WORDS
from vsm.model.plural import count
from vsm.model.sprint import GoalVerdict, Measure, Sprint, SprintState
from vsm.model.sprint_entities import SPRINT
from vsm.model.sprint_ledger import Fate
from vsm.screens.change_form import ask, reads_day, today_of
from vsm.screens.dialogs import AskDialog, ConfirmDialog, PickDialog
from vsm.screens.forms import Values
from vsm.widgets.field import FieldSpec, Read
from vsm.widgets.pick_list import Row

if TYPE_CHECKING:
    from vsm.features.sprints.results import SprintDetail
    from vsm.model.item import Item
    from vsm.reader import Reader
    from vsm.screens.sprints import SprintsScreen

DAYS = 13
"""Days from the first to the last day where no sprint was planned before."""
ASKED_ONE_BY_ONE = 12
"""Most items that are asked for one by one when a sprint closes."""
BACKLOG, AS_ABOVE = "backlog", "as above"
NOBODY = "none"


async def _sprints(screen: SprintsScreen) -> list[Sprint]:
    stream = screen.stream.id
    return await screen.host.reading.call(lambda reader: reader.sprints_of(stream))


async def _sprint(screen: SprintsScreen, number: int) -> Sprint | None:
    return next((one for one in await _sprints(screen) if one.id == number), None)


async def _detail(screen: SprintsScreen, number: int) -> SprintDetail | None:
    from vsm.features.sprints.reading import read_sprint

    stream, now = screen.stream, screen.host.now()

    def read(reader: Reader) -> SprintDetail | None:
        return read_sprint(reader, stream, number, now, present=False)

    return await screen.host.reading.call(read)


def _notes(note: str) -> Read:
    """Take what is chosen as it is, with a note beside it."""
    return lambda text: (text, note)


async def plan_sprint(screen: SprintsScreen) -> None:
    """Ask for the plan of the next sprint; what is in the fields follows from the one before."""
    known = await _sprints(screen)
    teams = await screen.host.reading.call(lambda reader: reader.teams())
    before = max(known, key=lambda one: one.planned_end, default=None)
    today = today_of(screen)
    start, length = today, DAYS
    if before is not None:
        first, last = map(date.fromisoformat, (before.planned_start, before.planned_end))
        start, length = last + timedelta(days=1), (last - first).days
        while not screen.stream.calendar.works(start):
            start += timedelta(days=1)
    names = {team.name: team.id for team in teams}
    team = next((t.name for t in teams if before and t.id == before.team), NOBODY)
    measure = before.measure if before is not None else Measure.POINTS.value
    read = reads_day(today)
    fields = [
        FieldSpec("name", "Name", f"Sprint {len(known) + 1}"),
        FieldSpec("goal", "Goal", "", "what it is for, in one sentence"),
        FieldSpec("start", "First day", start.isoformat(), WORDS, read=read),
        FieldSpec(
            "end", "Last day", (start + timedelta(days=length)).isoformat(), WORDS, read=read
        ),
        FieldSpec("measure", "Counted in", measure, choices=tuple(map(str, Measure))),
        FieldSpec("team", "Team", team, choices=(NOBODY, *names)),
        FieldSpec("days", "Team-days", "", "days of work in it, all people together"),
    ]

    def command(values: Values) -> Command:
        return AddEntity(
            SPRINT,
            {
                "name": values["name"],
                "only": screen.stream.id,
                "goal": values["goal"],
                "planned_start": values["start"],
                "planned_end": values["end"],
                "measure": values["measure"],
                "team": names.get(values["team"]),
                "capacity_days": values["days"] or None,
                **({} if before is None else {"focus": before.focus, "grace": before.grace}),
            },
        )

    await ask(screen, f"Plan a sprint of {screen.stream.name}", fields, command)


def _find(key: str, reader: Reader) -> Item | None:
    return reader.find_key(key)


async def _reason(screen: SprintsScreen, one: Sprint, what: str) -> str | None:
    """Why the scope of an active sprint changes; empty for a planned one, ``None``: leave it."""
    if one.state is not SprintState.ACTIVE:
        return ""
    return await screen.app.push_screen_wait(
        AskDialog(
            what,
            f"{one.name} is active: this changes its scope. Why?",
            needed="a reason is needed; it is recorded with the change",
        )
    )


async def add_items(screen: SprintsScreen, number: int) -> None:
    """Add the items that are marked on the board, or those whose keys are typed."""
    one = await _sprint(screen, number)
    if one is None:
        return
    marked = list(screen.below.selection.marks)
    if not marked:
        text = await screen.app.push_screen_wait(
            AskDialog(
                f"Add to {one.name}",
                "Keys of items, with spaces between (or mark them on the board first)",
                needed="give the key of an item",
            )
        )
        if not text:
            return
        for key in text.replace(",", " ").split():
            item = await screen.host.reading.call(partial(_find, key))
            if item is None:
                screen.say(f"There is no item {key[:40]}", "warn")
                return
            marked.append(item.id)
    reason = await _reason(screen, one, f"Add {count(len(marked), 'item')} to {one.name}")
    if reason is None:
        return
    commands = [AddToSprint(item, number, reason) for item in marked]
    await screen.change(lambda session: session.do(*commands))


async def remove_item(screen: SprintsScreen, number: int) -> None:
    """Remove the item under the cursor."""
    one, item = await _sprint(screen, number), screen.item_under_cursor
    if one is None or item is None:
        screen.say("Open a sprint and choose an item first", "warn")
        return
    reason = await _reason(screen, one, f"Remove an item from {one.name}")
    if reason is None:
        return
    await screen.change(lambda session: session.do(RemoveFromSprint(item, number, reason)))


async def start_sprint(screen: SprintsScreen, number: int) -> None:
    """Show the commitment against estimates and capacity, and start."""
    from vsm.features.sprints.head import amount, check_lines, start_lines

    detail = await _detail(screen, number)
    if detail is None or detail.state is not SprintState.PLANNED:
        screen.say("Only a planned sprint can start", "warn")
        return
    total = f", {amount(detail.summary.started)} {detail.measure.unit}"
    lines = [
        f"Commitment: {count(detail.items, 'item')}"
        f"{total if detail.measure is not Measure.COUNT else ''}",
        *check_lines(detail),
    ]
    if not detail.items:
        lines = ["It has no open items. Start it empty?"]
    today = today_of(screen)
    lines += start_lines(detail.planned, today)
    others = [one for one in await _sprints(screen) if one.state is SprintState.ACTIVE]
    lines += [f"{other.name} is active too" for other in others]
    lines.append("\nWhat is in it now is committed to; nothing later changes that.")
    if await screen.app.push_screen_wait(ConfirmDialog(f"Start {detail.name}?", "\n".join(lines))):
        await screen.change(lambda session: session.do(StartSprint(number, not detail.items)))


async def close_sprint(screen: SprintsScreen, number: int) -> None:
    """Ask where what is left goes, all of it or item by item, and close."""
    detail = await _detail(screen, number)
    if detail is None or detail.state is not SprintState.ACTIVE:
        screen.say("Only an active sprint can be closed", "warn")
        return
    known = await _sprints(screen)
    targets = {one.name: one.id for one in known if one.is_open and one.id != number}
    left = [member for member in detail.members if member.fate == Fate.OPEN.value]
    keys = dict(detail.keys)
    planned = [one for one in known if one.state is SprintState.PLANNED]
    following = min(planned, key=lambda one: one.planned_start, default=None)
    fields = [
        FieldSpec(
            "all",
            "What is left",
            following.name if following is not None else BACKLOG,
            choices=(*targets, BACKLOG),
        )
    ]
    if len(left) <= ASKED_ONE_BY_ONE:
        fields += [
            FieldSpec(f"item{one.item}", keys[one.item], AS_ABOVE,
                      read=_notes(one.title), choices=(AS_ABOVE, *targets, BACKLOG))
            for one in left
        ]  # fmt: skip
    done = sum(member.fate == Fate.DONE.value for member in detail.members)
    about = f"{done} done, {len(left)} not. Items go into the sprint that you choose."
    if not targets:
        about = f"{done} done, {len(left)} not. No sprint is planned to carry them into (n)."

    today = today_of(screen)
    if today < detail.planned.end:
        early = count((detail.planned.end - today).days, "day")
        about += f" It ends {early} early."

    def command(values: Values) -> Command:
        apart = {
            one.item: targets.get(values[f"item{one.item}"])
            for one in left
            if values.get(f"item{one.item}", AS_ABOVE) != AS_ABOVE
        }
        return CloseSprint(number, targets.get(values["all"]), apart)

    await ask(screen, f"Close {detail.name}", fields, command, about)


async def judge_sprint(screen: SprintsScreen, number: int) -> None:
    """Ask whether the goal was met, and why that is so."""
    one = await _sprint(screen, number)
    if one is None or one.started_at is None:
        screen.say("The goal of a sprint is judged once it has started", "warn")
        return
    rows = [Row(str(verdict), str(verdict), "") for verdict in GoalVerdict]
    chosen = await screen.app.push_screen_wait(
        PickDialog(
            f"Goal: {one.goal or one.name}",
            lambda text: [row for row in rows if text.strip().casefold() in row.name],
            placeholder="met, partly or missed",
            keys="{list_up} {list_down}: choose · {confirm}: judge · {cancel}: cancel",
            tall=False,
        )
    )
    if not chosen:
        return
    note = await screen.app.push_screen_wait(
        AskDialog(f"Goal {chosen}", "What does that rest on? (may be empty)", value=one.goal_note)
    )
    if note is None:
        return
    verdict = GoalVerdict(chosen)
    await screen.change(lambda session: session.do(JudgeSprint(number, verdict, note)))
