"""A form whose values come to one command, and days in words in its fields."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from vsm.model.command import Command
from vsm.model.dates import read_day
from vsm.model.errors import Refusal
from vsm.model.rules import local
from vsm.screens.forms import Form, Values
from vsm.widgets.date_text import long_day, with_days
from vsm.widgets.field import FieldSpec

if TYPE_CHECKING:
    from vsm.screens.report_screen import ReportScreen
    from vsm.session import ChangeGroup


def today_of(screen: ReportScreen) -> date:
    """The day in the zone of the stream."""
    return local(screen.host.now(), screen.stream.zone).date()


def reads_day(today: date) -> Callable[[str], Any]:
    """Reads a day in words; empty is none."""

    def read(text: str) -> Any:
        if not text.strip():
            return "", ""
        day = read_day(text, today)
        return day.isoformat(), f"= {long_day(day)}"

    return read


async def ask(
    screen: ReportScreen,
    title: str,
    fields: Sequence[FieldSpec],
    command: Callable[[Values], Command | Refusal | Awaitable[Command | Refusal]],
    about: str = "",
    *,
    whole: bool = True,
    form: Callable[..., Form] = Form,
) -> None:
    """Show a form, do what it comes to, say so and look anew; a refusal stays in the form."""
    done: list[ChangeGroup] = []

    async def save(values: Values) -> Refusal | None:
        made = command(values)
        requested = await made if isinstance(made, Awaitable) else made
        if isinstance(requested, Refusal):
            return requested
        answer = await screen.below.writer.ask(lambda session: session.do(requested))
        if isinstance(answer, Refusal):
            return answer
        done.append(answer)
        return None

    if await screen.app.push_screen_wait(form(title, fields, save, about=about, whole=whole)):
        screen.below.writer.show_outcome(done[0])
        screen.say(with_days(done[0].label))
        screen.work_out()
