"""The remaining time of open items: hazards by age, stage and time in stage, pooled by past score.

Three laws are worked out for every open item. One knows only its age, from the whole history. Two
know its stage and how long it has been there: they look at items that were once in that stage for
as long, those of about the same age most, and lean on the age alone where there are few; one
weighs the last year, the other the last two months. How much each counts is fitted to how likely
each held, at moments of the past, what came then. Last, hazards are scaled by how many items ended
lately against what the laws expected: streams speed up and slow down.

Items that are still open count for as long as they were seen (censored); ending undelivered
competes with finishing. So finished and undelivered may stay below 1 together: the rest is not
foreseen. Constants were chosen on real logs (``bench/forecasts``), of which some were held back.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from vsm.features.forecast.incidence import incidence
from vsm.features.forecast.stays import DONE, GONE, OPEN, Floats, Stays
from vsm.flow.flow_data import FlowData
from vsm.flow.history import Ints, Mask
from vsm.model.rules import DAY

MIN_FINISHED = 10
"""Fewer finished items are too few to forecast from."""
FADES = (365.0, 60.0)
"""Days over which the weight of the past falls to 1/e, by law."""
COMPARED = 400
"""How many past stays are compared with a stay at most, the latest first."""
SAME_AGE = 0.4
"""How near ages are held to be the same, as a difference of logarithms."""
LEAN = 16.0
"""Items' worth of the law by age that a law by stage leans on."""
ORIGINS, SPAN, OPEN_ITEMS = 10, 365.0, 30
"""Past moments at which laws are scored, the days that they cover, and items of each."""
PRIOR = (2.0, 0.5, 0.5)
"""What each law counts before anything was scored, in scored items: the age leads."""
PACE_FADES, PACE_PRIOR, PACE_MOST = 60.0, 20.0, 3.0
"""How fast the recent pace is forgotten, the ends expected that hold it to 1, its bounds."""
_HORIZONS = (0.0, 0.5, 1, 2, 3, 5, 7, 10, 14, 21, 30, 45, 60, 90, 120, 180, 270, 365)
_TINY = 1e-12

Laws = tuple[Floats, Floats]
"""Shares finished and ended undelivered, by law, item and day."""


@dataclass(frozen=True, slots=True, eq=False)
class Outlook:
    """For each item the shares that finish, and that end undelivered, within the days of ``grid``.

    ``alike`` is how many other items are behind the law by stage: they were in its stage for as
    long.
    """

    grid: Floats
    done: Floats
    gone: Floats
    alike: Ints

    def within(self, days: Floats) -> Floats:
        """The odds that each item is finished within its number of days."""
        return np.array([np.interp(n, self.grid, row) for n, row in zip(days, self.done)])

    def days_until(self, odds: float) -> Floats:
        """The days after which each is finished with these odds; infinite where that is never."""
        out = np.full(len(self.done), np.inf)
        for n, row in enumerate(self.done):
            at = int(np.searchsorted(row, odds))
            if at == 0:
                out[n] = self.grid[0]
            elif at < row.size:
                low, high = row[at - 1], row[at]
                share = (odds - low) / max(high - low, _TINY)
                out[n] = self.grid[at - 1] + share * (self.grid[at] - self.grid[at - 1])
        return out


class RemainingTime:
    """What is known at a moment of how long open items take."""

    def __init__(self, data: FlowData, moment: int) -> None:
        """``data`` must be as of the moment (UTC microseconds)."""
        self.stays, self.now = Stays.of(data), moment / DAY
        self._latest = np.argsort(self.stays.entered, kind="stable")
        runs = np.flatnonzero(self.stays.begins_run)
        self._runs = runs[np.argsort(self.stays.born[runs], kind="stable")]
        stage = self.stays.stage[self._latest]
        self._by_stage = {int(s): self._latest[stage == s] for s in np.unique(stage)}
        self.ends = self.stays.ended_by(self.now)

    @property
    def finished(self) -> int:
        """How many times an item finished."""
        stays = self.stays
        return int(np.count_nonzero(stays.begins_run & (stays.outcome == DONE)))

    def outlook(self, stays: Ints) -> Outlook:
        """The forecast of the items that these open stays hold."""
        grid = self._grid
        done, gone, alike = self._laws(stays, self.now, grid)
        weight, pace = self._fitted
        return Outlook(grid, *_at_pace(*_pool(weight, (done, gone)), pace), alike)

    def age_only(self, stays: Ints) -> Outlook:
        """The same by age alone, without pool and pace: what the forecast is judged against."""
        done, gone = self._by_age(stays, self.now, self._grid)
        return Outlook(self._grid, done, gone, np.zeros(stays.size, dtype=np.int64))

    @cached_property
    def _grid(self) -> Floats:
        stays = self.stays
        took = (stays.end - stays.entered)[stays.outcome != OPEN]
        some = np.quantile(took, np.linspace(0.01, 1, 50)) if took.size else np.zeros(1)
        grid: Floats = np.unique(np.concatenate([_HORIZONS, some]))
        return grid

    # -- laws ---------------------------------------------------------------------------

    def _laws(self, stays: Ints, moment: float, grid: Floats) -> tuple[Floats, Floats, Ints]:
        """All laws as known at a moment: (law, stay, day), and the items alike of each stay."""
        shape = (1 + len(FADES), stays.size, grid.size)
        done, gone, alike = np.zeros(shape), np.zeros(shape), np.zeros(stays.size, dtype=np.int64)
        if not stays.size:
            return done, gone, alike
        done[0], gone[0] = self._by_age(stays, moment, grid)
        done[1:], gone[1:] = self._by_recent_age(stays, moment, grid)
        stage = self.stays.stage[stays]
        for place in np.unique(stage).tolist():
            rows = np.flatnonzero(stage == place)
            base = done[1:, rows], gone[1:, rows]
            done[1:, rows], gone[1:, rows], alike[rows] = self._by_stage_and_age(
                stays[rows], moment, grid, base
            )
        return done, gone, alike

    def _by_age(self, stays: Ints, moment: float, grid: Floats) -> Laws:
        """By age alone: one estimate over all ages, taken up at each item's age."""
        known, runs = self.stays, self._runs
        runs = runs[known.entered[runs] < moment]
        ages = np.unique(np.concatenate([moment - known.born[stays], _ages(known, runs, moment)]))
        at = np.maximum(known.entered[runs], known.since) - known.born[runs]
        end = np.minimum(known.end[runs], moment) - known.born[runs]
        seen = end > np.maximum(at, 0)
        outcome = _outcome(known, runs, moment)
        done, gone = incidence(
            end[None], outcome[None], seen[None, None] * 1.0, np.maximum(at, 0)[None], ages
        )
        age = moment - known.born[stays]
        ahead = age[:, None] + grid[None]

        def beyond(total: Floats) -> Floats:
            since = np.searchsorted(ages, age)
            share: Floats = total[np.searchsorted(ages, ahead, side="right") - 1]
            return share - total[since][:, None]

        finished, undelivered = beyond(done[0, 0]), beyond(gone[0, 0])
        still_open = 1 - (done + gone)[0, 0][np.searchsorted(ages, age)][:, None]
        has_seen = still_open > _TINY
        still_open = np.maximum(still_open, _TINY)
        return (
            np.where(has_seen, finished / still_open, 0.0),
            np.where(has_seen, undelivered / still_open, 0.0),
        )

    def _by_recent_age(self, stays: Ints, moment: float, grid: Floats) -> Laws:
        """By age, from the items that were that old last."""
        known, age = self.stays, moment - self.stays.born[stays]
        other, counts = _latest(known.born, known.end, self._runs, age, moment)
        at = known.born[other] + age[:, None]
        return self._estimate(other, at, counts, moment, known.entered[other], grid)[:2]

    def _by_stage_and_age(
        self, stays: Ints, moment: float, grid: Floats, base: Laws
    ) -> tuple[Floats, Floats, Ints]:
        """By time in a stage, then by age too; each leans on the broader law before it."""
        known, held = self.stays, moment - self.stays.entered[stays]
        visits = self._by_stage[int(known.stage[stays[0]])]
        other, counts = _latest(known.entered, known.left, visits, held, moment)
        at = known.entered[other] + held[:, None]
        ages = np.log(np.maximum(at - known.born[other], 0) + 0.05)
        own = np.log(moment - known.born[stays] + 0.05)[:, None]
        near = np.exp(-0.5 * ((ages - own) / SAME_AGE) ** 2)
        done, gone = base
        for closeness in (np.ones_like(near), near):
            shares = self._estimate(other, at, counts * closeness, moment, at, grid)
            trust = shares[2] / (shares[2] + LEAN)
            done = trust * shares[0] + (1 - trust) * done
            gone = trust * shares[1] + (1 - trust) * gone
        return done, gone, _count_items(known.item[other], counts)

    def _estimate(
        self,
        other: Ints,
        at: Floats,
        weights: Floats,
        moment: float,
        observed: Floats,
        grid: Floats,
    ) -> tuple[Floats, Floats, Floats]:
        """The laws of what came after the moments ``at`` of other stays, and of how many items.

        ``observed`` is from when on the other item was under observation.
        """
        known = self.stays
        remaining = np.minimum(known.end[other], moment) - at
        begin = np.maximum(np.maximum(observed, known.since) - at, 0.0)
        weights = weights * (remaining > begin)
        faded = np.stack([weights * np.exp(-(moment - at) / days) for days in FADES])
        outcome = _outcome(known, other, moment)
        done, gone = incidence(remaining, outcome, faded, begin, grid)
        squares = np.maximum((faded * faded).sum(2), 1e-300)
        count: Floats = (faded.sum(2) ** 2 / squares)[:, :, None]  # Kish: equal weights' worth
        return done, gone, count

    # -- pool and pace --------------------------------------------------------------------

    @cached_property
    def _fitted(self) -> tuple[Floats, float]:
        """How much each law counts, and how fast items end against what is expected."""
        prior = np.array(PRIOR) / sum(PRIOR)
        if self.ends.size < MIN_FINISHED:
            return prior, 1.0
        first = max(self.now - SPAN, float(self.ends[MIN_FINISHED - 1]))
        moments = np.linspace(first, self.now, ORIGINS + 1)
        grid = self._score_grid(moments[1] - moments[0])
        past = []
        for moment, following in zip(moments[:-1], moments[1:], strict=True):
            stays = self.stays.open_at(moment)
            if stays.size > OPEN_ITEMS:
                stays = stays[np.linspace(0, stays.size - 1, OPEN_ITEMS).astype(np.int64)]
            if stays.size:
                done, gone, _ = self._laws(stays, moment, grid)
                past.append((moment, following, stays, (done, gone)))
        if not past:
            return prior, 1.0
        chances = [self._chances(moment, stays, laws, grid) for moment, _, stays, laws in past]
        weight = _fit_pool(np.concatenate(chances, axis=1))
        expected = ended = PACE_PRIOR
        for moment, following, stays, laws in past:
            done, gone = _pool(weight, laws)
            end = np.minimum(self.stays.end[stays], following)
            still_open = _look_up(1 - done - gone, grid, end - moment)
            fade = np.exp(-(self.now - following) / PACE_FADES)
            expected += fade * float(-np.log(np.maximum(still_open, 0.02)).sum())
            ended += fade * np.count_nonzero(self.stays.end[stays] <= following)
        return weight, float(np.clip(ended / expected, 1 / PACE_MOST, PACE_MOST))

    def _score_grid(self, step: float) -> Floats:
        """The bounds of the times between which it is scored when items ended."""
        stays = self.stays
        took = (stays.end - stays.entered)[stays.outcome != OPEN]
        bounds = np.concatenate([[0, 7, 14, 30, step], np.quantile(took, np.linspace(0.1, 0.95, 9))])
        grid: Floats = np.unique(bounds)
        return grid

    def _chances(self, moment: float, stays: Ints, laws: Laws, grid: Floats) -> Floats:
        """By law and stay how likely it was held what came, of what is known by now."""
        known, rows = self.stays, np.arange(stays.size)
        end, outcome = known.end[stays], _outcome(known, stays, self.now)
        bound = np.searchsorted(grid, end - moment).clip(1, grid.size - 1)
        done, gone = laws
        shares = np.where((outcome == GONE)[:, None], gone, done)
        chance = shares[:, rows, bound] - shares[:, rows, bound - 1]
        chance = np.where(end - moment > grid[-1], 1 - done[:, :, -1] - gone[:, :, -1], chance)
        until_now = np.full(stays.size, self.now - moment)
        still_open = np.stack([_look_up(1 - d - g, grid, until_now) for d, g in zip(*laws)])
        chance = np.where(outcome == OPEN, still_open, chance)
        # No law is so sure that one surprise could silence it.
        return 0.98 * np.maximum(chance, 0.0) + 0.002


def _outcome(stays: Stays, rows: Ints, moment: float) -> Ints:
    outcome: Ints = np.where(stays.end[rows] <= moment, stays.outcome[rows], OPEN)
    return outcome


def _ages(stays: Stays, runs: Ints, moment: float) -> Floats:
    ages: Floats = np.minimum(stays.end[runs], moment) - stays.born[runs]
    return ages[ages > 0]


def _latest(
    begin: Floats, end: Floats, rows: Ints, held: Floats, moment: float
) -> tuple[Ints, Floats]:
    """For each time ``held`` the latest of these rows that lasted longer, and which count."""
    begin, end = begin[rows], np.minimum(end[rows], moment)
    width = min(COMPARED, rows.size)
    out = np.zeros((held.size, width), dtype=np.int64)
    counts = np.zeros((held.size, width))
    for n, time in enumerate(held.tolist()):
        longer = np.flatnonzero(begin + time < end)[-width:]
        out[n, : longer.size] = rows[longer]
        counts[n, : longer.size] = 1.0
    return out, counts


def _count_items(items: Ints, counts: Floats) -> Ints:
    """How many different items count in each row."""
    ordered = np.sort(np.where(counts > 0, items, -1), axis=1)
    new = np.ones_like(ordered, dtype=np.bool_)
    new[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    number: Ints = (new & (ordered >= 0)).sum(1)
    return number


def _look_up(rows: Floats, grid: Floats, days: Floats) -> Floats:
    """The value of each row at its day."""
    return np.array([np.interp(n, grid, row) for n, row in zip(days, rows)])


def _pool(weight: Floats, laws: Laws) -> Laws:
    done, gone = (np.tensordot(weight, shares, 1) for shares in laws)
    return done, gone


def _fit_pool(chances: Floats) -> Floats:
    """The weights of laws under which what came is likeliest (EM over a mixture)."""
    prior = np.array(PRIOR)
    weight = prior / prior.sum()
    for _ in range(40):
        share = chances * weight[:, None]
        weight = (share / share.sum(0)).sum(1) + prior
        weight /= weight.sum()
    return weight


def _at_pace(done: Floats, gone: Floats, pace: float) -> Laws:
    """The same with all hazards times ``pace``; what ends keeps its share of finished ones."""
    ended = done + gone
    faster = 1 - np.maximum(1 - ended, 0.0) ** pace
    ratio = np.where(ended > _TINY, faster / np.maximum(ended, _TINY), 0.0)
    return done * ratio, gone * ratio
