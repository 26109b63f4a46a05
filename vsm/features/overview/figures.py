"""Computes the row of a stream in the overview from what was read of it: plain Python."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache

from vsm.features.metrics.basic_results import Week
from vsm.features.metrics.process_limits import Trend, latest_trend
from vsm.features.overview.results import (
    CycleTime,
    GroupLoad,
    Oldest,
    StageLoad,
    StreamRow,
    Throughput,
)
from vsm.model.board import Column, groups_in
from vsm.model.group_limit import GroupWip
from vsm.model.rules import SLE_PERCENT, day_of, day_start, local, nearest_rank, number_of_day
from vsm.model.stream import ValueStream
from vsm.model.stream_state import Finish, StreamState

DAYS = 90
"""Days of the window of throughput and cycle time, those of the header."""
RECENT_DAYS = 14
"""Days over which the header counts what finished."""
MIN_WEEKS = 8
"""Weeks with a median of cycle time below which it has no limits."""
MIN_FINISHED = 5
"""Items without which the median of a week is too much one item's own to be beyond a limit."""
MIN_RATE = 1.0
"""Items a week below which one finish more is beyond a limit by chance."""
_WEEK = timedelta(days=7)

Verdict = tuple[Trend | None, str | None]
"""The trend of a series, and why it is more than usual variation."""
STEADY: Verdict = (None, None)


def stream_row(state: StreamState, now: int, names: Mapping[int, str] | None = None) -> StreamRow:
    """A stream at a glance; ``now`` (UTC microseconds) is the moment as of which it is shown.

    ``names`` are the names that all streams share of its stages, by id.
    """
    names = names or {}
    stream = state.stream
    until = local(state.until, stream.zone).date()
    weeks = weekly(state.finishes, until)
    full = full_weeks(weeks, until, stream.zone, now)
    is_judged = not state.ended and _has_run_since(state, full)
    by_count = throughput_trend(full) if is_judged else STEADY
    by_time = cycle_trend(state.finishes, full) if is_judged else STEADY
    oldest = state.oldest
    cycles = sorted(finish.cycle for finish in state.finishes if finish.cycle is not None)
    p85 = nearest_rank(cycles, SLE_PERCENT) if cycles else None
    recent = number_of_day(until - timedelta(days=RECENT_DAYS - 1))
    finished = sum(finish.day >= recent for finish in state.finishes)
    return StreamRow(
        id=stream.id,
        stream=stream.name,
        zone=stream.zone,
        until=until,
        ended=state.ended,
        wip=state.wip,
        every=state.wip_of_all,
        limit=stream.committed_limit,
        stages=tuple(
            _stage_load(column, names) for column in state.columns if not column.stage.retired
        ),
        groups=tuple(_group_load(stream, group) for group in groups_in(state.columns)),
        cycle_time=CycleTime(p85, len(cycles), *by_time),
        throughput=Throughput(weeks, finished, *by_count, full),
        oldest=None
        if oldest is None
        else Oldest(
            *(oldest.id, oldest.key, oldest.title, stream.stage(oldest.stage).name, oldest.age),
            canonical=names.get(oldest.stage),
        ),
        blocked=state.blocked,
    )


def _stage_load(column: Column, names: Mapping[int, str]) -> StageLoad:
    stage, limit = column.stage, column.stage.limit if column.stage.limited else None
    return StageLoad(
        stage.id,
        stage.name,
        stage.category,
        column.shown,
        column.wip,
        column.counted,
        limit,
        names.get(stage.id),
    )


def _group_load(stream: ValueStream, group: GroupWip) -> GroupLoad:
    names = tuple(stream.stage(number).name for number in group.stages)
    return GroupLoad(group.label, names, group.wip, group.limit)


def weekly(finishes: Sequence[Finish], until: date) -> tuple[Week, ...]:
    """Items finished in every ISO week that touches the window, as ``vsm metrics`` counts them."""
    first = until - timedelta(days=DAYS - 1)
    counts = Counter(_monday(finish.day) for finish in finishes)
    monday = first - timedelta(days=first.weekday())
    out = []
    while monday <= until:
        out.append(Week(monday, counts[monday]))
        monday += _WEEK
    return tuple(out)


@lru_cache(maxsize=256)
def _monday(day: int) -> date:
    """The Monday of the week of a day (since 1970-01-01)."""
    name = day_of(day)
    return name - timedelta(days=name.weekday())


def full_weeks(weeks: Sequence[Week], until: date, zone: str, now: int) -> tuple[Week, ...]:
    """The weeks that lie wholly in the window and are over."""
    first = until - timedelta(days=DAYS - 1)
    end = min(day_start(until + timedelta(days=1), zone), now + 1)
    return tuple(
        week
        for week in weeks
        if week.monday >= first and day_start(week.monday + _WEEK, zone) <= end
    )


def _has_run_since(state: StreamState, full: Sequence[Week]) -> bool:
    """Whether anything had finished by the first of these weeks: a start is no signal."""
    if state.first_finish is None or not full:
        return False
    return local(state.first_finish, state.stream.zone).date() < full[0].monday + _WEEK


def throughput_trend(full: Sequence[Week]) -> Verdict:
    """The trend of weekly throughput: there is one only where the latest full week is a signal."""
    if sum(week.finished for week in full) < MIN_RATE * len(full):
        return STEADY
    return latest_trend([week.finished for week in full]) or STEADY


def cycle_trend(finishes: Sequence[Finish], full: Sequence[Week]) -> Verdict:
    """The same of the median cycle time of each week in which anything with a start finished."""
    by_week: defaultdict[date, list[int]] = defaultdict(list)
    for finish in finishes:
        if finish.cycle is not None:
            by_week[_monday(finish.day)].append(finish.cycle)
    known = [sorted(by_week[week.monday]) for week in full if week.monday in by_week]
    if len(known) < MIN_WEEKS or not full or full[-1].monday not in by_week:
        return STEADY
    medians = [nearest_rank(cycles, 50) for cycles in known]
    return latest_trend(medians, few=len(known[-1]) < MIN_FINISHED) or STEADY
