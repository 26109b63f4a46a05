"""Asks for a change of the stream and shows what it would come to, on the forecast screen."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from vsm.features.simulate.request import MOST_FACTOR, MOST_SLOTS, MOST_WEEKS, WEEKS, Request
from vsm.model.errors import BadInput, Refusal, RefusalCode
from vsm.model.plural import count
from vsm.screens.forms import Form, Values
from vsm.widgets.field import FieldSpec

if TYPE_CHECKING:
    from vsm.model.stream import Stage
    from vsm.screens.forecast import ForecastScreen

NONE = "none"
"""A limit that is taken away."""


async def ask_what_if(screen: ForecastScreen) -> None:
    """Ask what is to be changed, and show it in place of the forecast until Esc."""
    stream = screen.stream
    stages = [stage for stage in stream.line if stage.category.working]
    if not stages:
        screen.say("There is no stage of work that could be changed", "warn")
        return

    async def save(values: Values) -> Refusal | None:
        request = _request(stages, values)
        try:
            request.check(stream)
        except BadInput as error:
            return Refusal(RefusalCode.INVALID, error.message, error.remedy)
        screen.request = request
        return None

    form = Form(
        f"What if, in {stream.name}",
        _fields(stages),
        save,
        keys="{confirm} or {save}: play · {next_field}: next field · {cancel}: cancel",
        about="Leave as it is what is not to change.",
        whole=True,
    )
    if await screen.app.push_screen_wait(form):
        screen.work_out()


def _request(stages: Sequence[Stage], values: Values) -> Request:
    stage = next(stage for stage in stages if stage.name == values["stage"])
    limit, slots = values["limit"], values["slots"]
    return Request(
        limits=() if limit is None else ((stage, None if limit == NONE else limit),),
        slots=((stage, slots),) if slots else (),
        arrivals=values["arrivals"],
        rework=values["rework"],
        weeks=values["weeks"],
    )


def _fields(stages: Sequence[Stage]) -> list[FieldSpec]:
    return [
        FieldSpec("stage", "Stage", stages[0].name, choices=tuple(s.name for s in stages)),
        FieldSpec("limit", "WIP limit", "", "a number, or none", _limit),
        FieldSpec("slots", "Slots", "", "such as: +1 or -1", _slots),
        FieldSpec("arrivals", "Arrivals", "100%", "of what they are", _percent),
        FieldSpec("rework", "Rework", "100%", "of what it is", _percent),
        FieldSpec("weeks", "Weeks", str(WEEKS), "to play", _weeks),
    ]


def _limit(typed: str) -> tuple[Any, str]:
    text = typed.strip().casefold()
    if not text:
        return None, "as it is"
    if text == NONE:
        return NONE, "no limit"
    if not text.isdecimal() or not 0 < int(text) < 10_000:
        raise ValueError(f"{typed.strip()[:20]!r} is no WIP limit: a number from 1 on, or none")
    return int(text), ""


def _slots(typed: str) -> tuple[Any, str]:
    text = typed.strip()
    if not text:
        return 0, "as they are"
    match = re.fullmatch(r"[+-]?(\d{1,3})", text)
    if match is None or not 0 < int(match[1]) <= MOST_SLOTS:
        raise ValueError(f"{text[:20]!r}: write +1 for one more, -1 for one fewer")
    more = int(text)
    return more, f"{count(abs(more), 'slot')} {'more' if more > 0 else 'fewer'}"


def _percent(typed: str) -> tuple[Any, str]:
    match = re.fullmatch(r"(\d{1,3}) ?%?", typed.strip())
    if match is None or int(match[1]) > 100 * MOST_FACTOR:
        raise ValueError(f"a percentage from 0% to {MOST_FACTOR:.0%}, such as 120%")
    return int(match[1]) / 100, "" if int(match[1]) != 100 else "as now"


def _weeks(typed: str) -> tuple[Any, str]:
    text = typed.strip()
    if not text.isdecimal() or not 0 < int(text) <= MOST_WEEKS:
        raise ValueError(f"a number from 1 to {MOST_WEEKS}")
    return int(text), ""
