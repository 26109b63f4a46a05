"""Four questions that say what delay of an initiative costs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from textual import on

from vsm.features.portfolio.delay_answers import (
    Answers,
    answers_of,
    changes_of,
    choices_of,
    preview,
    with_changes,
)
from vsm.model.command import ChangeEntity, Command
from vsm.model.dates import read_day
from vsm.model.errors import UNCHANGED, BadInput, Refusal, RefusalCode
from vsm.model.portfolio_entities import INITIATIVE
from vsm.screens.change_form import ask, reads_day, today_of
from vsm.screens.forms import Form, Values
from vsm.screens.portfolio_forms import currency_of, initiative_of, plain
from vsm.widgets.field import Field, FieldSpec

if TYPE_CHECKING:
    from vsm.features.portfolio.results import InitiativeRow
    from vsm.screens.report_screen import ReportScreen

QUESTIONS = (
    "1 What is lost for each week that it comes later: users who leave, money that is not earned,"
    " work done by hand? 2 Is there a day after which it is worth nothing, or on which a fine is"
    " due? 3 Does it fade: after how many weeks is half of it left? 4 How sure are you?"
)


def amount(text: str) -> tuple[Any, str]:
    """Reads a number; empty is none."""
    if not text.strip():
        return None, ""
    try:
        value = float(text.replace(",", "").replace(" ", ""))
    except ValueError:
        raise ValueError("write a number, such as 6000") from None
    if not 0 <= value < 1e15:
        raise ValueError("write a number from 0 on")
    return value, ""


class LiveForm(Form):
    """A form that says what its fields come to while they are filled in."""

    def __init__(self, *args: Any, live: Callable[[Values], str], **options: Any) -> None:
        super().__init__(*args, **options)
        self._live = live

    @on(Field.Changed)
    def _say(self) -> None:
        try:
            values = self.values()
        except ValueError:  # the field says so itself
            return
        self._show_news(self._live(values))


async def ask_delay(screen: ReportScreen, number: int, rows: Sequence[InitiativeRow]) -> None:
    """Ask four questions, and save the cost of delay that follows; ``rows`` are all initiatives."""
    one = await initiative_of(screen, number)
    if one is None:
        return
    today = today_of(screen)
    unit = one.currency or await currency_of(screen)
    before = answers_of(one)
    day = "" if before.day is None else before.day.isoformat()
    fields = [
        FieldSpec("lost", "1 A week", plain(before.lost), f"lost, in {unit or 'money'}", amount),
        FieldSpec("day", "2 Too late", day, "after this day; empty: never", reads_day(today)),
        FieldSpec("fine", "  Fine", plain(before.fine), "lost at once on that day", amount),
        FieldSpec("half", "3 Fades", plain(before.half), "weeks until half; empty: no", amount),
        FieldSpec("sure", "4 How sure", before.sure, choices=choices_of(one)),
    ]
    if not unit:
        fields.insert(0, FieldSpec("currency", "Unit", "", "EUR, points"))

    def made(values: Values) -> dict[str, Any]:
        known = read_day(values["day"], today) if values["day"] else None
        answers = Answers(values["lost"], known, values["fine"], values["half"], values["sure"])
        return changes_of(one, answers, today)

    def command(values: Values) -> Command | Refusal:
        try:
            changes = made(values)
        except BadInput as error:
            return Refusal(RefusalCode.INVALID, error.message, error.remedy)
        if not changes:
            return replace(UNCHANGED, message=f"{one.name} has these answers already")
        return ChangeEntity(
            INITIATIVE, number, {"currency": values.get("currency", unit), **changes}
        )

    def live(values: Values) -> str:
        try:
            changes = made(values)
        except BadInput as error:
            return f"{error.message}: {error.remedy}"
        row = next((row for row in rows if row.id == number), None)
        named = values.get("currency", unit)
        fields = with_changes(one, changes)
        if row is None or fields["delay_likely"] is None:
            return ""
        return preview(fields, row, rows, today, named)

    title = f"What delay of {one.name} costs"
    await ask(screen, title, fields, command, QUESTIONS, form=partial(LiveForm, live=live))
