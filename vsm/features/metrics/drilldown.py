"""Finds the items behind a bar or a point of a chart where the figures do not list them."""

from __future__ import annotations

import numpy as np

from vsm.features.metrics.results import DrilldownItem
from vsm.flow.facts import TYPES, Facts
from vsm.flow.finishing import finished_in
from vsm.flow.flow_data import FlowData
from vsm.flow.history import Mask
from vsm.flow.window import Window
from vsm.model.item import FlowType
from vsm.model.rules import DAY, RUN_BACKWARDS, Days

NO_START = "no start"
IN_FUTURE = "later than now"
"""Reasons why the days of an item are unknown."""


def by_time_in_stage(data: FlowData, span: Window, stage: str) -> tuple[DrilldownItem, ...]:
    """The items that :func:`~.stage_times.time_in_stage` counts in a stage, longest first."""
    (place,) = (n for n, candidate in enumerate(data.stream.order) if candidate.name == stage)
    rows = np.flatnonzero(finished_in(data, span) & data.has_full_path)
    paths = data.paths(rows)
    inside = paths.place == place
    row = paths.row[inside]
    spent = np.bincount(row, weights=(paths.left - paths.entered)[inside], minlength=rows.size)
    visitors = np.unique(row)
    visitors = visitors[np.argsort(-spent[visitors], kind="stable")]
    return tuple(
        DrilldownItem(item, days, "days there")
        for item, days in zip(
            data.history.item[rows[visitors]].tolist(),
            (spent[visitors] / DAY).tolist(),
            strict=True,
        )
    )


def by_type(data: FlowData, facts: Facts, span: Window, kind: str) -> tuple[DrilldownItem, ...]:
    """Items of a flow type in progress with their ages, then those finished in the window with
    their cycle times, longest first.
    """
    types = facts.aligned_to(data.history).type
    is_of_type = types == TYPES.index(FlowType(kind))
    done = np.flatnonzero(is_of_type & finished_in(data, span))
    cycle = np.where(data.is_timed[done], data.cycle_days(done), 0)
    by = np.argsort(-cycle, kind="stable")
    took = zip(
        *(data.history.item[done[by]].tolist(), cycle[by].tolist()),
        data.is_ordered[done[by]].tolist(),
        strict=True,
    )
    return (
        *_ages(data, span, is_of_type),
        *(
            DrilldownItem(item, float(n), "days")
            if n
            else DrilldownItem(item, None, NO_START if ordered else RUN_BACKWARDS)
            for item, n, ordered in took
        ),
    )


def in_progress(data: FlowData, span: Window) -> tuple[DrilldownItem, ...]:
    """The items in progress at the end of ``data`` with their ages, oldest first."""
    return _ages(data, span, data.in_progress)


def _ages(data: FlowData, span: Window, among: Mask) -> tuple[DrilldownItem, ...]:
    """Those of some items that are in progress with their ages, oldest first."""
    today = (span.today - span.first).days + span.first_number
    rows = np.flatnonzero(among & data.in_progress)
    begun = data.flow.start[rows] <= span.as_of
    ages = np.where(begun, data.age_days(rows, today), 0)
    by = np.argsort(-ages, kind="stable")
    ids = data.history.item[rows[by]].tolist()
    return tuple(
        DrilldownItem(item, float(age), "days old") if age else DrilldownItem(item, None, IN_FUTURE)
        for item, age in zip(ids, ages[by].tolist(), strict=True)
    )


def in_stage(data: FlowData, stage: int, now: int) -> tuple[DrilldownItem, ...]:
    """The items in a stage (by its id) with their days there by ``now``, longest first.

    These are inclusive days, as on cards.
    """
    history = data.history
    last = history.begin + history.counts - 1
    rows = np.flatnonzero(history.stage[last] == stage)
    entered = history.entered[last[rows]]
    by = np.argsort(entered, kind="stable")
    days = Days(data.stream.zone)
    return tuple(
        DrilldownItem(item, days.between(at, now), "days there")
        if at <= now
        else DrilldownItem(item, None, IN_FUTURE)
        for item, at in zip(history.item[rows[by]].tolist(), entered[by].tolist(), strict=True)
    )
