"""Forms of objectives: edit, close, remove, key results and their values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vsm.model.command import AddEntity, ChangeEntity, Command, RemoveEntity
from vsm.model.dates import WORDS
from vsm.model.errors import Refusal, RefusalCode
from vsm.model.field_types import fraction_text
from vsm.model.portfolio import Horizon, IndicatorRole, Objective
from vsm.model.portfolio_entities import INDICATOR, INITIATIVE, OBJECTIVE
from vsm.screens.change_form import ask, reads_day, today_of
from vsm.screens.dialogs import ConfirmDialog
from vsm.screens.forms import Values
from vsm.screens.portfolio_forms import ask_reading, known
from vsm.widgets.field import FieldSpec

if TYPE_CHECKING:
    from vsm.model.entity import Entity
    from vsm.screens.report_screen import ReportScreen

NONE = "none"


async def objective_of(screen: ReportScreen, number: int) -> Objective | None:
    """An objective as it is now."""
    return next((one for one in await known(screen, OBJECTIVE) if one.id == number), None)


async def edit_objective(screen: ReportScreen, number: int) -> None:
    """Ask for changes of an objective."""
    every = await known(screen, OBJECTIVE)
    one = next((one for one in every if one.id == number), None)
    if one is None:
        return
    day = reads_day(today_of(screen))
    others = {other.name: other.id for other in every if other.id != number}
    parent = next((name for name, other in others.items() if other == one.parent), NONE)
    share = "" if one.share is None else fraction_text(one.share)
    fields = [
        FieldSpec("name", "Name", one.name),
        FieldSpec("about", "About", one.about, "what will be different", lines=2),
        FieldSpec("horizon", "Horizon", one.horizon, choices=tuple(map(str, Horizon))),
        FieldSpec("share", "Intended", share, "share of all work: 40%"),
        FieldSpec("owner", "Owner", one.owner or "", "login of who answers for it"),
        FieldSpec("first", "From", one.first or "", WORDS, read=day),
        FieldSpec("last", "Until", one.last or "", WORDS, read=day),
        FieldSpec("parent", "Part of", parent, choices=(NONE, *others)),
        FieldSpec("closed", "Closed", "yes" if one.closed else "no", choices=("no", "yes")),
    ]

    def command(values: Values) -> Command:
        changes: dict[str, Any] = {name: values[name] for name in ("name", "about", "horizon")}
        changes |= {name: values[name] or None for name in ("share", "owner", "first", "last")}
        changes |= {"parent": others.get(values["parent"]), "closed": values["closed"]}
        return ChangeEntity(OBJECTIVE, number, changes)

    await ask(screen, f"Edit {one.name}", fields, command)


async def add_key_result(screen: ReportScreen, number: int) -> None:
    """Ask for a new key result of an objective."""
    one = await objective_of(screen, number)
    if one is None:
        return
    today = today_of(screen)
    day = reads_day(today)
    fields = [
        FieldSpec("name", "Name", "", "what is measured"),
        FieldSpec("start", "From value", "0"),
        FieldSpec("target", "To value", "", "where it is to be"),
        FieldSpec("first", "From", one.first or today.isoformat(), WORDS, read=day),
        FieldSpec("last", "Until", one.last or "", WORDS, read=day),
        FieldSpec("unit", "Unit", ""),
    ]

    def command(values: Values) -> Command:
        role = IndicatorRole.KEY_RESULT.value
        return AddEntity(INDICATOR, {**values, "role": role, "objective": number})

    await ask(screen, f"Add a key result to {one.name}", fields, command)


async def read_key_result(screen: ReportScreen, number: int) -> None:
    """Ask for the value of a key result."""
    one = await objective_of(screen, number)
    own = {i.name: i.id for i in await known(screen, INDICATOR) if i.objective == number}
    if one is None:
        return
    if not own:
        screen.say(screen.keys("It has no key result yet: {add_indicator} adds one"), "warn")
        return
    await ask_reading(screen, f"Read a key result of {one.name}", own)


async def remove_objective(screen: ReportScreen, number: int) -> None:
    """Remove an objective; of one that has something, ask whether to close it."""
    one = await objective_of(screen, number)
    if one is None:
        return
    refused = await _remove(screen, OBJECTIVE, number, one.name)
    if refused is None:
        return
    if refused.code is not RefusalCode.IN_USE or one.closed:
        screen.say(refused.sentences, "warn")
        return
    question = ConfirmDialog(
        f"Close {one.name} in place of it?",
        f"{refused.message}, so it stays on record. Closed it gets no new work, and initiatives"
        " that serve nothing else are asked about.",
        "{answer_yes} or {confirm}: close it · {cancel}: cancel",
    )
    if await screen.app.push_screen_wait(question):
        closing = ChangeEntity(OBJECTIVE, number, {"closed": "yes"})
        await screen.change(lambda session: session.do(closing))


async def remove_initiative(screen: ReportScreen, number: int) -> None:
    """Remove an initiative that has nothing on record."""
    one = next((one for one in await known(screen, INITIATIVE) if one.id == number), None)
    if one is None:
        return
    refused = await _remove(screen, INITIATIVE, number, one.name)
    if refused is not None:
        screen.say(refused.sentences, "warn")


async def _remove(
    screen: ReportScreen, entity: Entity[Any], number: int, name: str
) -> Refusal | None:
    """Remove it after a yes; gives what was refused."""
    question = ConfirmDialog(f"Remove {name}?", "Undo brings it back.")
    if not await screen.app.push_screen_wait(question):
        return None
    removal = RemoveEntity(entity, number)
    answer = await screen.below.writer.ask(lambda session: session.do(removal))
    if isinstance(answer, Refusal):
        return answer
    screen.below.writer.show_outcome(answer)
    screen.say(answer.label)
    screen.work_out()
    return None
