"""What a method says of simulated streams, beside what is true of them and two simple rules."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from multiprocessing import Pool

import numpy as np

from bench.streams.history import watch_of
from bench.streams.kinds import KINDS, Case, agrees, case
from bench.streams.spoil import spoil
from vsm.features.bottlenecks.constraint import evidence, judge
from vsm.features.bottlenecks.stations import ObservationWindow, stations

TEAM = "team"
BINS = (0.0, 0.5, 0.7, 0.85, 0.95, 1.01)
"""Between which of these the confidence shown is compared with how often it was right."""


class Way(StrEnum):
    """How work is begun, and what people make of the history."""

    IN_TURN = "begun in the order in which it came"
    BY_RANK = "begun by rank"
    COARSE = "begun in order, kept by people: days, moves told late, 4 % left lying"


@dataclass(frozen=True, slots=True)
class Told:
    """One case: the candidates by rank, which of them are right, and what was named.

    ``way`` is that which the method saw, ``evidence`` and ``right`` go with the candidates in the
    order of the fit.
    """

    kind: str
    way: Way
    right: tuple[bool, ...]
    evidence: tuple[tuple[float, ...], ...]
    ranked: tuple[bool, ...]
    named: tuple[bool, ...]
    confidence: float
    cut: bool
    longest: bool
    most: bool

    @property
    def limited(self) -> bool:
        """Whether there is a constraint."""
        return any(self.right)


def tell(kind: str, seed: int) -> dict[Way, Told] | None:
    """Judge one case, its work begun and kept in each way; ``None`` where theory and intervention
    do not agree on what is true.
    """
    told = case(kind, seed)
    return {way: _tell(told, way) for way in Way} if agrees(told) else None


def _tell(told: Case, way: Way) -> Told:
    visits = told.watch(way is Way.BY_RANK).visits
    stream, watch = watch_of(told, spoil(visits, told.seed) if way is Way.COARSE else visits)
    found = judge(stream, watch, {1: TEAM})
    true = {told.net.stations[n].name for n in told.constraint}
    right = true | {TEAM} if told.kind == "a team of two stages" else true
    single = stations(stream, watch)
    stay = [_mean_stay(watch, each.places) for each in single]
    held = [_mean_held(watch, each.places) for each in single]
    return Told(
        told.kind,
        Way.COARSE if watch.coarse else Way.IN_TURN if found.in_turn else Way.BY_RANK,
        tuple(each.station.name in right for each in found.fits),
        tuple(evidence(found.fits)),
        tuple(each.station.name in right for each, _ in found.ranked),
        tuple(each.station.name in right for each in found.named),
        found.confidence,
        {each.name for each in found.cut} == true,
        single[int(np.argmax(stay))].name in right,
        single[int(np.argmax(held))].name in right,
    )


def tell_all(seeds: Iterable[int]) -> tuple[dict[Way, list[Told]], dict[str, int]]:
    """All kinds with these seeds in each way, and how many cases of each kind were dropped."""
    asked = [(kind, seed) for seed in seeds for kind in KINDS]
    with Pool(os.cpu_count()) as pool:
        out = pool.starmap(tell, asked, chunksize=4)
    dropped = dict.fromkeys(KINDS, 0)
    for (kind, _), told in zip(asked, out, strict=True):
        dropped[kind] += told is None
    return {way: [told[way] for told in out if told is not None] for way in Way}, dropped


def _mean_stay(watch: ObservationWindow, places: Sequence[int]) -> float:
    begin, end = watch.stays(places)
    return float((end - begin).mean()) if begin.size else 0.0


def _mean_held(watch: ObservationWindow, places: Sequence[int]) -> float:
    grid = np.linspace(0.0, watch.days, 2_000)
    return float(watch.held(places).level.from_(grid).mean())


def table(told: Sequence[Told], dropped: dict[str, int]) -> str:
    """By kind: how often the true constraint was named, beside the simple rules."""
    out = [
        "| kind | cases | dropped | named first | within two | claimed | longest stay | most WIP |",
        "|---|---|---|---|---|---|---|---|",
    ]
    every = [each for each in told if each.limited]
    for kind in KINDS:
        mine = [each for each in told if each.kind == kind]
        if mine and mine[0].limited:
            out.append(f"| {kind} | {len(mine)} | {dropped[kind]} | {_shares(mine)} |")
    out.append(f"| all of these | {len(every)} | {sum(dropped.values())} | {_shares(every)} |")
    for kind in KINDS:
        mine = [each for each in told if each.kind == kind]
        if mine and not mine[0].limited:
            false = _share(bool(each.named) for each in mine)
            out.append(f"| {kind} | {len(mine)} | 0 | – | – | {false} | 100 % | 100 % |")
    return "\n".join(out)


def _shares(told: Sequence[Told]) -> str:
    first = _share(each.ranked[0] for each in told)
    two = _share(any(each.ranked[:2]) for each in told)
    named = _share(bool(each.named) for each in told)
    longest = _share(each.longest for each in told)
    return f"{first} | {two} | {named} | {longest} | {_share(each.most for each in told)}"


def _share(which: Iterable[bool]) -> str:
    counted = list(which)
    return f"{sum(counted) / len(counted):.1%}".replace("%", " %") if counted else "–"


def calibration(told: Sequence[Told]) -> str:
    """How sure it said it was of what it named, and how often that was right."""
    out = ["| said, on average | cases | right |", "|---|---|---|"]
    claims = [each for each in told if each.named]
    for low, high in pairwise(BINS):
        mine = [each for each in claims if low <= each.confidence < high]
        if mine:
            said = sum(each.confidence for each in mine) / len(mine)
            right = _share(any(each.named) for each in mine)
            out.append(f"| {said:.0%} | {len(mine)} | {right} |".replace("% |", " % |", 1))
    return "\n".join(out)
