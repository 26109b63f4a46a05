"""The items of a stream that are likelier late than in time, from what a reader knows of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from vsm.features.forecast.item_reading import read_item_forecasts
from vsm.features.forecast.item_results import ItemForecast
from vsm.features.forecast.risk_drivers import Drivers
from vsm.features.forecast.risk_results import (
    FlagRecord,
    LateItem,
    RiskFlag,
    Risks,
    RuleRecord,
)
from vsm.model.query_tree import Query
from vsm.model.rules import EVEN, local
from vsm.model.stream import ValueStream
from vsm.reader import Reader

if TYPE_CHECKING:
    from vsm.features.forecast.past_flags import FlagScore, Judged

LEAST_PRECISION, ENOUGH_FLAGS = 0.5, 20
"""Flags fall silent where a smaller share of so many or more was right."""


def read_risks(
    reader: Reader,
    stream: ValueStream,
    *,
    as_of: int,
    query: Query | None = None,
    present: bool = False,
) -> Risks:
    """Which items in progress are likelier late than in time, and why; loads numpy.

    How flags did comes from all items of the stream: a filter chooses which are listed. For
    ``query`` and ``present`` see :meth:`~vsm.flow_reader.FlowReader.flow`.
    """
    from vsm.features.forecast.past_flags import days_ahead, judge_flags
    from vsm.flow.remaining import RemainingTime

    whole = reader.flow_with_departed(stream, as_of, present=present)
    _, facts = reader.flow(stream, Query(), as_of, present=present)
    law = RemainingTime(whole, as_of, facts.blocks)
    items = read_item_forecasts(reader, stream, as_of=as_of, query=query, present=present, law=law)
    record: tuple[FlagRecord, ...] = ()
    lead = None
    if items.cannot is None:
        ahead = days_ahead(items.sle_days)
        history = judge_flags(whole, law, reader.due_dates(stream), ahead)
        record = tuple(map(_record, history.bands))
        lead = None if history.lead is None else round(history.lead)
    today = local(as_of, stream.zone).date()
    risky = [one for one in items.items if one.in_time is not None and 0 < one.in_time < EVEN]
    shown = [one for one in risky if not _is_silent(one, record, today)]
    return Risks(
        stream=stream.name,
        timezone=stream.zone,
        as_of=as_of,
        filter=items.filter,
        cannot=items.cannot,
        in_progress=len(items.items),
        sle_days=items.sle_days,
        flags=_flags(shown, Drivers(reader, stream, as_of, present), items.items),
        unshown=len(risky) - len(shown),
        late=tuple(
            LateItem(
                id=one.id,
                key=one.key,
                title=one.title,
                stage=one.stage,
                age=one.age,
                needed_by=one.needed_by,
                needed_for=one.needed_for,
                days_late=(today - one.needed_by).days,
            )
            for one in items.items
            if one.in_time == 0 and one.needed_by is not None and one.needed_for is not None
        ),
        record=record,
        lead_days=lead,
    )


def _flags(
    shown: Sequence[ItemForecast], drivers: Drivers, every: Sequence[ItemForecast]
) -> tuple[RiskFlag, ...]:
    if not shown:
        return ()
    drivers.read(shown, every)
    flags = []
    for one in shown:
        assert one.needed_by and one.needed_for and one.in_time is not None
        flags.append(
            RiskFlag(
                id=one.id,
                key=one.key,
                title=one.title,
                stage=one.stage,
                age=one.age,
                needed_by=one.needed_by,
                needed_for=one.needed_for,
                in_time=one.in_time,
                p50=one.p50,
                driver=drivers.of(one),
            )
        )
    return tuple(flags)


def _record(judged: Judged) -> FlagRecord:
    flags = judged.flags
    precision = flags.precision
    too_often_wrong = precision is not None and precision < LEAST_PRECISION
    return FlagRecord(
        days_ahead=judged.ahead,
        items=flags.items,
        late=flags.late,
        flags=_rule(flags),
        age_rule=_rule(judged.plain),
        is_silent=too_often_wrong and flags.flagged >= ENOUGH_FLAGS,
    )


def _rule(score: FlagScore) -> RuleRecord:
    return RuleRecord(score.flagged, score.hits, score.precision, score.recall)


def _is_silent(one: ItemForecast, record: Sequence[FlagRecord], today: date) -> bool:
    """Whether flags of items that are needed so far ahead were wrong too often."""
    assert one.needed_by is not None
    left = (one.needed_by - today).days + 1
    judged = [band for band in record if band.days_ahead <= left] or record[:1]
    return bool(judged) and judged[-1].is_silent
