"""Items finished by a day: the law against exact sums, what was known then, what came true."""

from __future__ import annotations

from datetime import date, timedelta
from math import exp, factorial
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest

from bench.forecasts.throughput import SAID, judge, read_history
from tests.flow.oracle import history_of
from tests.flow.test_metrics_by_hand import item, stream_in
from vsm.features.forecast.backtest import (
    MIN_FINISHED,
    Plain,
    calibrate,
    make_trials,
    past_forecasts,
    score,
)
from vsm.features.forecast.finished import Finished
from vsm.features.forecast.throughput import (
    YEAR_END,
    Throughput,
    normal_share,
    poisson_share,
    read_pace,
    worked_share,
)
from vsm.flow.flow_data import FlowData
from vsm.flow.history import FAR
from vsm.model.rules import SILENCE

EPOCH = date(1970, 1, 1)


def number(day: str) -> int:
    return (date.fromisoformat(day) - EPOCH).days


def steady(days: int, a_day: int = 1, until: str = "2026-10-05") -> Finished:
    """So many items on every working day of the days before a Monday."""
    end = number(until)
    worked = [d for d in range(end - days, end) if (d + 3) % 7 < 5]
    day = np.repeat(np.array(worked), a_day)
    return Finished(end - days, day, np.full(day.size, FAR))


def test_shares_of_normal_and_poisson_numbers() -> None:
    z = np.linspace(-4, 4, 41)
    exact = [NormalDist().cdf(float(value)) for value in z]
    assert np.abs(normal_share(z) - exact).max() < 1e-6
    for mean in (0.05, 0.7, 3.0, 20.0, 150.0):
        share = 0.0
        for most in range(150 if mean < 100 else 1):
            share += exp(-mean) * mean**most / factorial(most)
            ours = float(poisson_share(np.array(float(most)), np.array(np.log(mean))))
            assert ours == pytest.approx(share, abs=0.004)
    assert float(poisson_share(np.array(-1.0), np.array(0.0))) == 0.0


def test_finished_items_are_known_as_they_were_each_morning() -> None:
    history = history_of(
        dict(
            enumerate(
                (
                    item(("2026-03-02", 1), ("2026-03-03", 3), ("2026-03-04T23:30", 4)),
                    # Closed after done is no second finish; back to work takes it away on the 9th.
                    item(
                        ("2026-03-02", 3),
                        ("2026-03-04", 4),
                        ("2026-03-05", 5),
                        ("2026-03-09", 3),
                        ("2026-03-11", 4),
                    ),
                    item(("2026-03-02", 3), ("2026-03-06", 6)),
                )
            )
        )
    )
    finished = Finished.of(FlowData.of(history, stream_in()))
    first = number("2026-03-02")
    assert finished.first == first
    assert finished.by_day(number("2026-03-09")).tolist() == [0, 0, 2, 0, 0, 0, 0]
    assert finished.by_day(number("2026-03-10")).tolist() == [0, 0, 1, 0, 0, 0, 0, 0]
    assert finished.by_day(number("2026-03-12")).tolist() == [0, 0, 1, 0, 0, 0, 0, 0, 0, 1]
    begin = np.array([first, first, number("2026-03-09")])
    end = np.array([number("2026-03-09"), number("2026-03-10"), number("2026-03-12")])
    assert finished.between(begin, end).tolist() == [2, 1, 1]


def test_the_days_around_new_year_are_worked_less() -> None:
    share = worked_share(number("2026-12-19"), 17)
    days = [EPOCH + timedelta(number("2026-12-19") + n) for n in range(17)]
    assert [d.isoformat() for d, s in zip(days, share, strict=True) if s == YEAR_END] == [
        *(f"2026-12-{day}" for day in range(21, 32)),
        *("2027-01-01", "2027-01-02"),
    ]


def test_a_steady_stream_goes_on_as_it_does() -> None:
    history, today = steady(400), number("2026-10-05")
    law = Throughput(read_pace(history.by_day(today), today))
    assert 9 <= law.at_least(14, 0.5) <= 10, "ten working days"
    assert law.at_least(14, 0.95) < law.at_least(14, 0.85) < law.at_least(14, 0.5)
    for odds in (0.5, 0.85, 0.95):
        least = law.at_least(30, odds)
        assert law.odds_of(least, 30) >= odds > law.odds_of(least + 1, 30)
        days = law.days_until(10, odds)
        assert days is not None and law.odds_by_day(10)[days - 1] >= odds
        assert days == 1 or law.odds_by_day(10)[days - 2] < odds
    assert (np.diff(law.odds_by_day(25)) >= 0).all() and law.odds_by_day(25)[-1] < 1
    assert law.days_until(5_000, 0.5) is None


def test_one_day_of_tidying_up_is_no_pace() -> None:
    history, today = steady(200), number("2026-10-05")
    plain = read_pace(history.by_day(today), today)
    tidied = history.by_day(today)
    tidied[-10] += 500
    law, after = Throughput(plain), Throughput(read_pace(tidied, today))
    assert after.at_least(30, 0.5) <= law.at_least(30, 0.5) + 3


def test_forecasts_of_the_past_know_nothing_of_what_came_later() -> None:
    today = number("2026-10-05")
    calm, doubled = steady(700), steady(700)
    late = doubled.day[doubled.day >= today - 100]
    doubled = Finished(
        doubled.first,
        np.sort(np.concatenate([doubled.day, late, late])),
        np.full(doubled.day.size + 2 * late.size, FAR),
    )
    one, two = make_trials(calm, today), make_trials(doubled, today)
    before = one.days <= today - 100
    for a, b in zip(one.paces, two.paces, strict=True):
        if a is one.paces[np.flatnonzero(before)[0]]:
            break
        assert a.rates[28] <= b.rates[28] + 1e-9
    for n in np.flatnonzero(before).tolist():
        assert one.paces[n].rates == two.paces[n].rates
    then = int(one.days[np.flatnonzero(before)[0]])
    past = [calibrate(trials, then) for trials in (one, two)]
    assert (past[0].shift == past[1].shift).all() and (past[0].spread == past[1].spread).all()
    now = [calibrate(trials, today) for trials in (one, two)]
    assert now[1].shift[2] > now[0].shift[2], "it forecast too little, and forecasts more now"


def test_plain_resampling_is_the_law_of_the_sum() -> None:
    plain = Plain(np.array([0, 0, 1, 3]), 2)
    sums = [a + b for a in (0, 0, 1, 3) for b in (0, 0, 1, 3)]
    expected = [sum(value <= most for value in sums) / 16 for most in range(8)]
    assert plain.share(np.arange(8)) == pytest.approx(expected)
    many = Plain(np.array([0, 10_000]), 90)
    assert many.bundle > 1
    assert many.share(np.array([450_000]))[0] == pytest.approx(0.54, abs=0.02)


def test_what_was_said_is_counted_and_held_against_what_happened() -> None:
    history, today = steady(400, a_day=2), number("2026-10-05")
    trials = make_trials(history, today)
    (result,) = score(history, trials, (0.5, 0.85), (30,))
    over = int((trials.days + 30 <= today).sum())
    assert [kept.said for kept in result.kept] == [over, over]
    assert result.kept[1].came_true >= over - 1, "nothing ever changed"
    assert result.width is not None and result.ratio is not None
    rare = Finished(today - 300, np.array([today - 200]), np.array([FAR]))
    (nothing,) = score(rare, make_trials(rare, today), (0.85,), (7,))
    assert nothing.kept[0].said == 0, "at least none is no forecast"


def test_past_forecasts_are_those_that_are_counted() -> None:
    rng = np.random.default_rng(5)
    end = number("2026-10-05")
    day = np.sort(end - rng.integers(1, 900, 500))
    history = Finished(end - 900, day, np.full(day.size, FAR))
    trials = make_trials(history, end)
    odds = (0.5, 0.85, 0.95)
    (result,) = score(history, trials, odds, (30,))
    past = past_forecasts(trials, odds, 30)
    assert [one.day for one in past] == sorted(one.day for one in past) and len(past) > 50
    for n, kept in enumerate(result.kept):
        said = [one for one in past if one.at_least[n]]
        assert len(said) == kept.said
        assert sum(one.finished >= one.at_least[n] for one in said) == kept.came_true
    one = past[-1]
    law = Throughput(read_pace(history.by_day(one.day), one.day), calibrate(trials, one.day))
    assert one.at_least == tuple(law.at_least(30, share) for share in odds)
    assert one.finished == int(((day >= one.day) & (day < one.day + 30)).sum())


def test_mornings_without_enough_to_forecast_from_are_not_counted() -> None:
    end = number("2026-10-05")
    busy = np.arange(end - 800, end - 600)
    history = Finished(end - 900, np.concatenate([busy, busy + 500]), np.full(400, FAR))
    counted = [one.day for one in past_forecasts(make_trials(history, end), (0.5,), 30)]
    assert counted[0] >= end - 800 + MIN_FINISHED
    silent = [day for day in counted if end - 600 + SILENCE < day <= end - 300 + 1]
    assert not silent, "nothing had finished for 91 days"
    assert any(day > end - 300 + MIN_FINISHED for day in counted)


def test_forecasts_of_real_projects_come_true_as_often_as_they_say(shared_data: Path) -> None:
    names = ("Hyperledger_Sawtooth", "Spring_XD", "The_Titanium_SDK_", "Mule_APIkit")
    folder = shared_data / "tawos_completions"
    projects = [judge(read_history(folder / f"{name}.csv")) for name in names]
    for n, days in ((1, 14), (2, 30)):
        kept = [project.scores[n].kept[SAID] for project in projects]
        plain = [project.scores[n].plain[SAID] for project in projects]
        share = sum(k.came_true for k in kept) / sum(k.said for k in kept)
        assert 0.80 <= share <= 0.90, days
        assert sum(k.came_true for k in plain) / sum(k.said for k in plain) < share, days
    # Few constants were ever fitted to these: their error is below that of plain resampling.
    assert all((project.scores[2].ratio or 1) < 1 for project in projects[:3])
