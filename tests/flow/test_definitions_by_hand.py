"""Small histories whose rework, %C&A, pace and WIP follow by hand from docs/metrics.md."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.flow.oracle import ItemRecord, history_of
from vsm.features.metrics.figures import figures
from vsm.features.metrics.results import Figures
from vsm.flow.facts import Facts
from vsm.model import rules
from vsm.model.item import Quality
from vsm.model.stream import Category, Stage, ValueStream, chain

FIRST = date(2026, 1, 5)
READY, BUILD, DONE, DROPPED = 1, 2, 3, 4


def at(day: int, hour: int = 0) -> int:
    """An hour of a day, counted from the first."""
    return rules.day_start(FIRST + timedelta(days=day), "UTC") + hour * 3600 * rules.SECOND


def computed(
    *moves: list[tuple[int, int]],
    qualities: tuple[Quality, ...] = (),
    begin: int = 0,
    retired: bool = False,
) -> Figures:
    """Figures from a day on, of items with these moves, as of day 20."""
    stages = (
        Stage(READY, "Ready", Category.QUEUE, 1, retired=retired),
        Stage(BUILD, "Build", Category.ACTIVE, 2),
        Stage(DONE, "Done", Category.DONE, 3),
        Stage(DROPPED, "Dropped", Category.DROPPED, 4),
    )
    stream = ValueStream(1, "Example", "UTC", stages, chain(stages[:3]))
    known = [*qualities, *[Quality.FULL] * (len(moves) - len(qualities))]
    items = {
        n: ItemRecord(rules.visits_of(entries), quality)
        for n, (entries, quality) in enumerate(zip(moves, known, strict=True), 1)
    }
    day = FIRST + timedelta(days=begin)
    return figures(history_of(items), Facts.from_rows(), stream, first=day, as_of=at(20))


BACK_AND_FORTH = [(at(0), READY), (at(0), BUILD), (at(2), READY), (at(2), BUILD), (at(4), DONE)]


def test_moves_that_share_a_moment_put_an_item_into_one_stage_of_the_main_path() -> None:
    quality = computed(
        [(at(0), READY), (at(0), BUILD), (at(4), DONE)],
        BACK_AND_FORTH,
        [(at(1), BUILD), (at(4), DONE)],
    ).complete_accurate
    assert quality.path == ("Ready", "Build")
    assert quality.rolled == pytest.approx(0.5)


def test_the_main_path_is_the_same_in_a_quiet_window() -> None:
    quality = computed([(at(0), READY), (at(1), BUILD), (at(4), DONE)], begin=10).complete_accurate
    assert quality.path == ("Ready", "Build")
    assert quality.rolled is None, "nothing left a stage in the window"


def test_histories_that_are_known_in_part_are_left_out_and_counted() -> None:
    result = computed(
        BACK_AND_FORTH,
        BACK_AND_FORTH,
        [(at(0), BUILD), (at(3), DONE)],
        qualities=(Quality.FULL, Quality.TRUNCATED, Quality.ENDPOINTS_ONLY),
    )
    assert (result.rework.moves, result.rework.per_finished_item) == (1, 1)
    assert result.rework.left_out == 2
    by_stage = {q.stage: (q.n, q.share) for q in result.complete_accurate.by_stage}
    assert by_stage == {"Ready": (1, 0), "Build": (1, 1)}
    assert result.complete_accurate.left_out == 2


def test_the_pace_of_the_last_working_stage_is_the_cycle_time() -> None:
    dropped_first = [(at(0), READY), (at(1), BUILD), (at(3), DROPPED), (at(9), DONE)]
    pace = {p.stage: p.age.p50 for p in computed(dropped_first).pace}
    assert pace == {"Ready": 2, "Build": 10}


def test_a_retired_stage_keeps_its_row_of_the_pace_where_an_item_was_there() -> None:
    assert [p.stage for p in computed(BACK_AND_FORTH, retired=True).pace] == ["Ready", "Build"]
    assert [p.stage for p in computed([(at(1), BUILD), (at(3), DONE)], retired=True).pace] == [
        "Build"
    ]


def test_starts_at_midnight_of_the_first_day_are_arrivals_and_no_wip_before() -> None:
    result = computed(
        [(at(0), READY), (at(20, 1), DONE)],
        [(at(5), READY), (at(20, 1), DONE)],
        begin=5,
    )
    ends = next(
        c for c in result.littles_law.conditions if c.name == "WIP is the same at both ends"
    )
    assert ends.value == pytest.approx(0.5), "1 before the window, 2 at its end"
    assert result.arrivals.days[0].n == 1
