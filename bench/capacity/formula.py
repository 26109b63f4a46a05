"""Compares the wait that the formula expects with that of simulated queues."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import median

from bench.capacity.queue import simulated_wait
from vsm.features.capacity.load import Load

SERVERS, VARIATIONS = (1, 3, 5), (0.5, 1.0, 2.0)
UTILISATIONS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
CUSTOMERS, SEED = 400_000, 41_000
MEDIAN_ERROR, WORST_ERROR, BELOW = 0.12, 0.30, 0.9
"""The median error of all cases, and the worst one up to this utilisation, that are aimed at."""


def sakasegawa_wait(
    servers: float, utilisation: float, service_time: float, variation: float = 1.0
) -> float:
    """The mean wait of a G/G/c queue in days by the formula of Sakasegawa (1977), to compare with.

    It is exact for one server, and half too long or more where several are little used.
    """
    growth: float = utilisation ** (sqrt(2 * (servers + 1)) - 1)
    return variation * growth / (servers * (1 - utilisation)) * service_time


@dataclass(frozen=True, slots=True)
class Case:
    """A queue with its expected and its simulated wait, in service times."""

    servers: int
    utilisation: float
    variation: float
    expected: float
    simulated: float

    @property
    def error(self) -> float:
        """The relative error of the expected wait."""
        return abs(self.expected / self.simulated - 1)

    @property
    def other_error(self) -> float:
        """The relative error of the wait by Sakasegawa's formula."""
        other = sakasegawa_wait(self.servers, self.utilisation, 1.0, (1 + self.variation) / 2)
        return abs(other / self.simulated - 1)


def cases(
    servers: Iterable[int] = SERVERS,
    variations: Iterable[float] = VARIATIONS,
    utilisations: Iterable[float] = UTILISATIONS,
    customers: int = CUSTOMERS,
) -> list[Case]:
    """All combinations, each simulated with a seed of its own."""
    variations, utilisations = tuple(variations), tuple(utilisations)
    out: list[Case] = []
    for c in servers:
        for square in variations:
            for used in utilisations:
                load = Load(used * c, 1.0, c, variation=(1 + square) / 2)
                simulated = simulated_wait(c, used, square, SEED + len(out), customers)
                out.append(Case(c, used, square, load.wait, simulated))
    return out


def table(rows: Sequence[Case]) -> str:
    """The result in words, with every case beyond the aim."""
    calm = [case for case in rows if case.utilisation <= BELOW]
    worst = max(calm, key=lambda case: case.error)
    lines = [
        f"{len(rows)} queues: median error {median(case.error for case in rows):.1%}"
        f" (aim {MEDIAN_ERROR:.0%}), worst up to {BELOW:.0%} utilisation {worst.error:.1%}"
        f" (aim {WORST_ERROR:.0%})",
        f"by Sakasegawa's formula: median {median(case.other_error for case in rows):.1%}, worst"
        f" {max(case.other_error for case in calm):.1%}",
        " c   util  Cs²  expected simulated  error  (waits in service times)",
    ]
    for case in rows:
        mark = "  beyond" if case in calm and case.error > WORST_ERROR else ""
        lines.append(
            f"{case.servers:2}  {case.utilisation:5.2f} {case.variation:4.1f}  {case.expected:8.3f}"
            f"  {case.simulated:8.3f}  {case.error:5.1%}{mark}"
        )
    return "\n".join(lines)
