"""The roadmap: columns, the order of time, what is late, and what has no bar."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from vsm.features.portfolio.results import Dates, Decided, Delay, InitiativeRow, Portfolio, Served
from vsm.features.portfolio.roadmap import Roadmap, Unit, make_roadmap
from vsm.features.portfolio.roadmap_report import report_roadmap
from vsm.model.portfolio import DecisionKind, DelayProfile, InitiativeState
from vsm.model.rules import day_start
from vsm.report.html import draw_html
from vsm.report.markdown import draw_markdown
from vsm.report.svg import draw_svg
from vsm.report.terminal import draw_text

TODAY = date(2026, 11, 29)
NOW = day_start(TODAY, "UTC")
PLAIN = InitiativeRow(
    id=1,
    key="Plain",
    state=InitiativeState.READY,
    objectives=(Served("Fewer leave", 1.0),),
    sponsor=None,
    hypothesis="",
    mvp="",
    filter="label:x",
    need_by=None,
    items=1,
    more_items=0,
    blocked=0,
    finished=0,
    dropped=0,
    cost_of_delay=Delay(DelayProfile.LINEAR, None, None, None),
    weeks=None,
    forecast=Dates(date(2026, 12, 9), date(2026, 12, 14)),
    spent=0.0,
    remaining=None,
    budget=None,
    remaining_is_typed=False,
    team_days=(),
    roi=None,
    cd3=None,
    wsjf=None,
    buffer_burn=None,
    at_start=None,
    place=None,
    indicators=(),
    decisions=(),
    stop_card=None,
    flags=(),
    decision_due=False,
)


def decided(kind: DecisionKind, day: date, number: int = 1) -> Decided:
    return Decided(number, kind, day_start(day, "UTC"), "anna", "why", None, None, "", "")


def portfolio_of(*rows: InitiativeRow) -> Portfolio:
    return Portfolio(
        as_of=NOW,
        currency="",
        discount=0.1,
        hurdle=0.0,
        under_way=0,
        under_way_at_most=None,
        spent_a_month=None,
        initiatives=rows,
        objectives=(),
        unaligned=None,
        alignment=None,
        in_several=(),
        orders=(),
    )


def roadmap_of(*rows: InitiativeRow) -> Roadmap:
    return make_roadmap(portfolio_of(*rows))


LATE = replace(
    PLAIN,
    key="Late",
    state=InitiativeState.IMPLEMENTING,
    need_by=date(2027, 1, 15),
    forecast=Dates(date(2027, 2, 1), date(2027, 6, 1), None, 0.3),
    decisions=(decided(DecisionKind.START, date(2026, 10, 1)),),
)
TIGHT = replace(
    PLAIN,
    key="Tight",
    need_by=date(2027, 1, 15),
    forecast=Dates(date(2027, 1, 10), date(2027, 2, 20), None, 0.6),
)
FAR = replace(PLAIN, key="Far", forecast=Dates(date(2027, 3, 1), None))
NEVER = replace(PLAIN, key="Never", forecast=Dates())
IDEA = replace(PLAIN, key="Idea", forecast=Dates(cannot="it has no items yet"))
DONE = replace(
    PLAIN,
    key="Done",
    state=InitiativeState.DELIVERED,
    forecast=Dates(cannot="it is delivered"),
    decisions=(
        decided(DecisionKind.PIN, date(2026, 11, 1), 3),
        decided(DecisionKind.DELIVER, date(2026, 10, 13), 2),
        decided(DecisionKind.START, date(2026, 8, 1), 1),
    ),
)
STOPPED = replace(
    PLAIN,
    key="Stopped",
    state=InitiativeState.STOPPED,
    forecast=Dates(cannot="it is stopped"),
    decisions=(decided(DecisionKind.STOP, date(2026, 11, 2)),),
)
OLD = replace(DONE, key="Old", decisions=(decided(DecisionKind.DELIVER, date(2025, 3, 1)),))
EVERY = (IDEA, NEVER, FAR, LATE, TIGHT, PLAIN, OLD, STOPPED, DONE)


def test_rows_stand_in_the_order_of_time_and_what_has_no_day_last() -> None:
    result = roadmap_of(*EVERY)
    assert [one.key for one in result.initiatives] == [
        *("Done", "Stopped", "Plain", "Tight", "Late", "Far", "Never", "Idea"),
    ]
    assert result.earlier == ("Old",)


def test_columns_are_quarters_or_months_where_few() -> None:
    wide = roadmap_of(*EVERY)
    assert wide.unit is Unit.QUARTER
    assert [(one.name, one.year) for one in wide.periods] == [
        ("Q4", 2026),
        ("Q1", 2027),
        ("Q2", 2027),
    ]
    assert (wide.first, wide.last) == (date(2026, 10, 1), date(2027, 6, 30))
    near = roadmap_of(PLAIN)
    assert near.unit is Unit.MONTH
    assert [one.name for one in near.periods] == ["Nov", "Dec", "Jan", "Feb"]
    assert near.last == date(2027, 2, 28)


@pytest.mark.parametrize(
    ("row", "late"),
    [
        (LATE, True),
        (TIGHT, False),
        (replace(IDEA, need_by=date(2026, 11, 28)), True),
        (replace(IDEA, need_by=TODAY), False),
        (replace(DONE, need_by=date(2026, 10, 12)), True),
        (replace(DONE, need_by=date(2026, 10, 13)), False),
        (replace(STOPPED, need_by=date(2026, 1, 1)), False),
        (PLAIN, False),
    ],
)
def test_what_is_late(row: InitiativeRow, late: bool) -> None:
    (one,) = roadmap_of(row).initiatives
    assert one.is_late is late


def test_what_is_worked_off_is_to_be_decided_and_not_called_late() -> None:
    over = Dates(cannot="all of its items are over")
    row = replace(PLAIN, items=0, finished=3, forecast=over, need_by=date(2026, 1, 1))
    result = roadmap_of(row)
    assert [(one.is_worked_off, one.is_late) for one in result.initiatives] == [(True, False)]
    text = "\n".join(draw_text(report_roadmap(result, with_table=True), 100))
    assert "All items are over, to be decided: Plain" in text and "No forecast" not in text
    assert text.count("all items are over, to be decided") == 2, "in the chart and the table"


def test_begun_and_ended_are_the_days_of_decisions() -> None:
    rows = {one.key: one for one in roadmap_of(LATE, DONE, STOPPED, PLAIN).initiatives}
    assert rows["Late"].begun == date(2026, 10, 1) and rows["Late"].ended is None
    assert (rows["Done"].begun, rows["Done"].ended) == (date(2026, 8, 1), date(2026, 10, 13))
    assert rows["Stopped"].ended == date(2026, 11, 2)
    assert rows["Plain"].begun is None


@pytest.mark.parametrize("width", [80, 120, 200])
def test_bars_marks_and_words_at_each_width(width: int) -> None:
    lines = draw_text(report_roadmap(roadmap_of(*EVERY)), width)
    assert all(len(line) <= width for line in lines)
    names = ("Done", "Stopped", "Plain", "Tight", "Late", "Far", "Never", "Idea")
    by_name = {
        name: next(line for line in lines if line[4:].startswith(f"{name} ")) for name in names
    }
    late, tight, far = by_name["Late"], by_name["Tight"], by_name["Far"]
    assert late.startswith("  ✗ Late") and late.index("◆") < late.index("="), "all of it after"
    assert "#" not in late and "─" in late, "it is under way"
    assert tight.index("#") < tight.index("◆") < tight.index("=") and "✗" not in tight
    assert "▶" in far and "1 Mar to later" in far
    assert "beyond what is foreseen" in by_name["Never"]
    assert "no forecast: it has no items yet" in by_name["Idea"]
    assert "●" in by_name["Done"] and "delivered 13 Oct" in by_name["Done"]
    assert "○" in by_name["Stopped"] and "stopped 2 Nov" in by_name["Stopped"]
    assert "9 Dec to 14 Dec" in by_name["Plain"]
    text = "\n".join(lines)
    assert "Likely later than needed: Late" in text
    assert "Even odds are beyond what is foreseen: Never" in text
    assert "Odds of 85% are beyond what is foreseen: Far" in text
    assert "No forecast for Idea: it has no items yet" in text
    assert "Ended before 1 Oct 2026: Old" in text
    assert ("On time" in text) == (width >= 120)
    heads = lines[lines.index("  By when each initiative is over") + 1 :][:2]
    assert heads[0].split() == ["2026", "2027"] and heads[1].split()[:3] == ["Q4", "Q1", "Q2"]
    assert heads[0].index("2027") == heads[1].index("Q1"), "a year begins where its quarter does"


def test_a_year_stands_above_its_first_quarter_where_there_is_room_for_one_of_two() -> None:
    far = replace(PLAIN, need_by=date(2028, 11, 1))
    lines = draw_text(report_roadmap(roadmap_of(far)), 80)
    years, quarters = lines[lines.index("  By when each initiative is over") + 1 :][:2]
    assert years.split() == ["2027", "2028"], "2026 has one column alone"
    firsts = [n for n in range(len(quarters)) if quarters[n : n + 2] == "Q1"]
    assert firsts == [years.index("2027"), years.index("2028")]


def test_a_bar_is_where_its_days_are() -> None:
    (plain,) = (line for line in draw_text(report_roadmap(roadmap_of(PLAIN)), 137)
                if "Plain" in line)  # fmt: skip
    lane = plain[plain.index("Plain") + 14 : plain.index("  9 Dec")]
    days = (date(2027, 3, 1) - date(2026, 11, 1)).days
    at = int((date(2026, 12, 9) - date(2026, 11, 1)).days / days * len(lane))
    assert lane.index("#") == at


def test_html_and_markdown_have_days_in_words_too() -> None:
    document = report_roadmap(roadmap_of(*EVERY), with_table=True)
    page = draw_html(document)
    assert page.count("<svg ") == 1 and "<polygon" in page
    assert "1 Feb 2027" in page and "30%, late" in page and "beyond what is foreseen" in page
    text = draw_markdown(document)
    assert (
        "```" in text and "| Late | implementing | 1 Oct 2026 | 1 Feb 2027 | 1 Jun 2027 |" in text
    )
    assert "| Idea | ready | - | no forecast: it has no items yet |" in text


def test_svg_says_late_without_colour() -> None:
    chart = report_roadmap(roadmap_of(LATE, PLAIN)).sections[1].parts[0]
    drawn = draw_svg(chart)  # type: ignore[arg-type]
    assert "\u2717 Late" in drawn and "\u2717 Plain" not in drawn
    assert 'class="signal"' in drawn and "Q4 2026" in drawn


def test_without_initiatives_it_says_so() -> None:
    assert "There are no initiatives yet" in "\n".join(draw_text(report_roadmap(roadmap_of()), 80))
