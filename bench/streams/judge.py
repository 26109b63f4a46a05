"""Compares the constraint that a method names on simulated streams with the truth and two rules."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from multiprocessing import Pool

import numpy as np

from bench.streams.history import observe_case
from bench.streams.kinds import KINDS, Case, draw_case, intervention_agrees
from bench.streams.spoil import spoil
from vsm.features.bottlenecks.constraint import evidence_vectors, judge
from vsm.features.bottlenecks.stations import ObservationWindow, find_stations

TEAM = "team"
BINS = (0.0, 0.5, 0.7, 0.85, 0.95, 1.01)
"""Bins of the stated confidence, in each of which it is compared with the share that was right."""


class Way(StrEnum):
    """The queue discipline, and how exactly people record the history."""

    FIFO = "started in the order of arrival"
    ANY_ORDER = "started by rank"
    DAYS_ONLY = "started in order, recorded by people: days, moves recorded late, 4% abandoned"


@dataclass(frozen=True, slots=True)
class JudgedCase:
    """One case: the candidates by rank, whether they are right, and what was named.

    ``way`` is the one that the method detected; ``evidence`` and ``right`` go with the candidates
    in the order of the fit. ``longest_stay`` and ``most_wip`` say whether these simple rules are
    right.
    """

    kind: str
    way: Way
    right: tuple[bool, ...]
    evidence: tuple[tuple[float, ...], ...]
    ranked: tuple[bool, ...]
    named: tuple[bool, ...]
    confidence: float
    cut: bool
    longest_stay: bool
    most_wip: bool

    @property
    def is_limited(self) -> bool:
        """Whether there is a constraint."""
        return any(self.right)


def judge_case(kind: str, seed: int) -> dict[Way, JudgedCase] | None:
    """Judge one case in each way; ``None`` where theory and intervention contradict each other."""
    case = draw_case(kind, seed)
    return {way: _judge(case, way) for way in Way} if intervention_agrees(case) else None


def _judge(case: Case, way: Way) -> JudgedCase:
    visits = case.observe(way is Way.ANY_ORDER).visits
    stream, window = observe_case(
        case, spoil(visits, case.seed) if way is Way.DAYS_ONLY else visits
    )
    judgement = judge(stream, window, {1: TEAM})
    true = {case.net.stations[n].name for n in case.constraint}
    right = true | {TEAM} if case.kind == "a team of two stages" else true
    stations = find_stations(stream, window)
    stays = [_mean_stay(window, station.stages) for station in stations]
    wip = [_mean_wip(window, station.stages) for station in stations]
    detected = Way.FIFO if judgement.is_fifo else Way.ANY_ORDER
    return JudgedCase(
        case.kind,
        Way.DAYS_ONLY if window.has_days_only else detected,
        tuple(fit.station.name in right for fit in judgement.fits),
        tuple(evidence_vectors(judgement.fits)),
        tuple(fit.station.name in right for fit, _ in judgement.ranked),
        tuple(fit.station.name in right for fit in judgement.constraints),
        judgement.confidence,
        {station.name for station in judgement.minimum_cut} == true,
        stations[int(np.argmax(stays))].name in right,
        stations[int(np.argmax(wip))].name in right,
    )


def judge_all(seeds: Iterable[int]) -> tuple[dict[Way, list[JudgedCase]], dict[str, int]]:
    """Judge all kinds with these seeds in each way; also the number of dropped cases by kind."""
    pairs = [(kind, seed) for seed in seeds for kind in KINDS]
    with Pool(os.cpu_count()) as pool:
        results = pool.starmap(judge_case, pairs, chunksize=4)
    dropped = dict.fromkeys(KINDS, 0)
    for (kind, _), by_way in zip(pairs, results, strict=True):
        dropped[kind] += by_way is None
    return {way: [by_way[way] for by_way in results if by_way is not None] for way in Way}, dropped


def _mean_stay(window: ObservationWindow, stages: Sequence[int]) -> float:
    begin, end = window.stays(stages)
    return float((end - begin).mean()) if begin.size else 0.0


def _mean_wip(window: ObservationWindow, stages: Sequence[int]) -> float:
    grid = np.linspace(0.0, window.days, 2_000)
    return float(window.occupancy(stages).level.just_after(grid).mean())


def table(cases: Sequence[JudgedCase], dropped: dict[str, int]) -> str:
    """By kind: how often the true constraint was named, beside the simple rules."""
    lines = [
        "| kind | cases | dropped | named first | within two | claimed | longest stay | most WIP |",
        "|---|---|---|---|---|---|---|---|",
    ]
    limited = [case for case in cases if case.is_limited]
    for kind in KINDS:
        of_kind = [case for case in cases if case.kind == kind]
        if of_kind and of_kind[0].is_limited:
            lines.append(f"| {kind} | {len(of_kind)} | {dropped[kind]} | {_shares(of_kind)} |")
    lines.append(
        f"| all of these | {len(limited)} | {sum(dropped.values())} | {_shares(limited)} |"
    )
    for kind in KINDS:
        of_kind = [case for case in cases if case.kind == kind]
        if of_kind and not of_kind[0].is_limited:
            false = _share(bool(case.named) for case in of_kind)
            lines.append(f"| {kind} | {len(of_kind)} | 0 | – | – | {false} | 100% | 100% |")
    return "\n".join(lines)


def _shares(cases: Sequence[JudgedCase]) -> str:
    first = _share(case.ranked[0] for case in cases)
    two = _share(any(case.ranked[:2]) for case in cases)
    named = _share(bool(case.named) for case in cases)
    longest = _share(case.longest_stay for case in cases)
    return f"{first} | {two} | {named} | {longest} | {_share(case.most_wip for case in cases)}"


def _share(outcomes: Iterable[bool]) -> str:
    counted = list(outcomes)
    return f"{sum(counted) / len(counted):.1%}" if counted else "–"


def calibration(cases: Sequence[JudgedCase]) -> str:
    """The stated confidence beside the share of the cases in which it was right."""
    lines = ["| mean confidence | cases | right |", "|---|---|---|"]
    claims = [case for case in cases if case.named]
    for low, high in pairwise(BINS):
        in_bin = [case for case in claims if low <= case.confidence < high]
        if in_bin:
            mean = sum(case.confidence for case in in_bin) / len(in_bin)
            right = _share(any(case.named) for case in in_bin)
            lines.append(f"| {mean:.0%} | {len(in_bin)} | {right} |")
    return "\n".join(lines)
