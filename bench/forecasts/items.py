"""Judges the forecasts of single items on the histories of a database, beside age alone.

At moments of the past every item in progress is forecast from what was known then, and held
against what came: P(finished within 7, 14 and 30 days) by Brier score and calibration error, the
time to the finish by CRPS.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import time

import numpy as np

from vsm.flow.blockers import Blocks
from vsm.flow.flow_data import FlowData
from vsm.flow.history import Ints
from vsm.flow.outlook import Outlook
from vsm.flow.remaining import MIN_FINISHED, RemainingTime
from vsm.flow.stays import DONE, Floats, Stays
from vsm.model.query_tree import Query
from vsm.model.rules import DAY
from vsm.reader import Reader

WITHIN = (7.0, 14.0, 30.0)
"""Days within which it is forecast whether an item is finished."""
CRPS_DAYS = 180.0
"""The CRPS looks so many days ahead, or to the end of the history."""
MOMENTS, MOST_ITEMS = 12, 400
"""How many moments of a history are looked at, and items of each at most."""
BINS, BIN_ITEMS = 10, 20
"""Calibration compares said and happened in so many bins, of so many forecasts at least."""
DRAWS = 20
"""How often it is drawn what chance alone would make of the calibration error."""


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """Forecasts of a method: said for each of :data:`WITHIN`, what came, and the CRPS."""

    said: Floats
    came: Floats
    crps: Floats

    @classmethod
    def join(cls, trials: list[Trial]) -> Trial:
        """All of them as one."""
        columns = zip(*((t.said, t.came, t.crps) for t in trials), strict=True)
        return cls(*(np.concatenate(column) for column in columns))

    @property
    def brier(self) -> float:
        """The mean square of what was said minus what came."""
        return float(((self.said - self.came) ** 2).mean())

    @property
    def calibration_error(self) -> float:
        """Mean distance between said and came, over bins of equally many forecasts."""
        return self._calibration_error(self.came)

    @property
    def chance_error(self) -> float:
        """The calibration error to be expected if all that was said were exactly right.

        It is a little too low: items that are forecast at several moments are counted as several.
        """
        draw = np.random.default_rng(0).random
        drawn = [(draw(self.said.shape) < self.said).astype(np.float64) for _ in range(DRAWS)]
        return float(np.mean([self._calibration_error(came) for came in drawn]))

    def _calibration_error(self, came: Floats) -> float:
        columns = zip(self.said.T, came.T, strict=True)
        return float(np.mean([_bin_error(*column) for column in columns]))


def _bin_error(said: Floats, came: Floats) -> float:
    order = np.argsort(said, kind="stable")
    bins = np.array_split(order, min(BINS, max(1, order.size // BIN_ITEMS)))
    return float(sum(abs(said[b].mean() - came[b].mean()) * b.size for b in bins) / order.size)


def judge(data: FlowData, blocks: Blocks | None = None) -> tuple[Trial, Trial] | None:
    """The forecasts of a history and those by age alone; ``None`` where too little finished."""
    truth, last = Stays.of(data), (data.last_activity or 0) / DAY
    ours: list[Trial] = []
    plain: list[Trial] = []
    for moment in moments_of(truth, last):
        at = int(moment * DAY)
        then = RemainingTime(FlowData.of(data.history.as_of(at), data.stream), at, blocks)
        open_ = then.stays.open_at(then.now)
        if open_.size > MOST_ITEMS:
            open_ = open_[np.linspace(0, open_.size - 1, MOST_ITEMS).astype(np.int64)]
        if open_.size == 0 or then.ends.size < MIN_FINISHED:
            continue
        days = days_until_done(truth, data, then, open_)
        for trials, outlook in ((ours, then.outlook(open_)), (plain, then.age_only(open_))):
            trials.append(_hold(outlook, days, last - moment))
    return (Trial.join(ours), Trial.join(plain)) if ours else None


def moments_of(truth: Stays, last: float) -> list[float]:
    """Moments from the twentieth finish on, so that 30 days are known after each."""
    ends = truth.ended_by(np.inf)
    if ends.size < 2 * MIN_FINISHED or ends[2 * MIN_FINISHED - 1] >= last - WITHIN[-1]:
        return []
    begin, end = float(ends[2 * MIN_FINISHED - 1]), last - WITHIN[-1]
    return [begin + (end - begin) * n / MOMENTS for n in range(1, MOMENTS + 1)]


def days_until_done(truth: Stays, data: FlowData, then: RemainingTime, open_: Ints) -> Floats:
    """When each of these items finished, in days from then; infinite where it did not."""
    ids = np.searchsorted(data.history.item, _ids(data, then, open_))
    stays = truth.open_at(then.now)
    row = stays[np.searchsorted(truth.item[stays], ids)]
    if not (truth.item[row] == ids).all():
        raise AssertionError("an item that was open is not in the whole history")
    days: Floats = np.where(truth.outcome[row] == DONE, truth.end[row] - then.now, np.inf)
    return days


def _ids(data: FlowData, then: RemainingTime, open_: Ints) -> Ints:
    history = data.history.as_of(int(then.now * DAY))
    ids: Ints = history.item[then.stays.item[open_]]
    return ids


def _hold(outlook: Outlook, days: Floats, known: float) -> Trial:
    """Hold forecasts against the days until items were finished."""
    said = np.stack([outlook.within(np.full(days.size, n)) for n in WITHIN], axis=1)
    came = (days[:, None] <= np.array(WITHIN)).astype(np.float64)
    edges = np.linspace(0, min(CRPS_DAYS, known), 361)
    middle, width = (edges[1:] + edges[:-1]) / 2, edges[1]
    shares = np.array([np.interp(middle, outlook.grid, row) for row in outlook.done])
    crps: Floats = ((shares - (days[:, None] <= middle)) ** 2).sum(1) * width
    return Trial(said, came, crps)


def histories(paths: list[Path]) -> Iterator[tuple[str, FlowData, Blocks]]:
    """The streams of some databases by name, and what blocked their items."""
    for path in paths:
        reader = Reader(path)
        for info in reader.streams():
            stream = reader.stream(info.id)
            if stream is not None:
                now = int(time() * 1_000_000)
                data, facts = reader.flow(stream, Query(), now, present=True)
                yield stream.name, data, facts.blocks
        reader.close()


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.forecasts.items", description=__doc__)
    parser.add_argument("databases", type=Path, nargs="+", metavar="DB")
    parser.add_argument("--stream", nargs="*", default=[], help="only these streams")
    options = parser.parse_args()
    print("| log | n | Brier | by age | ratio | CRPS | by age | ratio |", end="")
    print(" calibration | by age | by chance |\n|---|" + "--:|" * 10, flush=True)
    judged: list[tuple[Trial, Trial]] = []
    for name, data, blocks in histories(options.databases):
        if options.stream and name not in options.stream:
            continue
        both = judge(data, blocks)
        if both is None:
            print(f"| {name} | too few finished items |", flush=True)
            continue
        judged.append(both)
        print(_row(name, *both), flush=True)
    if judged:
        print(_summary(judged))


def _ratios(ours: Trial, plain: Trial) -> tuple[float, float]:
    return ours.brier / plain.brier, float(ours.crps.mean() / plain.crps.mean())


def _row(name: str, ours: Trial, plain: Trial) -> str:
    brier, crps = _ratios(ours, plain)
    return (
        f"| {name} | {ours.crps.size} | {ours.brier:.4f} | {plain.brier:.4f} | {brier:.2f}"
        f" | {ours.crps.mean():.2f} | {plain.crps.mean():.2f} | {crps:.2f}"
        f" | {ours.calibration_error:.3f} | {plain.calibration_error:.3f}"
        f" | {ours.chance_error:.3f} |"
    )


def _summary(judged: list[tuple[Trial, Trial]]) -> str:
    """The mean ratios over logs, and the calibration of all forecasts together."""
    brier, crps = np.mean([_ratios(*both) for both in judged], axis=0)
    ours, plain = (Trial.join(list(trials)) for trials in zip(*judged, strict=True))
    return (
        f"| mean of ratios, all forecasts | {ours.crps.size} | | | {brier:.2f} | | | {crps:.2f}"
        f" | {ours.calibration_error:.3f} | {plain.calibration_error:.3f}"
        f" | {ours.chance_error:.3f} |"
    )


if __name__ == "__main__":
    main()
