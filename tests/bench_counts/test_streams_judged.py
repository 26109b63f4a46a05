"""The method on simulated streams to which nothing was fitted (all: python -m bench.streams)."""

from __future__ import annotations

from collections import Counter

import pytest

from bench.streams.boards import Keeping
from bench.streams.circumstances import ALL_KINDS
from bench.streams.fit import SHARPNESS as TRIED
from bench.streams.fit import fit_numbers
from bench.streams.judge import JudgedCase, calibration, judge_stream, table
from bench.streams.kinds import KINDS
from vsm.features.bottlenecks.results import SURELY

FIRST_SEED = 80_000
KEPT = (Keeping.BY_RANK, Keeping.PULL, Keeping.STAND_UP, Keeping.LATE_6H)


@pytest.fixture(scope="module")
def judged() -> list[JudgedCase]:
    """Two streams of each plain kind kept in several ways, one of each kind in circumstances."""
    cases: list[JudgedCase] = []
    for kind in ALL_KINDS:
        keepings = (Keeping.EXACT, *KEPT) if kind in KINDS else (Keeping.EXACT,)
        for seed in range(FIRST_SEED, FIRST_SEED + (2 if kind in KINDS else 1)):
            cases += judge_stream(kind, seed, keepings) or []
    return cases


@pytest.mark.parametrize(
    ("keepings", "least"), [((Keeping.EXACT,), 0.85), (KEPT, 0.75)], ids=["exact", "as kept"]
)
def test_the_constraint_is_named_first(
    judged: list[JudgedCase], keepings: tuple[Keeping, ...], least: float
) -> None:
    cases = [case for case in judged if case.keeping in keepings]
    limited = [case for case in cases if case.is_limited]
    assert len(limited) >= 20
    assert sum(case.is_first for case in limited) >= least * len(limited)
    naive = sum(case.longest_stay for case in limited)
    assert sum(case.is_first for case in limited) > naive


def test_what_is_sure_is_right_and_demand_is_not_taken_for_a_stage(
    judged: list[JudgedCase],
) -> None:
    sure = [case for case in judged if case.confidence >= SURELY]
    assert len(sure) >= len(judged) / 3
    assert sum(case.is_right for case in sure) >= 0.9 * len(sure)
    free = [case for case in judged if not case.is_limited]
    assert len(free) >= 20 and sum(bool(case.named) for case in free) <= 2


def test_the_table_has_every_kind_and_every_board(judged: list[JudgedCase]) -> None:
    written = table(judged, Counter(dict.fromkeys(ALL_KINDS, 0))) + calibration(judged)
    assert all(f"| {case.kind} |" in written for case in judged)
    assert all(f"| {keeping} |" in written for keeping in (Keeping.EXACT, *KEPT))


def test_the_numbers_that_are_fitted_are_among_those_tried(judged: list[JudgedCase]) -> None:
    numbers = fit_numbers(judged)
    assert numbers.sharpness in TRIED and 0.0 < numbers.vague <= 1.0
