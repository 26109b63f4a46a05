"""The scope of an initiative by month: items that were there, that came, that were finished."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta

import numpy as np

from vsm.features.portfolio.results import ScopeMonth
from vsm.features.portfolio.work import StreamWork
from vsm.flow.history import FAR, Ints
from vsm.model.rules import day_start, local
from vsm.report.wording import day

MONTHS = 6
"""Months that are shown, the one that is not over among them."""


def scope_by_month(
    works: Sequence[StreamWork], members: Collection[int], now: int, zone: str
) -> tuple[ScopeMonth, ...]:
    """The last months from the first item on; what is dropped is in the scope until it is."""
    if not works:
        return ()
    ids, born, finished, dropped = _moments(works, members)
    known = born <= now
    if not known.any():
        return ()
    today = local(now, zone).date()
    begins = _months(max(local(int(born[known].min()), zone).date(), _earlier(today)), today)
    out = []
    for begin, after in begins:
        start, end = day_start(begin, zone), min(day_start(after, zone) - 1, now)
        there = (born <= end) & (dropped > end)
        came = np.flatnonzero((born >= start) & (born <= end))
        came = came[np.argsort(born[came], kind="stable")]
        behind = tuple(
            (item, f"since {day(local(moment, zone).date())}")
            for item, moment in zip(ids[came].tolist(), born[came].tolist(), strict=True)
        )
        out.append(
            ScopeMonth(
                last=min(after - timedelta(days=1), today),
                items=int(np.count_nonzero(there)),
                finished=int(np.count_nonzero(there & (finished <= end))),
                added=len(behind),
                dropped=int(np.count_nonzero((dropped >= start) & (dropped <= end))),
                behind=behind,
            )
        )
    return tuple(out)


def _moments(works: Sequence[StreamWork], members: Collection[int]) -> tuple[Ints, ...]:
    """Of these items: ids, and when each first came, was finished and was dropped.

    One that changed streams is in the histories of both, and came when it came to the first.
    """
    parts = []
    for work in works:
        data = work.data
        history, flow = data.history, data.flow
        rows = np.flatnonzero(np.isin(history.item, list(members)))
        last = history.begin[rows] + history.counts[rows] - 1
        finished = np.where(flow.finished[rows], flow.finish[rows], FAR)
        dropped = np.where(flow.dropped[rows], data.entered[last], FAR)
        parts.append((history.item[rows], data.entered[history.begin[rows]], finished, dropped))
    every, *moments = (np.concatenate(column) for column in zip(*parts, strict=True))
    ids, place = np.unique(every, return_inverse=True)
    firsts = [np.full(ids.size, FAR) for _ in moments]
    for first, column in zip(firsts, moments, strict=True):
        np.minimum.at(first, place, column)
    return ids, *firsts


def _earlier(today: date) -> date:
    """The first day of the first month that may be shown."""
    first = today.replace(day=1)
    for _ in range(MONTHS - 1):
        first = (first - timedelta(days=1)).replace(day=1)
    return first


def _months(first: date, last: date) -> list[tuple[date, date]]:
    """The months of these days: the first day of each, and of the next one."""
    begin, out = first.replace(day=1), []
    while begin <= last:
        after = (begin + timedelta(days=32)).replace(day=1)
        out.append((begin, after))
        begin = after
    return out
