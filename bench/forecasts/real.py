"""Judges the simulator on real histories: whether the weeks after an origin lie in its ranges.

``python -m bench.forecasts.real FILE`` goes through the streams of a database. At several origins
the simulator is fitted to what was known then and nothing is changed; throughput and 85% cycle time
of the next weeks should lie in their 80% ranges in 80% of the cases. Beside it stands a plain
method: the same figures of windows of the same length in the past year.

A log without a single open item at its end holds closed items only: what was open at an origin and
closed after that end is missing from it, in what was known then as in what came. Its cases are
counted apart.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vsm.features.bottlenecks.constraint import judge_recent
from vsm.features.bottlenecks.stations import Floats
from vsm.features.simulate.calibrating import figures_of, play_on
from vsm.features.simulate.measuring import mean_range
from vsm.flow.flow_data import FlowData
from vsm.model.query_tree import Query
from vsm.model.rules import DAY, iso
from vsm.model.stream import ValueStream
from vsm.reader import Reader

FIGURES = "throughput", "cycle_time"
SHARE, DRAWS = 80, 100
PAST_DAYS, MOST_ORIGINS = 364, 8
RECENT_DAYS, LEAST_FINISHED = 91, 10
"""Origins with fewer finished items in so many days before are left out."""


@dataclass(frozen=True, slots=True)
class JudgedOrigin:
    """One figure of the weeks after one origin: the range, the plain one, what came."""

    stream: str
    origin: int
    days: int
    figure: str
    range: tuple[float, float]
    plain: tuple[float, float]
    came: float
    middle: float
    spread: float
    last: float
    only_closed: bool

    @property
    def is_inside(self) -> bool:
        """Whether it came true."""
        return self.range[0] - 1e-9 <= self.came <= self.range[1] + 1e-9

    @property
    def is_in_plain(self) -> bool:
        """Whether the plain method did."""
        return self.plain[0] - 1e-9 <= self.came <= self.plain[1] + 1e-9


def came(flow: FlowData, begin: int, end: int) -> tuple[float, float]:
    """Throughput a week and the 85% cycle time of a time."""
    throughput, p85, _ = figures_of(flow, begin, end)
    return throughput, p85


def plain_range(flow: FlowData, origin: int, days: int) -> Floats:
    """Ranges of both figures over windows of the past year, a week apart."""
    ends = [origin - 7 * DAY * week for week in range(max(1, (PAST_DAYS - days) // 7 + 1))]
    values = np.array([came(flow, end - days * DAY, end) for end in ends])
    return np.array([mean_range(column, SHARE) for column in values.T if np.isfinite(column).any()])


def judge_stream(reader: Reader, stream: ValueStream, days: int) -> Iterator[JudgedOrigin]:
    """Judge a stream at origins so many days apart, the latest first."""
    whole, _ = reader.flow(stream, Query(), 4_000_000_000_000_000)
    if not whole.entered.size:
        return
    last = int(np.quantile(whole.entered, 0.999))
    first = int(np.quantile(whole.entered, 0.001)) + 182 * DAY
    only_closed = bool((whole.flow.finished | whole.flow.dropped).all())
    origins = [last - n * days * DAY for n in range(1, MOST_ORIGINS + 1)]
    for origin in (moment for moment in origins if moment >= first):
        flow, facts = reader.flow(stream, Query(), origin)
        judgement = judge_recent(flow, origin, facts.teams)
        finished = flow.flow.finish[flow.flow.finished]
        recent = int((finished > origin - RECENT_DAYS * DAY).sum())
        if not judgement.has_enough_data or recent < LEAST_FINISHED:
            continue
        before = play_on(flow, origin, float(days), facts.teams, DRAWS)
        then, _ = reader.flow(stream, Query(), origin + days * DAY)
        truth = came(then, origin, origin + days * DAY)
        plain = plain_range(flow, origin, days)
        if len(plain) < len(FIGURES) or np.isnan(truth).any():
            continue
        for n, figure in enumerate(FIGURES):
            values = getattr(before, figure)
            yield JudgedOrigin(
                *(stream.name, origin, days, figure, mean_range(values, SHARE)),
                (float(plain[n][0]), float(plain[n][1])),
                truth[n],
                float(np.nanmedian(values)),
                float(np.nanstd(np.log(values + 0.01))),
                came(flow, origin - days * DAY, origin)[n],
                only_closed,
            )


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.forecasts.real", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, help="databases")
    parser.add_argument("--days", type=int, nargs="+", default=[56, 91])
    options = parser.parse_args()
    judged = []
    for file in options.files:
        with closing(Reader(file)) as reader:
            for listed in reader.streams():
                stream = reader.stream(listed.id)
                assert stream is not None
                for days in options.days:
                    for one in judge_stream(reader, stream, days):
                        judged.append(one)
                        print(
                            f"{one.stream:12} {iso(one.origin)[:10]} {one.days:3} {one.figure:10} "
                            f"{one.range[0]:7.1f} to {one.range[1]:7.1f} "
                            f"(plain {one.plain[0]:.1f} to {one.plain[1]:.1f}): {one.came:7.1f} "
                            f"{'in' if one.is_inside else 'OUT'} "
                            f"{one.middle:.1f} {one.spread:.2f} {one.last:.1f}",
                            flush=True,
                        )
    for only_closed in (False, True):
        _print_shares([one for one in judged if one.only_closed is only_closed], only_closed)


def _print_shares(judged: list[JudgedOrigin], only_closed: bool) -> None:
    """Print how many cases came true, of logs of one kind."""
    for figure in FIGURES if judged else ():
        chosen = [one for one in judged if one.figure == figure]
        inside = np.mean([one.is_inside for one in chosen])
        plain = np.mean([one.is_in_plain for one in chosen])
        width = np.median(
            [
                (one.range[1] - one.range[0]) / max(one.plain[1] - one.plain[0], 0.1)
                for one in chosen
            ]
        )
        print(
            f"{figure}{', logs of closed items only' if only_closed else ''}: {len(chosen)} cases,"
            f" {inside:.0%} in the 80% range, plain {plain:.0%}; median width ÷ plain {width:.2f}"
        )


if __name__ == "__main__":
    main()
