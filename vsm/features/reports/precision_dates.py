"""Judges what reports said of due dates: whether items whose odds fell came late."""

from __future__ import annotations

import numpy as np

from vsm.features.reports.look import WEEK, Look
from vsm.features.reports.plan_rules import fell
from vsm.features.reports.rule import Score
from vsm.features.reports.sources import Sources
from vsm.flow.needed_by import NO_DAY, day_ends, due_days
from vsm.flow.stays import GONE
from vsm.model.rules import DAY


def judge_due_dates(of: Sources, looks: list[Look]) -> Score | None:
    """Items in progress with a due date, from one week to the next; an item counts once.

    Of a date nothing is known until it has passed, or the item is finished; what was dropped before
    it says nothing. ``None`` where no item ever had one.
    """
    due = of.reader.due_dates(of.stream)
    if not due:
        return None
    law = of.remaining_times
    ids, zone = of.with_departed.history.item, of.stream.zone
    flagged, late = set[int](), set[int]()
    for look in looks:
        now, then = look.at / DAY, look.at / DAY - WEEK
        stays, before = law.stays.open_at(now), law.stays.open_at(then)
        item, was = law.stays.item[stays], law.stays.item[before]
        _, mine, other = np.intersect1d(item, was, return_indices=True)
        stays, before, item = stays[mine], before[other], item[mine]
        day = due_days(ids[item], look.at, due)
        same = (day != NO_DAY) & (day == due_days(ids[item], look.at - WEEK * DAY, due))
        end = day_ends(day, zone)
        over, is_gone = law.stays.end[stays], law.stays.outcome[stays] == GONE
        same &= (end > now) & (np.minimum(end, over) <= law.now) & ~(is_gone & (over <= end))
        rows = np.flatnonzero(same)
        after, earlier = (
            law.odds_then(which[rows], np.full(rows.size, at), end[rows] - at)
            for which, at in ((stays, now), (before, then))
        )
        for n, row in enumerate(rows.tolist()):
            number = int(item[row])
            if fell(float(earlier[n]), float(after[n])):
                flagged.add(number)
            if over[row] > end[row]:
                late.add(number)
    return Score(len(flagged), len(flagged & late), len(late), len(flagged & late))
