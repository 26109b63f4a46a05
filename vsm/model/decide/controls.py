"""Rules of governance: who sets controls, modes, waivers and aliases, and to what."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any

from vsm.model import event as e
from vsm.model.control.control import (
    WAIVER_DAYS,
    Control,
    Mode,
    Waiver,
    WaiverState,
)
from vsm.model.decide.base import RuleViolation
from vsm.model.decide.roles import require
from vsm.model.entities import MEMBER
from vsm.model.errors import RefusalCode
from vsm.model.governance_entities import ALIAS, CONTROL, MODE, WAIVER
from vsm.model.role import Right
from vsm.model.rules import local
from vsm.model.view import View

_Values = dict[str, Any]


def settle_governance(view: View, events: Iterable[e.Event]) -> list[e.Event]:
    """The events of controls, modes and waivers, completed; refuses what may not be."""
    settled: list[e.Event] = []
    for event in events:
        if isinstance(event, e.EntityAdded) and event.entity.name in _ADDED:
            values = _ADDED[event.entity.name](view, event.values)
            settled.append(e.added(event.entity, event.id, **values))
        elif isinstance(event, e.EntityChanged) and event.entity.name in _CHANGED:
            settled.append(_CHANGED[event.entity.name](view, event))
        elif isinstance(event, e.EntityRemoved) and event.entity.name in _REMOVED:
            _REMOVED[event.entity.name](view, event.values)
            settled.append(event)
        else:
            settled.append(event)
    return settled


def _control_added(view: View, values: _Values) -> _Values:
    _check_control(0, values)
    return values


def _control_changed(view: View, event: e.EntityChanged) -> e.EntityChanged:
    current = view.get(CONTROL, event.id)
    _check_control(event.id, {**CONTROL.values(current), **event.after})
    return event


def _check_control(number: int, values: _Values) -> None:
    from vsm.model.control.examples import check_control

    check_control(Control(number, **values))


def today_in(view: View, stream: int | None) -> str:
    """The day (ISO) that it is in a stream; without one, in UTC."""
    owner = None if stream is None else view.stream(stream)
    return local(view.now, owner.zone if owner is not None else "UTC").date().isoformat()


def _mode_added(view: View, values: _Values) -> _Values:
    today = today_in(view, values["only"])
    if values["start"] < today:
        raise _invalid(f"{values['start']} is over: history is not rewritten", "begin today")
    if values["until"] is not None and values["until"] < values["start"]:
        raise _invalid(f"{values['until']} is before {values['start']}", "give a later last day")
    if values["lead"] and values["value"] != Mode.DIRECTIVE:
        raise _invalid("only a directive mode has a lead", "leave the lead out")
    return {**values, "decided_by": view.actor, "decided_at": view.now}


def _mode_changed(view: View, event: e.EntityChanged) -> e.EntityChanged:
    current = view.get(MODE, event.id)
    if current is None:
        return event
    today = today_in(view, current.only)
    if current.until is not None and current.until < today:
        raise _invalid(
            f"the mode ended on {current.until}: history is not rewritten", "set another"
        )
    until = event.after.get("until", current.until)
    if until is not None and until < today:
        raise _invalid(f"{until} is over: history is not rewritten", "give today or a later day")
    return event


def _mode_removed(view: View, values: _Values) -> None:
    if values["start"] <= today_in(view, values["only"]):
        raise RuleViolation(
            RefusalCode.STATE, f"the mode has held since {values['start']}", "end it: set another"
        )


def _waiver_added(view: View, values: _Values) -> _Values:
    if values["key"] and values["label"]:
        raise _invalid("an item and a label are named", "name one of them")
    if values["key"]:
        item = view.item_by_key(values["key"])
        if item is None:
            raise RuleViolation(
                RefusalCode.UNKNOWN, f"there is no item {values['key']}", "check the key"
            )
        only = item.stream if values["only"] is None else values["only"]
        values = {**values, "key": item.key, "only": only}
    elif values["only"] is None:
        raise _invalid("the waiver names neither an item nor a stream", "name one")
    first, last = values["start"], values["until"]
    if first < today_in(view, values["only"]):
        raise _invalid(f"{first} is over: nothing is waived afterwards", "begin today")
    if last < first:
        raise _invalid(f"{last} is before {first}", "give a later last day")
    most = date.fromisoformat(first) + timedelta(days=WAIVER_DAYS)
    if date.fromisoformat(last) > most:
        raise _invalid(
            f"a waiver lasts {WAIVER_DAYS} days at most", f"give {most.isoformat()} or earlier"
        )
    asked = {"state": WaiverState.ASKED.value, "asked_by": view.actor, "asked_at": view.now}
    return {**values, **asked, "answered_by": None, "answered_at": None}


def _waiver_changed(view: View, event: e.EntityChanged) -> e.EntityChanged:
    current = view.get(WAIVER, event.id)
    if current is None:
        return event
    state = WaiverState(event.after.get("state", current.state))
    own = person(view, current.asked_by) == person(view, view.actor)
    if state is WaiverState.WITHDRAWN:
        if not own:
            require(view, Right.GOVERN, current.only)
        if current.state not in (WaiverState.ASKED, WaiverState.GRANTED):
            raise _answered(current.state)
        if current.state == WaiverState.GRANTED:  # who granted it stays on record
            return e.changed(WAIVER, event.id, {"state": (current.state, state.value)})
    else:
        require(view, Right.GOVERN, current.only)
        if own:
            raise RuleViolation(
                RefusalCode.ROLE,
                f"{view.actor} asked for this waiver and may not answer it",
                "somebody else who leads has to: vsm gov waivers",
                by_key="somebody else who leads has to: {list_waivers} lists the waivers",
            )
        if current.state != WaiverState.ASKED:
            raise _answered(current.state)
        if state is WaiverState.GRANTED:
            _check_not_over(view, current)
    after = {"state": state.value, "answered_by": view.actor, "answered_at": view.now}
    changes = {n: (getattr(current, n), v) for n, v in after.items() if getattr(current, n) != v}
    return e.changed(WAIVER, event.id, changes)


def _check_not_over(view: View, waiver: Waiver) -> None:
    """Refuse to grant a waiver whose last day is over."""
    if waiver.until < today_in(view, waiver.only):
        raise _invalid(f"the waiver ended on {waiver.until}", "ask for another: vsm gov waive")


def person(view: View, name: str) -> str:
    """The case-folded login of whoever is called so, here or elsewhere."""
    alias = view.find(ALIAS, name) if view.has_any(ALIAS) else None
    member = None if alias is None else view.get(MEMBER, alias.member)
    return (name if member is None else member.login).casefold()


def _answered(state: str) -> RuleViolation:
    return RuleViolation(
        RefusalCode.STATE,
        f"the waiver is {state} already",
        "list them: vsm gov waivers",
        by_key="{list_waivers} lists them",
    )


def _alias_added(view: View, values: _Values) -> _Values:
    _check_alias(view, values["name"], values["member"])
    return values


def _alias_changed(view: View, event: e.EntityChanged) -> e.EntityChanged:
    current = view.get(ALIAS, event.id)
    if current is not None and "member" in event.after:
        _alias_parted(view, ALIAS.values(current))
        _check_alias(view, current.name, event.after["member"])
    return event


def _alias_parted(view: View, values: _Values) -> None:
    """Refuse to part oneself from an alias: who asks for a waiver or writes code by one login and
    approves it by the other is one person.
    """
    member = view.get(MEMBER, values["member"])
    if member is not None and person(view, view.actor) == member.login.casefold():
        raise RuleViolation(
            RefusalCode.ROLE,
            f"{values['name']} and {member.login} are one person, who may not part them",
            "somebody else has to: vsm member alias",
        )


def _check_alias(view: View, name: str, member: int) -> None:
    """Refuse to make one person of two members."""
    other = view.find(MEMBER, name)
    if other is not None and other.id != member:
        raise RuleViolation(
            RefusalCode.STATE,
            f"{other.login} is a member, and stays one person",
            "name a login elsewhere; who has two logins here is one member with an alias",
        )


def check_again(view: View, event: e.Event) -> None:
    """Refuse an undo or a redo of what whoever acts may not decide any more."""
    if getattr(event, "entity", None) in (MODE, ALIAS):
        settle_governance(view, [event])  # no slip of the finger: modes that held, one's own alias
    if isinstance(event, e.EntityChanged) and event.entity.name == WAIVER.name:
        current = view.get(WAIVER, event.id)
        state = event.after.get("state")
        if current is not None and (current.state, state) == ("asked", "granted"):
            _check_not_over(view, current)
        if state == WaiverState.ASKED and view.is_in_use(WAIVER, event.id):
            what, remedy = WAIVER.in_use
            raise RuleViolation(RefusalCode.STATE, f"the waiver {what}", remedy)
        if current is not None and current.asked_by.casefold() != view.actor.casefold():
            require(view, Right.GOVERN, current.only)


def _waiver_removed(view: View, values: _Values) -> None:
    raise RuleViolation(
        RefusalCode.STATE,
        "a waiver stays on record",
        "withdraw it: vsm gov waivers withdraw NO",
        by_key="withdraw it: {answer_waiver}",
    )


_ADDED: dict[str, Callable[[View, _Values], _Values]] = {
    CONTROL.name: _control_added,
    MODE.name: _mode_added,
    WAIVER.name: _waiver_added,
    ALIAS.name: _alias_added,
}
_CHANGED: dict[str, Callable[[View, e.EntityChanged], e.EntityChanged]] = {
    CONTROL.name: _control_changed,
    MODE.name: _mode_changed,
    WAIVER.name: _waiver_changed,
    ALIAS.name: _alias_changed,
}
_REMOVED: dict[str, Callable[[View, _Values], None]] = {
    MODE.name: _mode_removed,
    WAIVER.name: _waiver_removed,
    ALIAS.name: _alias_parted,
}


def _invalid(message: str, remedy: str) -> RuleViolation:
    return RuleViolation(RefusalCode.INVALID, message, remedy)
