"""Pins the forecast under the cursor of the forecast screen, and removes what is pinned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vsm.features.forecast.pinning import USUAL_ODDS, Statement, read_pin
from vsm.features.forecast.results import ODDS
from vsm.features.forecast.targets import ForecastTarget
from vsm.model.command import AddEntity, RemoveEntity
from vsm.model.entities import PIN
from vsm.model.errors import BadInput, Refusal, RefusalCode
from vsm.report.wording import count, day, percent
from vsm.screens.forms import Form, Values
from vsm.widgets.field import FieldSpec

if TYPE_CHECKING:
    from vsm.screens.forecast import ForecastScreen
    from vsm.session import ChangeGroup


def _chosen(screen: ForecastScreen) -> ForecastTarget | None:
    target = screen.target
    return target if isinstance(target, ForecastTarget) else None


async def pin_forecast(screen: ForecastScreen) -> None:
    """Ask for odds and a note, and pin what the line under the cursor says."""
    target = _chosen(screen)
    if target is None or not target.can_be_pinned:
        screen.say("Choose a line with a number of items, an item or a set first", "warn")
        return
    chosen = target
    done: list[ChangeGroup] = []

    async def save(values: Values) -> Refusal | None:
        said = Statement(
            stream=screen.stream,
            query=screen.filter,
            keys=(chosen.key,) if chosen.key else (),
            counts=not (chosen.key or chosen.is_set),
            items=chosen.number,
            by=chosen.by,
            odds=int(values["odds"].rstrip("%")) / 100,
        )
        now, note = screen.host.now(), values["note"]
        try:
            pin = await screen.host.reading.call(
                lambda reader: read_pin(reader, said, now=now, note=note)
            )
        except BadInput as error:
            return Refusal(RefusalCode.INVALID, error.message, error.remedy)
        answer = await screen.below.writer.ask(lambda session: session.do(AddEntity(PIN, pin)))
        if isinstance(answer, Refusal):
            return answer
        done.append(answer)
        return None

    form = Form(
        f"Pin: {_words(chosen, screen.filter_text)}",
        [
            FieldSpec("odds", "Odds", percent(USUAL_ODDS), choices=tuple(map(percent, ODDS))),
            FieldSpec("note", "Note", "", "what to remember it by"),
        ],
        save,
        keys="{confirm} or {save}: pin · {next_field}: next field · {cancel}: cancel",
        whole=True,
    )
    if await screen.app.push_screen_wait(form):
        screen.below.writer.show_outcome(done[0])
        screen.say(done[0].label)
        screen.work_out()


def _words(target: ForecastTarget, filter_text: str) -> str:
    of = f" of {filter_text}" if filter_text and not target.key else ""
    if target.number is not None:
        return f"the next {count(target.number, 'item')}{of}"
    if target.by is not None:
        return f"items finished by {day(target.by)}{of}"
    return target.key or f"all{of}"


async def unpin_forecast(screen: ForecastScreen) -> None:
    """Remove the pinned forecast under the cursor."""
    target = _chosen(screen)
    if target is None or target.pin is None:
        screen.say("Choose a pinned forecast first", "warn")
        return
    number = target.pin
    await screen.change(lambda session: session.do(RemoveEntity(PIN, number)))
