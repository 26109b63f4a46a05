"""The made-up organisation flows as its plan says: its constraint, its worst dependency."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from functools import cached_property

import pytest

from tests.demo.conftest import TODAY, Bank
from vsm.demo.calendar import first_day, moment, working_days
from vsm.demo.plan import CONSTRAINT, LINES, OTHER_UTILISATIONS, SLOWEST_TEAM, TICKS, Line, Station
from vsm.model.rules import to_micros

DAYS = working_days(first_day(TODAY), TODAY)
GRID = [to_micros(moment(day, tick)) for day in DAYS for tick in range(TICKS)]
"""The beginning of each half-hour in which the bank worked."""


def worked(at: int | None) -> int:
    """Half-hours of work from the beginning to a moment, by default to the end."""
    return len(GRID) if at is None else bisect_right(GRID, at)


class Journal:
    """Visits and blocks of the demo by half-hours of work."""

    def __init__(self, bank: Bank) -> None:
        self.bank = bank

    @cached_property
    def blocks(self) -> dict[int, list[tuple[int, int]]]:
        """Blocked half-hours by item."""
        out: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for item, started, ended in self.bank.rows("SELECT item, started, ended FROM block"):
            out[item].append((worked(started), worked(ended)))
        return out

    def visits(self, line: Line, station: Station) -> list[tuple[int, int, int]]:
        """``(item, entered, left)`` of a stage in half-hours of work."""
        stage = self.bank.stream(line.name).find(station.name)
        assert stage is not None
        rows = self.bank.rows("SELECT item, entered, left FROM visit WHERE stage = ?", stage.id)
        return [(item, worked(entered), worked(left)) for item, entered, left in rows]

    def count_items(self, line: Line, station: Station, *, blocked: bool = True) -> list[int]:
        """The number of items in the stage in each half-hour."""
        count = [0] * len(GRID)
        for item, entered, left in self.visits(line, station):
            for n in range(entered, left):
                if blocked or not any(a <= n < b for a, b in self.blocks[item]):
                    count[n] += 1
        return count

    def utilisation(self, line: Line, station: Station) -> float:
        """λτ/c: half-hours worked a visit, times visits a half-hour, over the servers.

        An item that is not blocked is worked on as long as there are free servers.
        """
        counts = self.count_items(line, station, blocked=False)
        work = sum(min(n, station.servers) for n in counts)
        visits = len(self.visits(line, station))
        rate, service_time = visits / len(GRID), work / visits
        return rate * service_time / station.servers


@pytest.fixture(scope="module")
def journal(bank: Bank) -> Journal:
    return Journal(bank)


def stage_of(name: tuple[str, str]) -> tuple[Line, Station]:
    """A stream and a stage of the plan by their names."""
    line = next(line for line in LINES if line.name == name[0])
    return line, next(s for s in line.stations if s.name == name[1])


def test_the_constraint_has_the_highest_utilisation_and_all_others_have_room(
    journal: Journal,
) -> None:
    utilisations = {
        (line.name, station.name): journal.utilisation(line, station)
        for line in LINES
        for station in line.stations
        if station.servers
    }
    highest = utilisations.pop(CONSTRAINT)
    assert 0.90 <= highest <= 0.99
    assert all(
        OTHER_UTILISATIONS[0] <= value <= OTHER_UTILISATIONS[1] for value in utilisations.values()
    ), utilisations


def test_the_work_of_a_visit_is_as_long_as_the_plan_says(journal: Journal) -> None:
    line, station = stage_of(CONSTRAINT)
    counts = journal.count_items(line, station, blocked=False)
    service_days = (
        sum(min(n, station.servers) for n in counts) / TICKS / len(journal.visits(line, station))
    )
    assert service_days == pytest.approx(station.service_days, rel=0.08)


def test_the_queue_before_the_constraint_grows_and_the_stage_after_it_starves(
    journal: Journal,
) -> None:
    line, station = stage_of(CONSTRAINT)
    place = line.stations.index(station)
    queue = journal.count_items(line, line.stations[place - 1])
    after = journal.count_items(line, line.stations[place + 1])
    year, month = queue[: len(queue) // 2], queue[-20 * TICKS :]
    assert sum(month) / len(month) > 2.5 * sum(year) / len(year)
    assert queue[-1] >= 6
    empty = sum(n == 0 for n in after) / len(after)
    assert empty > 0.2
    full = sum(n == 0 for n in journal.count_items(line, station)) / len(after)
    assert full < 0.08


def test_waiting_for_the_platform_costs_more_item_days_than_any_other_wait(bank: Bank) -> None:
    days: dict[str, float] = defaultdict(float)
    for reason, waited in bank.rows(
        "SELECT b.reason, (coalesce(b.ended, ?) - b.started) / 86400e6 FROM block b"
        " WHERE b.kind = 'dependency'",
        GRID[-1],
    ):
        days[SLOWEST_TEAM if SLOWEST_TEAM in reason else "others"] += waited
    assert days[SLOWEST_TEAM] > 250
    assert days[SLOWEST_TEAM] > 5 * days["others"]
    by_kind = bank.rows(
        "SELECT kind, sum(coalesce(ended, ?) - started) / 86400e6 FROM block"
        " GROUP BY kind ORDER BY 2 DESC",
        GRID[-1],
    )
    assert by_kind[0][0] == "dependency"


def test_each_wait_for_the_platform_is_a_link_to_one_of_its_items(bank: Bank) -> None:
    waits = bank.rows(
        "SELECT i.key, b.reason, b.started, b.ended FROM block b JOIN item i ON i.id = b.item"
        " WHERE b.reason LIKE ?",
        f"waits for {SLOWEST_TEAM}%",
    )
    assert len(waits) >= 12
    streams = set()
    for key, reason, _, ended in waits:
        other = reason.rsplit("(", 1)[1].rstrip(")")
        rows = bank.rows(
            "SELECT s.category, t.name, b.stream FROM link l"
            " JOIN item a ON a.key = l.source JOIN item b ON b.key = l.target"
            " JOIN stage s ON s.id = a.stage JOIN team t ON t.id = a.team"
            " WHERE l.kind = 'blocks' AND l.source = ? AND l.target = ?",
            other,
            key,
        )
        assert len(rows) == 1
        category, team, stream = rows[0]
        assert team == SLOWEST_TEAM
        assert (category == "done") == (ended is not None)
        streams.add(stream)
    assert len(streams) == 2
    assert sum(ended is None for _, _, _, ended in waits) >= 2


def test_throughput_is_steady_and_cycle_times_are_weeks_not_quarters(bank: Bank) -> None:
    for line in LINES:
        stream = bank.stream(line.name)
        last = GRID[-1]
        days = sorted(
            d
            for (d,) in bank.rows(
                "SELECT cycle_days FROM item_flow WHERE stream = ? AND cycle_days NOT NULL",
                stream.id,
            )
        )
        assert 7 <= days[len(days) // 2] <= 16, line.name
        assert 12 <= days[len(days) * 85 // 100] <= 26, line.name
        finished = bank.one(
            "SELECT count(*) FROM item_flow WHERE stream = ? AND finish > ?",
            stream.id,
            last - 14 * 86_400_000_000,
        )
        assert finished >= 2, line.name
