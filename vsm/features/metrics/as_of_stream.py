"""A stream as it stood at a moment: which items were where, and since when they were at work."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from vsm.features.metrics.basic import finished_in
from vsm.features.metrics.stage_times import passing_ages
from vsm.flow.flow_data import FlowData
from vsm.flow.window import Window
from vsm.model.board import Flowed, Stood
from vsm.model.item import ClassOfService
from vsm.model.rules import nearest_rank


def stood(known: FlowData, services: Mapping[int, str], recent: int) -> Stood:
    """Where the items named in ``services`` (id → class of service) stood at the end of ``known``.

    Expedited items come first, then those that came first; in done and dropped stages the latest,
    and only those that came at or after ``recent`` (UTC microseconds). The team's own order of
    then is not kept.
    """
    history, flow, order = known.history, known.flow, known.stream.order
    last = history.begin + history.counts - 1
    entered = known.entered[last]
    _, started, finished = known.days
    both = known.sure & flow.finished
    rows: dict[int, list[tuple[bool, int, int]]] = {stage.id: [] for stage in order}
    told: dict[int, Flowed] = {}
    columns = (
        *(history.item, flow.stage, entered, flow.started, flow.start, flow.finished),
        *(flow.finish, both, finished - started + 1),
    )
    for item, place, at, begun, start, done, finish, timed, cycle in zip(
        *(column.tolist() for column in columns), strict=True
    ):
        stage, service = order[place], services.get(item)
        if service is None or (stage.category.ended and at < recent):
            continue
        rows[stage.id].append((service != ClassOfService.EXPEDITE, at, item))
        told[item] = Flowed(
            start if begun else None, finish if done else None, cycle if timed else None
        )
    out = {}
    for stage in order:
        here = rows[stage.id]
        if stage.category.ended:
            here.sort(key=lambda row: row[1:], reverse=True)
        else:
            here.sort()
        out[stage.id] = tuple(item for *_, item in here)
    return Stood(out, told)


def headline(known: FlowData, recent: Window, span: Window) -> tuple[int | None, int, int]:
    """p85 of inclusive cycle time of what finished in ``span`` with its number of items, and how
    many finished in ``recent``: the header of a board.
    """
    rows = np.flatnonzero(finished_in(known, span) & known.sure)
    _, started, finished = known.days
    cycles = sorted((finished[rows] - started[rows] + 1).tolist())
    count = int(np.count_nonzero(finished_in(known, recent)))
    return (nearest_rank(cycles, 85) if cycles else None), len(cycles), count


def pace_then(known: FlowData, span: Window) -> dict[int, tuple[int, ...]]:
    """By stage id the ages p50, p70, p85 and p95 of :func:`~.stage_times.pace`."""
    rows = np.flatnonzero(finished_in(known, span) & known.sure & known.whole)
    if not rows.size:
        return {}
    at, ages = passing_ages(known, known.paths(rows))
    ordered = np.sort(ages, axis=0)
    return {
        known.stream.order[place].id: tuple(
            nearest_rank(ordered[:, n].tolist(), level) for level in (50, 70, 85, 95)
        )
        for n, place in enumerate(at.tolist())
    }
