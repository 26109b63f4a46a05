"""Remaining time of open items: estimates by hand, what competes, what is not known, properties."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.forecasts.items import judge
from tests.flow.oracle import ELSEWHERE, ItemRecord, history_of, own_visits
from vsm.flow.flow_data import FlowData
from vsm.flow.history import Ints
from vsm.flow.incidence import incidence
from vsm.flow.outlook import Outlook
from vsm.flow.remaining import RemainingTime
from vsm.flow.stays import DONE, GONE, OPEN, Floats, Stays
from vsm.model.item import Quality
from vsm.model.rules import DAY
from vsm.model.stream import Category, Stage, ValueStream, chain

BACKLOG, BUILD, REVIEW, CLOSED, DROPPED = 2, 3, 4, 5, 6
STAGES = (
    Stage(BACKLOG, "Backlog", Category.BACKLOG, 1),
    Stage(BUILD, "Build", Category.ACTIVE, 2),
    Stage(REVIEW, "Review", Category.ACTIVE, 3),
    Stage(CLOSED, "Done", Category.DONE, 4),
    Stage(DROPPED, "Dropped", Category.DROPPED, 5),
)
STREAM = ValueStream(1, "Example", "UTC", STAGES, chain(STAGES[:4]))
FIRST = 20_000
Moves = list[tuple[float, int]]


def data_of(
    items: list[Moves], as_of: float | None = None, quality: Quality = Quality.FULL
) -> FlowData:
    """A history of moves ``(day, stage)``, as known on a day."""
    records = {
        n: ItemRecord(
            own_visits((int((FIRST + day) * DAY), stage) for day, stage in moves), quality
        )
        for n, moves in enumerate(items, 1)
    }
    history = history_of(records)
    if as_of is not None:
        history = history.as_of(int((FIRST + as_of) * DAY), departed=True)
    return FlowData.of(history, STREAM)


def law_of(items: list[Moves], as_of: float) -> RemainingTime:
    return RemainingTime(data_of(items, as_of), int((FIRST + as_of) * DAY))


def build(start: float, end: float | None = None, stage: int = CLOSED) -> Moves:
    """An item that is built from a day on, until it ends."""
    return [(start, BUILD)] if end is None else [(start, BUILD), (end, stage)]


def shares(
    remaining: list[float],
    outcome: list[int],
    days: list[float],
    *,
    begin: list[float] | None = None,
    weights: list[float] | None = None,
) -> tuple[list[float], list[float]]:
    size = len(remaining)
    done, gone = incidence(
        np.array([remaining]),
        np.array([outcome]),
        np.array([[weights or [1.0] * size]]),
        np.array([begin or [0.0] * size]),
        np.array(days, dtype=float),
    )
    return done[0, 0].tolist(), gone[0, 0].tolist()


# -- estimates by hand --------------------------------------------------------------------


def test_kaplan_meier_with_censored_and_dropped_items_by_hand() -> None:
    # Five at risk on day 2: one in five finishes. Day 3 censors one. Of three at risk on day 5 one
    # finishes and one is dropped: a third of the 0.8 each.
    done, gone = shares([2, 3, 5, 5, 8], [DONE, OPEN, DONE, GONE, OPEN], [0, 1.9, 2, 4.9, 5, 99])
    assert done == pytest.approx([0, 0, 0.2, 0.2, 0.2 + 0.8 / 3, 0.2 + 0.8 / 3])
    assert gone == pytest.approx([0, 0, 0, 0, 0.8 / 3, 0.8 / 3])


def test_a_dropped_item_is_no_censored_one() -> None:
    # Censored on day 1, the first of two may still finish: 100% by day 2. Dropped, it cannot.
    assert shares([1, 2], [OPEN, DONE], [2])[0] == [1.0]
    assert shares([1, 2], [GONE, DONE], [2]) == ([0.5], [0.5])


def test_items_that_end_and_are_censored_on_one_day_are_both_at_risk() -> None:
    assert shares([4, 4], [OPEN, DONE], [4])[0] == [0.5]


def test_an_item_is_at_risk_only_from_when_it_was_observed() -> None:
    # On day 3 two are at risk, as the second is observed from day 4 on; on day 6 again two.
    done, _ = shares([3, 6, 10], [DONE, DONE, OPEN], [3, 6], begin=[0, 4, 0])
    assert done == pytest.approx([1 / 2, 3 / 4])
    done, _ = shares([3, 6, 10], [DONE, DONE, OPEN], [3, 6])
    assert done == pytest.approx([1 / 3, 2 / 3])


def test_a_weight_counts_like_so_many_items() -> None:
    heavy = shares([2, 5, 7], [DONE, GONE, DONE], [2, 5, 7], weights=[3, 1, 2])
    many = shares([2, 2, 2, 5, 7, 7], [DONE] * 3 + [GONE] + [DONE] * 2, [2, 5, 7])
    assert heavy[0] == pytest.approx(many[0]) and heavy[1] == pytest.approx(many[1])
    none = shares([2, 5], [DONE, DONE], [2, 5], weights=[0, 1])
    assert none[0] == [0.0, 1.0]


def test_items_that_never_end_keep_few_from_being_certain() -> None:
    # Half an item more at risk: 1 of 2.5, then 1 of 1.5 of the 0.6 that are left.
    kinds = np.array([[DONE, DONE]])
    unweighted, doubled = (
        incidence(
            np.array([[2.0, 5.0]]),
            kinds,
            np.full((1, 1, 2), weight),
            np.zeros((1, 2)),
            np.array([2.0, 5.0]),
            unseen=0.5,
        )[0][0, 0]
        for weight in (1.0, 2.0)
    )
    assert unweighted.tolist() == pytest.approx([0.4, 0.4 + 0.6 / 1.5])
    assert doubled.tolist() == pytest.approx(unweighted.tolist()), "only weights' ratios matter"


def test_the_law_by_age_by_hand() -> None:
    # The first end, on day 1, begins the record. At the age of 1 day there are four: one finishes
    # at the age of 2; of three one finishes and one is dropped at 4; the last finishes at 6.
    history = [build(0, 1), build(2, 4), build(2, 6), build(2, 6, DROPPED), build(2, 8), build(9)]
    law = law_of(history, 10)
    outlook = law.age_only(law.stays.open_at(law.now))
    within = [outlook.within(np.array([float(n)]))[0] for n in (0, 1, 3, 5)]
    assert within == pytest.approx([0, 1 / 4, 1 / 2, 3 / 4])
    assert outlook.gone[0, -1] == pytest.approx(1 / 4)


def test_nothing_is_said_of_an_age_that_no_item_reached() -> None:
    law = law_of([build(n, n + 2) for n in range(20)] + [build(0)], 40)
    outlook = law.age_only(law.stays.open_at(law.now))
    assert outlook.done.max() == outlook.gone.max() == 0
    assert outlook.days_until(0.5).tolist() == [np.inf]


def test_dates_are_read_from_the_shares() -> None:
    grid, done = np.array([0.0, 2, 4, 10]), np.array([[0, 0.2, 0.6, 0.8], [0, 0.9, 0.9, 0.95]])
    outlook = Outlook(grid, done, np.zeros_like(done), np.zeros(2, dtype=np.int64), np.zeros(2))
    assert outlook.days_until(0.5).tolist() == pytest.approx([3.5, 10 / 9])
    assert outlook.days_until(0.85).tolist() == pytest.approx([np.inf, 17 / 9])
    assert outlook.within(np.array([3.0, 7.0])).tolist() == pytest.approx([0.4, 0.925])


# -- what became of items -------------------------------------------------------------------


def test_every_stay_knows_how_its_item_ended_next() -> None:
    stays = Stays.of(
        data_of(
            [
                # Reopened: two runs, of which the second is open. The age goes on meanwhile.
                [(0, BACKLOG), (1, BUILD), (3, CLOSED), (5, BUILD), (6, REVIEW)],
                [(0, BUILD), (2, REVIEW), (4, DROPPED)],
                # Two days in another stream, which belong to no age.
                [(0, BUILD), (3, ELSEWHERE), (5, BUILD), (9, CLOSED)],
                [(0, BACKLOG)],
                [(2, CLOSED)],
                # It left for another stream and did not come back.
                [(1, BUILD), (2, ELSEWHERE)],
            ]
        )
    )
    rows = zip(
        stays.item.tolist(),
        *((column - FIRST).tolist() for column in (stays.born, stays.entered, stays.end)),
        stays.outcome.tolist(),
        stays.begins_run.tolist(),
        strict=True,
    )
    assert [tuple(round(value, 6) for value in row) for row in rows] == [
        (0, 1, 1, 3, DONE, True),
        (0, 1, 5, np.inf, OPEN, True),
        (0, 1, 6, np.inf, OPEN, False),
        (1, 0, 0, 4, GONE, True),
        (1, 0, 2, 4, GONE, False),
        (2, 0, 0, 3, GONE, True),
        (2, 2, 5, 9, DONE, True),
        (5, 1, 1, 2, GONE, True),
    ]
    assert stays.since - FIRST == 2
    assert (stays.ended_by(FIRST + 8) - FIRST).tolist() == [2, 3, 3, 4]


def test_items_whose_times_cannot_be_relied_on_are_left_out() -> None:
    backwards = [(4.0, BUILD), (2.0, REVIEW), (6.0, CLOSED)]
    assert Stays.of(data_of([backwards])).item.size == 0
    assert Stays.of(data_of([build(1, 3)], quality=Quality.TRUNCATED)).item.size == 0
    assert Stays.of(data_of([build(1, 3)], quality=Quality.ENDPOINTS_ONLY)).item.size == 1
    ahead = replace(data_of([build(1), build(9)]), until=int((FIRST + 5) * DAY))
    assert Stays.of(ahead).item.tolist() == [0]


def test_an_import_that_begins_midway_does_not_make_items_slow() -> None:
    # One item a day; they take 2, 10 and 20 days in turn: of those a day old a third finishes
    # within five days. An import from day 30 on holds of older items only what was still open.
    whole = [build(n, n + (2.5, 10.5, 20.5)[n % 3]) for n in range(60)]
    midway = [moves for moves in whole if moves[-1][0] >= 30]
    law = law_of([*midway, build(59)], 60)
    stay = law.stays.open_at(law.now)[-1:]
    assert law.age_only(stay).within(np.array([5.0]))[0] == pytest.approx(1 / 3, abs=0.03)
    law.stays = replace(law.stays, since=-np.inf)  # as if all had been observed from their start
    assert law.age_only(stay).within(np.array([5.0]))[0] < 0.27


# -- stages -------------------------------------------------------------------------------


def in_review(start: float) -> Moves:
    """Ten days in Build, one in Review."""
    return [(start, BUILD), (start + 10, REVIEW), (start + 11, CLOSED)]


def test_the_stage_says_more_than_the_age() -> None:
    # At the age of 10.5 days some are in Review and nearly done, others stay in Build for long.
    quick = [in_review(n) for n in range(0, 200, 2)]
    slow = [build(n + 1, n + 41) for n in range(0, 160, 2)]
    law = law_of([*quick, *slow, [(189.5, BUILD), (199.5, REVIEW)], build(189.5)], 200)
    review, built = law.stays.open_at(law.now)[-2:].tolist()
    outlook = law.outlook(np.array([review, built]))
    soon = outlook.within(np.array([2.0, 2.0]))
    by_age = law.age_only(np.array([review, built])).within(np.array([2.0, 2.0]))
    assert by_age[0] == by_age[1] and 0.3 < by_age[0] < 0.8
    assert soon[0] > by_age[0] + 0.1 and soon[1] < by_age[1] - 0.1


def test_items_alike_are_counted_and_named() -> None:
    history = [in_review(n) for n in range(0, 40, 2)]
    history += [[(70, BUILD), (75, REVIEW), (76.5, DROPPED)], [(90, BUILD), (99.5, REVIEW)]]
    law = law_of(history, 100)
    stay = law.stays.open_at(law.now)
    outlook = law.outlook(stay)
    assert outlook.alike.tolist() == [21], "the others that were in Review for half a day"
    (examples,) = law.examples(stay, 50)
    assert examples[-1] == (20, pytest.approx(1.0), GONE), "its age was least alike"
    assert {outcome for *_, outcome in examples[:-1]} == {DONE}
    assert {round(days, 6) for _, days, _ in examples[:-1]} == {0.5}
    assert len(law.examples(stay, 3)[0]) == 3


def test_a_new_stage_leaves_the_law_by_age() -> None:
    history = [build(n, n + 5) for n in range(60)]
    law = law_of([*history, [(58, BUILD), (59, REVIEW)]], 60)
    stay = law.stays.open_at(law.now)[-1:]
    outlook, by_age = law.outlook(stay), law.age_only(stay)
    assert outlook.alike.tolist() == [0]
    days = np.array([4.0])
    assert outlook.within(days)[0] == pytest.approx(by_age.within(days)[0], abs=0.05)


def random_history(seed: int, *, has_meaning: bool) -> FlowData:
    """Items of very different durations; the stage says how long it takes, or nothing."""
    random = Random(seed)
    items = []
    for _ in range(400):
        start, days = random.uniform(0, 600), random.expovariate(1 / 12)
        between = max(0.0, days - 2) if has_meaning else random.uniform(0, days)
        items.append([(start, BUILD), (start + between, REVIEW), (start + days, CLOSED)])
    return data_of(items)


def test_stages_help_where_they_mean_something_and_do_not_harm_elsewhere() -> None:
    meaningful, meaningless = (
        judge(random_history(1, has_meaning=has_meaning)) for has_meaning in (True, False)
    )
    assert meaningful is not None and meaningless is not None
    ours, plain = meaningful
    assert ours.brier < 0.95 * plain.brier and ours.crps.mean() < 0.95 * plain.crps.mean()
    ours, plain = meaningless
    assert ours.brier < 1.02 * plain.brier and ours.crps.mean() < 1.02 * plain.crps.mean()


def test_the_record_counts_the_dates_of_the_past_that_are_over() -> None:
    random = Random(5)
    steady = [build(n, n + random.uniform(4, 30)) for n in range(400)]
    law = law_of(steady, 400)
    for (said, came_true), odds in zip(law.record((0.5, 0.85)), (0.5, 0.85), strict=True):
        assert 60 < said <= 128, "of 8 moments with at most 16 items each"
        assert came_true / said == pytest.approx(odds, abs=0.1)
    # All that began in the last 100 days takes three times as long as anything before.
    slower = [moves if n < 300 else build(n, n + 90) for n, moves in enumerate(steady)]
    (kept,) = law_of(slower, 400).record((0.85,))
    assert kept[1] < 0.8 * kept[0]


def test_a_record_needs_finished_items() -> None:
    assert law_of([build(n) for n in range(30)], 40).record((0.85,)) == [(0, 0)]


# -- properties ---------------------------------------------------------------------------

MOVES = st.lists(
    st.tuples(st.integers(0, 40), st.sampled_from([ELSEWHERE, *range(BACKLOG, DROPPED + 1)])),
    min_size=1,
    max_size=5,
).map(lambda moves: [(float(day), stage) for day, stage in sorted(moves, key=lambda m: m[0])])


@settings(max_examples=60, deadline=None)
@given(st.lists(MOVES, min_size=1, max_size=30), st.integers(1, 45))
def test_shares_rise_and_never_exceed_one(items: list[Moves], as_of: int) -> None:
    items = [moves for moves in items if moves[0][1] != ELSEWHERE and moves[0][0] <= as_of]
    if not items:
        return
    law = law_of(items, as_of)
    stays = law.stays.open_at(law.now)
    for outlook in (law.outlook(stays), law.age_only(stays)):
        assert outlook.done.shape == outlook.gone.shape == (stays.size, outlook.grid.size)
        for share in (outlook.done, outlook.gone):
            assert (share >= -1e-9).all() and (np.diff(share, axis=1) >= -1e-9).all()
        assert (outlook.done + outlook.gone <= 1 + 1e-9).all(), "the rest is open"
        days = [outlook.days_until(odds) for odds in (0.5, 0.85, 0.95)]
        assert (days[0] <= days[1]).all() and (days[1] <= days[2]).all()


@settings(max_examples=30, deadline=None)
@given(st.lists(MOVES, min_size=5, max_size=30), st.integers(10, 40))
def test_what_came_later_is_not_known(items: list[Moves], as_of: int) -> None:
    items = [moves for moves in items if moves[0][1] != ELSEWHERE and moves[0][0] <= as_of]
    early = [[move for move in moves if move[0] <= as_of] for moves in items]
    if not items:
        return
    law, again = law_of(items, as_of), law_of(early, as_of)
    stays = law.stays.open_at(law.now)
    assert np.array_equal(stays, again.stays.open_at(again.now))
    assert np.array_equal(law.outlook(stays).done, again.outlook(stays).done)


def test_items_that_are_worked_out_together_are_forecast_as_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    law = law_of([*(build(n, n + 5) for n in range(30)), *(build(n) for n in (36, 37, 36, 38))], 40)
    stays = law.stays.open_at(law.now)
    worked_out: list[int] = []
    laws = RemainingTime._laws

    def count(law: RemainingTime, stays: Ints, moments: Floats, grid: Floats) -> Any:
        worked_out.append(stays.size)
        return laws(law, stays, moments, grid)

    law.outlook(stays)  # the past is scored only once
    monkeypatch.setattr("vsm.flow.remaining.AT_ONCE", 2)
    monkeypatch.setattr(RemainingTime, "_laws", count)
    together = law.outlook(stays)
    assert worked_out == [2, 1], "two at once; two began at the same time and are alike"
    for n in range(4):
        alone = law.outlook(stays[n : n + 1])
        assert together.done[n] == pytest.approx(alone.done[0])
        assert together.gone[n] == pytest.approx(alone.gone[0])
        assert together.alike[n] == alone.alike[0]
    nothing = law.outlook(stays[:0])
    assert nothing.done.shape == (0, nothing.grid.size)
