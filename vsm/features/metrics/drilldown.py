"""The items behind a bar or a point of a chart, where the figures do not name them themselves."""

from __future__ import annotations

import numpy as np

from vsm.features.metrics.basic import finished_in
from vsm.features.metrics.figures import TYPES, Facts
from vsm.features.metrics.results import DrilldownItem
from vsm.flow.flow_data import FlowData
from vsm.flow.history import Mask
from vsm.flow.window import Window
from vsm.model.item import FlowType
from vsm.model.rules import DAY

NO_START = "no start"
BACKWARDS = "moves run backwards in time"
IN_FUTURE = "later than now"
"""Why it is not known how many days an item took, has taken or has been somewhere."""


def time_there(known: FlowData, span: Window, stage: str) -> tuple[DrilldownItem, ...]:
    """The items that :func:`~.stage_times.time_in_stage` counts in a stage, with their days there.

    The longest comes first.
    """
    (place,) = (n for n, each in enumerate(known.stream.order) if each.name == stage)
    rows = np.flatnonzero(finished_in(known, span) & known.whole)
    paths = known.paths(rows)
    here = paths.place == place
    row = paths.row[here]
    spent = np.bincount(row, weights=(paths.left - paths.entered)[here], minlength=rows.size)
    was = np.unique(row)
    was = was[np.argsort(-spent[was], kind="stable")]
    return tuple(
        DrilldownItem(item, days, "days there")
        for item, days in zip(
            known.history.item[rows[was]].tolist(), (spent[was] / DAY).tolist(), strict=True
        )
    )


def of_type(known: FlowData, facts: Facts, span: Window, kind: str) -> tuple[DrilldownItem, ...]:
    """Items of a flow type: those in progress with their ages, then those that finished in the
    window with their cycle times, the longest first.
    """
    types = facts.along(known.history).type
    mine = types == TYPES.index(FlowType(kind))
    _, started, finished = known.days
    done = np.flatnonzero(mine & finished_in(known, span))
    cycle = np.where(known.sure[done], finished[done] - started[done] + 1, 0)
    by = np.argsort(-cycle, kind="stable")
    took = zip(
        *(known.history.item[done[by]].tolist(), cycle[by].tolist()),
        known.ordered[done[by]].tolist(),
        strict=True,
    )
    return (
        *_ages(known, span, mine),
        *(
            DrilldownItem(item, float(n), "days")
            if n
            else DrilldownItem(item, None, NO_START if ordered else BACKWARDS)
            for item, n, ordered in took
        ),
    )


def at_work(known: FlowData, span: Window) -> tuple[DrilldownItem, ...]:
    """The items in progress at the end of ``known`` with their ages, the oldest first."""
    return _ages(known, span, known.in_progress)


def _ages(known: FlowData, span: Window, among: Mask) -> tuple[DrilldownItem, ...]:
    """The items in progress among some with their ages, the oldest first."""
    today = (span.today - span.first).days + span.first_number
    rows = np.flatnonzero(among & known.in_progress)
    begun = known.flow.start[rows] <= span.as_of
    ages = np.where(begun, today - known.days[1][rows] + 1, 0)
    by = np.argsort(-ages, kind="stable")
    ids = known.history.item[rows[by]].tolist()
    return tuple(
        DrilldownItem(item, float(age), "days old") if age else DrilldownItem(item, None, IN_FUTURE)
        for item, age in zip(ids, ages[by].tolist(), strict=True)
    )


def inside(known: FlowData, stage: int, now: int) -> tuple[DrilldownItem, ...]:
    """The items that are in a stage (by its id) at a moment, with their days there, the longest
    there first.
    """
    history = known.history
    last = history.begin + history.counts - 1
    rows = np.flatnonzero(history.stage[last] == stage)
    entered = history.entered[last[rows]]
    by = np.argsort(entered, kind="stable")
    spent = (now - entered[by]) / DAY
    return tuple(
        DrilldownItem(item, each, "days there")
        if each >= 0
        else DrilldownItem(item, None, IN_FUTURE)
        for item, each in zip(history.item[rows[by]].tolist(), spent.tolist(), strict=True)
    )
