"""Judges the odds of sets of items, and of blocked items, on the histories of databases.

At moments of the past sets are drawn from the items in progress; their odds to be over are the
product of those of their items, from what was known then. Blocked items are forecast with what is
known of blockers, and without.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bench.forecasts.items import days_until_done, histories, moments_of
from vsm.flow.blockers import Blocks
from vsm.flow.flow_data import FlowData
from vsm.flow.history import Ints, Mask
from vsm.flow.remaining import MIN_FINISHED, RemainingTime
from vsm.flow.stays import OPEN, Floats, Stays
from vsm.model.rules import DAY

WITHIN = (7.0, 14.0, 30.0, 60.0)
"""Days within which it is asked whether all of a set is over, and a blocked item finished."""
SIZES, SETS, MOST_ITEMS = (3, 5, 10), 6, 200
"""Items of a set; sets of each size at a moment; items from which they are drawn."""
EDGES = (0.0, 0.1, 0.3, 0.5, 0.7, 0.85, 0.95, 1.01)
"""Odds are compared with what came between these."""


class _Moment(NamedTuple):
    """A moment of the past: the law then, without blockers too, what was open and when it ended."""

    law: RemainingTime
    without: RemainingTime
    stays: Ints
    over: Floats
    done: Floats
    is_blocked: Mask
    known: float


def _moments(data: FlowData, blocks: Blocks) -> Iterator[_Moment]:
    truth, last = Stays.of(data), (data.last_activity or 0) / DAY
    for moment in moments_of(truth, last):
        at = int(moment * DAY)
        then = FlowData.of(data.history.as_of(at), data.stream)
        law = RemainingTime(then, at, blocks)
        stays = law.stays.open_at(law.now)
        if not stays.size or law.ends.size < MIN_FINISHED:
            continue
        ids = then.history.item[law.stays.item[stays]]
        row = truth.open_at(law.now)
        row = row[np.searchsorted(data.history.item[truth.item[row]], ids)]
        over = np.where(truth.outcome[row] != OPEN, truth.end[row] - law.now, np.inf)
        done = days_until_done(truth, data, law, stays)
        blocked = np.isin(ids, list(blocks.open_at(at)))
        yield _Moment(law, RemainingTime(then, at), stays, over, done, blocked, last - moment)


def _sets(one: _Moment, draw: np.random.Generator) -> list[tuple[float, float]]:
    """Odds of drawn sets, and whether all was over."""
    chosen = draw.permutation(one.stays.size)[:MOST_ITEMS]
    outlook, over = one.law.outlook(one.stays[chosen]), one.over[chosen]
    shares = np.minimum(outlook.done + outlook.gone, 1)
    out = []
    for size in SIZES:
        for _ in range(SETS if chosen.size >= size else 0):
            some = draw.choice(chosen.size, size, replace=False)
            for days in WITHIN:
                if days <= one.known:
                    odds = [np.interp(days, outlook.grid, shares[n]) for n in some]
                    out.append((float(np.prod(odds)), float((over[some] <= days).all())))
    return out


def _print_sets(name: str, pairs: list[tuple[float, float]]) -> None:
    said, came = np.array(pairs).T
    cells = []
    for low, high in pairwise(EDGES):
        inside = (said >= low) & (said < high)
        if inside.any():
            cells.append(f"{said[inside].mean():.0%} → {came[inside].mean():.0%} ({inside.sum()})")
    print(f"| {name} | {len(pairs)} | {((said - came) ** 2).mean():.4f} | {', '.join(cells)} |")


def _print_blocked(rows: list[tuple[Floats, Floats, Floats]]) -> None:
    came, said, without = (np.concatenate(column) for column in zip(*rows, strict=True))
    print(f"\nBlocked items: {len(came)}; within {', '.join(f'{n:.0f}' for n in WITHIN)} days")
    print(f"finished {came.mean(0).round(3)}")
    for name, odds in (("said", said), ("said without blockers", without)):
        print(f"{name} {odds.mean(0).round(3)}, Brier score {((odds - came) ** 2).mean():.4f}")


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.forecasts.sets", description=__doc__)
    parser.add_argument("databases", type=Path, nargs="+", metavar="DB")
    options = parser.parse_args()
    draw = np.random.default_rng(0)
    every: list[tuple[float, float]] = []
    blocked: list[tuple[Floats, Floats, Floats]] = []
    print("| log | sets | Brier | said → came (sets) |\n|---|--:|--:|---|")
    for name, data, blocks in histories(options.databases):
        pairs: list[tuple[float, float]] = []
        for one in _moments(data, blocks):
            pairs += _sets(one, draw)
            stays, done = one.stays[one.is_blocked], one.done[one.is_blocked]
            if stays.size and one.known >= WITHIN[-1]:
                came = (done[:, None] <= np.array(WITHIN)).astype(np.float64)
                blocked.append((came, _within(one.law, stays), _within(one.without, stays)))
        if pairs:
            _print_sets(name, pairs)
            every += pairs
    if every:
        _print_sets("all together", every)
    if blocked:
        _print_blocked(blocked)


def _within(law: RemainingTime, stays: Ints) -> Floats:
    outlook = law.outlook(stays)
    return np.stack([outlook.within(np.full(stays.size, days)) for days in WITHIN], axis=1)


if __name__ == "__main__":
    main()
