"""Rules on allocations, absences, interactions and hires, beyond those of every entity."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from vsm.model import command as c
from vsm.model import event as e
from vsm.model.allocation import (
    RAMP_WEEKS,
    WHOLE,
    Absence,
    AbsenceKind,
    Allocation,
    HireState,
    Sickness,
    covers,
    overlap,
)
from vsm.model.decide.base import RuleViolation
from vsm.model.entities import MEMBER, TEAM
from vsm.model.errors import RefusalCode
from vsm.model.field_types import fraction_text
from vsm.model.governance_entities import ALIAS
from vsm.model.people_entities import ABSENCE, ALLOCATION, HIRE, INTERACTION
from vsm.model.rules import from_micros
from vsm.model.view import View

_Values = dict[str, Any]
_NAMED = 5
"""As many allocations are named by a refusal."""


def settle_people(view: View, events: Iterable[e.Event]) -> list[e.Event]:
    """The events, with what the rules on people add to them; raises :class:`RuleViolation`."""
    settled: list[e.Event] = []
    for event in events:
        entity = getattr(event, "entity", None)
        rule = None if entity is None else _RULES.get(entity.name)
        if rule is None or isinstance(event, e.EntityRemoved):
            settled.append(event)
        elif isinstance(event, e.EntityAdded):
            settled += rule(view, event.id, None, event.values)
        elif isinstance(event, e.EntityChanged):
            current = event.entity.values(view.get(event.entity, event.id))
            settled += rule(view, event.id, current, {**current, **event.after})
    return settled


def _event(entity: Any, number: int, before: _Values | None, after: _Values) -> list[e.Event]:
    """The event that leads from the values before to those after; none where nothing changes."""
    if before is None:
        return [e.added(entity, number, **after)]
    changes = {name: (before[name], after[name]) for name in after if before[name] != after[name]}
    return [e.changed(entity, number, changes)] if changes else []


def _invalid(message: str, remedy: str) -> RuleViolation:
    return RuleViolation(RefusalCode.INVALID, message, remedy)


def _check_order(start: str, end: str | None) -> None:
    if end is not None and end < start:
        raise _invalid(f"{end} is before {start}", "give a last day that is not before the first")


def _day(text: str, days: int) -> str:
    try:
        return (date.fromisoformat(text) + timedelta(days=days)).isoformat()
    except OverflowError:
        raise _invalid(f"{text} is too far away", "give a nearer day") from None


def _today(view: View) -> str:
    return from_micros(view.now).date().isoformat()


def _team(view: View, number: int | None) -> str:
    team = None if number is None else view.get(TEAM, number)
    return team.name if team is not None else f"team {number}"


def _login(view: View, number: int | None) -> str:
    member = None if number is None else view.get(MEMBER, number)
    return member.login if member is not None else f"member {number}"


# -- allocations --------------------------------------------------------------------------


def _allocation(view: View, number: int, before: _Values | None, after: _Values) -> list[e.Event]:
    _check_order(after["start"], after["end"])
    own = [a for a in view.all(ALLOCATION) if a.member == after["member"] and a.id != number]
    if before is None and after["ramp_weeks"] is None:
        after = {**after, **_ramp_of_new(view, own, after)}
    more: list[e.Event] = []
    if before is None:
        more, own = _make_room(number, own, after)
    excess = _excess(own, after)
    if excess is None:
        after = {**after, "is_over": False}
    elif not after["is_over"] and (before is None or _grows(before, after)):
        raise _over(view, own, after, *excess)
    return [*_event(ALLOCATION, number, before, after), *more]


def _ramp_of_new(view: View, own: Sequence[Allocation], new: _Values) -> _Values:
    """The ramp: none for a member of the team, else what an earlier allocation to it has left."""
    member = view.get(MEMBER, new["member"])
    if member is not None and new["team"] in member.teams:
        return {"ramp_weeks": 0}
    before = [a for a in own if a.team == new["team"] and a.start < new["start"]]
    if not before:
        return {"ramp_weeks": RAMP_WEEKS}
    last = max(before, key=lambda allocation: allocation.start)
    return _ramp_left(ALLOCATION.values(last), new["start"])


def _ramp_left(allocation: _Values, day: str) -> _Values:
    """The ramp of an allocation from a later day on: as many weeks fewer, from where it is then."""
    weeks, begin = allocation["ramp_weeks"] or 0, allocation["ramp_start"]
    passed = (date.fromisoformat(day) - date.fromisoformat(allocation["start"])).days // 7
    if passed >= weeks:
        return {"ramp_weeks": 0}
    share = round(begin + (1 - begin) * passed / weeks, 6)
    return {"ramp_weeks": weeks - passed, "ramp_start": share}


def _make_room(
    number: int, own: Sequence[Allocation], new: _Values
) -> tuple[list[e.Event], list[Allocation]]:
    """End earlier allocations to the same team where a new one begins, and go on after it."""
    events: list[e.Event] = []
    kept: list[Allocation] = []
    free = number + 1
    for known in own:
        shares_days = overlap(known.start, known.end, new["start"], new["end"])
        if known.team != new["team"] or not shares_days:
            kept.append(known)
            continue
        values = ALLOCATION.values(known)
        goes_on = new["end"] is not None and (known.end is None or known.end > new["end"])
        rest: _Values | None = None
        if goes_on:
            day = _day(new["end"], 1)
            rest = {**values, "start": day, **_ramp_left(values, day)}
        if known.start < new["start"]:
            cut = {**values, "end": _day(new["start"], -1)}
            events += _event(ALLOCATION, known.id, values, cut)
            kept.append(replace(known, end=cut["end"]))
            if rest is not None:
                rest["number"] = str(free)
                events += _event(ALLOCATION, free, None, rest)
                kept.append(Allocation(free, **rest))
                free += 1
        elif rest is not None:
            events += _event(ALLOCATION, known.id, values, rest)
            kept.append(replace(known, start=rest["start"]))
        else:
            events.append(e.removed(ALLOCATION, known.id, **values))
    return events, kept


def _excess(own: Sequence[Allocation], new: _Values) -> tuple[str, float] | None:
    """The first day on which a member is more than one person, and how much they are then."""
    shared = [a for a in own if overlap(a.start, a.end, new["start"], new["end"])]
    # The sum can only grow on days on which an allocation begins.
    for day in sorted({new["start"], *(a.start for a in shared if a.start >= new["start"])}):
        whole = new["fraction"] + sum(a.fraction for a in shared if covers(a.start, a.end, day))
        if whole > 1 + WHOLE:
            return day, whole
    return None


def _grows(before: _Values, after: _Values) -> bool:
    """Whether a change takes more of a member on any day."""
    ends = [values["end"] or "9999" for values in (before, after)]
    return bool(
        after["fraction"] > before["fraction"]
        or after["start"] < before["start"]
        or ends[1] > ends[0]
    )


def _over(
    view: View, own: Sequence[Allocation], new: _Values, day: str, whole: float
) -> RuleViolation:
    rows = [a for a in own if covers(a.start, a.end, day)]
    named = "; ".join(
        f"no. {a.number}: {_team(view, a.team)} {fraction_text(a.fraction)} from {a.start}"
        f"{f' to {a.end}' if a.end else ''}"
        for a in rows[:_NAMED]
    )
    more = f" and {len(rows) - _NAMED} more" if len(rows) > _NAMED else ""
    return RuleViolation(
        RefusalCode.STATE,
        f"{_login(view, new['member'])} would be {fraction_text(whole)} of a person on {day}, with"
        f" {named}{more}",
        "give less, end one of these (vsm team allocate end NO), or record it as an overrun:"
        " --over, or Overrun in the form",
    )


# -- absences -------------------------------------------------------------------------------


def _absence(view: View, number: int, before: _Values | None, after: _Values) -> list[e.Event]:
    if (after["member"] is None) == (after["team"] is None):
        raise _invalid("an absence is of a member or of a team", "name one of them, not both")
    _check_order(after["start"], after["end"])
    if after["absence_kind"] == AbsenceKind.SICK and not records_sickness(view, after):
        after = {**after, "absence_kind": AbsenceKind.OTHER.value}
    same = [
        known
        for known in view.all(ABSENCE)
        if (known.member, known.team) == (after["member"], after["team"])
        and known.fraction == after["fraction"]
        and known.id != number
    ]
    merged, after = _merge(same, after)
    if not merged:
        return _event(ABSENCE, number, before, after)
    if before is None:
        kept, *gone = sorted(merged, key=lambda absence: absence.id)
        number, before = kept.id, ABSENCE.values(kept)
        after = {**after, "number": kept.number}
    else:
        gone = merged
    removed = [e.removed(ABSENCE, absence.id, **ABSENCE.values(absence)) for absence in gone]
    return [*_event(ABSENCE, number, before, after), *removed]


def records_sickness(view: View, absence: _Values) -> bool:
    """Whether the team, or each team of the member, lets sickness be recorded as such."""
    if absence["team"] is not None:
        teams: tuple[int, ...] = (absence["team"],)
    else:
        member = view.get(MEMBER, absence["member"])
        teams = member.teams if member is not None else ()
    known = [view.get(TEAM, number) for number in teams]
    return bool(known) and all(t is not None and t.sickness == Sickness.RECORDED for t in known)


def _merge(known: Sequence[Absence], new: _Values) -> tuple[list[Absence], _Values]:
    """Those that share days with a new absence, and the absence that takes their place."""
    merged: list[Absence] = []
    rest = list(known)
    while shared := [a for a in rest if overlap(a.start, a.end, new["start"], new["end"])]:
        kinds = {new["absence_kind"], *(a.absence_kind for a in shared)}
        new = {
            **new,
            "start": min(new["start"], *(a.start for a in shared)),
            "end": max(new["end"], *(a.end for a in shared)),
            "absence_kind": kinds.pop() if len(kinds) == 1 else AbsenceKind.OTHER.value,
        }
        merged += shared
        rest = [a for a in rest if a not in shared]
    return merged, new


def check_absence_rights(
    view: View, events: Iterable[e.Event], require: Callable[[], None]
) -> None:
    """Have ``require`` refuse changes of absences other than those of whoever acts."""
    for event in events:
        if getattr(event, "entity", None) is not ABSENCE:
            continue
        if isinstance(event, e.EntityChanged):
            current = view.get(ABSENCE, event.id)
            number = current.member if current is not None else None
        elif isinstance(event, e.EntityAdded | e.EntityRemoved):
            number = event.values["member"]
        member = None if number is None else view.get(MEMBER, number)
        if member is None or member.login.casefold() != view.actor.casefold():
            require()


# -- interactions and hires ------------------------------------------------------------------


def _interaction(view: View, number: int, before: _Values | None, after: _Values) -> list[e.Event]:
    if after["team"] == after["other"]:
        raise _invalid(
            f"{_team(view, after['team'])} does not interact with itself", "name two teams"
        )
    if after["start"] is None:
        after = {**after, "start": _today(view)}
    _check_order(after["start"], after["until"])
    _check_order(after["start"], after["ended"])
    return _event(INTERACTION, number, before, after)


def _hire(view: View, number: int, before: _Values | None, after: _Values) -> list[e.Event]:
    if after["ramp_weeks"] is None:
        after = {**after, "ramp_weeks": RAMP_WEEKS}
    has_signed = after["state"] in (HireState.SIGNED, HireState.STARTED)
    if has_signed and after["start"] is None:
        if after["lead_weeks"] is None:
            raise _invalid(
                f"a hire that has {after['state']} needs its first day",
                "give it (--start 2027-03-01), or the weeks until then (--lead-weeks)",
            )
        after = {**after, "start": _day(_today(view), 7 * after["lead_weeks"])}
    events = _event(HIRE, number, before, after)
    if after["state"] != HireState.STARTED or (before or {}).get("state") == HireState.STARTED:
        return events
    if after["member"] is None:
        raise _invalid(
            "a hire that has started is a member", "add them (vsm member add), and name the login"
        )
    return [*events, *_allocate_hire(view, after)]


def _allocate_hire(view: View, hire: _Values) -> list[e.Event]:
    """The allocation that counts in place of a hire that has started."""
    own = [a for a in view.all(ALLOCATION) if a.member == hire["member"]]
    if any(a.team == hire["team"] and covers(a.start, a.end, hire["start"]) for a in own):
        return []
    names = ("member", "team", "fraction", "start", "skills", "ramp_weeks", "ramp_start")
    number = view.next_id(ALLOCATION.name)
    values = {name: hire[name] for name in names} | {"number": str(number)}
    event = e.added(ALLOCATION, number, **values)
    return _allocation(view, number, None, event.values)


def leaving(view: View, member: int) -> list[c.Command]:
    """Commands that remove a member and all that is planned with them."""
    allocations = [a for a in view.all(ALLOCATION) if a.member == member]
    absences = [a for a in view.all(ABSENCE) if a.member == member]
    hires = [hire for hire in view.all(HIRE) if hire.member == member]
    aliases = [alias for alias in view.all(ALIAS) if alias.member == member]
    return [
        *(c.RemoveEntity(ALIAS, alias.id) for alias in aliases),
        *(c.RemoveEntity(ALLOCATION, allocation.id) for allocation in allocations),
        *(c.RemoveEntity(ABSENCE, absence.id) for absence in absences),
        *(c.ChangeEntity(HIRE, hire.id, {"member": None}) for hire in hires),
        c.RemoveEntity(MEMBER, member),
    ]


_RULES: dict[str, Callable[[View, int, _Values | None, _Values], list[e.Event]]] = {
    ALLOCATION.name: _allocation,
    ABSENCE.name: _absence,
    INTERACTION.name: _interaction,
    HIRE.name: _hire,
}
