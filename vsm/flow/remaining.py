"""The remaining time of open items: hazards by age, stage and time in stage, pooled by past score.

Three laws are worked out for every open item. One knows only its age, from the whole history. Two
know its stage and how long it has been there: they look at items that were once in that stage for
as long, those of about the same age most, and lean on the age alone where there are few; one
weighs the last year, the other the last two months. How much each counts is fitted to how far off
they were at moments of the past. Last, hazards are scaled where clearly more or fewer items ended
lately than the laws expected: streams speed up and slow down.

Items that are still open count for as long as they were seen (censored); ending undelivered
competes with finishing. So finished and undelivered may stay below 1 together: the rest is not
foreseen. Constants were chosen on real logs (``bench/forecasts``), of which some were held back.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from vsm.flow.alike import Example, find_examples, latest_longer
from vsm.flow.blockers import Blocks
from vsm.flow.flow_data import FlowData
from vsm.flow.history import Ints, Mask
from vsm.flow.incidence import incidence
from vsm.flow.outlook import Outlook, look_up
from vsm.flow.pooling import PRIOR, TINY, Laws, at_pace, fit_pool, pool
from vsm.flow.stays import DONE, OPEN, Floats, Stays
from vsm.flow.tail import Tail, beyond, days_seen, fit_tail
from vsm.flow.unblocking import Unblocking, delay
from vsm.model.rules import DAY

MIN_FINISHED = 10
"""Fewer finished items are too few to forecast from."""
FADES = (365.0, 60.0)
"""Days over which the weight of the past falls to 1/e, by law."""
SAME_AGE = 0.4
"""How near ages are held to be the same, as a difference of logarithms."""
LEAN = 5.0
"""Items' worth of the law by age that a law by stage leans on."""
UNSEEN = 0.5
"""Items that never end, beside those that a law by stage or recent age rests on."""
ORIGINS, SPAN, OPEN_ITEMS = 8, 365.0, 16
"""Past moments at which laws are scored, the days that they cover, and items of each."""
AT_ONCE, MINUTES = 128, 1440
"""Stays that are worked out together, which bounds the memory; minutes of a day."""
TAIL, TAIL_HOLDS = 0.5, 0.3
"""The share of what no law has seen end that follows the tail, by default; how firmly that holds.
"""
PACE_FADES, PACE_NOISE, PACE_PRIOR, PACE_MOST = 60.0, 2.0, 5.0, 3.0
"""How fast the recent pace is forgotten; what of it may be chance, in standard deviations; the
ends expected that hold the rest to 1; its bounds."""
_HORIZONS = (0.0, 0.5, *range(1, 15), 17, 21, 25, 30, 45, 60, 90, 120, 180, 270, 365, 548, 730)
"""Days at which laws are worked out, beside percentiles of the days that items took."""


class _Past(NamedTuple):
    """A past moment, the one after it, stays that were open then, and what the laws said of them:
    shares by law, stay and day.
    """

    moment: float
    following: float
    stays: Ints
    done: Floats
    gone: Floats


class _Fit(NamedTuple):
    """How much each law counts, how fast items end against what was expected, and the share of
    what the laws have not seen end that follows the tail.
    """

    weight: Floats
    pace: float
    tail: float


class RemainingTime:
    """What is known at a moment of how long open items take."""

    def __init__(self, data: FlowData, moment: int, blocks: Blocks | None = None) -> None:
        """``data`` must be as of the moment (UTC microseconds), ``blocks`` may know more."""
        self.stays, self.now = Stays.of(data), moment / DAY
        self._unblocking = None if blocks is None else Unblocking(blocks, data.history, moment)
        self._latest = np.argsort(self.stays.entered, kind="stable")
        runs = np.flatnonzero(self.stays.begins_run)
        self._runs = runs[np.argsort(self.stays.born[runs], kind="stable")]
        stage = self.stays.stage[self._latest]
        self._by_stage = {int(s): self._latest[stage == s] for s in np.unique(stage)}
        self.ends = self.stays.ended_by(self.now)
        self._tails: dict[float, Tail] = {}

    @property
    def finished(self) -> int:
        """How many times an item finished."""
        stays = self.stays
        return int(np.count_nonzero(stays.begins_run & (stays.outcome == DONE)))

    def outlook(self, stays: Ints) -> Outlook:
        """The forecast of the items that these open stays hold.

        Those that entered their stage in the same minute, at the same age, are forecast once.
        """
        known = self.stays
        minutes = np.stack([known.entered[stays], known.born[stays]]) * MINUTES
        alike = np.vstack([known.stage[stays], np.round(minutes), self.days_blocked(stays)])
        _, first, place = np.unique(alike, axis=1, return_index=True, return_inverse=True)
        parts = np.split(stays[first], range(AT_ONCE, first.size, AT_ONCE))
        columns = map(np.concatenate, zip(*map(self._forecast, parts), strict=True))
        place = place.reshape(-1)
        return Outlook(self._grid, *(column[place] for column in columns))

    def _forecast(self, stays: Ints) -> tuple[Floats, Floats, Ints, Floats]:
        moments = np.full(stays.size, self.now)
        done, gone, alike = self._laws(stays, moments, self._grid)
        seen = days_seen(np.add(*pool(self._fitted.weight, (done, gone))), self._grid)
        return *self._combine(self._fitted, (done, gone), stays, moments), alike, seen

    def _combine(self, fit: _Fit, laws: Laws, stays: Ints, moments: Floats) -> Laws:
        """What the laws say together, at the pace of late, and beyond what they have seen."""
        done, gone = at_pace(*pool(fit.weight, laws), fit.pace)
        late, share = self._beyond(done + gone, stays, moments)
        return done + fit.tail * share * late, gone + fit.tail * (1 - share) * late

    def _beyond(self, ended: Floats, stays: Ints, moments: Floats) -> Laws:
        """What ends beyond what was seen, if all follows the tail, and the share that finishes."""
        power, share = np.zeros(stays.size), np.zeros((stays.size, 1))
        for moment in np.unique(moments).tolist():
            rows = moments == moment
            if moment not in self._tails:
                self._tails[moment] = fit_tail(self.stays, self._runs, moment)
            power[rows], share[rows] = self._tails[moment]
        return beyond(ended, self._grid, moments - self.stays.born[stays], power), share

    def examples(self, stays: Ints, most: int) -> list[list[Example]]:
        """Of each open stay so many items that are alike, the nearest in age first."""
        return find_examples(self.stays, self._by_stage, self.now, stays, most)

    def age_only(self, stays: Ints) -> Outlook:
        """The same by age alone, without pool and pace: what the forecast is judged against."""
        done, gone = self._by_age(stays, self.now, self._grid)
        return Outlook(
            self._grid,
            done,
            gone,
            np.zeros(stays.size, dtype=np.int64),
            days_seen(done + gone, self._grid),
        )

    def _days_taken(self, shares: Floats) -> Floats:
        """Percentiles of the days from a stay to the end of its item."""
        stays = self.stays
        took = (stays.end - stays.entered)[stays.outcome != OPEN]
        days: Floats = np.quantile(took, shares) if took.size else np.ones(1)
        return days

    @cached_property
    def _scored_days(self) -> Floats:
        """The days within which it is scored whether items finished."""
        days: Floats = np.unique([7, 14, 30, *self._days_taken(np.linspace(0.1, 0.95, 9))])
        return days

    @cached_property
    def _grid(self) -> Floats:
        some = self._days_taken(np.linspace(0.01, 1, 50))
        grid: Floats = np.unique(np.concatenate([_HORIZONS, some, self._scored_days]))
        return grid

    # -- laws ---------------------------------------------------------------------------

    def _laws(self, stays: Ints, moments: Floats, grid: Floats) -> tuple[Floats, Floats, Ints]:
        """All laws, each stay's as known at its moment: (law, stay, day), and the items alike."""
        shape = (1 + len(FADES), stays.size, grid.size)
        done, gone, alike = np.zeros(shape), np.zeros(shape), np.zeros(stays.size, dtype=np.int64)
        if not stays.size:
            return done, gone, alike
        for moment in np.unique(moments).tolist():
            rows = np.flatnonzero(moments == moment)
            done[0, rows], gone[0, rows] = self._by_age(stays[rows], moment, grid)
        done[1:], gone[1:] = self._by_recent_age(stays, moments, grid)
        stage = self.stays.stage[stays]
        for place in np.unique(stage).tolist():
            rows = np.flatnonzero(stage == place)
            base = done[1:, rows], gone[1:, rows]
            done[1:, rows], gone[1:, rows], alike[rows] = self._by_stage_and_age(
                stays[rows], moments[rows], grid, base
            )
        left = self.days_blocked(stays, moments)
        rows = np.flatnonzero(left)
        done[:, rows] = delay(done[:, rows], grid, left[rows])
        return done, gone, alike

    def days_blocked(self, stays: Ints, moments: Floats | None = None) -> Floats:
        """The mean of the days for which items stay blocked, from the moments of stays or now."""
        if self._unblocking is None:
            return np.zeros(stays.size)
        moments = np.full(stays.size, self.now) if moments is None else moments
        return self._unblocking.mean_days(self.stays.item[stays], moments)

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
            end[None],
            outcome[None],
            seen[None, None].astype(np.float64),
            np.maximum(at, 0)[None],
            ages,
        )
        age = moment - known.born[stays]
        ahead = age[:, None] + grid[None]

        def beyond(total: Floats) -> Floats:
            since = np.searchsorted(ages, age)
            share: Floats = total[np.searchsorted(ages, ahead, side="right") - 1]
            return share - total[since][:, None]

        finished, undelivered = beyond(done[0, 0]), beyond(gone[0, 0])
        still_open = 1 - (done + gone)[0, 0][np.searchsorted(ages, age)][:, None]
        has_seen = still_open > TINY
        still_open = np.maximum(still_open, TINY)
        return (
            np.where(has_seen, finished / still_open, 0.0),
            np.where(has_seen, undelivered / still_open, 0.0),
        )

    def _by_recent_age(self, stays: Ints, moments: Floats, grid: Floats) -> Laws:
        """By age, from the items that were that old last."""
        known, age = self.stays, moments - self.stays.born[stays]
        other, counts = latest_longer(known.born, known.end, self._runs, age, moments)
        at = known.born[other] + age[:, None]
        done, gone, _ = self._estimate(other, at, counts[None], moments, known.entered[other], grid)
        return done[0], gone[0]

    def _by_stage_and_age(
        self, stays: Ints, moments: Floats, grid: Floats, base: Laws
    ) -> tuple[Floats, Floats, Ints]:
        """By time in a stage, then by age too; each leans on the broader law before it."""
        known, held = self.stays, moments - self.stays.entered[stays]
        visits = self._by_stage[int(known.stage[stays[0]])]
        other, counts = latest_longer(known.entered, known.left, visits, held, moments)
        at = known.entered[other] + held[:, None]
        ages = np.log(np.maximum(at - known.born[other], 0) + 0.05)
        own = np.log(moments - known.born[stays] + 0.05)[:, None]
        near = np.exp(-0.5 * ((ages - own) / SAME_AGE) ** 2)
        weights = np.stack([counts, counts * near])
        done, gone = base
        for finished, undelivered, items in zip(
            *self._estimate(other, at, weights, moments, at, grid), strict=True
        ):
            trust = items / (items + LEAN)
            done = trust * finished + (1 - trust) * done
            gone = trust * undelivered + (1 - trust) * gone
        return done, gone, _count_items(known.item[other], counts)

    def _estimate(
        self,
        other: Ints,
        at: Floats,
        weights: Floats,
        moments: Floats,
        observed: Floats,
        grid: Floats,
    ) -> tuple[Floats, Floats, Floats]:
        """What came after the moments ``at`` of other stays, and of how many items that is.

        ``weights`` are several over the same stays: (weights, row, stay); the results are (weights,
        law of :data:`FADES`, row, day). ``observed`` is from when on an item was under observation.
        """
        known, moment = self.stays, moments[:, None]
        remaining = np.minimum(known.end[other], moment) - at
        begin = np.maximum(np.maximum(observed, known.since) - at, 0.0)
        fades = np.exp(-(moment - at) / np.array(FADES)[:, None, None]) * (remaining > begin)
        faded = (weights[:, None] * fades).reshape(-1, *at.shape)
        shares = incidence(remaining, _outcome(known, other, moment), faded, begin, grid, UNSEEN)
        total, squares = faded.sum(2), (faded * faded).sum(2)
        items = total**2 / np.maximum(squares, 1e-300)  # Kish: what equal weights would be worth
        laws = len(weights), len(FADES), len(at)
        done, gone = (share.reshape(*laws, grid.size) for share in shares)
        return done, gone, items.reshape(*laws, 1)

    # -- pool and pace --------------------------------------------------------------------

    @cached_property
    def _past(self) -> list[_Past]:
        """What the laws said at moments of the past, with what was known then."""
        if self.ends.size < MIN_FINISHED:
            return []
        first = max(self.now - SPAN, float(self.ends[MIN_FINISHED - 1]))
        moments = np.linspace(first, self.now, ORIGINS + 1).tolist()
        open_then = [_some(self.stays.open_at(moment)) for moment in moments[:-1]]
        sizes = [stays.size for stays in open_then]
        every, when = np.concatenate(open_then), np.repeat(moments[:-1], sizes)
        laws, bounds = self._laws(every, when, self._grid), np.cumsum(sizes)[:-1]
        done, gone = (np.split(shares, bounds, axis=1) for shares in laws[:2])
        return [
            _Past(moment, following, stays, finished, undelivered)
            for (moment, following), stays, finished, undelivered in zip(
                pairwise(moments), open_then, done, gone, strict=True
            )
        ]

    @cached_property
    def _fitted(self) -> _Fit:
        return self._fit(self._past, self.now)

    def _fit(self, past: Sequence[_Past], now: float) -> _Fit:
        if not past:
            return _Fit(np.array(PRIOR), 1.0, TAIL)
        weight = fit_pool(np.sum([self._errors(one, now) for one in past], axis=0))
        pace = self._fit_pace(past, now, weight)
        return _Fit(weight, pace, self._fit_tail_share(past, now, weight, pace))

    def _fit_pace(self, past: Sequence[_Past], now: float, weight: Floats) -> float:
        expected = ended = 0.0
        for one in past:
            done, gone = pool(weight, (one.done, one.gone))
            end = np.minimum(self.stays.end[one.stays], one.following)
            still_open = look_up(1 - done - gone, self._grid, end - one.moment)
            fade = np.exp(-(now - one.following) / PACE_FADES)
            expected += fade * float(-np.log(np.maximum(still_open, 0.02)).sum())
            ended += fade * np.count_nonzero(self.stays.end[one.stays] <= one.following)
        more = max(abs(ended - expected) - PACE_NOISE * expected**0.5, 0.0)
        ended = expected + (more if ended > expected else -more)
        pace = (ended + PACE_PRIOR) / (expected + PACE_PRIOR)
        return float(np.clip(pace, 1 / PACE_MOST, PACE_MOST))

    def _fit_tail_share(
        self, past: Sequence[_Past], now: float, weight: Floats, pace: float
    ) -> float:
        """The share under which the square of the error is least, near what it is by default."""
        follow, square = TAIL * TAIL_HOLDS, TAIL_HOLDS
        for one in past:
            columns, came = self._came(one, now)
            done, gone = at_pace(*pool(weight, (one.done, one.gone)), pace)
            moments = np.full(one.stays.size, one.moment)
            late, share = self._beyond(done + gone, one.stays, moments)
            late = (late * share)[:, columns]
            follow += float((late * (came - done[:, columns])).sum()) / max(1, columns.size)
            square += float((late * late).sum()) / max(1, columns.size)
        return min(max(follow / square, 0.0), 1.0)

    def _came(self, past: _Past, now: float) -> tuple[Ints, Mask]:
        """The columns of days that are over by ``now``, and whether each item finished by then."""
        days = self._scored_days[self._scored_days <= now - past.moment]
        end = self.stays.end[past.stays] - past.moment
        is_done = _outcome(self.stays, past.stays, now) == DONE
        return np.searchsorted(self._grid, days), (end[:, None] <= days) & is_done[:, None]

    def _errors(self, past: _Past, now: float) -> Floats:
        """Products of the errors of each two laws, as far as it is known by ``now`` what came.

        An error is the share said to be finished within some days minus what came: 0 or 1.
        """
        columns, came = self._came(past, now)
        errors = (past.done[:, :, columns] - came).reshape(len(past.done), -1)
        products: Floats = errors @ errors.T / max(1, columns.size)
        return products

    def odds_then(self, stays: Ints, moments: Floats, ahead: Floats) -> Floats:
        """The odds that items finish within some days of past moments, as known then.

        The stays must have been open at their moments.
        """
        done, gone, _ = self._laws(stays, moments, self._grid)
        out, known = np.zeros(stays.size), [one.following for one in self._past]
        scored = np.searchsorted(known, moments, side="right")
        for n in np.unique(scored).tolist():
            rows = np.flatnonzero(scored == n)
            fit = self._fit(self._past[:n], known[n - 1] if n else self.now)
            laws = done[:, rows], gone[:, rows]
            share, _ = self._combine(fit, laws, stays[rows], moments[rows])
            out[rows] = look_up(share, self._grid, ahead[rows])
        return out

    def record(self, odds: Sequence[float]) -> list[tuple[int, int]]:
        """How many past forecasts of a date with each of the odds are over, and came true.

        They were made at the moments at which laws are scored, from what was known then.
        """
        kept = np.zeros((len(odds), 2), dtype=np.int64)
        for n, one in enumerate(self._past):
            fit = self._fit(self._past[:n], one.moment)
            moments = np.full(one.stays.size, one.moment)
            shares = self._combine(fit, (one.done, one.gone), one.stays, moments)
            nobody = np.zeros(one.stays.size, dtype=np.int64)
            outlook = Outlook(self._grid, *shares, nobody, nobody.astype(np.float64))
            end = self.stays.end[one.stays] - one.moment
            is_done = _outcome(self.stays, one.stays, self.now) == DONE
            for row, share in zip(kept, odds, strict=True):
                until = outlook.days_until(share)
                is_over = until <= self.now - one.moment
                row += is_over.sum(), (is_over & is_done & (end <= until)).sum()
        return [(said, came_true) for said, came_true in kept.tolist()]


def _outcome(stays: Stays, rows: Ints, moment: float | Floats) -> Ints:
    outcome: Ints = np.where(stays.end[rows] <= moment, stays.outcome[rows], OPEN)
    return outcome


def _ages(stays: Stays, runs: Ints, moment: float) -> Floats:
    ages: Floats = np.minimum(stays.end[runs], moment) - stays.born[runs]
    return ages[ages > 0]


def _some(stays: Ints) -> Ints:
    """So many of the stays that scoring takes little time."""
    if stays.size <= OPEN_ITEMS:
        return stays
    some: Ints = stays[np.linspace(0, stays.size - 1, OPEN_ITEMS).astype(np.int64)]
    return some


def _count_items(items: Ints, counts: Floats) -> Ints:
    """How many different items count in each row."""
    ordered = np.sort(np.where(counts > 0, items, -1), axis=1)
    new = np.ones_like(ordered, dtype=np.bool_)
    new[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    number: Ints = (new & (ordered >= 0)).sum(1)
    return number
