"""Compares what the method names on simulated streams with the truth, and with two simple rules."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from multiprocessing import Pool

import numpy as np

from bench.streams.boards import Keeping, keep
from bench.streams.circumstances import ALL_KINDS, draw
from bench.streams.history import observe_case
from bench.streams.kinds import KINDS, Case, intervention_agrees
from vsm.features.bottlenecks.constraint import judge
from vsm.features.bottlenecks.results import SURELY
from vsm.features.bottlenecks.stations import ObservationWindow, find_stations

TEAM = "team"
BINS = (0.0, 0.5, 0.7, 0.85, 0.95, 1.01)
"""Bins of the stated confidence, in each of which it is compared with the share that was right."""
KEPT_SHARE, FREE_KEPT_SHARE = 4, 2
"""One of so many streams of a kind with a constraint, and of one without, is kept in all ways."""


@dataclass(frozen=True, slots=True)
class JudgedCase:
    """One stream as one board shows it: the candidates by rank, whether they are right, what was
    named.

    ``loads``, ``departures`` and ``right`` go with the conclusive candidates in the order of the
    fit; ``part`` is how much of the odds the method believed. ``longest_stay`` and ``most_wip`` say
    whether these simple rules are right.
    """

    kind: str
    keeping: Keeping
    is_limited: bool
    loads: tuple[float, ...]
    departures: tuple[int, ...]
    right: tuple[bool, ...]
    part: float
    ranked: tuple[bool, ...]
    named: tuple[bool, ...]
    confidence: float
    longest_stay: bool
    most_wip: bool

    @property
    def is_first(self) -> bool:
        """Whether the likeliest candidate is right."""
        return any(self.ranked[:1])

    @property
    def is_right(self) -> bool:
        """Whether what was said is: any constraint that was named, or that demand limits."""
        return any(self.named) if self.named else not self.is_limited


def judge_stream(kind: str, seed: int, keepings: Sequence[Keeping]) -> list[JudgedCase] | None:
    """Judge one stream kept in these ways; ``None`` where theory and intervention disagree."""
    case = draw(kind, seed)
    if not intervention_agrees(case):
        return None
    return [_judge(case, keeping) for keeping in keepings]


def _judge(case: Case, keeping: Keeping) -> JudgedCase:
    net, visits = keep(case, keeping)
    stream, window = observe_case(case, visits, net)
    judgement = judge(stream, window, {1: TEAM})
    right = {case.net.stations[n].name for n in case.constraint}
    if any(case.net.stations[n].pool for n in case.constraint):
        right = right | {TEAM}
    stations = find_stations(stream, window)
    stays = [_mean_stay(window, station.stages) for station in stations]
    wip = [_mean_wip(window, station.stages) for station in stations]
    conclusive = [fit for fit in judgement.fits if judgement.is_conclusive(fit)]
    return JudgedCase(
        case.kind,
        keeping,
        bool(case.constraint),
        tuple(fit.load for fit in conclusive),
        tuple(fit.departure_count for fit in conclusive),
        tuple(fit.station.name in right for fit in conclusive),
        judgement.believed_part,
        tuple(fit.station.name in right for fit, _ in judgement.ranked),
        tuple(fit.station.name in right for fit in judgement.constraints),
        judgement.confidence,
        stations[int(np.argmax(stays))].name in right,
        stations[int(np.argmax(wip))].name in right,
    )


def judge_all(first: Iterable[int], cases: int) -> tuple[list[JudgedCase], dict[str, int]]:
    """Judge so many streams of each kind from these seeds on; also those dropped, by kind."""
    tasks = []
    for begin in first:
        for kind in ALL_KINDS:
            is_free = kind.startswith("no constraint")
            kept = cases // (FREE_KEPT_SHARE if is_free else KEPT_SHARE) if kind in KINDS else 0
            for n in range(cases):
                keepings = tuple(Keeping) if n < kept else (Keeping.EXACT,)
                tasks.append((kind, begin + n, keepings))
    with Pool(os.cpu_count()) as pool:
        results = pool.starmap(judge_stream, tasks, chunksize=2)
    dropped = dict.fromkeys(ALL_KINDS, 0)
    for (kind, _, _), judged in zip(tasks, results, strict=True):
        dropped[kind] += judged is None
    return [case for judged in results if judged for case in judged], dropped


def _mean_stay(window: ObservationWindow, stages: Sequence[int]) -> float:
    begin, end = window.stays(stages)
    return float((end - begin).mean()) if begin.size else 0.0


def _mean_wip(window: ObservationWindow, stages: Sequence[int]) -> float:
    grid = np.linspace(0.0, window.days, 2_000)
    return float(window.occupancy(stages).level.just_after(grid).mean())


HEAD = (
    "| cases | dropped | first | within two | false alarms | sure | of these right | longest stay |"
    " most WIP |"
)


def table(cases: Sequence[JudgedCase], dropped: dict[str, int]) -> str:
    """By kind of stream, kept exactly, and by way of keeping, over the plain kinds."""
    lines = [f"| streams {HEAD}", "|---" * 10 + "|"]
    exact = [case for case in cases if case.keeping is Keeping.EXACT]
    for kind in ALL_KINDS:
        of_kind = [case for case in exact if case.kind == kind]
        if of_kind:
            lines.append(f"| {kind} | {_row(of_kind, dropped[kind])}")
    lines += ["", f"| boards {HEAD}", "|---" * 10 + "|"]
    for keeping in Keeping:
        kept = [case for case in cases if case.keeping is keeping and case.kind in KINDS]
        if kept:
            lines.append(f"| {keeping} | {_row(kept, 0)}")
    lines.append(f"| all | {_row(cases, sum(dropped.values()))}")
    return "\n".join(lines)


def _row(cases: Sequence[JudgedCase], dropped: int) -> str:
    limited = [case for case in cases if case.is_limited]
    free = [case for case in cases if not case.is_limited]
    sure = [case for case in cases if case.confidence >= SURELY]
    cells = (
        str(len(cases)),
        str(dropped),
        _share(case.is_first for case in limited),
        _share(any(case.ranked[:2]) for case in limited),
        _share(bool(case.named) for case in free),
        _share(case.confidence >= SURELY for case in cases),
        _share(case.is_right for case in sure),
        _share(case.longest_stay for case in limited),
        _share(case.most_wip for case in limited),
    )
    return " | ".join(cells) + " |"


def _share(outcomes: Iterable[bool]) -> str:
    counted = list(outcomes)
    return f"{sum(counted) / len(counted):.0%}" if counted else "–"


def calibration(cases: Sequence[JudgedCase]) -> str:
    """The stated confidence beside the share of the cases in which it was right."""
    lines = ["| mean confidence | cases | right |", "|---|---|---|"]
    for low, high in pairwise(BINS):
        in_bin = [case for case in cases if low <= case.confidence < high]
        if in_bin:
            mean = sum(case.confidence for case in in_bin) / len(in_bin)
            right = _share(case.is_right for case in in_bin)
            lines.append(f"| {mean:.0%} | {len(in_bin)} | {right} |")
    return "\n".join(lines)
