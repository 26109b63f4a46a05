"""Computes the board as of a moment: the items of each stage and their start and finish."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from vsm.flow.days import day_numbers
from vsm.flow.finishing import finished_in, passing_ages
from vsm.flow.flow_data import FlowData
from vsm.flow.window import Window
from vsm.model.board import Flowed, Stood
from vsm.model.item import ClassOfService
from vsm.model.rules import LEVELS, SLE_PERCENT, nearest_rank


def stages_as_of(data: FlowData, services: Mapping[int, str], recent: int, as_of: int) -> Stood:
    """The items in ``services`` (id → class of service) by stage as of the end of ``data``.

    Expedited items come first, then in the order of entry; in done and dropped stages the latest
    comes first, and only items that came at or after ``recent`` (UTC microseconds) are there. The
    order in which the team had ranked them is not kept by moment.
    """
    history, flow, order = data.history, data.flow, data.stream.order
    last = history.begin + history.counts - 1
    entered = data.entered[last]
    every, has_start = np.arange(len(history)), flow.started & flow.has_known_start
    (today,) = day_numbers(np.array([as_of]), data.stream.zone).tolist()
    is_timed = data.is_timed & flow.finished
    is_true = data.is_ordered & flow.finished
    rows: dict[int, list[tuple[bool, int, int]]] = {stage.id: [] for stage in order}
    flowed: dict[int, Flowed] = {}
    columns = (
        *(history.item, flow.stage, entered, has_start, flow.start, flow.finished),
        *(flow.finish, is_timed, data.cycle_days(every), is_true, data.lead_days(every)),
        data.age_days(every, today),
    )
    for item, place, at, begun, start, done, finish, timed, cycle, true, lead, age in zip(
        *(column.tolist() for column in columns), strict=True
    ):
        stage, service = order[place], services.get(item)
        if service is None or (stage.category.ended and at < recent):
            continue
        rows[stage.id].append((service != ClassOfService.EXPEDITE, at, item))
        flowed[item] = Flowed(
            start if begun else None,
            finish if done else None,
            cycle if timed else None,
            lead if true else None,
            max(1, age) if begun and not stage.category.ended else None,
        )
    out = {}
    for stage in order:
        items = rows[stage.id]
        if stage.category.ended:
            items.sort(key=lambda row: row[1:], reverse=True)
        else:
            items.sort()
        out[stage.id] = tuple(item for *_, item in items)
    return Stood(out, flowed)


def headline(data: FlowData, recent: Window, span: Window) -> tuple[int | None, int, int]:
    """The header of a board: p85 of the inclusive cycle time of items finished in ``span``, their
    number, and the number of items finished in ``recent``.
    """
    rows = np.flatnonzero(finished_in(data, span) & data.is_timed)
    count = int(np.count_nonzero(finished_in(data, recent)))
    return cycle_as_of(data, span, SLE_PERCENT), rows.size, count


def cycle_as_of(data: FlowData, span: Window, percent: int) -> int | None:
    """That percentile of the inclusive cycle time of items finished in ``span``."""
    rows = np.flatnonzero(finished_in(data, span) & data.is_timed)
    cycles = sorted(data.cycle_days(rows).tolist())
    return nearest_rank(cycles, percent) if cycles else None


def stays_as_of(data: FlowData, span: Window, percent: int) -> dict[int, int]:
    """By stage id the microseconds that a percentage of the items finished in ``span`` spent there
    at most, all visits together; done and dropped stages are left out.
    """
    paths = data.paths(np.flatnonzero(finished_in(data, span) & data.has_full_path))
    ended = np.array([stage.category.ended for stage in data.stream.order], dtype=np.bool_)
    inside = ~ended[paths.place]
    count = paths.rows.size
    cell = paths.place[inside] * count + paths.row[inside]
    spent = (paths.left - paths.entered)[inside]
    cells, group = np.unique(cell, return_inverse=True)
    total = np.zeros(cells.size, dtype=np.int64)
    np.add.at(total, group, spent)
    out: dict[int, int] = {}
    for place, stage in enumerate(data.stream.order):
        values = np.sort(total[cells // max(count, 1) == place])
        if values.size:
            out[stage.id] = nearest_rank(values.tolist(), percent)
    return out


def remaining_as_of(data: FlowData, span: Window) -> dict[int, list[int]]:
    """What :func:`vsm.store.times.remaining_times` is, as of the end of ``data``."""
    paths = data.paths(np.flatnonzero(finished_in(data, span) & data.is_ordered))
    count = max(paths.rows.size, 1)
    _, first = np.unique(paths.place * count + paths.row, return_index=True)  # the earliest visit
    rows, place = paths.rows[paths.row[first]], paths.place[first]
    took = data.micros_here(rows, paths.entered[first], data.flow.finish[rows])
    return {
        stage.id: np.sort(took[place == n]).tolist()
        for n, stage in enumerate(data.stream.order)
        if (place == n).any()
    }


def pace_as_of(
    data: FlowData, span: Window, levels: Sequence[int] = LEVELS
) -> dict[int, tuple[int, ...]]:
    """The ages p50, p70, p85 and p95 of :func:`~.stage_times.pace`, by stage id."""
    rows = np.flatnonzero(finished_in(data, span) & data.is_timed & data.has_full_path)
    if not rows.size:
        return {}
    at, ages = passing_ages(data, data.paths(rows))
    ordered = np.sort(ages, axis=0)
    return {
        data.stream.order[place].id: tuple(
            nearest_rank(ordered[:, n].tolist(), level) for level in levels
        )
        for n, place in enumerate(at.tolist())
    }
