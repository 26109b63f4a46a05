"""Makes a pin of what is forecast: of items, day and odds two are given, the third is forecast."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from vsm.features.forecast.results import ODDS
from vsm.features.forecast.statements import Forecaster, dates_of, day_with, end_of
from vsm.model.entities import PIN
from vsm.model.errors import BadInput
from vsm.model.item import Item
from vsm.model.pin import Question, Source, free_name, pin_name
from vsm.model.query import depends_on_moment
from vsm.model.query_parser import parse
from vsm.model.query_tree import Query
from vsm.model.rules import local
from vsm.model.stream import ValueStream
from vsm.reader import Reader
from vsm.report.wording import count, day, listed, percent

USUAL_ODDS = 0.85


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What is to be pinned: so many ``items``, or (``None``) a set, by a day with some odds.

    The set is that of ``keys`` or of the filter. ``counts`` says that a number of items is meant.
    What is ``None`` is forecast; where all is given, it is what a person said.
    """

    stream: ValueStream | None
    query: Query
    keys: tuple[str, ...] = ()
    counts: bool = False
    items: int | None = None
    by: date | None = None
    odds: float | None = None


def read_pin(
    reader: Reader, said: Statement, *, now: int, note: str = "", present: bool = True
) -> dict[str, Any]:
    """The values of a pin; loads numpy. Raises :class:`~vsm.model.errors.BadInput`."""
    if said.query and depends_on_moment(said.query):
        raise BadInput(
            f"{said.query.text}: what matches changes from moment to moment",
            "pin keys, or a filter of fields such as label:checkout",
        )
    if said.query and _asks_for_me(said.query.text):
        raise BadInput(
            f"{said.query.text}: me is somebody else to others", "name the person in the filter"
        )
    forecaster = Forecaster(reader, now, present)
    parts = (said.items if said.counts else 0, said.by, said.odds)
    items = None
    if said.counts:
        question = Question.THROUGHPUT
        items, by, odds = _number(said, forecaster)
    else:
        question, by, odds = _set(reader, said, forecaster)
    if end_of(by, said.stream.zone if said.stream else "UTC") < now:
        raise BadInput(f"{day(by)} is over", "give a day that is still to come")
    stream = said.stream
    name = pin_name(stream.name if stream else "", said.query.text, said.keys, items, by, odds)
    return {
        "name": free_name(name, [pin.name for pin in reader.entities(PIN)]),
        "question": question.value,
        "only": stream.id if stream else None,
        "filter": said.query.text,
        "keys": said.keys,
        "items": items,
        "by": by.isoformat(),
        "odds": odds,
        "pinned_at": now,
        "source": (Source.VSM if None in parts else Source.PERSON).value,
        "note": note,
    }


def _asks_for_me(text: str) -> bool:
    return parse(text, "a") != parse(text, "b")


def _number(said: Statement, forecaster: Forecaster) -> tuple[int, date, float]:
    """Items, day and odds of a statement about a number of items."""
    items, by, odds = said.items, said.by, said.odds
    if items is not None and by is not None and odds is not None:
        return items, by, odds
    assert said.stream is not None
    numbers = forecaster.numbers(said.stream, said.query)
    if items is not None and by is not None:
        return items, by, numbers.odds(items, by)
    odds = odds or USUAL_ODDS
    if items is not None:
        foreseen = numbers.day(items, odds)
        return items, _foreseen(foreseen, odds, count(items, "item")), odds
    if by is None:
        raise BadInput("nothing is said", "give a number of items, or a day")
    items = numbers.least(by, odds)
    if not items:
        raise BadInput(
            f"with {percent(odds)} odds not even one item is sure by {day(by)}",
            "give a later day or lower odds",
        )
    return items, by, odds


def _foreseen(by: date | None, odds: float, what: str) -> date:
    if by is None:
        raise BadInput(
            f"no day with {percent(odds)} odds can be foreseen for {what}",
            "give lower odds, or a day with --by",
        )
    return by


def _set(reader: Reader, said: Statement, forecaster: Forecaster) -> tuple[Question, date, float]:
    """Question, day and odds of a statement about an item or a set."""
    items, streams = items_and_streams(reader, said.stream, said.keys)
    remaining = None
    containers = reader.parts_of([item.id for item in items])[1]
    _refuse_over([item for item in items if item.id not in containers], streams, len(said.keys))
    if len(items) == 1 and items[0].id not in containers:
        try:
            remaining = forecaster.item(streams[0], items[0].id)
        except BadInput:
            if said.by is None or said.odds is None:
                raise
            return Question.ITEM, said.by, said.odds
    question = Question.SET if remaining is None else Question.ITEM
    if said.by is not None and said.odds is not None:
        return question, said.by, said.odds
    odds = said.odds or USUAL_ODDS
    if remaining is not None:
        if said.by is not None:
            return question, said.by, remaining.odds(said.by)
        return question, _foreseen(remaining.day(odds), odds, said.keys[0]), odds
    if said.by is None and odds not in ODDS:
        raise BadInput(
            f"sets are not forecast with {percent(odds)} odds",
            f"give {', '.join(map(percent, ODDS))}, or a day with --by",
        )
    only = [item.id for item in items] if said.keys else None
    dates = dates_of(forecaster.whole(streams, said.by, query=said.query, only=only))
    if said.by is not None:
        return question, said.by, min(max(dates.in_time or 0.0, 0.01), 0.99)
    return question, _foreseen(day_with(dates, odds), odds, "all of it"), odds


def _refuse_over(alone: Sequence[Item], streams: Sequence[ValueStream], named: int) -> None:
    """Refuse items without parts if all that are named are such ones, and done or dropped."""
    by_id = {stream.id: stream for stream in streams}
    over = []
    for item in alone:
        stream = by_id[item.stream]
        stage = stream.stage(item.stage)
        if stage.category.ended:
            since = day(local(item.entered, stream.zone).date())
            over.append(f"{item.key} is {stage.category} since {since}")
    if over and len(over) == named:
        raise BadInput(listed(over, 3), "name items that are still open")


def items_and_streams(
    reader: Reader, stream: ValueStream | None, keys: Sequence[str]
) -> tuple[list[Item], list[ValueStream]]:
    """The items with these keys and the streams that they and their parts are in, their own first;
    without keys the stream that was named, or all.
    """
    items = [item for key in keys if (item := reader.find_key(key)) is not None]
    if keys:
        parts = reader.briefs(reader.parts_of([item.id for item in items])[0])
        own = [item.stream for item in items]
        known = map(reader.stream, dict.fromkeys([*own, *(part.stream for part in parts)]))
        return items, [one for one in known if one is not None]
    return items, reader.all_streams() if stream is None else [stream]
