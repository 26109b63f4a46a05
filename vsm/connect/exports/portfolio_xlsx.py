"""Writes the portfolio as an Excel workbook: initiatives, objectives, decisions, the roadmap."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from vsm import __version__
from vsm.connect.exports.workbook import Amount, Rows, Share, Sheet, moment, write_sheets
from vsm.features.portfolio.records import day_in, facts_of
from vsm.features.portfolio.results import IndicatorState, InitiativeRow, Portfolio, Worth
from vsm.features.portfolio.roadmap import Roadmap, RoadmapRow, make_roadmap
from vsm.features.portfolio.wording import floored
from vsm.model.journal_head import Anchor

_INITIATIVES = (
    *("Initiative", "State", "Objectives", "Sponsor", "Items that fit", "Open items"),
    *("Expected items", "Finished", "Dropped", "Blocked", "50% by", "85% by", "No forecast"),
    *("Needed by", "Odds of that day", "Delay costs", "Delay: low", "Delay: likely"),
    *("Delay: high", "Weeks of work", "CD3", "WSJF", "Return: low", "Return: likely"),
    *("Return: high", "Benefit to come", "Spent", "Still to pay", "Still to pay was typed"),
    "Budget",
    *("Buffer used", "Place", "Reasons to ask", "Reasons to go on", "Hypothesis", "MVP"),
)
_OBJECTIVES = (
    *("Objective", "Horizon", "Closed", "Initiatives", "Share of work, 90 days", "Intended share"),
)
_ALIGNMENT = ("Team", "Objective", "Stream", "Type", "Items", "Days of teams, 90 days")
_INDICATORS = (
    *("Of", "Indicator", "Role", "Unit", "Value", "Expected", "Read on", "Readings behind"),
)
_DECISIONS = (
    *("Initiative", "Number", "At (UTC)", "Decision", "By", "Reason", "Look at it again on"),
    *("Seen later", "Note", "50% by, then", "85% by, then", "Return then", "Still to pay then"),
    "Entry",
)
_ROADMAP = (
    *("Initiative", "State", "Objectives", "Begun", "50% by", "85% by", "Needed by"),
    *("Odds of that day", "Late", "Ended", "No forecast"),
)
BAR, NEEDED, ENDED = "■", "◆", "●"
"""In a column of the roadmap: part of the range is in it, the day it is needed by, its end."""
HASH_SHOWN = 12
"""Characters of the hash of an entry: enough to find out whether two journals are the same."""


def write_portfolio(path: Path, result: Portfolio, last: Anchor | None = None) -> None:
    """Write it to a file, which appears whole or not at all; raises :class:`BadInput`.

    ``last`` is where the journal stands meanwhile.
    """
    roadmap = make_roadmap(result)
    rows = result.initiatives
    sheets = (
        Sheet("Summary", ("", ""), _summary(result, last)),
        Sheet("Initiatives", _INITIATIVES, map(_initiative, rows)),
        Sheet("Work left", ("Initiative", "Team", "Days on items"), _work_left(rows)),
        Sheet("Objectives", _OBJECTIVES, _objectives(result)),
        Sheet("Share of work", _ALIGNMENT, _alignment(result)),
        Sheet("Indicators", _INDICATORS, _indicators(result)),
        Sheet("Decisions", _DECISIONS, _decisions(rows)),
        Sheet("Roadmap", (*_ROADMAP, *_columns(roadmap)), _roadmap(roadmap)),
    )
    write_sheets(path, moment(result.as_of), sheets)


def _share(value: float | None) -> Share | None:
    return None if value is None else Share(value)


def _amount(value: float | None) -> Amount | None:
    return None if value is None else Amount(value)


def _rounded(value: float | None, digits: int = 1) -> float | None:
    return None if value is None else round(value, digits)


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _odds(value: float | None) -> Share | None:
    """Odds as texts have them."""
    return None if value is None else Share(floored(value))


def _summary(result: Portfolio, last: Anchor | None) -> Rows:
    yield "As of (UTC)", moment(result.as_of)
    yield "Made by", f"vsm {__version__}"
    if last is not None:
        yield "Last entry of the journal, when written", last.seq
        yield "Hash of that entry, its beginning", last.hash[:HASH_SHOWN]
    yield "Unit of amounts", result.currency
    yield "Initiatives under way", result.under_way
    yield "At most that should be", result.under_way_at_most
    yield "Spent a month, last three whole months", _amount(result.spent_a_month)
    yield "Benefit loses a year", Share(result.discount)
    yield "Return below which it is asked about", Share(result.hurdle)
    yield "Share of work that served no objective, 90 days", _share(result.unaligned)
    for order in result.orders:
        yield f"{order.stream}: best order", ", ".join(order.best)
        yield f"{order.stream}: today's order", ", ".join(order.today)
        text = f"{order.stream}: today's order costs more than the best one, a week"
        yield text, _amount(order.regret_a_week)


def _initiative(one: InitiativeRow) -> tuple[Any, ...]:
    dates, cost, roi = one.forecast, one.cost_of_delay, one.roi
    asked = one.stop_card
    return (
        *(one.key, one.state.value, _served(one), one.sponsor, one.filter, one.items),
        *(one.more_items, one.finished, one.dropped, one.blocked, dates.p50, dates.p85),
        *(dates.cannot, one.need_by, _odds(dates.need_by_odds)),
        *(cost.profile.value if cost.likely is not None else None, _amount(cost.low)),
        *(
            _amount(cost.likely),
            _amount(cost.high),
            _rounded(one.weeks),
            _amount(one.cd3),
            one.wsjf,
        ),
        *((None, None, None, None) if roi is None else _worth(roi)),
        *(Amount(one.spent), _amount(one.remaining)),
        None if one.remaining is None else _yes(one.remaining_is_typed),
        _amount(one.budget),
        *(_share(one.buffer_burn), one.place),
        None if asked is None else "; ".join(asked.reasons_for),
        None if asked is None else "; ".join(asked.reasons_against),
        *(one.hypothesis, one.mvp),
    )


def _worth(roi: Worth) -> tuple[Share, Share, Share, Amount]:
    return Share(roi.low), Share(roi.likely), Share(roi.high), Amount(roi.benefit)


def _served(one: InitiativeRow) -> str:
    return ", ".join(
        tie.objective if tie.weight == 1 else f"{tie.objective} {tie.weight:.0%}"
        for tie in one.objectives
    )


def _work_left(rows: Iterable[InitiativeRow]) -> Rows:
    for one in rows:
        for work in one.team_days:
            yield one.key, work.team, _rounded(work.days)


def _objectives(result: Portfolio) -> Rows:
    for one in result.objectives:
        shares = _share(one.share), _share(one.intended)
        yield one.name, one.horizon, _yes(one.closed), one.initiatives, *shares


def _alignment(result: Portfolio) -> Rows:
    """Days of each team by objective, then those that served none by stream and type."""
    aligned = result.alignment
    if aligned is None:
        return
    for team in aligned.teams:
        for part in team.objectives:
            yield team.team, part.objective, None, None, None, _rounded(part.days)
        yield team.team, None, None, None, None, _rounded(team.unaligned)
    for work in aligned.unaligned:
        yield None, None, work.stream, work.type, work.items, _rounded(work.days)


def _indicators(result: Portfolio) -> Rows:
    for objective in result.objectives:
        yield from (_indicator(objective.name, state) for state in objective.key_results)
    for one in result.initiatives:
        yield from (_indicator(one.key, state) for state in one.indicators)


def _indicator(of: str, one: IndicatorState) -> tuple[Any, ...]:
    return (
        *(of, one.name, one.role.value, one.unit, one.value, _rounded(one.expected, 2)),
        *(one.day, one.behind),
    )


def _decisions(rows: Iterable[InitiativeRow]) -> Rows:
    for one in rows:
        for decision in one.decisions:
            facts = facts_of(decision.facts)
            roi = facts.get("roi") or {}
            yield (
                *(one.key, decision.number, moment(decision.at), decision.decision.value),
                *(decision.by, decision.reason, decision.review_on, decision.hindsight),
                *(decision.note, day_in(facts.get("p50")), day_in(facts.get("p85"))),
                *(_share(roi.get("likely")), _amount(facts.get("remaining")), facts.get("seq")),
            )


def _columns(roadmap: Roadmap) -> tuple[str, ...]:
    return tuple(f"{one.name} {one.year}" for one in roadmap.periods)


def _roadmap(roadmap: Roadmap) -> Rows:
    ends = [*(one.first for one in roadmap.periods[1:]), date.max]
    spans = [(one.first, end) for one, end in zip(roadmap.periods, ends, strict=True)]
    for one in roadmap.initiatives:
        yield (
            *(one.key, one.state.value, ", ".join(one.objectives), one.begun, one.p50, one.p85),
            *(one.need_by, _odds(one.need_by_odds), _yes(one.is_late), one.ended, _why(one)),
            *(_signs(one, first, end) for first, end in spans),
        )


def _why(one: RoadmapRow) -> str | None:
    if one.state.is_over or one.p85 is not None:
        return None
    if one.is_worked_off:
        return "all items are over, to be decided"
    return one.cannot or "beyond what is foreseen"


def _signs(one: RoadmapRow, first: date, end: date) -> str:
    """What of an initiative lies in a column."""
    last = date.max if one.p85 is None else one.p85
    bar = BAR if one.p50 is not None and one.p50 < end and last >= first else ""
    needed = NEEDED if one.need_by is not None and first <= one.need_by < end else ""
    return bar + needed + (ENDED if one.ended is not None and first <= one.ended < end else "")
