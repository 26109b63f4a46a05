"""Shifts and widens what was played by what became of earlier plays of the same stream.

A stream does more than its stations explain: rates drift, kinds of work change, people wait for
things that no board shows. So the simulator is fitted again as of moments of the past and played
on to what is known now. Its errors there, together with what is usual, say how far it may be off.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from vsm.features.bottlenecks.constraint import judge_recent
from vsm.features.bottlenecks.stations import Floats
from vsm.features.simulate.changes import NO_CHANGE
from vsm.features.simulate.fitting import fit_stream
from vsm.features.simulate.measuring import DRAWS, Outcome, what_if
from vsm.flow.flow_data import FlowData
from vsm.model.rules import DAY, SLE_PERCENT, nearest_rank

ORIGINS, TRIAL_DRAWS = 4, 40
"""Moments of the past from which the stream is played again, and how often."""
USUAL_ERROR, USUAL_TRIALS = 0.15, 2.0
"""The error (of logarithms) beyond what is played that is usual, and how many trials it counts."""
MOST_SHIFT = 0.3
"""Larger errors come of a stream that changed: they widen the ranges, but show no direction."""
LEAST_FINISHED = 10
"""With fewer finished items in a trial, or before it, nothing is learned from it."""
SMALL = 1e-3


@dataclass(frozen=True, slots=True)
class Error:
    """How far plays of one figure may be off, in logarithms: a shift, and a spread beyond it that
    ``trials`` trials showed.
    """

    shift: float
    spread: float
    trials: int


@dataclass(frozen=True, slots=True)
class Trial:
    """The logarithms of what came over what was played, and of the spread that was played."""

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


def measure_errors(
    flow: FlowData, end: int, days: float, teams: Mapping[int, str]
) -> tuple[Error, Error]:
    """The errors of throughput and of 85% cycle time, by trials that end now or before."""
    trials: tuple[list[Trial], list[Trial]] = [], []
    length = round(days * DAY)
    for number in range(1, ORIGINS + 1):
        origin = end - number * length
        known = cut(flow, origin)
        *_, before = figures_of(known, origin - length, origin)
        throughput, p85, count = figures_of(cut(flow, origin + length), origin, origin + length)
        if min(before, count) < LEAST_FINISHED:
            continue
        judgement = judge_recent(known, origin, teams)
        if not judgement.has_enough_data:
            continue
        played, _ = what_if(fit_stream(judgement, known), NO_CHANGE, days, count=TRIAL_DRAWS)
        for came, values, kept in zip(
            (throughput, p85), (played.throughput, played.cycle_time), trials, strict=True
        ):
            logs = np.log(np.maximum(values[~np.isnan(values)], SMALL))
            if logs.size and came == came:
                error = float(np.log(max(came, SMALL)) - np.median(logs))
                kept.append(Trial(error, float(logs.std())))
    return _error(trials[0]), _error(trials[1])


def _error(trials: list[Trial]) -> Error:
    """What trials say, beside what is usual."""
    total = USUAL_TRIALS + len(trials)
    shift = sum(trial.error for trial in trials) / total
    shift = min(max(shift, -MOST_SHIFT), MOST_SHIFT)
    beyond = sum(max((trial.error - shift) ** 2 - trial.spread**2, 0.0) for trial in trials)
    variance = (USUAL_TRIALS * (USUAL_ERROR**2 + shift**2) + beyond) / total
    return Error(shift, float(np.sqrt(variance)), len(trials))


def _factors(error: Error, count: int, rng: np.random.Generator) -> Floats:
    """One factor a draw: few trials leave long tails (Student's t)."""
    freedom = USUAL_TRIALS + error.trials + 1
    factors: Floats = np.exp(
        error.shift + error.spread * rng.standard_t(freedom, count).clip(-4, 4)
    )
    return factors


def calibrated(
    before: Outcome, after: Outcome, errors: tuple[Error, Error], seed: int = 0
) -> tuple[Outcome, Outcome]:
    """The outcomes with the factors of each draw, which are the same before and after."""
    rng = np.random.default_rng((seed, 1))
    throughput, cycle_time = (_factors(error, before.throughput.size, rng) for error in errors)
    first, second = (
        replace(
            side,
            throughput=side.throughput * throughput,
            done=side.done * throughput,
            cycle_time=np.maximum(np.rint(side.cycle_time * cycle_time), 1.0),
        )
        for side in (before, after)
    )
    return first, second


def play_on(
    flow: FlowData, end: int, days: float, teams: Mapping[int, str], count: int = DRAWS
) -> Outcome:
    """Fit a stream, play it on without a change, and calibrate that."""
    played, _ = what_if(
        fit_stream(judge_recent(flow, end, teams), flow), NO_CHANGE, days, count=count
    )
    return calibrated(played, played, measure_errors(flow, end, days, teams))[0]
