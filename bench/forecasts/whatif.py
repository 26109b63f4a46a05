"""Judges what-if: whether the ranges of a change hold what the change really does.

``python -m bench.forecasts.whatif`` draws streams whose constraint is known, fits the simulator to
their log as a board shows it, and makes one change: one more slot at the constraint, 20% more
arrivals, or half the limit. The stream itself goes on from where its history ended, many times,
with and without the change. The share of these differences that lie in the 80% range should be 80%.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from multiprocessing import Pool

import numpy as np

from bench.forecasts.true_change import (
    Figures,
    History,
    limit_set,
    more_arrivals,
    one_more_server,
    true_figures,
)
from bench.streams.boards import Keeping, keep
from bench.streams.circumstances import draw
from bench.streams.history import BEGIN, flows_of_case
from bench.streams.kinds import DAYS, KINDS
from vsm.features.bottlenecks.constraint import judge_recent
from vsm.features.simulate.calibrating import calibrated, forecast_throughput, measure_error
from vsm.features.simulate.changes import Change
from vsm.features.simulate.fitting import fit_stream
from vsm.features.simulate.measuring import Outcome, mean_range, what_if
from vsm.model.rules import DAY

SLOT, ARRIVALS, LIMIT = "one more slot", "arrivals 120%", "limit halved"
DAYS_ON, TIMES, SHARE = 91.0, 20, 80
"""Days that are played on, how often, and the range that is judged, in percent."""
FIGURES = "throughput", "cycle_time", "wip"
UNSEEN = 97_000
"""The first seed of those that judge."""
TEAM = "team"


@dataclass(frozen=True, slots=True)
class JudgedChange:
    """One figure of one change to one stream as one board shows it.

    ``inside`` is the share of the true changes that lie in the range, ``holds_mean`` whether their
    mean does; ``before`` is the same as ``inside`` for the figure before. ``width`` is that of the
    range, ``true_width`` that of the true changes, ``mean`` and ``true_mean`` are the changes.
    """

    kind: str
    keeping: Keeping
    change: str
    figure: str
    inside: float
    holds_mean: bool
    before: float
    width: float
    true_width: float
    mean: float
    true_mean: float


def judge_stream(
    kind: str, seed: int, keepings: Sequence[Keeping], only_limits: bool = False
) -> list[JudgedChange]:
    """Judge all changes that apply to one stream, kept in these ways."""
    case = draw(kind, seed)
    at = min(case.constraint)
    limit = case.net.stations[at].limit
    changes = {LIMIT: limit_set(case, at, limit // 2)} if limit > 1 else {}
    if not only_limits:
        changes |= {SLOT: one_more_server(case, at), ARRIVALS: more_arrivals(case, 1.2)}
    history = History(case)
    truths = {
        name: true_figures(history, change, DAYS_ON, TIMES) for name, change in changes.items()
    }
    judged = []
    for keeping in keepings:
        net, visits = keep(case, keeping)
        (flow, _), end = flows_of_case(case, visits, net), BEGIN + round(DAYS * DAY)
        judgement = judge_recent(flow, end, {1: TEAM})
        stream = fit_stream(judgement, flow)
        law, error = forecast_throughput(flow, end), measure_error(flow, end, DAYS_ON, {1: TEAM})
        for name, change in changes.items():
            station = stream.names.index(case.net.stations[at].name)
            played = {
                SLOT: Change(slots={station: 1}),
                ARRIVALS: Change(arrivals=change.arrivals),
                LIMIT: Change(limits={station: change.net.stations[at].limit}),
            }[name]
            sides = what_if(stream, played, DAYS_ON, seed=seed)
            sides = calibrated(*sides, law, error, DAYS_ON, seed)
            judged += _judge(case.kind, keeping, name, sides, truths[name])
    return judged


def _judge(
    kind: str,
    keeping: Keeping,
    name: str,
    sides: tuple[Outcome, Outcome],
    truths: Sequence[tuple[Figures, Figures]],
) -> list[JudgedChange]:
    before, after = sides
    judged = []
    for figure in FIGURES:
        was = np.array([getattr(figures, figure) for figures, _ in truths])
        true = np.array([getattr(figures, figure) for _, figures in truths]) - was
        values = getattr(after, figure) - getattr(before, figure)
        low, high = mean_range(values, SHARE)
        low_before, high_before = mean_range(getattr(before, figure), SHARE)
        true_low, true_high = mean_range(true, SHARE)
        judged.append(
            JudgedChange(
                kind,
                keeping,
                name,
                figure,
                float(((true >= low - 1e-9) & (true <= high + 1e-9)).mean()),
                bool(low - 1e-9 <= np.nanmean(true) <= high + 1e-9),
                float(((was >= low_before - 1e-9) & (was <= high_before + 1e-9)).mean()),
                high - low,
                true_high - true_low,
                float(np.nanmean(values)),
                float(np.nanmean(true)),
            )
        )
    return judged


def judge_all(
    first: int, cases: int, keepings: Sequence[Keeping], kinds: Iterable[str]
) -> list[JudgedChange]:
    """Judge so many streams of each kind that has a constraint.

    Limits are halved in thrice as many, as only one kind has them.
    """
    tasks = [
        (kind, first + n, keepings, n >= cases)
        for kind in kinds
        if not kind.startswith("no constraint")
        for n in range(3 * cases if kind == "limits" else cases)
    ]
    with Pool(2) as pool:
        results = pool.starmap(judge_stream, tasks, chunksize=1)
    return [one for judged in results for one in judged]


HEAD = (
    "| cases | change in 80% range | its mean | before in 80% range | width ÷ true | mean ÷ true |"
)


def table(judged: Sequence[JudgedChange]) -> str:
    """By figure, then by change, way of keeping and kind."""
    lines = []
    for figure in FIGURES:
        of_figure = [one for one in judged if one.figure == figure]
        lines += [f"| {figure} {HEAD}", "|---" * 7 + "|", f"| all | {_row(of_figure)}"]
        for group in ("change", "keeping", "kind"):
            for name in sorted({getattr(one, group) for one in of_figure}):
                chosen = [one for one in of_figure if getattr(one, group) == name]
                lines.append(f"| {name} | {_row(chosen)}")
        lines.append("")
    return "\n".join(lines)


def _row(judged: Sequence[JudgedChange]) -> str:
    width = sum(one.width for one in judged) / max(sum(one.true_width for one in judged), 1e-9)
    mean = sum(one.mean for one in judged) / (sum(one.true_mean for one in judged) or 1e-9)
    cells = (
        str(len(judged)),
        _share(one.inside for one in judged),
        _share(one.holds_mean for one in judged),
        _share(one.before for one in judged),
        f"{width:.2f}",
        f"{mean:.2f}",
    )
    return " | ".join(cells) + " |"


def _share(shares: Iterable[float]) -> str:
    counted = list(shares)
    return f"{sum(counted) / len(counted):.0%}" if counted else "–"


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.forecasts.whatif", description=__doc__)
    parser.add_argument("--cases", type=int, default=8, help="streams of each kind [8]")
    parser.add_argument("--first", type=int, default=UNSEEN, help="the first seed")
    parser.add_argument("--kinds", nargs="+", help="only these kinds")
    parser.add_argument("--boards", nargs="+", default=["EXACT"], help="ways of keeping, or ALL")
    options = parser.parse_args()
    names = [one.name for one in Keeping] if options.boards == ["ALL"] else options.boards
    judged = judge_all(
        options.first, options.cases, [Keeping[name] for name in names], options.kinds or KINDS
    )
    print(table(judged))


if __name__ == "__main__":
    main()
