"""Shifts and widens what was played by what became of earlier forecasts of the same stream.

A stream does more than its stations explain: rates drift, the work changes, people wait for
things that no board shows. Throughput before the change gets the distribution of the forecast of
throughput, which is held against what came of earlier ones. For cycle time the simulator is fitted
again as of moments of the past and played on to what is known now: its errors there, together with
what is usual, say how far it may be off. Each draw keeps its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import log

import numpy as np

from vsm.features.bottlenecks.constraint import judge_recent
from vsm.features.bottlenecks.stations import Floats
from vsm.features.forecast.backtest import calibrate, make_trials
from vsm.features.forecast.finished import Finished
from vsm.features.forecast.throughput import Throughput, read_pace
from vsm.features.simulate.changes import NO_CHANGE
from vsm.features.simulate.fitting import fit_stream
from vsm.features.simulate.measuring import Outcome, draw_count, what_if
from vsm.features.simulate.request import DRAWS
from vsm.flow.days import day_numbers
from vsm.flow.flow_data import FlowData
from vsm.model.rules import DAY, SLE_PERCENT, nearest_rank

ORIGINS, TRIALS_FEWER, FEWEST_TRIAL_DRAWS = 4, 10, 8
"""Moments of the past from which the stream is played again, so many times less often than from
now, but not below the last.
"""
USUAL_ERROR, USUAL_TRIALS = 0.35, 2.0
"""The error (of logarithms) beyond what is played that is usual in histories of real work, and how
many trials it counts for."""
MOST_SHIFT = 0.3
"""Larger errors come of a stream that changed: they widen the ranges, but show no direction."""
MOST_DEVIATION = 4.0
"""Factors this many spreads away are the last ones: few trials have long tails."""
LEAST_FINISHED = 10
"""With fewer finished items in a trial, or before it, nothing is learned from it."""
LEVELS = (np.arange(40) + 0.5) / 40
"""The shares at which the distribution of throughput is looked up."""


@dataclass(frozen=True, slots=True)
class Error:
    """How far played cycle times may be off, in logarithms: a shift, and a spread beyond that of
    the draws, which so many trials showed.
    """

    shift: float
    spread: float
    trials: int


@dataclass(frozen=True, slots=True)
class Trial:
    """The logarithm of what came over the middle of what was played, and the spread of that."""

    error: float
    spread: float


def figures_of(flow: FlowData, begin: int, end: int) -> tuple[float, float, int]:
    """Throughput a week, 85% cycle time (not a number for none) and finished items of a time."""
    inside = flow.flow.finished & (flow.flow.finish > begin) & (flow.flow.finish <= end)
    rows = np.flatnonzero(inside & flow.is_timed)
    days: list[int] = np.sort(flow.cycle_days(rows)).tolist()
    p85 = float(nearest_rank(days, SLE_PERCENT)) if days else float("nan")
    count = int(inside.sum())
    return 7 * DAY * count / max(end - begin, 1), p85, count


def cut(flow: FlowData, moment: int) -> FlowData:
    """What was known of a stream at an earlier moment."""
    return FlowData.of(flow.history.as_of(moment), flow.stream)


def forecast_throughput(flow: FlowData, end: int) -> Throughput:
    """The forecast of how many items finish, from the end of the data on."""
    history = Finished.of(flow)
    today = int(day_numbers(np.array([end], dtype=np.int64), flow.stream.zone)[0])
    own = calibrate(make_trials(history, today), today)
    return Throughput(read_pace(history.by_day(today), today), own)


def measure_error(flow: FlowData, end: int, days: float, teams: Mapping[int, str]) -> Error:
    """The error of the 85% cycle time, by trials that end now or before."""
    trials = []
    length = round(days * DAY)
    then = cut(flow, end)
    for number in range(1, ORIGINS + 1):
        origin = end - number * length
        known = cut(flow, origin)
        *_, before = figures_of(known, origin - length, origin)
        _, came, count = figures_of(then, origin, origin + length)
        then = known
        if min(before, count) < LEAST_FINISHED or np.isnan(came):
            continue
        judgement = judge_recent(known, origin, teams)
        if not judgement.has_enough_data:
            continue
        stream = fit_stream(judgement, known)
        number = max(draw_count(stream, days) // TRIALS_FEWER, FEWEST_TRIAL_DRAWS)
        played, _ = what_if(stream, NO_CHANGE, days, count=number)
        logs = np.log(played.cycle_time[~np.isnan(played.cycle_time)])
        if logs.size:
            trials.append(Trial(log(came) - float(np.median(logs)), float(logs.std())))
    return _error(trials)


def _error(trials: list[Trial]) -> Error:
    """What trials say, beside what is usual."""
    total = USUAL_TRIALS + len(trials)
    shift = sum(trial.error for trial in trials) / total
    shift = min(max(shift, -MOST_SHIFT), MOST_SHIFT)
    beyond = sum(max((trial.error - shift) ** 2 - trial.spread**2, 0.0) for trial in trials)
    variance = (USUAL_TRIALS * (USUAL_ERROR**2 + shift**2) + beyond) / total
    return Error(shift, float(np.sqrt(variance)), len(trials))


def calibrated(
    before: Outcome, after: Outcome, law: Throughput, error: Error, days: float, seed: int = 0
) -> tuple[Outcome, Outcome]:
    """The outcomes with the factors of each draw, which are the same before and after.

    How far the level of cycle times may be off says nothing of the change, so that only follows the
    shift.
    """
    rng = np.random.default_rng((seed, 1))
    count = before.throughput.size
    throughput = _throughput_factors(before.throughput * days / 7.0, law, round(days), rng)
    # Few trials leave long tails: Student's t.
    deviation = rng.standard_t(USUAL_TRIALS + error.trials + 1, count)
    deviation = deviation.clip(-MOST_DEVIATION, MOST_DEVIATION)
    cycle_time = np.exp(error.shift + error.spread * deviation)
    first, second = (
        replace(side, throughput=side.throughput * throughput, done=side.done * throughput)
        for side in (before, after)
    )
    level = before.cycle_time * cycle_time
    changed = level + (after.cycle_time - before.cycle_time) * np.exp(error.shift)
    return (
        replace(first, cycle_time=np.maximum(np.rint(level), 1.0)),
        replace(second, cycle_time=np.maximum(np.rint(changed), 1.0)),
    )


def _throughput_factors(
    finished: Floats, law: Throughput, days: int, rng: np.random.Generator
) -> Floats:
    """One factor a draw, with which finished items have the distribution of the forecast.

    The draw with the fewest gets the fewest of the forecast; draws with none keep none.
    """
    forecast = np.array([law.at_least(days, 1.0 - share) for share in LEVELS.tolist()])
    place = np.lexsort((rng.random(finished.size), finished))
    share = np.empty(finished.size)
    share[place] = (np.arange(finished.size) + 0.5) / finished.size
    factors: Floats = np.interp(share, LEVELS, forecast) / np.maximum(finished, 1.0)
    return factors


def play_on(
    flow: FlowData, end: int, days: float, teams: Mapping[int, str], count: int = DRAWS
) -> Outcome:
    """Fit a stream, play it on without a change, and calibrate that."""
    stream = fit_stream(judge_recent(flow, end, teams), flow)
    played, _ = what_if(stream, NO_CHANGE, days, count=count)
    error = measure_error(flow, end, days, teams)
    return calibrated(played, played, forecast_throughput(flow, end), error, days)[0]
