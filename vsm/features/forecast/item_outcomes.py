"""Adds to forecasts of items as of the past when these items did finish, and reports it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from vsm.features.forecast.charts import SAID
from vsm.features.forecast.item_results import ItemForecast, ItemForecasts
from vsm.features.forecast.reading import unknown_from
from vsm.flow_reader import FlowReader
from vsm.model.query_tree import Query
from vsm.model.rules import day_of, local
from vsm.model.stream import ValueStream
from vsm.report.document import Cell, Column, Part, Row, Section, Sentence, Table, Target, row
from vsm.report.wording import count, day, percent


def with_outcomes(
    reader: FlowReader, stream: ValueStream, result: ItemForecasts, seen: int | None
) -> ItemForecasts:
    """The same forecasts with the days on which their items did finish, as known at ``seen``."""
    if seen is None or result.cannot is not None:
        return result
    last = day_of(unknown_from(reader, stream, seen) - 1)
    if last < local(result.as_of, stream.zone).date():
        return result
    known, _ = reader.flow(stream, Query(), seen, present=True)
    rows, _ = known.finishes
    ids, days = known.history.item[rows].tolist(), known.days[2][rows].tolist()
    finished = dict(zip(ids, map(day_of, days), strict=True))
    items = tuple(replace(one, finished=finished.get(one.id)) for one in result.items)
    return replace(result, items=items, known_until=last)


def outcome_sections(result: ItemForecasts) -> Iterator[Section]:
    """How many dates came true, and each of them."""
    known = result.known_until
    if known is None:
        return
    dated = [one for one in result.items if one.p85 is not None]
    over = [one for one in dated if one.p85 is not None and one.p85 <= known]
    kept = sum(one.finished is not None and one.finished <= one.p85 for one in over if one.p85)
    odds = f"{percent(SAID)} odds"
    text = f"No date of {odds} is over yet."
    if over:
        text = f"Of {count(len(over), 'date')} of {odds} that are over, {kept} came true."
    parts: list[Part] = [Sentence(f"{text} What came is known up to {day(known)}.")]
    if dated:
        columns = (Column("What came of it"), Column("50% by"), Column("85% by"), Column("it was"))
        parts.insert(0, Table(columns, tuple(_row(one, known) for one in dated)))
    yield Section("", tuple(parts))


def _row(one: ItemForecast, known: date) -> Row:
    is_late = one.p85 is not None and one.p85 < (one.finished or known)
    came = "not finished" if one.finished is None else day(one.finished)
    return row(
        one.key,
        "" if one.p50 is None else day(one.p50),
        "" if one.p85 is None else day(one.p85),
        Cell(came, "warn" if is_late else "strong" if one.finished else "faint"),
        target=Target(one.key, ((one.id, came),)),
    )
