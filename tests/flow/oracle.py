"""Computes the basic figures once more, item by item in plain Python from ``vsm.model.rules``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise, zip_longest

from vsm.features.metrics.results import Items, LeftOut, Metrics, Spread, Week, Wip
from vsm.flow.history import History
from vsm.model import rules
from vsm.model.item import Quality, Visit
from vsm.model.stream import ValueStream

ELSEWHERE = 1
"""A stage of another stream."""


@dataclass(frozen=True)
class ItemRecord:
    """The visits of one item, and how complete its source was."""

    visits: Sequence[Visit]
    quality: Quality = Quality.FULL


def own_visits(moves: Iterable[tuple[int, int]]) -> list[Visit]:
    """The visits of an item to the stream's own stages; in between it may be elsewhere."""
    return [visit for visit in rules.visits_of(moves) if visit.stage != ELSEWHERE]


def history_of(items: Mapping[int, ItemRecord]) -> History:
    """The same items as columns."""
    away = [
        (i, n, visit.left)
        for i, record in items.items()
        for n, (visit, after) in enumerate(zip_longest(record.visits, record.visits[1:]))
        if visit.left is not None and (after is None or visit.left != after.entered)
    ]
    return History.from_rows(
        ((i, v.stage, v.entered) for i in sorted(items) for v in items[i].visits),
        ((i, record.quality) for i, record in items.items()),
        away,
    )


def is_elsewhere(visits: Sequence[Visit]) -> bool:
    """Whether an item, as known at a moment, was in another stream then."""
    return visits[-1].left is not None


def days_here(visits: Sequence[Visit], days: rules.Days, since: int, until: int) -> int:
    """On how many local days between two moments an item was in the stream at any time."""
    dates: set[int] = set()
    for visit in visits:
        begin, left = max(visit.entered, since), until if visit.left is None else visit.left
        if begin <= (end := min(left, until)):
            dates.update(range(days.number(begin), days.number(end) + 1))
    return len(dates)


def micros_here(visits: Sequence[Visit], since: int, until: int) -> int:
    """The time between two moments in which an item was in the stream."""
    gone = sum(
        max(0, min(two.entered, until) - max(one.left or 0, since)) for one, two in pairwise(visits)
    )
    return until - since - gone


def metrics_of(
    items: Mapping[int, ItemRecord],
    stream: ValueStream,
    *,
    first: date | None,
    last: date | None,
    as_of: int,
) -> Metrics:
    """The expected result of ``vsm.features.metrics.basic.metrics``."""
    days = rules.Days(stream.zone)
    today = rules.day_of(days.number(as_of))
    last = last or today
    first = first or last - timedelta(days=89)

    states: Counter[str] = Counter()
    stages: Counter[int] = Counter()
    counts: Counter[str] = Counter()
    missing: Counter[str] = Counter()
    weeks: Counter[date] = Counter()
    cycle: list[tuple[int, float]] = []
    lead: list[tuple[int, float]] = []
    entries: list[int] = []
    for record in items.values():
        visits = rules.as_of(record.visits, as_of)
        if not visits or is_elsewhere(visits):
            continue
        entries += [v.entered for v in visits if v.entered <= as_of]
        state = rules.state_of(visits, stream)
        states[state] += 1
        stages[visits[-1].stage] += 1
        start = rules.start_of(visits, stream)
        known = record.quality is Quality.FULL or (
            record.quality is Quality.ENDPOINTS_ONLY and start is not None
        )
        counts["started"] += known and start is not None
        counts["unknown"] += not known
        counts["bare"] += known and start is None and state == "finished"
        finish = rules.finish_of(visits, stream)
        if finish is None:
            continue
        day = rules.day_of(days.number(finish))
        if not first <= day <= last or finish > as_of:  # the window is cut at as-of
            continue
        weeks[day - timedelta(days=day.weekday())] += 1

        def took(
            since: int, visits: Sequence[Visit] = visits, end: int = finish
        ) -> tuple[int, float]:
            return days_here(visits, days, since, end), micros_here(visits, since, end) / rules.DAY

        backwards = any(b.entered < a.entered for a, b in pairwise(visits))
        if backwards:
            missing["lead"] += 1
        else:
            lead.append(took(visits[0].entered))
        if not known:
            missing[record.quality] += 1
        elif start is None:
            missing["bare"] += 1
        elif backwards:
            missing["backwards"] += 1
        else:
            cycle.append(took(start))

    until = min(last, today)
    mondays = []
    monday = first - timedelta(days=first.weekday())
    while first <= until and monday <= until:
        mondays.append(monday)
        monday += timedelta(days=7)
    return Metrics(
        stream=stream.name,
        zone=stream.zone,
        as_of=as_of,
        last_activity=max(entries, default=None),
        first=first,
        last=last,
        items=Items(
            total=states.total(),
            started=counts["started"],
            in_progress=states["in progress"],
            finished=states["finished"],
            finished_without_start=counts["bare"],
            dropped=states["dropped"],
            left_out=counts["unknown"],
        ),
        cycle_time_days=_spread([n for n, _ in cycle]),
        cycle_time_elapsed_days=_spread([exact for _, exact in cycle]),
        cycle_time_left_out=LeftOut(
            *(missing["bare"], missing[Quality.TRUNCATED], missing[Quality.ENDPOINTS_ONLY]),
            missing["backwards"],
        ),
        lead_time_days=_spread([n for n, _ in lead]),
        lead_time_elapsed_days=_spread([exact for _, exact in lead]),
        weeks=tuple(Week(m, weeks[m]) for m in mondays),
        wip=Wip(
            states["in progress"],
            tuple((stage.name, stages[stage.id]) for stage in stream.order),
        ),
        lead_time_left_out=missing["lead"],
    )


def _spread(values: list[int] | list[float]) -> Spread:
    if not values:
        return Spread(0)
    ordered = sorted(values)
    p50, p70, p85, p95 = (rules.nearest_rank(ordered, p) for p in (50, 70, 85, 95))
    return Spread(len(ordered), sum(ordered) / len(ordered), p50, p70, p85, p95, max(ordered))
