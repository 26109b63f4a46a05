"""Days chosen inside a chart, and charts of one type or class of service."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from tests.tui.conftest import Person, World
from tests.tui.test_flow import anna, demo, flow, made
from vsm.features.metrics.day_ranges import cycle_times_between
from vsm.features.metrics.results import Scatter
from vsm.report.wording import day

__all__ = ["demo", "made"]

Size = tuple[int, int]


def readout(person: Person) -> str:
    return " ".join(" ".join(person.lines[-3:-1]).split())


def test_a_range_counts_what_finished_on_its_days_both_included() -> None:
    first = (date(2026, 3, 2) - date(1970, 1, 1)).days
    scatter = Scatter(
        item=(1, 2, 3, 4, 5),
        finish=(0, 0, 0, 0, 0),
        day=(first, first + 1, first + 1, first + 4, first + 5),
        cycle=(9, 2, None, 4, 30),
        lead=(9, 3, 8, 4, 30),
    )
    begin, end = date(2026, 3, 2), date(2026, 3, 6)
    assert cycle_times_between(scatter, begin, end) == (
        f"{day(begin)} to {day(end)} (5 days): 3 finished with a known start, 50% within 4 days,"
        " 85% within 9 days"
    )
    assert cycle_times_between(scatter, date(2026, 3, 4), date(2026, 3, 5)).endswith(
        "(2 days): nothing finished with a known start"
    )


async def test_a_range_says_what_the_figures_of_its_days_say(demo: Path, size: Size) -> None:
    async with anna(demo, size) as person:
        await person.press("3", "enter", "left", "left", "space", "left", "left", "left", "left")
        person.sees("show these days")
        days = flow(person).dashboard.days
        said = re.search(
            r"(\d+) finished with a known start, 50% within (\d+) days, 85% within (\d+)",
            readout(person),
        )
        assert days is not None and said is not None
        await person.press("enter")
        figures = flow(person).figures
        assert figures is not None
        assert (figures.basic.first, figures.basic.last) == days
        cycle = figures.basic.cycle_time_days
        assert tuple(map(int, said.groups())) == (cycle.n, cycle.p50, cycle.p85)
        person.sees("chosen", "Cycle time")
        await person.press("escape", "escape")
        figures = flow(person).figures
        assert figures is not None and (figures.basic.last - figures.basic.first).days == 89
        person.sees("90 days")


@pytest.mark.parametrize(("turns", "word"), [(1, "started"), (3, "a week")])
async def test_flow_and_throughput_have_ranges_that_agree(
    demo: Path, turns: int, word: str
) -> None:
    async with anna(demo) as person:
        await person.press("3", *["tab"] * turns, "enter", *["H"] * 6)
        said = readout(person)
        assert word in said
        finished = re.search(r"(\d+) finished", said)
        await person.press("enter")
        figures = flow(person).figures
        assert figures is not None and finished is not None
        assert sum(day.n for day in figures.throughput.days) == int(finished[1])
        await person.press("w")
        assert person.app.view.days is None  # type: ignore[attr-defined]


async def test_a_range_shrinks_and_is_unmarked(demo: Path) -> None:
    async with anna(demo) as person:
        await person.press("3", "tab", "enter", "H", "H", "L")
        days = flow(person).dashboard.days
        assert days is not None and (days[1] - days[0]).days == 1
        await person.press("escape")
        assert flow(person).dashboard.days is None and flow(person).dashboard.alone
        await person.press("space", "space")
        assert flow(person).dashboard.days is None


async def test_what_has_no_days_says_so(demo: Path) -> None:
    async with anna(demo) as person:
        await person.press("3", "space")
        person.sees("Open a chart over days first")
        await person.press("tab", "tab", "enter", "L")
        person.sees("Open a chart over days first")
        assert flow(person).dashboard.days is None


async def test_days_of_the_future_of_a_past_moment_are_not_shown(demo: Path) -> None:
    async with anna(demo) as person:
        await person.press("3", "enter", "space", "enter")
        assert person.app.view.days is not None  # type: ignore[attr-defined]
        await person.press(",", ",")
        figures = flow(person).figures
        assert figures is not None and (figures.basic.last - figures.basic.first).days == 89
        await person.press(";")
        person.sees("1 day chosen")


async def test_one_type_and_one_class_beside_the_filter(demo: Path, size: Size) -> None:
    async with anna(demo, size, query="team:Operations or team:Risk") as person:
        await person.press("3", "t")
        person.sees("Type in the charts", "feature")
        await person.type("bug")
        await person.press("enter")
        person.sees("filter: type:bug")
        figures = flow(person).figures
        assert figures is not None
        assert figures.filter == "type:bug (team:Operations or team:Risk)"
        counts = dict(figures.types_finished.counts)
        assert counts["defect"] and not counts["feature"]
        bugs = figures.basic.items.total
        await person.press("T")
        await person.type("expedite")
        await person.press("enter")
        figures = flow(person).figures
        assert figures is not None and figures.basic.items.total < bugs
        assert figures.filter == "type:bug class:expedite (team:Operations or team:Risk)"
        await person.press("t", "enter")
        figures = flow(person).figures
        assert figures is not None
        assert figures.filter == "class:expedite (team:Operations or team:Risk)"
        await person.press("escape")
        figures = flow(person).figures
        assert figures is not None and figures.filter == "team:Operations or team:Risk"
        await person.press("1")
        assert person.screen.query_text == "team:Operations or team:Risk"


async def test_an_empty_stream_has_no_days_to_choose(world: World) -> None:
    world.begin()
    async with world.person() as person:
        await person.press("3", "enter", "space", "T", "enter")
        assert not flow(person).narrowed and flow(person).dashboard.days is None
