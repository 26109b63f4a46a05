"""Shares of throughput forecasts of projects that came true, beside plain resampling.

    python -m bench.forecasts.throughput FOLDER [NAME …]

The folder holds one file a project, with a date of completion a line; names choose some of them.
Every second week of the last three years of each project a forecast is made with what was known
then.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from math import exp, log
from pathlib import Path
from statistics import mean, median
from time import perf_counter

import numpy as np

from vsm.features.forecast.backtest import Score, calibrate, make_trials, score
from vsm.features.forecast.finished import Finished
from vsm.features.forecast.results import ODDS
from vsm.features.forecast.throughput import Throughput, read_pace
from vsm.flow.history import FAR

HORIZONS = (7, 14, 30, 60, 90)
SAID = ODDS.index(0.85)
FEW = 10
"""A project with fewer forecasts is not judged by itself."""


@dataclass(frozen=True)
class Project:
    """A project's name, scores by horizon, and seconds for the forecast of today."""

    name: str
    scores: tuple[Score, ...]
    seconds: float


def read_history(path: Path) -> Finished:
    """The completions of a file of dates."""
    lines = path.read_text().splitlines()
    dates = np.array([line.strip() for line in lines if line[:1].isdigit()], "datetime64[D]")
    day = np.sort(dates.astype(np.int64))
    return Finished(int(day[0]), day, np.full(day.size, FAR))


def judge(history: Finished, name: str = "") -> Project:
    """Make forecasts again and hold them against what happened."""
    today = int(history.day[-1]) + 1
    begun = perf_counter()
    trials = make_trials(history, today)
    law = Throughput(read_pace(history.by_day(today), today), calibrate(trials, today))
    for days in HORIZONS:
        law.at_least(days, 0.85)
    law.days_until(10, 0.85)
    seconds = perf_counter() - begun
    return Project(name, score(history, trials, ODDS, HORIZONS), seconds)


def summary(projects: list[Project]) -> Iterator[str]:
    """Lines of a table: by horizon all projects together, and how many are right by themselves."""
    yield f"{'days':>4}  came true of 50/70/85/95%  plain        85±10  error  range"
    for n, horizon in enumerate(HORIZONS):
        scores = [project.scores[n] for project in projects]
        shares = [_share(scores, plain, k) for plain in (False, True) for k in range(len(ODDS))]
        own = [
            s.kept[SAID].came_true / s.kept[SAID].said for s in scores if s.kept[SAID].said >= FEW
        ]
        near = mean(abs(share - 0.85) <= 0.1 for share in own) if own else 0.0
        ratios = [log(s.ratio) for s in scores if s.ratio]
        widths = [s.width for s in scores if s.width]
        said, plain = (
            "/".join(f"{share:.0%}" for share in part) for part in (shares[:4], shares[4:])
        )
        error, width = exp(mean(ratios)) if ratios else 0.0, median(widths) if widths else 0.0
        yield f"{horizon:>4}  {said:24}  {plain}  {near:5.0%}  {error:5.2f}  {width:5.2f}"
    seconds = sorted(project.seconds for project in projects)
    yield f"a forecast takes {median(seconds) * 1000:.0f} ms, at most {seconds[-1] * 1000:.0f} ms"


def _share(scores: list[Score], plain: bool, k: int) -> float:
    kept = [(s.plain if plain else s.kept)[k] for s in scores]
    return sum(one.came_true for one in kept) / max(1, sum(one.said for one in kept))


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.forecasts.throughput")
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    paths = sorted(options.folder.glob("*.csv"))
    chosen = [path for path in paths if not options.names or path.stem in options.names]
    if not chosen:
        sys.exit(f"{options.folder} holds no such projects")
    print("\n".join(summary([judge(read_history(path), path.stem) for path in chosen])))


if __name__ == "__main__":
    main()
