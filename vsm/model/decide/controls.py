"""Rules of governance: gates at moves, and who sets controls, modes and waivers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from vsm.model import event as e
from vsm.model.control.control import (
    Control,
    Disposition,
    Mode,
    Result,
    Verdict,
    Waiver,
    WaiverState,
    mode_of,
)
from vsm.model.decide.base import RuleViolation
from vsm.model.decide.roles import require
from vsm.model.entities import MEMBER, TEAM
from vsm.model.errors import GateRefused, RefusalCode
from vsm.model.governance_entities import ALIAS, CONTROL, MODE, WAIVER
from vsm.model.item import ClassOfService, Item
from vsm.model.query import Facts as ItemFacts
from vsm.model.query import matches
from vsm.model.query_parser import parse
from vsm.model.role import Right
from vsm.model.rules import finish_of, local, start_of
from vsm.model.stream import Stage, ValueStream
from vsm.model.view import View

if TYPE_CHECKING:
    from vsm.model.control.engine import Outcome

WAIVER_DAYS = 90
"""Most days of a waiver."""
ANNOUNCED_DAYS = 14
"""Days ahead that a mode is announced on the board."""
_HASH = 16


# -- gates --------------------------------------------------------------------------------


def check_gates(
    view: View,
    item: Item,
    stream: ValueStream,
    source: Stage | None,
    target: Stage,
    emergency: str = "",
) -> tuple[e.GateFacts, ...]:
    """The verdicts of the controls that a move calls for; refuses where one binds and fails.

    ``source`` is ``None`` for a new item. With the reason of an emergency an expedite item passes
    all the same.
    """
    modes = view.all(MODE) if view.has_any(MODE) else ()
    if not modes:
        return ()
    day = local(view.now, stream.zone).date().isoformat()
    called = [
        (control, mode)
        for control in view.all(CONTROL)
        if (mode := mode_of(modes, stream.id, control.id, day)) is not Mode.OFF
        and calls_for(control, view, item, stream, source, target)
    ]
    if not called:
        return ()
    if emergency and item.service is not ClassOfService.EXPEDITE:
        raise RuleViolation(
            RefusalCode.STATE,
            f"{item.key} is {item.service}: only expedite items pass in an emergency",
            "change its class of service first",
            (item.key,),
        )
    general = mode_of(modes, stream.id, None, day)
    results = _results(view, item, stream, target, called, general, day, emergency)
    refused = [r for r in results if r.disposition is Disposition.ENFORCED]
    if refused:
        raise _refusal(item, stream, source, target, [c for c, _ in called], results)
    return tuple(e.GateFacts(**asdict(result)) for result in results)


def calls_for(
    control: Control,
    view: View,
    item: Item,
    stream: ValueStream,
    source: Stage | None,
    target: Stage,
) -> bool:
    """Whether a control applies to an item at a move."""
    from vsm.model.control.trigger import read_trigger

    if not read_trigger(control.applies).applies(stream, source, target):
        return False
    if not control.filter:
        return True
    return matches(parse(control.filter), _item_facts(view, item))


def _item_facts(view: View, item: Item) -> ItemFacts:
    from vsm.model.item import flow_type

    team = None if item.team is None else view.get(TEAM, item.team)
    owner = view.find(MEMBER, item.owner) if item.owner else None
    return ItemFacts(
        item.key,
        item.title,
        item.description,
        item.labels,
        team.name if team is not None else None,
        item.owner,
        owner.name if owner is not None else None,
        item.type,
        str(flow_type(item.type)),
        str(item.service),
    )


def _results(
    view: View,
    item: Item,
    stream: ValueStream,
    target: Stage,
    called: Sequence[tuple[Control, Mode]],
    general: Mode,
    day: str,
    emergency: str,
) -> list[Result]:
    """The result of each control that a move calls for."""
    from vsm.model.control.engine import Evaluator
    from vsm.model.control.facts import facts_of

    facts = facts_of(_record(view, item, stream, target, general, bool(emergency)))
    evaluator = Evaluator(facts)
    waivers = view.all(WAIVER)
    known_by = hash_facts(facts)
    results = []
    for control, mode in called:
        outcome = evaluator.evaluate(control.rule)
        waiver = None
        if outcome.verdict is not Verdict.PASS:
            waiver = _waiver(waivers, control, stream, item, day)
        result = _result(control, mode, outcome, waiver, is_emergency=bool(emergency))
        results.append(replace(result, facts=known_by))
    return results


def hash_facts(facts: Any) -> str:
    """The first digits of the SHA-256 of facts, in one order of their names."""
    text = json.dumps(facts, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:_HASH]


def _record(
    view: View, item: Item, stream: ValueStream, target: Stage, mode: Mode, is_emergency: bool
) -> Any:
    from vsm.model.control.facts import OnRecord, Record

    team = None if item.team is None else view.get(TEAM, item.team)
    known = view.on_record(item.id) if item.id else OnRecord(author=view.actor)
    visits = view.visits(item.id) if item.id else []
    logins = {member.id: member.login for member in view.all(MEMBER)}
    return Record(
        item,
        stream,
        view.now,
        mode,
        team=team.name if team is not None else "",
        target=target.name,
        started=start_of(visits, stream),
        finished=finish_of(visits, stream),
        known=known,
        aliases={a.name.casefold(): logins.get(a.member, a.name) for a in view.all(ALIAS)},
        emergency=is_emergency,
    )


def _waiver(
    waivers: Iterable[Waiver], control: Control, stream: ValueStream, item: Item, day: str
) -> Waiver | None:
    fits = (
        waiver
        for waiver in waivers
        if waiver.control == control.id and waiver.covers(stream.id, item.key, item.labels, day)
    )
    return next(fits, None)


def _result(
    control: Control, mode: Mode, outcome: Outcome, waiver: Waiver | None, *, is_emergency: bool
) -> Result:
    verdict = outcome.verdict if waiver is None else Verdict.WAIVED
    if verdict is Verdict.PASS:
        disposition = Disposition.CLEAR
    elif verdict is Verdict.WAIVED or is_emergency:
        disposition = Disposition.TOLERATED
    elif mode.binds:
        disposition = Disposition.ENFORCED
    elif verdict is Verdict.INDETERMINATE:
        disposition = Disposition.UNDETERMINED
    else:
        disposition = Disposition.TOLERATED
    return Result(
        control.id,
        control.version,
        verdict,
        disposition,
        mode,
        missing=outcome.missing,
        problem=outcome.problem,
        waiver=None if waiver is None else waiver.id,
    )


def _refusal(
    item: Item,
    stream: ValueStream,
    source: Stage | None,
    target: Stage,
    controls: list[Control],
    results: list[Result],
) -> RuleViolation:
    by_id = {control.id: control for control in controls}
    refused = [r for r in results if r.disposition is Disposition.ENFORCED]
    first = by_id[refused[0].control]
    others = [by_id[r.control].name for r in refused[1:]]
    beside = f" (nor {', '.join(others)})" if others else ""
    message = f"{item.key} does not pass {first.name}{beside}: {describe(refused[0], first)}"
    help_ = first.remedy or (f"ask {first.owner}" if first.owner else "")
    waive = f"or ask for a waiver: vsm gov waive {first.name} --item {item.key} --reason TEXT"
    return RuleViolation(
        RefusalCode.GATE,
        message,
        f"{help_}; {waive}" if help_ else waive.removeprefix("or "),
        (item.key,) if item.id else (),
        gate=GateRefused(
            item.id,
            stream.id,
            source.id if source is not None else target.id,
            target.id,
            tuple(results),
        ),
    )


def describe(result: Result, control: Control) -> str:
    """Why a control does not pass, in words that can follow its name and a colon."""
    if result.missing:
        names = ", ".join(path.replace("[]", "") for path in result.missing)
        verb = "is" if len(result.missing) == 1 else "are"
        return f"{names} {verb} not on record"
    if result.problem:
        return f"the rule cannot be evaluated ({result.problem})"
    return control.title


# -- controls, modes, waivers ---------------------------------------------------------------

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
    require(view, Right.GOVERN, None)
    _check_control(0, values)
    return values


def _control_changed(view: View, event: e.EntityChanged) -> e.EntityChanged:
    require(view, Right.GOVERN, None)
    current = view.get(CONTROL, event.id)
    _check_control(event.id, {**CONTROL.values(current), **event.after})
    return event


def _check_control(number: int, values: _Values) -> None:
    from vsm.model.control.examples import check_control

    check_control(Control(number, **values))


def _today(view: View, stream: int | None) -> str:
    owner = None if stream is None else view.stream(stream)
    return local(view.now, owner.zone if owner is not None else "UTC").date().isoformat()


def _mode_added(view: View, values: _Values) -> _Values:
    require(view, Right.GOVERN, values["only"])
    today = _today(view, values["only"])
    if values["start"] < today:
        raise _invalid(f"{values['start']} is over: history is not rewritten", "begin today")
    if values["until"] is not None and values["until"] < values["start"]:
        raise _invalid(f"{values['until']} is before {values['start']}", "give a later last day")
    if values["lead"] and values["value"] != Mode.DIRECTIVE:
        raise _invalid("only a directive mode has a lead", "leave the lead out")
    return {**values, "decided_by": view.actor}


def _mode_changed(view: View, event: e.EntityChanged) -> e.EntityChanged:
    current = view.get(MODE, event.id)
    if current is None:
        return event
    require(view, Right.GOVERN, current.only)
    until = event.after.get("until", current.until)
    if until is not None and until < _today(view, current.only):
        raise _invalid(f"{until} is over: history is not rewritten", "give today or a later day")
    return event


def _mode_removed(view: View, values: _Values) -> None:
    require(view, Right.GOVERN, values["only"])
    if values["start"] <= _today(view, values["only"]):
        raise RuleViolation(
            RefusalCode.STATE, f"the mode has held since {values['start']}", "end it: set another"
        )


def _waiver_added(view: View, values: _Values) -> _Values:
    require(view, Right.ITEMS, values["only"])
    if values["key"] and values["label"]:
        raise _invalid("an item and a label are named", "name one of them")
    if values["key"]:
        item = view.item_by_key(values["key"])
        if item is None:
            raise RuleViolation(
                RefusalCode.UNKNOWN, f"there is no item {values['key']}", "check the key"
            )
        values = {**values, "key": item.key, "only": item.stream}
    elif values["only"] is None:
        raise _invalid("the waiver names neither an item nor a stream", "name one")
    first, last = values["start"], values["until"]
    if first < _today(view, values["only"]):
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
    own = current.asked_by.casefold() == view.actor.casefold()
    if state is WaiverState.WITHDRAWN:
        if not own:
            require(view, Right.GOVERN, current.only)
    else:
        require(view, Right.GOVERN, current.only)
        if own:
            raise RuleViolation(
                RefusalCode.ROLE,
                f"{view.actor} asked for this waiver and may not answer it",
                "somebody else who leads has to: vsm gov waivers",
            )
        if current.state != WaiverState.ASKED:
            raise RuleViolation(RefusalCode.STATE, f"it is {current.state} already", "look again")
    after = {"state": state.value, "answered_by": view.actor, "answered_at": view.now}
    changes = {n: (getattr(current, n), v) for n, v in after.items() if getattr(current, n) != v}
    return e.changed(WAIVER, event.id, changes)


def _waiver_removed(view: View, values: _Values) -> None:
    raise RuleViolation(
        RefusalCode.STATE, "a waiver stays on record", "withdraw it: vsm gov waivers withdraw NO"
    )


_ADDED: dict[str, Callable[[View, _Values], _Values]] = {
    CONTROL.name: _control_added,
    MODE.name: _mode_added,
    WAIVER.name: _waiver_added,
}
_CHANGED: dict[str, Callable[[View, e.EntityChanged], e.EntityChanged]] = {
    CONTROL.name: _control_changed,
    MODE.name: _mode_changed,
    WAIVER.name: _waiver_changed,
}
_REMOVED: dict[str, Callable[[View, _Values], None]] = {
    CONTROL.name: lambda view, values: require(view, Right.GOVERN, None),
    MODE.name: _mode_removed,
    WAIVER.name: _waiver_removed,
}


def _invalid(message: str, remedy: str) -> RuleViolation:
    return RuleViolation(RefusalCode.INVALID, message, remedy)


# -- directive ------------------------------------------------------------------------------


def check_lead(view: View, stream: int, what: str) -> None:
    """Refuse what only who leads may do, where the stream's mode is directive."""
    if not view.has_any(MODE):
        return
    modes = view.all(MODE)
    day = _today(view, stream)
    if mode_of(modes, stream, None, day) is not Mode.DIRECTIVE:
        return
    leads = {
        (m.lead or "").casefold() for m in modes if m.only == stream and m.holds(day) and m.lead
    }
    if view.actor.casefold() in leads:
        return
    try:
        require(view, Right.GOVERN, stream)
    except RuleViolation as refused:
        who = ", ".join(sorted(leads)) or "the PMO"
        message = f"the stream is led by {who}, who alone may {what}"
        raise RuleViolation(refused.refusal.code, message, f"ask {who}") from None
