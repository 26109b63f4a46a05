"""Rows of allocations, absences, interactions and hires in the lists of the organisation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from vsm.date_form import write_day
from vsm.model.allocation import Absence, Allocation, Hire, HireState, Interaction
from vsm.model.entities import MEMBER, TEAM
from vsm.model.field_types import fraction_text
from vsm.model.people_entities import ABSENCE, ALLOCATION, HIRE, INTERACTION
from vsm.widgets.glyphs import Glyphs
from vsm.widgets.pick_list import Row

if TYPE_CHECKING:
    from vsm.screens.organisation_rows import Organisation

_OVER = (HireState.STARTED, HireState.DROPPED)


def people_rows(name: str, listed: Sequence[Any], org: Organisation, glyphs: Glyphs) -> list[Row]:
    """The rows of an entity of people, what is over last and what is overdue first."""
    ordered = sorted(listed, key=lambda one: _place(one, org))
    rows = [_MAKERS[name](one, org, glyphs) for one in ordered]
    return sorted(rows, key=lambda row: row.faint)


def _place(one: Any, org: Organisation) -> tuple[Any, ...]:
    """What a row is sorted by: allocations by team, the others by the day that matters."""
    if isinstance(one, Allocation):
        return (_team(one.team, org).casefold(), one.start, one.id)
    if isinstance(one, Absence):
        return (one.start, one.id)
    if isinstance(one, Interaction):
        return (not one.is_overdue(org.today), one.until or "9999", one.id)
    return (one.start or one.need_by or "9999", one.id)


def _day(text: str | None) -> str:
    return "" if text is None else write_day(date.fromisoformat(text))


def _span(start: str | None, end: str | None) -> str:
    """``from 1 Dec 2026``, ``1 Dec 2026 to 3 Dec 2026``, or one day."""
    if end is None:
        return f"from {_day(start)}"
    return _day(start) if start == end else f"{_day(start)} to {_day(end)}"


def _member(number: int | None, org: Organisation) -> str:
    return "" if number is None else org.names[MEMBER.name].get(number, f"member {number}")


def _team(number: int | None, org: Organisation) -> str:
    return "" if number is None else org.names[TEAM.name].get(number, f"team {number}")


def _row(one: Any, name: str, parts: Sequence[str], right: str, over: bool, glyphs: Glyphs) -> Row:
    text = f" {glyphs.dot} ".join(part for part in parts if part)
    return Row(str(one.id), name, text, right, faint=over)


def _allocation(one: Allocation, org: Organisation, glyphs: Glyphs) -> Row:
    over = one.end is not None and one.end < org.today
    ramp = f"ramp of {one.ramp_weeks} weeks" if one.ramp_weeks else ""
    parts = (fraction_text(one.fraction), _span(one.start, one.end), ", ".join(one.skills), ramp)
    name = f"{_member(one.member, org)} {glyphs.arrow} {_team(one.team, org)}"
    right = "over" if over else "overrun" if one.is_over else ""
    return _row(one, name, parts, right, over, glyphs)


def _absence(one: Absence, org: Organisation, glyphs: Glyphs) -> Row:
    over = one.end < org.today
    name = _member(one.member, org) or f"{_team(one.team, org)} (team)"
    fraction = "" if one.fraction == 1 else f"{fraction_text(one.fraction)} of the day"
    right = "away" if one.start <= org.today <= one.end else ""
    parts = (_span(one.start, one.end), one.absence_kind, fraction)
    return _row(one, name, parts, right, over, glyphs)


def _interaction(one: Interaction, org: Organisation, glyphs: Glyphs) -> Row:
    name = f"{_team(one.team, org)} {glyphs.dot} {_team(one.other, org)}"
    when = f"until {_day(one.until)}" if one.until else f"since {_day(one.start)}"
    is_over = one.ended is not None
    right = "ended" if is_over else "overdue" if one.is_overdue(org.today) else ""
    return _row(one, name, (one.mode, when), right, is_over, glyphs)


def _hire(one: Hire, org: Organisation, glyphs: Glyphs) -> Row:
    start = f"first day {_day(one.start)}" if one.start else ""
    need_by = f"needed by {_day(one.need_by)}" if one.need_by else ""
    fraction = "" if one.fraction == 1 else fraction_text(one.fraction)
    parts = (fraction, ", ".join(one.skills), start, need_by)
    return _row(one, _team(one.team, org), parts, one.state, one.state in _OVER, glyphs)


_MAKERS: dict[str, Callable[[Any, Organisation, Glyphs], Row]] = {
    ALLOCATION.name: _allocation,
    ABSENCE.name: _absence,
    INTERACTION.name: _interaction,
    HIRE.name: _hire,
}
