"""Asks for a change of the stream and shows what it would come to, on the forecast screen."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from vsm.features.simulate.options import (
    Options,
    options_of,
    parse_options,
    read_absence,
    read_items,
    read_request,
    read_weeks,
    stage_finder,
)
from vsm.features.simulate.plans import plans_of, save_plan
from vsm.features.simulate.request import MOST_FACTOR, MOST_SLOTS, WEEKS
from vsm.model.dates import WORDS, read_day
from vsm.model.errors import BadInput, Refusal, RefusalCode
from vsm.model.plural import count
from vsm.model.rules import local
from vsm.screens.forms import Form, Values
from vsm.widgets.date_text import long_day
from vsm.widgets.field import FieldSpec

if TYPE_CHECKING:
    from vsm.features.simulate.request import Request
    from vsm.model.pin import Plan
    from vsm.model.stream import Stage
    from vsm.screens.forecast import ForecastScreen
    from vsm.session import ChangeGroup

NONE = "none"
"""A limit that is taken away."""


async def ask_what_if(screen: ForecastScreen) -> None:
    """Ask what is to be changed, and show it in place of the forecast until Esc.

    What is shown already stands in the form, to be changed further.
    """
    stream = screen.stream
    stages = [stage for stage in stream.line if stage.category.working]
    if not stages:
        screen.say("There is no stage of work that could be changed", "warn")
        return
    plans = await screen.host.reading.call(lambda reader: plans_of(reader, stream))
    today = local(screen.as_of, stream.zone).date()
    saved: list[ChangeGroup] = []

    async def save(values: Values) -> Refusal | None:
        try:
            if values["by"] and not values["items"]:
                raise BadInput(
                    "By is the day by which a number of items is finished", "fill in the items too"
                )
            request = read_request(_options(values, plans), stage_finder(stream), today)
            request.check(stream)
            name = values["save"]
            if name:
                command = await screen.host.reading.call(
                    lambda reader: save_plan(reader, name, stream, request)
                )
        except BadInput as error:
            return Refusal(RefusalCode.INVALID, error.message, error.remedy)
        if name:
            answer = await screen.below.writer.ask(lambda session: session.do(command))
            if isinstance(answer, Refusal):
                return answer
            saved.append(answer)
        screen.request = request
        return None

    form = Form(
        f"What if, in {stream.name}",
        _filled(_fields(stages, plans, today), screen.request),
        save,
        keys="{confirm} or {save}: play · {next_field}: next field · {cancel}: cancel",
        about="Leave as it is what is not to change.",
        whole=True,
    )
    if await screen.app.push_screen_wait(form):
        if saved:
            screen.below.writer.show_outcome(saved[0])
            screen.say(saved[0].label)
        screen.work_out()


def _options(values: Values, plans: Sequence[Plan]) -> Options:
    """The options that were filled in, on top of those of the plan."""

    def of_stage(name: str) -> tuple[str, ...]:
        return (f"{values['stage']}={values[name]}",) if values[name] else ()

    options = Options(
        limit=of_stage("limit"),
        slots=of_stage("slots"),
        absence=of_stage("absence"),
        **{name: values[name] for name in ("arrivals", "rework", "weeks", "items", "by")},
    )
    chosen = next((plan for plan in plans if plan.name == values.get("plan")), None)
    return options if chosen is None else options.over(parse_options(chosen.options))


def _fields(stages: Sequence[Stage], plans: Sequence[Plan], today: date) -> list[FieldSpec]:
    def by(typed: str) -> tuple[Any, str]:
        if not typed.strip():
            return None, ""
        day = read_day(typed, today)
        return day.isoformat(), f"= {long_day(day)}"

    names = ("", *(plan.name for plan in plans))
    options = {plan.name: plan.options for plan in plans}

    def plan(name: str) -> tuple[Any, str]:
        return name, options.get(name, "")

    first = [FieldSpec("plan", "Plan", "", read=plan, choices=names)] if plans else []
    return [
        *first,
        FieldSpec("stage", "Stage", stages[0].name, choices=tuple(s.name for s in stages)),
        FieldSpec("limit", "WIP limit", "", "a number, or none", _limit),
        FieldSpec("slots", "Slots", "", "such as: +1 or -1", _slots),
        FieldSpec("absence", "Absence", "", "slots and weeks: 1@2-4", _absence),
        FieldSpec("arrivals", "Arrivals", "", "of what they are: 120%", _percent),
        FieldSpec("rework", "Rework", "", "of what it is: 50%", _percent),
        FieldSpec("weeks", "Weeks", "", f"to play: {WEEKS}", _weeks),
        FieldSpec("items", "Items", "", "the odds of so many", _items),
        FieldSpec("by", "By", "", WORDS, by),
        FieldSpec("save", "Save as", "", "the name of a plan"),
    ]


def _filled(specs: list[FieldSpec], request: Request | None) -> list[FieldSpec]:
    """The fields with a change, if that is of one stage at most and once of each kind."""
    if request is None:
        return specs
    options = options_of(request)
    texts = {
        name: getattr(options, name) or ""
        for name in ("arrivals", "rework", "weeks", "items", "by")
    }
    for name in ("limit", "slots", "absence"):
        for text in getattr(options, name):
            stage, _, value = text.rpartition("=")
            if name in texts or texts.setdefault("stage", stage) != stage:
                return specs
            texts[name] = value
    return [replace(spec, text=texts.get(spec.name, spec.text)) for spec in specs]


def _limit(typed: str) -> tuple[Any, str]:
    text = typed.strip().casefold()
    if not text:
        return None, "as it is"
    if text == NONE:
        return NONE, "no limit"
    if not text.isdecimal() or not 0 < int(text) < 10_000:
        raise ValueError(f"{typed.strip()[:20]!r} is no WIP limit: a number from 1 on, or none")
    return text, ""


def _slots(typed: str) -> tuple[Any, str]:
    text = typed.strip()
    if not text:
        return None, "as they are"
    match = re.fullmatch(r"[+-]?(\d{1,3})", text)
    if match is None or not 0 < int(match[1]) <= MOST_SLOTS:
        raise ValueError(f"{text[:20]!r}: write +1 for one more, -1 for one fewer")
    more = int(text)
    return f"{more:+}", f"{count(abs(more), 'slot')} {'more' if more > 0 else 'fewer'}"


def _absence(typed: str) -> tuple[Any, str]:
    text = typed.strip()
    if not text:
        return None, "none"
    try:
        slots, first, last = read_absence(text)
    except BadInput as error:
        raise ValueError(f"{error.message}: {error.remedy}") from None
    weeks = f"week {first}" if first == last else f"weeks {first} to {last}"
    return text, f"{count(slots, 'slot')} missing in {weeks}"


def _percent(typed: str) -> tuple[Any, str]:
    text = typed.strip()
    if not text:
        return None, "as now"
    match = re.fullmatch(r"(\d{1,3}) ?%?", text)
    if match is None or int(match[1]) > 100 * MOST_FACTOR:
        raise ValueError(f"a percentage from 0% to {MOST_FACTOR:.0%}, such as 120%")
    return f"{int(match[1])}%", "" if int(match[1]) != 100 else "as now"


def _weeks(typed: str) -> tuple[Any, str]:
    text = typed.strip()
    try:
        return (str(read_weeks(text)) if text else None), ""
    except BadInput as error:
        raise ValueError(f"{error.message}: {error.remedy}") from None


def _items(typed: str) -> tuple[Any, str]:
    text = typed.strip()
    try:
        return (str(read_items(text)) if text else None), ""
    except BadInput as error:
        raise ValueError(f"{error.message}: {error.remedy}") from None
