"""Judges forecast weeks of saturation on simulated teams whose arrivals grow, and on steady ones.

Every team is simulated week by week: arrivals by chance around a rate that grows, work by chance,
first in first out. What is known at the present are 26 weeks of arrivals and the work of what was
done; the truth is the week in which the rate reaches 85% of what the people can do.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np

from bench.capacity.queue import service_times
from vsm.features.bottlenecks.stations import Floats
from vsm.features.capacity.load import SATURATED
from vsm.features.capacity.saturation import HISTORY, HORIZON, Crossing, forecast_saturation

TRAINING, UNSEEN = 51_000, 91_000
"""The first seeds of the teams to fit on, and to judge on: no team is used for both."""
DAYS = 5
CLOSE = 3
"""A week is right if it is at most so many weeks from the true one."""


@dataclass(frozen=True, slots=True)
class Team:
    """A simulated team: people, working days of a visit, utilisation at the beginning and its
    growth a week, squared variation of arrivals and of work."""

    people: int
    work: float
    start: float
    growth: float
    arrival_variation: float
    work_variation: float

    @property
    def true_week(self) -> int | None:
        """The first week ahead in which the rate reaches 85%: 0 is the present; ``None``: none."""
        if self.growth <= 0:
            return None
        week = max(0, ceil((SATURATED - self.start) / self.growth - HISTORY - 0.5 - 1e-9))
        return week if week < HORIZON else None


def growing_team(seed: int) -> Team:
    """A team that is saturated 1 to 20 weeks from now."""
    draw = np.random.default_rng(seed)
    start = float(draw.uniform(0.2, 0.6))
    week = int(draw.integers(1, 21))
    return Team(
        people=int(draw.integers(3, 13)),
        work=float(draw.choice([0.25, 0.5, 1.0, 2.0])),
        start=start,
        growth=(SATURATED - start) / (HISTORY + week + 0.5),
        arrival_variation=float(draw.choice([0.5, 1.0])),
        work_variation=float(draw.choice([0.5, 1.0])),
    )


def steady_team(seed: int) -> Team:
    """A team whose arrivals do not grow, below saturation."""
    draw = np.random.default_rng(seed + 500)
    team = growing_team(seed)
    return Team(
        team.people,
        team.work,
        float(draw.uniform(0.4, 0.8)),
        0.0,
        team.arrival_variation,
        team.work_variation,
    )


def known_of(team: Team, seed: int) -> tuple[Floats, Floats, float]:
    """What is known: arrivals a working day in each past week, the capacity ahead, its error."""
    draw = np.random.default_rng(seed + 10_000)
    weeks = np.arange(HISTORY)
    expected = (team.start + team.growth * (weeks + 0.5)) * team.people / team.work * DAYS
    if team.arrival_variation == 1.0:
        counts = draw.poisson(expected).astype(np.float64)
    else:  # more regular than by chance: binomial, of the same mean
        share = 1 - team.arrival_variation
        counts = draw.binomial(np.ceil(expected / share).astype(int), share).astype(np.float64)
        counts *= expected / (np.ceil(expected / share) * share)
    done = service_times(draw, max(20, int(counts.sum())), team.work, team.work_variation)
    capacity = np.full(HORIZON, team.people / float(done.mean()))
    return counts / DAYS, capacity, float(done.std() / done.mean() / done.size**0.5)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The forecast of a team beside the truth."""

    team: Team
    crossing: Crossing

    @property
    def is_close(self) -> bool:
        """Whether the named week is near the true one."""
        week, true = self.crossing.week, self.team.true_week
        return week is not None and true is not None and abs(week - true) <= CLOSE

    @property
    def is_in_range(self) -> bool:
        """Whether the range of weeks holds the true one."""
        true, early, late = self.team.true_week, self.crossing.earliest, self.crossing.latest
        weeks = [HORIZON if week is None else week for week in (early, true, late)]
        return weeks == sorted(weeks)


def outcomes(first: int, count: int, *, grows: bool) -> list[Outcome]:
    """Forecasts of so many teams."""
    out = []
    for seed in range(first, first + count):
        team = growing_team(seed) if grows else steady_team(seed)
        crossing = forecast_saturation(*known_of(team, seed))
        assert crossing is not None
        out.append(Outcome(team, crossing))
    return out


def share(part: int, whole: int) -> str:
    """``12 of 40 (30%)``."""
    return f"{part} of {whole} ({part / whole:.0%})" if whole else f"{part} of {whole}"


def table(first: int, count: int) -> str:
    """The result in words."""
    growing, steady = outcomes(first, count, grows=True), outcomes(first, count, grows=False)
    named = [one for one in growing if one.crossing.is_named]
    ahead = [one for one in growing if one.crossing.is_ahead]
    alarms = sum(one.crossing.is_ahead for one in steady)
    lines = [
        f"{count} teams whose arrivals grow, seeds {first} to {first + count - 1}:",
        f"  saturation called ahead of {share(len(ahead), count)}",
        f"  80% range holds the true week of {share(sum(o.is_in_range for o in growing), count)}",
        f"  a week is named for {share(len(named), count)}; within {CLOSE} weeks are"
        f" {share(sum(o.is_close for o in named), len(named))} (aim 80%)",
        f"  if a week were named for all: {share(sum(o.is_close for o in growing), count)}",
        f"{count} steady teams: called ahead of {share(alarms, count)} (aim at most 10%)",
    ]
    return "\n".join(lines)
