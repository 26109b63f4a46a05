"""Texts and counts as they are drawn: dates in one form, counts apart, nothing covers a figure."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from rich.segment import Segment
from rich.style import Style
from textual.app import App, ComposeResult
from textual.color import Color

from vsm.model.rules import SECOND, to_micros
from vsm.report.charts import AgeingChart
from vsm.report.terminal import Line
from vsm.text_width import clip, clip_apart
from vsm.widgets.ascii_filter import Plain
from vsm.widgets.charts import ageing
from vsm.widgets.charts.canvas import Canvas, Paper
from vsm.widgets.date_text import short_clock, with_days
from vsm.widgets.glyphs import UNICODE
from vsm.widgets.report_view import ReportView
from vsm.widgets.styles import skin


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("A-1 waits for B-2: accepted, needed by 2026-12-07", "needed by 7 Dec 2026"),
        ("changed the due none → 2026-12-07", "due none → 7 Dec 2026"),
        ("commented: due 2026-99-99, or needed by 2026-02-30", "needed by 2026-02-30"),
        ("commented: see log-2026-12-07", "see log-2026-12-07"),
    ],
)
def test_history_writes_its_dates_as_the_screen_does(text: str, shown: str) -> None:
    assert with_days(text).endswith(shown)


def test_counts_of_items_in_neighbouring_stages_do_not_run_together() -> None:
    inks = skin("dark").plain
    stages = tuple((f"S{n}", (5,) * 34, (1.0, 2.0, 3.0, 4.0)) for n in range(20))
    chart = AgeingChart(id="ageing", title="", summary="", about=(), stops=(), stages=stages)
    canvas = Canvas(38, 8, inks.text)
    ageing.draw(chart, canvas, Paper(inks, inks, UNICODE), None)
    rows = ["".join(canvas.at(x, y) for x in range(38)) for y in range(7)]
    (counts,) = [row for row in rows if "34" in row]
    assert set(counts[2:].split()) == {"34"}  # behind the label of the axis


@pytest.mark.parametrize(
    ("names", "cells", "shown"),
    [
        (["Stage 02 of it", "Stage 12 of it", "Done"], 5, ["02 o…", "12 o…", "Done"]),
        (["To review", "To release", "Test"], 5, ["revi…", "rele…", "Test"]),
        (["To review", "To release", "Test"], 9, ["To review", "To relea…", "Test"]),
        (["Aaaaaa", "Aaaaab"], 3, ["Aa…", "Aa…"]),
        (["Build", "Build"], 3, ["Bu…", "Bu…"]),
        ([], 3, []),
    ],
)
def test_names_that_begin_alike_stay_apart_where_they_are_clipped(
    names: list[str], cells: int, shown: list[str]
) -> None:
    assert clip_apart(names, cells) == shown


def test_without_an_ellipsis_all_cells_hold_text() -> None:
    assert clip("Review", 3, "") == "Rev"
    assert clip_apart(["Stage 02 of it", "Stage 12 of it"], 2, "") == ["02", "12"]


def test_symbols_of_sentences_are_ascii_where_only_that_is_drawn() -> None:
    (drawn,) = Plain().apply([Segment("longer than 3 × p95, 85% ÷ 50%", Style())], Color(0, 0, 0))
    assert drawn.text == "longer than 3 x p95, 85% / 50%"


@pytest.mark.parametrize(("text", "covered"), [("short", False), ("WIP 12/10".rjust(38), True)])
def test_the_count_of_lines_that_follow_covers_no_figure(text: str, covered: bool) -> None:
    view = ReportView(skin("dark"), UNICODE, "")
    strip = view._last_line(Line([(text, "text")]), 5, 40)
    assert strip.cell_length == 40
    assert strip.text.rstrip().endswith("↓ 6 more" if covered else "↓ 5 more")
    assert ("12/10" in strip.text or text in strip.text) is not covered


async def test_nothing_under_the_cursor_stands_where_it_says_that_more_follows() -> None:
    def table(width: int) -> list[Line]:
        return [Line([(f"row {n}".ljust(width - 2), "text")], opens=n) for n in range(20)]

    class Shown(App[None]):
        def compose(self) -> ComposeResult:
            yield ReportView(skin("dark"), UNICODE, "")

    async with Shown().run_test(size=(40, 10)) as pilot:
        view = pilot.app.query_one(ReportView)
        view.show(table)
        await pilot.pause()
        for row in range(19):
            drawn = [view.render_line(y).text for y in range(10)]
            assert any(f"row {row} " in line for line in drawn), row
            assert "more" in drawn[-1] or row >= 18
            view.step(1)
        assert "row 19" in view.render_line(9).text


def test_a_moment_of_this_week_is_short() -> None:
    now = to_micros(datetime(2026, 11, 29, 6, 0, tzinfo=UTC))  # a Sunday
    hours = {0: "07:00", 5: "02:00", 8: "Sat 23:00", 143: "Mon 08:00", 168: "22 Nov 2026"}
    said = {n: short_clock(now - n * 3600 * SECOND, "Europe/Berlin", now) for n in hours}
    assert said == hours
    assert short_clock(now + 48 * 3600 * SECOND, "Europe/Berlin", now) == "1 Dec 2026"
