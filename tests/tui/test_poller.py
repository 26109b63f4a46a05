"""The rate at which a board looks at what others write."""

from __future__ import annotations

import pytest

from vsm.screens import poller
from vsm.screens.poller import MOST_SKIPS, Poller


class Clocks:
    """What a look takes: seconds that pass, and those of them that it computes."""

    def __init__(self, wall: float, cpu: float) -> None:
        self.steps = {"perf_counter": wall, "thread_time": cpu}
        self.now = {"perf_counter": 0.0, "thread_time": 0.0}
        self.looks = 0

    def perf_counter(self) -> float:
        return self.now["perf_counter"]

    def thread_time(self) -> float:
        return self.now["thread_time"]

    def look(self) -> None:
        self.looks += 1
        for clock, step in self.steps.items():
            self.now[clock] += step


def looks(monkeypatch: pytest.MonkeyPatch, wall: float, cpu: float) -> int:
    """How often it looks in twelve turns, where a look takes that long."""
    clocks = Clocks(wall, cpu)
    monkeypatch.setattr(poller, "time", clocks)

    class Slow(Poller):
        def __init__(self) -> None:
            self._skips = 0

        def poll(self) -> None:
            clocks.look()

    slow = Slow()
    for _ in range(12):
        slow.tick()
    return clocks.looks


def test_a_board_looks_at_every_turn_while_it_has_the_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert looks(monkeypatch, 0.012, 0.012) == 12
    assert looks(monkeypatch, 0.012, 0.013) == 12, "clocks may differ a little"
    assert looks(monkeypatch, 0.009, 0.001) == 12, "what is quick is no reason to look less"


def test_a_board_looks_less_often_where_others_need_the_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert looks(monkeypatch, 0.024, 0.012) == 6
    assert looks(monkeypatch, 0.5, 0.012) == 12 // (1 + MOST_SKIPS)
