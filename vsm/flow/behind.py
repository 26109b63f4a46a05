"""The items behind a bar or a point of a chart, where the figures do not name them themselves."""

from __future__ import annotations

import numpy as np

from vsm.flow.figures import TYPES, Facts
from vsm.flow.known import Known
from vsm.flow.metrics import finished_in
from vsm.flow.results import Behind
from vsm.flow.window import Window
from vsm.model.item import FlowType
from vsm.model.rules import DAY


def time_there(known: Known, span: Window, stage: str) -> tuple[Behind, ...]:
    """The items that :func:`vsm.flow.stages.time_in_stage` counts in a stage, with their days
    there, the longest first.
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
        Behind(item, days, "days there")
        for item, days in zip(
            known.history.item[rows[was]].tolist(), (spent[was] / DAY).tolist(), strict=True
        )
    )


def of_type(known: Known, facts: Facts, span: Window, kind: str) -> tuple[Behind, ...]:
    """Items of a flow type: those in progress with their ages, then those that finished in the
    window with their cycle times, the longest first.
    """
    types = facts.along(known.history).type
    mine = types == TYPES.index(FlowType(kind))
    _, started, finished = known.days
    today = (span.today - span.first).days + span.first_number
    running = np.flatnonzero(mine & known.in_progress)
    ages = today - started[running] + 1
    done = np.flatnonzero(mine & finished_in(known, span))
    cycle = np.where(known.sure[done], finished[done] - started[done] + 1, 0)
    out = []
    for rows, days, what in ((running, ages, "days old"), (done, cycle, "days")):
        by = np.argsort(-days, kind="stable")
        ids = known.history.item[rows[by]].tolist()
        out += [
            Behind(item, float(n) if n else None, what)
            for item, n in zip(ids, days[by].tolist(), strict=True)
        ]
    return tuple(out)


def at_work(known: Known, span: Window) -> tuple[Behind, ...]:
    """The items in progress at the end of ``known`` with their ages, the oldest first."""
    today = (span.today - span.first).days + span.first_number
    rows = np.flatnonzero(known.in_progress)
    ages = today - known.days[1][rows] + 1
    by = np.argsort(-ages, kind="stable")
    ids = known.history.item[rows[by]].tolist()
    return tuple(
        Behind(item, float(age), "days old")
        for item, age in zip(ids, ages[by].tolist(), strict=True)
    )


def inside(known: Known, stage: int, now: int) -> tuple[Behind, ...]:
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
        Behind(item, each, "days there")
        for item, each in zip(history.item[rows[by]].tolist(), spent.tolist(), strict=True)
    )
