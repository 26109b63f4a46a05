"""Shares of throughput forecasts of projects that came true, beside plain resampling.

    python -m bench.forecasts.throughput PATH … [--spans N] [--least N]

Each path is a file or a folder of files, one a project: a date of completion a line, or a change
log with dated entries (GNU, git log, Debian; packed or not). Files that hold the same entries count
once. Every second week of the last three years of each project a forecast is made with what was
known then; with ``--spans`` also of the three years before, and so on.
"""

from __future__ import annotations

import argparse
import gzip
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from math import exp, log
from pathlib import Path
from statistics import mean, median
from time import perf_counter

import numpy as np

from vsm.features.forecast.backtest import (
    MIN_HISTORY,
    SPAN,
    Kept,
    Score,
    Trials,
    calibrate,
    make_trials,
    score,
)
from vsm.features.forecast.finished import Finished
from vsm.features.forecast.results import ODDS
from vsm.features.forecast.throughput import Throughput, read_pace
from vsm.flow.history import FAR
from vsm.model.dates import MONTHS

HORIZONS = (7, 14, 30, 60, 90)
SAID = ODDS.index(0.85)
FEW = 10
"""A project with fewer forecasts is not judged by itself."""
STRONG = 0.75
"""The share of mornings with less drift than those whose drift is strong."""
SAME = 0.8
"""The share of entries that two files have in common from which on they are one history."""
_ISO = re.compile(r"^(\d{4}-\d\d-\d\d)(?:$|\s)", re.MULTILINE)
_ENGLISH = re.compile(
    r"^(?:Date: +)?(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\w* (\w{3}) +(\d+) [\d:]+ (?:\w+ )?(\d{4})",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Run:
    """Three years of a project: its history, the forecasts made again, and what came of them."""

    name: str
    history: Finished
    trials: Trials
    scores: tuple[Score, ...]
    seconds: float


def read_dates(path: Path) -> list[date]:
    """The dates in a file of dates or in a change log, in their order."""
    packed = path.suffix == ".gz"
    text = (gzip.decompress(path.read_bytes()) if packed else path.read_bytes()).decode(
        "utf-8", "replace"
    )
    iso = _ISO.findall(text)
    english = [
        f"{year}-{MONTHS.index(month) + 1:02d}-{int(day):02d}"
        for month, day, year in _ENGLISH.findall(text)
        if month in MONTHS
    ]
    latest = date.today()
    dates = (date.fromisoformat(day) for day in max(iso, english, key=len))
    return [day for day in dates if day.year > 1980 and day <= latest]  # slips of the pen


def history_of(dates: list[date]) -> Finished:
    """The completions on these dates."""
    day = np.sort(np.array(dates, "datetime64[D]").astype(np.int64))
    return Finished(int(day[0]), day, np.full(day.size, FAR))


def read_history(path: Path) -> Finished:
    """The completions of a file."""
    return history_of(read_dates(path))


def judge(history: Finished, name: str = "", before: int = 0) -> Run:
    """Make forecasts again up to so many days before the end, and hold them against what came."""
    today = int(history.day[-1]) + 1 - before
    begun = perf_counter()
    trials = make_trials(history, today)
    law = Throughput(read_pace(history.by_day(today), today), calibrate(trials, today))
    for days in HORIZONS:
        law.at_least(days, 0.85)
    law.days_until(10, 0.85)
    seconds = perf_counter() - begun
    return Run(name, history, trials, score(history, trials, ODDS, HORIZONS), seconds)


def judge_all(paths: list[Path], spans: int, least: int) -> list[Run]:
    """Judge every history with so many completions, each once."""
    runs = []
    seen: list[Counter[date]] = []
    for path in paths:
        dates = read_dates(path)
        days = Counter(dates)
        shared = ((days & old).total() / max(days.total(), old.total()) for old in seen)
        if len(dates) < least or any(share > SAME for share in shared):
            continue
        seen.append(days)
        history = history_of(dates)
        length = int(history.day[-1]) + 1 - history.first
        for before in range(0, min(length - MIN_HISTORY - min(HORIZONS), spans * SPAN), SPAN):
            runs.append(judge(history, str(path), before))
    return runs


def summary(runs: list[Run]) -> Iterator[str]:
    """Lines of a table: by horizon all projects together, and how many are right by themselves."""
    yield (
        f"{'days':>4} {'said':>6}  came true of 50/70/85/95%  plain        85±10 plain"
        "  error  range  strong drift plain"
    )
    drifts = [np.array([pace.drift for pace in run.trials.paces]) for run in runs]
    known = np.concatenate([d[run.trials.has_enough] for d, run in zip(drifts, runs, strict=True)])
    strong = float(np.quantile(known, STRONG)) if known.size else 0.0
    drifting = [
        score(run.history, run.trials, ODDS, HORIZONS, drift >= strong)
        for run, drift in zip(runs, drifts, strict=True)
    ]
    for n, horizon in enumerate(HORIZONS):
        scores = [run.scores[n] for run in runs]
        said, plain = (
            "/".join(f"{_share([_kept(s, is_plain)[k] for s in scores]):.0%}" for k in range(4))
            for is_plain in (False, True)
        )
        near, plain_near = (f"{_near(runs, n, is_plain):.0%}" for is_plain in (False, True))
        ratios = [log(s.ratio) for s in scores if s.ratio]
        widths = [s.width for s in scores if s.width]
        error, width = exp(mean(ratios)) if ratios else 0.0, median(widths) if widths else 0.0
        strongly, plainly = (
            f"{_share([_kept(part[n], is_plain)[SAID] for part in drifting]):.0%}"
            for is_plain in (False, True)
        )
        count = sum(s.kept[SAID].said for s in scores)
        yield (
            f"{horizon:>4} {count:>6}  {said:24}  {plain}  {near:>5} {plain_near:>5}"
            f"  {error:5.2f}  {width:5.2f}  {strongly:>12} {plainly:>5}"
        )
    seconds = sorted(run.seconds for run in runs)
    yield f"a forecast takes {median(seconds) * 1000:.0f} ms, at most {seconds[-1] * 1000:.0f} ms"


def _kept(of: Score, is_plain: bool) -> tuple[Kept, ...]:
    return of.plain if is_plain else of.kept


def _share(kept: list[Kept]) -> float:
    return sum(one.came_true for one in kept) / max(1, sum(one.said for one in kept))


def _near(runs: list[Run], n: int, is_plain: bool) -> float:
    """The share of projects whose own 85% forecasts came true in 75 to 95%."""
    own = []
    for name in dict.fromkeys(run.name for run in runs):
        kept = [_kept(run.scores[n], is_plain)[SAID] for run in runs if run.name == name]
        if sum(one.said for one in kept) >= FEW:
            own.append(abs(_share(kept) - ODDS[SAID]) <= 0.1)
    return mean(own) if own else 0.0


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.forecasts.throughput")
    parser.add_argument("paths", nargs="+", type=Path)
    parser.add_argument("--spans", type=int, default=1, help="how many times three years")
    parser.add_argument("--least", type=int, default=40, help="completions of a history")
    options = parser.parse_args()
    paths = []
    for path in options.paths:
        paths += sorted(path.glob("*.csv")) if path.is_dir() else [path]
    runs = judge_all(paths, options.spans, options.least)
    if not runs:
        sys.exit(f"{' '.join(map(str, options.paths))}: no history that is long enough")
    print(f"{len({run.name for run in runs})} histories")
    print("\n".join(summary(runs)))


if __name__ == "__main__":
    main()
